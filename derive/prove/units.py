"""The units in which the coefficients of exponents are counted. They are found by trial."""

from __future__ import annotations

from math import gcd

from sympy import Rational, S


class FinerExponent(Exception):
    """An exponential turned out to need a finer unit; everything must be computed again."""


class Exponents:
    """The units in which the coefficients of each exponent are counted, shared by all regions.

    ``exp(x/2)`` and ``exp(x)`` are powers of one generator only if its unit is fine enough. The
    unit is found by trial: ``FinerExponent`` asks for a new start with what has been learnt.
    Coefficients that would be high powers in a common unit, such as 1 and 1.702, have units of
    their own: that their generators are related is then not known.
    """

    def __init__(self) -> None:
        self.units: dict[object, list[tuple[Rational, Rational]]] = {}  # with the largest multiple

    def unit(self, name: object, coefficient: Rational, highest: int) -> Rational:
        """The unit of a coefficient, as a multiple of which it is at most the ``highest`` power.

        Raises ``FinerExponent`` where a unit so far was too coarse.
        """
        units = self.units.setdefault(name, [(S.One, S.One)])
        for place, (unit, largest) in enumerate(units):
            finer = _common_unit(unit, abs(coefficient))
            larger = max(largest, abs(coefficient))
            if larger <= highest * finer:
                units[place] = finer, larger
                if finer != unit:
                    raise FinerExponent
                return unit
        units.append((abs(coefficient), abs(coefficient)))
        return abs(coefficient)


def _common_unit(a: Rational, b: Rational) -> Rational:
    """The largest number of which both are whole multiples."""
    return Rational(gcd(a.p * b.q, b.p * a.q), a.q * b.q)
