"""Rational numbers as Python writes them."""

from __future__ import annotations

from sympy import Rational


def numeral(number: Rational, as_float: bool = False) -> str:
    """A number as an integer, as a float if that is exact, or as a quotient of integers."""
    if number.is_Integer:
        exact = abs(number) > 2**53 and int(float(number)) == int(number)
        return f"{float(number)!r}" if as_float or exact else str(number)
    if is_dyadic(number):
        return repr(float(number))
    return f"({number.p} / {number.q})"


def is_dyadic(number: Rational) -> bool:
    """Whether a number is an integer divided by a power of two."""
    return int(number.q).bit_count() == 1
