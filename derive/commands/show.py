"""``lossproof show``: a loss, its derivatives and its boundaries."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from derive.commands.loading import load_registry, no_loss, unusable


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be said to the command."""
    parser.add_argument("loss", help="the name of a loss")
    parser.add_argument("--specs", type=Path, action="append", default=[], metavar="PATH")
    parser.add_argument("--latex", action="store_true", help="formulas in LaTeX")


def run(options: argparse.Namespace) -> int:
    """Carry out the command; the exit status is returned."""
    from derive.emit.show import show

    registry = load_registry(options.specs)
    for problem in registry.problems:
        if problem.name == options.loss:
            raise unusable(problem)
    if options.loss not in registry.specs:
        raise no_loss(options.loss, list(registry.specs))
    sys.stdout.write(show(registry.specs[options.loss], in_latex=options.latex))
    return 0
