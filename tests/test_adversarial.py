"""Identities that unsound or incomplete reasoning gets wrong, with the verdict each deserves."""

from __future__ import annotations

import pytest
from sympy import Abs, Expr, Integer, Max, Min, Mul, Piecewise, Pow, Rational, atan, exp, log, sqrt
from sympy import sympify as number

from derive.language import (
    ENTRY,
    SLICE,
    Aggregate,
    Element,
    Largest,
    Maximiser,
    Parameter,
    Sum,
    Tensor,
    direction,
    nonnegative,
    positive,
    pred,
    size,
    target,
    unit_open,
)
from derive.loss import Loss
from derive.prove.claim import Claim
from derive.prove.field import Fraction
from derive.prove.points import domain_of
from derive.prove.prover import check
from derive.prove.setting import Setting
from derive.prove.sums import normal_aggregate
from derive.prove.verdict import Proved, Refuted, Unknown, Verdict
from derive.well_formed import SpecError

third = Tensor("third")
delta = Parameter("delta", default=1, domain=positive)
alpha = Parameter("alpha", default=2)
x, t, n, m = pred, target, size(), size(SLICE)
largest = Largest(x)
softmax = exp(x) / Sum(exp(x))
shifted = exp(x - largest) / Sum(exp(x - largest))
POSITIVE = {"domains": {x: positive, t: positive}}
UNIT = {"domains": {x: unit_open}}


def identity(left: Expr, right: Expr, **facts: object) -> Verdict:
    """The verdict on ``left = right`` wherever both are defined."""
    left, right = number(left), number(right)
    value = Sum(x) if left.has(Aggregate) or right.has(Aggregate) else x
    parameters = (delta, alpha)
    loss = Loss(value=value, gradient=1, inputs=(x, t, third), parameters=parameters, **facts)  # type: ignore[arg-type]
    return check(Claim(loss, "form", x, left, reference=right))


def gradient(value: Expr, written: Expr, **facts: object) -> Verdict:
    """The verdict on a hand-written gradient."""
    loss = Loss(value=value, gradient=written, parameters=(delta, alpha), **facts)  # type: ignore[arg-type]
    return check(Claim(loss, "gradient", x, loss.gradients[x]))


def hessian_product(value: Expr, written: Expr) -> Verdict:
    """The verdict on a hand-written product of the Hessian with a direction."""
    loss = Loss(value=value, gradient=0, hvp=number(written))
    return check(Claim(loss, "hvp", x, loss.hvps[x]))


def raw(function: type, *arguments: Expr) -> Expr:
    """An expression that SymPy has not simplified."""
    return function(*arguments, evaluate=False)


def rows(body: Expr) -> Expr:
    return Sum(body, SLICE)


ROOT_OF_SQUARE = raw(Pow, raw(Pow, x, Integer(2)), Rational(1, 2))
HUBER = Piecewise((x**2 / 2, Abs(x) < 1), (Abs(x) - Rational(1, 2), True))

