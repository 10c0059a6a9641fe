"""The checks of arguments: each returns what it was given, ready for use, or raises one error."""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Collection, Iterable, Mapping, Sequence
from numbers import Real
from typing import Any, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import NDArray

from ._info import Parameter

RealArray: TypeAlias = NDArray[Any]
Shape: TypeAlias = tuple[int, ...]

IGNORE_INDEX = -100  # as in PyTorch
PRECISIONS = ("accurate", "fast")

DOUBLE, SINGLE = np.dtype(np.float64), np.dtype(np.float32)


def one_of(name: str, value: object, allowed: Collection[str]) -> str:
    """Check a choice among a few words."""
    if isinstance(value, str) and value in allowed:
        return value
    raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")


def parameter_value(parameter: Parameter, value: object) -> float:
    """Check that a parameter is a single real number of its domain."""
    number = value if type(value) is float else _float(parameter.name, value)
    if number not in parameter:
        raise ValueError(f"{parameter.name} must be in {parameter.domain}, got {number!r}")
    return number


def is_of_single(number: float) -> bool:
    """Whether a number is zero, or has the size of a normal number of single precision."""
    return number == 0 or 2.0**-126 <= abs(number) < 2.0**128


def alike(values: Sequence[object]) -> TypeGuard[Sequence[RealArray]]:
    """Whether all are plain arrays of one shape and one usual dtype."""
    first = values[0]
    if type(first) is not np.ndarray:
        return False
    dtype, shape = first.dtype, first.shape
    if not shape or (dtype is not DOUBLE and dtype is not SINGLE):
        return False
    for value in values:
        if type(value) is not np.ndarray or value.dtype is not dtype or value.shape != shape:
            return False
    return True


