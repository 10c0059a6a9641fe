"""The templates, and the way in which all of them are read."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import numpy

FOLDER = Path(__file__).resolve().parent.parent / "templates"


@cache
def environment(kind: str) -> jinja2.Environment:
    """The templates of one kind (``numpy``, ``docs``); an undefined name is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / kind),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def helpers() -> dict[str, Any]:
    """What the functions of an emitted module call, by name.

    Both modules fill one space, where the second finds what it imports from the first.
    """
    space: dict[str, Any] = {"np": numpy}
    for module in ("_cases", "_functions"):
        code = ast.parse(environment("numpy").get_template(f"{module}.py.jinja").render())
        code.body = [s for s in code.body if not (isinstance(s, ast.ImportFrom) and s.level)]
        exec(compile(code, module, "exec"), space)
    return space
