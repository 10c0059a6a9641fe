"""Trusted. What is known of the sign of a polynomial, as inequalities too."""

from __future__ import annotations

from typing import NamedTuple

from derive.prove.field import Polynomial, primitive
from derive.prove.linear import Inequality, inequality, opposite
from derive.prove.sign import Sign


class Fact(NamedTuple):
    """The possible signs of a primitive polynomial with positive leading coefficient."""

    polynomial: Polynomial
    sign: Sign
    inequalities: tuple[Inequality, ...]


def fact_of(polynomial: Polynomial, sign: Sign) -> Fact:
    """That a polynomial has one of these signs."""
    positive, flip = primitive(polynomial)
    sign = sign if flip > 0 else sign.negate()
    row = inequality(positive, strict=not sign & Sign.ZERO)
    rows = [row] if not sign & Sign.NEGATIVE else []
    rows += [opposite(row, row.strict)] if not sign & Sign.POSITIVE else []
    return Fact(positive, sign, tuple(rows))