def real_array(name: str, value: object) -> RealArray:
    """View an argument as an array of real numbers."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array: pass its data, and weight 0 where masked")
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{name} must be an array of real numbers: {error}") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers, got {_described(value)}")
    return array


def result_dtype(values: Iterable[object], arrays: Iterable[RealArray]) -> np.dtype[Any]:
    """Find the floating dtype of the result; integers and Python numbers adapt to the others."""
    pairs = zip(values, arrays, strict=True)
    return common_dtype(*[array.dtype for value, array in pairs if type(value) is not float])


@functools.cache
def common_dtype(*dtypes: np.dtype[Any]) -> np.dtype[Any]:
    """Find the smallest dtype that holds all floating ones, float64 if there are none."""
    floating = [dtype for dtype in dtypes if dtype.kind == "f"]
    return np.result_type(*floating) if floating else np.dtype(np.float64)


@functools.cache
def precisions(dtype: np.dtype[Any], precision: str) -> tuple[np.dtype[Any], np.dtype[Any]]:
    """Choose the precision of kernels, and that of sums, which is at least double."""
    summing = common_dtype(dtype, DOUBLE)
    return common_dtype(dtype, SINGLE) if precision == "fast" else summing, summing


def common_shape(arrays: Mapping[str, RealArray]) -> Shape:
    """Check that all arrays but the scalars have one shape."""
    first = ""
    shape: Shape = ()
    for name, array in arrays.items():
        if not shape:
            first, shape = name, array.shape
        elif array.ndim and array.shape != shape:
            raise ValueError(
                f"{first} has shape {shape} but {name} has shape {array.shape}; "
                "they must agree exactly unless one is a scalar"
            )
    return shape


def whole_number(name: str, value: object) -> int:
    """Check for an integer of any kind but a truth value."""
    if not isinstance(value, bool | np.bool):
        try:
            return operator.index(value)  # type: ignore[arg-type]
        except TypeError:
            pass
    raise TypeError(f"{name} must be an integer, got {_described(value)}")


def axis_of(name: str, shape: Shape, axis: object) -> int:
    """Check that an axis exists, and count it from the front."""
    number = whole_number("axis", axis)
    dimensions = len(shape)
    if not dimensions:
        raise ValueError(f"{name} must have at least one axis, got a scalar")
    if not -dimensions <= number < dimensions:
        raise ValueError(
            f"axis must be in [{-dimensions}, {dimensions - 1}] for {name} of shape {shape}, "
            f"got {number}"
        )
    return number % dimensions


def check_square(name: str, shape: Shape, slices: Shape, length: int) -> None:
    """Check that the slices are the rows of square matrices."""
    if not slices or slices[-1] != length:
        raise ValueError(
            f"{name} must hold square matrices, with as many slices as each has elements, "
            f"got shape {shape}"
        )


def are_labels(name: str, target: RealArray, pred: RealArray) -> bool:
    """Whether a target with one axis less than the predictions holds classes, as integers."""
    if target.ndim != pred.ndim - 1 or target.dtype.kind in "iu":
        return target.ndim == pred.ndim - 1
    if target.ndim:
        raise TypeError(f"{name} must hold integers as class labels, got dtype {target.dtype}")
    return False


def check_labels(
    name: str, labels: RealArray, shape: Shape, classes: int, ignored: RealArray | None
) -> None:
    """Check that class labels have the shape of the slices and name existing classes."""
    if labels.shape != shape:
        raise ValueError(f"{name} holds class labels of shape {labels.shape}, expected {shape}")
    if ignored is None and labels.size and labels.min() >= 0 and labels.max() < classes:
        return
    wrong = (labels < 0) | (labels >= classes)
    if ignored is not None:
        wrong &= ~ignored
    if wrong.any():
        label, place = _first(labels, wrong)
        raise ValueError(f"{name} must hold class labels in [0, {classes}), got {label}{place}")


def check_ignore_index(index: int) -> None:
    """Check that no label is to be ignored where there are none."""
    if index != IGNORE_INDEX:
        raise ValueError(
            f"ignore_index is for class labels, but target holds distributions; got {index}"
        )


def smoothing_share(value: object) -> float:
    """Check for a share of the uniform distribution."""
    share = value if type(value) is float else _float("label_smoothing", value)
    if not 0 <= share <= 1:
        raise ValueError(f"label_smoothing must be in [0, 1], got {share!r}")
    return share


def checked_weight(value: object, shape: Shape, per: str) -> RealArray:
    """Check for nonnegative finite weights, and give each value of the loss its own."""
    weight = real_array("weight", value)
    if weight.ndim and weight.shape != shape:
        raise ValueError(
            f"weight must be a scalar or have one entry per {per}, shape {shape}, "
            f"got shape {weight.shape}"
        )
    if weight.size and not (weight.min() >= 0 and weight.max() < math.inf):
        number, place = _first(weight, ~((weight >= 0) & (weight < math.inf)))
        raise ValueError(f"weight must be nonnegative and finite, got {number}{place}")
    return np.broadcast_to(weight, shape)


def weight_sum(weight: RealArray, dtype: np.dtype[Any]) -> Any:
    """Sum the weights, and check that the sum is finite, too."""
    with np.errstate(over="ignore"):
        total = np.sum(weight, dtype=dtype)
    if not total < math.inf:
        raise ValueError(f"weight must have a finite sum, got {total}")
    return total


def check_full(name: str, array: RealArray, shape: Shape, *, labels: bool) -> None:
    """Check that an input to be differentiated is neither a broadcast scalar nor class labels."""
    if labels:
        raise ValueError(f"{name} holds class labels; to differentiate, pass distributions")
    if array.shape != shape:
        raise ValueError(f"{name} is a scalar; to differentiate, it must have the shape {shape}")


def checked_out(
    name: str, out: object, shape: Shape, dtype: np.dtype[Any], inputs: Mapping[str, RealArray]
) -> RealArray:
    """Check that a result can be written to `out` without touching an input."""
    if not isinstance(out, np.ndarray) or isinstance(out, np.ma.MaskedArray):
        raise TypeError(f"{name} must be a NumPy array, got {_described(out)}")
    if out.dtype != dtype:
        raise TypeError(f"{name} must have dtype {dtype}, got {out.dtype}")
    if out.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {out.shape}")
    if not out.flags.writeable:
        raise ValueError(f"{name} must be writeable, got a read-only array")
    for other, array in inputs.items():
        if overlap(out, array):
            raise ValueError(f"{name} overlaps {other}; pass an array with memory of its own")
    return out


def overlap(one: RealArray, other: RealArray) -> bool:
    """Whether two arrays share memory."""
    return np.may_share_memory(one, other) and np.shares_memory(one, other)


def results_out(out: object, count: int) -> list[tuple[str, object]]:
    """Give each of several results its own `out` by name; an array alone is for the gradient."""
    if out is None:
        return [("out", None)] * count
    if isinstance(out, np.ndarray) and count == 2:
        return [("out", None), ("out", out)]
    if not isinstance(out, tuple) or len(out) != count:
        given = f"a tuple of {len(out)}" if isinstance(out, tuple) else _described(out)
        raise TypeError(f"out must be a tuple of {count} arrays or Nones, got {given}")
    arrays = {i: array for i, array in enumerate(out) if isinstance(array, np.ndarray)}
    for i, j in itertools.combinations(arrays, 2):
        if overlap(arrays[i], arrays[j]):
            raise ValueError(f"out[{i}] overlaps out[{j}]; each needs memory of its own")
    return [(f"out[{i}]", array) for i, array in enumerate(out)]


def _float(name: str, value: object) -> float:
    """Convert a real number of any kind but a truth value."""
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    if isinstance(value, bool | np.bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a real number, got {_described(value)}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name} must fit a float, got a larger number") from None


def _described(value: object) -> str:
    """Name a value of the wrong type briefly."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    text = repr(value)
    return f"{text} of type {type(value).__name__}" if len(text) < 40 else type(value).__name__


def _first(array: RealArray, wrong: RealArray) -> tuple[object, str]:
    """Find the first wrong entry, and say where it is unless it is alone."""
    place = tuple(map(int, np.unravel_index(int(np.argmax(wrong)), array.shape)))
    return array[place], f" at index {place}" if place else ""
