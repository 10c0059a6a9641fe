"""``lossproof certify``: certificates in Coq for proved losses."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from derive.commands.loading import declarations_and_findings, user_cache
from derive.commands.options import UsageError, add_color, add_effort, add_specs, add_writing
from derive.commands.writing import beside_specs, bring_up_to_date, refuse_unproved

if TYPE_CHECKING:
    from derive.certificates.certificate import Certificate
    from derive.certificates.coqc import Checked


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be said to the command."""
    add_specs(parser)
    add_writing(parser, "generated")
    parser.add_argument("--coq", action="store_true", help="have Coq check the certificates, too")
    add_effort(parser)
    add_color(parser)


def run(options: argparse.Namespace) -> int:
    """Carry out the command; the exit status is returned."""
    from derive.certificates.certificate import certificates, missing

    registry, findings = declarations_and_findings(options)
    status = refuse_unproved(findings, options)
    if status:
        return status
    made = certificates(registry, findings)
    folder = options.output or beside_specs(options.specs, "generated")
    files = {f"proofs/{one.name}.v": one.text for one in made if one.theorems}
    status = bring_up_to_date(files, folder, Path("proofs"), options)
    lacking = missing(made)
    for lack in lacking:
        print(f"no certificate: {lack.claim}: {lack.reason}")
    if options.coq:
        status |= _check(made, options)
    return status or (3 if lacking else 0)


def _check(made: list[Certificate], options: argparse.Namespace) -> int:
    """Have Coq check the certificates, and say what came of each."""
    from derive.certificates.coqc import CoqMissing, check
    from derive.report.progress import progress

    files = {one.name: one.text for one in made if one.theorems}
    cache = None if options.no_cache else user_cache()
    try:
        with progress(len(files)) as advance:
            results = check(files, options.jobs, cache, advance)
    except CoqMissing as problem:
        raise UsageError(str(problem)) from None
    counts = {one.name: len(one.theorems) for one in made}
    sys.stdout.write(_table(results, counts))
    return 0 if all(result.accepted for result in results) else 1


def _table(results: list[Checked], counts: dict[str, int]) -> str:
    from derive.certificates.coqc import AXIOMS

    size = max(map(len, counts), default=0)
    lines = []
    for result in results:
        verdict = "checked" if result.accepted else "rejected"
        extra = ", ".join(sorted(set(result.axioms) - AXIOMS))
        remark = result.error or (f"rests on {extra}" if extra else "")
        known = "cached" if result.cached else ""
        lines.append(
            f"{result.name:{size}}  {verdict:8}  {counts[result.name]:3} theorems"
            f"  {result.seconds:6.2f} s  {result.megabytes:5} MB  {known or remark}".rstrip()
        )
    accepted = [result for result in results if result.accepted]
    total = sum(counts[result.name] for result in accepted)
    lines.append(
        f"\n{len(accepted)} of {len(results)} certificates checked by Coq, {total} theorems, from "
        "the axioms of its real numbers alone"
    )
    return "\n".join(lines) + "\n"
