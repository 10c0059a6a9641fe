"""Means and sums of many values: how far they are from the exact ones, relatively.

The values themselves are taken as the emitted code computes them in double precision, so that it
is adding them up, and rounding the result, whose error is seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np

from derive.accuracy.numbers import Array, Range
from derive.registry import Spec

CHUNK = 2**18


def reduced_errors(
    spec: Spec, dtype: Any, *, count: int = 10**7, seed: int = 0
) -> dict[str, float]:
    """The errors of the mean and the sum of the values of ``count`` random elements.

    They are relative to the mean and the sum of the magnitudes of the values.
    """
    import lossproof

    loss, rng = getattr(lossproof, spec.name), np.random.default_rng(seed)
    inputs = {
        x.name: _random(rng, Range.of(spec.loss.domain(x)), dtype, count) for x in spec.loss.inputs
    }
    total = math.fsum(chain.from_iterable(_values(loss, inputs, count)))
    size = math.fsum(map(abs, chain.from_iterable(_values(loss, inputs, count))))
    return {
        reduction: abs(float(loss(**inputs, reduction=reduction)) - total / divisor)
        * divisor
        / size
        for reduction, divisor in (("mean", count), ("sum", 1))
    }


def _values(loss: Any, inputs: dict[str, Array], count: int) -> Iterator[list[float]]:
    for start in range(0, count, CHUNK):
        part = {n: x[start : start + CHUNK].astype(np.float64) for n, x in inputs.items()}
        yield loss(**part, reduction="none").tolist()


def _random(rng: np.random.Generator, inside: Range, dtype: Any, count: int) -> Array:
    if math.isfinite(inside.high):
        numbers = inside.low + (inside.high - inside.low) * rng.random(count)
    elif math.isfinite(inside.low):
        numbers = inside.low + rng.exponential(size=count)
    else:
        numbers = rng.normal(size=count)
    drawn: Array = numbers.astype(dtype)
    return drawn
