"""Hinge loss: linear in how far the margin falls short of one."""

from sympy import Max, Piecewise

from derive import Kink, Loss, pred, target

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
    same_as={"sklearn.metrics.hinge_loss": 1},
    references=["Cortes and Vapnik 1995, doi:10.1007/BF00994018"],
)
