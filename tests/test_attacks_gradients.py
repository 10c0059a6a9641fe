"""Wrong gradients and forms that nearly are right are never proved; right ones never refuted."""

from __future__ import annotations

from typing import Any

import pytest
import sympy
from sympy import (
    Abs,
    Eq,
    Expr,
    FiniteSet,
    Ge,
    Gt,
    Interval,
    Le,
    Max,
    Mul,
    Ne,
    Piecewise,
    Pow,
    Rational,
    Union,
    acos,
    asin,
    atan,
    atan2,
    besseli,
    besselj,
    besselk,
    cos,
    erf,
    exp,
    gamma,
    log,
    loggamma,
    oo,
    pi,
    polygamma,
    sign,
    sin,
    sqrt,
    tan,
)

from derive.language import (
    SLICE,
    Largest,
    Mean,
    Parameter,
    Sum,
    cases,
    nonnegative,
    positive,
    pred,
    size,
    target,
    unit,
)
from derive.loss import Loss
from derive.prove.claim import Claim
from derive.prove.prover import check
from derive.prove.verdict import Proved, Refuted, Verdict

p, t = pred, target
a = Parameter("a", default=1, domain=positive)
b = Parameter("b", default=1)
c = Parameter("c", default=0, domain=nonnegative)
n = size()
NEGATIVE = Interval.open(-oo, 0)
HALF = Rational(1, 2)


def step(condition: object) -> Piecewise:
    return cases((1, condition), (0, True))


def quotient(numerator: Expr, denominator: Expr) -> Expr:
    """A quotient that SymPy has not cancelled."""
    return Mul(numerator, Pow(denominator, -1, evaluate=False), evaluate=False)


def _loss(value: Expr, gradient: Any, *formulas: Expr, **facts: Any) -> Loss:
    symbols = set().union(*(sympy.sympify(e).free_symbols for e in (value, *formulas)))
    parameters = tuple(sorted((s for s in symbols if isinstance(s, Parameter)), key=str))
    return Loss(value=value, gradient=gradient, parameters=parameters, **facts)


def form(written: Expr, reference: Expr, **facts: Any) -> Verdict:
    written, reference = sympy.sympify(written), sympy.sympify(reference)
    sums = written.has(Sum, Largest) or reference.has(Sum, Largest)
    value = Sum(p + t) if sums else p + t
    loss = _loss(value, 1, written, reference, **facts)
    return check(Claim(loss, "form", p, written, reference=reference))


def gradient(value: Expr, written: Expr, exempt: tuple[Any, ...] = (), **facts: Any) -> Verdict:
    written = sympy.sympify(written)
    loss = _loss(value, {p: written}, written, **facts)
    return check(Claim(loss, "gradient", p, loss.gradients[p], exempt))


def second(value: Expr, written: Expr, kind: Any = "hessian", **facts: Any) -> Verdict:
    loss = _loss(value, 1, sympy.sympify(written), **facts)
    return check(Claim(loss, kind, p, sympy.sympify(written)))


u = p - t
N = sqrt(Sum(p**2))
NZ = Sum(p**2) > 0
NU = sqrt(Sum(u**2))
W = unit