PROVED = {
    "sqrt(x^2) = |x|": (ROOT_OF_SQUARE, Abs(x), {}),
    "log(x^2) = 2 log|x|": (log(x**2), 2 * log(Abs(x)), {}),
    "x/x = 1": (raw(Mul, x, raw(Pow, x, Integer(-1))), 1, {}),
    "sum of ones": (Sum(Integer(1)), n, {}),
    "shadowed axis": (Sum(x * Sum(x)), Sum(x) ** 2, {}),
    "logarithm of a product": (log(exp(Sum(log(x)))), Sum(log(x)), POSITIVE),
    "exponential of a sum": (exp(Sum(x)), 1 / exp(-Sum(x)), {}),
    "cases that differ where they agree": (
        Piecewise((x, x >= 0), (0, True)),
        Piecewise((x, x > 0), (0, True)),
        {},
    ),
    "relu(x) + relu(-x) = |x|": (Max(x, 0) + Max(-x, 0), Abs(x), {}),
    "maximum by absolute value": (Max(x, t), (x + t + Abs(x - t)) / 2, {}),
    "median of three": (
        Max(Min(x, t), Min(Max(x, t), third)),
        x + t + third - Max(x, t, third) - Min(x, t, third),
        {},
    ),
    "clip twice": (Min(Max(Min(Max(x, -1), 1), -1), 1), Min(Max(x, -1), 1), {}),
    "Huber as an infimum": (HUBER, Min(Abs(x), 1) ** 2 / 2 + Abs(x) - Min(Abs(x), 1), {}),
    "sum of squared relu": (Sum(Max(x, 0) ** 2), Sum(x * Max(x, 0)), {}),
    "sum of squared |x|": (Sum(Abs(x) ** 2), Sum(x**2), {}),
    "log 8": (log(8), 3 * log(2), {}),
    "an unknown function": (atan(x) + t, t + atan(x), {}),
    # Sums in either order
    "Fubini": (rows(Sum(x * t)), Sum(rows(x * t)), {}),
    "Fubini with what varies along one axis": (
        rows(Sum(x) * Sum(t)),
        rows(Sum(x * Sum(t))),
        {},
    ),
    "Fubini, taken apart": (Sum(rows(x) * rows(t)), rows(Sum(x * rows(t))), {}),
    "Fubini of a constant": (rows(Sum(Integer(1))), n * m, {}),
    "sum of products in two slices": (rows(x * rows(t)), rows(x) * rows(t), {}),
    # Cases in a sum
    "sums of relu": (Sum(Max(x, 0)) - Sum(Max(-x, 0)), Sum(x), {}),
    "sums of relu and |x|": (2 * Sum(Max(x, 0)), Sum(Abs(x)) + Sum(x), {}),
    "sums of relu of a difference": (
        Sum(Max(x - t, 0)) - Sum(Max(t - x, 0)),
        Sum(x) - Sum(t),
        {},
    ),
    # Partial fractions
    "partial fractions": (Sum(x / (1 + x)), n - Sum(1 / (1 + x)), POSITIVE),
    "partial fractions of a parameter": (
        Sum(x / (x + delta)),
        n - delta * Sum(1 / (x + delta)),
        POSITIVE,
    ),
    "partial fractions of two factors": (
        Sum(1 / (x * (1 + x))),
        Sum(1 / x) - Sum(1 / (1 + x)),
        POSITIVE,
    ),
    "partial fractions of parameters": (
        Sum(1 / ((x + delta) * (x + 2 * delta))),
        (Sum(1 / (x + delta)) - Sum(1 / (x + 2 * delta))) / delta,
        POSITIVE,
    ),
    "partial fractions of two elements": (Sum(x * t / (1 + x * t)), n - Sum(1 / (1 + x * t)), {}),
    "partial fractions of quadratics": (
        Sum(1 / ((1 + x**2) * (2 + x**2))),
        Sum(1 / (1 + x**2)) - Sum(1 / (2 + x**2)),
        {},
    ),
    "partial fractions of a power": (
        Sum(exp(x) / (1 + exp(x)) ** 2),
        Sum(1 / (1 + exp(x))) - Sum(1 / (1 + exp(x)) ** 2),
        {},
    ),
    "the logistic function reflected": (Sum(1 / (1 + exp(x))), n - Sum(1 / (1 + exp(-x))), {}),
    "the slope of cross-entropy": (
        Sum((x - t) / (x * (1 - x))),
        Sum((1 - t) / (1 - x)) - Sum(t / x),
        UNIT,
    ),
    "a denominator in partial fractions": (
        1 / Sum(x / (1 + x)),
        1 / (n - Sum(1 / (1 + x))),
        POSITIVE,
    ),
    "telescoping logarithms": (Sum(log(x**2)), 2 * Sum(log(x)), POSITIVE),
    # Nested roots
    "nested roots of numbers": (sqrt(3 + 2 * sqrt(2)), 1 + sqrt(2), {}),
    "a difference of roots": (sqrt(3 - 2 * sqrt(2)), sqrt(2) - 1, {}),
    "nested roots of halves": (sqrt(2 + sqrt(3)), (sqrt(3) + 1) / sqrt(2), {}),
    "nested roots with a content": (sqrt(6 + 4 * sqrt(2)), 2 + sqrt(2), {}),
    "nested roots of an element": (sqrt(x + 2 * sqrt(x - 1)), 1 + sqrt(x - 1), {}),
    "nested roots of two elements": (sqrt(x + t + 2 * sqrt(x * t)), sqrt(x) + sqrt(t), POSITIVE),
    "nested roots in a sum": (Sum(sqrt(x + 1 + 2 * sqrt(x))), Sum(sqrt(x)) + n, POSITIVE),
    # Maxima
    "maximum of a shift": (Largest(x + delta), largest + delta, {}),
    "maximum of a shift by a sum": (Largest(x + Sum(t)), largest + Sum(t), {}),
    "maximum of a multiple": (Largest(2 * x), 2 * largest, {}),
    "maximum of a positive multiple": (Largest(delta * x), delta * largest, {}),
    "maximum of a multiple of either sign": (
        Largest(alpha * x),
        Piecewise((alpha * largest, alpha > 0), (-alpha * Largest(-x), True)),
        {},
    ),
    "maximum of a constant": (Largest(Sum(x) - delta), Sum(x) - delta, {}),
    "maximum of cases": (Largest(Abs(x)), Largest(Max(x, -x)), {}),
    "sign of a maximum": (Abs(Largest(exp(x) + t**2)), Largest(exp(x) + t**2), {}),
    "an element below the maximum": (Abs(largest - x), largest - x, {}),
    "a shifted log-sum-exp": (largest + log(Sum(exp(x - largest))), log(Sum(exp(x))), {}),
    "a shifted softmax": (shifted, softmax, {}),
}
REFUTED = {
    "sqrt(x^2) = x": (ROOT_OF_SQUARE, x, {}),
    "square of a sum": (Sum(x) ** 2, Sum(x**2), {}),
    "absolute value of a sum": (Sum(Abs(x)), Abs(Sum(x)), {}),
    "softmax = 1, true for one class": (softmax, 1, {}),
    "sum of ones is two, true for two": (Sum(Integer(1)), 2, {}),
    "free and bound": (Sum(x) * x, Sum(x * x), {}),
    "Jensen as an equality": (log(Sum(exp(x)) / n), Sum(x) / n, {}),
    "axes are told apart": (rows(x), Sum(x), {}),
    "products of rows and of columns": (rows(Sum(x) * Sum(t)), Sum(rows(x) * rows(t)), {}),
    "partial fractions with a wrong sign": (
        Sum(1 / (x * (1 + x))),
        Sum(1 / x) + Sum(1 / (1 + x)),
        POSITIVE,
    ),
    "a nested root of the wrong sign": (sqrt(3 - 2 * sqrt(2)), 1 - sqrt(2), {}),
    "a nested root of unknown sign": (sqrt(x - 2 * sqrt(x - 1)), 1 - sqrt(x - 1), {}),
    "a root that does not denest": (sqrt(1 + sqrt(x)), sqrt(1 + x), POSITIVE),
    "maximum of the negative": (Largest(-x), -largest, {}),
    "maximum of a multiple of unknown sign": (Largest(alpha * x), alpha * largest, {}),
    "maximum of a sum": (Largest(x + t), largest + Largest(t), {}),
    "maximum of a varying multiple": (Largest(x * t), x * Largest(t), POSITIVE),
    "sums of relu with a wrong weight": (Sum(Max(x, 0)) - Sum(Max(-x, 0)), Sum(Abs(x)), {}),
}
NEVER_PROVED = {
    "log(x^2) = 2 log x": (log(x**2), 2 * log(x), {}),
    "a sum of steps": (
        Sum(Piecewise((1, x > 0), (0, True))),
        Sum(Piecewise((1, x >= 0), (0, True))),
        {},
    ),
    "the maximum is positive": (Abs(largest), largest, {}),
    "a root under a square in a sum": (Sum(sqrt(x) ** 2), Sum(Abs(x)), {}),
}


