"""Runs a function on symbolic arrays, along every way that it can take, and reads off formulas."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sympy import Expr, S

from derive.auditing.arrays import Traced, lift, number, settled
from derive.auditing.axes import Axes, Chosen, shape_text
from derive.auditing.branches import Run, running, ways
from derive.auditing.conditions import Condition
from derive.auditing.refusal import REFUSED, Refusal, Untraceable, is_raised, place_of
from derive.auditing.types import Columns
from derive.auditing.world import World
from derive.formulas import text_line
from derive.language import ENTRY, Element, Mean, Parameter, cases

MOST_RUNS = 32


@dataclass(frozen=True)
class Argument:
    """What a function is called with: an array with axes, class labels, a number, or a constant."""

    symbol: Element | Parameter | None = None
    axes: Axes = ()
    labels: bool = False
    constant: Any = None

    def made(self, name: str) -> Any:
        """A new array for one run."""
        if self.symbol is None:
            return self.constant
        if self.labels:
            return Traced(self.symbol, self.axes, "labels", name=name)
        if self.axes and isinstance(self.symbol, Element) and ENTRY not in self.axes:
            return Traced(Mean(self.symbol), self.axes, name=name)  # any number for each slice
        return Traced(self.symbol, self.axes, name=name)


@dataclass(frozen=True)
class Output:
    """One result of a function: its generic element, and its axes."""

    expression: Expr
    axes: Axes


@dataclass(frozen=True)
class Trace:
    """The formulas that a function computes, and under which conditions."""

    function: Callable[..., Any]
    arguments: Mapping[str, Argument]
    outputs: tuple[Output, ...]
    conditions: tuple[str, ...]
    notes: tuple[str, ...]
    scales: tuple[Parameter, ...]
    many: bool
    """Whether the function returns several results,"""
    columns: bool = False
    """as the columns of one array."""
    raising: tuple[Any, ...] = ()
    """Conditions on which it raises an exception of its own."""
    lost: frozenset[Condition] = frozenset()
    """Conditions under which it computes numbers, and that the formulas do not show."""


@dataclass
class _Way:
    condition: Any
    outputs: tuple[Output, ...] | None  # none where the function raises an exception of its own
    lost: frozenset[Condition]
    run: Run
    many: bool
    columns: bool = False


def trace(
    function: Callable[..., Any],
    arguments: Mapping[str, Argument],
    *,
    square: bool = False,
    instead: Mapping[int, Any] | None = None,
) -> Trace:
    """The formulas that a function computes for arguments of these shapes.

    ``instead`` are stand-ins for functions that it calls, by identity. Raises ``Untraceable``.
    """
    found: list[_Way] = []
    scripts: list[list[bool]] = [[]]
    scales: dict[Any, Parameter] = {}
    while scripts:
        if len(found) >= MOST_RUNS:
            file, line = where_defined(function)
            raise Untraceable("Python branches too often on numbers", file, line, "np.where")
        script = scripts.pop()
        run = Run(script, square=square, scales=scales)
        found.append(_one_way(function, arguments, run, instead))
        for place in range(len(script), len(run.taken)):
            taken = [outcome for _, outcome in run.taken[:place]]
            scripts.append([*taken, not run.taken[place][1]])
    try:
        return _combined(function, arguments, found)
    except (AssertionError, RecursionError) as error:
        raise _failed(error, *where_defined(function)) from error


def _one_way(
    function: Callable[..., Any],
    arguments: Mapping[str, Argument],
    run: Run,
    instead: Mapping[int, Any] | None,
) -> _Way:
    refused: list[Refusal] = []
    token = REFUSED.set(refused)
    outputs: list[Traced] | None = None
    many = columns = False
    try:
        with running(run):
            stand_in = World(instead)(function)
            made = {name: argument.made(name) for name, argument in arguments.items()}
            result = called(stand_in, made, of=function)
            columns = isinstance(result, Columns)
            many = isinstance(result, tuple | list)
            outputs = [settled(lift(part)) for part in (result if many else [result])]
            expressions = [_returned(output) for output in outputs]
    except Refusal as refusal:
        refused.append(refusal)
        raise _untraceable(function, refused[0]) from None
    except Exception as error:
        if refused:
            raise _untraceable(function, refused[0]) from None
        file, line = place_of(error.__traceback__)
        if not run.taken or not is_raised(error.__traceback__):
            raise _failed(error, _shown(file), line) from error
    finally:
        REFUSED.reset(token)
    if refused:
        raise _untraceable(function, refused[0])
    if outputs is None:
        return _Way(ways(run.taken), None, frozenset(), run, many)
    found = tuple(Output(e, o.axes) for e, o in zip(expressions, outputs, strict=True))
    lost = frozenset().union(*(output.lost for output in outputs))
    return _Way(ways(run.taken), found, lost, run, many, columns)


def _failed(error: Exception, file: str, line: int) -> Untraceable:
    """What an exception says that the code itself does not raise."""
    if isinstance(error, AssertionError | RecursionError) and not is_raised(error.__traceback__):
        message = "a condition counts cases that contain cases, which is too much for SymPy"
        return Untraceable(message, file, line, "fewer cases in what is summed or compared")
    return Untraceable(f"{type(error).__name__}: {error}", file, line)


def _returned(output: Traced) -> Expr:
    if any(isinstance(axis, Chosen) for axis in output.axes):
        raise Refusal("elements that a mask selects are returned", "np.where(mask, x, 0)")
    return number(output)


def called(function: Callable[..., Any], arguments: Mapping[str, Any], of: Any = None) -> Any:
    """What a function returns; by position where that is possible: names may be positional only.

    ``of`` is the function that it stands for, if it has another signature.
    """
    parameters = inspect.signature(of or function).parameters
    named = [n for n in arguments if parameters[n].kind is inspect.Parameter.KEYWORD_ONLY]
    by_place = (value for name, value in arguments.items() if name not in named)
    return function(*by_place, **{name: arguments[name] for name in named})


def _untraceable(function: Callable[..., Any], refusal: Refusal) -> Untraceable:
    file, line = place_of(refusal.__traceback__)
    if not file:
        file, line = where_defined(function)
    return Untraceable(refusal.message, _shown(file), line, refusal.instead)


def _shown(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if Path.cwd() in path.parents else file


def where_defined(function: Any) -> tuple[str, int]:
    """File and line of the definition of a function."""
    function = inspect.unwrap(function)
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    code = code or getattr(getattr(function, "func", None), "__code__", None)
    return (_shown(code.co_filename), code.co_firstlineno) if code else ("", 0)


def _form(way: _Way) -> tuple[Any, ...]:
    """What all ways through a function have in common."""
    return (way.many, way.columns, *(output.axes for output in way.outputs or ()))


def _combined(
    function: Callable[..., Any], arguments: Mapping[str, Argument], found: list[_Way]
) -> Trace:
    file, line = where_defined(function)
    returning = [way for way in found if way.outputs is not None]
    if not returning:
        raise Untraceable("every way through this function raises an exception", file, line)
    first = returning[0].outputs or ()
    outputs: list[Output] = []
    if len({_form(way) for way in returning}) > 1:
        raise Untraceable("the ways through this function return other shapes", file, line)
    for place in range(len(first)):
        pairs = [(way.outputs[place].expression, way.condition) for way in returning if way.outputs]
        whole = len(pairs) == 1 or all(e == pairs[0][0] for e, _ in pairs)
        last = [(pairs[-1][0], S.true)]
        outputs.append(
            Output(pairs[0][0] if whole else cases(*pairs[:-1], *last), first[place].axes)
        )
    raising = tuple(way.condition for way in found if way.outputs is None)
    raised = [f"not ({text_line(condition)})" for condition in raising]
    lost = frozenset().union(*(way.lost for way in returning))
    kept = sorted(f"{text_line(quantity)} {relation} 0" for relation, quantity in lost)
    notes = tuple(dict.fromkeys(note for way in returning for note in way.run.notes))
    return Trace(
        function,
        arguments,
        tuple(outputs),
        (*raised, *kept),
        notes,
        tuple(found[0].run.scales.values()),
        returning[0].many,
        returning[0].columns,
        raising,
        lost,
    )


def described(arguments: Mapping[str, Argument]) -> str:
    """The shapes of the arrays among some arguments."""
    shapes = [
        f"{name} of shape {shape_text(a.axes)}{' with class labels' if a.labels else ''}"
        for name, a in arguments.items()
        if a.symbol is not None and a.axes
    ]
    return ", ".join(shapes)
