"""Trusted. Exponents are divided with remainder, and exponentials are ordered as they are."""

from __future__ import annotations

from derive.prove.field import ZERO, Field, Fraction, Polynomial, integer, powers


def divide(field: Field, a: Fraction) -> tuple[Fraction, Fraction]:
    """A polynomial and a rest that add up to ``a``; no term of the rest can be divided on."""
    if len(a.denominator) == 1 or a.is_zero:
        return a, ZERO
    leading = int(a.denominator.leading_coefficient())
    scale = integer(leading ** (a.numerator.total_degree() + 1))
    quotient, rest = divmod(a.numerator * scale, a.denominator)
    whole, remainder = field.reduce(quotient, scale), field.reduce(rest, a.denominator * scale)
    return (whole, remainder) if field.add(whole, remainder) == a else (a, ZERO)


def exponential_gap(field: Field, polynomial: Polynomial) -> Fraction | None:
    """The exponent ``a - b`` if the polynomial is a multiple of ``exp(a) - exp(b)``.

    The exponential function increases: the signs of the two are the same.
    """
    parts = powers(polynomial)
    if len(parts) != 2 or parts[0][1] <= 0 or parts[0][1] != -parts[1][1]:
        return None
    gap = ZERO
    for (factors, _), sign in zip(parts, (1, -1), strict=True):
        for index, exponent in factors:
            if field.generators[index].kind != "exp":
                return None
            exponents = field.generators[index].data
            gap = field.add(gap, field.multiply(field.constant(sign * exponent), exponents))
    return gap
