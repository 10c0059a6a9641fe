"""Attempts to obtain a wrong verdict on NumPy code, or a crash instead of a refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import derive
from derive.report.finding import Finding

Code = Callable[..., Any]


def only(code: Code, loss: Any, **settings: Any) -> Finding:
    """The one finding on code."""
    (finding,) = derive.audit(code, loss=loss, **settings)
    return finding


def squares(x: Any) -> Any:
    return np.sum(x**2) / 2


# Which array is which ----------------------------------------------------------------------------


@pytest.mark.parametrize("other", ["y_", "_y", "__y__"])
def test_arguments_whose_names_differ_by_underscores_are_two_arrays(other: str) -> None:
    scope: dict[str, Any] = {"np": np}
    exec(f"def loss(y, {other}): return np.sum((y - {other}) ** 2) / 2", scope)
    exec(f"def nothing(y, {other}): return 0 * y", scope)
    exec(f"def gradient(y, {other}): return y - {other}", scope)
    assert only(scope["nothing"], scope["loss"]).status == "refuted"
    assert only(scope["gradient"], scope["loss"]).status == "proved"


def test_an_argument_that_is_named_like_a_taken_input_is_another_array() -> None:
    def right(score: Any, target: Any, pred: Any) -> Any:
        return 2 * (score - target) + 0 * pred

    def wrong(score: Any, target: Any, pred: Any) -> Any:
        return score + pred - 2 * target

    at = {"score": "pred"}
    assert only(right, "mse", at=at).status == "proved"
    assert only(wrong, "mse", at=at).status == "refuted"


def test_arguments_that_a_declared_loss_lacks_may_have_any_value() -> None:
    assert only(lambda pred, target, eps=0.5: 2 * (pred - target), "mse").status == "proved"
    assert only(lambda pred, target, eps=0.5: 2 * (pred - target) + eps, "mse").status == "refuted"
    assert only(lambda pred, target, mask: 2 * (pred - target) * mask, "mse").status == "refuted"