FALSE: dict[str, tuple[Any, ...]] = {
    # special functions
    "the sine of an arccosine is not negative": (form, sqrt(1 - cos(p) ** 2), sin(p)),
    "the cosine of an arcsine of a sine": (form, sqrt(1 - sin(p) ** 2), cos(p)),
    "half an angle": (form, sqrt((1 + cos(p)) / 2), cos(p / 2)),
    "half an angle, its sine": (form, sqrt((1 - cos(2 * p)) / 2), sin(p)),
    "a tangent of half an angle": (form, sqrt((1 - cos(p)) / (1 + cos(p))), tan(p / 2)),
    "an arcsine of a sine": (form, asin(sin(p)), p),
    "an arccosine of a cosine": (form, acos(cos(p)), p),
    "an arctangent of a tangent": (form, atan(tan(p)), p),
    "a reciprocal arctangent": (form, atan(1 / p), pi / 2 - atan(p)),
    "a reciprocal arctangent, negative": (
        form,
        atan(1 / p),
        pi / 2 - atan(p),
        {"domains": {p: NEGATIVE}},
    ),
    "an even arccosine": (form, acos(-p), acos(p), {"domains": {p: Interval(-1, 1)}}),
    "an odd arccosine": (form, acos(-p), -acos(p), {"domains": {p: Interval(-1, 1)}}),
    "an angle of a point": (form, atan2(p, t), atan(p / t)),
    "an angle turned": (form, atan2(-p, -t), atan2(p, t)),
    "an angle turned back": (form, atan2(p, -a), pi - atan(p / a)),
    "an angle on the axis": (form, atan2(p - p, t), sympy.Integer(0), {"domains": {t: NEGATIVE}}),
    "a sum of arctangents": (form, atan(p) + atan(t), atan((p + t) / (1 - p * t))),
    "twice an arctangent": (form, 2 * atan(p), atan(2 * p / (1 - p**2))),
    "an odd Bessel function": (form, besselj(3, -p), besselj(3, p)),
    "an even Bessel function": (form, besselj(2, -p), -besselj(2, p)),
    "a Bessel function of negative order": (form, besselj(-3, p), besselj(3, p)),
    "a recurrence of the wrong sign": (form, besselj(2, p), besselj(0, p) - 2 / p * besselj(1, p)),
    "a modified recurrence of the wrong sign": (
        form,
        besseli(2, p),
        besseli(0, p) + 2 / p * besseli(1, p),
    ),
    "a recurrence of the second kind": (
        form,
        besselk(2, p),
        besselk(0, p) - 2 / p * besselk(1, p),
        {"domains": {p: positive}},
    ),
    "the slope of I0": (gradient, besseli(0, p), -besseli(1, p)),
    "the slope of J0": (gradient, besselj(0, p), besselj(1, p)),
    "the slope of K0": (gradient, besselk(0, p), besselk(1, p), (), {"domains": {p: positive}}),
    "a gamma function shifted": (
        form,
        loggamma(p + 2),
        loggamma(p) + log(p),
        {"domains": {p: positive}},
    ),
    "a gamma function shifted twice": (
        form,
        loggamma(p + 2),
        loggamma(p) + 2 * log(p),
        {"domains": {p: positive}},
    ),
    "a digamma function shifted": (
        form,
        polygamma(0, p + 1),
        polygamma(0, p) - 1 / p,
        {"domains": {p: positive}},
    ),
    "a trigamma function shifted": (
        form,
        polygamma(1, p + 1),
        polygamma(1, p) + 1 / p**2,
        {"domains": {p: positive}},
    ),
    "a gamma function at negative numbers": (
        form,
        exp(log(Abs(gamma(p)))),
        gamma(p),
        {"domains": {p: Interval.open(-1, 0)}},
    ),
    "a Lambert function on the other branch": (
        form,
        sympy.LambertW(p * exp(p)),
        p,
        {"domains": {p: NEGATIVE}},
    ),
    "erfc": (gradient, sympy.erfc(p), 2 * exp(-(p**2)) / sqrt(pi)),
    "the slope of an arccosine": (
        gradient,
        acos(p),
        1 / sqrt(1 - p**2),
        (),
        {"domains": {p: Interval.open(-1, 1)}},
    ),
    "a tangent over its poles": (gradient, Abs(tan(p)), (1 + tan(p) ** 2)),
    "the size of a sine": (gradient, Abs(sin(p)), cos(p)),
    "the size of a sine, kinks aside": (
        gradient,
        Abs(sin(p)),
        cases((sign(sin(p)) * cos(p), Ne(sin(p), 0)), (2, True)),
    ),
    "where a sine is zero": (gradient, p, cases((7, Eq(sin(p), 0)), (1, True))),
    "where a cosine is one": (gradient, p, cases((7, Eq(cos(p), 1)), (1, True))),
    "where a shifted sine is zero": (form, step(Eq(sin(p) + cos(p), 0)), sympy.Integer(0)),
    "where an arctangent is its bound": (
        form,
        step(atan(p) < Rational(157, 100)),
        sympy.Integer(1),
    ),
    "where an error function is near its bound": (
        form,
        step(erf(p) < 1 - HALF**9),
        sympy.Integer(1),
    ),
    "a constant that is nearly zero": (
        form,
        step(pi > Rational(22, 7) - HALF**9),
        sympy.Integer(0),
    ),
    "constants in the wrong order": (form, p * step(exp(1) < pi), p * step(exp(1) > pi)),
    # sums and partial fractions
    "a sum over a split pole": (
        form,
        Sum(1 / (p * (p + t))),
        (Sum(1 / p) - Sum(1 / (p + t))) / Sum(t) * n,
    ),
    "a sum split by what may vanish": (
        form,
        Sum(1 / ((p - b) * (p - a))),
        (Sum(1 / (p - b)) - Sum(1 / (p - a))) / (a - b),
    ),
    "a product of sums": (form, Sum(p) * Sum(t), n * Sum(p * t)),
    "a sum of a square": (form, Sum(p) ** 2, Sum(p**2)),
    "n is not one": (form, Sum(p - Sum(p) / n) + n, sympy.Integer(1)),
    "a mean of a mean": (form, Mean(Mean(p)), Mean(p) / n),
    "sums over both axes": (form, Sum(Sum(p * t, SLICE)), Sum(Sum(p, SLICE) * Sum(t, SLICE))),
    "a sum with a case on a side": (form, Sum(cases((p, p > 0), (0, True))), Sum(p)),
    # maxima
    "a maximum turned": (form, Largest(-p), -Largest(p)),
    "a maximum scaled by a slice": (form, Largest(Sum(t) * p), Sum(t) * Largest(p)),
    "a maximum scaled by the size": (form, Largest(Sum(t) * p), Abs(Sum(t)) * Largest(p)),
    "a maximum of a sum": (form, Largest(p + t), Largest(p) + Largest(t)),
    "a maximum of a product": (
        form,
        Largest(p * t),
        Largest(p) * Largest(t),
        {"domains": {p: positive, t: positive}},
    ),
    "a maximum of a square": (form, Largest(p**2), Largest(p) ** 2),
    "a maximum of exponentials": (form, Largest(exp(-p)), exp(-Largest(p))),
    "a maximum is no entry": (form, Largest(p), p),
    "a maximum that is positive": (form, Abs(Largest(p)), Largest(p)),
    "a maximum over slices": (form, Largest(Sum(p, SLICE)), Sum(Largest(p), SLICE)),
    "a maximum of sums": (form, Sum(Largest(p, SLICE)), Largest(Sum(p), SLICE)),
    "the slope of a maximum": (gradient, Largest(p), step(Eq(p, Largest(p)))),
    "a shift that does not cancel": (
        gradient,
        Largest(p) + log(Sum(exp(p - Largest(p)))) - Largest(p) / 2,
        exp(p) / Sum(exp(p)),
    ),
    "a shift of the wrong sign": (
        gradient,
        -Largest(p) + log(Sum(exp(p - Largest(p)))),
        exp(p) / Sum(exp(p)),
    ),
    # boxes, products, facts
    "a bilinear form at a corner": (
        form,
        Abs(p * t - p - t + 1 - HALF**9),
        p * t - p - t + 1 - HALF**9,
        {"domains": {p: Interval(0, 1), t: Interval(0, 1)}},
    ),
    "a saddle": (form, Abs(p * t), p * t, {"domains": {p: Interval(-1, 1), t: Interval(-1, 1)}}),
    "a box with an open side": (
        form,
        step(p * t > 0),
        sympy.Integer(1),
        {"domains": {p: Interval(0, 1), t: Interval(0, 1)}},
    ),
    "a product of unknown signs": (form, Abs(p), p, {"assuming": [Gt(p * t, 0)]}),
    "a product that may be zero": (
        form,
        step(p > 0),
        sympy.Integer(1),
        {"assuming": [Ge(p * t, 0)], "domains": {t: positive}},
    ),
    "an odd product": (form, Abs(t), t, {"assuming": [Gt(p**3 * t, 0)]}),
    "a finite set": (form, p**2, sympy.Integer(1), {"domains": {p: FiniteSet(-1, 1, 2)}}),
    "a finite set of two": (
        form,
        p * t,
        sympy.Integer(1),
        {"domains": {p: FiniteSet(-1, 1), t: FiniteSet(-1, 1)}},
    ),
    "an absolute value in a fact": (form, Abs(p), p, {"assuming": [Gt(Abs(p), 1)]}),
    "an absolute value in a fact, at the edge": (
        form,
        step(p < 1),
        sympy.Integer(1),
        {"assuming": [Le(Abs(p), 1)]},
    ),
    "a bound of unknown sign": (
        form,
        step(p**2 >= b**2),
        sympy.Integer(1),
        {"assuming": [Ge(Abs(p), b)]},
    ),
    "a point in a gap": (
        gradient,
        Abs(p),
        cases((1, p > 0), (-1, p < 0), (5, True)),
        (),
        {"domains": {p: Union(Interval(-2, -1), Interval(0, 1))}},
    ),
    "exempt elsewhere": (gradient, Abs(p), cases((1, p > 0), (-1, p < 0), (5, True)), (Ne(t, 0),)),
    "exempt beside": (gradient, Abs(p), cases((1, p > 0), (-2, True)), (Ne(p, 0),)),
    "exempt where a product vanishes": (
        gradient,
        Abs(p - 1),
        cases((1, p > 1), (-1, p < 1), (5, True)),
        (Ne(t * p, 0),),
    ),
    # kinks
    "too steep by a billionth": (
        gradient,
        Abs(u),
        cases((sign(u), Ne(u, 0)), (1 + HALF**30, True)),
    ),
    "a kink with a factor that vanishes": (
        gradient,
        b * Abs(u),
        cases((b * sign(u), Ne(u, 0)), (1, True)),
    ),
    "a kink with a factor of the target": (
        gradient,
        t * Abs(p),
        cases((t * sign(p), Ne(p, 0)), (t**2, True)),
    ),
    "a kink at a corner": (
        gradient,
        Max(p, t, 0),
        cases((1, (p > t) & (p > 0)), (0, (p < t) | (p < 0)), (2, True)),
    ),
    "a corner of two kinks": (
        gradient,
        Abs(p) + Abs(u),
        cases((sign(p) + sign(u), Ne(p * u, 0)), (2, True)),
    ),
    "a corner of two kinks, wrong at the corner alone": (
        gradient,
        Abs(p) + Abs(u),
        cases((3, Eq(p, 0) & Eq(t, 0)), (sign(p) + sign(u), True)),
    ),
    "kinks that cancel at the corner": (
        gradient,
        Abs(p) - Abs(u),
        cases((1, Eq(p, 0) & Eq(t, 0)), (sign(p) - sign(u), True)),
    ),
    "a surface that is touched": (gradient, Abs(u**2), cases((2 * u, Ne(u, 0)), (HALF**20, True))),
    "a flat surface": (
        gradient,
        u * Abs(u) ** 5,
        cases((6 * Abs(u) ** 5, Ne(u, 0)), (HALF**20, True)),
    ),
    "a kink in the target": (gradient, p * Abs(t), cases((Abs(t), Ne(t, 0)), (1, True))),
    "a value at a target": (gradient, p * t, cases((t + 1, Eq(t, 2)), (t, True))),
    "an edge of the domain": (
        gradient,
        p**2,
        cases((1, Eq(p, 0)), (2 * p, True)),
        (),
        {"domains": {p: nonnegative}},
    ),
    "an edge of the domain with a kink": (
        gradient,
        Abs(p),
        cases((0, Eq(p, 0)), (1, True)),
        (),
        {"domains": {p: nonnegative}},
    ),
    "an edge at a corner": (
        gradient,
        Abs(u),
        cases((2, Eq(p, 0) & Eq(t, 0)), (sign(u), True)),
        (),
        {"domains": {p: nonnegative, t: nonnegative}},
    ),
    # norms
    "a norm, too long": (gradient, N, cases((p / N, NZ), (1 / sqrt(n - HALF), True))),
    "a norm, by a constant": (gradient, N, cases((p / N, NZ), (1, True))),
    "a norm of a difference": (gradient, NU, cases((u / NU, Sum(u**2) > 0), (HALF, True))),
    "minus a norm": (gradient, -N, cases((-p / N, NZ), (1, True))),
    "a norm minus a norm": (
        gradient,
        N - NU,
        cases((p / N - u / NU, NZ & (Sum(u**2) > 0)), (1, True)),
    ),
    "a norm with a factor": (gradient, b * N, cases((b * p / N, NZ), (1 / n, True))),
    "a norm with a factor of the slice": (
        gradient,
        Sum(t) * N,
        cases((Sum(t) * p / N, NZ), (1 / n, True)),
    ),
    "a norm of part of it": (
        gradient,
        sqrt(Sum(Max(p, 0) ** 2)),
        cases((Max(p, 0) / sqrt(Sum(Max(p, 0) ** 2)), Sum(Max(p, 0) ** 2) > 0), (-1 / n, True)),
    ),
    "a norm plus absolute values": (
        gradient,
        N + Sum(Abs(p)),
        cases((p / N + sign(p), NZ), (2, True)),
    ),
    "a norm raised": (gradient, N**3, cases((3 * p * N, NZ), (1 / n, True))),
    "a norm against a threshold": (
        gradient,
        Max(N - a, 0),
        cases((p / N, a < N), (0, a > N), (2 * p / a, True)),
    ),
    "a norm against a threshold of zero": (
        gradient,
        Max(N - c, 0),
        cases((p / N, c < N), (0, True)) + step(Eq(N, 0)),
    ),
    # whole slices
    "a slice that takes its limits apart": (
        gradient,
        Abs(Sum(p)),
        cases((sign(Sum(p)), Ne(Sum(p), 0)), (step(p > 0), True)),
    ),
    "a slice that takes its limits by the target": (
        gradient,
        Abs(Sum(p)),
        cases((sign(Sum(p)), Ne(Sum(p), 0)), (t, True)),
        (),
        {"domains": {t: Interval(-1, 1)}},
    ),
    "two kinks of a slice": (
        gradient,
        Abs(Sum(p)) + Sum(Abs(p)),
        cases((sign(Sum(p)) + sign(p), Ne(Sum(p), 0)), (sign(p) + t, True)),
        (),
        {"domains": {t: Interval(-1, 1)}},
    ),
    "two maxima of a slice": (
        gradient,
        Max(Sum(p), Sum(t * p), 0),
        cases(
            (1, (Sum(p) > 0) & (Sum(p) > Sum(t * p))),
            (t, (Sum(t * p) > 0) & (Sum(t * p) > Sum(p))),
            (0, (Sum(p) < 0) & (Sum(t * p) < 0)),
            (1 + t, True),
        ),
    ),
    # second order
    "a second derivative at a kink": (second, Abs(u), cases((0, Ne(u, 0)), (1, True))),
    "a second derivative beyond": (second, u * Abs(u), cases((2 * sign(u), Ne(u, 0)), (3, True))),
    "a second derivative of a corner": (
        second,
        Max(u, 0) ** 2,
        cases((2, u > 0), (0, u < 0), (-HALF, True)),
    ),
    "a second derivative, flat": (second, u**3, cases((6 * u, Ne(u, 0)), (HALF**20, True))),
    "a second derivative of a sine": (second, sin(p), cos(p)),
}

