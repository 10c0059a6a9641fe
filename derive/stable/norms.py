"""Norms of slices, which the code computes scaled."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Expr, Pow, S, sqrt

from derive.language import ENTRY, Element, Parameter, Sum, positive


def norms(formulas: Iterable[Expr]) -> list[Element | Expr]:
    """The vectors whose norm one of the formulas contains.

    sqrt(sum(v**2)) = c sqrt(sum((v/c)**2)) for every c > 0, and a power of two near the largest
    element keeps the squares from overflowing and from vanishing.
    """
    found = {
        vector
        for formula in formulas
        for root in formula.atoms(Pow)
        if (vector := vector_of_norm(root)) is not None
    }
    return sorted(found, key=str)


def vector_of_norm(expression: Expr) -> Expr | None:
    """``v`` if the expression is ``sqrt(sum(v**2))`` over the axis of the slice."""
    base, exponent = expression.as_base_exp()
    if exponent == S.Half and isinstance(base, Sum) and base.axis == ENTRY:
        inner, power = base.body.as_base_exp()
        if power == 2:
            return inner
    return None


def scaled_norm(vector: Expr) -> tuple[Expr, Expr, Parameter]:
    """The norm as it is evaluated, as it is declared, and the free scale."""
    scale = Parameter("scale", domain=positive)
    return (
        scale * sqrt(Sum((vector / scale) ** 2)),
        sqrt(Sum(vector**2)),
        scale,
    )
