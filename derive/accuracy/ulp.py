"""Errors in units in the last place of a floating-point format.

The unit is the spacing of numbers of that format at the exact value, never less than that of
subnormal numbers: a correctly rounded result is at most 0.5 off, whatever its size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.accuracy.exact import Exact, Numbers


@dataclass(frozen=True)
class Format:
    """A binary floating-point format: significant bits and the exponents at its ends."""

    digits: int
    least: int  # 2**least is the least positive number
    greatest: int  # all numbers are less than 2**greatest

    @classmethod
    def of(cls, dtype: Any) -> Format:
        """The format of a NumPy dtype."""
        facts = np.finfo(dtype)
        digits = facts.nmant + 1
        return cls(digits, int(facts.minexp) - facts.nmant, int(facts.maxexp))

    @property
    def least_normal(self) -> float:
        """The least positive number that has all significant bits."""
        return float(np.ldexp(1.0, self.least + self.digits - 1))

    @property
    def overflow(self) -> float:
        """From here on, numbers round to infinity (in float64, where it would be 2**1024, inf)."""
        if self.greatest == 1024:
            return float("inf")
        return float(np.ldexp(2.0 - 2.0**-self.digits, self.greatest - 1))

    def exponent(self, numbers: Numbers) -> NDArray[np.int64]:
        """The unit in the last place at a number is 2 to this power."""
        _, exponents = np.frexp(numbers)
        found = np.maximum(exponents.astype(np.int64) - self.digits, self.least)
        return np.where(numbers == 0, self.least, found)


DOUBLE = Format.of(np.float64)


def errors(result: NDArray[Any], exact: Exact) -> Numbers:
    """How far a result is from the exact numbers, in ulps of the result's dtype at these.

    0 for the right infinity, also where it is reached by overflow; infinite for a NaN, for an
    infinity that is not right and for anything else in its place, NaN where there is no number.
    """
    return _errors(result, exact, exact.nearest)


def errors_of_terms(result: NDArray[Any], exact: Exact, terms: Exact) -> Numbers:
    """The same, in ulps at the largest term of the sum that the exact number is."""
    largest = np.where(np.isfinite(terms.nearest), np.abs(terms.nearest), np.abs(exact.nearest))
    return _errors(result, exact, np.maximum(largest, np.abs(exact.nearest)))


def units_of_terms(dtype: Any, exact: Exact, terms: Exact) -> Numbers:
    """The ulps of float64 at the largest terms, in ulps of a dtype at the exact numbers."""
    sizes = np.where(np.isfinite(terms.nearest), np.abs(terms.nearest), np.abs(exact.nearest))
    with np.errstate(over="ignore", under="ignore"):
        unit: Numbers = _scaled(
            np.ones_like(sizes), DOUBLE.exponent(sizes) - Format.of(dtype).exponent(exact.nearest)
        )
    return unit


def _errors(result: NDArray[Any], exact: Exact, sizes: Numbers) -> Numbers:
    form = Format.of(result.dtype)
    got, nearest = result.astype(np.float64), exact.nearest
    beyond = np.abs(nearest) >= form.overflow
    with np.errstate(all="ignore"):
        unit = form.exponent(np.where(np.isfinite(sizes), sizes, nearest))
        # Halved: a difference of opposite large numbers may not overflow.
        difference = _scaled(got / 2 - nearest / 2, 1 - unit)
        close = np.abs(difference) < 2.0**40
        difference = np.where(close, _scaled(got - nearest, -unit), difference)
        rest = _scaled(exact.rest, DOUBLE.exponent(nearest) - unit)
        found = np.minimum(np.abs(difference - rest), np.finfo(np.float64).max)
    right_infinity = np.isinf(got) & (np.sign(got) == np.sign(nearest))
    found = np.where(beyond, np.where(right_infinity, 0.0, found), found)
    lost = ~np.isfinite(got) & ~(beyond & right_infinity)
    found = np.where(lost | (beyond & np.isinf(nearest) & ~right_infinity), np.inf, found)
    return np.where(np.isnan(nearest), np.nan, found)


def _scaled(numbers: Numbers, power: NDArray[np.int64]) -> Numbers:
    """``numbers * 2**power``; in two steps, because the power of two alone may not exist."""
    half = (power // 2).astype(np.int32)
    scaled: Numbers = np.ldexp(np.ldexp(numbers, half), power.astype(np.int32) - half)
    return scaled
