"""False properties that nearly hold are never proved; true ones that look wrong never refuted."""

from __future__ import annotations

from typing import Any

import pytest
import sympy
from sympy import (
    Abs,
    Eq,
    Expr,
    FiniteSet,
    Gt,
    Interval,
    Max,
    Ne,
    Piecewise,
    Rational,
    Union,
    atan,
    cos,
    erf,
    exp,
    log,
    oo,
    sign,
    sin,
    sqrt,
    tanh,
)

from derive import properties as has
from derive.language import (
    Parameter,
    Sum,
    cases,
    nonnegative,
    positive,
    pred,
    target,
    unit,
)
from derive.loss import Loss
from derive.prove.properties import Subject
from derive.prove.verdict import Proved, Refuted, Verdict

p, t = pred, target
a = Parameter("a", default=1, domain=positive)
b = Parameter("b", default=1)
c = Parameter("c", default=0, domain=nonnegative)
NEGATIVE = Interval.open(-oo, 0)
HALF = Rational(1, 2)
SLIGHTLY = 1 - Rational(1, 10**6)


def step(condition: object) -> Piecewise:
    return cases((1, condition), (0, True))


def asked(condition: object) -> Piecewise:
    """One, after a question that makes a boundary of its answer."""
    return cases((1, condition), (1, True))


def examined(value: Expr, claimed: has.Property, **facts: Any) -> Verdict:
    value = sympy.sympify(value)
    symbols = value.free_symbols | set().union(*(e.free_symbols for e in claimed.arguments))
    parameters = tuple(sorted((s for s in symbols if isinstance(s, Parameter)), key=str))
    loss = Loss(value=value, gradient=pred, parameters=parameters, **facts)
    return Subject(loss).examine(claimed)[0]


Claim = tuple[Expr, has.Property, dict[str, Any]]

q = t * p + 1
u = p - t
logit = log(1 + exp(p))

