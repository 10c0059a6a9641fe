"""Sums up the errors of a computation: the worst, where it is, and what went wrong altogether."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr

from derive.accuracy.exact import Exact, exact, magnitude_row
from derive.accuracy.numbers import Array
from derive.accuracy.points import Sample
from derive.accuracy.ulp import Format, errors, errors_of_terms

Compute = Callable[[Mapping[str, Array], Mapping[str, float]], Array]
"""Computes an array in the dtype of the inputs (of ``Sample.inputs``) from them and parameters."""


@dataclass(frozen=True)
class Reference:
    """A sample with the exact values of a formula there."""

    formula: Expr
    sample: Sample
    exact: Exact


@dataclass
class Measurement:
    """What is known of the errors of one computation.

    ``worst`` is the largest error in ulps of the result, ``of_terms`` the largest in ulps of the
    largest term of the sum that the result is; both leave failures out, which ``failures`` counts
    by kind, with the first inputs of each kind in ``examples``.
    """

    points: int = 0
    worst: float = 0.0
    at: dict[str, Any] = field(default_factory=dict)
    of_terms: float = 0.0
    of_terms_at: dict[str, Any] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    examples: dict[str, dict[str, Any]] = field(default_factory=dict)
    undecided: int = 0


def references(
    formula: Expr, samples: Iterable[Sample], tick: Callable[[], None] = lambda: None
) -> list[Reference]:
    """The exact values of a formula at samples. They cost most of the time: keep them."""
    return [
        Reference(formula, s, exact(formula, s.inputs, s.parameters, tick=tick)) for s in samples
    ]


def measure(
    compute: Compute, expected: Iterable[Reference], terms_of: Expr | None = None
) -> Measurement:
    """Measure a computation at samples where the exact values are known.

    ``terms_of`` is the formula whose terms count as such (default: that of the reference).
    """
    found = Measurement()
    for reference in expected:
        sample = reference.sample
        with warnings.catch_warnings(record=True) as raised:
            warnings.simplefilter("always")
            result = compute(sample.inputs, sample.parameters)
        if any(issubclass(w.category, RuntimeWarning) for w in raised):
            _count(found, "warning", sample, np.array([0]), 1)
        _add(found, reference, result.reshape(reference.exact.nearest.shape), terms_of)
    return found


def _add(found: Measurement, reference: Reference, result: Array, terms_of: Expr | None) -> None:
    sample, known = reference.sample, reference.exact
    form = Format.of(result.dtype)
    off = errors(result, known)
    found.points += result.size
    found.undecided += int(known.undecided.sum())
    defined = ~np.isnan(known.nearest)
    lost = defined & np.isinf(off)
    failed = {
        "nan": lost & np.isnan(result),
        "infinite": lost & np.isinf(result),
        "finite": lost & np.isfinite(result),
    }
    of_terms = _of_terms(reference, result, off, terms_of)
    cancelled = of_terms <= 1  # the exact number is within the rounding of its terms
    opposite = result.astype(np.float64) * np.sign(known.nearest) < 0
    failed["sign"] = defined & ~lost & opposite & ~cancelled
    normal = np.abs(known.nearest) >= form.least_normal
    failed["flushed"] = (result == 0) & normal & ~cancelled
    for kind, where in failed.items():
        if where.any():
            _count(found, kind, sample, np.flatnonzero(where), int(where.sum()))
    good = np.where(defined & ~lost, off, -1.0)
    if good.size and good.max() > found.worst:
        found.worst = float(good.max())
        found.at = place(sample, int(good.argmax()), good.shape[-1])
    good = np.where(defined & ~lost, of_terms, -1.0)
    if good.size and good.max() > found.of_terms:
        found.of_terms = float(good.max())
        found.of_terms_at = place(sample, int(good.argmax()), good.shape[-1])


def _of_terms(
    reference: Reference, result: Array, off: NDArray[np.float64], terms_of: Expr | None
) -> NDArray[np.float64]:
    """Errors in ulps of the largest term, which are looked for only where errors are large."""
    found = off.copy()
    formula = reference.formula if terms_of is None else terms_of
    large = np.flatnonzero((np.nan_to_num(off, posinf=0.0) > 0.5).any(axis=-1).reshape(-1))
    if not large.size:
        return found
    width = off.shape[-1]
    sample = reference.sample
    for i in large:
        row = {n: x.reshape(-1, x.shape[-1])[i].tolist() for n, x in sample.inputs.items()}
        length = len(next(iter(row.values())))
        terms = np.array(magnitude_row(formula, row, sample.parameters, int(i) % length))
        terms = np.broadcast_to(terms, (width, 2))
        flat = [part.reshape(-1, width)[i] for part in _parts(reference.exact)]
        largest = Exact(terms[:, 0], terms[:, 1], np.zeros(width, bool))
        found.reshape(-1, width)[i] = errors_of_terms(
            result.reshape(-1, width)[i], Exact(*flat), largest
        )
    return found


def _parts(known: Exact) -> tuple[Any, Any, Any]:
    return known.nearest, known.rest, known.undecided


def _count(
    found: Measurement, kind: str, sample: Sample, places: NDArray[Any], number: int
) -> None:
    found.failures[kind] = found.failures.get(kind, 0) + number
    width = 1
    first = next(iter(sample.inputs.values()))
    width = first.shape[-1]
    found.examples.setdefault(kind, place(sample, int(places[0]), width))


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
