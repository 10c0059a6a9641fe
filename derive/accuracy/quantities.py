"""What there is to measure of a loss: its value and derivatives, and how each is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Expr

from derive.accuracy.numbers import Array
from derive.accuracy.points import Compute
from derive.language import Element, direction
from derive.loss import Loss
from derive.registry import Spec
from derive.stable.forms import Kind, forms


@dataclass(frozen=True)
class Quantity:
    """A value or derivative: the formula that defines it, and the equal one that is evaluated."""

    loss: str
    kind: Kind
    wrt: Element
    declared: Expr
    evaluated: Expr
    only: bool  # whether the kind is offered with respect to no other input

    def __str__(self) -> str:
        return self.kind if self.only else f"{self.kind}[{self.wrt.name}]"


def quantities(spec: Spec) -> list[Quantity]:
    """The value of a loss and its derivatives in inputs, in the order of their declaration.

    A derivative in a parameter is a sum over all elements: reductions are measured apart.
    """
    found = [(form, form.wrt) for form in forms(spec.loss) if isinstance(form.wrt, Element)]
    return [
        Quantity(
            spec.name,
            form.kind,
            wrt,
            form.declared,
            form.stated,
            sum(other.kind == form.kind for other, _ in found) == 1,
        )
        for form, wrt in found
    ]


def emitted(quantity: Quantity, loss: Loss, precision: str = "accurate") -> Compute:
    """The quantity as the emitted package computes it, through its public interface.

    Values are those of reduction "none", derivatives those of the sum.
    """
    import lossproof

    function = getattr(lossproof, quantity.loss)
    method = function if quantity.kind == "value" else getattr(function, quantity.kind)
    reduction = "none" if quantity.kind == "value" else "sum"
    options: dict[str, Any] = {"reduction": reduction, "precision": precision}
    if not quantity.only:
        options["wrt"] = quantity.wrt.name

    def compute(inputs: Mapping[str, Array], parameters: Mapping[str, float]) -> Array:
        arguments = {x.name: inputs[x.name] for x in loss.inputs}
        if quantity.kind == "hvp":
            arguments[direction.name] = inputs[direction.name]
        result: Array = method(**arguments, **parameters, **options)
        return result

    return compute
