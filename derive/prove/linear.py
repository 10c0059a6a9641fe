"""Trusted. Linear inequalities over monomials, decided by Farkas certificates.

Each polynomial inequality is read as a linear one in which every monomial is an unknown of its
own. If the linear system has no solution, neither has the original one. That it has none is shown
by nonnegative multipliers (Farkas) under which the inequalities add up to a contradiction. Where
these come from does not matter: ``refutes`` adds up afresh.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from derive.prove.elimination import eliminate
from derive.prove.field import Polynomial, powers

Monomial = tuple[tuple[int, int], ...]


class Inequality(NamedTuple):
    """``sum of coefficient * monomial + constant > 0``, or ``>= 0`` unless strict."""

    coefficients: dict[Monomial, int]
    constant: int
    strict: bool


def inequality(polynomial: Polynomial, strict: bool) -> Inequality:
    """The polynomial is positive, or nonnegative unless strict."""
    coefficients: dict[Monomial, int] = {}
    constant = 0
    for factors, coefficient in powers(polynomial):
        if factors:
            coefficients[tuple(factors)] = coefficient
        else:
            constant = coefficient
    return Inequality(coefficients, constant, strict)


def opposite(row: Inequality, strict: bool) -> Inequality:
    """The negative is positive, or nonnegative unless strict."""
    return Inequality({m: -c for m, c in row.coefficients.items()}, -row.constant, strict)


def contradictory(system: Sequence[Inequality]) -> bool:
    """Whether the system is proved to have no solution; ``False`` says nothing."""
    multipliers = eliminate(system)
    return multipliers is not None and refutes(system, multipliers)


def refutes(system: Sequence[Inequality], multipliers: dict[int, int]) -> bool:
    """Whether the multiples add up to ``0 > 0`` or to a negative constant that is ``>= 0``."""
    total: dict[Monomial, int] = {}
    constant, strict = 0, False
    for index, multiplier in multipliers.items():
        if multiplier < 0:
            return False
        row = system[index]
        for name, coefficient in row.coefficients.items():
            total[name] = total.get(name, 0) + multiplier * coefficient
        constant += multiplier * row.constant
        strict = strict or (row.strict and multiplier > 0)
    return not any(total.values()) and (constant < 0 or (constant == 0 and strict))
