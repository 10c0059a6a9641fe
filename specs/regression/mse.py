"""Mean squared error: the square of the residual."""

from sympy import Rational

from derive import (
    Loss,
    bounded_below,
    even_in,
    pred,
    smooth,
    strongly_convex,
    symmetric,
    target,
    twice_differentiable,
    zero_iff_equal,
)

residual = pred - target

mse = Loss(
    value=residual**2,
    gradient={pred: 2 * residual, target: -2 * residual},
    hessian=2,
    curvature=2,
    claims=[
        strongly_convex(2),
        smooth(2),
        twice_differentiable,
        symmetric,
        even_in(residual),
        bounded_below(0, at=target),
        zero_iff_equal,
    ],
    same_as={
        "torch.nn.functional.mse_loss": 1,
        "sklearn.metrics.mean_squared_error": 1,
        "optax.losses.squared_error": 1,
        "optax.losses.l2_loss": Rational(1, 2),
        "keras.losses.MeanSquaredError": 1,
    },
    references=["Legendre 1805, Nouvelles méthodes pour la détermination des orbites des comètes"],
)
