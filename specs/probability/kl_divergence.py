"""Kullback-Leibler divergence of the target from predicted log-probabilities."""

from sympy import Piecewise, log

from derive import (
    Loss,
    Same,
    convex,
    lipschitz,
    nonincreasing_in,
    nonnegative,
    pred,
    target,
    twice_differentiable,
)

surprise = Piecewise((log(target) - pred, target > 0), (0, True))

kl_divergence = Loss(
    value=target * surprise,
    gradient=-target,
    hessian=0,
    domains={target: nonnegative},
    claims=[
        convex,
        lipschitz(target),
        twice_differentiable,
        nonincreasing_in(pred),
    ],
    same_as={
        "torch.nn.functional.kl_div": Same(1).where(target > 0),
    },
    references=["Kullback and Leibler 1951, doi:10.1214/aoms/1177729694"],
)
