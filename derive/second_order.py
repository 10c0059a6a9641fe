"""Second derivatives that a specification leaves out, derived from what it states.

They follow the hand-written gradient branch by branch: on a surface where that jumps or bends, the
second derivative is that of the branch which the gradient takes there. Each is a claim that goes
through the prover like any other, and what is not proved is not offered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from sympy import Expr, Piecewise

from derive.calculus import directional_derivative, own_derivative
from derive.language import Element, cases, direction
from derive.loss import Loss
from derive.prove.claim import couples, derive

Kind = Literal["hessian", "hvp"]


@dataclass(frozen=True)
class Derived:
    """The diagonal of the Hessian in an input, or its product with a direction."""

    kind: Kind
    wrt: Element
    formula: Expr
    keyword: str  # under which a finding names it: "hvp", or "hvp[target]" where there are several


def derived(loss: Loss) -> Iterator[Derived]:
    """The second derivatives in each input that has a gradient, where the loss states none."""
    for wrt in loss.gradients:
        found = _missing(loss, wrt)
        for kind, formula in found.items():
            alone = len(loss.gradients) == 1
            yield Derived(kind, wrt, formula, kind if alone else f"{kind}[{wrt.name}]")


def with_derived(loss: Loss, parts: Iterable[Derived]) -> Loss:
    """The loss with these second derivatives beside those that it states."""
    hessians, hvps = dict(loss.hessians), dict(loss.hvps)
    for part in parts:
        (hessians if part.kind == "hessian" else hvps)[part.wrt] = part.formula
    return replace(
        loss,
        hessian={x: hessians[x] for x in loss.inputs if x in hessians} or None,
        hvp={x: hvps[x] for x in loss.inputs if x in hvps} or None,
    )


def is_diagonal(loss: Loss, wrt: Element) -> bool:
    """Whether elements do not meet in the Hessian, so that its diagonal is all of it."""
    return not couples(derive(loss, "hvp", wrt))


def _missing(loss: Loss, wrt: Element) -> dict[Kind, Expr]:
    hessian, hvp = loss.hessians.get(wrt), loss.hvps.get(wrt)
    gradient = loss.gradients[wrt]
    found: dict[Kind, Expr] = {}
    try:
        if is_diagonal(loss, wrt):
            if hessian is None:
                hessian = found["hessian"] = _by_branch(gradient, lambda e: own_derivative(e, wrt))
            if hvp is None:
                found["hvp"] = hessian * direction
        else:
            if hvp is None:
                way = {wrt: direction}
                hvp = found["hvp"] = _by_branch(gradient, lambda e: directional_derivative(e, way))
            if hessian is None:
                found["hessian"] = _by_branch(hvp, lambda e: own_derivative(e, direction))
    except ValueError:  # what is left out cannot be told from what is stated
        pass
    return found


def _by_branch(formula: Expr, derivative: Callable[[Expr], Expr]) -> Expr:
    if isinstance(formula, Piecewise):
        return cases(*((_by_branch(e, derivative), condition) for e, condition in formula.args))
    return derivative(formula)
