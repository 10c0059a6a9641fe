"""Findings written as a command was told to write them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from derive.commands.options import FORMATS, add_color, is_colored
from derive.commands.writing import write_file

if TYPE_CHECKING:
    from derive.report.finding import Finding


def add_report(parser: argparse.ArgumentParser) -> None:
    """Say how findings are written."""
    parser.add_argument("-v", "--verbose", action="store_true", help="one line for each claim")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write the format there, and text here"
    )
    parser.add_argument("--allow-unknown", action="store_true", help="unknown is no failure")
    add_color(parser)


def report(
    options: argparse.Namespace,
    findings: Sequence[Finding],
    *,
    seconds: float,
    unchanged: int = 0,
) -> int:
    """Write the findings; the exit status is returned."""
    from derive.report import text
    from derive.report.exit_code import exit_code

    machine = options.format != "text"
    if machine:
        from derive.report.formats import FORMATS as RENDERERS

        rendered = RENDERERS[options.format](findings, seconds=seconds)
        if options.output is None:
            sys.stdout.write(rendered)
        else:
            write_file(options.output, rendered)
    if not machine or options.output is not None:
        color = is_colored(options.color) and not (options.output and not machine)
        written = text.render(
            findings,
            verbose=options.verbose,
            color=color,
            seconds=seconds,
            unchanged=unchanged,
        )
        if options.output is not None and not machine:
            write_file(options.output, written)
        else:
            sys.stdout.write(written)
    return exit_code(findings, options.allow_unknown)
