"""How a loss is evaluated: checked, block by block in double precision, and reduced.

The formulas of a loss are pure functions of arrays, its kernels. They are called with blocks that
fit in the processor's cache, converted to float64 (or longdouble), so that their temporaries stay
there and a result of lower precision is rounded only once.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ._info import Info
from ._validation import (
    RealArray,
    Shape,
    are_labels,
    axis_of,
    check_full,
    check_labels,
    check_square,
    checked_out,
    checked_weight,
    common_dtype,
    common_shape,
    one_of,
    parameter_value,
    real_array,
    result_dtype,
    weight_sum,
)

__all__ = ["Array", "Evaluation", "Loss", "Value"]

Array: TypeAlias = NDArray[np.floating[Any]]
Value: TypeAlias = np.floating[Any] | Array
Kernel: TypeAlias = Callable[..., Array]
FusedKernel: TypeAlias = Callable[..., tuple[Array, Array]]
Index: TypeAlias = tuple[int | slice, ...]

_BLOCK = 2**15  # elements: 256 KiB in float64, so that a handful of temporaries fits in L2


class Loss:
    """What all losses have besides their formulas."""

    info: ClassVar[Info]

    def __repr__(self) -> str:
        parameters = [f"{p.name}={p.default!r}" for p in self.info.parameters]
        return f"<loss {self.info.name}({', '.join([*self.info.inputs, *parameters])})>"

    def __reduce__(self) -> str:
        return self.info.name


@dataclass(frozen=True)
class _Layout:
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

    @property
    def slice_length(self) -> int:
        return 1 if self.axis is None else self.shape[self.axis]

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
        size = math.prod(self.shape)
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
        for outer in itertools.product(*map(range, leading[: depth - 1])):
            for start in range(0, length, step):
                yield (*outer, slice(start, start + step))


class _OneHot:
    """Class labels that read, block by block, as the distributions they stand for."""

    def __init__(self, labels: RealArray, classes: int) -> None:
        self._labels = labels
        self._classes = np.arange(classes)

    def __getitem__(self, index: Index) -> RealArray:
        return np.equal(self._labels[index], self._classes)


class _Scale:
    """The factor of each value in the reduced loss: its weight over a common divisor."""

    def __init__(
        self, layout: _Layout, weight: RealArray | None, divisor: np.floating[Any]
    ) -> None:
        self._weight = None if weight is None else layout.values(weight)
        self._divisor = divisor

    def weighted(self, index: Index, values: Array) -> Array:
        """Multiply a block of values by their weights."""
        return values if self._weight is None else values * self._weight[index]

    def reduced(self, sums: Sequence[Any]) -> Any:
        """Reduce the sums of the weighted values of all blocks."""
        return np.add.reduce(sums) / self._divisor

    def write(self, index: Index, derivatives: Array, out: Array) -> None:
        """Write a block of derivatives of the reduced loss, rounded once."""
        if self._weight is not None:
            factors = self._weight[index] / self._divisor
            np.multiply(derivatives, factors, out=out[index], casting="same_kind")
        elif self._divisor != 1:
            np.divide(derivatives, self._divisor, out=out[index], casting="same_kind")
        else:
            np.copyto(out[index], derivatives, casting="same_kind")


class _Values:
    """The values of one call: summed, or kept for the reduction "none"."""

    def __init__(self, layout: _Layout, scale: _Scale, dtype: np.dtype[Any], keep: bool) -> None:
        self._scale = scale
        self._dtype = dtype
        self._kept = np.zeros(layout.value_shape, dtype) if keep else None
        self._view = None if self._kept is None else layout.values(self._kept)
        self._sums: list[Any] = []

    def put(self, index: Index, values: Array) -> None:
        """Take the values of one block."""
        weighted = self._scale.weighted(index, values)
        if self._view is None:
            self._sums.append(np.add.reduce(weighted, axis=None))
        else:
            np.copyto(self._view[index], weighted, casting="same_kind")

    def result(self) -> Value:
        """Round the reduced value once, or return all values."""
        if self._kept is not None:
            return self._kept
        reduced: Value = self._dtype.type(self._scale.reduced(self._sums))
        return reduced


class Evaluation:
    """One call of a loss, with its arguments checked.

    After the inputs of the loss there may be a direction, which kernels take after the parameters.
    """

    def __init__(
        self,
        info: Info,
        inputs: Sequence[object],
        parameters: Sequence[object],
        weight: object,
        reduction: object,
        axis: object = -1,
    ) -> None:
        self._info = info
        self._parameters = tuple(map(parameter_value, info.parameters, parameters))
        self._reduction = one_of("reduction", reduction, info.reductions)
        names = (*info.inputs, "direction")
        self._inputs = {name: real_array(name, x) for name, x in zip(names, inputs, strict=False)}
        self._dtype = result_dtype(inputs, self._inputs.values())
        self._working = common_dtype(self._dtype, np.dtype(np.float64))
        self._labels = self._find_labels()
        self._layout = self._find_layout(axis)
        self._weight = self._find_weight(weight)
        self._scale = _Scale(self._layout, self._weight, self._find_divisor())
        self._operands = [self._operand(name) for name in self._inputs]

    @np.errstate(all="ignore")
    def value(self, kernel: Kernel) -> Value:
        """Evaluate the reduced loss."""
        values = self._values()
        for index in self._layout.blocks():
            values.put(index, kernel(*self._arguments(index)))
        return values.result()

    @np.errstate(all="ignore")
    def derivative(self, kernels: Mapping[str, Kernel], wrt: str, out: object) -> Array:
        """Evaluate a derivative of the reduced loss that has the shape of the input `wrt`."""
        kernel = kernels[one_of("wrt", wrt, kernels)]
        result, view = self._output(wrt, out)
        for index in self._layout.blocks():
            self._scale.write(index, kernel(*self._arguments(index)), view)
        return result

    @np.errstate(all="ignore")
    def value_and_derivative(
        self, kernels: Mapping[str, FusedKernel], wrt: str, out: object
    ) -> tuple[Value, Array]:
        """Evaluate the reduced loss and its derivative in one pass over memory."""
        kernel = kernels[one_of("wrt", wrt, kernels)]
        result, view = self._output(wrt, out)
        values = self._values()
        for index in self._layout.blocks():
            value, derivative = kernel(*self._arguments(index))
            values.put(index, value)
            self._scale.write(index, derivative, view)
        return values.result(), result

    def _find_labels(self) -> str | None:
        """Find the input that holds class labels, if any."""
        if not self._info.labels:
            return None
        pred, target = self._info.inputs[0], "target"
        labels = are_labels(target, self._inputs[target], self._inputs[pred])
        return target if labels else None

    def _find_layout(self, axis: object) -> _Layout:
        """Find the shape of the loss, and check that class labels fit it."""
        arrays = {name: x for name, x in self._inputs.items() if name != self._labels}
        shape = common_shape(arrays)
        if self._info.kind == "elementwise":
            return _Layout(shape)
        pred = self._info.inputs[0]
        layout = _Layout(shape, axis_of(pred, shape, axis), self._info.square)
        if self._info.square:
            check_square(pred, shape, layout.value_shape, layout.slice_length)
        if self._labels:
            labels = self._inputs[self._labels]
            check_labels(self._labels, labels, layout.value_shape, layout.slice_length)
        return layout

    def _find_weight(self, weight: object) -> RealArray | None:
        """Give each value its weight."""
        if weight is None:
            return None
        per = "element" if self._info.kind == "elementwise" else "slice"
        return checked_weight(weight, self._layout.value_shape, per)

    def _find_divisor(self) -> np.floating[Any]:
        """Find what the weighted sum is divided by; a mean over nothing is 0, not 0/0."""
        if self._reduction in ("sum", "none"):
            total: Any = 1
        elif self._weight is None:
            total = math.prod(self._layout.value_shape)
        else:
            total = weight_sum(self._weight, self._working)
        if self._reduction == "elementwise_mean":
            total = total * self._layout.slice_length
        divisor: np.floating[Any] = self._working.type(total or 1)
        return divisor

    def _operand(self, name: str) -> RealArray | _OneHot:
        """Prepare an input to be read by blocks."""
        array = self._inputs[name]
        if name == self._labels:
            return _OneHot(self._layout.values(array), self._layout.slice_length)
        if array.ndim == 0:
            array = np.broadcast_to(array, self._layout.shape)
        return self._layout.elements(array)

    def _arguments(self, index: Index) -> list[Any]:
        """Read the kernels' arguments for one block: C-contiguous arrays, numbers, directions."""
        arrays = [np.asarray(x[index], self._working, order="C") for x in self._operands]
        arity = len(self._info.inputs)
        return [*arrays[:arity], *self._parameters, *arrays[arity:]]

    def _values(self) -> _Values:
        return _Values(self._layout, self._scale, self._dtype, self._reduction == "none")

    def _output(self, wrt: str, out: object) -> tuple[Array, Array]:
        """Provide the array for a derivative, and the view of it that blocks are written to."""
        shape = self._layout.shape
        check_full(wrt, self._inputs[wrt], shape, labels=wrt == self._labels)
        if out is None:
            result = np.empty(shape, self._dtype)
        else:
            weight = {} if self._weight is None else {"weight": self._weight}
            result = checked_out(out, shape, self._dtype, {**self._inputs, **weight})
        return result, self._layout.elements(result)
