"""The formulas that are evaluated in place of the declared ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sympy import Expr

from derive.language import Element, exact
from derive.loss import Loss, by_input
from derive.stable.softmax import stable_softmax

Kind = Literal["value", "gradient", "hessian", "hvp"]


@dataclass(frozen=True)
class Form:
    """A formula to evaluate and the declared one that it equals."""

    kind: Kind
    wrt: Element
    formula: Expr
    declared: Expr

    @property
    def claimed(self) -> Expr:
        """What has to be proved equal to the declared formula."""
        return exact(self.formula)

    @property
    def is_new(self) -> bool:
        """Whether the formula differs from the declared one and has to be proved equal."""
        return bool(self.claimed != self.declared)


def forms(loss: Loss) -> list[Form]:
    """The formulas to evaluate for a loss: stated forms where there are any, then the rules."""
    first, stated = loss.inputs[0], loss.forms
    value = loss.value if stated.value is None else stated.value
    found = [Form("value", first, stable_softmax(value), loss.value)]
    for kind, declared, better in (
        ("gradient", loss.gradients, by_input(stated.gradient, loss.inputs)),
        ("hessian", loss.hessians, by_input(stated.hessian, loss.inputs)),
        ("hvp", loss.hvps, by_input(stated.hvp, loss.inputs)),
    ):
        for wrt, formula in declared.items():
            evaluated = stable_softmax(better.get(wrt, formula))
            found.append(Form(kind, wrt, evaluated, formula))  # type: ignore[arg-type]
    return found
