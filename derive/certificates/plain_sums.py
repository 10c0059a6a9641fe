"""Sums as combinations of sums of simple terms: a guess for Coq to check.

``Sum(target * (pred - log(Sum(exp(pred)))))`` is ``Sum(target * pred)`` less
``log(Sum(exp(pred))) * Sum(target)``: of these sums, the derivative is plain to see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sympy import Add, Dummy, Expr, Mul, S, expand_mul

from derive.language import ENTRY, Aggregate, Element, Sum


@dataclass(frozen=True)
class Combination:
    """A sum, and coefficients and terms such that it is the combination of the sums of these."""

    aggregate: Aggregate
    parts: tuple[tuple[Expr, Expr], ...]

    @property
    def is_trivial(self) -> bool:
        """Whether there is nothing to say."""
        return self.parts == ((S.One, self.aggregate.body),)

    @property
    def expression(self) -> Expr:
        """The combination."""
        return Add(*(coefficient * Sum(term) for coefficient, term in self.parts))


def combinations(expression: Expr) -> list[Combination]:
    """The sums of an expression that are to be taken apart, outer ones before inner ones."""
    found: dict[Aggregate, Combination] = {}
    waiting = _outermost(expression)
    while waiting:
        aggregate = waiting.pop(0)
        if aggregate not in found:
            found[aggregate] = combination(aggregate)
            waiting += [a for c, _ in found[aggregate].parts for a in _outermost(c)]
    return [apart for apart in found.values() if not apart.is_trivial]


def in_plain_sums(expression: Expr) -> Expr:
    """The expression with every sum taken apart."""
    if isinstance(expression, Aggregate):
        parts = combination(expression).parts
        return Add(*(in_plain_sums(coefficient) * Sum(term) for coefficient, term in parts))
    if not expression.args:
        return expression
    return expression.func(*map(in_plain_sums, expression.args))


def combination(aggregate: Aggregate) -> Combination:
    """One sum, taken apart as far as its inner sums ask for."""
    inner = {a: Dummy(real=True, positive=a.is_positive) for a in _outermost(aggregate.body)}
    body = masked(aggregate.body, inner)
    factor, rest = _constant_factor(body)
    terms = [(factor, rest)]
    if rest.free_symbols & set(inner.values()):
        terms = [_constant_factor(term) for term in Add.make_args(expand_mul(body))]
    back = {dummy: a for a, dummy in inner.items()}
    together: dict[Expr, Expr] = {}
    for coefficient, term in terms:
        together[term] = together.get(term, S.Zero) + coefficient
    parts = tuple((c.xreplace(back), t.xreplace(back)) for t, c in together.items())
    return Combination(aggregate, parts)


def masked(expression: Expr, inner: Mapping[Aggregate, Dummy]) -> Expr:
    """The expression with symbols in the place of some of its sums."""
    if expression in inner:
        return inner[expression]
    if not expression.args:
        return expression
    return expression.func(*(masked(argument, inner) for argument in expression.args))


def _constant_factor(term: Expr) -> tuple[Expr, Expr]:
    constant: list[Expr] = []
    rest: list[Expr] = []
    for factor in Mul.make_args(term):
        varies = any(isinstance(s, Element) and ENTRY in s.axes for s in factor.free_symbols)
        if factor.is_Add and factor.could_extract_minus_sign():
            constant.append(S.NegativeOne)
            factor = -factor
        (rest if varies else constant).append(factor)
    return Mul(*constant), Mul(*rest)


def _outermost(expression: Expr) -> list[Aggregate]:
    if isinstance(expression, Aggregate):
        return [expression]
    found: dict[Aggregate, None] = {}
    for argument in expression.args:
        found.update(dict.fromkeys(_outermost(argument)))
    return sorted(found, key=str)
