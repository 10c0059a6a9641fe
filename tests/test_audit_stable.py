"""Code that is written to be stable, with shifts and clamps, is proved for all shapes at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import derive

Code = Callable[..., Any]
EPS = 1e-7
LONGEST = 6.0
"""Seconds of a processor for the slowest of them, several times what it takes."""


def shifted(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def log_sum_exp(z: Any) -> Any:
    top = z.max(axis=1, keepdims=True)
    return top[:, 0] + np.log(np.exp(z - top).sum(axis=1))


def cross_entropy(z: Any, y: Any) -> Any:
    return (log_sum_exp(z) - z[np.arange(len(z)), y]).mean()


def cross_entropy_gradient(z: Any, y: Any) -> Any:
    p = shifted(z)
    p[np.arange(len(z)), y] -= 1
    return p / len(z)


def soft_cross_entropy(z: Any, y: Any) -> Any:
    top = z.max(axis=1, keepdims=True)
    logs = z - top - np.log(np.exp(z - top).sum(axis=1, keepdims=True))
    return -(y * logs).sum() / len(z)


def soft_cross_entropy_gradient(z: Any, y: Any) -> Any:
    return (shifted(z) * y.sum(axis=1, keepdims=True) - y) / len(z)


def naive_log_sum_exp(z: Any) -> Any:
    return np.log(np.exp(z).sum(axis=1))


def kl_of_logits(z: Any, y: Any) -> Any:
    return np.sum(np.where(y > 0, y * np.log(np.where(y > 0, y, 1)), 0) - y * logs_of(z))


def logs_of(z: Any) -> Any:
    top = z.max(axis=1, keepdims=True)
    return z - top - np.log(np.exp(z - top).sum(axis=1, keepdims=True))


def kl_of_logits_gradient(z: Any, y: Any) -> Any:
    return shifted(z) * y.sum(axis=1, keepdims=True) - y


def logistic(z: Any, y: Any) -> Any:
    return np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))


def logistic_gradient(z: Any, y: Any) -> Any:
    e = np.exp(-np.abs(z))
    return (np.where(z >= 0, 1 / (1 + e), e / (1 + e)) - y) / z.size


def clipped_entropy(p: Any, y: Any) -> Any:
    q = np.clip(p, EPS, 1 - EPS)
    return -np.mean(y * np.log(q) + (1 - y) * np.log(1 - q))


def clipped_entropy_gradient(p: Any, y: Any) -> Any:
    inside = (p >= EPS) & (p <= 1 - EPS)
    q = np.clip(p, EPS, 1 - EPS)
    return np.where(inside, (q - y) / (q * (1 - q)), 0.0) / p.size


def log_cosh(x: Any) -> Any:
    a = np.abs(x)
    return np.sum(a + np.log1p(np.exp(-2 * a)) - np.log(2))


def log_cosh_gradient(x: Any) -> Any:
    return np.tanh(x)


def focal(z: Any, y: Any) -> Any:
    s = np.where(y > 0, z, -z)
    log_p = np.minimum(s, 0) - np.log1p(np.exp(-np.abs(s)))
    return np.sum(-((1 - np.exp(log_p)) ** 2) * log_p)


def focal_gradient(z: Any, y: Any) -> Any:
    s = np.where(y > 0, z, -z)
    log_p = np.minimum(s, 0) - np.log1p(np.exp(-np.abs(s)))
    p = np.exp(log_p)
    return np.where(y > 0, 1, -1) * (1 - p) ** 2 * (2 * p * log_p - (1 - p))


def cosine(x: Any, y: Any) -> Any:
    lengths = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    return np.sum(1 - (x * y).sum(axis=1) / np.maximum(lengths, 1e-8))


def cosine_by_squares(x: Any, y: Any) -> Any:
    squares = (x**2).sum(axis=1) * (y**2).sum(axis=1)
    return np.sum(1 - (x * y).sum(axis=1) / np.maximum(np.sqrt(squares), 1e-8))


ROWS = {"z": "m,n", "y": "m,n"}
GRADIENTS: list[tuple[Code, Code, dict[str, Any]]] = [
    (cross_entropy_gradient, cross_entropy, {}),
    (soft_cross_entropy_gradient, soft_cross_entropy, {"shapes": ROWS}),
    (kl_of_logits_gradient, kl_of_logits, {"shapes": ROWS}),
    (shifted, log_sum_exp, {"shapes": {"z": "m,n"}}),
    (logistic_gradient, logistic, {"shapes": ROWS}),
    (clipped_entropy_gradient, clipped_entropy, {"shapes": {"p": "m,n", "y": "m,n"}}),
    (log_cosh_gradient, log_cosh, {"shapes": {"x": "m,n"}}),
    (focal_gradient, focal, {"shapes": ROWS}),
]
PAIRS: list[tuple[Code, Code, dict[str, Any]]] = [
    (log_sum_exp, naive_log_sum_exp, {"shapes": {"z": "m,n"}}),
    (shifted, lambda z: np.exp(logs_of(z)), {"shapes": {"z": "m,n"}}),
    (cosine, cosine_by_squares, {"shapes": {"x": "m,n", "y": "m,n"}}),
]


def name(case: Any) -> str:
    return str(case[0].__name__)


def assert_proved_in_time(function: Code, **settings: Any) -> None:
    start = time.process_time()
    (finding,) = derive.audit(function, **settings)
    assert finding.status == "proved", finding
    assert "(m, n)" in finding.message
    assert time.process_time() - start < LONGEST


@pytest.mark.parametrize("case", GRADIENTS, ids=name)
def test_the_gradient_of_stable_code_is_proved(case: tuple[Code, Code, dict[str, Any]]) -> None:
    gradient, loss, settings = case
    assert_proved_in_time(gradient, loss=loss, **settings)


@pytest.mark.parametrize("case", PAIRS, ids=name)
def test_stable_code_is_proved_to_be_the_naive_formula(
    case: tuple[Code, Code, dict[str, Any]],
) -> None:
    stable, naive, settings = case
    assert_proved_in_time(stable, same_as=naive, **settings)
