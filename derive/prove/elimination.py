"""Fourier-Motzkin elimination: a search for multipliers that show inequalities to contradict.

Whoever uses what is found has to add the inequalities up: nothing here is trusted.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

LIMIT = 300
Unknown: TypeAlias = Any  # whatever can be hashed and sorted
Coefficients: TypeAlias = dict[Unknown, Fraction]


class _Row(NamedTuple):
    """``sum of coefficient * unknown + constant > 0``, or ``>= 0``, and where it comes from."""

    coefficients: Coefficients
    constant: Fraction
    strict: bool
    multipliers: dict[int, Fraction]


def eliminate(system: Sequence[tuple[Coefficients, Fraction, bool]]) -> dict[int, Fraction] | None:
    """Nonnegative multipliers under which a system of inequalities adds up to a contradiction."""
    rows = [_Row(*row, {i: Fraction(1)}) for i, row in enumerate(system)]
    while True:
        for row in rows:
            negative = row.constant < 0 or (row.constant == 0 and row.strict)
            if not row.coefficients and negative:
                return row.multipliers
        rows = [row for row in rows if row.coefficients]
        if not rows or len(rows) > LIMIT:
            return None
        rows = _without(_cheapest(rows), rows)


def _cheapest(rows: list[_Row]) -> Unknown:
    """The unknown whose elimination adds the fewest rows."""
    counts: dict[Unknown, list[int]] = {}
    for row in rows:
        for name, coefficient in row.coefficients.items():
            counts.setdefault(name, [0, 0])[coefficient > 0] += 1
    return min(
        counts, key=lambda name: (counts[name][0] * counts[name][1] - sum(counts[name]), name)
    )


def _without(name: Unknown, rows: list[_Row]) -> list[_Row]:
    above = [row for row in rows if row.coefficients.get(name, 0) > 0]
    below = [row for row in rows if row.coefficients.get(name, 0) < 0]
    kept = [row for row in rows if name not in row.coefficients]
    kept += [_combine(name, a, b) for a in above for b in below]
    distinct: dict[Hashable, _Row] = {}
    for row in kept:
        identity = tuple(sorted(row.coefficients.items())), row.constant, row.strict
        distinct.setdefault(identity, row)
    return list(distinct.values())


def _combine(name: Unknown, a: _Row, b: _Row) -> _Row:
    """The positive combination of two rows in which ``name`` cancels."""
    s, t = 1 / a.coefficients[name], -1 / b.coefficients[name]
    coefficients = _combination(s, a.coefficients, t, b.coefficients)
    return _Row(
        {m: c for m, c in coefficients.items() if c},
        s * a.constant + t * b.constant,
        a.strict or b.strict,
        _combination(s, a.multipliers, t, b.multipliers),
    )


def _combination(s: Fraction, a: Coefficients, t: Fraction, b: Coefficients) -> Coefficients:
    total = {m: s * c for m, c in a.items()}
    for m, c in b.items():
        total[m] = total.get(m, Fraction(0)) + t * c
    return total
