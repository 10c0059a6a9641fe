"""The range of a quantity, as far as a proved property of its loss gives one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, S

from derive.accuracy.exact import exact
from derive.accuracy.numbers import Array
from derive.accuracy.quantities import Quantity
from derive.language import Element
from derive.loss import Loss
from derive.properties import (
    BoundedAbove,
    BoundedBelow,
    Convex,
    Lipschitz,
    NeverNegative,
    Smooth,
    StrictlyConvex,
    StronglyConvex,
)


@dataclass(frozen=True)
class Bounds:
    """Lower and upper bounds of a quantity, as formulas of the other inputs and parameters."""

    lower: tuple[Expr, ...]
    upper: tuple[Expr, ...]


def bounds(quantity: Quantity, loss: Loss) -> Bounds:
    """The bounds that properties claimed everywhere put on a quantity.

    A bound on the slope or the curvature of a loss over slices is one of norms, and left out.
    """
    lower: list[Expr] = []
    upper: list[Expr] = []
    slope = quantity.kind == "gradient" and quantity.wrt == loss.inputs[0]
    bend = quantity.kind == "hessian" and quantity.wrt == loss.inputs[0]
    for claim in loss.claims:
        if claim.facts:
            continue
        if quantity.kind == "value":
            if isinstance(claim, NeverNegative):
                lower.append(S.Zero)
            if isinstance(claim, BoundedBelow):
                lower.append(claim.bound)
            if isinstance(claim, BoundedAbove):
                upper.append(claim.bound)
        elif loss.kind == "elementwise":
            if (slope and isinstance(claim, Lipschitz)) or (bend and isinstance(claim, Smooth)):
                lower.append(-claim.constant)
                upper.append(claim.constant)
            if bend and isinstance(claim, Convex | StrictlyConvex | StronglyConvex):
                lower.append(S.Zero)
    return Bounds(tuple(dict.fromkeys(lower)), tuple(dict.fromkeys(upper)))


def violated(
    result: Array, limits: Bounds, inputs: Mapping[str, Array], parameters: Mapping[str, float]
) -> NDArray[np.bool_]:
    """Where a result leaves its range.

    Only a bound that is a floating-point number is one for results too: any other is met by the
    exact number, while a result is as near to it as rounding allows.
    """
    found = np.zeros(result.shape, bool)
    one = {name: x.reshape(-1, x.shape[-1])[0] for name, x in inputs.items()}
    for formulas, sign in ((limits.lower, -1), (limits.upper, 1)):
        for formula in formulas:
            bound = exact(formula, inputs if formula.has(Element) else one, parameters)
            with np.errstate(over="ignore"):
                fits = (bound.rest == 0) & (bound.nearest.astype(result.dtype) == bound.nearest)
            numbers = result.astype(np.float64)
            beyond = numbers > bound.nearest if sign > 0 else numbers < bound.nearest
            found |= np.broadcast_to(fits & beyond, result.shape)
    return found
