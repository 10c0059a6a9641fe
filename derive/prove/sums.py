"""The normal form of an aggregate over an axis, its cases told apart by indicators.

Identities used, with their conditions; ``a``, ``b`` and ``c`` are constant along the axis:

1. ``v = w + [p > 0] (u - w)`` for a body that is ``u`` where ``p > 0`` and ``w`` where ``p < 0``;
   where ``p = 0`` if ``v = u = w`` there. Otherwise ``p`` is required to be nonzero; or, where
   formulas are compared at each point, ``[p = 0] (v - w)`` is added, both as they are there.
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

from derive.language import ENTRY, Aggregate, Maximiser, Size, Sum, identity, size
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
from derive.prove.steps import (
    AtMostLargest,
    AtMostTotal,
    Body,
    Divided,
    Exchanged,
    OverAxis,
    Scaled,
    Summed,
    SumOfSigns,
    Whole,
)

if TYPE_CHECKING:
    from derive.prove.normal import NormalForm


def normal_aggregate(form: NormalForm, e: Aggregate | Maximiser) -> Fraction:
    """The aggregate of the normal form of its body, taken inside the aggregate."""
    steps = _by_cases(form.inside(e.axis), e.args[0], e.axis)
    body = _value(steps)
    taken_out: Summed | Scaled | None = None
    if isinstance(e, Sum):
        taken_out = _sum(form, body, e.axis)
        value = taken_out.total
    elif isinstance(e, Maximiser):
        value = _over(form, type(e).__name__.lower(), body, e.axis)
    else:
        taken_out = _largest(form, body, e.axis)
        scaled = form.field.multiply(taken_out.scale, taken_out.largest)
        value = form.field.add(taken_out.shift, scaled)
    form.steps[e] = OverAxis(steps, taken_out)
    return value


def _value(body: Body) -> Fraction:
    return body.form(body.expression) if isinstance(body, Whole) else body.value


def _by_cases(form: NormalForm, e: Expr, axis: str) -> Body:
    """The body of an aggregate, with indicators where its cases depend on the bound index."""
    try:
        form(e)
        return Whole(form, e)
    except NeedSign as need:
        switch = need.polynomial
        if axis not in form.field.axes(switch):
            raise
    above = _part(form, form.region.given(switch, Sign.POSITIVE), e, axis)
    below = _part(form, form.region.given(switch, Sign.NEGATIVE), e, axis)
    if above is None and below is None:
        there = _part(form, form.region.on_surface(switch), e, axis)
        if there is None:
            raise OutsideClass("a sum whose body is defined nowhere")
        return Divided(form, switch, None, None, there, None, _value(there))
    sides = [_value(part) for part in (below, above) if part is not None]
    result = sides[0]
    if len(sides) == 2:
        jump = form.field.subtract(sides[1], result)
        indicator = form.generator("indicator", key(switch), switch, (switch,))
        result = form.field.add(result, form.field.multiply(indicator, jump))
    there, on_surface, agree = _on_surface(form, switch, sides, e, axis)
    if agree:
        return Divided(form, switch, above, below, there, on_surface, result)
    if form.field.pointwise and there is not None and on_surface is not None:
        apart = form.field.subtract(_value(there), _on(on_surface, sides[0]))
        indicator = form.generator("zero", key(switch), switch, (switch,))
        result = form.field.add(result, form.field.multiply(indicator, apart))
        return Divided(form, switch, above, below, there, on_surface, result, jumps=True)
    source = expression_of(form.field, switch)
    form.require(Fraction(switch, ONE_POLYNOMIAL), Sign.NONZERO, source)
    return Divided(form, switch, above, below, there, None, result)


def _part(form: NormalForm, region: Region, e: Expr, axis: str) -> Body | None:
    """The body of an aggregate on a part of the region, or nothing if that part is empty."""
    if region.is_empty:
        return None
    try:
        return _by_cases(form.on(region), e, axis)
    except Empty:
        return None


def _on_surface(
    form: NormalForm, switch: Polynomial, sides: list[Fraction], e: Expr, axis: str
) -> tuple[Body | None, NormalForm | None, bool]:
    """The body on the surface, the normal form in which sides have a value there, whether equal."""
    try:
        surface = form.region.on_surface(switch)
        there = _part(form, surface, e, axis)
        on_surface = form.on(surface)
        values = [_on(on_surface, side) for side in sides]
    except (NeedSign, Undefined, OutsideClass, Empty):
        return None, None, False
    agree = there is None or all(value == _value(there) for value in values)
    return there, on_surface, agree


def _on(surface: NormalForm, side: Fraction) -> Fraction:
    """What the value of a side becomes on a surface."""
    return surface(fraction_expression(surface.field, side))


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


def _sum(form: NormalForm, body: Fraction, axis: str) -> Summed:
    """``sum`` pulled through everything that is constant along the axis."""
    varying = _varying(form, axis)
    total, found = ZERO, []
    for part in _parts(form, body, varying):
        outer, inner = _denominators(part, varying)
        for power, constant in by_varying(part.numerator, varying).items():
            rest = form.field.reduce(monomial(power), inner)
            value, exchanged = _elementary_sum(form, rest, axis)
            scale = form.field.reduce(constant, outer)
            total = form.field.add(total, form.field.multiply(scale, value))
            found.append((scale, rest, value, exchanged))
    summed = Summed(axis, body, tuple(found), total)
    is_plain = total.denominator.is_constant() and len(terms(total.numerator)) > 1
    if is_plain and not _is_replaced(form):
        sign = form.region.at_every_index(axis).sign_of(body)
        if not sign & Sign.NEGATIVE:
            strict = not sign & Sign.ZERO
            form.note_nonnegative(total.numerator, SumOfSigns(form, summed), strict)
    return summed


def _is_replaced(form: NormalForm) -> bool:
    """Whether a sum may have been replaced by what it equals on this region alone."""
    solved = [form.field.generators[i] for i, _ in form.region.equalities]
    return any(g.kind == "sum" or isinstance(g.data, Size) for g in solved)


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


def _elementary_sum(
    form: NormalForm, body: Fraction, axis: str
) -> tuple[Fraction, Exchanged | None]:
    if body == ONE:
        return form(size(axis)), None
    index = single_generator(body.numerator) if body.denominator.is_one() else None
    if axis == ENTRY and index is not None and form.field.generators[index].data == identity:
        return ONE, None
    if index is not None and form.field.generators[index].kind == "sum":
        other, inner = form.field.generators[index].data
        inside = form.inside(other)
        exchanged = _sum(inside, inner, axis)
        if axis == ENTRY or _is_product(exchanged.total):
            outer = _sum(form, exchanged.total, other)
            return outer.total, Exchanged(inside, exchanged, outer)
    total = _over(form, "sum", body, axis)
    index = single_generator(total.numerator) if total.denominator.is_one() else None
    if (
        index is not None
        and form.field.generators[index].data == (axis, body)
        and body.denominator.is_one()
        and not Region(form.field).sign_of_terms(body.numerator) & Sign.NEGATIVE
    ):
        form.note_nonnegative(total.numerator - body.numerator, AtMostTotal(index))
    return total, None


def _is_product(fraction: Fraction) -> bool:
    """Whether a factor was taken out of a sum, which is better done than not."""
    is_plain = fraction.denominator.is_one() and single_generator(fraction.numerator) is not None
    return len(terms(fraction.numerator)) == 1 and not is_plain


# Maxima ----------------------------------------------------------------------------------------


def _largest(form: NormalForm, body: Fraction, axis: str) -> Scaled:
    """The maximum of what is left of a body when constants are taken out of it."""
    varying = _varying(form, axis)
    outer, inner = _denominators(body, varying)
    groups = by_varying(body.numerator, varying)
    constants = [groups.pop(x) for x in list(groups) if inner.is_one() and not any(x)]
    shift = form.field.reduce(sum(constants, integer(0)), outer)
    if not groups:
        return Scaled(shift, ZERO, None, ZERO)
    common = reduce(Polynomial.gcd, groups.values(), integer(0))
    scale = form.field.reduce(common, outer)
    sign = form.region.decide(scale)
    if sign is Sign.ZERO:
        return Scaled(shift, ZERO, None, ZERO)
    direction = integer(-1 if sign is Sign.NEGATIVE else 1)
    scale = form.field.multiply(scale, Fraction(direction, ONE_POLYNOMIAL))
    numerator = sum((monomial(x) * (c // common) for x, c in groups.items()), integer(0))
    rest = form.field.reduce(direction * numerator, inner)
    largest = _over(form, "largest", rest, axis)
    index = single_generator(largest.numerator)
    known = index is not None and form.field.generators[index].data == (axis, rest)
    if known and rest.denominator.is_one():
        assert index is not None
        form.note_nonnegative(largest.numerator - rest.numerator, AtMostLargest(index))
    return Scaled(shift, scale, rest, largest)
