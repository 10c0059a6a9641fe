"""Squared hinge loss: quadratic in how far the margin falls short of one."""

from sympy import Max, Piecewise

from derive import (
    Kink,
    Loss,
    classification_calibrated,
    convex,
    differentiable,
    never_negative,
    nonincreasing_in,
    pred,
    smooth,
    target,
)

shortfall = 1 - target * pred

squared_hinge = Loss(
    value=Max(0, shortfall) ** 2,
    gradient=-2 * target * Max(0, shortfall),
    hessian=Piecewise((2 * target**2, shortfall > 0), (0, True)),
    curvature=2 * target**2,
    kinks=[
        Kink(
            at=shortfall,
            hessian=0,
            because="a margin of exactly one is met: nothing is left to improve",
        )
    ],
    claims=[
        convex,
        smooth(2 * target**2),
        differentiable,
        nonincreasing_in(target * pred),
        never_negative,
        classification_calibrated,
    ],
    same_as={
        "keras.losses.SquaredHinge": 1,
    },
    references=["Lee and Mangasarian 2001, doi:10.1023/A:1011215321374"],
)
