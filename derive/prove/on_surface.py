"""The search for an exact point on a surface at which what is written there is wrong.

Points are moved onto the surface exactly. A derivative there is confirmed by differences of the
loss itself in multiple precision, to either side of the point as far as the domain reaches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

import mpmath
from sympy import Rational

from derive.language import direction
from derive.prove.balls import Point, evaluate, unroll
from derive.prove.expression import expression_of, fraction_expression
from derive.prove.field import OutsideClass, Polynomial
from derive.prove.points import has_sign, value_of, with_value
from derive.prove.region import Region
from derive.prove.sign import Sign
from derive.prove.verdict import Witness
from derive.prove.witness import (
    DIGITS,
    NOT_EVALUATED,
    Comparison,
    candidates,
    inside,
    number,
    show,
    total,
    witness_at,
)

BUDGET = 80
STEP = Rational(1, 10**15)
FINE_STEP = STEP / 10**6
MARGIN = mpmath.mpf(10) ** -7
QUOTIENTS = {
    1: "one-sided difference quotients of the loss",
    2: "one-sided second difference quotients of the loss",
    -1: "difference quotients of the loss to both sides",
}
Move = Callable[[Point], Point | None]


def find_illegal(
    comparison: Comparison, onto: Move, *, at_edge: bool, in_ball: bool
) -> Witness | None:
    """A witness that a written derivative is not between its limits.

    Only with ``at_edge`` may it lie where the domain ends in one direction. With ``in_ball`` the
    derivatives of a slice must lie in the ellipsoid whose half-axes the limits are, not in a box.
    """
    for point in _points(comparison, onto):
        with mpmath.workdps(DIGITS):
            try:
                row = [point.at((point.index[0], k)) for k in range(point.entries)]
                found = [_excess(comparison, place) for place in (row if in_ball else [point])]
            except (*NOT_EVALUATED, OutsideClass):
                continue
        if any(one.edge for one in found) and not at_edge:
            continue
        worst = max(found, key=lambda one: one.excess)
        alone, together = worst.excess, mpmath.sqrt(mpmath.fsum(o.excess**2 for o in found))
        if together > 1:
            allowed = worst.allowed
            if alone <= 1:
                allowed += f", as a vector {mpmath.nstr(together, 4)} times shorter"
            return witness_at(worst.point, worst.written, allowed, QUOTIENTS[comparison.order])
    return None


class _Excess(NamedTuple):
    """How far a value is from the middle of its limits, in units of the distance allowed."""

    point: Point
    excess: mpmath.mpf
    edge: bool
    written: str
    allowed: str


def _excess(comparison: Comparison, point: Point) -> _Excess:
    """Raises ``OutsideClass`` where the written value or a limit is not known."""
    written = evaluate(comparison.written, point, strict=False)
    coarse = _limits(comparison, point)
    limits = _limits(comparison, point, FINE_STEP) if comparison.order > 0 else coarse
    if not limits or len(limits) != len(coarse) or not written.is_finite():
        raise OutsideClass("no limit")
    low, high = min(limits), max(limits)
    # Quotients may converge as slowly as a root or a logarithm of the step does.
    unsettled = max(abs(a - b) for a, b in zip(coarse, limits, strict=True))
    margin = MARGIN * (1 + abs(low) + abs(high)) + 4 * unsettled
    value = mpmath.mpf(written.mid().str(30, radius=False))
    excess = abs(value - (low + high) / 2) / ((high - low) / 2 + margin)
    ends = [mpmath.nstr(mpmath.chop(end, MARGIN**2), 8) for end in (low, high)]
    allowed = f"between {' and '.join(ends)}" if high - low > margin else ends[0]
    return _Excess(point, excess, len(limits) < 2, show(written), allowed)


def find_different(comparison: Comparison, onto: Move) -> Witness | None:
    """A witness that two formulas differ on a surface on which both are defined."""
    for point in _points(comparison, onto):
        with mpmath.workdps(DIGITS):
            try:
                written = evaluate(comparison.written, point, strict=False)
                derived = evaluate(comparison.derived, point, strict=False)
                if not (written.is_finite() and derived.is_finite()) or written.overlaps(derived):
                    continue
                value = number(unroll(comparison.written, point))
                for reference in _references(comparison, point):
                    if abs(value - reference) <= MARGIN * (1 + abs(value) + abs(reference)):
                        break
                else:
                    by = QUOTIENTS.get(comparison.order, "mpmath")
                    return witness_at(point, show(written), show(derived), by)
            except (*NOT_EVALUATED, OutsideClass):
                continue
    return None


def moving_onto(region: Region, surface: Polynomial | None = None) -> Move:
    """Moves a point to where a region, on a surface, requires it to be, or rejects it."""
    field = region.field
    facts = [(expression_of(field, fact.polynomial), fact.sign) for fact in region.facts]
    if surface is not None:
        facts.append((expression_of(field, surface), Sign.ZERO))
    # What was solved last holds no symbol that was solved before.
    solved = [
        (field.generators[index].data, fraction_expression(field, value))
        for index, value in reversed(region.equalities)
        if field.generators[index].kind == "symbol"
    ]

    everywhere = [
        (field.generators[index].data, fraction_expression(field, value))
        for index, value in region.everywhere
    ]

    def move(point: Point) -> Point | None:
        for symbol, value in everywhere:
            for entry in range(point.entries):
                place = point.at((point.index[0], entry))
                exact = unroll(value, place)
                if not exact.is_Rational:
                    return None
                point = with_value(place, symbol, exact).at(point.index)
        for symbol, value in solved:
            exact = unroll(value, point)
            if not exact.is_Rational:
                return None
            point = with_value(point, symbol, exact)
        return point if all(has_sign(e, sign, point) for e, sign in facts) else None

    return move


def _points(comparison: Comparison, onto: Move) -> Iterator[Point]:
    for point in islice(candidates(comparison.domain), BUDGET):
        for index in point.indices():
            here = onto(point.at(index))
            if here is not None and inside(comparison.domain, here):
                yield here


def _references(comparison: Comparison, point: Point) -> list[mpmath.mpf]:
    """What the written value must differ from for the difference to be confirmed."""
    if comparison.order == 0:
        return [number(unroll(comparison.derived, point))]
    return _limits(comparison, point)


# One-sided derivatives ---------------------------------------------------------------------------


def _limits(comparison: Comparison, point: Point, distance: Rational = STEP) -> list[mpmath.mpf]:
    """The derivative close to a point, below and above it as far as the domain reaches."""
    found = []
    for step in (-distance, distance):
        if inside(comparison.domain, _moved(comparison, point, step)):
            found.append(_BY_ORDER[comparison.order](comparison, point, step))
    return found


def _slope(comparison: Comparison, point: Point, step: Rational) -> mpmath.mpf:
    there, here = (total(comparison, _moved(comparison, point, k * step)) for k in (1, 0))
    return (there - here) / _real(step)


def _curvature(comparison: Comparison, point: Point, step: Rational) -> mpmath.mpf:
    values = [total(comparison, _moved(comparison, point, k * step)) for k in (0, 1, 2)]
    return (values[2] - 2 * values[1] + values[0]) / _real(step) ** 2


def _product(comparison: Comparison, point: Point, step: Rational) -> mpmath.mpf:
    """The product of the Hessian with the direction, a step away from the point."""
    there = _moved(comparison, point, step)

    def corner(along: int, across: int) -> mpmath.mpf:
        moved = _moved(comparison, there, along * FINE_STEP)
        return total(comparison, _moved_in_direction(comparison, moved, across * FINE_STEP))

    difference = corner(1, 1) - corner(1, -1) - corner(-1, 1) + corner(-1, -1)
    quotient = difference / (4 * _real(FINE_STEP) ** 2)
    derived = number(unroll(comparison.derived, there))
    if abs(quotient - derived) > MARGIN * (1 + abs(derived)):
        raise OutsideClass("still on a surface a step away from it")
    return derived


_BY_ORDER = {1: _slope, 2: _curvature, -1: _product}


def _moved(comparison: Comparison, point: Point, step: Rational) -> Point:
    assert comparison.wrt is not None
    return with_value(point, comparison.wrt, value_of(point, comparison.wrt) + step)


def _moved_in_direction(comparison: Comparison, point: Point, step: Rational) -> Point:
    assert comparison.wrt is not None
    pairs = zip(point.tensors[comparison.wrt.name], point.tensors[direction.name], strict=True)
    moved = tuple(value + step * slope for value, slope in pairs)
    return replace(point, tensors={**point.tensors, comparison.wrt.name: moved})


def _real(step: Rational) -> mpmath.mpf:
    return mpmath.mpf(int(step.p)) / int(step.q)
