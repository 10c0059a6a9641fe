"""What is claimed of a loss, and what the calculus derives to compare it with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from sympy import Dummy, Expr, S
from sympy.core.relational import Relational

from derive.calculus import directional_derivative, gradient
from derive.language import ENTRY, SLICE, Aggregate, Element, Parameter, Sum, axes_of, identity
from derive.loss import Loss, direction
from derive.mutation import Vocabulary
from derive.prove.field import OutsideClass

Kind = Literal["value", "gradient", "hessian", "hvp", "form"]
_WEIGHT = {"elementwise": Element("weight"), "slices": Element("weight", (SLICE,))}
_DIVISOR = Dummy("divisor", positive=True)


@dataclass(frozen=True)
class Claim:
    """``written`` is the quantity of this ``kind`` of ``loss`` with respect to ``wrt``.

    A value or a form has a ``reference`` that it must equal at every point, boundaries included;
    derivatives are derived from the value. ``free`` are symbols that stand for any real number.
    """

    loss: Loss
    kind: Kind
    wrt: Element
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


def unreduced(reduced: Expr, loss: Loss) -> Expr:
    """A derivative of the weighted sum over a divisor as one of the plain sum."""
    return reduced.xreplace({_WEIGHT[loss.kind]: S.One, _DIVISOR: S.One})


def vocabulary(claim: Claim) -> Vocabulary:
    """What a formula that makes this claim may speak of."""
    loss = claim.loss
    inputs = (*loss.inputs, *([direction] if claim.kind == "hvp" else []))
    inputs += (identity,) if loss.square else ()
    axes = frozenset({SLICE, ENTRY})
    if claim.kind == "value":
        axes = axes_of(loss.value)
    return Vocabulary(inputs, (*loss.parameters, *claim.free), axes, loss.kind == "slices")


def derive(loss: Loss, kind: Kind, wrt: Element) -> Expr:
    """The value, gradient, Hessian diagonal or Hessian-vector product of a loss.

    Raises ``OutsideClass`` for the diagonal of a Hessian that couples elements.
    """
    if kind in ("value", "form"):
        return loss.value
    first = unreduced(reduced_gradient(loss, wrt)[0], loss)
    if kind == "gradient":
        return first
    if kind == "hvp":
        return directional_derivative(first, {wrt: direction})
    if any(wrt in aggregate.free_symbols for aggregate in first.atoms(Aggregate)):
        raise OutsideClass("the Hessian couples elements: declare a Hessian-vector product")
    return directional_derivative(first, {wrt: direction}).xreplace({direction: S.One})
