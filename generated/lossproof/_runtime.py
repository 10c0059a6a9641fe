"""How a loss is evaluated: checked, block by block in double precision, and reduced.

The formulas of a loss are pure functions of arrays, its kernels. They are called with blocks that
fit in the processor's cache, converted to float64 (or longdouble), so that their temporaries stay
there and a result of lower precision is rounded only once.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar

import numpy as np

from ._functions import rounded_to
from ._info import Info
from ._kernels import ByPrecision, ByTarget, Kernel, Versions, mended, results_of
from ._layout import Index, Labels, Layout, OneHot, Smoothed
from ._results import Array, Block, Derivatives, Indices, Kept, Reduced, Scale, Value
from ._threads import share
from ._validation import (
    DOUBLE,
    IGNORE_INDEX,
    PRECISIONS,
    RealArray,
    Shape,
    alike,
    are_labels,
    axis_of,
    check_full,
    check_ignore_index,
    check_labels,
    check_square,
    checked_out,
    checked_weight,
    common_shape,
    is_of_single,
    one_of,
    parameter_value,
    precisions,
    real_array,
    result_dtype,
    results_out,
    smoothing_share,
    weight_sum,
    whole_number,
)

__all__ = ["Array", "Evaluation", "Indices", "Loss", "Out", "Value"]

Out: TypeAlias = Array | tuple[Array | None, ...] | None
T = TypeVar("T")
_FEW = 2**10  # elements, for which quicker functions are not worth the calls that they take

# From the first large array that is freed, the C library learns to keep as much at hand. Until
# then it hands the temporaries of every block back to the system, and gets them cleared again.
np.empty(2**23, np.int8)


class Loss:
    """What all losses have besides their formulas.

    A loss is called for its value and has its derivatives as methods. In all of them

    - tensors have one shape, and a scalar stands for a tensor of equal numbers; nothing else is
      broadcast. Whatever `numpy.asarray` turns into real numbers will do; integers and truth
      values count as float64, and so do Python numbers among themselves;
    - a result has the widest floating dtype among the tensors. It is computed in double precision
      and rounded once, or, with the precision "fast", in that dtype, with its ordinary rounding
      errors and its range: squares of residuals beyond 2**63 overflow in float32, and so may what
      is made of them (sums are taken in double precision all the same; float16 is computed in
      float32). A NaN stays in its place;
    - a value of weight 0 is absent, whatever it is. "mean" divides by the sum of the weights (the
      number of values if there are none), "elementwise_mean" by that times the length of the axis;
      over nothing, or with no weight at all, it is 0;
    - derivatives are those of the reduced loss, and for the reduction "none" those of the sum;
    - `out` receives the result and is returned. It has the shape and dtype of the result, and
      shares no memory with an argument.
    """

    info: ClassVar[Info]

    def __repr__(self) -> str:
        parameters = [f"{p.name}={p.default!r}" for p in self.info.parameters]
        return f"<loss {self.info.name}({', '.join([*self.info.inputs, *parameters])})>"

    def __reduce__(self) -> str:
        return self.info.name


_Sink: TypeAlias = Kept | Reduced | Derivatives


class Evaluation:
    """One call of a loss, with its arguments checked.

    After the inputs of the loss there may be a direction, which kernels take after the parameters.
    """

    _dtype: np.dtype[Any]
    _working: np.dtype[Any]
    _summing: np.dtype[Any]
    _layout: Layout
    _scale: Scale
    _operands: list[Any]  # arrays, Labels, OneHot or Smoothed
    _is_plain = False
    _order: Literal["C", "F"] = "C"
    _labels: str | None = None
    _ignored: RealArray | None = None
    _weight: RealArray | None = None
    _smoothing = 0.0
    _scalars: Sequence[float] = ()

    def __init__(
        self,
        info: Info,
        inputs: Sequence[object],
        parameters: Sequence[object],
        weight: object,
        reduction: object,
        axis: object = -1,
        ignore_index: object = IGNORE_INDEX,
        label_smoothing: object = 0.0,
        precision: object = "accurate",
    ) -> None:
        self._info = info
        self._parameters = tuple(map(parameter_value, info.parameters, parameters))
        self._reduction = one_of("reduction", reduction, info.reductions)
        self._precision = one_of("precision", precision, PRECISIONS)
        if weight is None and info.kind == "elementwise" and alike(inputs):
            self._take(inputs)
        else:
            arrays = {name: real_array(name, x) for name, x in self._named(inputs)}
            self._dtype = result_dtype(inputs, arrays.values())
            self._prepare(arrays, weight, axis, ignore_index, label_smoothing)

    def _take(self, arrays: Sequence[RealArray]) -> None:
        """Take inputs that need neither checks nor conversions: they would be most of the time."""
        self._operands = [*arrays]
        self._dtype = arrays[0].dtype
        plan = _plain(arrays[0].shape, self._dtype, self._reduction, self._precision)
        self._working, self._summing, self._layout, self._scale, self._is_plain = plan

    def _prepare(
        self,
        inputs: Mapping[str, RealArray],
        weight: object,
        axis: object,
        ignore_index: object,
        label_smoothing: object,
    ) -> None:
        """Check any inputs, and find out how to read them."""
        self._inputs = inputs
        self._scalars = [float(x) for x in inputs.values() if not x.ndim]
        self._working, self._summing = precisions(self._dtype, self._precision)
        self._smoothing = smoothing_share(label_smoothing)
        self._labels = self._find_labels()
        self._ignored = self._find_ignored(ignore_index)
        self._layout = self._find_layout(axis)
        self._order = self._layout.order
        self._weight = self._find_weight(weight)
        self._scale = self._find_scale()
        self._operands = [self._operand(name) for name in self._inputs]

    @functools.cached_property
    def _inputs(self) -> Mapping[str, RealArray]:
        return dict(self._named(self._operands))

    def _named(self, values: Iterable[T]) -> Iterable[tuple[str, T]]:
        return zip((*self._info.inputs, "direction"), values, strict=False)

    def value(self, kernels: Kernel | Versions, out: object) -> Value:
        """Evaluate the reduced loss."""
        kernel = self._suited(kernels)
        if self._is_plain and out is None:
            return self._rounded(self._at_once, kernel, True, ())[0]
        (value,) = self._run(kernel, [self._values(out, "out")])
        return value

    def derivative(
        self, kernels: Mapping[str, Kernel | Versions], wrt: str, out: object, order: int = 1
    ) -> Array:
        """Evaluate a derivative of the reduced loss that has the shape of `wrt`."""
        kernel = self._suited(kernels[one_of("wrt", wrt, kernels)])
        if self._is_plain and wrt in self._info.inputs:
            room = self._room(out, "out", self._layout.shape)
            return np.asarray(self._rounded(self._at_once, kernel, False, (room,))[0])
        (derivative,) = self._run(kernel, [self._derivatives(wrt, out, "out", order)])
        return np.asarray(derivative)

    def value_and_derivatives(
        self, kernels: Mapping[str, Kernel | Versions], wrt: str, out: object, order: int = 1
    ) -> tuple[Any, ...]:
        """Evaluate the reduced loss and its derivatives up to an order in one pass over memory."""
        kernel = self._suited(kernels[one_of("wrt", wrt, kernels)])
        at_once = self._is_plain and wrt in self._info.inputs
        if at_once and out is None:
            return tuple(self._rounded(self._at_once, kernel, True, (None,) * order))
        (name, room), *others = results_out(out, order + 1)
        if at_once and room is None:
            shape = self._layout.shape
            rooms = [self._room(room, name, shape) for name, room in others]
            return tuple(self._rounded(self._at_once, kernel, True, rooms))
        sinks: list[_Sink] = [self._values(room, name)]
        for k, (name, room) in enumerate(others, start=1):
            sinks.append(self._derivatives(wrt, room, name, k))
        value, *derivatives = self._run(kernel, sinks)
        return (value, *map(np.asarray, derivatives))

    def _suited(self, kernel: Kernel | Versions) -> Kernel:
        """Choose a kernel by the result, or by the target; smoothed labels are distributions."""
        if isinstance(kernel, ByPrecision):
            return mended(*kernel) if self._has_range_to_spare() else kernel.double
        if not isinstance(kernel, ByTarget):
            return kernel
        for number, operand in enumerate(self._operands):
            if isinstance(operand, OneHot):
                self._operands[number] = operand.labels
                return kernel.labels
        return kernel.distributions

    def _has_range_to_spare(self) -> bool:
        """Whether results have less than double precision, and all that they are made of, too.

        Parameters and Python numbers may be any numbers of double precision.
        """
        is_less = self._dtype.itemsize < DOUBLE.itemsize
        return is_less and all(map(is_of_single, (*self._parameters, *self._scalars)))

    def _at_once(
        self, kernel: Kernel, with_value: bool, rooms: Sequence[Array | None]
    ) -> list[Value]:
        """Evaluate a kernel on one block of plain arrays: a value first, if it returns one.

        The others go to `rooms`, where there are any.
        """
        found: list[Value] = []
        results = iter(results_of(kernel(*self._arguments(()))))
        if with_value:
            total = np.add.reduce(next(results), axis=None)
            found.append(self._dtype.type(self._scale.reduced(total)))
        for derivatives, room in zip(results, rooms, strict=True):
            found.append(self._scale.scaled(derivatives, self._dtype, room))
        return found

    def _run(self, kernel: Kernel, sinks: Sequence[_Sink]) -> list[Value]:
        """Evaluate a kernel block by block; each of its results goes to a sink of its own."""
        layout = self._layout
        if layout.is_one_block:
            self._rounded(self._evaluate, kernel, sinks, ((0, ()),))
        else:
            work = functools.partial(self._rounded, self._evaluate, kernel, sinks)
            share(work, enumerate(layout.blocks()), layout.size)
        return self._rounded(lambda: [sink.result() for sink in sinks])

    def _evaluate(self, kernel: Kernel, sinks: Sequence[_Sink], blocks: Iterable[Block]) -> None:
        for block in blocks:
            results = kernel(*self._arguments(block[1]))
            for sink, result in zip(sinks, results_of(results), strict=True):
                sink.put(block, result)

    def _rounded(self, work: Callable[..., T], *arguments: Any) -> T:
        """Do what calls a kernel, where its functions are as accurate as they have to be."""
        few = self._layout.size < _FEW
        return rounded_to(DOUBLE if few else self._dtype, work, *arguments)

    def _find_labels(self) -> str | None:
        """Find the input that holds class labels, if any."""
        if not self._info.labels:
            return None
        pred, target = self._info.inputs[0], "target"
        labels = are_labels(target, self._inputs[target], self._inputs[pred])
        return target if labels else None

    def _find_ignored(self, ignore_index: object) -> RealArray | None:
        """Find the slices whose label says that they do not count."""
        index = whole_number("ignore_index", ignore_index)
        if self._labels is None:
            check_ignore_index(index)
            return None
        ignored: RealArray = self._inputs[self._labels] == index
        return ignored if ignored.any() else None

    def _find_layout(self, axis: object) -> Layout:
        """Find the shape of the loss, and check that class labels fit it."""
        arrays = {name: x for name, x in self._inputs.items() if name != self._labels}
        shape = common_shape(arrays)
        if self._info.kind == "elementwise":
            return _layout(shape)
        pred = self._info.inputs[0]
        layout = _layout(shape, axis_of(pred, shape, axis), self._info.square)
        if self._info.square:
            check_square(pred, shape, layout.value_shape, layout.slice_length)
        if self._labels:
            labels = self._inputs[self._labels]
            slices, classes = layout.value_shape, layout.slice_length
            check_labels(self._labels, labels, slices, classes, self._ignored)
        return layout

    def _find_weight(self, weight: object) -> RealArray | None:
        """Give each value its weight."""
        if weight is None and self._ignored is None:
            return None
        per = "element" if self._info.kind == "elementwise" else "slice"
        given = 1 if weight is None else weight
        checked = checked_weight(given, self._layout.value_shape, per)
        return checked if self._ignored is None else np.where(self._ignored, 0, checked)

    def _find_scale(self) -> Scale:
        """Find the factor of each value; a power of two brings weights to one that are far off."""
        divisor = self._find_divisor()
        if self._weight is not None and not 2.0**-500 < divisor < 2.0**500:
            self._weight = np.ldexp(self._weight, -np.frexp(divisor)[1])
            divisor = self._find_divisor()
        return Scale(self._layout, self._weight, divisor, self._working)

    def _find_divisor(self) -> np.floating[Any]:
        """Find what the weighted sum is divided by; a mean over nothing is 0, not 0/0."""
        if self._reduction in ("sum", "none"):
            total: Any = 1
        elif self._weight is None:
            total = math.prod(self._layout.value_shape)
        else:
            total = weight_sum(self._weight, self._summing)
        if self._reduction == "elementwise_mean":
            total = total * self._layout.slice_length
        divisor: np.floating[Any] = self._summing.type(total or 1)
        return divisor

    def _operand(self, name: str) -> RealArray | OneHot | Smoothed:
        """Prepare an input to be read by blocks."""
        array = self._inputs[name]
        operand: RealArray | OneHot
        if name == self._labels:
            operand = OneHot(Labels(array, self._layout, self._ignored), self._layout)
        else:
            if array.ndim == 0:
                array = np.broadcast_to(array, self._layout.shape)
            operand = self._layout.elements(array)
        if name == "target" and self._smoothing:
            return Smoothed(operand, self._smoothing, self._working)
        return operand

    def _arguments(self, index: Index) -> list[Any]:
        """Read the kernels' arguments for one block: contiguous arrays, numbers, directions."""
        working, order = self._working, self._order
        arguments: list[Any] = [
            x[index] if type(x) is Labels else np.asarray(x[index], working, order)
            for x in self._operands
        ]
        if self._parameters:
            arity = len(self._info.inputs)
            arguments[arity:arity] = self._parameters
        return arguments

    def _values(self, out: object, name: str) -> Kept | Reduced:
        """Provide for the values."""
        keep = self._reduction == "none"
        shape = self._layout.value_shape if keep else ()
        room = self._room(out, name, shape)
        if not keep:
            return Reduced(self._scale, self._dtype, room)
        kept = np.empty(shape, self._dtype) if room is None else room
        return Kept(self._layout, self._scale, kept)

    def _derivatives(self, wrt: str, out: object, name: str, order: int) -> Derivatives | Reduced:
        """Provide for derivatives in a tensor or a parameter."""
        if wrt not in self._inputs:
            return Reduced(self._scale, self._dtype, self._room(out, name, ()))
        shape = self._layout.shape
        check_full(wrt, self._inputs[wrt], shape, labels=wrt == self._labels)
        room = self._room(out, name, shape)
        result = np.empty(shape, self._dtype) if room is None else room
        factor = (1 - self._smoothing) ** order if wrt == "target" else 1.0
        return Derivatives(self._layout, self._scale, result, factor)

    def _room(self, out: object, name: str, shape: Shape) -> Array | None:
        """Check that a result can be written to `out`, if that is given."""
        if out is None:
            return None
        weight = {} if self._weight is None else {"weight": self._weight}
        return checked_out(name, out, shape, self._dtype, {**self._inputs, **weight})


_layout = functools.lru_cache(maxsize=256)(Layout)


@functools.lru_cache(maxsize=256)
def _plain(
    shape: Shape, dtype: np.dtype[Any], reduction: str, precision: str
) -> tuple[np.dtype[Any], np.dtype[Any], Layout, Scale, bool]:
    """Prepare for elementwise losses without weights: remembered, as it is for one size mostly."""
    working, summing = precisions(dtype, precision)
    layout = _layout(shape)
    divisor = summing.type(layout.size or 1) if reduction == "mean" else summing.type(1)
    scale = Scale(layout, None, divisor, working)
    return working, summing, layout, scale, layout.is_one_block and reduction != "none"
