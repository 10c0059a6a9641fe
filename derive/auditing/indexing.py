"""Indexing that means the same for every length: new axes, whole slices, masks, class labels."""

from __future__ import annotations

from typing import Any

from sympy import S

from derive.auditing.arrays import Length, Traced, lift, number, settled
from derive.auditing.axes import Axes, Axis, Chosen, broadcast
from derive.auditing.conditions import forgotten
from derive.auditing.elementary import apply, where
from derive.auditing.refusal import Refusal
from derive.language import ENTRY, SLICE


def read(array: Traced, key: Any) -> Traced:
    """``array[key]``."""
    keys = key if isinstance(key, tuple) else (key,)
    if len(keys) == 1 and isinstance(keys[0], Traced):
        return _by_array(array, keys[0])
    if _is_at_labels(array, keys):
        return at_labels(array, keys[1], (SLICE,))
    if all(not _is_array(k) and (k is None or k is Ellipsis or k == slice(None)) for k in keys):
        return array.view_as(_with_new_axes(array, keys))
    if _is_a_column(array, keys):
        return array.view_as(array.axes[:-1])
    raise Refusal(
        "indexing by numbers, ranges or arrays of numbers depends on the length",
        "operations on whole arrays, or x[np.arange(n), labels]",
    )


def _is_array(key: Any) -> bool:
    return isinstance(key, Traced)


def _with_new_axes(array: Traced, keys: tuple[Any, ...]) -> Axes:
    named = sum(1 for k in keys if k is not None and k is not Ellipsis)
    if named > array.ndim or sum(1 for k in keys if k is Ellipsis) > 1:
        raise Refusal("too many indices")
    axes: list[Axis] = []
    place = 0
    for k in keys:
        if k is None:
            axes.append(None)
        else:
            count = 1 if k is not Ellipsis else array.ndim - named
            axes += array.axes[place : place + count]
            place += count
    return (*axes, *array.axes[place:])


def _is_a_column(array: Traced, keys: tuple[Any, ...]) -> bool:
    """``x[:, 0]`` of an array with one column."""
    *others, last = keys
    whole = all(not _is_array(k) and (k is Ellipsis or k == slice(None)) for k in others)
    one = isinstance(last, int) and last in (0, -1) and array.ndim > 0 and array.axes[-1] is None
    return whole and one and (Ellipsis in others or len(keys) == array.ndim)


def _by_array(array: Traced, key: Traced) -> Traced:
    if key.kind == "bool":
        return _selected(array, key)
    if key.kind == "labels":
        if array.axes == (ENTRY,) and key.axes == (SLICE,):
            return Traced(
                array.expression, (SLICE,), array.kind, at=key.expression, lost=array.lost
            )
        if array.name == "eye" and key.axes == (SLICE,):
            return Traced(key.expression, (SLICE, ENTRY))
    raise Refusal("indexing by an array of numbers", "x[np.arange(n), labels] or a mask")


def _selected(array: Traced, mask: Traced) -> Traced:
    array, mask = settled(array), settled(mask)
    if mask.axes != array.axes or not all(isinstance(axis, str) for axis in mask.axes):
        raise Refusal("a mask of another shape than the array", "a mask of the same shape")
    axis = Chosen(mask.expression, mask.axes)  # type: ignore[arg-type]
    lost = array.lost | mask.lost
    return Traced(array.expression, (axis,), array.kind, lost=lost)


def _is_at_labels(array: Traced, keys: tuple[Any, ...]) -> bool:
    if len(keys) != 2 or not all(isinstance(k, Traced) for k in keys):
        return False
    rows, labels = keys
    if labels.kind != "labels":
        return False
    if rows.kind != "index" or rows.axes != (SLICE,) or labels.axes != (SLICE,):
        raise Refusal("rows and labels of different lengths", "x[np.arange(len(x)), labels]")
    if array.axes != (SLICE, ENTRY):
        raise Refusal("labels choose from an array that has no axis of classes")
    return True


def at_labels(array: Traced, labels: Traced, axes: Axes) -> Traced:
    """What an array holds at the label of each slice."""
    array = settled(array)
    return Traced(array.expression, axes, array.kind, at=labels.expression, lost=array.lost)


