"""The search for an exact point at which two formulas differ, and its independent confirmation.

A candidate is found by ball arithmetic. It counts only if another evaluator agrees: the loss
itself, unrolled to explicit numbers by SymPy and evaluated in multiple precision by mpmath, is
differenced numerically; neither our calculus nor our normal form takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import mpmath
from flint import arb
from sympy import Expr, Rational, Symbol, lambdify, nan, oo, zoo

from derive.language import Parameter
from derive.prove.balls import PRECISIONS, OnBoundary, Point, evaluate, unroll
from derive.prove.field import OutsideClass
from derive.prove.points import (
    Domain,
    contains,
    flatten,
    holds,
    numbers,
    points,
    replace_value,
    value_of,
    with_value,
)
from derive.prove.verdict import Disagreement, Witness

BUDGET = 1500
FINE_BUDGET = 300
DIGITS = 60
STEP = mpmath.mpf(10) ** -15
NOT_EVALUATED = (OnBoundary, ZeroDivisionError, ValueError)


@dataclass(frozen=True)
class Comparison:
    """Two formulas claimed equal: what is written and what was derived from ``value``.

    ``order`` is how often ``value`` was differentiated with respect to ``wrt``: 0, 1, 2, or -1
    for a product with a direction, which no difference quotient of a slice confirms directly.
    """

    value: Expr
    written: Expr
    derived: Expr
    wrt: Symbol | None
    order: int
    domain: Domain


def find(comparison: Comparison, budget: int = BUDGET) -> Witness | None:
    """The simplest confirmed witness off every boundary; ``None`` within the budget of a shape.

    Formulas that are close to each other are told apart with a higher precision.
    """
    for precision, most in zip(PRECISIONS, (None, FINE_BUDGET), strict=True):
        for point in islice(candidates(comparison.domain, budget), most):
            for index in point.indices():
                witness = _witness_at(comparison, point.at(index), precision)
                if witness is not None:
                    return witness
    return None


def _witness_at(comparison: Comparison, here: Point, precision: int) -> Witness | None:
    if not _differs(comparison, here, precision) or not _has_value(comparison, here):
        return None
    for candidate in (_simplify(comparison, here, precision), here):
        try:
            confirmed_by = _confirm(comparison, candidate)
        except OnBoundary:  # a step away the loss is no longer real
            continue
        if confirmed_by:
            return describe(comparison, candidate, confirmed_by)
    return None


def find_undefined(comparison: Comparison) -> Witness | None:
    """The simplest point where the loss and its derivative are real and the written one is not."""
    for point in islice(candidates(comparison.domain), BUDGET):
        for index in point.indices():
            here = point.at(index)
            try:
                derived = evaluate(comparison.derived, here)
                value = evaluate(comparison.value, here)
            except NOT_EVALUATED:
                continue
            if derived.is_finite() and value.is_finite() and not _is_real(comparison.written, here):
                return witness_at(here, "undefined", show(derived), "mpmath")
    return None


def _is_real(formula: Expr, point: Point) -> bool:
    """Whether a formula is a real number at a point, by multiple precision."""
    with mpmath.workdps(DIGITS):
        try:
            number(unroll(formula, point))
        except OutsideClass:  # not known
            return True
        except (OnBoundary, ZeroDivisionError, TypeError, ValueError):  # SymPy compares reals only
            return False
    return True


def describe(comparison: Comparison, point: Point, confirmed_by: str) -> Witness:
    """The witness at a point where the formulas are known to differ, with digits that show it."""
    written, derived = _values(comparison, point, PRECISIONS[-1])
    for digits in (8, 16, 32, 64):
        texts = show(written, digits), show(derived, digits)
        if texts[0] != texts[1]:
            break
    return witness_at(point, *texts, confirmed_by)


def candidates(domain: Domain, budget: int = BUDGET) -> Iterator[Point]:
    """Points of every shape, the shapes taken in turn so that simple points come first."""
    streams = [points(domain, shape, budget) for shape in domain.shapes()]
    while streams:
        for stream in list(streams):
            batch = [p for _, p in zip(range(40), stream, strict=False)]
            yield from batch
            if not batch:
                streams.remove(stream)


def _values(comparison: Comparison, point: Point, precision: int) -> tuple[arb, arb]:
    """Enclosures of what is written and of what was derived."""
    written = evaluate(comparison.written, point, precision=precision)
    return written, evaluate(comparison.derived, point, precision=precision)


def _differs(comparison: Comparison, point: Point, precision: int) -> bool:
    try:
        written, derived = _values(comparison, point, precision)
    except NOT_EVALUATED:
        return False
    return bool(written.is_finite() and derived.is_finite() and not written.overlaps(derived))


def _has_value(comparison: Comparison, point: Point) -> bool:
    """Whether the loss is known to be real at a point: nothing is refuted where it is not."""
    try:
        return bool(evaluate(comparison.value, point).is_finite())
    except NOT_EVALUATED:
        return True


def _simplify(comparison: Comparison, point: Point, precision: int) -> Point:
    """Replace each number by a simpler one as long as the formulas still differ."""
    domain = comparison.domain
    for position, current in enumerate(flatten(point, domain)):
        count = point.slices * point.entries * len(domain.inputs)
        which = position // (point.slices * point.entries) if position < count else None
        allowed = domain.sets[which if which is not None else position - count + len(domain.inputs)]
        for value in numbers(allowed):
            if value == current:
                break
            simpler = replace_value(point, domain, position, value)
            if holds(domain.assuming, simpler) and _differs(comparison, simpler, precision):
                point = simpler
                break
    return point


def inside(domain: Domain, point: Point) -> bool:
    """Whether all numbers of a point lie in the declared domain and satisfy the stated facts."""
    values = flatten(point, domain)
    count = point.slices * point.entries
    sets = [s for s in domain.sets[: len(domain.inputs)] for _ in range(count)]
    sets += list(domain.sets[len(domain.inputs) :])
    declared = all(contains(s, v) for s, v in zip(sets, values, strict=True))
    return declared and holds(domain.assuming, point)


# Confirmation ----------------------------------------------------------------------------------


def _confirm(comparison: Comparison, point: Point) -> str:
    """What confirms that the formulas differ, or nothing if their gap is too small for it."""
    written, derived = _values(comparison, point, PRECISIONS[-1])
    gap = _middle(abs(written - derived))
    step, digits = _fine_enough(gap)
    with mpmath.workdps(digits):
        value = number(unroll(comparison.written, point))
        reference = _reference(comparison, point, step)
        apart, size = abs(value - reference), 1 + abs(value) + abs(reference)
    if apart > gap / 2:
        kinds = {0: "mpmath", 1: "difference quotients of the loss in mpmath"}
        return kinds.get(comparison.order, "difference quotients in mpmath")
    if apart <= mpmath.mpf(10) ** -9 * size and gap >= mpmath.mpf(10) ** -8 * size:
        raise Disagreement(
            f"ball arithmetic separates the formulas at {point}, mpmath finds {value}"
        )
    return ""


def _fine_enough(gap: mpmath.mpf) -> tuple[mpmath.mpf, int]:
    """A step and a number of digits with which a difference quotient shows so small a gap."""
    places = max(0, -int(mpmath.floor(mpmath.log10(gap))))
    decimals = 15 + places // 2
    return mpmath.mpf(10) ** -decimals, DIGITS + 2 * places


def _middle(value: arb) -> mpmath.mpf:
    return mpmath.mpf(value.mid().str(30, radius=False))


def _reference(comparison: Comparison, point: Point, step: mpmath.mpf) -> mpmath.mpf:
    if comparison.order < 0:
        number(unroll(comparison.value, point))  # nothing is refuted where the loss is not real
    if comparison.order <= 0 or comparison.wrt is None:
        return number(unroll(comparison.derived, point))
    loss = _along(comparison, point)
    if comparison.order == 1:
        left, right = one_sided(comparison, point, step)
        if abs(left - right) > mpmath.sqrt(step) * (1 + abs(left) + abs(right)):
            raise OnBoundary
        return (left + right) / 2
    return (loss(step) - 2 * loss(mpmath.mpf(0)) + loss(-step)) / step**2


def one_sided(
    comparison: Comparison, point: Point, step: mpmath.mpf = STEP
) -> tuple[mpmath.mpf, mpmath.mpf]:
    """Difference quotients of the loss, downwards and upwards."""
    with mpmath.workdps(max(DIGITS, mpmath.mp.dps)):
        loss = _along(comparison, point)
        here = loss(mpmath.mpf(0))
        return (here - loss(-step)) / step, (loss(step) - here) / step


def _along(comparison: Comparison, point: Point) -> Callable[[mpmath.mpf], mpmath.mpf]:
    """The sum of the loss over all slices as a function of a shift of one number."""
    wrt = comparison.wrt
    assert wrt is not None
    here = value_of(point, wrt)

    def loss(shift: mpmath.mpf) -> mpmath.mpf:
        step = Rational(str(mpmath.nstr(shift, 30)))
        return total(comparison, with_value(point, wrt, here + step))

    return loss


def total(comparison: Comparison, point: Point) -> mpmath.mpf:
    """The sum of the loss over all slices or elements, in multiple precision.

    A parameter has a derivative in each of them: there, the loss is the one at the index at hand.
    Raises ``OnBoundary`` where it is not a real number.
    """
    rows = [(i, 0) for i in range(point.slices)] if comparison.domain.aggregates else None
    if isinstance(comparison.wrt, Parameter):
        rows = [point.index]
    values = [number(unroll(comparison.value, point, row)) for row in rows or point.indices()]
    return mpmath.fsum(values)


def number(expression: Expr) -> mpmath.mpf:
    """The value of an unrolled expression; raises ``OnBoundary`` if it is not a real number."""
    if expression.has(zoo, nan, oo, -oo):
        raise OnBoundary
    value = +mpmath.mpmathify(lambdify([], expression, "mpmath")())
    if not isinstance(value, mpmath.mpf) or not mpmath.isfinite(value):
        raise OnBoundary
    return value


def witness_at(point: Point, written: str, derived: str, confirmed_by: str) -> Witness:
    """The witness at a point, with the texts of both values."""
    return Witness(
        {"slices": point.slices, "entries": point.entries},
        dict(point.tensors),
        dict(point.parameters),
        point.index[0] * point.entries + point.index[1],
        written,
        derived,
        confirmed_by,
    )


def show(value: arb, digits: int = 8) -> str:
    """An enclosure as a short decimal number."""
    return str(value.str(digits))
