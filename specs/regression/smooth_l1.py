"""Smooth L1 loss: the absolute error with its corner rounded off."""

from sympy import Abs, Piecewise, Rational, sign

from derive import (
    Kink,
    Loss,
    Parameter,
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

delta = Parameter("delta", default=1, domain=positive, doc="where the corner begins")
residual = pred - target
small = Abs(residual) <= delta

smooth_l1 = Loss(
    value=Piecewise((residual**2 / (2 * delta), small), (Abs(residual) - delta / 2, True)),
    gradient={
        pred: Piecewise((residual / delta, small), (sign(residual), True)),
        delta: -Piecewise(((residual / delta) ** 2 / 2, small), (Rational(1, 2), True)),
    },
    hessian=Piecewise((1 / delta, small), (0, True)),
    curvature=Piecewise((1 / delta, small), (1 / Abs(residual), True)),
    parameters=[delta],
    kinks=[
        Kink(
            at=Abs(residual) - delta,
            hessian=1 / delta,
            because="the side of the parabola, so that the curvature is never understated",
        )
    ],
    claims=[
        convex,
        lipschitz(1),
        smooth(1 / delta),
        twice_differentiable_but_at(Abs(residual) - delta),
        even_in(residual),
        bounded_below(0, at=target),
        zero_iff_equal,
    ],
    same_as={
        "torch.nn.functional.smooth_l1_loss": Same(1, beta=delta),
        "torch.nn.functional.huber_loss": delta,
    },
    references=["Girshick 2015, Fast R-CNN, doi:10.1109/ICCV.2015.169"],
)
