"""Log-cosh loss: half the squared residual near zero, its size far away."""

from sympy import cosh, log, tanh

from derive import (
    Forms,
    Loss,
    RoundingError,
    bounded_below,
    even_in,
    lipschitz,
    pred,
    smooth,
    strictly_convex,
    target,
    twice_differentiable,
    zero_iff_equal,
)

residual = pred - target

log_cosh = Loss(
    value=log(cosh(residual)),
    gradient=tanh(residual),
    hessian=1 - tanh(residual) ** 2,
    curvature=1,
    forms=Forms(value=log(cosh(residual)) + RoundingError(pred, target) * tanh(residual)),
    claims=[
        strictly_convex,
        lipschitz(1),
        smooth(1),
        twice_differentiable,
        even_in(residual),
        bounded_below(0, at=target),
        zero_iff_equal,
    ],
    same_as={
        "optax.losses.log_cosh": 1,
        "keras.losses.LogCosh": 1,
    },
    references=["Chen et al. 2019, Log hyperbolic cosine loss improves variational autoencoders"],
)
