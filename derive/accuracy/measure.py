"""Sums up the errors of a computation: the worst, where it is, and what went wrong altogether."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sympy import Expr

from derive.accuracy.bounds import Bounds, violated
from derive.accuracy.exact import Exact, Numbers, exact
from derive.accuracy.jumps import Jumps
from derive.accuracy.numbers import Array
from derive.accuracy.points import Compute, Sample
from derive.accuracy.promises import NONE, Promise
from derive.accuracy.terms import magnitude_row
from derive.accuracy.ulp import Format, errors, errors_of_terms, units_of_terms

Failure = Literal[
    "nan", "infinite", "finite", "flushed", "sign", "range", "warning", "nan lost", "limit"
]
"""NaN or infinity, or anything finite, where the exact number is not; a normal number flushed to
zero; the wrong sign; out of the range that is proved; a floating-point warning; a NaN that went
in and did not come out; at infinity, not the limit."""

_UNPROMISED = 4.0  # ulps that pass for rounding where nothing is promised


@dataclass(frozen=True)
class Reference:
    """A sample with the exact values of a formula there."""

    formula: Expr
    sample: Sample
    exact: Exact

    def row(self, index: int) -> dict[str, list[float]]:
        """One slice of the inputs."""
        return {
            n: x.reshape(-1, x.shape[-1])[index].tolist() for n, x in self.sample.inputs.items()
        }


@dataclass
class Measurement:
    """What is known of the errors of one computation.

    ``worst`` is the largest error in ulps of the result; ``of_terms`` in ulps of the largest term
    of the sum that the result is; ``judged`` as the promise counts it. None includes failures,
    which ``failures`` counts by kind, with the first inputs of each kind in ``examples``.
    ``beside`` counts results on the other side of a jump that is nearer than rounding, and
    ``undecided`` points that were left out because no precision tells on which side they are.
    """

    points: int = 0
    worst: float = 0.0
    at: dict[str, Any] = field(default_factory=dict)
    of_terms: float = 0.0
    judged: float = 0.0
    judged_at: dict[str, Any] = field(default_factory=dict)
    failures: dict[Failure, int] = field(default_factory=dict)
    examples: dict[Failure, dict[str, Any]] = field(default_factory=dict)
    beside: int = 0
    undecided: int = 0

    def keeps(self, promise: Promise) -> bool:
        """Whether nothing failed and no error is larger than promised."""
        return not self.failures and self.judged <= promise.ulps


def references(
    formula: Expr, samples: Iterable[Sample], tick: Callable[[], None] = lambda: None
) -> list[Reference]:
    """The exact values of a formula at samples. They cost most of the time: keep them."""
    return [
        Reference(formula, s, exact(formula, s.inputs, s.parameters, tick=tick)) for s in samples
    ]


def measure(
    compute: Compute,
    expected: Iterable[Reference],
    terms_of: Expr | None = None,
    promise: Promise = NONE,
    limits: Bounds | None = None,
) -> Measurement:
    """Measure a computation at samples where the exact values are known.

    ``terms_of`` is the formula whose terms count as such (default: that of the reference),
    ``promise`` says in which unit to judge, ``limits`` are bounds of the exact values.
    """
    found = Measurement()
    for reference in expected:
        sample = reference.sample
        with warnings.catch_warnings(record=True) as raised:
            warnings.simplefilter("always")
            result = compute(sample.inputs, sample.parameters)
        result = np.broadcast_to(
            result.reshape(*sample.shape[:-1], -1), reference.exact.nearest.shape
        )
        failed = _add(found, reference, result, terms_of, promise)
        failed["warning"] = np.array([any(issubclass(w.category, RuntimeWarning) for w in raised)])
        if limits is not None:
            failed["range"] = violated(result, limits, sample.inputs, sample.parameters)
        for kind, where in failed.items():
            if where.any():
                found.failures[kind] = found.failures.get(kind, 0) + int(where.sum())
                at = place(sample, int(np.flatnonzero(where)[0]), where.shape[-1])
                found.examples.setdefault(kind, at)
    return found


def _add(
    found: Measurement,
    reference: Reference,
    result: Array,
    terms_of: Expr | None,
    promise: Promise,
) -> dict[Failure, NDArray[np.bool_]]:
    sample, known = reference.sample, reference.exact
    off = errors(result, known)
    found.points += result.size
    found.undecided += int(known.undecided.sum())
    off, of_terms, judged = _judged(found, reference, result, off, terms_of, promise)
    defined, lost = ~np.isnan(known.nearest), np.isinf(off)
    for numbers in (off, of_terms, judged):
        numbers[~defined | lost] = -1.0
    if off.max(initial=-1.0) > found.worst:
        found.worst = float(off.max())
        found.at = place(sample, int(off.argmax()), off.shape[-1])
    found.of_terms = max(found.of_terms, float(of_terms.max(initial=0.0)))
    if judged.max(initial=-1.0) > found.judged:
        found.judged = float(judged.max())
        found.judged_at = place(sample, int(judged.argmax()), judged.shape[-1])
    # What is within the rounding of its terms may be zero, or of any sign.
    by_terms = promise.of_terms or promise.normwise
    cancelled = of_terms <= (max(1, promise.ulps) if by_terms else 1)
    opposite = np.sign(result) * np.sign(known.nearest) < 0
    normal = np.abs(known.nearest) >= Format.of(result.dtype).least_normal
    return {
        "nan": lost & np.isnan(result),
        "infinite": lost & np.isinf(result),
        "finite": lost & np.isfinite(result),
        "sign": defined & ~lost & opposite & ~cancelled,
        "flushed": (result == 0) & normal & ~cancelled & ~lost,
    }


Errors = tuple[Numbers, Numbers, Numbers]
"""In ulps of the result, in ulps of its largest term, and as a promise counts them."""


def _judged(
    found: Measurement,
    reference: Reference,
    result: Array,
    off: Numbers,
    terms_of: Expr | None,
    promise: Promise,
) -> Errors:
    """All errors; terms are looked for only in slices where an error is more than rounding."""
    of_terms, judged = off.copy(), off.copy()
    width = off.shape[-1]
    parameters = reference.sample.parameters
    allowed = promise.ulps if isfinite(promise.ulps) else _UNPROMISED
    formula = reference.formula if terms_of is None else terms_of
    flat = [numbers.reshape(-1, width) for numbers in (off, of_terms, judged)]
    known = reference.exact.reshape(-1, width)
    for i in np.flatnonzero((off > 0.5).reshape(-1, width).any(axis=-1)):
        row, got = reference.row(int(i)), result.reshape(-1, width)[i]
        position = int(i) % len(next(iter(row.values())))
        terms = magnitude_row(formula, row, parameters, position)
        numbers = np.stack([known.nearest[i], known.rest[i]], axis=-1)
        here = _row_errors(got, _exact(numbers), terms, promise)
        jumps = Jumps(reference.formula, formula, row, parameters, position)
        for entry in np.flatnonzero(here[2] > allowed):
            if here[2][entry] <= allowed:
                continue  # by now: the whole slice was found to be beyond a jump
            for values, its_terms, alone in jumps.other_sides(int(entry)):
                there = _row_errors(got, _exact(values, width), its_terms, promise)
                if there[2][entry] <= allowed:
                    at = entry if alone else slice(None)
                    for kind, errors_there in zip(here, there, strict=True):
                        kind[at] = errors_there[at]
                    found.beside += 1
                    break
        for kind, errors_here in zip(flat, here, strict=True):
            kind[i] = errors_here
    return off, of_terms, judged


def _row_errors(
    result: Array, known: Exact, terms: list[tuple[float, float]], promise: Promise
) -> Errors:
    off = errors(result, known)
    largest = _exact(terms, len(off))
    of_terms = errors_of_terms(result, known, largest)
    if promise.normwise:
        of_terms = errors_of_terms(result, known, _largest_of_row(largest))
        return off, of_terms, np.full_like(off, _normwise(of_terms, largest))
    if promise.of_terms:
        return off, of_terms, of_terms.copy()
    if promise.remaining == 0:
        return off, of_terms, off.copy()
    remaining = promise.remaining * units_of_terms(result.dtype, known, largest)
    return off, of_terms, np.where(np.isfinite(off), np.maximum(off - remaining, 0.0), off)


def _exact(numbers: Any, width: int = 0) -> Exact:
    nearest, rest = np.array(numbers, np.float64).T
    shape = width or len(nearest)
    return Exact(
        np.broadcast_to(nearest, shape), np.broadcast_to(rest, shape), np.zeros(shape, bool)
    )


def _largest_of_row(terms: Exact) -> Exact:
    nearest = np.full_like(terms.nearest, np.max(np.abs(terms.nearest)))
    return Exact(nearest, terms.rest, terms.undecided)


def _normwise(of_terms: Numbers, terms: Exact) -> float:
    """The norm of the error over that of the largest terms, in half ulps of one."""
    largest, worst = np.max(np.abs(terms.nearest)), np.max(of_terms)
    if largest == 0 or not 0 < worst < inf:
        return float(worst)
    _, exponent = np.frexp(largest)
    size = np.linalg.norm(np.ldexp(terms.nearest, -exponent))
    return float(worst * np.linalg.norm(of_terms / worst) / size)


def place(sample: Sample, index: int, width: int) -> dict[str, Any]:
    """The inputs and parameters behind one number of a result whose rows have ``width``."""
    row = index // width
    found: dict[str, Any] = {}
    for name, x in sample.inputs.items():
        values = x.reshape(-1, x.shape[-1])[row]
        found[name] = values[0].item() if values.size == 1 else values.tolist()
    if width > 1:
        found["entry"] = index % width
    return {**found, **sample.parameters}
