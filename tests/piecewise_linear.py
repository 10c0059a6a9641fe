"""Random piecewise linear losses, their one-sided slopes computed exactly, off the prover."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from random import Random

from sympy import Abs, Expr, Integer, Max, Min, Piecewise, Rational, sign

from derive.language import pred, target

GRID = [Fraction(k, 2) for k in range(-6, 7)]
AT_KINKS = (0, 0, 1, -1, Rational(1, 2), Rational(-1, 2), 2)

Germ = tuple[Fraction, Fraction]  # the value, and the slope as pred moves one way
Evaluator = Callable[[Fraction, Fraction, int], Germ]


@dataclass(frozen=True)
class Function:
    """A loss of ``pred`` and ``target``, a gradient written for it, and both evaluated exactly."""

    value: Expr
    written: Expr
    germ: Evaluator  # at pred and target, as pred moves by +1 or -1
    chosen: Callable[[Fraction, Fraction], Fraction]

    def limits(self, at: tuple[Fraction, Fraction]) -> tuple[Fraction, Fraction]:
        """The slopes to both sides, the smaller first."""
        below, above = -self.germ(*at, -1)[1], self.germ(*at, 1)[1]
        return min(below, above), max(below, above)

    def is_legal(self, at: tuple[Fraction, Fraction]) -> bool:
        """Whether the written gradient lies between the slopes to both sides."""
        low, high = self.limits(at)
        return low <= self.chosen(*at) <= high


def random_function(random: Random, depth: int) -> Function:
    """A composition of absolute values, maxima, minima and cases that is continuous."""
    if depth == 0:
        return _line(random)
    kind = random.choice(("abs", "max", "min", "sum", "cases"))
    first = random_function(random, depth - 1)
    if kind == "abs":
        return _absolute(first, random)
    second = random_function(random, random.randrange(depth))
    if kind == "sum":
        return _sum(first, second)
    if kind == "cases":
        return _cases(first, second, random)
    return _extreme(first, second, kind == "max", random)


def points() -> list[tuple[Fraction, Fraction]]:
    """Points among which surfaces with small integer coefficients meet."""
    return list(product(GRID, GRID))


def _line(random: Random) -> Function:
    a, b, c = random.choice((-2, -1, 1, 2)), random.choice((0, 0, 1, -1)), random.randint(-1, 1)
    return Function(
        a * pred + b * target + c,
        Integer(a),
        lambda p, t, d: (a * p + b * t + c, Fraction(a * d)),
        lambda _p, _t: Fraction(a),
    )


def _sum(f: Function, g: Function) -> Function:
    def germ(p: Fraction, t: Fraction, d: int) -> Germ:
        (u, du), (v, dv) = f.germ(p, t, d), g.germ(p, t, d)
        return u + v, du + dv

    return Function(
        f.value + g.value,
        f.written + g.written,
        germ,
        lambda p, t: f.chosen(p, t) + g.chosen(p, t),
    )


def _absolute(f: Function, random: Random) -> Function:
    at_zero = Rational(random.choice(AT_KINKS))
    outer = sign(f.value) if at_zero == 0 else _sign_with(f.value, at_zero)

    def germ(p: Fraction, t: Fraction, d: int) -> Germ:
        u, du = f.germ(p, t, d)
        return max((u, du), (-u, -du))

    def chosen(p: Fraction, t: Fraction) -> Fraction:
        u = f.germ(p, t, 1)[0]
        side = Fraction((u > 0) - (u < 0)) if u else Fraction(at_zero.p, at_zero.q)
        return side * f.chosen(p, t)

    return Function(Abs(f.value), outer * f.written, germ, chosen)


def _sign_with(inner: Expr, at_zero: Rational) -> Expr:
    return Piecewise((1, inner > 0), (-1, inner < 0), (at_zero, True))


def _extreme(f: Function, g: Function, largest: bool, random: Random) -> Function:
    share = Rational(random.choice((0, 1, Rational(1, 2), 2)))
    outer = Max if largest else Min
    pick = max if largest else min

    def chosen(p: Fraction, t: Fraction) -> Fraction:
        u, v = f.germ(p, t, 1)[0], g.germ(p, t, 1)[0]
        if u == v:
            part = Fraction(share.p, share.q)
            return part * f.chosen(p, t) + (1 - part) * g.chosen(p, t)
        return f.chosen(p, t) if (u > v) == largest else g.chosen(p, t)

    wins, loses = (f.value > g.value), (f.value < g.value)
    written = Piecewise(
        (f.written, wins if largest else loses),
        (g.written, loses if largest else wins),
        (share * f.written + (1 - share) * g.written, True),
        evaluate=False,
    )
    return Function(
        outer(f.value, g.value),
        written,
        lambda p, t, d: pick(f.germ(p, t, d), g.germ(p, t, d)),
        chosen,
    )


def _cases(f: Function, g: Function, random: Random) -> Function:
    """``f`` where ``g`` is positive, and elsewhere ``f + k g``: the two agree where ``g`` is 0."""
    factor = random.choice((-2, -1, 1, 2))

    def germ(p: Fraction, t: Fraction, d: int) -> Germ:
        (u, du), (v, dv) = f.germ(p, t, d), g.germ(p, t, d)
        return (u, du) if (v, dv) > (0, 0) else (u + factor * v, du + factor * dv)

    def chosen(p: Fraction, t: Fraction) -> Fraction:
        inside = g.germ(p, t, 1)[0] > 0
        return f.chosen(p, t) + (0 if inside else factor * g.chosen(p, t))

    positive = g.value > 0
    return Function(
        Piecewise((f.value, positive), (f.value + factor * g.value, True), evaluate=False),
        Piecewise((f.written, positive), (f.written + factor * g.written, True), evaluate=False),
        germ,
        chosen,
    )
