"""Gaussian negative log-likelihood with a predicted variance, constant dropped."""

from sympy import Piecewise, Rational, log

from derive import (
    Forms,
    Loss,
    RatioOfDifference,
    Rounded,
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

# A square that overflows, or a quotient, though the whole does not: which, the variance decides.
half = Rational(1, 2)
quotient, bend = RatioOfDifference(pred, target, variance), Rounded(half / variance)
near = Rounded(half - Rounded(Rounded(quotient / 2) * residual)) / variance
far = bend - Rounded(Rounded(quotient / 2) * quotient)
near_bend = Rounded(Rounded(Rounded(quotient * residual) - half) / variance) / variance
far_bend = Rounded(quotient * Rounded(quotient / variance)) - Rounded(bend / variance)
square = Rounded(residual**2) / (2 * variance)

gaussian_nll = Loss(
    inputs=[pred, target, variance],
    domains={variance: positive},
    value=(log(variance) + residual**2 / variance) / 2,
    gradient={pred: ratio, variance: (1 - residual * ratio) / (2 * variance)},
    hessian={pred: 1 / variance, variance: (residual * ratio - Rational(1, 2)) / variance**2},
    forms=Forms(
        value=log(variance) / 2
        + Piecewise((square, variance < half), (Rounded(Rounded(quotient / 2) * residual), True)),
        gradient={pred: quotient, variance: Piecewise((near, variance < 1), (far, True))},
        hessian={variance: Piecewise((near_bend, variance < 1), (far_bend, True))},
    ),
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
