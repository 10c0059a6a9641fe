"""Objectives as libraries call them, with and without weights: right ones, wrong ones, misfits."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

import derive
from derive.auditing.callers import Data
from derive.auditing.signatures import NAMES, audit_objective
from derive.cli import main
from derive.report.finding import Finding


def sigmoid(score: Any) -> Any:
    return 1 / (1 + np.exp(-score))


def squared(x: Any, y: Any) -> Any:
    return (x - y) ** 2 / 2


# xgboost.train, lightgbm.train -------------------------------------------------------------------


def weighted_by_xgboost(preds: Any, dtrain: Any) -> Any:
    y, w = dtrain.get_label(), dtrain.get_weight()
    if w.size == 0:
        w = np.ones_like(y)
    p = sigmoid(preds)
    return w * (p - y), w * p * (1 - p)


def hessian_without_weights(preds: Any, dtrain: Any) -> Any:
    y, w = dtrain.get_label(), dtrain.get_weight()
    p = sigmoid(preds)
    return ((p - y) * w if len(w) else p - y), p * (1 - p)


def weighted_by_lightgbm(preds: Any, dataset: Any) -> Any:
    w = dataset.get_weight()
    grad, hess = preds - dataset.get_label(), np.ones_like(preds)
    return (grad, hess) if w is None else (grad * w, hess * w)


def weights_squared(preds: Any, dataset: Any) -> Any:
    w = dataset.get_weight()
    grad, hess = preds - dataset.get_label(), np.ones_like(preds)
    return (grad, hess) if w is None else (grad * w * w, hess * w)


def unweighted(preds: Any, dtrain: Any) -> Any:
    p = sigmoid(preds)
    return p - dtrain.get_label(), p * (1 - p)


# XGBModel, LGBMModel -----------------------------------------------------------------------------


def with_sample_weight(y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
    grad, hess = y_pred - y_true, np.ones_like(y_pred)
    if sample_weight is not None:
        grad, hess = grad * sample_weight, hess * sample_weight
    return grad, hess


def with_keyword(y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> Any:
    return with_sample_weight(y_true, y_pred, sample_weight)


def with_weight_and_group(y_true: Any, y_pred: Any, weight: Any, group: Any) -> Any:
    return with_sample_weight(y_true, y_pred, weight)


def by_group(y_true: Any, y_pred: Any, weight: Any, group: Any) -> Any:
    return (y_pred - y_true) / len(group), np.ones_like(y_pred)


def reversed_arguments(y_pred: Any, y_true: Any) -> Any:
    return y_pred - y_true, np.ones_like(y_pred)


def divided_by_weights(y_true: Any, y_pred: Any, sample_weight: Any) -> Any:
    w = 1.0 if sample_weight is None else sample_weight
    return (y_pred - y_true) * w, np.ones_like(y_pred) / w


# CatBoost, SciPy, scikit-learn -------------------------------------------------------------------


class LogisticForCatBoost:
    def calc_ders_range(self, approxes: Any, targets: Any, weights: Any) -> Any:
        p = sigmoid(np.asarray(approxes))
        first, second = targets - p, -p * (1 - p)
        if weights is not None:
            first, second = first * weights, second * weights
        return np.column_stack([first, second])


class Minimised:
    def calc_ders_range(self, approxes: Any, targets: Any, weights: Any) -> Any:
        p = sigmoid(np.asarray(approxes))
        return np.column_stack([p - targets, p * (1 - p)])


def bowl(x: Any, a: float = 2.0) -> Any:
    return a / 2 * np.sum((x - 1) ** 2), a * (x - 1)


def flat(x: Any, a: float = 2.0) -> Any:
    return a / 2 * np.sum((x - 1) ** 2), x - 1


def bowl_value(x: Any, a: float = 2.0) -> Any:
    return a / 2 * np.sum((x - 1) ** 2)


class HalfSquared:
    def loss_gradient(
        self, y_true: Any, raw_prediction: Any, sample_weight: Any = None, loss_out: Any = None
    ) -> Any:
        w = 1.0 if sample_weight is None else sample_weight
        gap = raw_prediction - y_true
        return w * gap**2 / 2, w * gap

    def gradient_hessian(self, y_true: Any, raw_prediction: Any, sample_weight: Any = None) -> Any:
        w = 1.0 if sample_weight is None else sample_weight
        return w * (raw_prediction - y_true), w * np.ones_like(raw_prediction)


class WithoutHalf(HalfSquared):
    def gradient_hessian(self, y_true: Any, raw_prediction: Any, sample_weight: Any = None) -> Any:
        gradient, hessian = super().gradient_hessian(y_true, raw_prediction, sample_weight)
        return 2 * gradient, hessian


class Both:
    def gradient(self, y_true: Any, raw_prediction: Any) -> Any:
        return raw_prediction - 2 * y_true


PROVED, REFUTED = "proved", "refuted"
MINIMISED = Minimised()
CASES: list[tuple[Any, str, Any, str]] = [
    (weighted_by_xgboost, "xgboost", "bce_with_logits", "proved proved proved proved"),
    (hessian_without_weights, "xgboost", "bce_with_logits", "proved proved proved refuted"),
    (unweighted, "xgboost", "bce_with_logits", "proved proved"),
    (unweighted, "xgboost", squared, "refuted refuted"),
    (weighted_by_lightgbm, "lightgbm", squared, "proved proved proved proved"),
    (weights_squared, "lightgbm", squared, "proved proved refuted proved"),
    (with_sample_weight, "XGBModel", squared, "proved proved proved proved"),
    (with_keyword, "XGBModel", squared, "proved proved proved proved"),
    (divided_by_weights, "XGBModel", squared, "proved proved proved refuted"),
    (reversed_arguments, "XGBModel", squared, "refuted proved"),
    (with_sample_weight, "LGBMModel", squared, "proved proved proved proved"),
    (with_weight_and_group, "LGBMModel", squared, "proved proved proved proved"),
    (divided_by_weights, "LGBMModel", squared, "proved proved proved refuted"),
    (LogisticForCatBoost(), "catboost", "bce_with_logits", "proved proved proved proved"),
    (MINIMISED, "catboost", "bce_with_logits", "refuted refuted"),
    (bowl, "scipy", bowl_value, "proved proved"),
    (flat, "scipy", bowl_value, "proved refuted"),
    (HalfSquared(), "sklearn", squared, " ".join(["proved"] * 8)),
    (Both(), "sklearn", squared, "refuted"),
]


@cache
def audited(code: Any, signature: str, loss: Any) -> list[Finding]:
    if callable(loss) and signature != "scipy":
        loss = _of(signature, loss)
    return audit_objective(code, signature, loss=loss)


def _of(signature: str, loss: Callable[..., Any]) -> Callable[..., Any]:
    """A loss of prediction and target, by the order in which a signature has them."""
    if signature in ("xgboost", "lightgbm", "catboost"):
        return loss
    return lambda target, pred: loss(pred, target)


@pytest.mark.parametrize(("code", "signature", "loss", "expected"), CASES)
def test_each_signature_has_right_and_wrong_objectives(
    code: Any, signature: str, loss: Any, expected: str
) -> None:
    findings = audited(code, signature, loss)
    told = [(f.claim, f.status, f.message) for f in findings]
    assert [f.status for f in findings] == expected.split(), told
    for finding in findings:
        assert (finding.status == REFUTED) == bool(finding.snippet)


def test_every_signature_is_among_the_cases() -> None:
    for signature in set(NAMES) - {"torch"}:
        found = " ".join(expected for _, s, _, expected in CASES if s == signature)
        assert PROVED in found or signature == "sklearn"
        assert REFUTED in found


def test_a_report_says_whether_there_were_weights() -> None:
    findings = audited(weighted_by_xgboost, "xgboost", "bce_with_logits")
    assert ["with weights" in f.message for f in findings] == [False, False, True, True]
    assert [f.claim.endswith(".weighted") for f in findings] == [False, False, True, True]
    assert all("weights are not read" in f.message for f in audited(unweighted, "xgboost", squared))


@pytest.mark.parametrize(
    ("code", "signature", "loss"),
    [
        (hessian_without_weights, "xgboost", "bce_with_logits"),
        (weights_squared, "lightgbm", squared),
        (divided_by_weights, "LGBMModel", squared),
        (with_keyword, "XGBModel", bowl_value),
        (MINIMISED, "catboost", "bce_with_logits"),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_a_counterexample_runs_as_the_library_would(code: Any, signature: str, loss: Any) -> None:
    if loss is bowl_value:
        findings = audit_objective(code, signature, loss=lambda y_true, y_pred: y_true * y_pred)
    else:
        findings = audited(code, signature, loss)
    refuted = [f for f in findings if f.status == REFUTED]
    assert refuted
    for finding in refuted:
        *_, call = finding.snippet.splitlines()
        expression, said = call.split("  # ")
        assert repr(float(eval(expression, {**globals(), "array": np.array}))) == said.split(",")[0]


def test_wrong_weights_are_told_by_the_missing_factor() -> None:
    *_, hessian = audited(hessian_without_weights, "xgboost", "bce_with_logits")
    assert "multiply by weights_of_dtrain" in hessian.hint


MISFITS: list[tuple[Any, str, str]] = [
    (lambda preds: preds, "xgboost", r"xgboost.train calls obj\(preds, dtrain\).*\(preds\)"),
    (lambda a, b, c: a, "lightgbm", r"calls objective\(preds, dataset\).*\(a, b, c\)"),
    (lambda a, b, c, d: a, "XGBModel", r"sample_weight\): this function is \(a, b, c, d\)"),
    (lambda a: a, "LGBMModel", r"with weight and group: this function is \(a\)"),
    (unweighted, "catboost", "function has no method calc_ders_range"),
    (LogisticForCatBoost, "catboost", "LogisticForCatBoost is a class, and no object of it"),
    (bowl_value(np.ones(2)), "scipy", "float64 is no function"),
    (lambda x, y: x, "scipy", r"calls fun\(x\): this function is \(x, y\)"),
    (unweighted, "sklearn", "function has no method gradient or loss_gradient"),
]


@pytest.mark.parametrize(("code", "signature", "message"), MISFITS)
def test_what_does_not_fit_a_signature_is_one_clear_error(
    code: Any, signature: str, message: str
) -> None:
    (finding,) = audit_objective(code, signature, loss=squared)
    assert finding.status == "invalid"
    assert __import__("re").search(message, finding.message), finding.message


def test_groups_of_rows_are_refused() -> None:
    findings = audited(by_group, "LGBMModel", squared)
    assert {f.status for f in findings} == {"invalid"}
    assert "groups of rows" in findings[0].message


# Weights of a function ---------------------------------------------------------------------------


def cross_entropy(z: Any, y: Any) -> Any:
    return np.sum(np.log(np.sum(np.exp(z), axis=1)) - z[np.arange(len(z)), y])


def weighted_rows(z: Any, y: Any, w: Any = None) -> Any:
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(z)), y] -= 1
    return p if w is None else p * w[:, None]


def test_weights_of_elements_and_of_rows(capsys: pytest.CaptureFixture[str]) -> None:
    (finding,) = derive.audit(weighted_rows, loss=cross_entropy, weight="w")
    assert finding.status == PROVED
    assert "w of shape (m,)" in finding.message
    (finding,) = derive.audit(lambda x, y, w: w * (x - y), loss=squared, weight="w")
    assert finding.status == PROVED
    (finding,) = derive.audit(lambda x, y, w: (x - y) / w, loss=squared, weight="w")
    assert finding.status == REFUTED
    name = f"{__name__}:weighted_rows"
    assert main(["audit", name, "--loss", f"{__name__}:cross_entropy", "--weight", "w"]) == 0
    assert "1 proved" in capsys.readouterr().out


def test_a_data_set_has_labels_and_weights() -> None:
    data = Data(np.ones(3), np.array([]))
    assert data.get_label().sum() == 3
    assert data.get_weight().size == 0
    assert Data(np.ones(3)).get_weight() is None