@pytest.mark.parametrize("name", PROVED)
def test_what_is_true_is_proved(name: str) -> None:
    left, right, facts = PROVED[name]
    assert isinstance(identity(left, right, **facts), Proved)


@pytest.mark.parametrize("name", REFUTED)
def test_what_is_false_is_refuted(name: str) -> None:
    left, right, facts = REFUTED[name]
    assert isinstance(identity(left, right, **facts), Refuted)


@pytest.mark.parametrize("name", NEVER_PROVED)
def test_what_does_not_always_hold_is_not_proved_without_a_condition(name: str) -> None:
    left, right, facts = NEVER_PROVED[name]
    verdict = identity(left, right, **facts)
    assert not isinstance(verdict, Proved) or verdict.assuming


def test_a_denominator_in_partial_fractions_keeps_its_sign() -> None:
    verdict = identity(*PROVED["a denominator in partial fractions"][:2], **POSITIVE)
    assert isinstance(verdict, Proved)
    assert verdict.assuming == ()


def test_a_parameter_that_may_be_zero_is_no_divisor() -> None:
    left = Sum(1 / ((x + delta) * (x + alpha**2)))
    right = (Sum(1 / (x + delta)) - Sum(1 / (x + alpha**2))) / (alpha**2 - delta)
    verdict = identity(left, right, **POSITIVE)
    assert not isinstance(verdict, Refuted)
    assert isinstance(verdict, Unknown) or verdict.assuming