def write(array: Traced, key: Any, value: Any) -> None:
    """``array[key] = value``."""
    keys = key if isinstance(key, tuple) else (key,)
    new = lift(value)
    if len(keys) == 1 and isinstance(keys[0], Traced) and keys[0].kind == "bool":
        _write_selected(array, keys[0], new)
    elif _is_at_labels(array, keys):
        write_at_labels(array, keys[1], new, (SLICE,))
    elif all(not _is_array(k) and (k is Ellipsis or k == slice(None)) for k in keys):
        if len(keys) > max(array.ndim, 1):
            raise Refusal("too many indices")
        array.write(new if new.axes == array.axes else apply("add", new, _zeros(array)))
    else:
        raise Refusal(
            "writing to a part of an array that depends on its length",
            "np.where(condition, new, old), a mask, or x[np.arange(n), labels] = ...",
        )


def _zeros(array: Traced) -> Traced:
    return Traced(S.Zero, array.axes, "int")


def _write_selected(array: Traced, mask: Traced, new: Traced) -> None:
    array_now, mask = settled(array), settled(mask)
    if mask.axes != array.axes:
        raise Refusal("a mask of another shape than the array", "a mask of the same shape")
    axis = Chosen(mask.expression, mask.axes)  # type: ignore[arg-type]
    if new.ndim and new.axes != (None,):
        if new.axes != (axis,):
            raise Refusal(
                "what is written where a mask holds was not selected by the same mask",
                "x[mask] = y[mask]",
            )
    elif new.axes == (None,):
        new = Traced(new.expression, (), new.kind, at=new.at, lost=new.lost)
    spread = Traced(new.expression, array.axes if new.ndim else (), new.kind, lost=new.lost)
    chosen = where(mask, spread, array_now)
    if new.kind != "float" and array.kind != "float":
        chosen.kind = max((new.kind, array.kind), key=("bool", "int").index)
    array.write(chosen)


def write_at_labels(array: Traced, labels: Traced, new: Traced, axes: Axes) -> None:
    """Write at the label of each slice."""
    one_hot = labels.expression
    if new.at not in (None, one_hot):
        new = settled(new)
    if broadcast(new.axes, axes) != axes:
        raise Refusal("what is written at the labels has another shape")
    old = settled(array)
    result = number(old) + one_hot * (number(new) - number(old))
    parts = (number(old), number(new))
    lost = old.lost | new.lost | forgotten(result, *parts)
    changed = Traced(result, array.axes, new.kind, lost=lost)
    if new.kind != "float":
        changed.kind = array.kind
    array.write(changed)


def reshaped(array: Any, *shape: Any) -> Traced:
    """``array.reshape(shape)`` where that means the same for every length."""
    array = lift(array)
    if len(shape) == 1 and isinstance(shape[0], tuple | list):
        shape = tuple(shape[0])
    named = [axis for axis in array.axes if axis is not None]
    wanted: list[Axis] = []
    left = list(named)
    n: Any
    for n in shape:
        if isinstance(n, int) and n == 1:
            wanted.append(None)
        elif isinstance(n, int) and n == -1 and len(left) == 1:
            wanted.append(left.pop(0))
        elif isinstance(n, int) and n == -1 and not left:
            wanted.append(None)
        elif isinstance(n, Length) and left and n.axis == left[0]:
            wanted.append(left.pop(0))
        else:
            raise Refusal(
                "this reshape moves elements from one axis to another", "arrays of the final shape"
            )
    if left:
        raise Refusal(
            "this reshape moves elements from one axis to another", "arrays of the final shape"
        )
    return array.view_as(tuple(wanted))


def expanded(array: Any, axis: Any) -> Traced:
    """``np.expand_dims``."""
    array = lift(array)
    if not isinstance(axis, int) or not -array.ndim - 1 <= axis <= array.ndim:
        raise Refusal(f"np.expand_dims with axis={axis!r}", "x[:, None]")
    place = axis % (array.ndim + 1)
    return array.view_as((*array.axes[:place], None, *array.axes[place:]))


def squeezed(array: Any, axis: Any = None) -> Traced:
    """``np.squeeze`` of an axis that has length one whatever the lengths."""
    array = lift(array)
    if axis is None:
        raise Refusal("np.squeeze drops other axes where their length is one", "x[:, 0]")
    place = axis % array.ndim
    if array.axes[place] is not None:
        raise Refusal("np.squeeze of an axis whose length is not one")
    return array.view_as((*array.axes[:place], *array.axes[place + 1 :]))
