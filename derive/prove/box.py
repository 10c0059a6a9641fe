"""Trusted. The sign of a polynomial of degree one in some variables, from the corners of a box.

Along each of them such a polynomial is affine, so that its extremes over a box lie at the
corners; along a half-line it has the sign of its end if it moves on in that direction. At a
corner a polynomial in the other variables is left, of which somebody else knows the sign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from derive.prove.field import Polynomial, generators_of, polynomial_of, terms
from derive.prove.linear import Inequality
from derive.prove.sign import Sign

LARGEST = 8
FEW, SHORT = 2, 12  # affine variables among others, and terms
Terms = dict[tuple[int, ...], Fraction]


class Range(NamedTuple):
    """The closed hull of the values of a generator; an end may be missing."""

    low: Fraction | None
    high: Fraction | None


def ranges(rows: Iterable[Inequality]) -> dict[int, Range]:
    """The ranges that inequalities in a single generator give."""
    found: dict[int, Range] = {}
    for row in rows:
        if len(row.coefficients) != 1:
            continue
        ((name, coefficient),) = row.coefficients.items()
        if len(name) != 1 or name[0][1] != 1 or not coefficient:
            continue
        index, end = name[0][0], Fraction(-row.constant, coefficient)
        low, high = found.get(index, Range(None, None))
        if coefficient > 0:
            found[index] = Range(end if low is None else max(low, end), high)
        else:
            found[index] = Range(low, end if high is None else min(high, end))
    return found


def sign_in_range(index: int, rows: Iterable[Inequality]) -> Sign:
    """Every sign that inequalities in a generator alone leave it."""
    sign = Sign.ANY
    for row in rows:
        if list(row.coefficients) == [((index, 1),)]:
            ((_, coefficient),) = row.coefficients.items()
            end = Fraction(-row.constant, coefficient)
            outwards = Sign.POSITIVE if coefficient > 0 else Sign.NEGATIVE
            if end == 0:
                sign &= outwards if row.strict else outwards | Sign.ZERO
            elif (end > 0) == (coefficient > 0):
                sign &= outwards
    return sign


def sign_on_box(
    polynomial: Polynomial, box: Mapping[int, Range], sign: Callable[[Polynomial], Sign]
) -> Sign:
    """Every sign that a polynomial may have on a box, given the signs of simpler ones."""
    variables = generators_of(polynomial)
    degrees = polynomial.degrees()
    affine = [i for i in variables if degrees[i] == 1 and i in box]
    if len(affine) < len(variables):
        # Of others, only intervals with two ends are worth their corners.
        affine = [i for i in affine if None not in box[i]]
        if not 0 < len(affine) <= FEW or len(polynomial) > SHORT:
            return Sign.ANY
    if len(affine) > LARGEST:
        return Sign.ANY
    return _sign({x: Fraction(c) for x, c in terms(polynomial)}, affine, box, sign)


def _sign(
    parts: Terms,
    variables: list[int],
    box: Mapping[int, Range],
    sign: Callable[[Polynomial], Sign],
) -> Sign:
    if not variables:
        return sign(_polynomial(parts))
    variable, *others = variables
    slope, rest = _split(parts, variable)
    ends = [end for end in box[variable] if end is not None]
    found = Sign.NONE
    for end in ends:
        found |= _sign(_affine(slope, rest, end), others, box, sign)
    if len(ends) == 1 and slope:
        onwards = _sign(slope, others, box, sign)
        onwards = onwards if box[variable].high is None else onwards.negate()
        found = found.plus(onwards | Sign.ZERO)
    if found is Sign.NONZERO:
        found = Sign.ANY  # in between it vanishes
    return found if ends else Sign.ANY


def _polynomial(parts: Terms) -> Polynomial:
    """A positive multiple with integer coefficients."""
    unit = lcm(*(c.denominator for c in parts.values()))
    return polynomial_of({x: int(c * unit) for x, c in parts.items() if c})


def _split(parts: Terms, variable: int) -> tuple[Terms, Terms]:
    """The factor of a variable, and what does not contain it."""
    slope = {(*x[:variable], 0, *x[variable + 1 :]): c for x, c in parts.items() if x[variable]}
    return slope, {x: c for x, c in parts.items() if not x[variable]}


def _affine(slope: Terms, rest: Terms, at: Fraction) -> Terms:
    total = dict(rest)
    for exponents, coefficient in slope.items():
        total[exponents] = total.get(exponents, Fraction(0)) + coefficient * at
    return total
