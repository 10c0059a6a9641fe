"""Writes the NumPy package, and says which of its files are stale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2

from derive.emit.view import ModuleView

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
RUNTIME = ("_configuration", "_info", "_runtime", "_validation")
PACKAGE = "lossproof"


def render_package(modules: Sequence[ModuleView], version: str) -> dict[str, str]:
    """The text of each file of the package, by its name relative to the output folder."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES / "numpy"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    ordered = sorted(modules, key=lambda module: module.name)
    files = {
        f"{PACKAGE}/{name}.py": environment.get_template(f"{name}.py.jinja").render()
        for name in RUNTIME
    }
    for module in ordered:
        template = environment.get_template("module.py.jinja")
        files[f"{PACKAGE}/{module.name}.py"] = template.render(module=module)
    init = environment.get_template("__init__.py.jinja")
    files[f"{PACKAGE}/__init__.py"] = init.render(modules=ordered, version=version)
    files[f"{PACKAGE}/py.typed"] = ""
    return dict(sorted(files.items()))


def stale(files: Mapping[str, str], folder: Path, owned: Path) -> list[str]:
    """Names of files in ``folder`` that differ from ``files``, are missing, or should not be there.

    ``owned`` is the part of the folder that belongs to the generator alone.
    """
    different = [
        name
        for name, text in files.items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != text.encode()
    ]
    return sorted(different + leftovers(files, folder, owned))


def leftovers(files: Mapping[str, str], folder: Path, owned: Path) -> list[str]:
    """Names of files that an earlier run left and that this one would not write."""
    present = [path for path in (folder / owned).rglob("*") if path.is_file()]
    names = [path.relative_to(folder).as_posix() for path in present]
    return sorted(n for n in names if n not in files and "__pycache__" not in n)


def write(files: Mapping[str, str], folder: Path, owned: Path) -> list[str]:
    """Bring ``folder`` up to date; the names of the files that changed are returned."""
    changed = stale(files, folder, owned)
    for name in changed:
        path = folder / name
        if name not in files:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name].encode())
    return changed
