"""Binary cross-entropy of probabilities, which are clamped away from 0 and 1."""

from sympy import And, Interval, Max, Min, Piecewise, Rational, log

from derive import Kink, Loss, Parameter, Same, never_negative, pred, target, unit

eps = Parameter(
    "eps",
    default=Rational(1, 10**7),
    domain=Interval.open(0, Rational(1, 2)),
    doc="how far from 0 and 1 probabilities are kept",
)
clamped = Min(Max(pred, eps), 1 - eps)
inside = And(pred >= eps, pred <= 1 - eps)

binary_cross_entropy = Loss(
    value=-(target * log(clamped) + (1 - target) * log(1 - clamped)),
    gradient=Piecewise(((pred - target) / (pred * (1 - pred)), inside), (0, True)),
    hessian=Piecewise((target / pred**2 + (1 - target) / (1 - pred) ** 2, inside), (0, True)),
    domains={target: unit},
    parameters=[eps],
    kinks=[
        Kink(
            at=(pred - eps) * (pred - 1 + eps),
            because="the side of the curve: a prediction on the clamp still learns",
        )
    ],
    claims=[
        never_negative,
    ],
    same_as={
        "torch.nn.functional.binary_cross_entropy": Same(1).where(pred >= eps, pred <= 1 - eps),
        "sklearn.metrics.log_loss": Same(1).where(pred >= eps, pred <= 1 - eps),
    },
    references=["Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x"],
)
