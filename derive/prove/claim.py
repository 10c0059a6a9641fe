"""What is claimed of a loss, and what the calculus derives to compare it with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from sympy import Dummy, Expr, S, Symbol
from sympy.core.relational import Relational

from derive.calculus import directional_derivative, gradient, own_derivative
from derive.language import (
    ENTRY,
    SLICE,
    Aggregate,
    Element,
    Parameter,
    Sum,
    direction,
    other_direction,
)
from derive.loss import Loss
from derive.prove.field import OutsideClass

Kind = Literal["value", "gradient", "hessian", "hvp", "form", "curvature"]
_WEIGHT = {"elementwise": Element("weight'"), "slices": Element("weight'", (SLICE,))}
_DIVISOR = Dummy("divisor", positive=True)


@dataclass(frozen=True)
class Claim:
    """``written`` is the quantity of this ``kind`` of ``loss`` with respect to ``wrt``.

    A value or a form has a ``reference`` that it must equal at every point, boundaries included;
    derivatives are derived from the value. ``free`` are symbols that stand for any real number.
    Nothing is claimed outside ``assuming``; a fact ``Ne(q, 0)`` exempts the surface ``q = 0``.
    """

    loss: Loss
    kind: Kind
    wrt: Symbol
    written: Expr
    assuming: tuple[Relational, ...] = ()
    reference: Expr | None = None
    free: tuple[Parameter, ...] = ()

    @property
    def derived(self) -> Expr:
        """What the written formula must equal."""
        if self.reference is not None:
            return self.reference
        return derive(self.loss, self.kind, self.wrt)


def reduced_gradient(loss: Loss, wrt: Element) -> tuple[Expr, Expr]:
    """The gradient of a weighted sum over any divisor, and the factor that these contribute.

    The factor stands before the gradient of the plain sum; weights and divisor are free, so that
    this covers every reduction at once.
    """
    weight = _WEIGHT[loss.kind]
    value = weight * loss.value / _DIVISOR
    total = Sum(value if loss.kind == "slices" else Sum(value, ENTRY), SLICE)
    return _gradient(total, wrt), weight / _DIVISOR


@lru_cache(maxsize=256)
def _gradient(total: Expr, wrt: Element) -> Expr:
    return gradient(total, wrt)  # several claims about a loss begin with the same


@lru_cache(maxsize=256)
def _product(first: Expr, wrt: Element) -> Expr:
    return directional_derivative(first, {wrt: direction})


def unreduced(reduced: Expr, loss: Loss) -> Expr:
    """A derivative of the weighted sum over a divisor as one of the plain sum."""
    return reduced.xreplace({_WEIGHT[loss.kind]: S.One, _DIVISOR: S.One})


def derive(loss: Loss, kind: Kind, wrt: Symbol) -> Expr:
    """The value, gradient, Hessian diagonal or Hessian-vector product of a loss.

    A gradient in a parameter is that of one element or slice; reductions only add them up.
    Raises ``OutsideClass`` for a second derivative in a parameter, and for a diagonal that cannot
    be told from the rest of the Hessian.
    """
    if kind in ("value", "form"):
        return loss.value
    if not isinstance(wrt, Element):
        if kind != "gradient":
            raise OutsideClass("second derivatives are taken in inputs, not in parameters")
        return directional_derivative(loss.value, {wrt: S.One})
    first = unreduced(reduced_gradient(loss, wrt)[0], loss)
    if kind == "gradient":
        return first
    if kind == "hvp":
        return _product(first, wrt)
    try:
        return own_derivative(first, wrt)
    except ValueError as problem:
        raise OutsideClass(str(problem)) from None


def symmetry(loss: Loss, wrt: Element) -> Claim:
    """That ``u . H d = d . H u`` for the derived Hessian, at every point of every shape."""
    product = derive(loss, "hvp", wrt)
    other = product.xreplace({direction: other_direction})
    one, two = other_direction * product, direction * other
    if couples(product):
        axes = {a.axis for a in product.atoms(Aggregate) if direction in a.free_symbols} | {ENTRY}
        for axis in sorted(axes):
            one, two = Sum(one, axis), Sum(two, axis)
    return Claim(loss, "form", wrt, one, reference=two)


def couples(product: Expr) -> bool:
    """Whether elements meet in a Hessian: whether its product sums along the direction."""
    return any(direction in aggregate.free_symbols for aggregate in product.atoms(Aggregate))
