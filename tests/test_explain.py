"""What a refutation says of the mistake, and the correction that it suggests."""

from __future__ import annotations

import pytest
from catalogue import SPECS
from sympy import Abs, Eq, Expr, Max, Piecewise, Rational, exp, log, sign, sqrt

from derive.language import Mean, Parameter, Sum, positive, pred, size, target
from derive.loss import Loss
from derive.mutation_testing import subjects
from derive.prove.claim import Claim
from derive.prove.mistakes import mistake
from derive.prove.prover import check
from derive.prove.suggestion import Suggestion, suggest
from derive.prove.verdict import Proved, Refuted

x, t, n = pred, target, size()
delta = Parameter("delta", default=2, domain=positive)
residual = x - t
small = Abs(residual) <= delta
HUBER = Piecewise((residual**2 / 2, small), (delta * (Abs(residual) - delta / 2), True))
SOFTMAX = exp(x) / Sum(exp(x))
CROSS_ENTROPY = -Sum(t * (x - log(Sum(exp(x)))))


def claim(value: Expr, written: Expr, kind: str = "gradient") -> Claim:
    loss = Loss(value=value, gradient=written, parameters=(delta,))
    return Claim(loss, kind, x, loss.gradients[x])  # type: ignore[arg-type]


HINTS = {
    "sign": (claim(residual**2, -2 * residual), "the sign is wrong"),
    "half": (claim(residual**2, residual), "multiply by 2"),
    "factor": (claim(delta * residual**2, 2 * residual), "multiply by delta"),
    "mean": (claim(Mean(residual**2), 2 * residual), "multiply by 1/n"),
    "assumption": (
        claim(CROSS_ENTROPY, SOFTMAX - t),
        "it would be right if Σ(target) - 1 = 0",
    ),
    "zero": (
        claim(Max(x, 0), Piecewise((1, x > 0), (t, True))),
        "it is zero here: the loss does not vary with this input there",
    ),
    "other input": (
        claim(x**2 * t + x * t**3, x**2 + 3 * x * t**2),
        "it is the gradient with respect to target",
    ),
    "swapped branches": (
        claim(HUBER, Piecewise((delta * sign(residual), small), (residual, True))),
        "another case applies here: the branches or their conditions are mixed up",
    ),
    "wrong condition": (
        claim(HUBER, Piecewise((residual, Abs(residual) <= 1), (delta * sign(residual), True))),
        "another case applies here: the branches or their conditions are mixed up",
    ),
}


@pytest.mark.parametrize("name", HINTS)
def test_the_residual_tells_the_mistake(name: str) -> None:
    question, expected = HINTS[name]
    verdict = check(question)
    assert isinstance(verdict, Refuted)
    assert verdict.hint == expected


def test_a_kink_outside_its_interval_is_told_the_interval() -> None:
    written = Piecewise((1, x > t), (-1, x < t), (2, True))
    verdict = check(claim(Abs(residual), written))
    assert isinstance(verdict, Refuted)
    assert "anything between 1 and -1" in verdict.residual


CORRECTIONS = {
    "a sign is wrong": claim(x**2 * t - t * x, 2 * x * t + t),
    "a constant is wrong": claim(x**3, 2 * x**2),
    "a power is wrong": claim(sqrt(1 + x**2), x / (1 + x**2)),
    "there is a term too many": claim(x**2 / 2, x + t),
    "a term is missing": claim(x**2 / 2 + x * t, x),
    "a factor is missing": claim(HUBER, Piecewise((residual, small), (sign(residual), True))),
    "there is a factor too many": claim(x**2 * t, 2 * x * t * delta),
    "a sum over the entries is missing": claim(Sum(x) ** 2, 2 * x),
    "there is a sum too many": claim(Sum(x**2), 2 * Sum(x)),
    "the factor 1/n is missing": claim(Mean(residual**2), 2 * residual),
    "the condition is reversed": claim(
        HUBER, Piecewise((delta * sign(residual), small), (residual, True))
    ),
    "pred stands where target belongs": claim(exp(t) * x, exp(x)),
    "another function belongs here": claim(exp(x) + t, log(x)),
    "a branch is missing: elsewhere it is zero": claim(Max(x**3, 0), 3 * x**2),
}


@pytest.mark.parametrize("expected", CORRECTIONS)
def test_the_correction_names_the_mistake(expected: str) -> None:
    found = suggest(CORRECTIONS[expected])
    assert found is not None
    assert found.mistake == expected, found


def test_a_correction_is_shown_with_the_part_it_replaces() -> None:
    found = suggest(CORRECTIONS["a factor is missing"])
    assert isinstance(found, Suggestion)
    assert (found.before, found.after) == (sign(residual), delta * sign(residual))


MUTANTS = [
    (f"{spec.name}.{subject.name}: {edit.operator}", subject.claim, formula)
    for spec in SPECS.values()
    for subject in subjects(spec)
    if subject.kink is None and subject.formula.count_ops() < 40  # those that take no seconds
    for edit, formula in subject.mutants(1)
]


@pytest.mark.parametrize(("name", "right", "wrong"), MUTANTS, ids=[m[0] for m in MUTANTS])
def test_what_is_suggested_is_proved(name: str, right: Claim, wrong: Expr) -> None:
    found = suggest(Claim(right.loss, right.kind, right.wrt, wrong))
    assert found is not None
    verdict = check(Claim(right.loss, right.kind, right.wrt, found.formula))
    assert isinstance(verdict, Proved)


def test_the_same_is_suggested_each_time() -> None:
    question = CORRECTIONS["there is a term too many"]
    assert suggest(question) == suggest(question)


def test_nothing_is_suggested_rather_than_something_wrong() -> None:
    value = exp(Sum(x * t) ** 2) * log(1 + Sum(exp(x))) + Sum(x**4) * Rational(1, 7)
    assert suggest(claim(value, t * x**5 - exp(-t))) is None


def test_an_assumption_stays_with_the_claim() -> None:
    loss = Loss(value=CROSS_ENTROPY, gradient=SOFTMAX + t)
    found = suggest(Claim(loss, "gradient", x, SOFTMAX + t, assuming=(Eq(Sum(t), 1),)))
    assert found is not None
    assert found.formula == SOFTMAX - t


def test_every_operator_has_words() -> None:
    assert mistake("target for pred") == "pred stands where target belongs"
