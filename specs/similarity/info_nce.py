"""InfoNCE: each row of a similarity matrix should single out its own column."""

from sympy import Rational, exp, log

from derive import (
    Loss,
    Parameter,
    Sum,
    convex,
    direction,
    identity,
    positive,
    pred,
    shift_invariant,
)

tau = Parameter("tau", default=Rational(1, 10), domain=positive, doc="the temperature")
scaled = pred / tau
log_softmax = scaled - log(Sum(exp(scaled)))
softmax = exp(scaled) / Sum(exp(scaled))

info_nce = Loss(
    inputs=[pred],
    value=-Sum(identity * log_softmax),
    gradient=(softmax - identity) / tau,
    hessian=softmax * (1 - softmax) / tau**2,
    hvp=softmax * (direction - Sum(softmax * direction)) / tau**2,
    parameters=[tau],
    claims=[
        convex,
        shift_invariant,
    ],
    references=["van den Oord et al. 2018, arXiv:1807.03748"],
)
