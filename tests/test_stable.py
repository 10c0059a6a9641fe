"""Forms that round better: rules, records of what a search found, and the search itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from catalogue import SPECS
from sympy import Abs, Expr, Max, Piecewise, Rational, exp, log, sqrt, tanh
from sympy.codegen.cfunctions import log1p

import lossproof
from derive.accuracy.exact import exact
from derive.accuracy.measure import references
from derive.accuracy.points import samples
from derive.accuracy.ulp import errors
from derive.cli import main
from derive.emit.records import render_record
from derive.language import (
    Largest,
    Parameter,
    RatioOfDifference,
    Rounded,
    RoundingError,
    Sum,
    positive,
    pred,
    target,
    unrounded,
)
from derive.loss import Forms, Loss
from derive.prove.claim import Claim
from derive.prove.prover import check
from derive.prove.verdict import Proved
from derive.record import Unreadable, digest, read, with_forms, written
from derive.registry import load
from derive.search import Ranked, compiled, cost, order, search
from derive.sources import read as read_sources
from derive.sources import record_path
from derive.stable.closure import Candidate, closure
from derive.stable.differences import half_of, halved, inputs_first
from derive.stable.forms import forms
from derive.stable.softmax import difference, stable_softmax

SOFTPLUS = '''
"""Softplus."""
from sympy import exp, log
from derive import Loss, pred
softplus = Loss(value=log(1 + exp(pred)), gradient=1 / (1 + exp(-pred)), inputs=[pred])
'''
BEST = Max(pred, 0) + log1p(exp(-Abs(pred)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "softplus.py").write_text(SOFTPLUS)
    return tmp_path / "specs"


def _record(folder: Path, form: str, formulas: str | None = None) -> None:
    loss = load([folder]).specs["softplus"].loss
    path = record_path(folder / "softplus.py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'[softplus]\nformulas = "{formulas or digest(loss)}"\n[softplus.value]\nform = "{form}"\n'
    )


# Rounding ----------------------------------------------------------------------------------------


def test_what_is_rounded_by_itself_stays_together() -> None:
    product = Rounded(pred * target) * pred
    assert product != pred**2 * target
    assert unrounded(product) == pred**2 * target
    assert Rounded(pred) == pred


def test_the_error_of_a_difference_is_nothing_in_exact_numbers() -> None:
    rounded, error = difference(pred, target)
    assert unrounded(rounded) == pred - target
    assert unrounded(error) == 0


def test_a_ratio_of_a_difference_is_a_quotient_to_a_proof() -> None:
    form = RatioOfDifference(pred, target, pred**2 + 1)
    assert unrounded(form) == (pred - target) / (pred**2 + 1)
    assert read(written(form), SPECS["mse"].loss) == form


def test_the_error_of_a_difference_is_there_in_the_code_alone() -> None:
    form = Rounded(pred - target) + RoundingError(pred, target) * 2**60
    assert unrounded(form) == pred - target
    spec = SPECS["mse"]
    assert read(written(form), spec.loss) == form
    inputs = {"pred": np.array([[1.0]]), "target": np.array([[2.0**-60]])}
    assert compiled(form, spec, pred)(inputs, {}) == 0


# Rules -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "better"),
    [
        (log(1 + exp(pred)), BEST),
        (log(1 + target**2), log1p(target**2)),
        (sqrt(1 + pred) - 1, pred / (sqrt(1 + pred) + 1)),
        (
            log(1 + exp(pred)) - target * pred,
            Abs(pred) * Piecewise((1 - target, pred >= 0), (target, True)) + log1p(exp(-Abs(pred))),
        ),
    ],
)
def test_rules_lead_to_what_numerical_analysts_write(formula: Expr, better: Expr) -> None:
    assert better in [candidate.formula for candidate in closure(formula, limit=60)]


@pytest.mark.parametrize("body", [pred, 2 * pred, pred / 3 - target])
def test_sums_of_exponentials_are_equal_to_what_they_replace(body: Expr) -> None:
    total = Sum(exp(body))
    for formula in (log(total), log(total) - body, exp(body) / total, 2 * exp(body) / total - pred):
        better = unrounded(stable_softmax(formula))
        loss = Loss(value=Sum(pred), gradient=1)
        assert better.has(Largest)
        assert isinstance(check(Claim(loss, "form", pred, better, reference=formula)), Proved)
        wrong = Claim(loss, "form", pred, better + target, reference=formula)
        assert not isinstance(check(wrong), Proved)


def test_cross_entropy_of_logits_keeps_small_losses() -> None:
    spec = SPECS["cross_entropy_logits"]
    x = np.array([[20.0, 0.0, 1.0], [0.0, 0.0, -700.0], [3.0, 3.0, 3.0]])
    y = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    places = samples(spec.loss, np.float64, count=200)
    for form in forms(spec.loss):
        if form.wrt != pred or form.kind == "hvp":
            continue
        found = compiled(form.formula, spec, pred)({"pred": x, "target": y}, {})
        assert np.all(np.isfinite(found)) and np.all(found != 0)
        if form.kind == "value":
            for known in references(form.declared, places):
                got = compiled(form.formula, spec, pred)(known.sample.inputs, {})
                assert errors(got, known.exact).max() <= 3


@pytest.mark.parametrize(
    ("name", "kind", "x", "y", "expected"),
    [
        ("hinge", "value", -np.inf, 0.0, 1.0),
        ("hinge", "gradient", -np.inf, 0.0, 0.0),
        ("hinge", "gradient", np.nan, 1.0, np.nan),
        ("squared_hinge", "gradient", 1.0, np.inf, 0.0),
        ("bce_with_logits", "value", -np.inf, 0.0, 0.0),
        ("bce_with_logits", "value", 1.0, np.nan, np.nan),
        ("poisson_nll", "value", np.inf, 1.0, np.inf),
        ("poisson_nll", "value", -np.inf, 0.0, 0.0),
        ("poisson_nll", "value", np.nan, 0.0, np.nan),
        ("pseudo_huber", "gradient", -np.inf, 0.0, -1.0),
        ("cauchy", "gradient", 1e200, 0.0, 1e-200),
        ("cauchy", "value", 1e-160, 0.0, 5e-321),
    ],
)
def test_the_ends_of_the_range_are_kept(
    name: str, kind: str, x: float, y: float, expected: float
) -> None:
    spec = SPECS[name]
    form = next(f for f in forms(spec.loss) if f.kind == kind)
    parameters = {p.name: float(p.default) for p in spec.loss.parameters}
    inputs = {"pred": np.array([x]), "target": np.array([y])}
    found = compiled(form.formula, spec, pred)(inputs, parameters)
    np.testing.assert_allclose(found, [expected], rtol=1e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_gradient_in_a_parameter_has_a_logarithm_near_one(dtype: Any) -> None:
    """For a small residual r that of the Cauchy loss is nearly r**4/2; log(1 + r**2) lost r**2."""
    r = np.array([1e-6], dtype)
    found = lossproof.cauchy.gradient(r, 0 * r, wrt="delta")
    np.testing.assert_allclose(found, 5e-25, rtol=1e-3)


def test_a_rounded_difference_is_made_good() -> None:
    """The curvature of log-cosh far out counts an error of the residual hundreds of times."""
    spec = SPECS["log_cosh"]
    form = next(f for f in forms(spec.loss) if f.kind == "hessian")
    inputs = {"pred": np.array([[-209.44558827819336]]), "target": np.array([[0.1]])}
    found = compiled(form.formula, spec, pred)(inputs, {})
    assert errors(found, exact(form.declared, inputs, {})).max() <= 4


# Records -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n, s in SPECS.items() if s.loss.kind == "elementwise"])
def test_what_is_written_is_read_again(name: str) -> None:
    loss = SPECS[name].loss
    for formula in (loss.value, *loss.gradients.values(), *loss.hessians.values()):
        for candidate in closure(formula, limit=12):
            assert read(written(candidate.formula), loss) == candidate.formula


@pytest.mark.parametrize("text", ["pred +", "open('x')", "pred.name", "w", "pred or 1", "1.5", ""])
def test_a_record_is_no_code(text: str) -> None:
    with pytest.raises(Unreadable, match="is not a formula"):
        read(text, SPECS["mse"].loss)


def test_a_recorded_form_is_used_and_proved(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _record(folder, written(BEST))
    spec = load([folder]).specs["softplus"]
    assert spec.loss.forms.value == BEST
    assert main(["verify", str(folder), "--no-cache"]) == 0
    assert "ignored" not in capsys.readouterr().err


def test_a_recorded_form_is_not_believed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _record(folder, "Max(pred, 0) + log1p(exp(-2*Abs(pred)))")
    assert main(["verify", str(folder), "--no-cache"]) == 1
    assert "softplus.forms.value" in capsys.readouterr().out


def test_a_record_about_other_formulas_is_ignored_and_told_of(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _record(folder, written(BEST), formulas="sha256:0")
    assert load([folder]).specs["softplus"].loss.forms == Forms()
    assert main(["verify", str(folder)]) == 0
    told = capsys.readouterr().err
    assert "softplus.toml is ignored" in told and "lossproof search softplus" in told
    assert main(["verify", str(folder)]) == 0  # also when there is a cache
    assert "softplus.toml is ignored" in capsys.readouterr().err


def test_a_changed_record_is_verified_again(folder: Path) -> None:
    (before,) = read_sources([folder])
    _record(folder, written(BEST))
    (after,) = read_sources([folder])
    assert before.digest != after.digest


def test_a_digest_is_of_formulas_and_domains() -> None:
    loss = SPECS["huber"].loss
    other = Loss(value=loss.value, gradient=loss.gradient, parameters=loss.parameters)
    assert digest(loss) != digest(other)
    with pytest.raises(Unreadable, match="other formulas"):
        with_forms(other, {"formulas": digest(loss)})


def test_every_record_fits_its_loss() -> None:
    from derive.registry import execute

    assert [note for source in read_sources() for note in execute(source).notes] == []


def test_a_difference_of_inputs_is_evaluated_before_a_constant_is_added() -> None:
    tiny = Parameter("tiny", default=1)
    assert inputs_first(Sum((pred - target + tiny) ** 2)) == Sum(
        (Rounded(pred - target) + tiny) ** 2
    )
    for other in (pred - target, pred + target + tiny, pred + tiny, pred - target + pred * tiny):
        assert inputs_first(other) == other
    same, apart = np.array([1e3, 0.0]), np.array([5.0, 5.0])
    gradient = lossproof.triplet_margin.gradient(same, same, apart, wrt="positive", margin=1e4)
    np.testing.assert_allclose(gradient, -np.sqrt([0.5, 0.5]), rtol=1e-15)


def test_vectors_with_a_norm_are_evaluated_by_halves() -> None:
    eps = Parameter("eps", domain=positive)
    vector = pred - target + eps
    length, half = sqrt(Sum(vector**2)), half_of(vector)
    half_length = sqrt(Sum(half**2))
    assert halved(length) == 2 * half_length
    assert halved(vector / length) == half / half_length
    other = target - pred + eps
    difference = halved(length - sqrt(Sum(other**2)))
    assert difference == 2 * Rounded(half_length - sqrt(Sum(half_of(other) ** 2)))
    for formula in (vector, sqrt(Sum(pred**2)), Sum(vector**2), pred / sqrt(Sum(pred**2))):
        assert halved(formula) == formula


# The search --------------------------------------------------------------------------------------


def test_the_command_records_what_it_finds(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["search", "softplus", "--specs", str(folder), "--points", "100"]
    assert main(command) == 0
    assert "softplus.toml" in capsys.readouterr().out
    kept = record_path(folder / "softplus.py").read_bytes()
    assert load([folder]).specs["softplus"].record["value"]["rules"] == ["softplus"]
    assert main(command) == 0
    assert record_path(folder / "softplus.py").read_bytes() == kept
    assert main(["codegen", str(folder), "--output", str(folder.parent / "generated")]) == 0
    emitted = (folder.parent / "generated" / "lossproof" / "softplus.py").read_text()
    assert " ulp, " in emitted and " log1p(" in emitted
    assert main(["search", "nothing", "--specs", str(folder)]) == 2
    assert main([*command[:-1], "1"]) == 2


def test_the_cheapest_form_that_keeps_the_promise_comes_first() -> None:
    cheap, dear = (Candidate(formula) for formula in (pred + target, tanh(pred + target)))
    pool = [Ranked(dear, np.array([0.6])), Ranked(cheap, np.array([1.5]))]
    assert min(pool, key=order(pool, 2)).candidate is cheap
    for promised in (1.6, 0, np.inf):
        assert min(pool, key=order(pool, promised)).candidate is dear
    failing = [pool[0], Ranked(cheap, np.array([np.inf]))]
    assert min(failing, key=order(failing, 2)).candidate is dear


def test_a_form_costs_what_is_evaluated() -> None:
    square = 1 + pred**2
    assert cost([Rounded(1 / square) / sqrt(square)]) < cost([square ** Rational(-3, 2)])


def test_a_difference_of_halves_is_evaluated_as_it_stands() -> None:
    largest = np.finfo(np.float64).max
    value = lossproof.quantile(-largest, largest, q=2**-11, reduction="none")
    assert value == 2**-10 * largest
    halved = Rounded(pred / 2 - target / 2)
    compute = compiled(Max(halved, -Abs(pred - target)), SPECS["mse"], pred)
    inputs = {"pred": np.array([[-largest]]), "target": np.array([[largest]])}
    assert compute(inputs, {}) == -largest


def test_a_search_finds_the_stable_form(folder: Path) -> None:
    spec = load([folder]).specs["softplus"]
    choice = search(spec, "value", pred, spec.loss.value, count=200)
    assert choice is not None
    assert choice.chosen.candidate.formula == BEST
    assert choice.chosen.worst < 2 < 1e9 < choice.declared.worst
    record = record_path(spec.path)
    record.parent.mkdir(parents=True)
    record.write_text(render_record(spec, {"value": choice}, {}))
    assert load([folder]).specs["softplus"].loss.forms.value == BEST
