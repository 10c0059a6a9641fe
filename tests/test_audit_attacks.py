"""Attempts to obtain a wrong verdict on NumPy code, or a crash instead of a refusal."""

from __future__ import annotations

import math
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


def logistic(pred: Any, target: Any) -> Any:
    return 1 / (1 + np.exp(-pred)) - target


def test_the_target_of_the_code_is_that_of_the_loss() -> None:
    def loss(y_true: Any, y_pred: Any) -> Any:
        return np.sum(np.log1p(np.exp(y_pred)) - y_true * y_pred)

    def in_order(a: Any, b: Any, scale: float = 1.0) -> Any:
        return scale * np.sum(np.log1p(np.exp(a)) - a * b)

    def of_three(pred: Any, target: Any, mask: Any) -> Any:
        return np.sum(mask * (pred - target))

    assert only(logistic, loss).status == "proved"
    assert only(logistic, in_order).status == "proved"
    assert "mask" in only(logistic, of_three).message


# The code's own numbers --------------------------------------------------------------------------


KEPT: dict[str, Any] = {}


def keeping(x: Any) -> Any:
    if "first" not in KEPT:
        KEPT["first"] = x * 1
    return KEPT["first"]


def one_row_more(x: Any) -> Any:
    return x[None, :]


def by_length_of_a_list(x: Any) -> Any:
    return x / len([0] * len(x))


def of_two_ways(x: Any) -> Any:
    return (x, x) if np.sum(x) > 0 else x


def selecting(x: Any) -> Any:
    return x[x > 0]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (keeping, "keeps arrays of one call"),
        (one_row_more, ""),
        (by_length_of_a_list, ""),
        (of_two_ways, "return other shapes"),
        (selecting, "a mask selects are returned"),
    ],
)
def test_what_the_code_does_otherwise_is_no_verdict(code: Code, message: str) -> None:
    (finding,) = derive.audit(code, loss=squares)
    assert finding.status in ("unknown", "invalid")
    assert message in finding.message


def test_arguments_by_keyword_alone() -> None:
    def gradient(x: Any, *, slope: float = 2.0) -> Any:
        return slope * x

    assert only(gradient, lambda x, *, slope=2.0: slope * squares(x)).status == "proved"


def test_zero_is_divided_by_something() -> None:
    finding = only(lambda x: x + 0 / x, squares)
    assert finding.status == "proved"
    assert "x ≠ 0" in finding.assuming


# Where the code or the loss raises an exception --------------------------------------------------


def checked_squares(x: Any) -> Any:
    if np.any(x < 0):
        raise ValueError("negative")
    return np.sum(x**2) / 2


def checked_identity(x: Any) -> Any:
    assert np.sum(x) > -1
    return x


def other_below(x: Any) -> Any:
    return np.sum(x**2) / 2 if np.sum(x) > -1 else np.sum(x**2)


def test_nothing_is_refuted_where_an_exception_is_raised() -> None:
    assert only(np.abs, checked_squares, domains={}).status != "refuted"
    assert only(lambda x: np.abs(x), checked_squares).status == "unknown"
    assert only(checked_identity, other_below).status == "unknown"
    finding = only(lambda x: x, checked_squares)
    assert finding.status == "proved"
    assert any(text.startswith("not (") for text in finding.assuming)
    assert only(lambda x: 2 * x, checked_squares).status == "refuted"


# What means something else in NumPy is refused ---------------------------------------------------


def through_a_broadcast(x: Any) -> Any:
    y = np.broadcast_to(x, x.shape)
    x += 1
    return y


def through_no_copy(x: Any) -> Any:
    y = x.astype(float, copy=False)
    x += 1
    return y


def into_a_buffer(x: Any) -> Any:
    buffer = np.zeros_like(x)
    np.log(1 + x**2, buffer)
    return buffer


DIFFERENT: dict[str, tuple[Code, str]] = {
    "math of an array": (lambda x: math.tanh(x), "math.tanh of an array"),
    "product of masks": (lambda x: x * ((x > 0) @ (x > 1)), "product of booleans"),
    "sum of largest masks": (lambda x: np.maximum(x > 0, x > 1) + (x > 2), "add of booleans"),
    "sum of maxima of masks": (lambda x: np.max(x > 0) + np.max(x > 1), "add of booleans"),
    "unsigned": (lambda x: (x > 0).astype(np.uint8) - 1, "overflows"),
    "small integers": (lambda x: (x > 0).astype(np.int8) * 100, "overflows"),
    "view by a broadcast": (through_a_broadcast, "two arrays share"),
    "view by no copy": (through_no_copy, "two arrays share"),
    "more axes": (lambda x: np.array(x, ndmin=3), "ndmin"),
    "sum of integers": (lambda x: x.sum(dtype=int), "a sum in numbers of type"),
    "mean of integers": (lambda x: np.mean(x, dtype=np.int64), "a sum in numbers of type"),
    "twice as many rows": (lambda x: np.stack([x, x]) * 2, "stacked"),
    "row of columns": (lambda x: np.column_stack([x, x])[0], "stacked"),
    "another shape": (lambda x: x + np.zeros_like(x, shape=(3,)), "fixed shape"),
    "shifted identity": (lambda x: np.eye(len(x), None, 1), "np.eye"),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_numpy_does_otherwise_is_refused(name: str) -> None:
    code, message = DIFFERENT[name]
    finding = only(code, squares)
    assert finding.status == "invalid"
    assert message in finding.message
    assert finding.location is not None
    assert finding.location.file.endswith("test_audit_attacks.py")


def test_labels_are_not_compared_with_places_of_rows() -> None:
    def code(z: Any, y: Any) -> Any:
        return z * (y == np.arange(len(y)))[:, None]

    finding = only(code, "cross_entropy_logits", shapes={"z": "m,n", "y": "labels"})
    assert "places of rows" in finding.message


def test_what_may_be_said_otherwise_is_read() -> None:
    def clipped(x: Any, high: float = np.inf) -> Any:
        return np.clip(x, -np.inf, high)

    def buffered(x: Any) -> Any:
        buffer = np.zeros_like(x)
        np.multiply(x, 1, buffer)
        return np.array(buffer, copy=True)

    def counted(x: Any) -> Any:
        return x * (x > 0).sum(dtype=float) / np.maximum((x > 0).sum(), 1)

    for code in (clipped, buffered):
        assert only(code, squares).status == "proved"
    assert only(counted, squares).status != "proved"
    assert only(into_a_buffer, lambda x: np.sum(x**2)).status == "refuted"
