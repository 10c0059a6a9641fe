"""How kernels see arrays: block by block, with the axis of a slice at the end."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ._validation import RealArray, Shape

__all__ = ["Index", "Labels", "Layout", "OneHot", "Smoothed"]

Index: TypeAlias = tuple[int | slice, ...]
Order: TypeAlias = Literal["C", "F"]

_BLOCK = 2**16  # elements: with fewer, the calls of NumPy cost more than the caches save
_SHORT = 48  # elements of a slice, up to which NumPy reduces many slices faster together


@dataclass(frozen=True)
class Layout:
    """How kernels see arrays: element by element, or with the slice axis moved to the end."""

    shape: Shape
    axis: int | None = None  # None for elementwise losses
    square: bool = False

    @property
    def value_shape(self) -> Shape:
        """One value per element, or per slice."""
        if self.axis is None:
            return self.shape
        return self.shape[: self.axis] + self.shape[self.axis + 1 :]

    @cached_property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def is_one_block(self) -> bool:
        return 0 < self.size <= _BLOCK

    @property
    def slice_length(self) -> int:
        return 1 if self.axis is None else self.shape[self.axis]

    @property
    def order(self) -> Order:
        """How the elements of a block lie in memory: short slices side by side."""
        short = self.axis is not None and not self.square and self.slice_length <= _SHORT
        return "F" if short else "C"

    def elements(self, array: RealArray) -> RealArray:
        """View an array of the inputs' shape as kernels see it."""
        if self.axis is None:
            return array.reshape(array.shape or (1,))
        return array if self.axis == array.ndim - 1 else np.moveaxis(array, self.axis, -1)

    def values(self, array: RealArray) -> RealArray:
        """View an array of values as kernels return it: slices keep an axis of length one."""
        return self.elements(array) if self.axis is None else array[..., np.newaxis]

    def blocks(self) -> Iterator[Index]:
        """Cut the leading axes into boxes of about `_BLOCK` elements, in C order.

        A box never cuts a slice, nor a square matrix: their elements meet in the kernel. Boxes
        are views of any strided array, so that none has to be copied as a whole.
        """
        leading = self.value_shape[:-1] if self.square else self.value_shape
        size = self.size
        depth = 0
        while size > _BLOCK and depth < len(leading):
            size //= leading[depth]
            depth += 1
        if size == 0:
            return
        if depth == 0:
            yield ()
            return
        length = leading[depth - 1]
        pieces = min(length, math.ceil(length * size / _BLOCK))
        step = math.ceil(length / pieces)
        if self.order == "F":
            step |= 1  # columns a power of two apart would meet in the cache
            while length % step == 1 and step < length:
                step += 2  # a slice alone would be summed in another order
        for outer in itertools.product(*map(range, leading[: depth - 1])):
            for start in range(0, length, step):
                yield (*outer, slice(start, start + step))


class Labels:
    """Class labels, which are not to be converted; one that is ignored could be any other."""

    def __init__(self, labels: RealArray, layout: Layout, ignored: RealArray | None) -> None:
        self._labels = layout.values(labels if ignored is None else np.where(ignored, 0, labels))

    def __getitem__(self, index: Index) -> NDArray[np.intp]:
        return self._labels[index].astype(np.intp)


class OneHot:
    """Class labels that read, block by block, as the distributions they stand for."""

    def __init__(self, labels: Labels, layout: Layout) -> None:
        self.labels = labels
        self._classes = np.arange(layout.slice_length)
        self._order = layout.order

    def __getitem__(self, index: Index) -> RealArray:
        return np.equal(self.labels[index], self._classes, order=self._order)


class Smoothed:
    """Distributions mixed, block by block, with the uniform one."""

    def __init__(self, target: RealArray | OneHot, share: float, working: np.dtype[Any]) -> None:
        self._target = target
        self._share = share
        self._working = working

    def __getitem__(self, index: Index) -> RealArray:
        block = np.asarray(self._target[index], self._working)
        mixed: RealArray = block * (1 - self._share) + self._share / block.shape[-1]
        return mixed
