"""Fourier-Motzkin elimination: a search for multipliers that show inequalities to contradict.

Whoever uses what is found has to add the inequalities up: nothing here is trusted.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import gcd
from typing import Any, NamedTuple, TypeAlias

LIMIT = 300
Unknown: TypeAlias = Any  # whatever can be hashed and sorted
Coefficients: TypeAlias = dict[Unknown, int]


class _Row(NamedTuple):
    """``sum of coefficient * unknown + constant > 0``, or ``>= 0``, and where it comes from."""

    coefficients: Coefficients
    constant: int
    strict: bool
    multipliers: dict[int, int]


def eliminate(system: Sequence[tuple[Coefficients, int, bool]]) -> dict[int, int] | None:
    """Nonnegative multipliers under which a system of inequalities adds up to a contradiction."""
    rows = [_Row(*row, {i: 1}) for i, row in enumerate(system)]
    while True:
        for row in rows:
            negative = row.constant < 0 or (row.constant == 0 and row.strict)
            if not row.coefficients and negative:
                return row.multipliers
        rows = [row for row in rows if row.coefficients]
        counts = _counts(rows)
        opposed = [row for row in rows if _is_opposed(row, counts)]
        if len(opposed) < len(rows):
            rows = opposed
        elif not rows or len(rows) > LIMIT:
            return None
        else:
            rows = _without(_cheapest(counts), rows)


def _counts(rows: list[_Row]) -> dict[Unknown, list[int]]:
    """How many rows each unknown has negative and positive coefficients in."""
    counts: dict[Unknown, list[int]] = {}
    for row in rows:
        for name, coefficient in row.coefficients.items():
            counts.setdefault(name, [0, 0])[coefficient > 0] += 1
    return counts


def _is_opposed(row: _Row, counts: dict[Unknown, list[int]]) -> bool:
    """Whether no unknown alone can fulfil the row without hurting another."""
    return all(all(counts[name]) for name in row.coefficients)


def _cheapest(counts: dict[Unknown, list[int]]) -> Unknown:
    """The unknown whose elimination adds the fewest rows."""
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
        identity = frozenset(row.coefficients.items()), row.constant, row.strict
        distinct.setdefault(identity, row)
    return list(distinct.values())


def _combine(name: Unknown, a: _Row, b: _Row) -> _Row:
    """The positive combination of two rows in which ``name`` cancels, in lowest terms."""
    s, t = -b.coefficients[name], a.coefficients[name]
    coefficients = _combination(s, a.coefficients, t, b.coefficients)
    constant = s * a.constant + t * b.constant
    multipliers = _combination(s, a.multipliers, t, b.multipliers)
    common = gcd(constant, *coefficients.values(), *multipliers.values())
    return _Row(
        {m: c // common for m, c in coefficients.items() if c},
        constant // common,
        a.strict or b.strict,
        {i: c // common for i, c in multipliers.items()},
    )


def _combination(s: int, a: Coefficients, t: int, b: Coefficients) -> Coefficients:
    total = {m: s * c for m, c in a.items()}
    for m, c in b.items():
        total[m] = total.get(m, 0) + t * c
    return total
