"""Mean absolute error: the size of the residual."""

from sympy import Abs, sign

from derive import Kink, Loss, pred, target

residual = pred - target

mae = Loss(
    value=Abs(residual),
    gradient=sign(residual),
    hessian=0,
    kinks=[
        Kink(
            at=residual,
            gradient=0,
            hessian=0,
            because="the middle of [-1, 1], as PyTorch has it: a perfect prediction stays put",
        )
    ],
    same_as={"torch.nn.functional.l1_loss": 1, "sklearn.metrics.mean_absolute_error": 1},
    references=["Laplace 1774, Mémoire sur la probabilité des causes par les événements"],
)
