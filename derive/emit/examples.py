"""Calls for the documentation, with results that the declared formulas have there.

The numbers come from the formulas in exact arithmetic, not from the emitted code: running the
examples compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import cycle, islice
from typing import Any

import sympy
from sympy import Expr, FiniteSet, Rational, S
from sympy.sets import Set

from derive import numeric
from derive.emit.view import ExampleView
from derive.language import direction, real
from derive.loss import Loss

DIGITS = 4
WIDTH = 92
_HALF, _QUARTER = Rational(1, 2), Rational(1, 4)
_ORDINARY = ((S.One, S(-2), S.Zero, _HALF), (S(-1), Rational(3, 4), _QUARTER, Rational(3, 2)))
_PREDICTED = (_HALF, _QUARTER, Rational(3, 4), Rational(1, 8))
_UNIT = (S.One, S.Zero, _HALF, _QUARTER)
_POSITIVE = (S.One, S(2), _HALF, _QUARTER)
_DIRECTION = (S.One, _HALF, S(2), _QUARTER)
_DISTRIBUTION, _ONE_HOT = (Rational(3, 4), _QUARTER), (S.One, S.Zero)


def examples(name: str, loss: Loss) -> dict[str, ExampleView]:
    """A call of each method with default parameters; none where a result is not a real number."""
    at, labelled = _Point(loss), _Point(loss, labels=loss.labels)
    first = next(iter(loss.gradients))
    found = {}
    with suppress(numeric.NotReal):
        head, tail = f"round(float({name}(", f")), {DIGITS})"
        found["value"] = _printed(head, labelled.inputs, tail, labelled.value())
        results = {}
        for method, formulas in (
            ("gradient", loss.gradients),
            ("hessian", loss.hessians),
            ("hvp", loss.hvps),
        ):
            if first in formulas:
                results[method] = at.each(formulas[first])
                inputs = [*at.inputs, at.direction] if method == "hvp" else at.inputs
                tail = f").round({DIGITS}).tolist()"
                found[method] = _printed(f"{name}.{method}(", inputs, tail, results[method])
        for method, parts in (
            ("value_and_gradient", ["gradient"]),
            ("value_gradient_hessian", ["gradient", "hessian"]),
        ):
            if parts[-1] in results:
                all_results = [at.value(), *(results[part] for part in parts)]
                found[method] = _fused(f"{name}.{method}(", at.inputs, all_results)
    return found


def _printed(head: str, arguments: Sequence[str], tail: str, result: str) -> ExampleView:
    """What a call prints."""
    return ExampleView((*_call(head, arguments, tail), result))


def _fused(head: str, arguments: Sequence[str], results: Sequence[str]) -> ExampleView:
    """What the results of a call are, one after another."""
    call = _call(f"results = {head}", arguments, ")")
    shown = f">>> [result.round({DIGITS}).tolist() for result in results]"
    return ExampleView((*call, shown, f"[{', '.join(results)}]"))


def _call(head: str, arguments: Sequence[str], tail: str) -> list[str]:
    """A call as it is typed at a prompt: on one line if that is short enough."""
    line = f">>> {head}{', '.join(arguments)}{tail}"
    if len(line) <= WIDTH:
        return [line]
    return [f">>> {head}", *(f"...     {argument}," for argument in arguments), f"... {tail}"]


class _Point:
    """Numbers for all arguments of a loss: two elements, a slice of two, or a square of slices."""

    def __init__(self, loss: Loss, *, labels: bool = False) -> None:
        self._loss, self._labels = loss, labels
        self._slices = 2 if loss.square else 1
        others: Iterator[tuple[Any, ...]] = cycle(_ORDINARY)
        tensors = {
            x.name: _numbers(loss.domain(x), _PREDICTED if x == loss.inputs[0] else next(others))
            for x in loss.inputs
        }
        if loss.labels:
            tensors["target"] = _ONE_HOT if labels else _DISTRIBUTION
        tensors[direction.name] = _DIRECTION
        self._tensors = {name: row[: 2 * self._slices] for name, row in tensors.items()}
        self._parameters = {p.name: _float(p.default) for p in loss.parameters}

    @property
    def inputs(self) -> list[str]:
        """The inputs as they are written in a call."""
        texts = {x.name: self._text(self._tensors[x.name]) for x in self._loss.inputs}
        if self._labels:
            texts["target"] = str([_ONE_HOT.index(1)])
        return list(texts.values())

    @property
    def direction(self) -> str:
        """The direction as it is written in a call."""
        return self._text(self._tensors[direction.name])

    def value(self) -> str:
        """The loss under its default reduction, as it is printed."""
        return _rounded(sum(self._at(self._loss.value, place) for place in self._values))

    def each(self, derivative: Expr) -> str:
        """The derivatives of the reduced loss in all elements, as they are printed."""
        places = [(i, k) for i in range(self._slices) for k in range(2)]
        return self._text([_rounded(self._at(derivative, place)) for place in places])

    @property
    def _values(self) -> list[tuple[int, int]]:
        """Where there is a value of the loss."""
        if self._loss.kind == "slices":
            return [(i, 0) for i in range(self._slices)]
        return [(0, k) for k in range(2)]

    def _at(self, formula: Expr, index: tuple[int, int]) -> Any:
        """What a formula contributes to the reduced loss."""
        tensors: Mapping[str, tuple[Any, ...]] = self._tensors
        place = numeric.place((self._slices, 2), tensors, self._parameters, index)
        divisor = len(self._values) if self._loss.reduction == "mean" else 1
        return numeric.value(formula, place) / divisor

    def _text(self, numbers: Iterable[Any]) -> str:
        texts = [n if isinstance(n, str) else repr(float(n)) for n in numbers]
        rows = [f"[{', '.join(texts[i : i + 2])}]" for i in range(0, len(texts), 2)]
        nested = self._slices > 1 or self._loss.labels
        return f"[{', '.join(rows)}]" if nested else rows[0]


def _numbers(domain: Set, otherwise: tuple[Any, ...]) -> tuple[Any, ...]:
    """Four numbers of a domain."""
    if domain == real:
        return otherwise
    if isinstance(domain, FiniteSet):
        return tuple(islice(cycle(sorted(domain, reverse=True)), 4))
    for numbers in (_POSITIVE, _UNIT, otherwise, _PREDICTED):
        if all(domain.contains(n) is sympy.true for n in numbers):
            return numbers
    return (_float((domain.inf + domain.sup) / 2),) * 4


def _float(number: Expr) -> Rational:
    """A number as the emitted code has it."""
    return Rational(*float(number).as_integer_ratio())


def _rounded(number: Any) -> str:
    return repr(round(float(number), DIGITS) + 0.0)
