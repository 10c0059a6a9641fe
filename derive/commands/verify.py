"""``lossproof verify``: prove every claim, or show why not."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from derive.commands.loading import sources_of, verified, with_hessians
from derive.commands.options import FORMATS, add_color, add_effort, add_specs, is_colored
from derive.commands.writing import write_file


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be said to the command."""
    add_specs(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="one line for each claim")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write the format there, and text here"
    )
    parser.add_argument("--allow-unknown", action="store_true", help="unknown is no failure")
    add_effort(parser)
    add_color(parser)


def run(options: argparse.Namespace) -> int:
    """Carry out the command; the exit status is returned."""
    from derive.report import text
    from derive.report.exit_code import exit_code

    start = time.perf_counter()
    sources = sources_of(options)
    found = verified(options, sources)
    findings, seconds = found.findings, time.perf_counter() - start
    machine = options.format != "text"
    if machine:
        if options.format == "json":
            findings = with_hessians(found, options, sources)
        from derive.report.formats import FORMATS as RENDERERS

        rendered = RENDERERS[options.format](findings, seconds=seconds)
        if options.output is None:
            sys.stdout.write(rendered)
        else:
            write_file(options.output, rendered)
    if not machine or options.output is not None:
        color = is_colored(options.color) and not (options.output and not machine)
        report = text.render(
            findings,
            verbose=options.verbose,
            color=color,
            seconds=seconds,
            unchanged=found.unchanged,
        )
        if options.output is not None and not machine:
            write_file(options.output, report)
        else:
            sys.stdout.write(report)
    return exit_code(findings, options.allow_unknown)