FALSE: dict[str, Claim] = {
    # a step that is met in the direction in which its equation falls
    "falls where two boundaries meet": (
        step(q > 0) + asked(exp(q) > 1),
        has.nondecreasing_in(p),
        {"domains": {t: NEGATIVE}},
    ),
    "falls where two boundaries meet, cubed": (
        step(q > 0) + asked(exp(3 * q) > 1),
        has.nondecreasing_in(2 * p + t),
        {"domains": {t: NEGATIVE}},
    ),
    "a concave kink where two boundaries meet": (
        -cases((q, q > 0), (0, True)) + asked(exp(q) > 1),
        has.convex,
        {"domains": {t: NEGATIVE}},
    ),
    "a convex kink, called not to bend": (
        cases((q, q > 0), (0, True)) + asked(exp(q) > 1),
        has.smooth(1),
        {"domains": {t: NEGATIVE}},
    ),
    # convexity
    "a concave kink": (-Abs(u), has.convex, {}),
    "a concave kink in a convex function": (p**2 - Abs(u) / 1000, has.convex, {}),
    "a concave kink at one target": (
        p**2 * a - cases((Abs(p), Eq(t, 3)), (0, True)),
        has.convex,
        {},
    ),
    "convex but for one parameter": (c * p**2 - p**2 / 10**6, has.convex, {}),
    "a value that is lower at one point": (cases((-1, Eq(p, t)), (0, True)), has.convex, {}),
    "a value that is higher at one point": (cases((1, Eq(p, t)), (0, True)), has.convex, {}),
    "lower at the edge of the domain": (
        cases((-1, Eq(p, 0)), (p**2, True)),
        has.convex,
        {"domains": {p: nonnegative}},
    ),
    "a jump": (Max(p, 0) + step(p > 1), has.convex, {}),
    "a jump in a strictly convex function": (exp(p) + step(p > 1), has.strictly_convex, {}),
    "an inflection": (p**3, has.convex, {}),
    "an inflection close to the edge": (
        p**3 + p**2,
        has.convex,
        {"domains": {p: Interval(-HALF, 1)}},
    ),
    "convex on both parts of a union": (
        1 / p**2,
        has.convex,
        {"domains": {p: Union(Interval(-2, -1), Interval(1, 2))}},
    ),
    "a root is concave": (sqrt(p), has.convex, {"domains": {p: nonnegative}}),
    "a bump far away": (p**2 / 1000 + 5 * exp(-((p - 7) ** 2)), has.convex, {}),
    "tanh": (tanh(p) + p**2 / 10, has.convex, {}),
    "sine on a square": (p**2 / 3 + sin(p), has.convex, {}),
    "constant on an interval": (Max(Abs(u) - a, 0), has.strictly_convex, {}),
    "constant on an interval unless a parameter vanishes": (
        Max(Abs(u) - c, 0) ** 2,
        has.strictly_convex,
        {},
    ),
    "affine on a side": (Max(u, 0) ** 2, has.strictly_convex, {}),
    "affine where the target is zero": (exp(p * t), has.strictly_convex, {}),
    "Huber": (
        cases((u**2 / 2, Abs(u) <= a), (a * (Abs(u) - a / 2), True)),
        has.strictly_convex,
        {},
    ),
    "a loss that does not depend on its input": (t**2 + 0 * p, has.strictly_convex, {}),
    "a modulus that is slightly too big": (p**2 / 2 + p**4, has.strongly_convex(1 + HALF**30), {}),
    "a modulus of zero": (p**4, has.strongly_convex(c), {}),
    "no modulus at infinity": (logit, has.strongly_convex(HALF**20), {}),
    "a modulus that fails at zero alone": (p**2 + p**4 / 12, has.strongly_convex(2 + a), {}),
    "a modulus across a concave kink": (p**2 - Abs(p) * a, has.strongly_convex(1), {}),
    "log-cosh": (log(sympy.cosh(u)), has.strongly_convex(HALF**9), {}),
    "a negative modulus": (p**2, has.strongly_convex(b), {}),
    # Lipschitz
    "too small near infinity": (sqrt(1 + u**2), has.lipschitz(SLIGHTLY), {}),
    "too small near infinity, by a logarithm": (
        log(sympy.cosh(p)),
        has.lipschitz(1 - HALF**40),
        {},
    ),
    "steep near zero": (sqrt(p), has.lipschitz(100), {"domains": {p: nonnegative}}),
    "steep near zero, of an absolute value": (sqrt(Abs(p)), has.lipschitz(10**6), {}),
    "a small jump": (p + step(p > t) / 10**9, has.lipschitz(2), {}),
    "a jump back": (p - step(p > t) / 10**9, has.lipschitz(2), {}),
    "a jump at a point": (p + cases((HALF, Eq(p, 1)), (0, True)), has.lipschitz(2), {}),
    "quadratic": (u**2, has.lipschitz(10**9), {}),
    "depends on the parameter": (a * Abs(u), has.lipschitz(1), {}),
    "a negative constant": (0 * p + t, has.lipschitz(-1), {}),
    "a constant that may be negative": (0 * p + t, has.lipschitz(b), {}),
    "a slope of the target": (t * p, has.lipschitz(t), {}),
    "bounded sine": (sin(2 * p), has.lipschitz(1), {}),
    "an arctangent": (atan(2 * p), has.lipschitz(2 - HALF**20), {}),
    "an error function": (erf(p), has.lipschitz(Rational(112, 100)), {}),
    "a logistic": (logit, has.lipschitz(SLIGHTLY), {}),
    "across a gap": (
        p + 3 * step(p > 0),
        has.lipschitz(1),
        {"domains": {p: Union(Interval(-2, -1), Interval(1, 2))}},
    ),
    "across an excluded point": (sign(p), has.lipschitz(1).where(Ne(p, 0)), {}),
    # smooth
    "a kink of a smooth side": (Abs(u), has.smooth(10**9), {}),
    "a jump of smooth parts": (p**2 / 2 + step(p > 1), has.smooth(3), {}),
    "Huber is less smooth": (
        cases((u**2 / 2, Abs(u) <= a), (a * (Abs(u) - a / 2), True)),
        has.smooth(SLIGHTLY),
        {},
    ),
    "a negative bend": (-(p**2), has.smooth(1), {}),
    "a logistic is smooth with a quarter": (logit, has.smooth(Rational(1, 4) - HALF**20), {}),
    "smooth but near zero": (Abs(p) ** Rational(3, 2), has.smooth(100), {}),
    # bounds
    "attained only in the limit": (exp(p), has.bounded_below(0, at=0), {}),
    "a bound slightly too big": (p**2 + 1, has.bounded_below(1 + HALF**40), {}),
    "a bound not attained": (p**2 + 1, has.bounded_below(1, at=1), {}),
    "attained outside the domain": (
        p**2,
        has.bounded_below(0, at=0),
        {"domains": {p: Interval.open(0, 1)}},
    ),
    "attained outside the facts": (p**2, has.bounded_below(0, at=0), {"assuming": [Gt(p, 0)]}),
    "attained in the gap": (
        Max(p**2 - 1, 0),
        has.bounded_below(0, at=0),
        {"domains": {p: Union(Interval(-2, -1), Interval(1, 2))}},
    ),
    "attained for some parameters": (u**2 + b**2, has.bounded_below(0, at=t), {}),
    "below at one point": (cases((-1, Eq(p, t)), (u**2, True)), has.bounded_below(0), {}),
    "below for one target": (p**2 - cases((1, Eq(t, 2)), (0, True)), has.bounded_below(0), {}),
    "a local minimum": (p**4 - 2 * p**2 + p / 100, has.bounded_below(-1), {}),
    "an upper bound that is crossed": (tanh(p), has.bounded_above(SLIGHTLY), {}),
    "an upper bound in the limit": (tanh(p), has.bounded_above(1, at=1000), {}),
    "a minimum of a sine": (sin(p), has.bounded_below(-SLIGHTLY), {}),
    "x - log x": (p - log(p), has.bounded_below(1 + HALF**30), {"domains": {p: positive}}),
    "nonnegative but between two points": ((p - 1) * (p - 1 - HALF**10), has.never_negative, {}),
    "nonnegative for targets in the interval only": (
        p * t,
        has.never_negative,
        {"domains": {p: nonnegative, t: Interval(-(HALF**9), 1)}},
    ),
    "a mean that is negative": (
        t * p + (1 - t) * (p - 1),
        has.never_negative,
        {"domains": {p: nonnegative, t: unit}},
    ),
    # zero if and only if equal
    "zero beside the target": (Max(Abs(u) - c, 0), has.zero_iff_equal, {}),
    "zero for a target of zero": (t**2 * u**2, has.zero_iff_equal, {}),
    "not zero at one target": (u**2 + cases((1, Eq(t, 1)), (0, True)), has.zero_iff_equal, {}),
    "zero at a far point": (u**2 * (u - 7) ** 2, has.zero_iff_equal, {}),
    "zero at minus the target": ((p**2 - t**2) ** 2, has.zero_iff_equal, {}),
    "a difference of exponentials that is periodic": (sin(u) ** 2, has.zero_iff_equal, {}),
    "a parameter of zero": (c * u**2, has.zero_iff_equal, {}),
    # symmetries
    "nearly even": (u**2 + step(u > 1) * HALF**40, has.even_in(u), {}),
    "even but at a point": (Abs(u) + cases((1, Eq(u, 1)), (0, True)), has.even_in(u), {}),
    "even at the wrong place": (u**2, has.even_in(p), {}),
    "odd and even": (u**2, has.odd_in(u), {}),
    "odd but at zero": (sign(u) + cases((1, Eq(u, 0)), (0, True)), has.odd_in(u), {}),
    "symmetric but for a sign": (u * Abs(u), has.symmetric, {}),
    "symmetric on the diagonal": ((p - 1) ** 2 * t, has.symmetric, {}),
    "symmetric but at a pair": (
        u**2 + cases((1, Eq(p, 1) & Eq(t, 2)), (0, True)),
        has.symmetric,
        {},
    ),
    "cosine of a sum": (cos(p + 1), has.even_in(p), {}),
    # monotone
    "falls at a jump": (p - step(p > t), has.nondecreasing_in(p), {}),
    "falls at a small jump of a strange step": (
        p**3 - step(p**3 > 8) / 10**6,
        has.nondecreasing_in(p),
        {},
    ),
    "falls in a small interval": (p**3 - p / 10**6, has.nondecreasing_in(p), {}),
    "rises in the other sense": (p, has.nonincreasing_in(u), {}),
    "the target's sign turns it": (p * t, has.nondecreasing_in(p), {}),
    "a sine": (p + Rational(1001, 1000) * sin(p), has.nondecreasing_in(p), {}),
    "a surface that is a whole line": (-p * step(Eq(t * p - b, 0)), has.nondecreasing_in(p), {}),
    "falls across a square": (-sign((p - 1) ** 2 - 1), has.nondecreasing_in(p), {}),
    "a fall in a pole": (-1 / p, has.nondecreasing_in(p).where(Ne(p, 0)), {}),
    "a margin that is zero": (t * Abs(p), has.nondecreasing_in(t * p), {}),
    # invariances
    "shifted by a period": (sin(2 * sympy.pi * u), has.shift_invariant, {}),
    "shifted in all but one place": (u - p + step(Eq(p, 3)), has.shift_invariant, {}),
    "scaled in all but the sign": (Abs(p) / p, has.even_in(p).where(Ne(p, 0)), {}),
    "scaled but for a constant": (p / sqrt(p**2 + c), has.scale_invariant, {}),
    "scaled but at zero": (step(p >= 1), has.scale_invariant, {}),
    # differentiable
    "differentiable at a kink": (Abs(u), has.differentiable, {}),
    "differentiable at a jump": (step(u > 0), has.differentiable, {}),
    "differentiable at a point that is off": (
        cases((1, Eq(p, 0)), (p**2, True)),
        has.differentiable,
        {},
    ),
    "an infinite slope": (sign(p) * sqrt(Abs(p)), has.differentiable, {}),
    "a kink for one parameter": (Max(Abs(u) - c, 0) ** 2 + c * Abs(p), has.differentiable, {}),
    "a kink for one target": (t * Abs(p), has.differentiable, {}),
    "a kink that is not always there": (t * Abs(p), has.differentiable_but_at(p), {}),
    "excepted where there is no kink": (u * Abs(u), has.differentiable_but_at(u), {}),
    "excepted at too many points": (Abs(p), has.differentiable_but_at(p * (p - 1)), {}),
    "excepted at too few": (Abs(p * (p - 1)), has.differentiable_but_at(p), {}),
    "excepted at a surface that is a domain": (Abs(p), has.differentiable_but_at(t * p), {}),
    "kinks that cancel where they meet": (
        Abs(p) - Abs(p - c),
        has.differentiable_but_at(p, p - c),
        {},
    ),
    "twice differentiable": (u * Abs(u), has.twice_differentiable, {}),
    "twice, from a kink": (Abs(u), has.twice_differentiable_but_at(u), {}),
    "twice, a power": (Abs(u) ** Rational(3, 2), has.twice_differentiable, {}),
    "twice, Huber": (
        cases((u**2 / 2, Abs(u) <= c), (c * (Abs(u) - c / 2), True)),
        has.twice_differentiable_but_at(Abs(u) - c),
        {},
    ),
    # calibration
    "a kink at zero": (Max(-t * p, 0), has.classification_calibrated, {}),
    "rises": (Max(1 + t * p, 0), has.classification_calibrated, {}),
    "flat at zero": (Max(-t * p, 0) ** 2, has.classification_calibrated, {}),
    "not convex": (sympy.tanh(-t * p), has.classification_calibrated, {}),
    "not of the margin": (
        Max(1 - t * p, 0) + p**2 / 100 * (t + 1),
        has.classification_calibrated,
        {},
    ),
    "flat for a parameter": (Max(c - t * p, 0) ** 2, has.classification_calibrated, {}),
    "a kink for a parameter": (Max(c - t * p, 0), has.classification_calibrated, {}),
    # slices
    "a concave slice": (-(Sum(p) ** 2) + Sum(p**2), has.convex, {}),
    "a slice of a single entry": (Sum(p) ** 2 - Sum(p**2) / 2, has.convex, {}),
    "an indefinite slice": (Sum(p) * Sum(p * t), has.convex, {}),
    "a slice shifted": (Sum(p) / (1 + Sum(p) ** 2), has.shift_invariant, {}),
    "a slice scaled": (Sum(p**2) / (1 + Sum(p**2)), has.scale_invariant, {}),
    "a slice below its bound": (Sum(p**2) - Sum(p) ** 2, has.never_negative, {}),
    "zero slices": (Sum(u) ** 2, has.zero_iff_equal, {}),
}

