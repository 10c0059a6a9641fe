"""The code's own numbers: a counterexample as code to run, and what the code returns there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sympy import Rational

from derive.auditing.axes import Axes
from derive.auditing.trace import Argument, Trace
from derive.language import Element
from derive.prove.balls import Point
from derive.prove.verdict import Witness


def called_with(
    trace: Trace, tensors: Mapping[str, Any], parameters: Mapping[str, Any], sizes: tuple[int, int]
) -> dict[str, Any]:
    """The arguments of a function at a point, as floating point numbers and arrays."""
    made: dict[str, Any] = {}
    for name, argument in trace.arguments.items():
        symbol = argument.symbol
        if symbol is None:
            made[name] = argument.constant
        elif not isinstance(symbol, Element):
            made[name] = float(parameters[symbol.name])
        else:
            values = [float(v) for v in tensors[symbol.name]]
            made[name] = _array(np.array(values).reshape(sizes), argument)
    return made


def _array(values: Any, argument: Argument) -> Any:
    if argument.labels:
        found: Any = np.argmax(values, axis=1)
    elif len(argument.axes) == 2:
        return values
    elif argument.axes == ("slice",):
        found = values.mean(axis=1)
    else:
        found = values[0]
    return found if len(argument.axes) <= 1 else found[:, None]


def returned(trace: Trace, arguments: Mapping[str, Any], place: int) -> Any:
    """What the function itself returns there; nothing if it raises an exception."""
    copies = {n: v.copy() if isinstance(v, np.ndarray) else v for n, v in arguments.items()}
    try:
        with np.errstate(all="ignore"):
            result = trace.function(*copies.values())
        if trace.many:
            result = result[:, place] if trace.columns else result[place]
        return np.asarray(result, dtype=float)
    except Exception:
        return None


def element(array: Any, axes: Axes, index: tuple[int, int]) -> float:
    """An element of what a function returned, at the index of a slice and an entry."""
    places = {"slice": index[0], "entry": index[1], None: 0}
    key = tuple(places[axis] for axis in axes)  # type: ignore[index]
    return float(array[key])


def snippet(trace: Trace, witness: Witness, place: int, axes: Axes) -> tuple[str, float | None]:
    """Code that runs the function at a witness, and the number that it gives at the index."""
    sizes = witness.sizes["slices"], witness.sizes["entries"]
    arguments = called_with(trace, witness.inputs, witness.parameters, sizes)
    result = returned(trace, arguments, place)
    index = divmod(witness.index, sizes[1])
    number = None if result is None else element(result, axes, index)
    module = getattr(trace.function, "__module__", "") or "your_module"
    name = getattr(trace.function, "__qualname__", repr(trace.function))
    texts = {n: _text(v) for n, v in arguments.items()}
    first, call = (
        f"from {module} import {name.split('.')[0]}",
        f"{name}({', '.join(texts.values())})",
    )
    imports = [first]
    if hasattr(trace.function, "as_called"):
        imports, call = trace.function.as_called(texts)
    key = ", ".join(str({"slice": index[0], "entry": index[1]}.get(axis, 0)) for axis in axes)  # type: ignore[arg-type]
    key = f"{key}, {place}" if trace.columns else key
    chosen = f"[{place}]" if trace.many and not trace.columns else ""
    chosen += f"[{key}]" if key else ""
    lines = [
        "from numpy import array",
        *imports,
        f"{call}{chosen}  # {number!r}, but it should be {witness.derived}",
    ]
    return "\n".join(lines), number


def _text(value: Any) -> str:
    return f"array({value.tolist()})" if isinstance(value, np.ndarray) else repr(value)


def point_of(
    tensors: Mapping[str, Any], parameters: Mapping[str, Any], sizes: tuple[int, int]
) -> Point:
    """A point of the prover."""
    rows = {name: tuple(map(Rational, values)) for name, values in tensors.items()}
    return Point(*sizes, rows, dict(parameters))
