"""Trusted. Linear inequalities over monomials, decided by Fourier-Motzkin elimination.

Each polynomial inequality is read as a linear one in which every monomial is an unknown of its
own. If the linear system has no solution, neither has the original one. Elimination is only a
search: what it finds is a list of nonnegative multipliers (Farkas), and the answer rests on adding
up the inequalities with these multipliers, which is checked afresh in ``refutes``.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from derive.prove.field import Polynomial, terms

Monomial = tuple[tuple[int, int], ...]
LIMIT = 300


class Inequality(NamedTuple):
    """``sum of coefficient * monomial + constant > 0``, or ``>= 0`` unless strict."""

    coefficients: dict[Monomial, Fraction]
    constant: Fraction
    strict: bool


class _Row(NamedTuple):
    inequality: Inequality
    multipliers: dict[int, Fraction]


def inequality(polynomial: Polynomial, strict: bool) -> Inequality:
    """The polynomial is positive, or nonnegative unless strict."""
    coefficients: dict[Monomial, Fraction] = {}
    constant = Fraction(0)
    for exponents, coefficient in terms(polynomial):
        name = tuple((i, e) for i, e in enumerate(exponents) if e)
        if name:
            coefficients[name] = Fraction(coefficient)
        else:
            constant = Fraction(coefficient)
    return Inequality(coefficients, constant, strict)


def opposite(row: Inequality, strict: bool) -> Inequality:
    """The negative is positive, or nonnegative unless strict."""
    return Inequality({m: -c for m, c in row.coefficients.items()}, -row.constant, strict)


def contradictory(system: Sequence[Inequality]) -> bool:
    """Whether the system is proved to have no solution; ``False`` says nothing."""
    multipliers = _eliminate(system)
    return multipliers is not None and refutes(system, multipliers)


def refutes(system: Sequence[Inequality], multipliers: dict[int, Fraction]) -> bool:
    """Whether the multiples add up to ``0 > 0`` or to a negative constant that is ``>= 0``."""
    total: dict[Monomial, Fraction] = {}
    constant, strict = Fraction(0), False
    for index, multiplier in multipliers.items():
        if multiplier < 0:
            return False
        row = system[index]
        for name, coefficient in row.coefficients.items():
            total[name] = total.get(name, Fraction(0)) + multiplier * coefficient
        constant += multiplier * row.constant
        strict = strict or (row.strict and multiplier > 0)
    return not any(total.values()) and (constant < 0 or (constant == 0 and strict))


def _eliminate(system: Sequence[Inequality]) -> dict[int, Fraction] | None:
    rows = [_Row(row, {i: Fraction(1)}) for i, row in enumerate(system)]
    while True:
        for row in rows:
            empty = not row.inequality.coefficients
            constant = row.inequality.constant
            if empty and (constant < 0 or (constant == 0 and row.inequality.strict)):
                return row.multipliers
        rows = [row for row in rows if row.inequality.coefficients]
        if not rows or len(rows) > LIMIT:
            return None
        rows = _without(_cheapest(rows), rows)


def _cheapest(rows: list[_Row]) -> Monomial:
    """The unknown whose elimination adds the fewest rows."""
    counts: dict[Monomial, list[int]] = {}
    for row in rows:
        for name, coefficient in row.inequality.coefficients.items():
            counts.setdefault(name, [0, 0])[coefficient > 0] += 1
    return min(
        counts, key=lambda name: (counts[name][0] * counts[name][1] - sum(counts[name]), name)
    )


def _without(name: Monomial, rows: list[_Row]) -> list[_Row]:
    above = [row for row in rows if row.inequality.coefficients.get(name, 0) > 0]
    below = [row for row in rows if row.inequality.coefficients.get(name, 0) < 0]
    kept = [row for row in rows if name not in row.inequality.coefficients]
    kept += [_combine(name, a, b) for a in above for b in below]
    distinct: dict[object, _Row] = {}
    for row in kept:
        coefficients, constant, strict = row.inequality
        distinct.setdefault((tuple(sorted(coefficients.items())), constant, strict), row)
    return list(distinct.values())


def _combine(name: Monomial, a: _Row, b: _Row) -> _Row:
    """The positive combination of two rows in which ``name`` cancels."""
    s = 1 / a.inequality.coefficients[name]
    t = -1 / b.inequality.coefficients[name]
    coefficients = {m: s * c for m, c in a.inequality.coefficients.items()}
    for m, c in b.inequality.coefficients.items():
        coefficients[m] = coefficients.get(m, Fraction(0)) + t * c
    multipliers = {i: s * c for i, c in a.multipliers.items()}
    for i, c in b.multipliers.items():
        multipliers[i] = multipliers.get(i, Fraction(0)) + t * c
    combined = Inequality(
        {m: c for m, c in coefficients.items() if c},
        s * a.inequality.constant + t * b.inequality.constant,
        a.inequality.strict or b.inequality.strict,
    )
    return _Row(combined, multipliers)