def test_partial_fractions_that_do_not_add_up_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def doubled(_field: object, fraction: Fraction, *_rest: object) -> list[Fraction]:
        return [fraction, fraction]

    monkeypatch.setattr("derive.prove.sums.partial_fractions", doubled)
    form = (setting := Setting(domain_of(Loss(value=Sum(x), gradient=1)))).form(setting.start())
    assert normal_aggregate(form, Sum(1 / (1 + x**2))) == form(Sum(1 / (1 + x**2)))
    assert form(2 * Sum(1 / (1 + x**2))) != form(Sum(1 / (1 + x**2)))


def test_a_root_that_is_none_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "derive.prove.normal.denested",
        lambda field, _: [(field.constant(2), field.constant(3), 1)],
    )
    assert not isinstance(identity(sqrt(3 + 2 * sqrt(2)), sqrt(2) + sqrt(3)), Proved)


# Derivatives of maxima -------------------------------------------------------------------------

CROSS_ENTROPY = -Sum(t * (x - largest - log(Sum(exp(x - largest)))))
MARGIN = Sum(softmax * direction)


@pytest.mark.parametrize("written", [Sum(t) * softmax - t, Sum(t) * shifted - t])
@pytest.mark.parametrize("value", [CROSS_ENTROPY, -Sum(t * log(softmax))])
def test_a_shift_by_the_maximum_changes_no_gradient(value: Expr, written: Expr) -> None:
    verdict = gradient(value, written)
    assert isinstance(verdict, Proved)
    assert verdict.assuming == ()


def test_a_shift_by_the_maximum_hides_no_mistake() -> None:
    assert isinstance(gradient(CROSS_ENTROPY, shifted - t), Refuted)


def test_a_shift_by_the_maximum_changes_no_second_derivative() -> None:
    value = largest + log(Sum(exp(x - largest)))
    assert isinstance(hessian_product(value, softmax * (direction - MARGIN)), Proved)
    assert isinstance(hessian_product(value, softmax * (direction + MARGIN)), Refuted)


EQUAL = Piecewise((1, x >= largest), (0, True))


@pytest.mark.parametrize("written", [0, 1, 1 / n, EQUAL, EQUAL / Sum(EQUAL)])
@pytest.mark.parametrize("value", [largest, Max(largest, 0), Largest(Abs(x)), largest**2 / 2])
def test_nothing_is_proved_about_the_gradient_of_a_maximum(value: Expr, written: Expr) -> None:
    assert not isinstance(gradient(value, number(written)), Proved)


def test_nothing_is_proved_about_the_second_derivative_of_a_maximum() -> None:
    assert not isinstance(hessian_product(largest, Integer(0)), Proved)
    assert not isinstance(hessian_product(largest, direction), Proved)


def test_the_gradient_of_a_maximum_is_refuted_off_ties_alone() -> None:
    verdict = gradient(largest, Integer(1))
    assert isinstance(verdict, Refuted)
    assert len(set(verdict.witness.inputs["pred"])) == len(verdict.witness.inputs["pred"])


@pytest.mark.parametrize("keyword", ["value", "gradient", "hvp"])
def test_no_specification_names_a_maximiser(keyword: str) -> None:
    formulas = {"value": Sum(x), "gradient": Integer(1), "hvp": Integer(0)}
    formulas[keyword] = Maximiser(x, Element(ENTRY))
    with pytest.raises(SpecError, match="where elements tie"):
        Loss(**formulas)  # type: ignore[arg-type]


def test_a_maximum_below_zero_stays_below() -> None:
    verdict = identity(Abs(Largest(-x - 1)), -Largest(-x - 1), domains={x: nonnegative})
    assert isinstance(verdict, Proved)
    assert verdict.assuming == ()
