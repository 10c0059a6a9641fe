"""Rigorous values of expressions at exact points, by ball arithmetic (Arb)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from itertools import product
from typing import Any

import flint
import sympy
from flint import arb, fmpq
from sympy import ITE, And, Expr, Not, Or, Piecewise, Rational, S
from sympy.core.relational import Relational

from derive.language import (
    ENTRY,
    SLICE,
    Aggregate,
    Element,
    Largest,
    Maximiser,
    Size,
    Tie,
    identity,
    size,
)
from derive.prove.field import OutsideClass
from derive.prove.functions import BALLS, CONSTANTS

PRECISIONS = (64, 256)
SIMPLE = 20  # operations up to which a number is worth simplifying


class OnBoundary(Exception):
    """Two sides of a comparison are equal, or too close to tell apart."""


@dataclass(frozen=True)
class Point:
    """Exact values for all elements and parameters, and the index at which to look."""

    slices: int
    entries: int
    tensors: dict[str, tuple[Rational, ...]]  # row by row
    parameters: dict[str, Rational]
    index: tuple[int, int] = (0, 0)

    def element(self, element: Element, slice_index: int, entry: int) -> Rational:
        """The value of a tensor at an index."""
        if element == identity:
            return S.One if slice_index == entry else S.Zero
        if not element.axes:
            return self.parameters[element.name]
        return self.tensors[element.name][slice_index * self.entries + entry]

    def length(self, axis: str) -> int:
        """The number of elements along an axis."""
        return self.entries if axis == ENTRY else self.slices

    def along(self, axis: str, index: tuple[int, int]) -> list[tuple[int, int]]:
        """The indices met when an aggregate over ``axis`` is computed at ``index``."""
        places = range(self.length(axis))
        return [(index[0], k) if axis == ENTRY else (k, index[1]) for k in places]

    def indices(self) -> list[tuple[int, int]]:
        """All indices."""
        return list(product(range(self.slices), range(self.entries)))

    def at(self, index: tuple[int, int]) -> Point:
        """The same values, seen from another index."""
        return replace(self, index=index)


def ball(number: Rational) -> arb:
    """The ball around a rational number."""
    return arb(fmpq(int(number.p), int(number.q)))


def evaluate(expression: Expr, point: Point, *, strict: bool = True) -> arb:
    """An enclosure of the value of ``expression`` at ``point``.

    With ``strict``, a comparison of equal quantities raises ``OnBoundary``; otherwise it is
    decided exactly where that is possible. Raises ``OutsideClass`` for unknown functions.
    """
    flint.ctx.prec = PRECISIONS[0]
    try:
        return _Evaluation(point, strict).value(expression, point.index)
    except OnBoundary:
        flint.ctx.prec = PRECISIONS[1]
        return _Evaluation(point, strict).value(expression, point.index)


def number(expression: Expr, precision: int) -> arb:
    """An enclosure of an expression without symbols."""
    flint.ctx.prec = precision
    return _Evaluation(Point(1, 1, {}, {}), strict=True).value(expression, (0, 0))


class _Evaluation:
    def __init__(self, point: Point, strict: bool) -> None:
        self.point, self.strict = point, strict
        self.memo: dict[tuple[Expr, tuple[int, int]], arb] = {}

    def value(self, e: Expr, index: tuple[int, int]) -> arb:
        known = self.memo.get((e, index))
        if known is None:
            known = self.memo[e, index] = self._value(e, index)
        return known

    def _value(self, e: Expr, index: tuple[int, int]) -> arb:
        if e.is_Rational:
            return ball(e)
        if isinstance(e, Element):
            return ball(self.point.element(e, *index))
        if isinstance(e, Size):
            return arb(self.point.length(ENTRY if e == size(ENTRY) else SLICE))
        if e.is_Symbol:
            return ball(self.point.parameters[e.name])
        if isinstance(e, Aggregate):
            values = [self.value(e.body, place) for place in self.point.along(e.axis, index)]
            return reduce(arb.max, values) if isinstance(e, Largest) else sum(values, arb(0))
        if isinstance(e, Maximiser):
            return self._maximiser(e, index)
        if isinstance(e, Piecewise):
            for value, condition in e.args:
                if self._holds(condition, index):
                    return self.value(value, index)
            return arb("nan")
        arguments = [self.value(argument, index) for argument in e.args]
        return self._apply(e, arguments, index)

    def _maximiser(self, e: Maximiser, index: tuple[int, int]) -> arb:
        here, others = self.value(e.args[0], index), self.point.along(e.axis, index)
        rivals = [self.value(e.args[0], place) for place in others if place != index]
        if any(here < rival for rival in rivals):
            return arb(0)
        if all(here > rival for rival in rivals):
            return arb(0 if isinstance(e, Tie) else 1)
        raise OnBoundary

    def _apply(self, e: Expr, arguments: list[arb], index: tuple[int, int]) -> arb:
        if e.is_Add:
            return sum(arguments, arb(0))
        if e.is_Mul:
            result = arb(1)
            for argument in arguments:
                result = result * argument
            return result
        if e is S.Exp1:
            return arb(1).exp()
        if e in CONSTANTS:
            return CONSTANTS[e]()
        if isinstance(e, sympy.exp):
            return arguments[0].exp()
        if e.is_Pow:
            return self._power(e, arguments)
        if isinstance(e, sympy.sign):
            sign = self._sign(e.args[0], index)
            return arb(sign)
        if isinstance(e, sympy.Max | sympy.Min):
            better = 1 if isinstance(e, sympy.Max) else -1
            best, *others = e.args
            for other in others:
                if self._sign(other - best, index) == better:
                    best = other
            return self.value(best, index)
        if isinstance(e, sympy.Abs):
            return arguments[0] * self._sign(e.args[0], index)
        if type(e) in BALLS:
            return BALLS[type(e)](*arguments)
        raise OutsideClass(f"no ball arithmetic for {type(e).__name__}")

    def _power(self, e: Expr, arguments: list[arb]) -> arb:
        base, exponent = e.args
        if exponent.is_Integer:
            power = arguments[0] ** abs(int(exponent))
            return power if exponent > 0 else 1 / power
        if exponent == Rational(1, 2):
            return arguments[0].sqrt()
        if base is S.Exp1:
            return arguments[1].exp()
        return arguments[0] ** arguments[1]

    def _sign(self, difference: Expr, index: tuple[int, int]) -> int:
        value = self.value(difference, index)
        if value > 0:
            return 1
        if value < 0:
            return -1
        if not self.strict and is_zero_at(difference, self.point.at(index)):
            return 0
        raise OnBoundary

    def _holds(self, condition: Any, index: tuple[int, int]) -> bool:
        if isinstance(condition, Relational):
            sign = self._sign(condition.lhs - condition.rhs, index)
            return sign in _SIGNS[condition.rel_op]
        if condition in (True, False):
            return bool(condition)
        if isinstance(condition, And):
            return all(self._holds(part, index) for part in condition.args)
        if isinstance(condition, Or):
            return any(self._holds(part, index) for part in condition.args)
        if isinstance(condition, Not):
            return not self._holds(condition.args[0], index)
        if isinstance(condition, ITE):
            decisive, then, otherwise = condition.args
            return self._holds(then if self._holds(decisive, index) else otherwise, index)
        raise OutsideClass(f"a condition of kind {type(condition).__name__}")


_SIGNS = {">": (1,), ">=": (0, 1), "<": (-1,), "<=": (-1, 0), "==": (0,), "!=": (-1, 1)}


def unroll(expression: Expr, point: Point, index: tuple[int, int] | None = None) -> Expr:
    """The expression with elements, parameters and aggregates replaced by exact numbers.

    Raises ``OnBoundary`` where elements tie for a maximum whose derivative is asked.
    """
    i, k = point.index if index is None else index

    def visit(e: Expr, place: tuple[int, int]) -> Expr:
        if isinstance(e, Element):
            return point.element(e, *place)
        if isinstance(e, Size):
            return sympy.Integer(point.length(ENTRY if e == size(ENTRY) else SLICE))
        if e.is_Symbol:
            return point.parameters.get(e.name, e)
        if isinstance(e, Aggregate):
            values = [visit(e.body, p) for p in point.along(e.axis, place)]
            return (sympy.Max if isinstance(e, Largest) else sympy.Add)(*values)
        if isinstance(e, Maximiser):
            values = [visit(e.args[0], p) for p in point.along(e.axis, place)]
            if values.count(sympy.Max(*values)) != 1:
                raise OnBoundary
            here = visit(e.args[0], place)
            return sympy.Integer(here == sympy.Max(*values) and not isinstance(e, Tie))
        if isinstance(e, Piecewise):
            for value, condition in e.args:
                decided = condition if condition in (True, False) else visit(condition, place)
                if decided == True:  # noqa: E712 - SymPy's own truth values
                    return visit(value, place)
                if decided != False:  # noqa: E712
                    raise OutsideClass("an undecided condition")
            return S.NaN
        if not e.args:
            return e
        return e.func(*[visit(argument, place) for argument in e.args])

    return visit(expression, (i, k))


def is_zero_at(expression: Expr, point: Point) -> bool:
    """Whether an expression is known to be exactly zero at a point."""
    value = unroll(expression, point)
    if value.is_Rational or value.count_ops() > SIMPLE:
        return bool(value.is_zero)
    return bool(value.is_zero) or sympy.simplify(value) == 0
