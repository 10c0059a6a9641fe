"""Trusted. The signs of cosines and sines, from the half turn in which an angle lies."""

from __future__ import annotations

from collections.abc import Callable

import sympy

from derive.prove.field import ONE_POLYNOMIAL, ZERO, Field, Fraction, Generator, integer
from derive.prove.sign import Sign

BELOW_PI = Fraction(integer(333), integer(106))
BELOW_HALF_PI = Fraction(integer(333), integer(212))


def sign_at_angle(field: Field, generator: Generator, sign_of: Callable[[Fraction], Sign]) -> Sign:
    """What is known of a cosine or a sine: they are positive on ``(-pi/2, pi/2)``, ``(0, pi)``.

    A sine is not zero where the square of it is not; of other functions nothing is said.
    """
    if generator.kind == "sine":
        angle, square = generator.data
        if _is_between(field, angle, ZERO, BELOW_PI, sign_of):
            return Sign.POSITIVE
        is_apart = sign_of(Fraction(square, ONE_POLYNOMIAL)) is Sign.POSITIVE
        return Sign.NONZERO if is_apart else Sign.ANY
    function, arguments = generator.data
    low = field.subtract(ZERO, BELOW_HALF_PI)
    if function is sympy.cos and _is_between(field, arguments[0], low, BELOW_HALF_PI, sign_of):
        return Sign.POSITIVE
    return Sign.ANY


def _is_between(
    field: Field,
    value: Fraction,
    low: Fraction,
    high: Fraction,
    sign_of: Callable[[Fraction], Sign],
) -> bool:
    above, below = field.subtract(value, low), field.subtract(high, value)
    return sign_of(above) is Sign.POSITIVE and sign_of(below) is Sign.POSITIVE
