"""``lossproof search``: the form of each formula that floating point evaluates best."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from derive.commands.loading import load_registry, no_loss
from derive.commands.options import UsageError
from derive.commands.writing import shown, write_file

if TYPE_CHECKING:
    from sympy import Expr

    from derive.registry import Spec
    from derive.search import Choice


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be said to the command."""
    parser.add_argument("losses", nargs="*", metavar="LOSS", help="names (default: all)")
    parser.add_argument("--specs", type=Path, action="append", default=[], metavar="PATH")
    parser.add_argument(
        "--points", type=int, default=2000, metavar="N", help="where to measure (default: 2000)"
    )


def run(options: argparse.Namespace) -> int:
    """Carry out the command; the exit status is returned."""
    from derive.emit.records import render_record
    from derive.report.progress import progress
    from derive.search import searched
    from derive.search_single import singles
    from derive.sources import record_path

    if options.points < 100:
        raise UsageError(f"--points must be at least 100, got {options.points}")
    registry = load_registry(options.specs)
    for name in options.losses:
        if name not in registry.specs:
            raise no_loss(name, list(registry.specs))
    specs = [registry.specs[name] for name in options.losses or registry.specs]
    specs = [spec for spec in specs if spec.loss.kind == "elementwise"]
    written = []
    with progress(sum(len(list(searched(spec))) for spec in specs)) as advance:
        for spec in specs:
            choices = dict(_choices(spec, options.points, advance))
            if choices:
                path = record_path(spec.path)
                write_file(path, render_record(spec, choices, singles(spec, choices)))
                written.append(path)
    for path in written:
        print(f"wrote {shown(path)}")
    return 0


def _choices(
    spec: Spec, points: int, advance: Callable[[str], None]
) -> Iterator[tuple[str, Choice]]:
    from derive.loss import by_input
    from derive.search import key, search, searched

    # a value and a gradient are evaluated together mostly
    gradients = by_input(spec.stated.gradient, spec.loss.inputs)
    together: dict[str, tuple[Expr, ...]] = {"value": tuple(gradients.values())[:1]}
    for kind, wrt, declared, stated in searched(spec):
        name = key(spec.loss, kind, wrt)
        advance(f"{spec.name}.{name}")
        choice = search(spec, kind, wrt, declared, stated, together.get(kind, ()), count=points)
        if choice is not None:
            if kind == "value":
                together["gradient"] = (choice.chosen.candidate.formula,)
            yield name, choice