TRUE: dict[str, tuple[Any, ...]] = {
    "an angle summed": (form, sin(p + t), sin(p) * cos(t) + cos(p) * sin(t)),
    "a tangent": (gradient, tan(p), 1 + tan(p) ** 2),
    "a gamma quotient at negative numbers": (
        gradient,
        p**2,
        2 * gamma(p + 1) / gamma(p),
        (),
        {"domains": {p: Interval(-3 * HALF / 2, -HALF / 2)}},
    ),
    "a gamma function at negative numbers": (
        gradient,
        gamma(p),
        gamma(p) * polygamma(0, p),
        (),
        {"domains": {p: Interval(-3 * HALF / 2, -HALF / 2)}},
    ),
    "a reflection of gamma": (
        form,
        gamma(p) * gamma(1 - p),
        pi / sin(pi * p),
        {"domains": {p: Interval.open(0, 1)}},
    ),
    "a reflection of gamma at negative numbers": (
        form,
        gamma(p) * gamma(1 - p),
        pi / sin(pi * p),
        {"domains": {p: Interval.open(-1, 0)}},
    ),
    "an arccosine from an arcsine": (
        form,
        acos(p),
        pi / 2 - asin(p),
        {"domains": {p: Interval(-1, 1)}},
    ),
    "an angle, negative": (form, atan(1 / p), -pi / 2 - atan(p), {"domains": {p: NEGATIVE}}),
    "the size of a sine": (gradient, Abs(sin(p)), sign(sin(p)) * cos(p)),
    "a subgradient of the size of a sine": (
        gradient,
        Abs(sin(p)),
        cases((sign(sin(p)) * cos(p), Ne(sin(p), 0)), (1, True)),
    ),
    "a Lambert function": (form, sympy.LambertW(p * exp(p)), p, {"domains": {p: positive}}),
    "a Bessel function at zero": (
        form,
        besselj(2, p),
        2 * quotient(besselj(1, p), p) - besselj(0, p),
    ),
    "a Bessel function of half order": (
        form,
        besselj(HALF, p),
        sqrt(2 / (pi * p)) * sin(p),
        {"domains": {p: positive}},
    ),
    "an angle of a point": (
        form,
        atan2(p, t),
        2 * atan(p / (sqrt(p**2 + t**2) + t)),
        {"domains": {t: positive}},
    ),
    "a maximum turned twice": (form, -Largest(-p), -Largest(-p - t + t)),
    "a maximum scaled by a square": (form, Largest(Sum(t) ** 2 * p), Sum(t) ** 2 * Largest(p)),
    "log-sum-exp": (gradient, Largest(p) + log(Sum(exp(p - Largest(p)))), exp(p) / Sum(exp(p))),
    "a norm, shortest": (gradient, N, cases((p / N, NZ), (0, True))),
    "a norm, longest": (gradient, N, cases((p / N, NZ), (1 / sqrt(n), True))),
    "a norm, beside": (gradient, N, cases((p / N, NZ), (-HALF / n, True))),
    "minus a norm": (gradient, -N, cases((-p / N, NZ), (1 / n, True))),
    "a norm and its double": (gradient, N - 2 * sqrt(Sum(p**2 / 4)), cases((0, NZ), (0, True))),
    "a kink that is legal at the corner": (
        gradient,
        Abs(p) + Abs(u),
        cases((2, Eq(p, 0) & Eq(t, 0)), (sign(p) + sign(u), True)),
    ),
    "an edge": (gradient, Abs(p), sympy.Integer(1), (), {"domains": {p: nonnegative}}),
    "exempt": (gradient, Abs(p), cases((1, p > 0), (-1, p < 0), (5, True)), (Ne(p, 0),)),
    "a slice at its kink": (
        gradient,
        Abs(Sum(p)),
        cases((sign(Sum(p)), Ne(Sum(p), 0)), (HALF, True)),
    ),
    "a finite set": (form, p**2, sympy.Integer(1), {"domains": {p: FiniteSet(-1, 1)}}),
    "a negative bound of an absolute value": (
        form,
        step(Abs(p) >= b),
        sympy.Integer(1),
        {"assuming": [Ge(Abs(p), b)]},
    ),
    "a hull": (form, Abs(p), p, {"domains": {p: FiniteSet(1, 2)}}),
    "a union": (
        form,
        Abs(p - HALF),
        cases((p - HALF, p > 0), (HALF - p, True)),
        {"domains": {p: Union(Interval(-1, 0), Interval(1, 2))}},
    ),
    "a second derivative at a kink": (
        second,
        u * Abs(u),
        cases((2 * sign(u), Ne(u, 0)), (1, True)),
    ),
}


def verdict_of(entry: tuple[Any, ...]) -> Verdict:
    make, *arguments = entry
    facts = arguments.pop() if isinstance(arguments[-1], dict) else {}
    return make(*arguments, **facts)


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_not_proved(name: str) -> None:
    verdict = verdict_of(FALSE[name])
    assert not isinstance(verdict, Proved), verdict


@pytest.mark.parametrize("name", TRUE)
def test_what_is_true_is_not_refuted(name: str) -> None:
    verdict = verdict_of(TRUE[name])
    assert not isinstance(verdict, Refuted), verdict
