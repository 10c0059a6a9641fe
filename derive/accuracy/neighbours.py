"""The floating-point numbers in their order: steps from one to the next, and sign changes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def ordinals(numbers: NDArray[Any]) -> NDArray[np.int64]:
    """The place of each number among all of its dtype: 0 for zero, 1 for the next one up."""
    bits = numbers.view(f"i{numbers.dtype.itemsize}").astype(np.int64)
    sign = np.int64(-1) << (8 * numbers.dtype.itemsize - 1)
    found: NDArray[np.int64] = np.where(bits < 0, sign - np.minimum(bits, 0), bits)
    return found


def numbers_at(places: NDArray[np.int64], dtype: Any) -> NDArray[Any]:
    """The numbers at these places; the largest finite ones beyond the ends."""
    kind = np.dtype(dtype)
    last = ordinals(np.array(np.finfo(kind).max))
    inside = np.clip(places, -last, last)
    negative = np.int64(-1) << (8 * kind.itemsize - 1)
    bits = np.where(inside < 0, negative - np.minimum(inside, 0), inside)
    return bits.astype(f"i{kind.itemsize}").view(kind)


def around(centre: Any, steps: int) -> NDArray[Any]:
    """A number and the ``steps`` next ones on each side, in the dtype of the number."""
    middle = np.asarray(centre)
    return numbers_at(ordinals(middle) + np.arange(-steps, steps + 1), middle.dtype)


def sign_changes(sign: Callable[[float], int], grid: NDArray[Any]) -> list[Any]:
    """Numbers at which the sign of a function is another than just below, found by bisection.

    Between neighbours of the sorted ``grid`` at most one is found, to the last bit of its dtype.
    """
    signs = [sign(float(x)) for x in grid]
    found = [x for x, s in zip(grid, signs, strict=True) if s == 0]
    places = ordinals(grid)
    for i in np.flatnonzero([a * b < 0 for a, b in itertools.pairwise(signs)]):
        low, high = int(places[i]), int(places[i + 1])
        while high - low > 1:
            middle = (low + high) // 2
            here = sign(float(numbers_at(np.array(middle), grid.dtype)))
            low, high = (middle, high) if here == signs[i] else (low, middle)
        found.append(numbers_at(np.array(high), grid.dtype)[()])
    return found
