"""Quantile (pinball) loss: its mean is least at the q-quantile of the target."""

from sympy import Max, Piecewise, Rational

from derive import (
    Kink,
    Loss,
    Parameter,
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
