"""Formulas as functions on balls: each is compiled once and evaluated at any precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from math import prod
from typing import Any

import sympy
from flint import arb, fmpq
from sympy import And, Expr, Not, Or, Piecewise, Rational, S
from sympy.core.relational import Relational

from derive.language import SLICE, Aggregate, Element, Largest, Size, axes_of, identity, size
from derive.prove.field import OutsideClass
from derive.prove.functions import BALLS, CONSTANTS


class Undecided(Exception):
    """A comparison of two quantities that no precision at hand can tell apart."""


@dataclass
class At:
    """A row of inputs in balls of one precision, and the aggregates known of it."""

    tensors: Mapping[str, Sequence[arb]]
    parameters: Mapping[str, arb]
    position: int
    length: int
    precision: int
    known: dict[Expr, Any]


Evaluate = Callable[[At, int], Any]
"""A value at one entry of a row."""


def balls_at(
    tensors: Mapping[str, Sequence[float]],
    parameters: Mapping[str, float],
    position: int,
    precision: int,
) -> At:
    """A row of binary inputs, converted exactly."""
    rows = {name: [*map(arb, row)] for name, row in tensors.items()}  # conversion is exact
    numbers = {name: arb(number) for name, number in parameters.items()}
    length = len(next(iter(rows.values())))
    return At(rows, numbers, position, length, precision, {})


@lru_cache(maxsize=4096)
def varies(formula: Expr) -> bool:
    """Whether a formula has a value for each entry of a slice, not one for all of them."""
    return "entry" in axes_of(formula)


@lru_cache(maxsize=4096)
def compiled(e: Expr) -> Evaluate:
    """The value of a formula, as a function of a row of balls and of an entry of it."""
    value = _evaluation(e)
    return once_a_row(e, value) if e.args and not varies(e) else value


def once_a_row(key: Any, value: Evaluate) -> Evaluate:
    """The value of what is the same at every entry, computed at one of them."""

    def known(at: At, k: int) -> arb:
        if key not in at.known:
            at.known[key] = value(at, k)
        return at.known[key]

    return known


def _evaluation(e: Expr) -> Evaluate:
    if e.is_Rational:
        return _constant(e)
    if e.is_Symbol:
        return _symbol(e)
    if isinstance(e, Aggregate):
        return _aggregate(e)
    if isinstance(e, Piecewise):
        return cases_of(e, compiled)
    if isinstance(e, sympy.Max | sympy.Min):
        return extreme_of(e, compiled)
    parts = [compiled(part) for part in e.args]
    if isinstance(e, sympy.sign):
        return lambda at, k: arb(sign(parts[0](at, k)))
    if isinstance(e, sympy.Abs):
        return lambda at, k: abs(parts[0](at, k))
    if e.is_Add:
        return lambda at, k: sum([part(at, k) for part in parts], ZERO)
    if e.is_Mul:
        return lambda at, k: prod([part(at, k) for part in parts], start=ONE)
    if e in CONSTANTS:
        constant = CONSTANTS[e]
        return lambda at, k: constant()
    if e is S.Exp1:
        return lambda at, k: ONE.exp()
    if isinstance(e, sympy.exp) or (e.is_Pow and e.base is S.Exp1):
        return lambda at, k: parts[-1](at, k).exp()
    if e.is_Pow:
        return _power(e.exp, *parts)
    if type(e) not in BALLS:
        raise OutsideClass(f"no ball arithmetic for {type(e).__name__}")
    function = BALLS[type(e)]
    return lambda at, k: function(*[part(at, k) for part in parts])


def _constant(e: Rational) -> Evaluate:
    number, known = fmpq(int(e.p), int(e.q)), dict[int, arb]()

    def value(at: At, k: int) -> arb:
        if at.precision not in known:
            known[at.precision] = arb(number)
        return known[at.precision]

    return value


def _symbol(e: Expr) -> Evaluate:
    name = e.name
    if isinstance(e, Size):
        if e == size(SLICE):
            raise OutsideClass("the number of slices")
        return lambda at, k: arb(at.length)
    if e == identity:
        return lambda at, k: ONE if at.position == k else ZERO
    if isinstance(e, Element):
        return lambda at, k: at.tensors[name][k]
    return lambda at, k: at.parameters[name]


def _aggregate(e: Aggregate) -> Evaluate:
    if e.axis == SLICE:
        raise OutsideClass("an aggregate over the slices")
    body, largest = compiled(e.body), isinstance(e, Largest)

    def value(at: At, k: int) -> arb:
        values = [body(at, j) for j in range(at.length)]
        return reduce(arb.max, values) if largest else sum(values, ZERO)

    return value


def cases_of(e: Piecewise, compile_branch: Callable[[Expr], Evaluate]) -> Evaluate:
    """What ``compile_branch`` makes of the branch that applies."""
    pairs = [(compile_branch(value), _condition(condition)) for value, condition in e.args]

    def value(at: At, k: int) -> arb:
        for case, applies in pairs:
            if applies(at, k):
                return case(at, k)
        return arb("nan")

    return value


def extreme_of(e: Expr, compile_branch: Callable[[Expr], Evaluate]) -> Evaluate:
    """What ``compile_branch`` makes of the largest, or least, argument."""
    wanted = 1 if isinstance(e, sympy.Max) else -1
    pairs = [(compiled(part), compile_branch(part)) for part in e.args]

    def value(at: At, k: int) -> arb:
        best, chosen = None, pairs[0][1]
        for part, branch in pairs:
            here = part(at, k)
            if best is None or sign(here - best) == wanted:
                best, chosen = here, branch
        return chosen(at, k)

    return value


def _power(exponent: Expr, base: Evaluate, power: Evaluate) -> Evaluate:
    if exponent.is_Integer:
        times = abs(int(exponent))
        if exponent > 0:
            return lambda at, k: base(at, k) ** times
        return lambda at, k: 1 / base(at, k) ** times
    if exponent == Rational(1, 2):
        return lambda at, k: base(at, k).sqrt()
    return lambda at, k: base(at, k) ** power(at, k)


def _condition(condition: Any) -> Callable[[At, int], bool]:
    if condition in (True, False):
        return lambda at, k: bool(condition)
    if isinstance(condition, And | Or):
        parts = [_condition(part) for part in condition.args]
        joined = all if isinstance(condition, And) else any
        return lambda at, k: joined(part(at, k) for part in parts)
    if isinstance(condition, Not):
        part = _condition(condition.args[0])
        return lambda at, k: not part(at, k)
    if isinstance(condition, Relational):
        left, right = compiled(condition.lhs), compiled(condition.rhs)
        allowed = _SIGNS[condition.rel_op]
        return lambda at, k: sign(left(at, k) - right(at, k)) in allowed
    raise OutsideClass(f"a condition of kind {type(condition).__name__}")


def sign(ball: arb) -> int:
    """The sign of a number in a ball. Raises ``Undecided``."""
    if ball > 0:
        return 1
    if ball < 0:
        return -1
    if ball == 0:  # exactly: the ball is a point
        return 0
    raise Undecided


ZERO, ONE = arb(0), arb(1)
_SIGNS = {">": (1,), ">=": (0, 1), "<": (-1,), "<=": (-1, 0), "==": (0,), "!=": (-1, 1)}
