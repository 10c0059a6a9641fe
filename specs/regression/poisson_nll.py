"""Poisson negative log-likelihood of a predicted logarithm of the rate."""

from sympy import exp, log

from derive import (
    Loss,
    bounded_below,
    nonnegative,
    pred,
    strictly_convex,
    target,
    twice_differentiable,
)

poisson_nll = Loss(
    value=exp(pred) - target * pred,
    gradient=exp(pred) - target,
    hessian=exp(pred),
    domains={target: nonnegative},
    claims=[
        strictly_convex,
        twice_differentiable,
        bounded_below(target - target * log(target), at=log(target)).where(target > 0),
    ],
    same_as={"torch.nn.functional.poisson_nll_loss": 1},
    references=["Nelder and Wedderburn 1972, doi:10.2307/2344614"],
)
