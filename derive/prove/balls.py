"""Rigorous values of expressions at exact points, by ball arithmetic (Arb)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import product
from math import prod
from typing import Any

import flint
import sympy
from flint import arb, fmpq
from sympy import ITE, And, Expr, Not, Or, Piecewise, Rational, S, Symbol
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
    axes_of,
    identity,
    size,
)
from derive.prove.field import OutsideClass
from derive.prove.functions import BALLS, CONSTANTS

PRECISIONS = (64, 256)
SIMPLE = 20  # operations up to which a number is worth simplifying


class OnBoundary(Exception):
    """Two sides of a comparison are equal, or too close to tell apart."""


class NotReal(OnBoundary):
    """Something that is no real number is compared."""


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
        return Point(self.slices, self.entries, self.tensors, self.parameters, index)


def ball(number: Rational) -> arb:
    """The ball around a rational number."""
    return arb(fmpq(int(number.p), int(number.q)))


HOLE = Element("#")
"""Stands for a part of an expression that is given when the expression is evaluated."""


def evaluate(
    expression: Expr,
    point: Point,
    *,
    strict: bool = True,
    hole: Expr | None = None,
    precision: int = PRECISIONS[0],
) -> arb:
    """An enclosure of the value of ``expression``, with ``hole`` for ``HOLE``, at ``point``.

    With ``strict``, a comparison of equal quantities raises ``OnBoundary``; otherwise it is
    decided exactly where that is possible. Raises ``OutsideClass`` for unknown functions.
    """
    value = _compiled(expression)
    filling = None if hole is None else _compiled(hole)
    try:
        return value(_Evaluation(point, strict, precision, filling), *point.index)
    except OnBoundary:
        return value(_Evaluation(point, strict, PRECISIONS[-1], filling), *point.index)


def number(expression: Expr, precision: int) -> arb:
    """An enclosure of an expression without symbols."""
    nowhere = Point(1, 1, {}, {})
    value: arb = _compiled(expression)(_Evaluation(nowhere, True, precision, None), 0, 0)
    return value


class _Evaluation:
    """A point in balls of one precision, and the aggregates that are known there."""

    def __init__(
        self, point: Point, strict: bool, precision: int, filling: _Compiled | None
    ) -> None:
        flint.ctx.prec = precision
        self.point, self.strict, self.precision = point, strict, precision
        self.filling = filling
        self.tensors = {name: [*map(ball, row)] for name, row in point.tensors.items()}
        self.parameters = {name: ball(number) for name, number in point.parameters.items()}
        self.aggregates: dict[tuple[Expr, int, int], arb] = {}


_Compiled = Callable[[_Evaluation, int, int], Any]


@lru_cache(maxsize=2**15)
def _compiled(e: Expr) -> _Compiled:
    """The expression as a function of the evaluation at hand and an index."""
    if e.is_Rational:
        constants = {precision: _at_precision(e, precision) for precision in PRECISIONS}
        return lambda at, i, k: constants[at.precision]
    if e.is_Symbol:
        return _symbol(e)
    if isinstance(e, Aggregate):
        return _aggregate(e)
    if isinstance(e, Maximiser):
        return _maximiser(e)
    if isinstance(e, Piecewise):
        return _cases(e)
    if isinstance(e, sympy.Max | sympy.Min):
        return _extreme(e)
    if isinstance(e, sympy.sign):
        sign = _comparison(e.args[0], S.Zero)
        return lambda at, i, k: arb(sign(at, i, k))
    arguments = [_compiled(argument) for argument in e.args]
    if isinstance(e, sympy.Abs):
        (inner,), sign = arguments, _comparison(e.args[0], S.Zero)
        return lambda at, i, k: inner(at, i, k) * sign(at, i, k)
    if e.is_Add:
        return lambda at, i, k: sum((part(at, i, k) for part in arguments), _ZERO)
    if e.is_Mul:
        return lambda at, i, k: prod((part(at, i, k) for part in arguments), start=_ONE)
    if e is S.Exp1:
        return lambda at, i, k: arb(1).exp()
    if e in CONSTANTS:
        constant = CONSTANTS[e]
        return lambda at, i, k: constant()
    if isinstance(e, sympy.exp) or (e.is_Pow and e.base is S.Exp1):
        exponent = arguments[-1]
        return lambda at, i, k: exponent(at, i, k).exp()
    if e.is_Pow:
        return _power(e.exp, *arguments)
    if type(e) not in BALLS:
        raise OutsideClass(f"no ball arithmetic for {type(e).__name__}")
    function = BALLS[type(e)]
    return lambda at, i, k: function(*[argument(at, i, k) for argument in arguments])


def _at_precision(number: Rational, precision: int) -> arb:
    flint.ctx.prec = precision
    return ball(number)


def _symbol(e: Symbol) -> _Compiled:
    if isinstance(e, Size):
        axis = ENTRY if e == size(ENTRY) else SLICE
        return lambda at, i, k: arb(at.point.length(axis))
    if e == HOLE:
        return lambda at, i, k: at.filling(at, i, k) if at.filling else arb("nan")
    if e == identity:
        return lambda at, i, k: _ONE if i == k else _ZERO
    name = e.name
    if isinstance(e, Element) and e.axes:
        return lambda at, i, k: at.tensors[name][i * at.point.entries + k]
    return lambda at, i, k: at.parameters[name]


def _aggregate(e: Aggregate) -> _Compiled:
    body, axes, axis = _compiled(e.body), axes_of(e), e.axis
    total = _largest if isinstance(e, Largest) else _total

    def value(at: _Evaluation, i: int, k: int) -> arb:
        # An aggregate is the same wherever on its axis one stands.
        place = (e, i if SLICE in axes else 0, k if ENTRY in axes else 0)
        known = at.aggregates.get(place)
        if known is None:
            values = [body(at, *there) for there in at.point.along(axis, (i, k))]
            known = at.aggregates[place] = total(values)
        return known

    return value


def _total(values: list[arb]) -> arb:
    return sum(values, _ZERO)


def _largest(values: list[arb]) -> arb:
    return reduce(arb.max, values)


def _maximiser(e: Maximiser) -> _Compiled:
    body, axis, attained = _compiled(e.args[0]), e.axis, arb(0 if isinstance(e, Tie) else 1)

    def value(at: _Evaluation, i: int, k: int) -> arb:
        here, others = body(at, i, k), at.point.along(axis, (i, k))
        rivals = [body(at, *there) for there in others if there != (i, k)]
        if any(here < rival for rival in rivals):
            return _ZERO
        if all(here > rival for rival in rivals):
            return attained
        raise OnBoundary

    return value


def _cases(e: Piecewise) -> _Compiled:
    pairs = [(_compiled(value), _condition(condition)) for value, condition in e.args]

    def value(at: _Evaluation, i: int, k: int) -> arb:
        for case, applies in pairs:
            if applies(at, i, k):
                return case(at, i, k)
        return arb("nan")

    return value


def _extreme(e: Expr) -> _Compiled:
    better = 1 if isinstance(e, sympy.Max) else -1
    values = [_compiled(argument) for argument in e.args]
    comparisons = {
        (n, m): _comparison(e.args[n], e.args[m]) for n in range(len(values)) for m in range(n)
    }

    def value(at: _Evaluation, i: int, k: int) -> arb:
        best = 0
        for other in range(1, len(values)):
            if comparisons[other, best](at, i, k) == better:
                best = other
        return values[best](at, i, k)

    return value


def _power(exponent: Expr, base: _Compiled, power: _Compiled) -> _Compiled:
    if exponent.is_Integer:
        times = abs(int(exponent))
        if exponent > 0:
            return lambda at, i, k: base(at, i, k) ** times
        return lambda at, i, k: 1 / base(at, i, k) ** times
    if exponent == Rational(1, 2):
        return lambda at, i, k: base(at, i, k).sqrt()
    return lambda at, i, k: base(at, i, k) ** power(at, i, k)


def _comparison(left: Expr, right: Expr) -> _Compiled:
    """The sign of ``left - right``."""
    above, below = _compiled(left), _compiled(right)

    def sign(at: _Evaluation, i: int, k: int) -> int:
        value = above(at, i, k) - below(at, i, k)
        if value > 0:
            return 1
        if value < 0:
            return -1
        if not at.strict and is_zero_at(left - right, at.point.at((i, k))):
            return 0
        raise OnBoundary

    return sign


def _condition(condition: Any) -> _Compiled:
    if condition in (True, False):
        return lambda at, i, k: bool(condition)
    if isinstance(condition, And | Or):
        parts = [_condition(part) for part in condition.args]
        joined = all if isinstance(condition, And) else any
        return lambda at, i, k: joined(part(at, i, k) for part in parts)
    if isinstance(condition, Not):
        part = _condition(condition.args[0])
        return lambda at, i, k: not part(at, i, k)
    if isinstance(condition, Relational):
        sign, allowed = _comparison(condition.lhs, condition.rhs), _SIGNS[condition.rel_op]
        return lambda at, i, k: sign(at, i, k) in allowed
    if isinstance(condition, ITE):
        decisive, then, otherwise = map(_condition, condition.args)
        return lambda at, i, k: (then if decisive(at, i, k) else otherwise)(at, i, k)
    raise OutsideClass(f"a condition of kind {type(condition).__name__}")


_ZERO, _ONE = arb(0), arb(1)
_SIGNS = {">": (1,), ">=": (0, 1), "<": (-1,), "<=": (-1, 0), "==": (0,), "!=": (-1, 1)}


def unroll(expression: Expr, point: Point, index: tuple[int, int] | None = None) -> Expr:
    """The expression with elements, parameters and aggregates replaced by exact numbers.

    Raises ``OnBoundary`` where elements tie for a maximum whose derivative is asked, ``NotReal``
    where a condition has no truth value.
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
        arguments = [visit(argument, place) for argument in e.args]
        try:
            return e.func(*arguments)
        except TypeError:  # SymPy compares only what is real
            raise NotReal from None

    return visit(expression, (i, k))


def is_zero_at(expression: Expr, point: Point) -> bool:
    """Whether an expression is known to be exactly zero at a point."""
    value = unroll(expression, point)
    if value.is_Rational or value.count_ops() > SIMPLE:
        return bool(value.is_zero)
    return bool(value.is_zero) or sympy.simplify(value) == 0
