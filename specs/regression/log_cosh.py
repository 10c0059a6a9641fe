"""Log-cosh loss: half the squared residual near zero, its size far away."""

from sympy import Abs, Min, Piecewise, Rational, cosh, exp, log, sinh, tanh
from sympy.codegen.cfunctions import log1p

from derive import (
    Forms,
    Loss,
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
size = Abs(residual)
half = Min(size, 1) * Rational(1, 2)
decay = exp(-2 * size)

log_cosh = Loss(
    value=log(cosh(residual)),
    gradient=tanh(residual),
    hessian=1 - tanh(residual) ** 2,
    curvature=1,
    forms=Forms(
        value=Piecewise(
            (log1p(2 * sinh(half) ** 2), size <= 1),
            (size - log(2) + log1p(decay), True),
        ),
        hessian=4 * (decay / (1 + decay) / (1 + decay)),
    ),
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
