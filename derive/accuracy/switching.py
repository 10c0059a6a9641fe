"""Where a formula switches from one branch to another: found from its conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import sympy
from sympy import Expr, Piecewise
from sympy.core.relational import Relational

from derive.accuracy.exact import sign_at
from derive.accuracy.neighbours import sign_changes
from derive.accuracy.numbers import Array
from derive.language import Aggregate, Element


def surfaces(formulas: Iterable[Expr]) -> list[Expr]:
    """Expressions that vanish where some formula switches: sides of conditions, kinks of |x|."""
    found: dict[Expr, None] = {}
    for formula in formulas:
        for e in sympy.preorder_traversal(formula):
            for surface in _switches(e):
                if surface.atoms(Element) and -surface not in found:
                    found[surface] = None
    return sorted(found, key=str)


def _switches(e: Expr) -> Iterator[Expr]:
    if isinstance(e, Piecewise):
        for _, condition in e.args:
            yield from (r.lhs - r.rhs for r in condition.atoms(Relational))
    elif isinstance(e, sympy.Abs | sympy.sign):
        yield e.args[0]
    elif isinstance(e, sympy.Max | sympy.Min):
        first, *others = e.args
        yield from (other - first for other in others)


def switching_points(
    surface: Expr,
    name: str,
    others: Mapping[str, float],
    parameters: Mapping[str, float],
    grid: Array,
) -> list[float]:
    """Values of the input ``name`` at which a surface without aggregates is crossed."""
    if surface.atoms(Aggregate) or name not in {e.name for e in surface.atoms(Element)}:
        return []

    def sign(x: float) -> int:
        row = {**{n: [v] for n, v in others.items()}, name: [x]}
        return sign_at(surface, row, parameters)

    return sign_changes(sign, np.unique(grid))


def switching_scales(
    surface: Expr,
    name: str,
    rows: Mapping[str, Array],
    parameters: Mapping[str, float],
    grid: Array,
) -> list[float]:
    """Factors of the row ``name`` at which a surface is crossed at its first entry."""
    if name not in {e.name for e in surface.atoms(Element)}:
        return []
    tensors = {n: [float(x) for x in row] for n, row in rows.items()}

    def sign(factor: float) -> int:
        moved = scaled(rows[name], factor)
        return sign_at(surface, {**tensors, name: moved.tolist()}, parameters)

    kept = [factor for factor in grid if np.all(np.isfinite(scaled(rows[name], factor)))]
    return sign_changes(sign, np.array(kept))


def scaled(row: Array, factor: float) -> Array:
    """A row times a number, rounded once to its dtype."""
    with np.errstate(over="ignore"):
        moved: Array = (row.astype(np.float64) * factor).astype(row.dtype)
    return moved
