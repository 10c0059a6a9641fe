"""Pseudo-Huber loss: Huber's loss without the joint, smooth everywhere."""

from sympy import sqrt

from derive import (
    Loss,
    Parameter,
    bounded_below,
    even_in,
    positive,
    pred,
    strictly_convex,
    target,
    twice_differentiable,
    zero_iff_equal,
)

delta = Parameter("delta", default=1, domain=positive, doc="where the loss turns linear")
residual = pred - target
root = sqrt(1 + (residual / delta) ** 2)

pseudo_huber = Loss(
    value=delta**2 * (root - 1),
    gradient={pred: residual / root, delta: delta * (root - 1) ** 2 / root},
    hessian=1 / root**3,
    curvature=1 / root,
    parameters=[delta],
    claims=[
        strictly_convex,
        twice_differentiable,
        even_in(residual),
        bounded_below(0, at=target),
        zero_iff_equal,
    ],
    same_as={"scipy.special.pseudo_huber": 1},
    references=["Charbonnier et al. 1997, doi:10.1109/83.551699"],
)
