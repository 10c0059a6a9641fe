"""The losses as a textbook prints them: what the emitted code is compared with, and checked by.

A formula of an elementwise loss is one expression for several libraries: NumPy, PyTorch and JAX
evaluate it on arrays, numexpr compiles it, numba compiles it for one element.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Elementwise:
    """A value and its derivative, and the functions that an accurate evaluation needs, too."""

    value: str
    gradient: str
    functions: tuple[str, ...] = ()


SIGMOID = "(1 / (1 + exp(-pred)))"
R = "(pred - target)"
ELEMENTWISE = {
    "bce_with_logits": Elementwise(
        "where(pred > 0, pred, 0) - pred * target + log1p(exp(-abs(pred)))",
        f"{SIGMOID} - target",
        ("exp", "log1p"),
    ),
    "binary_cross_entropy": Elementwise(
        "-(target * log(pred) + (1 - target) * log1p(-pred))",
        "(pred - target) / (pred * (1 - pred))",
        ("log", "log1p"),
    ),
    "cauchy": Elementwise(f"0.5 * log1p({R} ** 2)", f"{R} / (1 + {R} ** 2)", ("log1p",)),
    "gaussian_nll": Elementwise(
        f"0.5 * (log(variance) + {R} ** 2 / variance)", f"{R} / variance", ("log",)
    ),
    "hinge": Elementwise(
        "where(pred * target < 1, 1 - pred * target, 0)", "where(pred * target < 1, -target, 0)"
    ),
    "huber": Elementwise(
        f"where(abs{R} <= 1, 0.5 * {R} ** 2, abs{R} - 0.5)",
        f"where(abs{R} <= 1, {R}, where(pred > target, 1, -1))",
    ),
    "kl_divergence": Elementwise("target * (log(target) - pred)", "-target + 0 * pred", ("log",)),
    "log_cosh": Elementwise(
        f"abs{R} + log1p(exp(-2 * abs{R})) - 0.6931471805599453",
        f"tanh{R}",
        ("exp", "log1p", "tanh"),
    ),
    "mae": Elementwise(f"abs{R}", "where(pred > target, 1, where(pred < target, -1, 0))"),
    "mse": Elementwise(f"{R} ** 2", f"2 * {R}"),
    "poisson_nll": Elementwise("exp(pred) - pred * target", "exp(pred) - target", ("exp",)),
    "pseudo_huber": Elementwise(f"sqrt(1 + {R} ** 2) - 1", f"{R} / sqrt(1 + {R} ** 2)", ("sqrt",)),
    "quantile": Elementwise(
        "where(pred < target, 0.5, -0.5) * (target - pred)",
        "where(pred < target, -0.5, where(pred > target, 0.5, 0))",
    ),
    "smooth_l1": Elementwise(
        f"where(abs{R} <= 1, 0.5 * {R} ** 2, abs{R} - 0.5)",
        f"where(abs{R} <= 1, {R}, where(pred > target, 1, -1))",
    ),
    "squared_hinge": Elementwise(
        "where(pred * target < 1, 1 - pred * target, 0) ** 2",
        "-2 * target * where(pred * target < 1, 1 - pred * target, 0)",
    ),
}

Slices = Callable[..., tuple[Any, Any]]


def cross_entropy_logits(pred: Any, target: Any) -> tuple[Any, Any]:
    """Softmax cross-entropy; the target holds class labels."""
    rows = np.arange(len(pred))
    powers = np.exp(pred - pred.max(axis=-1, keepdims=True))
    softmax = powers / powers.sum(axis=-1, keepdims=True)
    gradient = softmax.copy()
    gradient[rows, target] -= 1
    return -np.log(softmax[rows, target]), gradient


def cross_entropy(pred: Any, target: Any) -> tuple[Any, Any]:
    """Cross-entropy of probabilities; the target holds class labels."""
    rows = np.arange(len(pred))
    gradient = np.zeros_like(pred)
    gradient[rows, target] = -1 / pred[rows, target]
    return -np.log(pred[rows, target]), gradient


def cosine_similarity(pred: Any, target: Any) -> tuple[Any, Any]:
    """One minus the cosine of the angle."""
    pred_length = np.linalg.norm(pred, axis=-1, keepdims=True)
    u, v = pred / pred_length, target / np.linalg.norm(target, axis=-1, keepdims=True)
    cosine = (u * v).sum(axis=-1, keepdims=True)
    return 1 - cosine[..., 0], (u * cosine - v) / pred_length


def info_nce(pred: Any) -> tuple[Any, Any]:
    """Softmax cross-entropy of similarities over 0.1, with the positives on the diagonal."""
    side = pred.shape[-1]
    diagonal = np.arange(pred.size // side) % side
    value, gradient = cross_entropy_logits(pred.reshape(-1, side) / 0.1, diagonal)
    return value, gradient.reshape(pred.shape) / 0.1


def triplet_margin(anchor: Any, positive: Any, negative: Any) -> tuple[Any, Any]:
    """A margin between two distances; the eps is PyTorch's."""
    near, far = anchor - positive + 1e-6, anchor - negative + 1e-6
    near_distance = np.linalg.norm(near, axis=-1, keepdims=True)
    far_distance = np.linalg.norm(far, axis=-1, keepdims=True)
    excess = 1 + near_distance - far_distance
    gradient = np.where(excess > 0, near / near_distance - far / far_distance, 0)
    return np.maximum(excess[..., 0], 0), gradient


SLICES: dict[str, tuple[Slices, tuple[str, ...]]] = {
    "cosine_similarity": (cosine_similarity, ()),
    "cross_entropy": (cross_entropy, ("log",)),
    "cross_entropy_logits": (cross_entropy_logits, ("exp",)),
    "info_nce": (info_nce, ("exp",)),
    "triplet_margin": (triplet_margin, ()),
}
