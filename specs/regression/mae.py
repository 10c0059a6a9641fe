"""Mean absolute error: the size of the residual."""

from sympy import Abs, sign

from derive import (
    Kink,
    Loss,
    bounded_below,
    convex,
    differentiable_but_at,
    even_in,
    lipschitz,
    pred,
    symmetric,
    target,
    zero_iff_equal,
)

residual = pred - target

mae = Loss(
    value=Abs(residual),
    gradient={pred: sign(residual), target: -sign(residual)},
    hessian=0,
    kinks=[
        Kink(
            at=residual,
            gradient=0,
            hessian=0,
            because="the middle of [-1, 1], as PyTorch has it: a perfect prediction stays put",
        )
    ],
    claims=[
        convex,
        lipschitz(1),
        differentiable_but_at(residual),
        symmetric,
        even_in(residual),
        bounded_below(0, at=target),
        zero_iff_equal,
    ],
    same_as={
        "torch.nn.functional.l1_loss": 1,
        "sklearn.metrics.mean_absolute_error": 1,
        "keras.losses.MeanAbsoluteError": 1,
    },
    references=["Laplace 1774, Mémoire sur la probabilité des causes par les événements"],
)
