"""Trusted. The normal form of a sum: linear, and with its cases told apart by indicators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr

from derive.language import ENTRY, Sum, identity, size
from derive.prove.expression import expression_of, fraction_expression
from derive.prove.field import (
    ONE,
    ONE_POLYNOMIAL,
    ZERO,
    Fraction,
    OutsideClass,
    Polynomial,
    Undefined,
    generators_of,
    integer,
    key,
    monomial,
    polynomial_of,
    single_generator,
    terms,
)
from derive.prove.region import Empty, NeedSign, Region
from derive.prove.sign import Sign

if TYPE_CHECKING:
    from derive.prove.normal import NormalForm


def normal_sum(form: NormalForm, e: Sum) -> Fraction:
    """The sum of the normal form of its body, taken inside the aggregate."""
    axis = e.axis
    return _linear(form, _by_cases(form.inside(axis), e.body, axis), axis)


def _by_cases(form: NormalForm, e: Expr, axis: str) -> Fraction:
    """The body of a sum, with indicators where its cases depend on the bound index."""
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
    """The body of a sum on a part of the region, or nothing if that part is empty."""
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


def _linear(form: NormalForm, body: Fraction, axis: str) -> Fraction:
    """``sum`` pulled through everything that is constant along the axis."""
    bound = {i for i, g in enumerate(form.field.generators) if axis in g.axes}
    number, denominator_factors = body.denominator.factor()
    outer, inner = integer(int(number)), ONE_POLYNOMIAL
    for factor, multiplicity in denominator_factors:
        if bound.intersection(generators_of(factor)):
            inner = inner * factor ** int(multiplicity)
        else:
            outer = outer * factor ** int(multiplicity)
    groups: dict[tuple[int, ...], dict[tuple[int, ...], int]] = {}
    for exponents, coefficient in terms(body.numerator):
        varying = tuple(x if i in bound else 0 for i, x in enumerate(exponents))
        constant = tuple(0 if i in bound else x for i, x in enumerate(exponents))
        groups.setdefault(varying, {})[constant] = coefficient
    total = ZERO
    for varying, constants in groups.items():
        term = _elementary_sum(form, form.field.reduce(monomial(varying), inner), axis)
        scale = form.field.reduce(polynomial_of(constants), outer)
        total = form.field.add(total, form.field.multiply(scale, term))
    whole = body.denominator.is_one() and total.denominator.is_one()
    if whole and key(body.numerator) in form.field.nonnegative:
        form.note_nonnegative(total.numerator)
    return total


def _elementary_sum(form: NormalForm, body: Fraction, axis: str) -> Fraction:
    if body == ONE:
        return form(size(axis))
    if axis == ENTRY and _is_identity(form, body):
        return ONE
    name = (axis, key(body.numerator), key(body.denominator))
    return form.generator("sum", name, (axis, body), tuple(body))


def _is_identity(form: NormalForm, body: Fraction) -> bool:
    index = single_generator(body.numerator) if body.denominator.is_one() else None
    return index is not None and form.field.generators[index].data == identity
