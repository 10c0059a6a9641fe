"""Pages of the reference that follow from the packages, one for each loss and one of properties.

They are written below ``reference/written/`` before Sphinx looks for its sources, in a book that
has a ``reference`` folder. Their text is that of the docstrings.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import textwrap
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx


def loss_page(name: str, loss: Any) -> str:
    """The reference of one loss, by the class that it is the instance of."""
    kind = type(loss)
    members = ", ".join(loss.info.methods)
    return (
        f"{name}\n{'=' * len(name)}\n\n"
        f"``from lossproof import {name}``. Its formulas, pictures and kinks are on\n"
        f":doc:`its page </losses/{name}>`. It is called for its value, and an instance of:\n\n"
        f".. autoclass:: {kind.__module__}.{kind.__qualname__}\n"
        f"   :members: {members}\n"
        f"   :member-order: bysource\n"
    )


def properties_page() -> str:
    """Each property that can be claimed, with its definition."""
    from derive import VOCABULARY, properties

    intro = inspect.getdoc(properties) or ""
    parts = [
        "Properties\n==========\n",
        intro.partition("\n\n")[2],
        "\n.. py:currentmodule:: derive\n",
    ]
    for word in VOCABULARY["derive.properties"]:
        found = getattr(properties, word)
        kind = found if isinstance(found, type) or inspect.isfunction(found) else type(found)
        role, signature = "data", ""
        if kind is found:
            role, signature = "function", _signature(found)
        doc = textwrap.indent(inspect.getdoc(kind) or "", "   ")
        parts.append(f".. py:{role}:: {word}{signature}\n\n{doc}\n")
    return "\n".join(parts)


def _signature(kind: Any) -> str:
    if not dataclasses.is_dataclass(kind):
        return re.sub(r":[^,)]*| -> .*", "", str(inspect.signature(kind)))
    wanted = [field for field in dataclasses.fields(kind) if not field.kw_only]
    given = [
        f.name if f.default is dataclasses.MISSING else f"{f.name}={f.default}" for f in wanted
    ]
    return f"({', '.join(given)})"


def _write(app: Sphinx) -> None:
    if not (Path(app.srcdir) / "reference").is_dir():
        return
    import lossproof

    names = list(lossproof.losses())
    pages = {f"losses/{name}": loss_page(name, getattr(lossproof, name)) for name in names}
    pages["properties"] = properties_page()
    folder = Path(app.srcdir) / "reference" / "written"
    for old in folder.rglob("*.rst"):
        if old.relative_to(folder).with_suffix("").as_posix() not in pages:
            old.unlink()
    for name, text in pages.items():
        path = folder / f"{name}.rst"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _plain(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Keep formulas as they are: docstrings are read as text, too. References become a list."""
    lines[:] = [_escaped(re.sub(r"^\.\. \[(\d+)\] ", r"\1. ", line)) for line in lines]


def _readable(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str, returned: str
) -> tuple[str, str] | None:
    """Defaults that a call makes, in a form that Sphinx can parse."""
    if signature and "<factory>" in signature:
        return signature.replace("<factory>", "{}"), returned
    return None


def _escaped(line: str) -> str:
    if line.lstrip().startswith((">>>", "...", ":")):
        return line
    parts = re.split(r"(``.*?``|`[^`]*`)", line)
    return "".join(p if p.startswith("`") else re.sub(r"(?<!\\)([|*])", r"\\\1", p) for p in parts)


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the pages first of all."""
    app.connect("builder-inited", _write)
    app.connect("autodoc-process-signature", _readable)
    app.connect("autodoc-process-docstring", _plain, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
