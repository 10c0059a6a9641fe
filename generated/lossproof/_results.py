"""Where the results of kernels go, block by block: kept, or summed; weighted, and rounded once."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ._layout import Index, Layout
from ._validation import DOUBLE, RealArray, common_dtype

__all__ = [
    "Array",
    "Block",
    "Derivatives",
    "Indices",
    "Kept",
    "Reduced",
    "Scale",
    "Value",
]

Array: TypeAlias = NDArray[np.floating[Any]]
Indices: TypeAlias = NDArray[np.intp]
Value: TypeAlias = np.floating[Any] | Array
Block: TypeAlias = tuple[int, Index]  # its number, and where it is


class Scale:
    """The factor of each value in the reduced loss: its weight over a common divisor."""

    def __init__(
        self,
        layout: Layout,
        weight: RealArray | None,
        divisor: np.floating[Any],
        working: np.dtype[Any],
    ) -> None:
        self._weight = None if weight is None else layout.values(weight)
        self._divisor = divisor
        # quicker to divide by than a number; with weights it may be none in that precision
        self._working_divisor = np.asarray(divisor if weight is None else 1, working)
        # Nothing comes of what has no weight, not even a NaN.
        self._has_absent = weight is not None and weight.size > 0 and not weight.min()

    def weighted(self, index: Index, values: Array) -> Array:
        """Multiply a block of values by their weights."""
        if self._weight is None:
            return values
        weight = self._weight[index]
        weighted: Array = values * weight
        if self._has_absent:
            np.copyto(weighted, 0, where=weight == 0)
        return weighted

    def reduced(self, total: Any) -> Any:
        """Divide the sum of the weighted values."""
        return total / self._divisor

    def scaled(self, derivatives: Array, dtype: np.dtype[Any], room: Array | None) -> Array:
        """Return derivatives of the reduced loss without weights, rounded once, in their room."""
        if room is None:
            scaled: Array = derivatives / self._working_divisor
            return scaled.astype(dtype, copy=False)
        self.write((), derivatives, room)
        return room

    def write(self, index: Index, derivatives: Array, out: Array) -> None:
        """Write a block of derivatives of the reduced loss, rounded once."""
        if self._weight is not None:
            weight = self._weight[index]
            np.multiply(derivatives, weight / self._divisor, out=out[index], casting="same_kind")
            if self._has_absent:
                np.copyto(out[index], 0, where=weight == 0)
        elif self._divisor != 1:
            np.divide(derivatives, self._working_divisor, out=out[index], casting="same_kind")
        else:
            np.copyto(out[index], derivatives, casting="same_kind")


class Kept:
    """The values of one call, for the reduction "none"."""

    def __init__(self, layout: Layout, scale: Scale, values: Array) -> None:
        self._scale = scale
        self._values = values
        self._view = layout.values(values)
        if 0 in layout.shape:
            values[...] = 0

    def put(self, block: Block, values: Array) -> None:
        """Take the values of one block."""
        _, index = block
        np.copyto(self._view[index], self._scale.weighted(index, values), casting="same_kind")

    def result(self) -> Array:
        """Return all values."""
        return self._values


class Reduced:
    """The values of one call, summed and divided; so are derivatives in a parameter."""

    def __init__(self, scale: Scale, dtype: np.dtype[Any], out: Array | None) -> None:
        self._scale = scale
        self._summing = common_dtype(dtype, DOUBLE)
        self._dtype = dtype
        self._out = out
        self._sums: dict[int, Any] = {}  # by the number of the block, whoever was first

    def put(self, block: Block, values: Array) -> None:
        """Take the values of one block."""
        number, index = block
        self._sums[number] = np.add.reduce(self._scale.weighted(index, values), axis=None)

    def result(self) -> Value:
        """Round the reduced value once."""
        sums = [self._sums[number] for number in range(len(self._sums))]
        total = sums[0] if len(sums) == 1 else np.add.reduce(sums, dtype=self._summing)
        reduced: Value = self._dtype.type(self._scale.reduced(total))
        if self._out is None:
            return reduced
        self._out[...] = reduced
        return self._out


class Derivatives:
    """The derivatives of the reduced loss in a tensor; `factor` is that of the chain rule."""

    def __init__(self, layout: Layout, scale: Scale, out: Array, factor: float) -> None:
        self._scale = scale
        self._out = out
        self._view = layout.elements(out)
        self._factor = factor

    def put(self, block: Block, derivatives: Array) -> None:
        """Take the derivatives of one block."""
        if self._factor != 1:
            derivatives = derivatives * self._factor
        self._scale.write(block[1], derivatives, self._view)

    def result(self) -> Array:
        """Return all derivatives."""
        return self._out
