"""Small mistakes in every formula of the specifications: whatever is wrong must be refuted."""

from __future__ import annotations

import pytest
from catalogue import REGISTRY
from sympy import Abs, Max, Min, Piecewise, exp

from derive import numeric
from derive.language import Parameter, Sum, axes_of, positive, pred, size, target
from derive.mutation import Vocabulary, edits, mutants, parts
from derive.mutation_testing import Mutant, Subject, examine, subjects
from derive.prove.suggestion import vocabulary
from derive.registry import Spec
from derive.report.mutants import failures, render

SUBJECTS = [(spec, subject) for spec in REGISTRY.specs.values() for subject in subjects(spec)]
NAMES = [f"{spec.name}.{subject.name}" for spec, subject in SUBJECTS]
delta = Parameter("delta", default=1, domain=positive)
WORDS = Vocabulary((pred, target), (delta,), sums=True)

OPERATORS = {
    "sign": (pred + target, pred - target),
    "constant": (2 * pred, 3 * pred),
    "exponent": (pred**2, pred**3),
    "dropped term": (pred + target, pred),
    "doubled term": (pred + target, pred + 2 * target),
    "dropped factor": (pred * target, target),
    "doubled factor": (pred * target, pred**2 * target),
    "added factor": (pred * target, delta * pred * target),
    "swapped branches": (
        Piecewise((pred, pred > 0), (target, True)),
        Piecewise((target, pred > 0), (pred, True)),
    ),
    "strict for non-strict, or back": (
        Piecewise((pred, pred > 0), (target, True)),
        Piecewise((pred, pred >= 0), (target, True)),
    ),
    "negated threshold": (
        Piecewise((pred, pred > delta), (target, True)),
        Piecewise((pred, pred > -delta), (target, True)),
    ),
    "dropped sum": (Sum(pred), pred),
    "added sum": (pred, Sum(pred)),
    "mean for sum": (Sum(pred), Sum(pred) / size()),
    "wrong axis": (Sum(pred), Sum(pred, "slice")),
    "divided by the length": (pred * target, pred * target / size()),
    "target for pred": (pred**2, target**2),
    "default for parameter": (delta * pred, pred),
    "another function": (Max(pred, target), Min(pred, target)),
    "argument for function": (Abs(pred), pred),
}


@pytest.mark.parametrize("operator", OPERATORS)
def test_each_operator_makes_its_mistake(operator: str) -> None:
    right, wrong = OPERATORS[operator]
    made = {edit.of(right, WORDS) for edit in edits(right, WORDS) if edit.operator == operator}
    assert wrong in made


@pytest.mark.parametrize(("spec", "subject"), SUBJECTS, ids=NAMES)
def test_mutants_are_different_well_formed_and_the_same_each_time(
    spec: Spec, subject: Subject
) -> None:
    words = vocabulary(subject.claim)
    made = [formula for _, formula in mutants(subject.formula, words, 25)]
    assert len(made) == len(set(made))
    assert subject.formula not in made
    known = {*words.inputs, *words.parameters, size("entry"), size("slice")}
    for formula in made:
        assert formula.free_symbols <= known
        assert axes_of(formula) <= words.axes
    assert made == [formula for _, formula in mutants(subject.formula, words, 25)]
    assert len(made) <= 25


# Two of each formula here; `lossproof mutate` examines more.
@pytest.mark.parametrize(("spec", "subject"), SUBJECTS, ids=NAMES)
def test_what_is_wrong_is_refuted_and_what_is_proved_is_right(spec: Spec, subject: Subject) -> None:
    found = [examine(spec, subject, *mutant) for mutant in subject.mutants(2)]
    assert found and not failures(found)


def test_a_proved_mutant_says_why() -> None:
    spec = REGISTRY.specs["mae"]
    subject = next(s for s in subjects(spec) if s.name == "gradient[pred]")
    found = [examine(spec, subject, *mutant) for mutant in subject.mutants()]
    reasons = {m.after: m.reason for m in found if m.status == "equivalent"}
    assert reasons["2·pred - 2·target"] == "equal in exact arithmetic"


def test_the_second_evaluator_knows_a_derivative_from_a_wrong_one() -> None:
    at = numeric.place((1, 2), {"pred": (pred * 0, pred * 0 + 1)}, {}, (0, 1))
    limits = numeric.between(Sum(exp(pred)), pred, "gradient", at)
    assert numeric.lies_within(numeric.value(exp(pred), at), limits)
    assert not numeric.lies_within(numeric.value(exp(pred) + pred / 1000, at), limits)


def test_the_second_evaluator_sees_both_sides_of_a_kink() -> None:
    at = numeric.place((1, 1), {"pred": (pred * 0,)}, {}, (0, 0))
    low, high = numeric.between(Abs(pred), pred, "gradient", at)
    assert (round(low), round(high)) == (-1, 1)


def test_the_report_lists_what_is_not_refuted() -> None:
    common = ("huber", "gradient", "sign", "a", "b")
    found = [
        Mutant(*common, "refuted", "everywhere"),
        Mutant(*common, "equivalent", "equal in exact arithmetic"),
        Mutant(*common, "unknown", "too deep"),
    ]
    text = render(found, verbose=False, seconds=1)
    assert "equal in exact arithmetic" in text and "too deep" in text and "everywhere" not in text
    assert "3 mutants of 1 loss: 1 refuted, 1 equivalent, 1 unknown, 0 error" in text
    assert failures(found) == found[2:]


def test_exponents_are_changed_as_exponents() -> None:
    assert [part for _, part in parts(pred**2)] == [pred**2, pred]
