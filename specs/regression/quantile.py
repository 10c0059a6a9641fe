"""Quantile (pinball) loss: its mean is least at the q-quantile of the target."""

from sympy import Abs, Max, Piecewise, Rational

from derive import (
    Forms,
    Kink,
    Loss,
    Parameter,
    Rounded,
    Same,
    bounded_below,
    convex,
    differentiable_but_at,
    lipschitz,
    pred,
    target,
    unit_open,
    zero_iff_equal,
)

q = Parameter("q", default=Rational(1, 2), domain=unit_open, doc="the quantile to predict")
shortfall = target - pred
half = Rounded(target / 2 - pred / 2)  # is a number also where their difference is too large

quantile = Loss(
    value=Max(q * shortfall, (q - 1) * shortfall),
    gradient={
        pred: Piecewise((-q, shortfall > 0), (1 - q, shortfall < 0), (0, True)),
        q: shortfall,
    },
    hessian=0,
    parameters=[q],
    kinks=[
        Kink(
            at=shortfall,
            gradient=0,
            hessian=0,
            because="zero lies in [-q, 1 - q]: a perfect prediction stays put",
        )
    ],
    forms=Forms(
        value=Piecewise(
            (Max(q * shortfall, (q - 1) * shortfall), Abs(half) <= 1),
            (2 * Max(q * half, (q - 1) * half), True),
        )
    ),
    claims=[
        convex,
        lipschitz(Max(q, 1 - q)),
        differentiable_but_at(shortfall),
        bounded_below(0, at=target),
        zero_iff_equal,
    ],
    same_as={
        "sklearn.metrics.mean_pinball_loss": Same(1, alpha=q),
    },
    references=["Koenker and Bassett 1978, doi:10.2307/1913643"],
)
