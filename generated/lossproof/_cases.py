"""Case distinctions that a processor need not guess.

NumPy's `where` jumps for each element, and pays for every jump that goes where the processor did
not expect: three times what the bits cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeGuard

import numpy as np
from numpy._core import umath
from numpy.typing import NDArray

__all__ = ["at_labels", "clip", "placed", "select", "with_nan"]

Array: TypeAlias = NDArray[np.floating[Any]]

# What np.clip calls, after more microseconds than a small block takes.
clip: Callable[..., Array] = vars(umath).get("clip", np.clip)

_SMALL = 2**10  # elements, below which the jumps cost less than the calls
_INTEGERS: Mapping[Any, Any] = {np.dtype("f4"): np.dtype("i4"), np.dtype("f8"): np.dtype("i8")}


def select(condition: NDArray[np.bool], x: Array | float, y: Array | float) -> Array:
    """Return x where the condition holds, else y: the same bits as those of `np.where`.

    Where one of them is all that is chosen, it is returned itself.
    """
    size = condition.size
    if size < _SMALL:
        return np.where(condition, x, y)
    count = np.count_nonzero(condition)
    if count == size and _covers(x, condition):
        return x
    if count == 0 and _covers(y, condition):
        return y
    dtype = np.result_type(x, y)
    integers = _INTEGERS.get(dtype)
    if integers is None:
        return np.where(condition, x, y)
    truth: Any = condition.view(np.int8)
    others: Any = np.asarray(y, dtype).view(integers)
    chosen: Any
    if not isinstance(x, np.ndarray) and x == 0:
        chosen = _masked(truth - 1, others)
    elif not isinstance(y, np.ndarray) and y == 0:
        chosen = _masked(-truth, np.asarray(x, dtype).view(integers))
    else:
        difference = np.asarray(x, dtype).view(integers) ^ others
        chosen = _masked(-truth, difference)
        chosen ^= others
    result: Array = chosen.view(dtype)
    return result


def _masked(mask: NDArray[np.int8], bits: NDArray[Any]) -> NDArray[Any]:
    """Return the bits where a mask is -1, and zero where it is 0."""
    wide = mask.astype(bits.dtype)  # quicker than to have the mask converted by what made it
    return np.bitwise_and(wide, bits, out=wide if wide.shape == bits.shape else None)


def _covers(choice: Array | float, condition: NDArray[np.bool]) -> TypeGuard[Array]:
    """Whether a choice is an array with an element for each that is asked about."""
    return isinstance(choice, np.ndarray) and choice.shape == condition.shape


def with_nan(result: Array, source: Array) -> Array:
    """Return a result with the NaNs of a source."""
    missing = np.isnan(source)
    return np.where(missing, source, result) if np.count_nonzero(missing) else result


def at_labels(array: Array, labels: NDArray[np.intp]) -> Array:
    """Return what an array holds at the label of each slice, which keeps an axis of length one."""
    if array.ndim != 2:
        return np.take_along_axis(array, labels, axis=-1)
    flat, places = _flat(array, labels)
    return flat.take(places)


def placed(result: Array, labels: NDArray[np.intp], values: Array) -> Array:
    """Write a value at the label of each slice of a result that nobody else holds; return it."""
    if result.ndim != 2:
        np.put_along_axis(result, labels, values, axis=-1)
    else:
        flat, places = _flat(result, labels)
        flat[places] = values
    return result


def _flat(matrix: Array, labels: NDArray[np.intp]) -> tuple[Array, NDArray[np.intp]]:
    """View a matrix as it lies in memory, and find the labelled elements there.

    NumPy's functions for any array take twice as long.
    """
    rows, columns = matrix.shape
    if matrix.flags.c_contiguous:
        return matrix.reshape(-1), labels + np.arange(0, rows * columns, columns)[:, np.newaxis]
    return matrix.T.reshape(-1), labels * rows + np.arange(rows)[:, np.newaxis]
