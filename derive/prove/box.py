"""Trusted. The sign of a polynomial of degree one in each variable, from the corners of a box.

Along each variable such a polynomial is affine, so that its extremes over a box lie at the
corners; along a half-line it has the sign of its end if it moves on in that direction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from derive.prove.field import Polynomial, generators_of, terms
from derive.prove.linear import Inequality
from derive.prove.sign import Sign

LARGEST = 8
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


def sign_on_box(polynomial: Polynomial, box: Mapping[int, Range]) -> Sign:
    """Every sign that a polynomial may have on a box; ``ANY`` if it is not of degree one."""
    variables = generators_of(polynomial)
    degrees = polynomial.degrees()
    if len(variables) > LARGEST or any(degrees[i] > 1 or i not in box for i in variables):
        return Sign.ANY
    return _sign({x: Fraction(c) for x, c in terms(polynomial)}, variables, box)


def _sign(parts: Terms, variables: list[int], box: Mapping[int, Range]) -> Sign:
    if not variables:
        value = sum(parts.values(), Fraction(0))
        return Sign.ZERO if not value else Sign.POSITIVE if value > 0 else Sign.NEGATIVE
    variable, *others = variables
    slope, rest = _split(parts, variable)
    ends = [end for end in box[variable] if end is not None]
    found = Sign.NONE
    for end in ends:
        found |= _sign(_affine(slope, rest, end), others, box)
    if len(ends) == 1 and slope:
        onwards = _sign(slope, others, box)
        onwards = onwards if box[variable].high is None else onwards.negate()
        found = found.plus(onwards | Sign.ZERO)
    if found is Sign.NONZERO:
        found = Sign.ANY  # in between it vanishes
    return found if ends else Sign.ANY


def _split(parts: Terms, variable: int) -> tuple[Terms, Terms]:
    """The factor of a variable, and what does not contain it."""
    slope = {(*x[:variable], 0, *x[variable + 1 :]): c for x, c in parts.items() if x[variable]}
    return slope, {x: c for x, c in parts.items() if not x[variable]}


def _affine(slope: Terms, rest: Terms, at: Fraction) -> Terms:
    total = dict(rest)
    for exponents, coefficient in slope.items():
        total[exponents] = total.get(exponents, Fraction(0)) + coefficient * at
    return total
