"""Triplet margin loss: the anchor belongs nearer to the positive."""

from sympy import Max, Piecewise, Rational, sqrt

import derive
from derive import Kink, Loss, Parameter, Sum, Tensor, direction

anchor, positive, negative = Tensor("anchor"), Tensor("positive"), Tensor("negative")
margin = Parameter("margin", default=1, domain=derive.positive, doc="how much nearer")
eps = Parameter(
    "eps", default=Rational(1, 10**6), domain=derive.positive, doc="added to every difference"
)
near, far = anchor - positive + eps, anchor - negative + eps
near_distance, far_distance = sqrt(Sum(near**2)), sqrt(Sum(far**2))
excess = near_distance - far_distance + margin
active = excess > 0

# What of a direction is orthogonal to a difference, per unit of its length.
u, v = near / near_distance, far / far_distance
turn_near = (direction - u * Sum(u * direction)) / near_distance
turn_far = (direction - v * Sum(v * direction)) / far_distance

triplet_margin = Loss(
    inputs=[anchor, positive, negative],
    value=Max(0, excess),
    gradient={
        anchor: Piecewise((near / near_distance - far / far_distance, active), (0, True)),
        positive: Piecewise((-near / near_distance, active), (0, True)),
        negative: Piecewise((far / far_distance, active), (0, True)),
    },
    hvp={
        anchor: Piecewise((turn_near - turn_far, active), (0, True)),
        positive: Piecewise((turn_near, active), (0, True)),
        negative: Piecewise((-turn_far, active), (0, True)),
    },
    parameters=[margin, eps],
    kinks=[Kink(at=excess, gradient=0, because="the margin is met: nothing is left to improve")],
    same_as={"torch.nn.functional.triplet_margin_loss": 1},
    references=["Schroff et al. 2015, FaceNet, doi:10.1109/CVPR.2015.7298682"],
)
