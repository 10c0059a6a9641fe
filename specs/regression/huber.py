"""Huber loss: quadratic for small residuals, linear for large ones."""

from sympy import Abs, Max, Min, Piecewise, sign

from derive import (
    Forms,
    Kink,
    Loss,
    Parameter,
    Rounded,
    Same,
    bounded_below,
    convex,
    even_in,
    lipschitz,
    positive,
    pred,
    smooth,
    target,
    twice_differentiable_but_at,
    zero_iff_equal,
)

delta = Parameter("delta", default=1, domain=positive, doc="where the loss becomes linear")
residual = pred - target
small = Abs(residual) <= delta
half = Rounded(pred / 2 - target / 2)  # is a number also where their difference is too large
slope = Max(-delta, Min(delta, residual))

huber = Loss(
    value=Piecewise((residual**2 / 2, small), (delta * (Abs(residual) - delta / 2), True)),
    gradient=Piecewise((residual, small), (delta * sign(residual), True)),
    hessian=Piecewise((1, small), (0, True)),
    curvature=Piecewise((1, small), (delta / Abs(residual), True)),
    parameters=[delta],
    kinks=[
        Kink(at=Abs(residual) - delta, hessian=1, because="the quadratic side, as in Huber 1964"),
    ],
    forms=Forms(value=Rounded(2 * slope) * Rounded(half - slope / 4)),
    claims=[
        convex,
        lipschitz(delta),
        smooth(1),
        twice_differentiable_but_at(Abs(residual) - delta),
        even_in(residual),
        bounded_below(0, at=target),
        zero_iff_equal,
    ],
    same_as={
        "torch.nn.functional.huber_loss": 1,
        "torch.nn.functional.smooth_l1_loss": Same(1 / delta, beta=delta),
        "optax.losses.huber_loss": 1,
        "keras.losses.Huber": 1,
    },
    references=["Huber 1964, doi:10.1214/aoms/1177703732"],
)
