"""Poisson negative log-likelihood of a predicted logarithm of the rate."""

from sympy import And, Ne, Piecewise, exp, log

from derive import (
    Forms,
    Loss,
    Rounded,
    bounded_below,
    nonnegative,
    pred,
    strictly_convex,
    target,
    twice_differentiable,
)

# Far out, exp(pred) and the product are infinite, but not the share of the one in the other.
rate = Rounded(exp(pred))
product = Piecewise((target * pred, And(Ne(target, 0), Ne(pred, 0))), (0, True))
share = Rounded(pred / rate)
far = rate * (1 - Rounded(target * share))

poisson_nll = Loss(
    value=exp(pred) - target * pred,
    gradient=exp(pred) - target,
    hessian=exp(pred),
    domains={target: nonnegative},
    forms=Forms(
        value=Piecewise((exp(pred) - product, pred <= 700), (far, share > 0), (rate, True))
    ),
    claims=[
        strictly_convex,
        twice_differentiable,
        bounded_below(target - target * log(target), at=log(target)).where(target > 0),
    ],
    same_as={"torch.nn.functional.poisson_nll_loss": 1},
    references=["Nelder and Wedderburn 1972, doi:10.2307/2344614"],
)
