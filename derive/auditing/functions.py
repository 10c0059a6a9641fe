"""NumPy's functions by name: what each makes of arrays of symbolic shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from derive.auditing import branches, indexing, reductions
from derive.auditing.arrays import OPERATIONS, Length, Traced, lift, settled
from derive.auditing.axes import Axes, Axis, broadcast
from derive.auditing.elementary import apply, knows, where
from derive.auditing.refusal import Refusal
from derive.auditing.scaling import SCALING
from derive.auditing.types import Columns, Rows, real_type
from derive.language import ENTRY, SLICE, Element, identity

_WHOLE = 4  # bytes of integers that are taken for whole numbers of any size

_REDUCTIONS: Mapping[str, Callable[..., Any]] = {
    "add": reductions.total,
    "maximum": reductions.largest,
    "minimum": reductions.smallest,
    "logical_and": reductions.all_of,
    "logical_or": reductions.any_of,
}


def apply_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """A universal function, with ``out=`` and ``where=``; of its methods, ``reduce``."""
    name = ufunc.__name__
    if method == "reduce" and name in _REDUCTIONS:
        options.setdefault("axis", 0)
        return _REDUCTIONS[name](*inputs, **options)
    if method != "__call__":
        raise Refusal(f"np.{name}.{method}", "operations on whole arrays")
    return call(name, *inputs, **options)


def call(name: str, *inputs: Any, out: Any = None, where: Any = None, **options: Any) -> Any:
    """An elementwise function by its name."""
    for option in options:
        if option not in ("dtype", "casting", "order", "subok"):
            raise Refusal(f"the option {option} of np.{name}")
    if name == "matmul":
        result: Any = reductions.dot(*inputs)
    elif name in SCALING:
        result = SCALING[name](*inputs)
    else:
        result = apply(name, *inputs)
    if "dtype" in options and options["dtype"] is not None:
        result = as_type(result, options["dtype"])
    target = out[0] if isinstance(out, tuple) else out
    if where is not None and where is not True:
        if target is None:
            raise Refusal(
                f"np.{name} with where= leaves the other elements undefined",
                "out=np.zeros_like(x) beside it",
            )
        result = chosen(where, result, target)
    if target is None:
        return result
    if not isinstance(target, Traced):
        raise Refusal("out= is an array of fixed length", "the result itself")
    if not target.in_memory:
        if target.ndim:
            raise Refusal("a number is written to as an array")
        return result
    target.write(result)
    return target


def chosen(condition: Any, a: Any, b: Any = None, *more: Any) -> Traced:
    """``np.where`` with three arguments."""
    if b is None:
        raise Refusal("np.where(condition) gives places", "a mask")
    return where(condition, a, b)


def clip(
    a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *,
    min: Any = None, max: Any = None, **options: Any,
) -> Any:  # fmt: skip
    """``np.clip``: the upper bound wins where bounds cross."""
    low = a_min if min is None else min
    high = a_max if max is None else max
    result: Any = a
    if low is not None and not _is_infinite(low, -1):
        result = apply("maximum", result, low)
    if high is not None and not _is_infinite(high, 1):
        result = apply("minimum", result, high)
    if out is not None:
        lift(out).write(lift(result))
        return out
    result = lift(result)
    return result.copied() if result is a else result


def _is_infinite(bound: Any, sign: int) -> bool:
    return isinstance(bound, float | np.floating) and bool(bound == sign * np.inf)


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """``np.select``: the first condition that holds chooses."""
    if len(condlist) != len(choicelist):
        raise Refusal("np.select with as many conditions as choices is needed")
    result: Any = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = where(condition, choice, result)
    return result


def full(shape: Any, value: Any, dtype: Any = None, order: Any = "C") -> Traced:
    """``np.full`` and its like: a shape of lengths of arrays."""
    sizes = shape if isinstance(shape, tuple | list) else (shape,)
    axes: list[Axis] = []
    for n in sizes:
        if isinstance(n, Length):
            axes.append(n.axis)
        elif isinstance(n, int) and n == 1:
            axes.append(None)
        else:
            raise Refusal(f"an array of the fixed shape {shape}", "np.zeros_like(x)")
    return _filled(tuple(axes), value, dtype)


def full_like(
    a: Any, value: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None
) -> Traced:
    """``np.full_like``, of the kind of the array."""
    if shape is not None:
        return full(shape, value, lift(a).dtype if dtype is None else dtype)
    array = lift(a)
    if dtype is None and array.kind == "labels":
        return _filled(array.axes, value, int)
    return _filled(array.axes, value, array.dtype if dtype is None else dtype)


def _filled(axes: Axes, value: Any, dtype: Any) -> Traced:
    new = lift(value)
    if broadcast(new.axes, axes) != axes:
        raise Refusal("an array is filled with one of another shape")
    made = Traced(settled(new).expression, axes, new.kind, lost=new.lost)
    return made if dtype is None else as_type(made, dtype)


def as_type(
    array: Any, dtype: Any, order: Any = "K", casting: Any = "unsafe", subok: Any = True,
    copy: Any = True,
) -> Traced:  # fmt: skip
    """``astype``: rounding is not looked at, truncation is refused."""
    array = lift(array)
    dtype = real_type(dtype)
    to = np.dtype(dtype).kind
    if to == "u" or (to == "i" and np.dtype(dtype).itemsize < _WHOLE):
        raise Refusal(f"numbers become {np.dtype(dtype)}, which overflows", "dtype=int or float")
    if not copy and array.ndim and array.dtype.kind == to:
        return array.view_as(array.axes)
    if to == "f":
        return apply("add", array, 0.0) if array.kind != "float" else array.copied()
    if to == "b":
        return apply("not_equal", array, 0) if array.kind != "bool" else array.copied()
    if to == "i" and array.kind in ("labels", "index", "int"):
        return array.copied()
    if to == "i" and array.kind == "bool":
        return apply("add", array, 0)
    raise Refusal(f"numbers become {np.dtype(dtype)}, which cuts them off", "floating point")


def as_array(a: Any, dtype: Any = None, **options: Any) -> Any:
    """``np.asarray``: the array itself, or memory that may be shared with it."""
    array = lift(a)
    if not array.ndim:
        return array
    if dtype is None:
        return array
    made = as_type(array, dtype)
    return array.view_as(array.axes) if made.kind == array.kind else made


def array_of(
    a: Any, dtype: Any = None, *, copy: Any = True, order: Any = "K", subok: Any = False,
    ndmin: Any = 0,
) -> Any:  # fmt: skip
    """``np.array``."""
    made = as_array(a, dtype)
    if ndmin > made.ndim:
        raise Refusal("np.array with ndmin adds axes", "x[None, :]")
    return made.copied() if copy or not made.ndim else made


def arange(*arguments: Any, dtype: Any = None) -> Traced:
    """``np.arange(n)`` for the length of an axis: its indices."""
    if len(arguments) == 2 and arguments[0] == 0 and not isinstance(arguments[0], Traced):
        arguments = arguments[1:]
    if len(arguments) != 1 or not isinstance(arguments[0], Length):
        raise Refusal("np.arange of anything but the length of an axis")
    axis = arguments[0].axis
    return Traced(Element(f"index'{axis}", (str(axis),)), (axis,), "index")


def eye(n: Any, m: Any = None, k: Any = 0, dtype: Any = None, **options: Any) -> Traced:
    """``np.eye(n)``: to be indexed by labels, or met by a square array."""
    if (
        not isinstance(n, Length)
        or k
        or options
        or (m is not None and getattr(m, "axis", 0) != n.axis)
    ):
        raise Refusal("np.eye of anything but the length of an axis")
    if branches.current().square:
        return Traced(identity, (SLICE, ENTRY))
    return Traced(identity, (n.axis, n.axis), name="eye")


def stack(arrays: Any, axis: Any = 0, **options: Any) -> tuple[Any, ...]:
    """``np.stack``: the parts, in order, to be returned and nothing else."""
    parts = tuple(map(lift, arrays))
    if any(part.ndim != 1 for part in parts) or axis not in (0, 1, -1) or options:
        raise Refusal("arrays are stacked that have several axes", "a tuple of results")
    return Rows(parts) if axis == 0 else Columns(parts)


def transpose(a: Any, axes: Any = None) -> Traced:
    """``np.transpose`` without a permutation."""
    array = lift(a)
    if axes is not None:
        raise Refusal("np.transpose with axes", "x.T")
    return array.view_as(array.axes[::-1])


def raveled(a: Any, order: Any = "C") -> Traced:
    """``np.ravel`` of what has one axis beside those of length one."""
    return indexing.reshaped(a, -1)


def copyto(target: Any, source: Any, casting: Any = "same_kind", where: Any = True) -> None:
    """``np.copyto``."""
    new = lift(source) if where is True else chosen(where, source, target)
    target.write(new if new.ndim else apply("add", new, full_like(target, 0.0)))


def take_along_axis(array: Any, labels: Any, axis: Any = -1) -> Traced:
    """``np.take_along_axis`` at class labels."""
    return indexing.at_labels(array, *_labels(array, labels, axis))


def put_along_axis(array: Any, labels: Any, values: Any, axis: Any = -1) -> None:
    """``np.put_along_axis`` at class labels."""
    found, axes = _labels(array, labels, axis)
    indexing.write_at_labels(array, found, lift(values), axes)


def _labels(array: Any, labels: Any, axis: Any) -> tuple[Traced, Axes]:
    if not isinstance(labels, Traced) or labels.kind != "labels":
        raise Refusal("indices that are no class labels")
    if array.axes != (SLICE, ENTRY) or labels.axes != (SLICE, None) or axis not in (1, -1):
        raise Refusal("class labels of another shape", "labels[:, None] and axis=1")
    return labels, (SLICE, None)


def broadcast_to(a: Any, shape: Any) -> Traced:
    """``np.broadcast_to``, which is not written to."""
    array, axes = lift(a), full(shape, 0).axes
    if broadcast(array.axes, axes) != axes:
        raise Refusal("an array is broadcast to a shape that it does not fit")
    return array.view_as(axes)


def broadcast_arrays(*arrays: Any) -> tuple[Traced, ...]:
    """``np.broadcast_arrays``."""
    lifted = [lift(array) for array in arrays]
    axes = broadcast(*(array.axes for array in lifted))
    return tuple(array.view_as(axes) for array in lifted)


def _empty(*_: Any, **__: Any) -> Any:
    raise Refusal("np.empty holds whatever was in memory", "np.zeros or np.zeros_like")


def _nan_to_num(*_: Any, **__: Any) -> Any:
    raise Refusal("np.nan_to_num replaces what is undefined", "np.where for the cases meant")


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "sum": reductions.total,
    "mean": reductions.mean,
    "average": reductions.average,
    "max": reductions.largest,
    "amax": reductions.largest,
    "min": reductions.smallest,
    "amin": reductions.smallest,
    "var": reductions.variance,
    "std": reductions.deviation,
    "all": reductions.all_of,
    "any": reductions.any_of,
    "count_nonzero": reductions.count_nonzero,
    "norm": reductions.norm,
    "dot": reductions.dot,
    "vdot": reductions.dot,
    "inner": reductions.dot,
    "logsumexp": reductions.logsumexp,
    "softmax": reductions.softmax,
    "log_softmax": reductions.log_softmax,
    "where": chosen,
    "clip": clip,
    "select": select,
    "full": full,
    "full_like": full_like,
    "zeros": lambda shape, dtype=float, **options: full(shape, 0, dtype),
    "ones": lambda shape, dtype=float, **options: full(shape, 1, dtype),
    "zeros_like": lambda a, dtype=None, **options: full_like(a, 0, dtype, **options),
    "ones_like": lambda a, dtype=None, **options: full_like(a, 1, dtype, **options),
    "empty": _empty,
    "empty_like": _empty,
    "nan_to_num": _nan_to_num,
    "asarray": as_array,
    "asanyarray": as_array,
    "ascontiguousarray": as_array,
    "array": array_of,
    "copy": lambda a, **options: lift(a).copied(),
    "arange": arange,
    "eye": eye,
    "identity": lambda n, dtype=None: eye(n, dtype=dtype),
    "stack": stack,
    "column_stack": lambda arrays: stack(arrays, 1),
    "expand_dims": indexing.expanded,
    "squeeze": indexing.squeezed,
    "reshape": indexing.reshaped,
    "ravel": raveled,
    "transpose": transpose,
    "copyto": copyto,
    "take_along_axis": take_along_axis,
    "put_along_axis": put_along_axis,
    "broadcast_to": broadcast_to,
    "broadcast_arrays": broadcast_arrays,
    "shape": lambda a: lift(a).shape,
    "size": lambda a: lift(a).size,
    "ndim": lambda a: lift(a).ndim,
    "isscalar": lambda a: not isinstance(a, Traced) or not a.ndim,
    "result_type": lambda *arrays: np.dtype(float),
    "float64": lambda a=0.0: as_type(a, float),
    "float32": lambda a=0.0: as_type(a, float),
    "double": lambda a=0.0: as_type(a, float),
}
"""Functions that are not elementwise, under the names that NumPy and SciPy give them."""


def _item(array: Traced) -> Traced:
    if any(axis is not None for axis in array.axes):
        raise Refusal("an array becomes a Python number", "operations on arrays")
    return Traced(array.expression, (), array.kind, at=array.at, lost=array.lost)


METHODS: Mapping[str, Callable[..., Any]] = {
    **{
        name: FUNCTIONS[name]
        for name in ("sum", "mean", "max", "min", "var", "std", "all", "any", "dot", "clip")
    },
    **{name: FUNCTIONS[name] for name in ("squeeze", "reshape", "ravel", "copy", "transpose")},
    "flatten": lambda a, order="C": raveled(a).copied(),
    "astype": as_type,
    "item": _item,
    "fill": lambda a, value: a.write(full_like(a, value)),
}
"""Methods of arrays."""


def known(name: str) -> Callable[..., Any] | None:
    """What is done for the function of this name."""
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    if knows(name) or name == "matmul" or name in SCALING:
        return lambda *inputs, **options: call(name, *inputs, **options)
    return None


def apply_function(function: Any, inputs: Any, options: Any) -> Any:
    """A function that NumPy dispatches."""
    found = known(function.__name__)
    if found is None:
        raise Refusal(f"np.{function.__name__} is not known here")
    return found(*inputs, **options)


OPERATIONS.update(
    ufunc=apply_ufunc,
    function=apply_function,
    read=indexing.read,
    write=indexing.write,
    methods=METHODS,
)
