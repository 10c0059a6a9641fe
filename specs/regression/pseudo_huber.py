"""Pseudo-Huber loss: Huber's loss without the joint, smooth everywhere."""

from sympy import Integer, Max, Min, sqrt

from derive import (
    Forms,
    Loss,
    Parameter,
    Rounded,
    RoundingError,
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

# The Hessian is off by thrice what its two sums are off by: that is made good. Beyond ``far`` it
# vanishes.
lost, far = RoundingError(pred, target), Integer(10) ** 108
ratio = Rounded(residual / delta)
whole = Rounded(1 + ratio**2)
bend = Rounded(Rounded(1 / whole) / sqrt(whole))
tilt = Rounded(lost * Rounded(Max(-far, Min(far, ratio)) / whole)) / delta
mend = Rounded(3 * Rounded(tilt + Rounded(RoundingError(ratio**2, -1) / (2 * whole))))

pseudo_huber = Loss(
    value=delta**2 * (root - 1),
    gradient={pred: residual / root, delta: delta * (root - 1) ** 2 / root},
    hessian=1 / root**3,
    curvature=1 / root,
    forms=Forms(
        value=delta**2 * (root - 1) + lost * Rounded(residual / root),
        hessian=bend - Rounded(bend * mend),
    ),
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
