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

Row = list[tuple[float, float]]
"""By entry of a slice, or for all of it: the nearest float64 and the rest in its ulps."""


class Jumps:
    """The other sides of the jumps of a formula near one slice: found once, for all its entries."""

    def __init__(
        self,
        formula: Expr,
        terms_of: Expr,
        tensors: Mapping[str, Sequence[float]],
        parameters: Mapping[str, float],
        position: int,
    ) -> None:
        self._formula, self._terms_of = formula, terms_of
        self._at = (tensors, parameters, position)
        self._near: dict[Expr, list[bool]] = {}
        self._beyond: dict[Expr, tuple[Row, Row]] = {}

    def other_sides(self, entry: int) -> Iterator[tuple[Row, Row, bool]]:
        """The exact values where a condition that nearly switches at an entry goes either way.

        With the largest terms there, and whether that is a condition on the entry alone, not on
        the whole slice.
        """
        for relation in _relations(self._formula):
            surface = relation.lhs - relation.rhs
            if surface not in self._near:
                self._near[surface] = _nearly_switches(surface, *self._at)
            near = self._near[surface]
            if near[min(entry, len(near) - 1)]:
                for decided in (S.true, S.false):
                    other = self._formula.xreplace({relation: decided})
                    if other not in self._beyond:
                        terms = magnitude_row(
                            self._terms_of.xreplace({relation: decided}), *self._at
                        )
                        self._beyond[other] = exact_row(other, *self._at), terms
                    yield *self._beyond[other], varies(surface)


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
    position: int,
) -> list[bool]:
    """By entry, or for the slice."""
    try:
        distances = exact_row(surface, tensors, parameters, position)
        largest = magnitude_row(surface, tensors, parameters, position)
    except Undecided:
        return [True]
    pairs = zip(distances, largest, strict=True)
    return [bool(np.abs(d) <= NEAR * np.abs(size)) for (d, _), (size, _) in pairs]
