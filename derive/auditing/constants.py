"""Numbers of floating point as the exact numbers that the code's author meant."""

from __future__ import annotations

import math
from fractions import Fraction

import sympy
from sympy import Expr, Rational

from derive.auditing.refusal import Refusal

_SHORT = 2**20
_DIGITS = 15
_DENOMINATOR = 1000
_NAMED = {math.pi: sympy.pi, math.e: sympy.E, math.tau: 2 * sympy.pi}


def exact(number: float) -> Expr:
    """The exact number for which a float stands.

    A float is itself where it has few bits (0.5, 2**-600); else it is the decimal number of at
    most fifteen digits that rounds to it (0.1), since no two such decimals share a float; else pi
    or e or the fraction with a denominator up to a thousand that rounds to it (1/3); else itself.
    Raises ``Refusal`` for infinity and NaN.
    """
    if not math.isfinite(number):
        raise Refusal(f"{number} is no real number", "the cases without it, as with np.where")
    fraction = Fraction(number)
    if abs(fraction.numerator) >> _trailing_zeros(fraction.numerator) < _SHORT:
        return Rational(fraction.numerator, fraction.denominator)
    decimal = Fraction(f"{number:.{_DIGITS}g}")
    if float(decimal) == number:
        return Rational(decimal.numerator, decimal.denominator)
    if abs(number) in _NAMED:
        return _NAMED[abs(number)] * (1 if number > 0 else -1)
    simple = fraction.limit_denominator(_DENOMINATOR)
    chosen = simple if float(simple) == number else fraction
    return Rational(chosen.numerator, chosen.denominator)


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1 if number else 0
