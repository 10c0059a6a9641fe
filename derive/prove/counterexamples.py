"""Exact points at which a loss lacks a property that was claimed of it.

A candidate is found by ball arithmetic; it counts only if the same comparison, unrolled to exact
numbers by SymPy and evaluated in multiple precision by mpmath, fails there too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import mpmath
from sympy import Expr, Ne, Rational, S, lambdify, nan, oo, zoo
from sympy.core.relational import Relational

from derive.language import Element, has_aggregate, real
from derive.loss import Loss
from derive.properties import Comparison, Property, factor, other, share, shift
from derive.prove.balls import OnBoundary, Point, evaluate, unroll
from derive.prove.field import OutsideClass
from derive.prove.points import Domain, contains, domain_of, has_sign, holds, points, with_value
from derive.prove.sign import Sign
from derive.prove.verdict import Disagreement, Witness

BUDGET = 900
SCALED = 200
SCALES = (Rational(16), Rational(1, 64))
DIGITS = 60
EQUAL = mpmath.mpf(10) ** -45
STEP = Rational(1, 10**15)
_FAILS = {
    "<=": Sign.NEGATIVE,
    "<": Sign.NONPOSITIVE,
    "==": Sign.NONZERO,
    "!=": Sign.ZERO,
}

Labels = tuple[str, str]


def violation(loss: Loss, claimed: Property) -> tuple[Witness, Labels] | None:
    """The simplest confirmed point at which a comparison of the definition fails, if any."""
    x = loss.inputs[0]
    for comparison in claimed.comparisons(lambda e: loss.value.xreplace({x: e}), x):
        domain = comparison_domain(loss, claimed, comparison)
        for point in _candidates(domain, x):
            if not _is_about(comparison, loss, point):
                continue
            if fails(comparison, point) and _is_confirmed(comparison, point):
                return _witness(comparison, point), comparison.labels
    return None


def _candidates(domain: Domain, x: Element) -> Iterator[Point]:
    """Simple points of every shape; then points with both values far from 0, and close to it."""
    for shape in domain.shapes():
        yield from points(domain, shape, BUDGET)
    allowed = domain.sets[domain.symbols.index(x)]
    for scale in SCALES:
        for point in points(domain, domain.shapes()[0], SCALED):
            names = {x.name, other.name} & point.tensors.keys()
            moved = {name: tuple(scale * v for v in point.tensors[name]) for name in names}
            there = replace(point, tensors={**point.tensors, **moved})
            inside = all(contains(allowed, v) for values in moved.values() for v in values)
            if inside and holds(domain.assuming, there):
                yield there


def comparison_domain(loss: Loss, claimed: Property, comparison: Comparison) -> Domain:
    """The points that a comparison is about: inputs, a second value of the first, free numbers."""
    x = loss.inputs[0]
    formulas = (comparison.left, comparison.right, *comparison.given)
    used = set().union(*(formula.free_symbols for formula in formulas))
    free = tuple(p for p in (share, shift, factor) if p in used)
    domain = domain_of(loss, comparison.left, assuming=claimed.facts, free=free)
    facts = domain.assuming
    if other in used:
        count = len(domain.inputs)
        inputs = (*domain.inputs, other)
        sets = (*domain.sets[:count], loss.domain(x), *domain.sets[count:])
        facts += tuple(fact.xreplace({x: other}) for fact in facts if x in fact.free_symbols)
        domain = replace(domain, inputs=inputs, sets=sets)
        if not has_aggregate(loss.value):
            facts += (Ne(x, other),)
    facts += moved_facts(comparison, facts, x)
    return replace(domain, assuming=(*facts, *comparison.given))


def moved_facts(
    comparison: Comparison, facts: tuple[Relational, ...], x: Element
) -> tuple[Relational, ...]:
    """The facts about the first input at the other values at which the loss is taken.

    One that is true there says nothing; one that is false is kept, for it excludes every point.
    """
    about = [fact for fact in facts if x in fact.free_symbols]
    moved = [fact.xreplace({x: at}) for fact in about for at in comparison.at]
    return tuple(fact for fact in moved if fact is not S.true)


def _is_about(comparison: Comparison, loss: Loss, point: Point) -> bool:
    """Whether the loss is taken at values of its domain alone."""
    allowed = loss.domain(loss.inputs[0])
    return allowed is real or all(
        contains(allowed, unroll(at, point.at(index)))
        for at in comparison.at
        for index in point.indices()
    )


def fails(comparison: Comparison, point: Point) -> bool:
    """Whether a comparison is known to fail at a point."""
    return has_sign(comparison.right - comparison.left, _FAILS[comparison.relation], point)


def number(expression: Expr, point: Point) -> mpmath.mpf:
    """The value of an expression in multiple precision; raises ``OnBoundary`` if it has none."""
    with mpmath.workdps(DIGITS):
        exact = unroll(expression, point)
        if exact.has(zoo, nan, oo, -oo):
            raise OnBoundary
        value = +mpmath.mpmathify(lambdify([], exact, "mpmath")())
        if not isinstance(value, mpmath.mpf) or not mpmath.isfinite(value):
            raise OnBoundary
        return value


def _is_confirmed(comparison: Comparison, point: Point) -> bool:
    """Whether mpmath finds the same; raises ``Disagreement`` if it finds the contrary."""
    try:
        left, right = number(comparison.left, point), number(comparison.right, point)
    except (OnBoundary, OutsideClass, TypeError):
        return False
    gap, margin = right - left, EQUAL * (1 + abs(left) + abs(right))
    sign = Sign.ZERO if abs(gap) <= margin else Sign.POSITIVE if gap > 0 else Sign.NEGATIVE
    if not sign & _FAILS[comparison.relation]:
        raise Disagreement(f"ball arithmetic and mpmath differ about {comparison} at {point}")
    return True


def _witness(comparison: Comparison, point: Point) -> Witness:
    return Witness(
        {"slices": point.slices, "entries": point.entries},
        dict(point.tensors),
        dict(point.parameters),
        0,
        _show(comparison.left, point),
        _show(comparison.right, point),
        "mpmath",
    )


def _show(expression: Expr, point: Point) -> str:
    return str(evaluate(expression, point, strict=False).str(8))


def quotients(loss: Loss, order: int, point: Point) -> tuple[mpmath.mpf, mpmath.mpf]:
    """One-sided difference quotients of first or second order, from below and from above."""
    x = loss.inputs[0]
    here = point.element(x, *point.index)
    with mpmath.workdps(DIGITS):
        found = []
        for step in (-STEP, STEP):
            values = [
                number(loss.value, with_value(point, x, here + k * step)) for k in range(order + 1)
            ]
            if order == 1:
                difference = values[1] - values[0]
            else:
                difference = values[2] - 2 * values[1] + values[0]
            found.append(difference / mpmath.mpmathify(step) ** order)
        return found[0], found[1]
