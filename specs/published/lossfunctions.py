"""Traits and formulas that LossFunctions.jl states of its losses and that do not hold.

Source: the traits declared in src/losses/distance.jl and src/losses/margin.jl, and the comments
that document the losses there, as of June 2026.
"""

from sympy import Abs, FiniteSet, Max, Piecewise, Rational, cosh, log

from derive import (
    Parameter,
    Published,
    lipschitz,
    positive,
    pred,
    strictly_convex,
    strongly_convex,
    target,
    twice_differentiable,
    twice_differentiable_but_at,
    unit_open,
)

DISTANCE = "LossFunctions.jl, src/losses/distance.jl"
MARGIN = "LossFunctions.jl, src/losses/margin.jl"

delta = Parameter("delta", default=1, domain=positive)
eps = Parameter("eps", default=1, domain=positive)
q = Parameter("q", default=1, domain=positive)
tau = Parameter("q", default=Rational(1, 2), domain=unit_open)
residual = pred - target
squared_epsilon_insensitive = Max(0, Abs(residual) - eps) ** 2
labels = {target: FiniteSet(-1, 1)}
margin = target * pred

lossfunctions_log_cosh_strongly_convex = Published(
    source=DISTANCE,
    value=log(cosh(residual)),
    claim=strongly_convex(Rational(1, 100)),
    expected="refuted",
    because="far away it is almost straight: whatever the modulus, it bends less there",
)

lossfunctions_squared_epsilon_insensitive_strictly_convex = Published(
    source=DISTANCE,
    value=squared_epsilon_insensitive,
    claim=strictly_convex,
    expected="refuted",
    because="it is flat where the residual is at most epsilon",
)

lossfunctions_squared_epsilon_insensitive_strongly_convex = Published(
    source=DISTANCE,
    value=squared_epsilon_insensitive,
    claim=strongly_convex(Rational(1, 100)),
    expected="refuted",
    because="it is flat where the residual is at most epsilon",
)

lossfunctions_cube_strongly_convex = Published(
    source=DISTANCE,
    value=Abs(residual) ** 3,
    claim=strongly_convex(1),
    expected="refuted",
    because="its second derivative is 0 at 0: smaller moduli fail closer to it",
)

lossfunctions_power_twice_differentiable = Published(
    source=DISTANCE,
    value=Abs(residual) ** Rational(3, 2),
    claim=twice_differentiable,
    expected="refuted",
    because="its second derivative is infinite at 0",
)

lossfunctions_huber_twice_differentiable = Published(
    of="huber",
    source=DISTANCE,
    claim=twice_differentiable_but_at(residual - delta),
    expected="refuted",
    because="the second derivative jumps at a residual of -delta, too",
)

lossfunctions_huber_documented = Published(
    of="huber",
    source=DISTANCE,
    value=Piecewise(
        (residual**2 / 2, Abs(residual) <= delta),
        (delta * Abs(residual) - delta**3 / 2, True),
    ),
    expected="refuted",
    because="the documented cube of the threshold is its square in the code",
)

lossfunctions_quantile_documented = Published(
    of="quantile",
    source=DISTANCE,
    value=Piecewise((tau * residual, residual >= 0), ((tau - 1) * residual, True)),
    expected="refuted",
    because="the documented weights of both sides are exchanged in the code",
)

lossfunctions_zero_one_lipschitz = Published(
    source=MARGIN,
    value=Piecewise((1, margin < 0), (0, True)),
    domains=labels,
    claim=lipschitz(2),
    expected="refuted",
    because="it jumps at 0: larger constants fail closer to it",
)

lossfunctions_dwd_twice_differentiable = Published(
    source=MARGIN,
    value=Piecewise(
        (1 - margin, margin <= q / (q + 1)),
        ((q / (q + 1)) ** q / ((q + 1) * margin**q), True),
    ),
    domains=labels,
    claim=twice_differentiable,
    expected="refuted",
    because="its second derivative jumps where the margin is q/(q + 1)",
)
