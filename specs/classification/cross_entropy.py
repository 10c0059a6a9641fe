"""Cross-entropy of probabilities, which are clamped away from 0 and 1."""

from sympy import And, Interval, Max, Min, Piecewise, Rational, log
from sympy.codegen.cfunctions import log1p

from derive import Forms, Kink, Loss, Parameter, Sum, nonnegative, pred, target

eps = Parameter(
    "eps",
    default=Rational(1, 10**7),
    domain=Interval.open(0, Rational(1, 2)),
    doc="how far from 0 and 1 probabilities are kept",
)
clamped = Min(Max(pred, eps), 1 - eps)
inside = And(pred >= eps, pred <= 1 - eps)

cross_entropy = Loss(
    value=-Sum(target * log(clamped)),
    gradient=Piecewise((-target / pred, inside), (0, True)),
    hessian=Piecewise((target / pred**2, inside), (0, True)),
    domains={target: nonnegative},
    parameters=[eps],
    labels=True,
    kinks=[
        Kink(
            at=(pred - eps) * (pred - 1 + eps),
            because="the side of the curve: a prediction on the clamp still learns",
        )
    ],
    forms=Forms(
        # 1 - pred is exact near 1, where 1 - eps has rounded a small eps away
        value=-Sum(
            target
            * Piecewise((log1p(-eps), And(1 - pred <= eps, pred >= eps)), (log(clamped), True))
        ),
        gradient=Piecewise((-target / clamped, inside), (0, True)),
        hessian=Piecewise((target / clamped / clamped, inside), (0, True)),
    ),
    references=["Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x"],
)
