"""Trusted. The signs of numbers such as ``1 - log(2)``, from enclosures by ball arithmetic."""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from derive.prove.balls import PRECISIONS, OnBoundary, number
from derive.prove.expression import expression_of
from derive.prove.field import (
    CAPACITY,
    Field,
    OutsideClass,
    Polynomial,
    generators_of,
    key,
    monomial,
)
from derive.prove.linear import Inequality, Monomial
from derive.prove.sign import Sign

Bounds = tuple[Fraction, Fraction]


def bounds(field: Field, polynomial: Polynomial) -> Bounds | None:
    """Rational bounds of a polynomial in which no symbol occurs; nothing for others."""
    if any(map(field.varies, generators_of(polynomial))):
        return None
    name = key(polynomial)
    if name not in field.enclosures:
        field.enclosures[name] = _bounds(field, polynomial)
    return field.enclosures[name]


def constant_sign(field: Field, polynomial: Polynomial) -> Sign:
    """The sign of a polynomial in which no symbol occurs, if balls can tell."""
    known = bounds(field, polynomial)
    if known is None or known[0] <= 0 <= known[1]:
        return Sign.ANY
    return Sign.POSITIVE if known[0] > 0 else Sign.NEGATIVE


def enclosing(field: Field, name: Monomial) -> list[Inequality]:
    """Bounds of a monomial that is a number."""
    if any(field.varies(index) for index, _ in name):
        return []
    exponents = [0] * CAPACITY
    for index, exponent in name:
        exponents[index] = exponent
    known = bounds(field, monomial(tuple(exponents)))
    if known is None:
        return []
    low, high = known
    return [
        Inequality({name: low.denominator}, -low.numerator, False),
        Inequality({name: -high.denominator}, high.numerator, False),
    ]


def _bounds(field: Field, polynomial: Polynomial) -> Bounds | None:
    expression = expression_of(field, polynomial)
    for precision in PRECISIONS:
        try:
            value = number(expression, precision)
        except (OutsideClass, OnBoundary, ZeroDivisionError):
            return None
        if value.is_finite() and not value.contains(0):
            return _exact(value.lower()), _exact(value.upper())
    return None


def _exact(end: arb) -> Fraction:
    mantissa, exponent = end.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
