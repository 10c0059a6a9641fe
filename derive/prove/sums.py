"""Trusted. The normal form of an aggregate over an axis, its cases told apart by indicators.

Identities used, with their conditions; ``a``, ``b`` and ``c`` are constant along the axis:

1. ``v = w + [p > 0] (u - w)`` for a body that is ``u`` where ``p > 0`` and ``w`` where ``p < 0``;
   where ``p = 0`` if ``v = u = w`` there. Otherwise ``p`` is required to be nonzero.
2. ``sum(a f + b g) = a sum(f) + b sum(g)``, and ``sum(1)`` is the length of the axis.
3. ``sum(f) = sum(g) + sum(h)`` for partial fractions ``f = g + h``. They are checked to add up,
   and a factor of the denominator of ``g`` or ``h`` is one of the denominator of ``f``, nonzero
   wherever ``f`` is defined, or constant along the axis and known not to be zero.
4. ``sum over k of sum over i of f(i, k) = sum over i of sum over k of f(i, k)``: finite sums may
   be exchanged. ``f`` is written inside the inner sum, so whatever multiplies that must not vary
   along its axis.
5. The entries of a row of the identity matrix add up to 1.
6. ``max(a f + c) = a max(f) + c`` for ``a > 0``; ``max(a f + c) = -a max(-f) + c`` for ``a < 0``;
   ``max(c) = c``. An axis has at least one index. Every ``f`` is at most ``max(f)``.
7. Every ``f`` that is nowhere negative is at most ``sum(f)``.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from sympy import Expr

from derive.language import ENTRY, Aggregate, Maximiser, Sum, identity, size
from derive.prove.expression import expression_of, fraction_expression
from derive.prove.field import (
    ONE,
    ONE_POLYNOMIAL,
    ZERO,
    Fraction,
    OutsideClass,
    Polynomial,
    Undefined,
    by_varying,
    generators_of,
    integer,
    key,
    monomial,
    single_generator,
    terms,
)
from derive.prove.partial_fractions import partial_fractions
from derive.prove.region import Empty, NeedSign, Region
from derive.prove.sign import Sign

if TYPE_CHECKING:
    from derive.prove.normal import NormalForm


def normal_aggregate(form: NormalForm, e: Aggregate | Maximiser) -> Fraction:
    """The aggregate of the normal form of its body, taken inside the aggregate."""
    body = _by_cases(form.inside(e.axis), e.args[0], e.axis)
    if isinstance(e, Sum):
        return _sum(form, body, e.axis)
    if isinstance(e, Maximiser):
        return _over(form, type(e).__name__.lower(), body, e.axis)
    return _largest(form, body, e.axis)


def _by_cases(form: NormalForm, e: Expr, axis: str) -> Fraction:
    """The body of an aggregate, with indicators where its cases depend on the bound index."""
    try:
        return form(e)
    except NeedSign as need:
        switch = need.polynomial
        if axis not in form.field.axes(switch):
            raise
    above = _part(form, form.region.given(switch, Sign.POSITIVE), e, axis)
    below = _part(form, form.region.given(switch, Sign.NEGATIVE), e, axis)
    if above is None and below is None:
        there = _part(form, form.region.on_surface(switch), e, axis)
        if there is None:
            raise Empty
        return there
    result = below if below is not None else above
    assert result is not None
    if above is not None and below is not None:
        jump = form.field.subtract(above, below)
        indicator = form.generator("indicator", key(switch), switch, (switch,))
        result = form.field.add(below, form.field.multiply(indicator, jump))
    if not _is_continuous(form, switch, [v for v in (above, below) if v is not None], e, axis):
        source = expression_of(form.field, switch)
        form.require(Fraction(switch, ONE_POLYNOMIAL), Sign.NONZERO, source)
    return result


def _part(form: NormalForm, region: Region, e: Expr, axis: str) -> Fraction | None:
    """The body of an aggregate on a part of the region, or nothing if that part is empty."""
    if region.is_empty:
        return None
    try:
        return _by_cases(form.on(region), e, axis)
    except Empty:
        return None


def _is_continuous(
    form: NormalForm, switch: Polynomial, sides: list[Fraction], e: Expr, axis: str
) -> bool:
    """Whether the value on the surface ``switch = 0`` is that of every side."""
    try:
        surface = form.region.on_surface(switch)
        there = _part(form, surface, e, axis)
        on_surface = form.on(surface)
        values = [on_surface(fraction_expression(form.field, side)) for side in sides]
    except (NeedSign, Undefined, OutsideClass, Empty):
        return False
    return there is None or all(value == there for value in values)


def _over(form: NormalForm, kind: str, body: Fraction, axis: str) -> Fraction:
    """The generator for an aggregate of which nothing more is known."""
    name = (axis, key(body.numerator), key(body.denominator))
    return form.generator(kind, name, (axis, body), tuple(body))


def _varying(form: NormalForm, axis: str) -> set[int]:
    """The generators that vary along an axis."""
    return {i for i, g in enumerate(form.field.generators) if axis in g.axes}


def _denominators(body: Fraction, varying: set[int]) -> tuple[Polynomial, Polynomial]:
    """The part of the denominator that is constant along the axis, and the part that varies."""
    number, factors = body.denominator.factor()
    parts = [integer(int(number)), ONE_POLYNOMIAL]
    for factor, multiplicity in factors:
        parts[bool(varying.intersection(generators_of(factor)))] *= factor ** int(multiplicity)
    return parts[0], parts[1]


# Sums ------------------------------------------------------------------------------------------


def _sum(form: NormalForm, body: Fraction, axis: str) -> Fraction:
    """``sum`` pulled through everything that is constant along the axis."""
    varying = _varying(form, axis)
    total = ZERO
    for part in _parts(form, body, varying):
        outer, inner = _denominators(part, varying)
        for power, constant in by_varying(part.numerator, varying).items():
            term = _elementary_sum(form, form.field.reduce(monomial(power), inner), axis)
            scale = form.field.reduce(constant, outer)
            total = form.field.add(total, form.field.multiply(scale, term))
    if total.denominator.is_constant() and len(terms(total.numerator)) > 1:
        sign = form.region.at_every_index(axis).sign_of(body)
        if not sign & Sign.NEGATIVE:
            form.note_nonnegative(total.numerator, strict=not sign & Sign.ZERO)
    return total


def _parts(form: NormalForm, body: Fraction, varying: set[int]) -> list[Fraction]:
    """Partial fractions of a body, if they are found and have been checked."""

    def is_nonzero(constant: Polynomial) -> bool:
        return not form.region.sign(constant) & Sign.ZERO

    def is_sound(factor: Polynomial) -> bool:
        if varying.intersection(generators_of(factor)):
            return bool((body.denominator % factor).is_zero())
        return is_nonzero(factor)

    if not varying.intersection(generators_of(body.denominator)):
        return [body]
    parts = partial_fractions(form.field, body, varying, is_nonzero)
    divisors = [form.field.factors(Fraction(ONE_POLYNOMIAL, p.denominator))[1] for p in parts]
    sound = all(is_sound(factor) for factors in divisors for factor, _ in factors)
    return parts if sound and reduce(form.field.add, parts, ZERO) == body else [body]


def _elementary_sum(form: NormalForm, body: Fraction, axis: str) -> Fraction:
    if body == ONE:
        return form(size(axis))
    index = single_generator(body.numerator) if body.denominator.is_one() else None
    if axis == ENTRY and index is not None and form.field.generators[index].data == identity:
        return ONE
    if index is not None and form.field.generators[index].kind == "sum":
        other, inner = form.field.generators[index].data
        exchanged = _sum(form.inside(other), inner, axis)
        if axis == ENTRY or _is_product(exchanged):
            return _sum(form, exchanged, other)
    total = _over(form, "sum", body, axis)
    is_known = body.denominator.is_one() and not form.region.replaces("sum")
    if is_known and not Region(form.field).sign_of_terms(body.numerator) & Sign.NEGATIVE:
        form.note_nonnegative(total.numerator - body.numerator)
    return total


def _is_product(fraction: Fraction) -> bool:
    """Whether a factor was taken out of a sum, which is better done than not."""
    is_plain = fraction.denominator.is_one() and single_generator(fraction.numerator) is not None
    return len(terms(fraction.numerator)) == 1 and not is_plain


# Maxima ----------------------------------------------------------------------------------------


def _largest(form: NormalForm, body: Fraction, axis: str) -> Fraction:
    """The maximum of what is left of a body when constants are taken out of it."""
    varying = _varying(form, axis)
    outer, inner = _denominators(body, varying)
    groups = by_varying(body.numerator, varying)
    constants = [groups.pop(x) for x in list(groups) if inner.is_one() and not any(x)]
    shift = form.field.reduce(sum(constants, integer(0)), outer)
    if not groups:
        return shift
    common = reduce(Polynomial.gcd, groups.values(), integer(0))
    scale = form.field.reduce(common, outer)
    sign = form.region.decide(scale)
    if sign is Sign.ZERO:
        return shift
    direction = integer(-1 if sign is Sign.NEGATIVE else 1)
    scale = form.field.multiply(scale, Fraction(direction, ONE_POLYNOMIAL))
    numerator = sum((monomial(x) * (c // common) for x, c in groups.items()), integer(0))
    rest = form.field.reduce(direction * numerator, inner)
    largest = _over(form, "largest", rest, axis)
    index = single_generator(largest.numerator)
    known = index is not None and form.field.generators[index].data == (axis, rest)
    if known and rest.denominator.is_one():
        form.note_nonnegative(largest.numerator - rest.numerator)
    return form.field.add(shift, form.field.multiply(scale, largest))
