"""``lossproof accuracy``: the errors of the emitted code, beside those of others."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from derive.commands.loading import load_registry, no_loss
from derive.commands.options import UsageError, add_color, is_colored
from derive.commands.writing import write_file


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be said to the command."""
    parser.add_argument("losses", nargs="*", metavar="LOSS", help="names (default: all)")
    parser.add_argument(
        "--dtype", choices=("float16", "float32", "float64"), help="only this one (default: all)"
    )
    parser.add_argument(
        "--points", type=int, default=1000, metavar="N", help="some N for each (default: 1000)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    parser.add_argument("--ours", action="store_true", help="measure no other code")
    parser.add_argument(
        "--precision", choices=("accurate", "fast"), default="accurate", help="default: accurate"
    )
    parser.add_argument("--reductions", action="store_true", help="means and sums as well")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
    add_color(parser)


def run(options: argparse.Namespace) -> int:
    """Carry out the command; the exit status is returned."""
    from derive.accuracy.run import DTYPES, accuracy, reductions
    from derive.report import accuracy as report
    from derive.report.progress import progress

    if options.points < 1:
        raise UsageError(f"--points must be at least 1, got {options.points}")
    specs = load_registry([]).specs
    for name in options.losses:
        if name not in specs:
            raise no_loss(name, list(specs))
    names = options.losses or list(specs)
    dtypes = [d for d in DTYPES if options.dtype in (None, d.__name__)]
    start = time.perf_counter()
    chosen = [specs[name] for name in names]
    with progress(len(names) * len(dtypes) * (2 if options.reductions else 1)) as advance:
        rows = [
            *accuracy(
                chosen,
                dtypes=dtypes,
                count=options.points,
                seed=options.seed,
                others=not options.ours,
                precision=options.precision,
                advance=advance,
            )
        ]
        means = [*reductions(chosen if options.reductions else (), dtypes=dtypes, advance=advance)]
    if options.format == "json":
        text = report.render_json(rows, means, seconds=time.perf_counter() - start)
    else:
        colored = is_colored(options.color) and options.output is None
        text = report.render(rows, means, color=colored)
    if options.output is None:
        sys.stdout.write(text)
    else:
        write_file(options.output, text)
    kept = [*(row.kept for row in rows), *(row.kept for row in means)]
    return 0 if options.precision == "fast" or all(kept) else 1
