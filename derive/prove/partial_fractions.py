"""A search for partial fractions of the body of a sum, in any number of variables.

Polynomials are read in the generators that vary along the axis, with coefficients in the others.
A numerator that lies in the ideal of the factors of its denominator is a combination of them, so
that each part has a denominator with one factor less; what is left is the remainder modulo a
Groebner basis of the ideal, found by Buchberger's algorithm, which is unique for each numerator.
Whoever uses the parts has to check that they add up: nothing here is trusted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from derive.prove.field import (
    ONE_POLYNOMIAL,
    ZERO_POLYNOMIAL,
    Field,
    Fraction,
    Polynomial,
    by_varying,
    generators_of,
    integer,
    monomial,
    single_generator,
)

LARGEST_BASIS = 8
Exponents = tuple[int, ...]


class _Combination(NamedTuple):
    """A polynomial that is the sum of ``multipliers`` times the factors of a denominator."""

    polynomial: Polynomial
    multipliers: tuple[Polynomial, ...]

    def times(self, factor: Polynomial) -> _Combination:
        return _Combination(self.polynomial * factor, tuple(m * factor for m in self.multipliers))

    def minus(self, other: _Combination) -> _Combination:
        pairs = zip(self.multipliers, other.multipliers, strict=True)
        return _Combination(self.polynomial - other.polynomial, tuple(a - b for a, b in pairs))


def partial_fractions(
    field: Field,
    fraction: Fraction,
    varying: set[int],
    is_nonzero: Callable[[Polynomial], bool],
) -> list[Fraction]:
    """Fractions that add up to ``fraction``, read as one in the generators ``varying``.

    Their denominators divide its denominator, but for factors that do not vary; the search divides
    by such a factor only if ``is_nonzero`` says that it may.
    """
    _, factors = field.factors(Fraction(ONE_POLYNOMIAL, fraction.denominator))
    moving = [f for f, _ in factors if varying.intersection(generators_of(f))]
    if all(single_generator(factor) is not None for factor in moving):
        return [fraction]
    basis = _groebner([*moving], varying, is_nonzero)
    scale, combination, rest = _divide(fraction.numerator, basis, len(moving), varying)
    if not any(combination.multipliers):
        return [fraction]
    denominator = scale * fraction.denominator
    parts = [field.reduce(rest, denominator)] if rest else []
    for multiplier, factor in zip(combination.multipliers, moving, strict=True):
        if multiplier:
            part = field.reduce(multiplier, denominator // factor)
            parts += partial_fractions(field, part, varying, is_nonzero)
    return parts


def _groebner(
    factors: list[Polynomial], varying: set[int], is_nonzero: Callable[[Polynomial], bool]
) -> list[_Combination]:
    """Combinations of the factors among whose leading terms that of each combination is."""
    count = len(factors)
    units = [tuple(integer(int(i == k)) for i in range(count)) for k in range(count)]
    basis: list[_Combination] = []
    waiting = [_Combination(f, unit) for f, unit in zip(factors, units, strict=True)]
    while waiting and len(basis) < LARGEST_BASIS:
        scale, combination, rest = _divide(waiting[0].polynomial, basis, count, varying)
        new = waiting.pop(0).times(scale).minus(combination)._replace(polynomial=rest)
        if rest and is_nonzero(_leading(rest, varying)[1]):
            waiting += [_spolynomial(old, new, varying) for old in basis]
            basis.append(new)
    return basis


def _divide(
    polynomial: Polynomial, basis: list[_Combination], count: int, varying: set[int]
) -> tuple[Polynomial, _Combination, Polynomial]:
    """``scale``, a combination of the basis and ``rest``: scale * polynomial = the sum of both."""
    scale, rest = ONE_POLYNOMIAL, polynomial
    total = _Combination(ZERO_POLYNOMIAL, (ZERO_POLYNOMIAL,) * count)
    while step := _reducible(rest, basis, varying):
        leading, factor, divisor = step
        scale, rest = scale * leading, rest * leading - factor * divisor.polynomial
        total = total.times(leading).minus(divisor.times(-factor))
    return scale, total, rest


def _reducible(
    polynomial: Polynomial, basis: list[_Combination], varying: set[int]
) -> tuple[Polynomial, Polynomial, _Combination] | None:
    """A term that a leading term divides: that one's coefficient, the quotient, the divisor."""
    groups = by_varying(polynomial, varying)
    for divisor in basis:
        exponents, leading = _leading(divisor.polynomial, varying)
        for power in sorted(groups, reverse=True):
            if all(a >= b for a, b in zip(power, exponents, strict=True)):
                quotient = tuple(a - b for a, b in zip(power, exponents, strict=True))
                return leading, groups[power] * monomial(quotient), divisor
    return None


def _leading(polynomial: Polynomial, varying: set[int]) -> tuple[Exponents, Polynomial]:
    return max(by_varying(polynomial, varying).items(), key=lambda item: item[0])


def _spolynomial(a: _Combination, b: _Combination, varying: set[int]) -> _Combination:
    """The combination of two polynomials in which their leading terms cancel."""
    (p, first), (q, second) = _leading(a.polynomial, varying), _leading(b.polynomial, varying)
    missing = monomial(tuple(max(x, y) - x for x, y in zip(p, q, strict=True)))
    other = monomial(tuple(max(x, y) - y for x, y in zip(p, q, strict=True)))
    return a.times(second * missing).minus(b.times(first * other))
