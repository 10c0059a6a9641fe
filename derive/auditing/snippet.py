"""The code's own numbers: a counterexample as code to run, and what the code returns there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import Rational

from derive.auditing.axes import Axes
from derive.auditing.calls import chosen_number, copied, text
from derive.auditing.refusal import Refusal
from derive.auditing.trace import Argument, Trace, called
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


@dataclass(frozen=True)
class Made:
    """What a function returned, or why nothing is known of it: an exception, or numbers too big."""

    results: tuple[Any, ...] = ()
    error: str = ""
    overflow: bool = False


def run(trace: Trace, arguments: Mapping[str, Any]) -> Made:
    """What the function itself returns, as arrays of floating point numbers."""
    excesses: list[str] = []

    def noted(kind: str, _: int) -> None:
        excesses.append(kind)

    try:
        with np.errstate(all="ignore", over="call", under="call", call=noted):
            results = _results(trace, called(trace.function, copied(arguments)))
    except Refusal:
        return Made(error="the code keeps arrays of one call for the next")
    except Exception as error:
        return Made(error=f"the code raises {type(error).__name__}: {error}")
    if len(results) != len(trace.outputs):
        return Made(
            error=f"the code returns {len(results)} results, {len(trace.outputs)} were read"
        )
    exceeds = bool(excesses) and not all(np.isfinite(result).all() for result in results)
    return Made(tuple(results), overflow=exceeds)


def _results(trace: Trace, returned: Any) -> list[Any]:
    if trace.columns:
        returned = np.asarray(returned).T
    parts = list(returned) if trace.many else [returned]
    return [np.asarray(part, dtype=float) for part in parts]


def element(array: Any, axes: Axes, index: tuple[int, int]) -> float:
    """An element of what a function returned, at the index of a slice and an entry."""
    places = {"slice": index[0], "entry": index[1], None: 0}
    key = tuple(places[axis] for axis in axes)  # type: ignore[index]
    return float(array[key])


def snippet(trace: Trace, witness: Witness, place: int) -> tuple[str, float | None]:
    """Code that runs the function at a witness, and the number that it gives at the index."""
    sizes = witness.sizes["slices"], witness.sizes["entries"]
    arguments = called_with(trace, witness.inputs, witness.parameters, sizes)
    made = run(trace, arguments)
    index = divmod(witness.index, sizes[1])
    axes = trace.outputs[place].axes
    number = element(made.results[place], axes, index) if made.results else None
    said = f"  # {number!r}, but it should be {witness.derived}"
    return text(trace, arguments, after=chosen_number(trace, place, index) + said), number


def point_of(witness: Witness) -> Point:
    """The point of the prover that a witness is."""
    sizes = witness.sizes["slices"], witness.sizes["entries"]
    rows = {name: tuple(map(Rational, values)) for name, values in witness.inputs.items()}
    index = divmod(witness.index, sizes[1])
    return Point(*sizes, rows, dict(witness.parameters), index)
