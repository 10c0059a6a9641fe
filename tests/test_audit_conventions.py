"""Conventions: what is right by one alone is refuted with its name, and proved where permitted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sympy import Max, Piecewise, Rational, Symbol

import derive
from derive.auditing.conventions import OF_LOSSES, combinations
from derive.auditing.curvatures import COMBINATIONS, CURVATURES, is_bound, without_floor
from derive.auditing.names import CONVENTIONS
from derive.cli import main
from derive.report.finding import Finding

Code = Callable[..., Any]


# Losses ------------------------------------------------------------------------------------------


def logistic_loss(score: Any, y: Any) -> Any:
    return np.logaddexp(0, score) - y * score


def mean_logistic_loss(score: Any, y: Any) -> Any:
    return np.mean(logistic_loss(score, y))


def brier(score: Any, y: Any) -> Any:
    return (sigmoid(score) - y) ** 2 / 2


def tweedie_loss(score: Any, y: Any, rho: float = 1.5) -> Any:
    return -y * np.exp((1 - rho) * score) / (1 - rho) + np.exp((2 - rho) * score) / (2 - rho)


def probability_loss(p: Any, y: Any) -> Any:
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


def distance(x: Any, y: Any) -> Any:
    return np.abs(x - y)


def exponential(x: Any, y: Any) -> Any:
    return np.exp(-y * x)


def squared_margin(x: Any, y: Any) -> Any:
    return (1 - y * x) ** 2


def cross_entropy(z: Any, y: Any) -> Any:
    total = np.log(np.sum(np.exp(z), axis=1))
    return np.mean(total - z[np.arange(len(z)), y])


def summed_cross_entropy(z: Any, y: Any) -> Any:
    return np.sum(np.log(np.sum(np.exp(z), axis=1)) - z[np.arange(len(z)), y])


# Derivatives -------------------------------------------------------------------------------------


def sigmoid(score: Any) -> Any:
    return 1 / (1 + np.exp(-score))


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def residual(z: Any, y: Any) -> Any:
    g = softmax(z)
    g[np.arange(len(z)), y] -= 1
    return g


def flipped(score: Any, y: Any) -> Any:
    p = sigmoid(score)
    return y - p, -p * (1 - p)


def doubled(score: Any, y: Any) -> Any:
    return 2 * (sigmoid(score) - y)


def halved(score: Any, y: Any) -> Any:
    return (sigmoid(score) - y) / 2


def averaged(score: Any, y: Any) -> Any:
    return (sigmoid(score) - y) / len(score)


def each(score: Any, y: Any) -> Any:
    return sigmoid(score) - y


def over_rows(z: Any, y: Any) -> Any:
    return residual(z, y) / len(z)


def over_everything(z: Any, y: Any) -> Any:
    return residual(z, y) / z.size


def with_bits(x: Any, y: Any) -> Any:
    return -(2 * y - 1) * np.exp(-(2 * y - 1) * x)


def with_signs(score: Any, y: Any) -> Any:
    return -y / (1 + np.exp(y * score))


def positive_alone(score: Any, y: Any) -> Any:
    return np.where(y == 1, sigmoid(score) - 1, sigmoid(score))


def unsigned(x: Any, y: Any) -> Any:
    return 2 * (x - y)


def in_the_probability(p: Any, y: Any) -> Any:
    return (p - y) / (p * (1 - p))


def floored(score: Any, y: Any) -> Any:
    p = sigmoid(score)
    return p - y, np.maximum(p * (1 - p), 0.1)


def xgboost_softmax(z: Any, y: Any) -> Any:
    p = softmax(z)
    return residual(z, y), np.maximum(2 * p * (1 - p), 0.1)


def twice_softmax(z: Any, y: Any) -> Any:
    p = softmax(z)
    return residual(z, y), 2 * p * (1 - p)


def lightgbm_softmax(z: Any, y: Any) -> Any:
    p, classes = softmax(z), z.shape[1]
    return residual(z, y), classes / (classes - 1) * p * (1 - p)


def gauss_newton(score: Any, y: Any) -> Any:
    p = sigmoid(score)
    return (p - y) * p * (1 - p), (p * (1 - p)) ** 2


def expected(score: Any, y: Any, rho: float = 1.5) -> Any:
    return (
        -y * np.exp((1 - rho) * score) + np.exp((2 - rho) * score),
        np.exp((2 - rho) * score),
    )


def a_quarter(score: Any, y: Any) -> Any:
    return sigmoid(score) - y, np.full_like(score, 0.25)


def ones(x: Any, y: Any) -> Any:
    return np.sign(x - y), np.ones_like(x)


RIGHT_BY: dict[str, tuple[Code, Code | str, tuple[str, ...]]] = {
    "opposite-sign": (flipped, logistic_loss, ("opposite-sign",)),
    "twice": (doubled, logistic_loss, ("twice",)),
    "half": (halved, logistic_loss, ("half",)),
    "mean": (averaged, logistic_loss, ("mean",)),
    "sum": (each, mean_logistic_loss, ("sum",)),
    "mean-of-rows": (over_rows, summed_cross_entropy, ("mean-of-rows",)),
    "sum-of-rows": (residual, cross_entropy, ("sum-of-rows",)),
    "mean-of-classes": (over_everything, cross_entropy, ("mean-of-classes",)),
    "labels-01": (positive_alone, logistic_loss, ("labels-01",)),
    "labels-signs": (unsigned, squared_margin, ("labels-signs",)),
    "labels-01-for-signs": (with_bits, exponential, ("labels-01-for-signs",)),
    "labels-signs-for-01": (with_signs, logistic_loss, ("labels-signs-for-01",)),
    "probability": (in_the_probability, "bce_with_logits", ("probability",)),
    "margin": (each, probability_loss, ("margin",)),
    "floored-hessian": (floored, logistic_loss, ("floored-hessian",)),
    "twice-hessian": (twice_softmax, summed_cross_entropy, ("twice-hessian",)),
    "both": (xgboost_softmax, summed_cross_entropy, ("floored-hessian", "twice-hessian")),
    "classes-hessian": (lightgbm_softmax, summed_cross_entropy, ("classes-hessian",)),
    "gauss-newton-hessian": (gauss_newton, brier, ("gauss-newton-hessian",)),
    "expected-hessian": (expected, tweedie_loss, ("expected-hessian",)),
    "majorising-hessian": (a_quarter, logistic_loss, ("majorising-hessian",)),
    "upper-hessian": (ones, distance, ("upper-hessian",)),
}


def statuses(findings: list[Finding]) -> set[str]:
    return {finding.status for finding in findings}


@pytest.mark.parametrize("case", RIGHT_BY)
def test_what_is_right_by_a_convention_is_refuted_with_its_name(case: str) -> None:
    code, loss, names = RIGHT_BY[case]
    findings = derive.audit(code, loss=loss)
    assert statuses(findings) in ({"refuted"}, {"proved", "refuted"})
    (advice, *_) = [f.hint for f in findings if f.status == "refuted"]
    for name in names:
        assert f"--convention {name}" in advice


@pytest.mark.parametrize("anything", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("case", RIGHT_BY)
def test_what_is_right_by_a_convention_is_proved_where_it_is_permitted(
    case: str, anything: bool
) -> None:
    code, loss, names = RIGHT_BY[case]
    findings = derive.audit(code, loss=loss, conventions=["any"] if anything else names)
    assert statuses(findings) == {"proved"}
    told = " ".join(f.message for f in findings)
    for name in names:
        assert f"with convention: {CONVENTIONS[name]}" in told


def test_every_convention_is_named_and_all_but_one_have_an_example() -> None:
    assert {*CONVENTIONS} == {*OF_LOSSES, *CURVATURES}
    assert {*CONVENTIONS} - {n for _, _, names in RIGHT_BY.values() for n in names} == {
        "sum-of-classes"
    }
    assert {n for names in COMBINATIONS for n in names} == {*CURVATURES}


def test_what_is_right_as_it_stands_says_of_no_convention() -> None:
    (finding,) = derive.audit(each, loss=logistic_loss, conventions=["any"])
    assert finding.status == "proved"
    assert "convention" not in finding.message


# What no convention makes right ------------------------------------------------------------------


def one_sign_each(score: Any, y: Any) -> Any:
    p = sigmoid(score)
    return y - p, p * (1 - p)


def too_small(score: Any, y: Any) -> Any:
    p = sigmoid(score)
    return p - y, p * (1 - p) - 1e-3


def half_mean(score: Any, y: Any) -> Any:
    p = sigmoid(score)
    return (p - y) / len(score), p * (1 - p)


def a_third(score: Any, y: Any) -> Any:
    return (sigmoid(score) - y) / 3


@pytest.mark.parametrize(
    ("code", "loss"),
    [
        (one_sign_each, logistic_loss),
        (too_small, logistic_loss),
        (half_mean, "bce_with_logits"),
        (half_mean, logistic_loss),
        (a_third, logistic_loss),
    ],
)
def test_conventions_hold_for_everything_that_a_function_returns(
    code: Code, loss: Code | str
) -> None:
    equalities = [name for name in CONVENTIONS if name not in CURVATURES or not is_bound((name,))]
    findings = derive.audit(code, loss=loss, conventions=equalities)
    assert "refuted" in statuses(findings)
    assert all(f.snippet for f in findings if f.status == "refuted")


def test_what_is_right_alone_says_so() -> None:
    gradient, hessian = derive.audit(half_mean, loss="bce_with_logits")
    assert sorted([gradient.status, hessian.status]) == ["proved", "refuted"]
    (refuted,) = [f for f in (gradient, hessian) if f.status == "refuted"]
    assert "it alone is right: of the" in refuted.hint
    flipped_alone = derive.audit(one_sign_each, loss=logistic_loss, conventions=["opposite-sign"])
    (refuted,) = [f for f in flipped_alone if f.status == "refuted"]
    assert "it alone is right: derivatives of the opposite sign" in refuted.hint


def test_what_is_unknown_is_told_its_convention_too() -> None:
    def tiny_floor(score: Any, y: Any) -> Any:
        p = sigmoid(score)
        return p - y, np.maximum(p * (1 - p), 1e-16)

    _, hessian = derive.audit(tiny_floor, loss=logistic_loss)
    assert hessian.status == "unknown"
    assert "--convention floored-hessian" in hessian.hint
    findings = derive.audit(tiny_floor, loss=logistic_loss, conventions=["floored-hessian"])
    assert statuses(findings) == {"proved"}
    assert "the floor is 1/10000000000000000" in findings[1].message


def test_a_bound_that_is_not_proved_is_unknown() -> None:
    def motzkin(x: Any, y: Any) -> Any:  # nonnegative, and no sum of squares
        return y, x**4 * y**2 + x**2 * y**4 - 3 * x**2 * y**2 + 1

    _, hessian = derive.audit(motzkin, loss=lambda x, y: x * y, conventions=["upper-hessian"])
    assert hessian.status == "unknown"
    assert "no proof was found" in hessian.message


def test_an_upper_bound_of_what_is_maximised_is_a_lower_one() -> None:
    def below(score: Any, y: Any) -> Any:
        return y - sigmoid(score), np.full_like(score, -0.25)

    def above(score: Any, y: Any) -> Any:
        return y - sigmoid(score), np.full_like(score, 0.25)

    names = ["opposite-sign", "upper-hessian"]
    assert statuses(derive.audit(below, loss=logistic_loss, conventions=names)) == {"proved"}
    for settings in ({"conventions": names}, {"conventions": names[1:], "maximised": True}):
        found = derive.audit(above, loss=logistic_loss, **settings)  # type: ignore[arg-type]
        assert "refuted" in statuses(found)


def test_a_floor_is_a_positive_number_below_which_nothing_goes() -> None:
    x = Symbol("x", real=True)
    floor = Rational(1, 8)
    assert without_floor(3 * Max(x, floor)) == (3 * x, floor)
    assert without_floor(Piecewise((floor, x < floor), (x, True))) == (x, floor)
    assert without_floor(Piecewise((x, x >= floor), (floor, True))) == (x, floor)
    for other in (
        Max(x, -1),
        Piecewise((floor, x > floor), (x, True)),
        Piecewise((floor, x < 1), (x, True)),
        x + Max(x, floor),
    ):
        assert without_floor(other) is None


def test_at_most_one_convention_of_a_group() -> None:
    for names in combinations(tuple(OF_LOSSES), 2):
        groups = [OF_LOSSES[name].group for name in names]
        assert len({*groups}) == len(groups) <= 2


# The command -------------------------------------------------------------------------------------


def test_a_convention_that_there_is_not_is_named() -> None:
    with pytest.raises(
        ValueError, match="no convention is named 'thrice': there are opposite-sign"
    ):
        derive.audit(each, loss=logistic_loss, conventions=["thrice"])


def test_conventions_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    name = f"{__name__}:doubled"
    options = ["audit", name, "--loss", f"{__name__}:logistic_loss"]
    assert main(options) == 1
    assert "--convention twice" in capsys.readouterr().out
    assert main([*options, "--convention", "twice", "--verbose"]) == 0
    assert main([*options, "--conventions", "any"]) == 0
    assert main([*options, "--convention", "thrice"]) == 2
    assert "--convention thrice: there are opposite-sign" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["audit", "--help"])
    told = capsys.readouterr().out
    assert all(f"  {name} " in told for name in CONVENTIONS)
