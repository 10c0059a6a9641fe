"""Identities that make formulas cheaper, where there are digits and range to spare.

What they give may cancel, overflow or divide by zero where that does no harm to a result that is
rounded to less than the precision of the computation. As with all rules nothing rests on them.
"""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Abs, Add, Expr, Max, Piecewise, Pow, S, cosh, exp, log, tanh
from sympy.codegen.cfunctions import expm1, log1p
from sympy.core.relational import Relational

from derive.language import Rounded
from derive.stable.patterns import factors, less_one, logit, terms
from derive.stable.rules import HALF, Rule


def cosine_of_one_exponential(e: Expr) -> Iterator[Expr]:
    """``log(cosh(u)) = log1p(m**2/exp(u)/2)``, m = exp(u) - 1."""
    if isinstance(e, log) and isinstance(e.args[0], cosh):
        (u,) = e.args[0].args
        yield log1p(Rounded(expm1(u) ** 2 / Rounded(exp(u))) / 2)


def tangent_of_one_exponential(e: Expr) -> Iterator[Expr]:
    """``tanh(u) = w/(w + 2)``, w = m (m + 2) and m = exp(u) - 1."""
    if isinstance(e, tanh):
        m = expm1(e.args[0])
        w = Rounded(m * Rounded(m + 2))
        yield w / Rounded(w + 2)


def logistic_with_one_selection(e: Expr) -> Iterator[Expr]:
    """``p - y = ((1 - y) n - y d/n)/(1 + d)`` for a logistic p of u.

    With d = exp(-|u|), n is 1 where u >= 0 and else d, and d/n is the other of the two.
    """
    for term, rest in terms(e):
        u = logit(term)
        if u is not None:
            y, d = -rest, exp(-Abs(u))
            n = Rounded(Piecewise((1, u >= 0), (d, True)))
            yield Rounded(n * Rounded(1 - y) - Rounded(y * Rounded(d / n))) / (1 + d)


def positive_part_less_multiple(e: Expr) -> Iterator[Expr]:
    """``max(u, 0) - c u + a = (max(u, 0) - c u) + a``: exact or nearly, where c is short."""
    for term, rest in terms(e):
        if isinstance(term, Max) and len(term.args) == 2 and S.Zero in term.args:
            (u,) = (a for a in term.args if a != 0)
            for other in Add.make_args(rest):
                if other != rest and other.has(u):
                    yield Rounded(term + other) + (rest - other)


def root_less_one(e: Expr) -> Iterator[Expr]:
    """``a (sqrt(1 + q) - 1) = a q/(sqrt(1 + q) + 1)``."""
    for factor, rest in factors(e):
        for term, less in terms(factor):
            if less == -1 and isinstance(term, Pow) and term.exp == HALF:
                q = less_one(term.base)
                if q is not None:
                    yield rest * q / Rounded(term + 1)


def positive_part(e: Expr) -> Iterator[Expr]:
    """``(c t if t > 0 else 0) = c max(t, 0)``."""
    if not isinstance(e, Piecewise) or len(e.args) != 2 or e.args[-1][0] != 0:
        return
    value, condition = e.args[0]
    t = condition.gts - condition.lts if isinstance(condition, Relational) else None
    for factor, rest in factors(value):
        if t is not None and factor == t:
            yield Max(t, 0) * rest


QUICK_RULES: tuple[Rule, ...] = (
    cosine_of_one_exponential,
    tangent_of_one_exponential,
    logistic_with_one_selection,
    positive_part_less_multiple,
    root_less_one,
    positive_part,
)
