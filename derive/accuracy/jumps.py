"""The other side of a jump: at inputs within rounding of it, its value is as good as ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np
from sympy import Expr, Piecewise, S
from sympy.core.relational import Relational

from derive.accuracy.evaluation import Undecided, varies
from derive.accuracy.exact import exact_row
from derive.accuracy.terms import NEAR, magnitude_row


def other_sides(
    formula: Expr,
    tensors: Mapping[str, Sequence[float]],
    parameters: Mapping[str, float],
    entry: int,
) -> Iterator[tuple[Expr, bool]]:
    """The formula with a condition that nearly switches at an entry decided either way.

    And whether that is a condition on the entry alone, not on the whole slice.
    """
    for relation in _relations(formula):
        surface = relation.lhs - relation.rhs
        if _nearly_switches(surface, tensors, parameters, entry):
            for decided in (S.true, S.false):
                yield formula.xreplace({relation: decided}), varies(surface)


@lru_cache(maxsize=256)
def _relations(formula: Expr) -> list[Relational]:
    found = {
        relation
        for cases in formula.atoms(Piecewise)
        for _, condition in cases.args
        for relation in condition.atoms(Relational)
    }
    return sorted(found, key=str)


def _nearly_switches(
    surface: Expr,
    tensors: Mapping[str, Sequence[float]],
    parameters: Mapping[str, float],
    entry: int,
) -> bool:
    try:
        distance = _at(exact_row(surface, tensors, parameters), entry)
        largest = _at(magnitude_row(surface, tensors, parameters), entry)
    except Undecided:
        return True
    return bool(np.abs(distance) <= NEAR * np.abs(largest))


def _at(row: list[tuple[float, float]], entry: int) -> float:
    return row[min(entry, len(row) - 1)][0]
