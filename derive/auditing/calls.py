"""Calls of a function under audit, made and written down."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.auditing.trace import Argument, Trace, called
from derive.language import Element

Call = Mapping[str, Any]
"""Arguments by name, in the order in which they are passed."""


def call_at(
    trace: Trace, tensors: Mapping[str, NDArray[Any]], parameters: Mapping[str, float]
) -> dict[str, Any]:
    """The arguments for inputs by name, as matrices: a row for each slice.

    Class labels are where their rows are largest, numbers for each slice those of the first column.
    """
    made: dict[str, Any] = {}
    for name, argument in trace.arguments.items():
        symbol = argument.symbol
        if symbol is None:
            made[name] = argument.constant
        elif isinstance(symbol, Element):
            made[name] = _array(tensors[symbol.name], argument)
        else:
            made[name] = parameters[symbol.name]
    return made


def _array(rows: NDArray[Any], argument: Argument) -> Any:
    if argument.labels:
        found: Any = np.argmax(rows, axis=1)
    elif len(argument.axes) == 2 and "entry" in argument.axes and "slice" in argument.axes:
        return rows.copy()
    else:
        found = rows[:, 0] if "slice" in argument.axes else rows[0]
    return (found if len(argument.axes) == 1 else found[:, np.newaxis]).copy()


def results(trace: Trace, call: Call) -> list[NDArray[Any]]:
    """What the function returns; whatever it raises is raised here. The arguments are copied."""
    return carried_out(trace, copied(call))


def copied(call: Call) -> dict[str, Any]:
    """Copies of the arguments, whose elements are as far from each other in memory."""
    return {n: _copy(v) if isinstance(v, np.ndarray) else v for n, v in call.items()}


def _copy(array: NDArray[Any]) -> NDArray[Any]:
    return array.copy() if array.flags.c_contiguous else spread(array)


def spread(array: NDArray[Any]) -> NDArray[Any]:
    """A copy of an array that is not contiguous."""
    return np.repeat(array, 2, axis=-1)[..., ::2]


def carried_out(trace: Trace, call: Call) -> list[NDArray[Any]]:
    """What the function returns; it may change the arguments."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        result = called(trace.function, call)
    if trace.columns:
        return list(np.asarray(result).T)
    return [np.asarray(part) for part in (result if trace.many else [result])]


def text(
    trace: Trace, call: Call, *, written: Mapping[str, str] | None = None, after: str = ""
) -> str:
    """The code of a call, with ``after`` right behind it; ``written`` are texts of arguments."""
    texts = {n: (written or {}).get(n) or _text(value) for n, value in call.items()}
    module = getattr(trace.function, "__module__", "") or "your_module"
    name = getattr(trace.function, "__qualname__", repr(trace.function))
    imports, made = (
        [f"from {module} import {name.split('.')[0]}"],
        f"{name}({', '.join(texts.values())})",
    )
    if hasattr(trace.function, "as_called"):  # by a library
        imports, made = trace.function.as_called(texts)
    return "\n".join(["from numpy import array", *imports, made + after])


def _text(value: Any) -> str:
    if not isinstance(value, np.ndarray):
        return repr(value)
    usual = value.dtype in (np.float64, np.int64) and value.size
    kind = "" if usual else f", dtype={value.dtype.name!r}"
    empty = f".reshape{value.shape}" if not value.size and value.ndim > 1 else ""
    return f"array({value.tolist()}{kind}){empty}"


def chosen_number(trace: Trace, place: int, index: tuple[int, int]) -> str:
    """How the number at the index of a slice and an entry is chosen from one of the results."""
    numbers = {"slice": index[0], "entry": index[1]}
    axes = trace.outputs[place].axes
    key = [numbers[axis] if isinstance(axis, str) else 0 for axis in axes]
    if trace.columns:
        return f"[{', '.join(map(str, [*key, place]))}]"
    return chosen(trace, place) + (f"[{', '.join(map(str, key))}]" if key else "")


def chosen(trace: Trace, place: int) -> str:
    """How one of several results is chosen from what is returned."""
    if trace.columns:
        return f"[:, {place}]"
    return f"[{place}]" if trace.many else ""
