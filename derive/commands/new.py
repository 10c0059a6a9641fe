"""``lossproof new``: a specification to fill in."""

from __future__ import annotations

import argparse
import keyword
from pathlib import Path

from derive.commands.options import UsageError
from derive.commands.writing import write_file


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be said to the command."""
    parser.add_argument("name", help="the name of the loss, a Python identifier")
    parser.add_argument("--folder", type=Path, default=Path("specs"), help="default: specs")


def run(options: argparse.Namespace) -> int:
    """Carry out the command; the exit status is returned."""
    from derive.emit.templates import environment

    name = options.name
    if not name.isidentifier() or keyword.iskeyword(name) or name != name.lower() or name[0] == "_":
        raise UsageError(f"{name!r} is not a name for a loss: use lower_case_with_underscores")
    path = options.folder / f"{name}.py"
    if path.exists():
        raise UsageError(f"{path} exists already")
    template = environment("spec").get_template("spec.py.jinja")
    text = template.render(name=name, title=name.replace("_", " ").capitalize())
    write_file(path, text)
    print(f"wrote {path}: fill it in, then run  lossproof verify {path}")
    return 0
