"""What several commands begin with: declarations, and the findings on them."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from derive.commands.options import UsageError, check_jobs

if TYPE_CHECKING:
    from derive.cache import Cache
    from derive.incremental import Run
    from derive.library import Topic
    from derive.registry import Module, Problem, Registry
    from derive.report.finding import Finding
    from derive.sources import Source


def load_registry(specs: list[Path]) -> Registry:
    """The declarations below some paths; raises ``UsageError`` if there is no such path."""
    from derive.registry import load

    try:
        return load(specs)
    except FileNotFoundError as error:
        raise UsageError(str(error)) from None


def unusable(problem: Problem) -> UsageError:
    """A specification that a command needs and that is broken, as an error."""
    at = problem.place
    return UsageError(f"{at.file}:{at.line}:{at.column}: {problem.message}")


def sources_of(options: argparse.Namespace) -> list[Source]:
    """The files that a command is about; raises ``UsageError`` if there are none."""
    from derive.sources import read

    check_jobs(options)
    try:
        sources = read(options.specs)
    except FileNotFoundError as error:
        raise UsageError(str(error)) from None
    if not sources:
        raise UsageError("no specification found")
    return sources


def verified(
    options: argparse.Namespace, sources: list[Source], modules: Iterable[Module] = ()
) -> Run:
    """What verifying the sources finds, some of which are executed already."""
    found = _asked(options, sources, modules, "claims")
    for note in found.notes:
        print(f"lossproof: {note}", file=sys.stderr)
    return found


def with_hessians(run: Run, options: argparse.Namespace, sources: list[Source]) -> list[Finding]:
    """The findings, those on gradients with the structure of the Hessian that is derived."""
    found = _asked(options, sources, run.modules, "hessians").findings
    hessians = {finding.claim: finding.hessian for finding in found}
    return [
        replace(f, hessian=hessians.get(f.claim, ())) if f.rule == "gradient" else f
        for f in run.findings
    ]


def _asked(
    options: argparse.Namespace, sources: list[Source], modules: Iterable[Module], topic: Topic
) -> Run:
    from derive.incremental import verify
    from derive.report.progress import progress

    cache = None if options.no_cache else user_cache()
    return verify(sources, progress, jobs=options.jobs, cache=cache, modules=modules, topic=topic)


def declarations_and_findings(options: argparse.Namespace) -> tuple[Registry, list[Finding]]:
    """For those that write: they need every declaration, and what follows though nobody claims it.

    Nothing follows unless every claim is as expected.
    """
    from derive.registry import combine, execute
    from derive.report.exit_code import exit_code

    sources = sources_of(options)
    modules = [execute(source) for source in sources]
    findings = verified(options, sources, modules).findings
    if exit_code(findings, allow_unknown=False) == 0:
        findings += _asked(options, sources, modules, "second order").findings
    # On a page the derivatives are together, and before what is said of the loss as a whole.
    return combine(modules), sorted(findings, key=lambda f: f.rule in ("property", "equivalence"))


def user_cache() -> Cache | None:
    """Where verdicts are kept, if there is such a place."""
    from derive.cache import Cache, default_folder

    try:
        return Cache(default_folder())
    except RuntimeError:  # nobody's home
        return None


def no_loss(name: str, known: list[str]) -> UsageError:
    """The error for a loss that is not among the known ones."""
    close = difflib.get_close_matches(name, known)
    meant = f"; did you mean {' or '.join(close)}?" if close else "."
    return UsageError(f"no loss is named {name!r}{meant} There are {', '.join(known)}")