TRUE: dict[str, Claim] = {
    "rises where two boundaries meet": (
        step(q > 0) + asked(exp(q) > 1),
        has.nonincreasing_in(p),
        {"domains": {t: NEGATIVE}},
    ),
    "higher at the edge of the domain": (
        cases((1, Eq(p, 0)), (p**2, True)),
        has.convex,
        {"domains": {p: nonnegative}},
    ),
    "strictly convex with a flat fourth power": (p**4, has.strictly_convex, {}),
    "strictly convex with a kink": (Abs(p) + p**2, has.strictly_convex, {}),
    "strictly convex on a point": (Abs(p), has.strictly_convex, {"domains": {p: FiniteSet(0)}}),
    "concave but affine on the domain": (-Abs(p), has.convex, {"domains": {p: nonnegative}}),
    "convex on the domain": (p**3, has.convex, {"domains": {p: nonnegative}}),
    "convex between the domain's points": (
        p**2,
        has.convex,
        {"domains": {p: Union(Interval(-2, -1), Interval(1, 2))}},
    ),
    "strongly convex with the largest modulus": (p**2 / 2 + Abs(p), has.strongly_convex(1), {}),
    "the best constant at infinity": (sqrt(1 + u**2), has.lipschitz(1), {}),
    "the best constant of a logistic": (logit, has.lipschitz(1), {}),
    "the best bend of a logistic": (logit, has.smooth(Rational(1, 4)), {}),
    "a constant of zero": (t**2 + 0 * p, has.lipschitz(0), {}),
    "a step that is outside": (step(p > -1), has.lipschitz(0), {"domains": {p: nonnegative}}),
    "a step at the edge that no one sees": (
        step(p > 0),
        has.lipschitz(0),
        {"domains": {p: positive}},
    ),
    "a step in the gap": (
        step(p > 0),
        has.lipschitz(1),
        {"domains": {p: Union(Interval(-2, -1), Interval(1, 2))}},
    ),
    "a slope of the target, in size": (t * p, has.lipschitz(Abs(t)), {}),
    "a bound that is attained at the edge": (
        p,
        has.bounded_below(0, at=0),
        {"domains": {p: nonnegative}},
    ),
    "a bound that is never attained": (exp(p), has.bounded_below(0), {}),
    "x - log x": (p - log(p), has.bounded_below(1, at=1), {"domains": {p: positive}}),
    "AM and GM": (
        (p + t) / 2 - sqrt(p * t),
        has.never_negative,
        {"domains": {p: positive, t: positive}},
    ),
    "a mean": (t * p + (1 - t) * p**2, has.never_negative, {"domains": {p: nonnegative, t: unit}}),
    "zero if equal, by a strange route": (
        p * log(p / t) - p + t,
        has.zero_iff_equal,
        {"domains": {p: positive, t: positive}},
    ),
    "even at the target": (Abs(u) ** 3, has.even_in(u), {}),
    "even in a mirrored input": (u**2, has.even_in(2 * u), {}),
    "odd with a jump": (sign(u), has.odd_in(u), {}),
    "symmetric by cases": (cases((u, p > t), (-u, True)), has.symmetric, {}),
    "rises by jumps": (p + step(p > 0) + step(p > 1), has.nondecreasing_in(p), {}),
    "a constant rises": (t + 0 * p, has.nondecreasing_in(p), {}),
    "falls in a margin": (
        Max(1 - t * p, 0),
        has.nonincreasing_in(t * p),
        {"domains": {t: FiniteSet(-1, 1)}},
    ),
    "a margin that is anything": (Max(1 - t * p, 0), has.nonincreasing_in(t * p), {}),
    "scaled": (sign(p), has.scale_invariant, {}),
    "a kink that cancels": (Abs(p) - Max(p, 0) - Max(-p, 0), has.differentiable, {}),
    "kinks that do not cancel": (
        Abs(p) + Abs(p - t) - Abs(p + t),
        has.differentiable_but_at(p, p - t, p + t),
        {},
    ),
    "a kink outside": (Abs(p), has.differentiable, {"domains": {p: positive}}),
    "a kink at the edge": (Abs(p), has.differentiable, {"domains": {p: nonnegative}}),
    "a kink at an excluded point": (Abs(p), has.differentiable.where(Ne(p, 0)), {}),
    "a kink that moves away": (Abs(Abs(p) + a), has.differentiable_but_at(p), {}),
    "a cubic kink": (Abs(p) ** 3, has.twice_differentiable, {}),
    "a power above two": (Abs(p) ** Rational(5, 2), has.twice_differentiable, {}),
    "hinge": (Max(1 - t * p, 0), has.classification_calibrated, {"domains": {t: FiniteSet(-1, 1)}}),
    "exponential": (exp(-t * p), has.classification_calibrated, {}),
    "never convex but on the facts": (cos(p), has.bounded_above(1, at=0), {}),
    "a slice": (Sum(u**2), has.convex, {}),
    "a norm": (sqrt(Sum(u**2)), has.convex, {}),
    "a slice of log-sum-exp": (log(Sum(exp(p))), has.convex, {}),
    "a cosine of slices": (Sum(p * t) / sqrt(Sum(p**2)), has.scale_invariant, {}),
    "variance": (Sum((p - Sum(p)) ** 2), has.never_negative, {}),
    "a sum of absolute values": (Sum(Abs(u)), has.lipschitz(sqrt(sympy.Integer(10**9))), {}),
}


def verdict_of(claim: Claim) -> Verdict:
    value, claimed, facts = claim
    return examined(value, claimed, **facts)


@pytest.mark.parametrize("name", FALSE)
def test_a_false_property_is_not_proved(name: str) -> None:
    verdict = verdict_of(FALSE[name])
    assert not isinstance(verdict, Proved), verdict


@pytest.mark.parametrize("name", TRUE)
def test_a_true_property_is_not_refuted(name: str) -> None:
    verdict = verdict_of(TRUE[name])
    assert not isinstance(verdict, Refuted), verdict
