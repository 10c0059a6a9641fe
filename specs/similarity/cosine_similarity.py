"""Cosine loss: one minus the cosine of the angle between two vectors."""

from sympy import Max, Piecewise, Rational, sqrt

from derive import (
    Forms,
    Kink,
    Loss,
    Parameter,
    Rounded,
    Sum,
    direction,
    positive,
    pred,
    scale_invariant,
    target,
)

eps = Parameter(
    "eps", default=Rational(1, 10**8), domain=positive, doc="the least norm that counts"
)
norm = sqrt(Sum(pred**2))
pred_length, target_length = Max(norm, eps), Max(sqrt(Sum(target**2)), eps)
cosine = Sum(pred * target) / (pred_length * target_length)
radial = Piecewise((Sum(pred * target) / (norm**3 * target_length), norm > eps), (0, True))

# The same by unit vectors, which neither overflow nor lose small norms.
u, v = pred / pred_length, target / target_length
w = direction / pred_length
along, across = Sum(u * w), Sum(v * w)
bend = 3 * along * Sum(u * v) * u - across * u - along * v - Sum(u * v) * w
# What of v is orthogonal to u: what rounding has left along u is taken away again.
nearly = Rounded(v - Rounded(Sum(u * v) * u))
orthogonal = Rounded(nearly - Rounded(Sum(nearly * u) * u))

cosine_similarity = Loss(
    value=1 - cosine,
    gradient=radial * pred - target / (pred_length * target_length),
    hvp=Piecewise((-bend / pred_length, norm > eps), (0, True)),
    parameters=[eps],
    kinks=[
        Kink(
            at=norm - eps,
            because="the clamped side: a vector too short to have a direction is not turned",
        )
    ],
    forms=Forms(
        value=1 - Sum(u * v),
        gradient=-Piecewise((orthogonal, norm > eps), (v, True)) / pred_length,
    ),
    claims=[
        scale_invariant.where(norm > eps),
    ],
    same_as={"1 - torch.nn.functional.cosine_similarity": 1},
    references=["Salton and McGill 1983, Introduction to Modern Information Retrieval"],
)
