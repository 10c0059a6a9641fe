"""Binary cross-entropy of a logit: its softplus, less the target times it."""

from sympy import Rational, exp, log

from derive import (
    Loss,
    lipschitz,
    never_negative,
    pred,
    smooth,
    strictly_convex,
    target,
    twice_differentiable,
    unit,
)

probability = 1 / (1 + exp(-pred))

bce_with_logits = Loss(
    value=log(1 + exp(pred)) - target * pred,
    gradient=probability - target,
    hessian=probability * (1 - probability),
    curvature=Rational(1, 4),
    domains={target: unit},
    claims=[
        strictly_convex,
        lipschitz(1),
        smooth(Rational(1, 4)),
        twice_differentiable,
        never_negative,
    ],
    same_as={
        "torch.nn.functional.binary_cross_entropy_with_logits": 1,
        "optax.losses.sigmoid_binary_cross_entropy": 1,
        "xgboost binary:logistic": 1,
    },
    references=["Cox 1958, doi:10.1111/j.2517-6161.1958.tb00292.x"],
)
