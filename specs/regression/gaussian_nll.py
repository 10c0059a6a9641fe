"""Gaussian negative log-likelihood with a predicted variance, constant dropped."""

from sympy import Rational, log

from derive import (
    Loss,
    Same,
    Tensor,
    bounded_below,
    even_in,
    positive,
    pred,
    smooth,
    strongly_convex,
    target,
    twice_differentiable,
)

variance = Tensor("variance")
residual = pred - target
ratio = residual / variance

gaussian_nll = Loss(
    inputs=[pred, target, variance],
    domains={variance: positive},
    value=(log(variance) + residual**2 / variance) / 2,
    gradient={pred: ratio, variance: (1 - residual * ratio) / (2 * variance)},
    hessian={pred: 1 / variance, variance: (residual * ratio - Rational(1, 2)) / variance**2},
    claims=[
        strongly_convex(1 / variance),
        smooth(1 / variance),
        twice_differentiable,
        even_in(residual),
        bounded_below(log(variance) / 2, at=target),
    ],
    same_as={
        "torch.nn.functional.gaussian_nll_loss": Same(1).where(variance >= Rational(1, 10**6)),
    },
    references=["Nix and Weigend 1994, doi:10.1109/ICNN.1994.374138"],
)
