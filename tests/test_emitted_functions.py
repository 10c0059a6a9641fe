"""Functions of the emitted package that NumPy has not: how near they are to what they stand for."""

from __future__ import annotations

import warnings
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx, fmpq, fmpq_poly
from sympy import bernoulli, factorial

from derive.emit.templates import helpers

F = SimpleNamespace(**helpers())
LIMITS = np.finfo(np.float64)


# The logarithm of a hyperbolic cosine ------------------------------------------------------------


def taylor(n: int) -> fmpq:
    """The coefficient of z**n in log(cosh(sqrt(z)))."""
    c = 2 ** (2 * n - 1) * (2 ** (2 * n) - 1) * bernoulli(2 * n) / (n * factorial(2 * n))
    return fmpq(int(c.p), int(c.q))


@pytest.mark.parametrize(("coefficients", "error"), [(F._SERIES, 57), (F._SHORT_SERIES, 25)])
def test_what_replaces_the_series_is_as_near_as_is_said(
    coefficients: tuple[float, ...], error: int
) -> None:
    """For z = a**2 up to _NEAR**2, the polynomial is off by less than 2**-error log(cosh(a))/z**2.

    The terms of log(cosh(sqrt(z))) alternate, and there they get smaller: what is left out of the
    series is at most the first term left out. The difference of the polynomials is bounded by the
    sizes of its terms, expanded around the middle of each of many short intervals. All numbers are
    rational.
    """
    count, pieces = 40, 256
    end = fmpq(*float(F._NEAR).as_integer_ratio()) ** 2
    series = fmpq_poly([-taylor(n + 2) for n in range(count)])
    printed = fmpq_poly([fmpq(*float(c).as_integer_ratio()) for c in coefficients])
    left_out = abs(taylor(count + 2)) * end**count
    radius = end / (2 * pieces)
    for k in range(pieces):
        middle = (2 * k + 1) * radius
        around = (printed - series)(fmpq_poly([middle, 1]))
        off = sum((abs(around[i]) * radius**i for i in range(count)), left_out)
        z = middle + radius
        # log(cosh(sqrt(z)))/z is at least 1/2 - z/12
        assert off * z < fmpq(1, 2**error) * (fmpq(1, 2) - z / 12)


def test_a_logarithm_of_a_cosine_is_accurate_to_the_last_place() -> None:
    rng = np.random.default_rng(0)
    near = F._NEAR * (1 + np.arange(-200, 201) * LIMITS.eps)
    sizes = np.exp(rng.uniform(-300, 300, 2000))
    x = np.concatenate([sizes, near, rng.uniform(0, 2, 4000), [LIMITS.max / 4, 2.0**-500]])
    x *= rng.choice([-1, 1], x.size)
    found = F.logcosh(x)
    rounded = F.rounded_to(np.dtype(np.float32), F.logcosh, x)
    np.testing.assert_allclose(rounded, found, rtol=2.0**-32)
    with ctx.workprec(2000):
        for argument, result in zip(x, found, strict=True):
            a = abs(arb(float(argument)))
            # exp(2a) would be no number where a is large
            exact = a.cosh().log() if a < 100 else a - arb.const_log2() + (-2 * a).exp()
            assert abs(exact - arb(float(result))) < 1.5 * float(np.spacing(result)), argument


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_logarithm_of_a_cosine_has_its_limits(dtype: Any) -> None:
    x = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = F.logcosh(x)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, [np.inf, np.inf, np.nan, 0.0, 0.0])


# The error of a difference -----------------------------------------------------------------------


def test_a_difference_and_its_error_are_what_was_subtracted() -> None:
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=5000) * np.exp(rng.uniform(-60, 60, 5000)) for _ in range(2))
    y[::3] = -x[::3] * rng.uniform(0.5, 2, x[::3].size)
    x[1], y[1] = LIMITS.max, LIMITS.max / 3
    difference = x - y
    error = F.rounding_error(difference, x, y)
    assert np.count_nonzero(error) > 1000
    for left, right, near, lost in zip(x, y, difference, error, strict=True):
        assert Fraction(left) - Fraction(right) == Fraction(near) + Fraction(lost)


def test_nothing_is_lost_where_a_difference_is_no_number() -> None:
    x = np.array([LIMITS.max, np.inf, np.nan, 1.0, 1.0])
    y = np.array([-LIMITS.max, 1.0, 1.0, -np.inf, 2.0**-60])
    with np.errstate(all="ignore"):  # as all kernels are called
        found = F.rounding_error(x - y, x, y)
    np.testing.assert_array_equal(found, [0, 0, 0, 0, -(2.0**-60)])


# A difference divided ----------------------------------------------------------------------------


def test_a_difference_is_divided_where_it_is_no_number() -> None:
    x = np.array([LIMITS.max, -LIMITS.max, LIMITS.max, 1.0, np.inf, np.nan])
    y = np.array([-LIMITS.max, LIMITS.max, -LIMITS.max, 3.0, 1.0, 1.0])
    divisor = np.array([4.0, LIMITS.max, 0.5, 8.0, 3.0, 4.0])
    with np.errstate(all="ignore"):  # as all kernels are called
        found = F.ratio_of_difference(x - y, x, y, divisor)
    np.testing.assert_array_equal(found, [LIMITS.max / 2, -2.0, np.inf, -0.25, np.inf, np.nan])


# Exponentials ------------------------------------------------------------------------------------


@pytest.mark.parametrize("divisor", [0.1, 0.1 / 1024, 3.0, 1e290, 2.0**-1000])
def test_a_quotient_and_its_error_are_nearly_what_was_divided(divisor: float) -> None:
    rng = np.random.default_rng(0)
    x = -rng.uniform(1, 2, 2000) * 2.0 ** rng.integers(-20, 60, 2000) * min(divisor, 2.0**900)
    lost = x * rng.uniform(-1, 1, 2000) * 2.0**-53
    quotient, error = F._quotient(x, lost.copy(), divisor)
    for above, less, near, rest in zip(x, lost, quotient, error, strict=True):
        exact = (Fraction(above) + Fraction(less)) / Fraction(divisor)
        assert abs(Fraction(near) + Fraction(rest) - exact) <= abs(exact) / 2**75
        assert abs(Fraction(near) - exact) <= abs(exact) / 2**52


@pytest.mark.parametrize("divisor", [0.1, 5e-324, 1e-200])
def test_a_quotient_has_its_limits(divisor: float) -> None:
    x = np.array([-np.inf, -1e300, np.nan, 0.0, -1.0])
    with np.errstate(all="ignore"):  # as all kernels are called
        quotient, error = F._quotient(x, np.zeros(5), divisor)
        np.testing.assert_allclose(quotient, x / divisor, rtol=2.0**-52)
    np.testing.assert_array_equal(error[[0, 2, 3]], 0)
