"""Verifies the losses of a registry in several processes; the findings come in the same order."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from derive.registry import Registry, load
from derive.report.finding import Finding
from derive.verification import problem_finding, verify_one

_registry: Registry | None = None


def verify(
    registry: Registry,
    paths: Sequence[Path],
    jobs: int | None = None,
    begin: Callable[[str], None] = lambda _: None,
) -> list[Finding]:
    """One finding for each claim and each problem; ``begin`` is told of each loss in turn.

    ``paths`` are those that the registry was loaded from: each process loads its own.
    """
    names = [*registry.specs, *registry.published]
    jobs = min(jobs or os.cpu_count() or 1, len(names))
    findings = [problem_finding(problem) for problem in registry.problems]
    if jobs <= 1:
        for name in names:
            begin(name)
            findings += verify_one(name, registry)
        return findings
    with ProcessPoolExecutor(jobs, initializer=_load, initargs=(tuple(paths),)) as pool:
        for name, future in [(name, pool.submit(_verify, name)) for name in names]:
            begin(name)
            findings += future.result()
    return findings


def _load(paths: tuple[Path, ...]) -> None:
    global _registry
    _registry = load(paths)


def _verify(name: str) -> list[Finding]:
    assert _registry is not None
    return verify_one(name, _registry)
