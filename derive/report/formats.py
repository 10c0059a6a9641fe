"""The formats that programs read, by the names they have on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from derive.report import to_github, to_json, to_junit, to_sarif
from derive.report.finding import Finding


class Renderer(Protocol):
    """What all formats have in common."""

    def __call__(self, findings: Sequence[Finding], *, seconds: float) -> str:
        """The text of a file or stream: the same findings give the same bytes."""
        ...


FORMATS: dict[str, Renderer] = {
    "json": to_json.render,
    "junit": to_junit.render,
    "github": to_github.render,
    "sarif": to_sarif.render,
}
