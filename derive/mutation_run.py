"""Mutation testing in several processes; what comes out keeps the order of the work."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sympy import Expr

from derive.mutation import Edit
from derive.mutation_testing import Mutant, Subject, examine, subjects
from derive.registry import Registry, load

CHUNK = 8
_registry: Registry | None = None


@dataclass(frozen=True)
class Chunk:
    """A few of the mutants of one hand-written formula, by number."""

    loss: str
    subject: int
    name: str
    limit: int | None
    first: int
    last: int


def chunks_of(registry: Registry, limit: int | None = None) -> list[Chunk]:
    """The work to be done: at most ``limit`` mutants of each hand-written formula."""
    chunks = []
    for name, spec in registry.specs.items():
        for number, subject in enumerate(subjects(spec)):
            count = len(subject.mutants(limit))
            for first in range(0, count, CHUNK):
                last = min(first + CHUNK, count)
                formula = f"{name}.{subject.name}"
                chunks.append(Chunk(name, number, formula, limit, first, last))
    return chunks


def outcomes(
    registry: Registry, chunks: Sequence[Chunk], jobs: int | None = None
) -> Iterator[list[Mutant]]:
    """What became of the mutants of each chunk."""
    paths = tuple(dict.fromkeys(spec.path for spec in registry.specs.values()))
    # A forked process has all that we imported and executed; others must do it again.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    with ProcessPoolExecutor(jobs or os.cpu_count() or 1, context, _begin, (paths,)) as pool:
        yield from pool.map(_examine, chunks)


def _begin(paths: tuple[Path, ...]) -> None:
    global _registry
    _registry = load(paths)


def _examine(chunk: Chunk) -> list[Mutant]:
    assert _registry is not None
    subject, changed = _mutants(chunk.loss, chunk.subject, chunk.limit)
    spec = _registry.specs[chunk.loss]
    return [examine(spec, subject, *mutant) for mutant in changed[chunk.first : chunk.last]]


@lru_cache(maxsize=8)
def _mutants(loss: str, number: int, limit: int | None) -> tuple[Subject, list[tuple[Edit, Expr]]]:
    assert _registry is not None
    subject = list(subjects(_registry.specs[loss]))[number]
    return subject, subject.mutants(limit)
