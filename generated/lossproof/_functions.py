"""Functions that take their time where the processor has no wide vectors, and quicker ways to them.

NumPy computes them one number at a time there, two or three times as long as an exponential or a
logarithm. A result that is rounded to single precision does not need all digits of double
precision: inside `RoundedTo` single, what is returned in double precision is off by less than
2**-32 of itself. Everywhere else it is what NumPy returns.
"""

from __future__ import annotations

import threading
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["RoundedTo", "euclidean_norm", "expm1", "exponentials", "log1p", "tanh"]

Array: TypeAlias = NDArray[np.floating[Any]]

_SINGLE, _DOUBLE = np.dtype(np.float32), np.dtype(np.float64)


class _State(threading.local):
    """What a thread has said of its results."""

    single = False


_state = _State()


class RoundedTo:
    """A context whose results are rounded to a dtype at last."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._single = dtype == _SINGLE

    def __enter__(self) -> None:
        self._before, _state.single = _state.single, self._single

    def __exit__(self, *_: object) -> None:
        _state.single = self._before


def log1p(x: Array) -> Array:
    """Return log(1 + x).

    The logarithm of u, which is 1 + x rounded, lacks log((1 + x)/u), which is (1 + x - u)/u but for
    its square.
    """
    if not _has_spare_digits(x):
        return np.log1p(x)
    u = x + 1
    lost = u - 1
    np.subtract(x, lost, out=lost)
    lost /= u
    result = np.log(u, out=u)
    result += lost
    return _mended(result, np.isnan(lost), np.log1p, x)


def expm1(x: Array, power: Array | None = None) -> Array:
    """Return exp(x) - 1, where `power` is exp(x) if that is known."""
    if not _has_spare_digits(x):
        return np.expm1(x)
    result = (np.exp(x) if power is None else power) - 1
    return _mended(result, np.abs(x) < 2**-20, np.expm1, x)


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


def exponentials(exponents: Array) -> tuple[Array, Array, Array, Array]:
    """Return what softmax and log-sum-exp of each slice are made of, without overflow.

    That is the largest exponent, the exponents less this, the powers of e with these differences,
    and the sum of all powers but a largest one, which is 1: a sum that includes it rounds the
    others away. Double precision needs the power of the error of each difference, too.
    """
    largest = np.max(exponents, axis=-1, keepdims=True)
    shifted = exponents - largest
    power = np.exp(shifted)
    if not _has_spare_digits(exponents):
        part = shifted - exponents
        error = exponents - (shifted - part)
        error -= np.add(largest, part, out=part)
        # far below, the difference may be infinite and its error undefined
        far = shifted <= -800
        if far.any():
            error[far] = 0
        error *= power
        power += error
    others = power - (shifted >= 0)
    below = np.sum(others, axis=-1, keepdims=True)
    equal = np.rint(np.sum(power, axis=-1, keepdims=True) - below)
    return largest, shifted, power, below + (equal - 1)


def euclidean_norm(vectors: Array) -> Array:
    """Return the norm of each slice: of the slice scaled, where squares leave the range.

    It is scaled by a power of two, which rounds nothing: both ways lead to the same bits.
    """
    squares = np.sum(vectors**2, axis=-1, keepdims=True)
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


def _has_spare_digits(x: Array) -> bool:
    return _state.single and x.dtype == _DOUBLE


def _mended(result: Array, wrong: NDArray[np.bool], exact: np.ufunc, x: Array) -> Array:
    """Have the few wrong elements of a result computed by another function."""
    if wrong.any():
        exact(x, out=result, where=wrong)
    return result
