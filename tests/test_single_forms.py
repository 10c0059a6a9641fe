"""The quicker forms for results of less than double precision: proved, accurate, and mended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emitted import SPECS
from sympy import Abs, Expr, Max, Piecewise, cosh, exp, log, sqrt, tanh
from sympy.codegen.cfunctions import log1p

import lossproof
from derive.accuracy.exact import exact
from derive.accuracy.points import samples
from derive.accuracy.quantities import quantities
from derive.accuracy.ulp import Exact, errors
from derive.emit.records import render_record
from derive.language import Rounded, pred, target, unrounded
from derive.loss import Forms, Loss, by_input
from derive.prove.claim import Claim
from derive.prove.prover import check
from derive.prove.verdict import Proved
from derive.record import SINGLE, Unreadable, digest, with_forms
from derive.registry import load
from derive.search import Choice, Ranked
from derive.search_single import good_enough, rounded, single_cost, singles
from derive.sources import record_path
from derive.stable.closure import Candidate
from derive.stable.forms import single_forms
from derive.stable.quick import QUICK_RULES
from derive.verification import evaluated

WITH_SINGLE = [name for name, spec in SPECS.items() if spec.loss.forms.single is not None]
residual = pred - target
LOGISTIC = 1 / (1 + exp(-pred))
EXAMPLES: list[Expr] = [
    log(cosh(residual)),
    tanh(residual),
    LOGISTIC - target,
    Max(pred, 0) - target * pred + exp(-Abs(pred)),
    target**2 * (sqrt(1 + residual**2) - 1),
    Piecewise((-2 * target * (1 - pred * target), pred * target < 1), (0, True)),
]


# Rules -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "formula"), [*zip(QUICK_RULES, EXAMPLES, strict=True)])
def test_a_rule_states_an_identity(rule: Any, formula: Expr) -> None:
    found = [e for e in rule(formula) if e != formula]
    assert found
    loss = Loss(value=pred, gradient=1)
    for e in found:
        claim = Claim(loss, "form", pred, unrounded(e), reference=formula)
        assert isinstance(check(claim), Proved)
        wrong = replace(claim, written=claim.written + target)
        assert not isinstance(check(wrong), Proved)


# What is emitted ---------------------------------------------------------------------------------


def test_some_losses_have_such_forms() -> None:
    assert {"bce_with_logits", "cauchy", "log_cosh", "poisson_nll"} <= set(WITH_SINGLE)


@pytest.mark.parametrize("name", WITH_SINGLE)
def test_every_form_is_claimed(name: str) -> None:
    claims = {keyword: claim for _, keyword, claim in evaluated(SPECS[name].loss)}
    for form in single_forms(SPECS[name].loss):
        if form.is_new:
            assert claims[f"forms.single.{form.kind}"].reference == form.declared


@pytest.mark.parametrize("name", WITH_SINGLE)
def test_a_result_is_that_of_double_precision_rounded_but_for_ties(name: str) -> None:
    """Two results that are each within 0.51 ulps differ by one at most, and rarely."""
    loss = SPECS[name].loss
    for quantity in quantities(SPECS[name]):
        if quantity.kind not in ("value", "gradient"):
            continue
        count = differing = 0
        for sample in samples(loss, np.float32, count=1000, seed=2):
            single, double = (
                _results(name, str(quantity), sample, dtype) for dtype in ("f4", "f8")
            )
            known = Exact(double, np.zeros_like(double), np.isnan(double))
            off = np.nan_to_num(errors(single, known))
            count, differing = count + off.size, differing + int((off > 0.51).sum())
        # where terms cancel, both have errors of their own
        assert differing <= count / 50, quantity


def _results(name: str, quantity: str, sample: Any, dtype: str) -> Any:
    inputs = {n: x.astype(dtype) for n, x in sample.inputs.items()}
    loss = getattr(lossproof, name)
    kind, _, wrt = quantity.partition("[")
    if kind == "value":
        return loss(**inputs, **sample.parameters, reduction="none")
    options = {"wrt": wrt.rstrip("]")} if wrt else {}
    return loss.gradient(**inputs, **sample.parameters, **options, reduction="sum")


@pytest.mark.parametrize("name", WITH_SINGLE)
@pytest.mark.parametrize("size", [100, 70_000])
def test_a_value_is_the_same_beside_its_gradient_though_one_is_mended(name: str, size: int) -> None:
    rng = np.random.default_rng(3)
    loss, info = getattr(lossproof, name), getattr(lossproof, name).info
    inputs = {n: rng.uniform(0.1, 0.9, size).astype(np.float32) for n in info.inputs}
    ends = np.array([np.inf, -np.inf, np.nan, 3e38, -3e38, 800, -800, 1e-45], np.float32)
    inputs[info.inputs[0]][rng.integers(0, size, 40)] = np.resize(ends, 40)
    values = loss(**inputs, reduction="none")
    gradient = loss.gradient(**inputs, reduction="none")
    both = loss.value_and_gradient(**inputs, reduction="none")
    for alone, beside in zip((values, gradient), both, strict=True):
        assert np.array_equal(alone, beside, equal_nan=True)
    missing = np.isnan(inputs[info.inputs[0]])
    assert missing.any() and np.array_equal(np.isnan(values), missing)


def test_where_a_quick_form_overflows_the_other_is_evaluated() -> None:
    far = np.array([1e30, -1e30, 750.0, 0.5], np.float32)
    results = lossproof.log_cosh.value_and_gradient(far, 0 * far, reduction="none")
    expected = np.float32([1e30, 1e30, 750 - np.log(2), np.log(np.cosh(0.5))])
    assert np.array_equal(results[0], expected)
    assert np.array_equal(results[1], np.float32([1, -1, 1, np.tanh(0.5)]))


@pytest.mark.parametrize("name", [n for n in WITH_SINGLE if SPECS[n].loss.parameters])
@pytest.mark.parametrize("value", [1e-300, 1e-50, 1e50, 1e110, 1e150, 1e200])
def test_parameters_beyond_single_precision_are_left_to_double(name: str, value: float) -> None:
    """Squares of them leave the range of double precision, or those of the ratios do."""
    (parameter,) = getattr(lossproof, name).info.parameters
    at = {parameter.name: value}
    if value not in parameter:
        return
    x = np.float32([1e-12, -1e-10, 0.0, 1e-3, 3.0, -1e30])
    with np.errstate(all="raise"):
        single, double = (
            getattr(lossproof, name).value_and_gradient(
                x.astype(dtype), np.zeros(6, dtype), reduction="none", **at
            )
            for dtype in (np.float32, np.float64)
        )
    for result, wide in zip(single, double, strict=True):
        with np.errstate(all="ignore"):
            assert np.array_equal(result, wide.astype(np.float32))


@pytest.mark.parametrize("far", [1e200, -1e200])
def test_numbers_beyond_single_precision_are_left_to_double(far: float) -> None:
    x = np.zeros(3, np.float32)
    for loss in (lossproof.pseudo_huber, lossproof.log_cosh):
        assert np.array_equal(loss.gradient(x, far, reduction="sum"), x - np.sign(far))


def test_inputs_are_left_alone_where_a_result_is_mended() -> None:
    x, y = np.full((2, 3), np.inf, np.float32)
    before = x.copy(), y.copy()
    lossproof.hinge.value_and_gradient(x, y)
    assert np.array_equal(x, before[0]) and np.array_equal(y, before[1])


# The search --------------------------------------------------------------------------------------


def test_a_form_that_is_no_number_at_plain_inputs_is_not_taken() -> None:
    """A target of zero is nothing rare: to mend what becomes of it would take longer."""
    loss = SPECS["kl_divergence"].loss
    found = good_enough(SPECS["kl_divergence"], "value", pred, loss.value, loss.value)
    assert target * (log(target) - pred) not in [unrounded(c.candidate.formula) for c in found]


def test_what_is_less_accurate_than_double_precision_is_not_taken() -> None:
    """An exponential near one, less its target: the plain difference has no digit left."""
    spec = SPECS["poisson_nll"]
    plain, double = exp(pred) - target, by_input(spec.loss.forms.gradient, (pred,))[pred]
    assert single_cost([plain]) < single_cost([double])
    found = good_enough(spec, "gradient", pred, plain, double)
    assert plain not in [c.candidate.formula for c in found]


def test_what_does_not_do_in_single_precision_itself_is_not_taken() -> None:
    """The product is exact in double precision alone: where x y is near x, digits are lost."""
    spec = SPECS["bce_with_logits"]
    double, value = spec.loss.forms.value, spec.loss.value
    assert double is not None
    plain = log1p(exp(-Abs(pred))) + Rounded(Max(pred, 0) - pred * target)
    found = [c.candidate.formula for c in good_enough(spec, "value", pred, value, double)]
    assert found and plain not in found
    x = np.linspace(5, 15, 101)[:, np.newaxis]
    y = np.full_like(x, 0.9999)
    inputs = {n: v.astype(np.float32) for n, v in (("pred", x), ("target", y))}
    known = exact(value, inputs, {})
    wide, narrow = (rounded(plain, double, spec, pred, w)(inputs, {}) for w in ("f8", "f4"))
    assert errors(wide, known).max() <= 0.51 and errors(narrow, known).max() > 64


def test_what_is_found_is_recorded_and_read_again(tmp_path: Path) -> None:
    (tmp_path / "poisson.py").write_text(
        "from sympy import exp\nfrom derive import Loss, pred, target\n"
        "poisson = Loss(value=exp(pred) - target * pred, gradient=exp(pred) - target)\n"
    )
    spec = load([tmp_path]).specs["poisson"]
    forms = SPECS["poisson_nll"].loss.forms
    found = {}
    for kind, form in (
        ("value", forms.value),
        ("gradient", by_input(forms.gradient, (pred,))[pred]),
    ):
        ranked = Ranked(Candidate(form), np.zeros(1))  # type: ignore[arg-type]
        found[kind] = Choice(ranked, ranked, {}, 1, ())
    quick = singles(spec, found)
    assert quick
    path = record_path(spec.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_record(spec, found, quick))
    read = {f.kind: f.formula for f in single_forms(load([tmp_path]).specs["poisson"].loss)}
    assert read == {kind: single.candidate.formula for kind, single in quick.items()}


def test_a_table_without_a_form_is_no_record() -> None:
    loss = SPECS["hinge"].loss
    with pytest.raises(Unreadable, match="without a form"):
        with_forms(loss, {"formulas": digest(loss), SINGLE: {"value": {"ulp": 0.5}}})


def test_forms_that_are_not_stated_are_none() -> None:
    assert single_forms(replace(SPECS["mse"].loss, forms=Forms())) == []
