"""The plan of this package: which module stands on which floor, and so what it may import.

``python -m derive.floors`` prints it as Markdown.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent

FLOORS = (
    ("the words of a specification", ("language", "floors")),
    (
        "what a specification can say, and finding, reading and loading it",
        (
            *("properties", "same", "well_formed", "loss", "formulas", "record"),
            *("sources", "registry"),
        ),
    ),
    (
        "the chain rule, and other views of a declaration",
        (*("calculus", "content", "mutation", "numeric"),),
    ),
    ("proofs, counterexamples, and what checks them", ("prove.*",)),
    (
        "second order, better forms, and measuring errors",
        ("second_order", "report.finding", "accuracy.*", "stable.*"),
    ),
    (
        "verifying all that a specification claims",
        (
            *("answers", "property_findings", "mutation_testing", "mutation_run"),
            *("consequences", "verification", "library", "parallel", "cache"),
        ),
    ),
    ("findings as text and for programs", ("report.*",)),
    ("reading NumPy code as formulas", ("auditing.*",)),
    ("what is written from proved specifications", ("incremental", "emit.*")),
    ("certificates for Coq", ("certificates.*",)),
    (
        "what measures emitted code, and searches for better",
        (
            *("accuracy.textbook", "accuracy.run", "accuracy.full", "report.accuracy"),
            *("search", "search_single", "testing"),
        ),
    ),
    ("the command", ("cli", "commands.*")),
)
"""Each floor from the ground up: what it is for, and its modules; ``x.*`` are those of a package
that are named nowhere else. A module imports from its own floor and from those below."""


def modules() -> dict[str, Path]:
    """The source of each module of the package, by its name below ``derive``."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        if name != "__init__" and parts[0] not in ("_specs", "_book"):
            found[name] = path
    return found


def floors_of(name: str) -> list[int]:
    """The floors on which a module is said to be: one, if the plan is right."""
    named = [height for height, (_, names) in enumerate(FLOORS) if name in names]
    package = name.partition(".")[0] + ".*"
    return named or [height for height, (_, names) in enumerate(FLOORS) if package in names]


def plan() -> str:
    """The floors as a Markdown list, the highest first, with what each module is about."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    known = modules()
    for height, (purpose, names) in reversed([*enumerate(FLOORS)]):
        yield f"\n**{height}: {purpose}**\n"
        for name in names:
            package = name.removesuffix(".*")
            path = known[package].relative_to(ROOT.parent)
            shown = path.parent.as_posix() + "/" if path.name == "__init__.py" else path.as_posix()
            yield f"- `{shown}`: {_summary(known[package])}"


def _summary(path: Path) -> str:
    """The first line of the docstring of a module, without its stop."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    line = text.partition("\n")[0].removesuffix(".").removesuffix(":")
    return line.replace("``", "`")


if __name__ == "__main__":
    print(plan())
