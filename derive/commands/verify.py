"""``lossproof verify``: prove every claim, or show why not."""

from __future__ import annotations

import argparse
import time

from derive.commands.loading import sources_of, verified, with_hessians
from derive.commands.options import add_effort, add_specs
from derive.commands.reporting import add_report, report
from derive.commands.writing import certificates_beside


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be said to the command."""
    add_specs(parser)
    add_report(parser)
    add_effort(parser)


def run(options: argparse.Namespace) -> int:
    """Carry out the command; the exit status is returned."""
    start = time.perf_counter()
    sources = sources_of(options)
    found = verified(options, sources)
    findings, seconds = found.findings, time.perf_counter() - start
    if options.format == "json":
        findings = with_hessians(found, options, sources)
    status = report(options, findings, seconds=seconds, unchanged=found.unchanged)
    if options.format == "text" and options.output is None:
        certified = {f.loss for f in findings} & certificates_beside(options.specs).keys()
        if certified:
            print(f"{len(certified)} of the losses have certificates: lossproof certify --coq")
    return status
