"""Measures losses beside textbook code and other libraries, quantity by quantity."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.accuracy.bounds import bounds
from derive.accuracy.measure import Measurement, measure, references
from derive.accuracy.peers import peers
from derive.accuracy.points import Compute, Sample, samples
from derive.accuracy.promises import NONE, REDUCED, Promise, promise
from derive.accuracy.quantities import Quantity, emitted, quantities
from derive.accuracy.reductions import reduced_errors
from derive.accuracy.special import special_failures
from derive.accuracy.textbook import textbook
from derive.registry import Spec

DTYPES = (np.float16, np.float32, np.float64)
OURS, TEXTBOOK = "lossproof", "textbook NumPy"


@dataclass(frozen=True)
class Row:
    """What was measured of one quantity of a loss in one dtype, ours first."""

    loss: str
    quantity: str
    dtype: str
    promise: Promise
    measured: Mapping[str, Measurement]

    @property
    def ours(self) -> Measurement:
        """Of the emitted code."""
        return self.measured[OURS]

    @property
    def kept(self) -> bool:
        """Whether the promise is kept."""
        return self.ours.keeps(self.promise)


def accuracy(
    specs: Iterable[Spec],
    *,
    dtypes: Iterable[Any] = DTYPES,
    count: int = 1000,
    seed: int = 0,
    others: bool = True,
    precision: str = "accurate",
    advance: Callable[[str], None] = lambda name: None,
) -> Iterator[Row]:
    """Measure every quantity of losses; ``others`` measures what they are compared with, too.

    With the ``precision`` "fast" nothing is promised.
    """
    kinds = list(dtypes)
    for spec in specs:
        found = quantities(spec)
        formulas = [quantity.evaluated for quantity in found]
        for dtype in kinds:
            advance(f"{spec.name} {np.dtype(dtype).name}")
            points = samples(spec.loss, dtype, formulas=formulas, count=count, seed=seed)
            for quantity in found:
                yield _row(spec, quantity, dtype, points, others, precision)


@dataclass(frozen=True)
class Reduced:
    """The errors of the mean and the sum of many values of a loss, and what is promised."""

    loss: str
    dtype: str
    errors: Mapping[str, float]
    promise: float

    @property
    def kept(self) -> bool:
        """Whether the promise is kept."""
        return max(self.errors.values()) <= self.promise


def reductions(
    specs: Iterable[Spec],
    *,
    dtypes: Iterable[Any] = DTYPES,
    advance: Callable[[str], None] = lambda name: None,
) -> Iterator[Reduced]:
    """Measure the mean and the sum of elementwise losses, where there is a promise of them."""
    kinds = [dtype for dtype in dtypes if np.dtype(dtype) in REDUCED]
    for spec in specs:
        for dtype in kinds if spec.loss.kind == "elementwise" else ():
            advance(f"mean of {spec.name} {np.dtype(dtype).name}")
            found = reduced_errors(spec, dtype)
            yield Reduced(spec.name, np.dtype(dtype).name, found, REDUCED[np.dtype(dtype)])


def _row(
    spec: Spec, quantity: Quantity, dtype: Any, points: list[Sample], others: bool, precision: str
) -> Row:
    expected = references(quantity.declared, points)
    promised = NONE if precision == "fast" else promise(spec.name, quantity.kind, dtype)
    compute = emitted(quantity, spec.loss, precision)
    ours = measure(compute, expected, quantity.evaluated, promised, bounds(quantity, spec.loss))
    for kind, examples in special_failures(compute, quantity, spec.loss, dtype).items():
        ours.failures[kind] = len(examples)
        ours.examples[kind] = examples[0]
    measured = {OURS: ours}
    if others:
        rivals: dict[str, Compute] = {TEXTBOOK: textbook(quantity, spec.loss)}
        rivals |= peers(quantity, spec.loss, dtype)
        for name, rival in rivals.items():
            measured[name] = measure(rival, expected, quantity.evaluated, promised)
    return Row(spec.name, str(quantity), np.dtype(dtype).name, promised, measured)
