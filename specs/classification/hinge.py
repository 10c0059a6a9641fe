"""Hinge loss: linear in how far the margin falls short of one."""

from sympy import Abs, Max, Piecewise

from derive import (
    Kink,
    Loss,
    classification_calibrated,
    convex,
    differentiable_but_at,
    lipschitz,
    never_negative,
    nonincreasing_in,
    pred,
    target,
)

shortfall = 1 - target * pred

hinge = Loss(
    value=Max(0, shortfall),
    gradient=Piecewise((-target, shortfall > 0), (0, True)),
    hessian=0,
    kinks=[
        Kink(
            at=shortfall,
            gradient=0,
            hessian=0,
            because="a margin of exactly one is met: nothing is left to improve",
        )
    ],
    claims=[
        convex,
        lipschitz(Abs(target)),
        differentiable_but_at(shortfall),
        nonincreasing_in(target * pred),
        never_negative,
        classification_calibrated,
    ],
    same_as={
        "sklearn.metrics.hinge_loss": 1,
        "optax.losses.hinge_loss": 1,
        "keras.losses.Hinge": 1,
    },
    references=["Cortes and Vapnik 1995, doi:10.1007/BF00994018"],
)
