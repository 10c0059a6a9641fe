"""``lossproof mutate``: whether every formula that is changed a little is refuted."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from derive.commands.loading import load_registry, unusable
from derive.commands.options import UsageError, add_specs

if TYPE_CHECKING:
    from derive.registry import Registry


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be said to the command."""
    add_specs(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="list what is refuted too")
    parser.add_argument(
        "--limit", type=int, default=40, metavar="N", help="of each formula (default: 40, 0: all)"
    )
    parser.add_argument("--jobs", type=int, metavar="N", help="processes (default: all cores)")


def run(options: argparse.Namespace) -> int:
    """Carry out the command; the exit status is returned."""
    from derive.mutation_run import chunks_of, outcomes
    from derive.report import mutants as report
    from derive.report.progress import progress

    start = time.perf_counter()
    registry = _usable(options)
    chunks = chunks_of(registry, options.limit or None)
    found = []
    with progress(len(chunks)) as advance:
        for chunk, result in zip(chunks, outcomes(registry, chunks, options.jobs), strict=True):
            advance(chunk.name)
            found += result
    seconds = time.perf_counter() - start
    sys.stdout.write(report.render(found, verbose=options.verbose, seconds=seconds))
    return 1 if report.failures(found) else 0


def _usable(options: argparse.Namespace) -> Registry:
    """The registry of a command, if there is anything in it and nothing wrong with it."""
    if options.jobs is not None and options.jobs < 1:
        raise UsageError(f"--jobs must be at least 1, got {options.jobs}")
    if options.limit < 0:
        raise UsageError(f"--limit must be at least 0, got {options.limit}")
    registry = load_registry(options.specs)
    for problem in registry.problems:
        raise unusable(problem)
    if not registry.specs:
        raise UsageError("no specification found")
    return registry
