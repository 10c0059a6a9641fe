"""Functions that take their time where the processor has no wide vectors, and quicker ways to them.

NumPy computes them one number at a time there, several times as long as what it has vectors for. A
result that is rounded to single precision does not need all digits of double precision: inside
`rounded_to` single, what is returned in double precision is off by less than 2**-32 of itself, and
in single precision by a few units in the last place. Everywhere else it is what NumPy returns.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from contextvars import Context, ContextVar
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from ._cases import clip, select

__all__ = [
    "euclidean_norm",
    "expm1",
    "exponentials",
    "log1p",
    "logcosh",
    "ratio_of_difference",
    "rounded_to",
    "rounding_error",
    "tanh",
]

Array: TypeAlias = NDArray[np.floating[Any]]
T = TypeVar("T")

_SINGLE = np.dtype(np.float32)
# Of (x coth(x/2) - 2)/x**2 as a polynomial in x**2, from the highest power on: what exp(x) - 1
# lacks for it is less than 2**-24 of itself where abs(x) <= 1.
_COTANGENT = (0.0000637260938, -0.00277688071323, 0.16666661689956)

_LOG_2 = (0.6931471805599453, 2.3190468138462996e-17)  # a double and what it lacks

# (a**2/2 - log(cosh(a)))/a**4 for a up to _NEAR as a polynomial in a**2: its interpolation there,
# and one that single precision cannot tell from it.
_NEAR, _FARTHER = 0.75, 0.2232  # a little more than exp(-2 _NEAR)
_SERIES = (
    8.333333333333333e-02,
    -2.222222222222198e-02,
    6.7460317460074195e-03,
    -2.1869488526584744e-03,
    7.386029412054839e-04,
    -2.565803338169057e-04,
    9.098775235148717e-05,
    -3.276919995100678e-05,
    1.1919266193731243e-05,
    -4.3097548988640036e-06,
    1.466384904337587e-06,
    -4.0544212310064004e-07,
    6.403939319456669e-08,
)
_SHORT_SERIES = (0.0833333156, -0.0222206372, 0.00672301984, -0.00206707374, 0.000469261305)

_FIRST_HALF = -(2**27)  # of the bits of a double, as an integer

_is_single: ContextVar[bool] = ContextVar("_is_single", default=False)


def _quiet(single: bool) -> Context:
    """Prepare a context where floating-point errors pass: quicker to copy than `np.errstate`."""
    context = Context()
    context.run(np.seterr, all="ignore")
    context.run(_is_single.set, single)
    return context


_CONTEXTS = {single: _quiet(single) for single in (False, True)}


def rounded_to(dtype: np.dtype[Any], function: Callable[..., T], *arguments: Any) -> T:
    """Call a function whose results are rounded to a dtype at last; floating-point errors pass."""
    return _CONTEXTS[dtype == _SINGLE].copy().run(function, *arguments)


def log1p(x: Array) -> Array:
    """Return log(1 + x).

    The logarithm of u, which is 1 + x rounded, lacks log((1 + x)/u), which is (1 + x - u)/u but for
    its square.
    """
    if not _is_single.get():
        return np.log1p(x)
    u = x + 1
    lost = u - 1
    np.subtract(x, lost, out=lost)
    lost /= u
    result = np.log(u, out=u)
    result += lost
    return _mended(result, np.isnan(lost), np.log1p, x)


def expm1(x: Array, power: Array | None = None) -> Array:
    """Return exp(x) - 1, where `power` is exp(x) if that is known.

    The difference rounds small results away. Single precision takes them from the hyperbolic
    cotangent: exp(x) - 1 is 2 x/(x coth(x/2) - x).
    """
    if not _is_single.get():
        return np.expm1(x)
    result = (np.exp(x) if power is None else power) - 1
    if x.dtype == _SINGLE:
        return select(np.abs(x) <= 1, _small_expm1(x), result)
    return _mended(result, np.abs(x) < 2**-20, np.expm1, x)


def _small_expm1(x: Array) -> Array:
    square = x * x
    divisor = square * _COTANGENT[0]
    for coefficient in _COTANGENT[1:]:
        divisor += coefficient
        divisor *= square
    divisor += 2
    divisor -= x
    result: Array = (x + x) / divisor
    return result


def tanh(x: Array, power: Array | None = None) -> Array:
    """Return the hyperbolic tangent, where `power` is exp(-2 abs(x)) if that is known."""
    if not _has_spare_digits(x):
        return np.tanh(x)
    magnitude = np.abs(x)
    if power is None:
        power = np.exp(-2 * magnitude)
    result = 1 - power
    result /= 1 + power
    return np.copysign(_mended(result, magnitude < 2**-20, np.tanh, magnitude), x)


def logcosh(x: Array) -> Array:
    """Return log(cosh(x)).

    Far out it is a - log(2) + log1p(exp(-2a)), where a is abs(x). Near zero it is a**2/2 - a**4 p,
    where a polynomial in a**2 stands for p. That is no identity: the result is off by less than
    2**-57 of itself (2**-25 in single precision), besides all rounding. It is the larger of both:
    near zero an exponential that is clipped makes the first a line below, and beyond the second
    stays as it is.
    """
    magnitude = np.abs(x)
    power = np.exp(-2 * magnitude)
    far = log1p(clip(power, 0, _FARTHER, out=power))
    high, low = _LOG_2
    far -= low
    far += magnitude - high
    square = clip(magnitude, 0, _NEAR, out=magnitude)
    square *= square
    constant, *others = _SHORT_SERIES if x.dtype == _SINGLE else _SERIES
    series = square * others.pop()
    for coefficient in reversed(others):
        series += coefficient
        series *= square
    series += constant
    near = 0.5 * square
    square *= square
    series *= square
    near -= series
    return np.maximum(near, far, out=near)


def ratio_of_difference(difference: Array, x: Array, y: Array, divisor: Array) -> Array:
    """Return (x - y)/divisor: by halves where the difference is too large for a number."""
    ratio = difference / divisor
    if not np.isfinite(np.sum(ratio)):
        far = np.isinf(difference)
        ratio[far] = (0.5 * x[far] - 0.5 * y[far]) / (0.5 * divisor[far])
    return ratio


def rounding_error(difference: Array, x: Array | float, y: Array | float) -> Array:
    """Return x - y less the difference that floating point makes of it; 0 where that is no number.

    It is a floating-point number, and found without a rounding (Knuth, TAOCP 2, 4.2.2).
    """
    if _has_spare_digits(difference):
        return np.zeros((1,) * difference.ndim)
    back = difference - x
    error = difference - back
    np.subtract(x, error, out=error)
    back += y
    error -= back
    if np.isnan(np.sum(error)):
        error[np.isnan(error)] = 0
    return error


def exponentials(exponents: Array, divisor: float = 1.0) -> tuple[Array, Array, Array, Array]:
    """Return what softmax and log-sum-exp of each slice are made of, without overflow.

    That is the largest exponent, the exponents less this, the powers of e with these differences,
    and the sum of all powers but a largest one, which is 1: a sum that includes it rounds the
    others away. All exponents are divided by `divisor`, which is positive. Double precision needs
    the power of what rounding takes from the differences and quotients, too.
    """
    largest = np.maximum.reduce(exponents, axis=-1, keepdims=True)
    shifted = exponents - largest
    if _has_spare_digits(exponents):
        if divisor != 1:
            shifted /= divisor
        power = np.exp(shifted)
        others = np.add.reduce(power, axis=-1, keepdims=True) - 1
        rounded_away = others < 2**-16  # too much of them
        if rounded_away.any():
            others = np.where(rounded_away, _all_but_one(power, shifted), others)
    else:
        lost = rounding_error(shifted, exponents, largest)
        if divisor != 1:
            shifted, lost = _quotient(shifted, lost, divisor)
        power = np.exp(shifted)
        lost *= power
        power += lost
        others = _all_but_one(power, shifted)
    return largest / divisor, shifted, power, others


def _all_but_one(power: Array, shifted: Array) -> Array:
    """Return the sum of all powers but a largest one, found without it."""
    below = np.add.reduce(power - (shifted >= 0), axis=-1, keepdims=True)
    equal = np.rint(np.add.reduce(power, axis=-1, keepdims=True) - below)
    return below + (equal - 1)


def euclidean_norm(vectors: Array) -> Array:
    """Return the norm of each slice: of the slice scaled, where squares leave the range.

    It is scaled by a power of two, which rounds nothing: both ways lead to the same bits.
    """
    squares = np.add.reduce(vectors**2, axis=-1, keepdims=True)
    norm: Array = np.sqrt(squares)
    limits = np.finfo(squares.dtype)
    # a sum above this lost nothing of account where a square came to be less than normal
    out_of_range = ~((squares >= limits.tiny / limits.eps) & (squares < np.inf))
    if not np.count_nonzero(out_of_range):
        return norm
    largest = np.max(np.abs(vectors), axis=-1, keepdims=True)
    scale = np.ldexp(squares.dtype.type(0.5), np.frexp(largest)[1])
    scaled = scale * np.sqrt(np.sum((vectors / scale) ** 2, axis=-1, keepdims=True))
    return np.where(out_of_range, scaled, norm)


def _quotient(x: Array, lost: Array, divisor: float) -> tuple[Array, Array]:
    """Return (x + lost)/divisor, rounded, and what rounding took from it; `lost` is overwritten.

    The first half of the digits of x times those of 1/divisor is a floating-point number. What else
    there is is so much less that its rounding does not count (Dekker 1971, doi:10.1007/BF01397083).
    """
    if x.dtype != np.float64:
        return x / divisor, lost / divisor
    high, low = _reciprocal(float(divisor))
    head: Array = (x.view(np.int64) & _FIRST_HALF).view(np.float64)
    tail = x - head
    head *= high
    tail *= high
    lost *= high
    lost += x * low
    lost += tail
    quotient = np.add(head, lost, out=tail)
    head -= quotient
    lost += head
    if np.isnan(np.sum(lost)):
        wrong = np.isnan(lost)
        quotient[wrong] = x[wrong] / divisor
        lost[wrong] = 0
    return quotient, lost


@functools.lru_cache(maxsize=16)
def _reciprocal(number: float) -> tuple[float, float]:
    """Return the first 26 or 27 bits of 1/number, and the rest."""
    below, above = number.as_integer_ratio()
    shift = 26 + below.bit_length() - above.bit_length()
    above, below = above << max(shift, 0), below << max(-shift, 0)
    bits, rest = divmod(above, below)
    try:
        return math.ldexp(bits, -shift), math.ldexp(rest / below, -shift)
    except OverflowError:
        return math.inf, 0.0


def _has_spare_digits(x: Array) -> bool:
    return _is_single.get() and x.dtype != _SINGLE


def _mended(result: Array, wrong: NDArray[np.bool], exact: np.ufunc, x: Array) -> Array:
    """Have the few wrong elements of a result computed by another function."""
    if np.count_nonzero(wrong):
        exact(x, out=result, where=wrong)
    return result
