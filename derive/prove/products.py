"""Trusted. The sign of a factor, from the sign of a product and those of the other factors."""

from __future__ import annotations

from collections.abc import Sequence

from derive.prove.field import ONE_POLYNOMIAL, Field, Fraction, Polynomial
from derive.prove.linear import Inequality, contradictory, inequality, opposite
from derive.prove.sign import Sign


def sign_of_factor(
    field: Field,
    polynomial: Polynomial,
    rows: Sequence[Inequality],
    products: Sequence[tuple[Polynomial, Sign]],
) -> Sign:
    """What products of known sign say of ``polynomial``, where it is one of their factors.

    The signs of the other factors must follow from ``rows``, and not be zero.
    """
    found = Sign.ANY
    for product, sign in products:
        number, parts = field.factors(Fraction(product, ONE_POLYNOMIAL))
        if len(parts) < 2 or not any(part in (polynomial, -polynomial) for part, _ in parts):
            continue
        others, multiplicity = Sign.POSITIVE if number > 0 else Sign.NEGATIVE, 0
        for part, times in parts:
            if part in (polynomial, -polynomial):
                multiplicity = times
                others = others if part == polynomial or times % 2 == 0 else others.negate()
            else:
                others = others.times(_sign(part, rows).power(times))
        if multiplicity % 2 and others in (Sign.POSITIVE, Sign.NEGATIVE):
            found &= sign.times(others)
    return found


def _sign(polynomial: Polynomial, rows: Sequence[Inequality]) -> Sign:
    """The sign that inequalities imply, if it is one and not zero."""
    positive = inequality(polynomial, strict=True)
    if contradictory([*rows, opposite(positive, strict=False)]):
        return Sign.POSITIVE
    if contradictory([*rows, positive._replace(strict=False)]):
        return Sign.NEGATIVE
    return Sign.ANY
