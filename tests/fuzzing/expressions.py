"""Random well-formed expressions, over both axes and with every function of the language."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy
from sympy import (
    Abs,
    Eq,
    Expr,
    Ge,
    Gt,
    Integer,
    Le,
    Lt,
    Max,
    Min,
    Ne,
    Piecewise,
    Rational,
    exp,
    log,
    sqrt,
    tanh,
)

from derive.language import (
    ENTRY,
    SLICE,
    Parameter,
    Sum,
    Tensor,
    cases,
    identity,
    positive,
    pred,
    real,
    size,
    target,
)
from derive.loss import Loss

other = Tensor("extra")
delta = Parameter("delta", default=1, domain=positive)
shift = Parameter("bias", default=0, domain=real)
TENSORS = (pred, target, other)
PARAMETERS = (delta, shift)
NUMBERS = [Fraction(n, d) for n, d in ((0, 1), (1, 1), (-1, 1), (2, 1), (-2, 1), (1, 2), (-1, 2))]
FINER = [Fraction(3, 7), Fraction(-5, 3), Fraction(7, 4), Fraction(-1, 5), Fraction(3, 1)]
LINEAR = Loss(value=pred * target, gradient=target)
LARGEST = 32  # operations
PATIENCE = 6.0  # seconds for one verdict


class Maker:
    """Random well-formed expressions; ``free`` are the axes along which one may vary."""

    def __init__(self, choose: random.Random, *, sums: bool, square: bool = False) -> None:
        self.choose, self.sums, self.square = choose, sums, square

    def atom(self, free: frozenset[str]) -> Expr:
        constant = Rational(self.choose.choice([-2, -1, 1, 2, 3]), self.choose.choice([1, 1, 2]))
        found: list[Expr] = [constant, delta, shift]
        if self.sums:
            found += [size(self.choose.choice([ENTRY, ENTRY, SLICE]))]
        if len(free) == 2:
            found += [pred, pred, pred, target, target, other] * 2
            found += [identity] * (2 if self.square else 0)
        return self.choose.choice(found)

    def expression(self, depth: int, free: frozenset[str]) -> Expr:
        if depth <= 0:
            return self.atom(free)
        if self.sums and (len(free) < 2 or self.choose.random() < 0.15):
            axis = ENTRY if ENTRY not in free or self.choose.random() < 0.8 else SLICE
            if self.choose.random() < 0.75:
                return Sum(self.expression(depth - 1, free | {axis}), axis)

        def part() -> Expr:
            return self.expression(depth - 1 - self.choose.choice([0, 0, 1]), free)

        makers: list[Callable[[], Expr]] = [
            *[lambda: part() + part()] * 4,
            *[lambda: part() - part()] * 2,
            *[lambda: part() * part()] * 4,
            *[lambda: part() ** 2] * 2,
            lambda: part() ** 3,
            lambda: part() / part(),
            lambda: part() / (1 + part() ** 2),
            lambda: exp(part() / self.choose.choice([1, 2, 3])),
            lambda: log(1 + part() ** 2),
            lambda: log(1 + exp(part())),
            lambda: log(part()),
            lambda: sqrt(part() ** 2 + 1),
            lambda: sqrt(part()),
            lambda: Abs(part()) ** Rational(self.choose.choice([1, 3, 5, 4]), 2),
            lambda: part() ** Rational(self.choose.choice([1, 2, 4, -1]), 3),
            lambda: delta ** part(),
            lambda: Abs(part()) ** delta,
            lambda: self.choose.choice([tanh, sympy.cosh, sympy.erf, sympy.atan])(part()),
            *[lambda: Max(part(), part())] * 2,
            lambda: Min(part(), part()),
            *[lambda: Abs(part())] * 2,
            lambda: sympy.sign(part()),
            *[lambda: cases((part(), self.condition(depth - 1, free)), (part(), True))] * 3,
            lambda: cases(
                (part(), self.condition(0, free)),
                (part(), self.condition(0, free)),
                (part(), True),
            ),
        ]
        return self.choose.choice(makers)()

    def condition(self, depth: int, free: frozenset[str]) -> Any:
        if depth > 0 and self.choose.random() < 0.3:
            parts = [self.condition(depth - 1, free) for _ in range(2)]
            joined = self.choose.choice([sympy.And, sympy.Or])(*parts, evaluate=False)
            return sympy.Not(joined) if self.choose.random() < 0.2 else joined
        relation = self.choose.choice([Gt, Ge, Lt, Le, Gt, Ge, Lt, Le, Eq, Ne])
        left = self.expression(self.choose.choice([0, 0, 1]), free)
        return relation(left, self.choose.choice([Integer(0), self.atom(free), self.atom(free)]))


FREE = frozenset({ENTRY, SLICE})


def usable(*formulas: Expr) -> bool:
    bad = (sympy.nan, sympy.zoo, sympy.oo, -sympy.oo, sympy.I)
    if any(isinstance(f, Piecewise) and not f.args for f in formulas):
        return False
    return all(
        isinstance(f, Expr) and not f.has(*bad) and f.count_ops() <= LARGEST for f in formulas
    )
