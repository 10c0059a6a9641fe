"""Puts the floor plan of the package where a page has ``<!-- the floor plan -->``."""

from __future__ import annotations

from sphinx.application import Sphinx

MARK = "<!-- the floor plan -->"


def _insert(app: Sphinx, name: str, source: list[str]) -> None:
    if MARK in source[0]:
        from derive.floors import plan

        source[0] = source[0].replace(MARK, plan())


def setup(app: Sphinx) -> dict[str, bool]:
    """Watch sources as they are read."""
    app.connect("source-read", _insert)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
