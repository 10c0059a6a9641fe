"""The maximum over an axis in every room: axes, values, derivatives, print and code."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Expr, Max, Piecewise, Rational, exp, log

from derive.calculus import gradient
from derive.emit.numpy_code import statements
from derive.formulas import latex, text_line
from derive.language import SLICE, Element, Largest, Maximiser, Sum, Tie, axes_of, pred, target
from derive.loss import Loss
from derive.prove.balls import OnBoundary, Point, evaluate, unroll
from derive.prove.claim import Claim, derive
from derive.prove.prover import check
from derive.prove.verdict import Proved

VALUES = (Rational(1), Rational(5, 2), Rational(-3), Rational(4), Rational(0), Rational(1, 2))
POINT = Point(2, 3, {"pred": VALUES, "target": VALUES[::-1]}, {})
TIED = Point(1, 2, {"pred": (Rational(1), Rational(1))}, {})
SHIFTED = pred - Largest(pred)
CROSS_ENTROPY = -Sum(target * (SHIFTED - log(Sum(exp(SHIFTED)))))


def test_a_maximum_does_not_vary_along_its_axis() -> None:
    assert axes_of(Largest(pred)) == {SLICE}
    assert axes_of(Largest(Largest(pred), SLICE)) == frozenset()
    assert axes_of(Maximiser(*Largest(pred).args)) == axes_of(pred)
    with pytest.raises(ValueError, match="no axis is named"):
        Largest(pred, "column")


def test_a_maximum_of_what_is_positive_is_positive() -> None:
    assert Largest(exp(pred)).is_positive
    assert Largest(pred).is_positive is None


@pytest.mark.parametrize("index", POINT.indices())
def test_both_evaluators_take_the_maximum_along_the_axis(index: tuple[int, int]) -> None:
    table = np.array(VALUES).reshape(2, 3)
    here = POINT.at(index)
    for expression, axis in ((Largest(pred), 1), (Largest(pred, SLICE), 0)):
        expected = np.broadcast_to(table.max(axis=axis, keepdims=True), table.shape)[index]
        assert unroll(expression, here) == expected
        assert float(evaluate(expression, here)) == float(expected)


@pytest.mark.parametrize("index", POINT.indices())
def test_the_maximiser_is_where_the_maximum_is(index: tuple[int, int]) -> None:
    here, selector = POINT.at(index), Maximiser(*Largest(pred).args)
    expected = int(unroll(pred, here) == unroll(Largest(pred), here))
    assert int(unroll(selector, here)) == int(float(evaluate(selector, here))) == expected
    assert unroll(Tie(*selector.args), here) == 0
    assert float(evaluate(Tie(*selector.args), here)) == 0


@pytest.mark.parametrize("kind", [Maximiser, Tie])
def test_elements_that_tie_have_no_maximiser(kind: type[Expr]) -> None:
    for evaluator in (evaluate, unroll):
        with pytest.raises(OnBoundary):
            evaluator(kind(*Largest(pred).args), TIED)


def test_the_gradient_of_a_maximum_selects_the_maximiser() -> None:
    assert gradient(Sum(Largest(2 * pred), SLICE), pred) == 2 * Maximiser(*Largest(2 * pred).args)


def test_a_maximum_is_printed_as_a_book_would() -> None:
    assert text_line(Largest(pred + target)) == "max(pred + target)"
    assert latex(Largest(pred), within_slices=True) == r"\max_{j} \hat{y}_{j}"
    assert latex(Largest(pred) + pred, within_slices=True) == (
        r"\hat{y}_{k} + \left(\max_{j} \hat{y}_{j}\right)"
    )


@pytest.mark.parametrize("formula", [Largest(pred), SHIFTED, CROSS_ENTROPY, Max(Largest(pred), 0)])
def test_the_code_takes_the_maximum_of_each_slice(formula: Expr) -> None:
    code = statements([formula], {}, Element("pred"), ["pred", "target"])
    table = np.array([float(x) for x in VALUES]).reshape(2, 3)
    scope = {"np": np, "pred": table, "target": table.ravel()[::-1].reshape(2, 3)}
    exec("\n".join(code.lines), scope)
    result = np.broadcast_to(eval(code.result, scope), table.shape)
    for index in POINT.indices():
        assert result[index] == pytest.approx(float(evaluate(formula, POINT.at(index))), rel=1e-13)


# Sums that leave the largest out -----------------------------------------------------------------

TOTAL = Sum(exp(pred))
OTHERS = Sum(Piecewise((0, SHIFTED >= 0), (exp(SHIFTED), True)))
HOW_MANY = Sum(Piecewise((1, SHIFTED >= 0), (0, True)))


def form(formula: Expr, declared: Expr) -> Claim:
    loss = Loss(value=TOTAL, gradient=exp(pred), inputs=[pred])
    return Claim(loss, "form", pred, formula, reference=declared)


def test_a_sum_that_leaves_out_the_largest_is_proved_where_elements_tie_too() -> None:
    verdict = check(form((HOW_MANY + OTHERS) * exp(Largest(pred)), TOTAL))
    assert isinstance(verdict, Proved)
    assert verdict.assuming == ()


@pytest.mark.parametrize(
    "formula",
    [
        (1 + OTHERS) * exp(Largest(pred)),  # right only where no elements tie
        OTHERS * exp(Largest(pred)),  # right nowhere: the largest is always attained
        (2 * HOW_MANY + OTHERS) * exp(Largest(pred)),
    ],
)
def test_what_is_wrong_at_the_largest_is_not_proved(formula: Expr) -> None:
    assert not isinstance(check(form(formula, TOTAL)), Proved)


def test_what_no_point_meets_is_no_condition_of_a_proof() -> None:
    """A condition in a sum that excludes every point proves nothing."""
    below = Sum(Piecewise((exp(SHIFTED), SHIFTED < 0), (1 / SHIFTED, True))) * exp(Largest(pred))
    assert not isinstance(check(form(below, TOTAL)), Proved)


def test_a_derivative_keeps_away_from_where_cases_meet() -> None:
    loss = Loss(value=Sum(Max(pred - Sum(target), 0)), gradient={target: target})
    verdict = check(Claim(loss, "gradient", target, derive(loss, "gradient", target)))
    assert isinstance(verdict, Proved)
    assert verdict.assuming == ("Σ(target) - pred ≠ 0 at every index",)
