"""Objectives that people published, as NumPy code: what each claims, and what comes of it.

The mathematics is that of the source, the code is ours. ``lossproof audit`` reads it as it is:

    cd docs/gallery
    lossproof audit objectives:xgboost_huber --loss objectives:huber_loss
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sympy import FiniteSet

from derive import nonnegative, positive, unit, unit_open

ZERO_OR_ONE, SIGNS = FiniteSet(0, 1), FiniteSet(-1, 1)


@dataclass(frozen=True)
class Entry:
    """Published code with its loss (a function, or the name of a declared one) and its verdicts."""

    source: str
    code: Any
    loss: Any
    verdicts: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)


# Losses ------------------------------------------------------------------------------------------


def huber_loss(pred, true, delta=1.0):
    r = np.abs(pred - true)
    return np.where(r <= delta, 0.5 * r**2, delta * (r - 0.5 * delta))


def exponential_loss(raw, y):
    return np.exp(-(2 * y - 1) * raw)


def focal_loss(score, gamma=2.0):
    p = 1 / (1 + np.exp(-score))
    return -((1 - p) ** gamma) * np.log(p)


def squared_error(pred, y):
    return np.sum((y - pred) ** 2)


def log_loss(score, y):
    p = 1 / (1 + np.exp(-score))
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


def pinball(pred, label, alpha=0.25):
    r = label - pred
    return np.where(r > 0, alpha * r, (alpha - 1) * r)


def geman_mcclure(x, c=1.0):
    return c**2 * x**2 / (2 * (c**2 + x**2))


def saturated(x, delta=1.0):
    return delta * x / (delta + x)


def switchable_constraint(x, c=1.0):
    return (c**2 * x**2 + c * x**4) / (x**2 + c) ** 2


def kl_from_log(x, t):
    return np.sum(t * (np.log(t) - x))


def softplus_of_minus(theta):
    return np.logaddexp(0, -theta)


def distance(x, t):
    return np.linalg.norm(x - t, axis=1)


def cross_entropy(z, y):
    shifted = z - np.max(z, axis=1, keepdims=True)
    log_total = np.log(np.sum(np.exp(shifted), axis=1))
    return np.mean(log_total - shifted[np.arange(len(z)), y])


def squared_log_error(pred, y):
    return (np.log1p(pred) - np.log1p(y)) ** 2 / 2


def poisson_deviance(mu, y):
    return 2 * (y * np.log(y / mu) - (y - mu))


# Gradients and Hessians --------------------------------------------------------------------------


def xgboost_huber(pred, true, delta=1.0):
    d = true - pred
    inside = np.abs(d) <= delta
    return np.where(inside, d, delta * np.sign(d)), np.where(inside, -1.0, 0.0)


def huber_by_mask(pred, true, delta=1.0):
    return np.clip(pred - true, -delta, delta)


def exponential_gradient(raw, y):
    signs = 2 * y - 1
    return signs * np.exp(-signs * raw)


def focal_of_a_probability(score, gamma=2.0):
    return gamma * (1 - score) ** (gamma - 1) * np.log(score) - (1 - score) ** gamma / score


def half_squared_error(pred, y):
    return pred - y


def positive_part_alone(score, y):
    p = 1 / (1 + np.exp(-score))
    return -y * (p * (1 - p)) / p


def aliased_denominator(score, y):
    p = 1 / (1 + np.exp(-score))
    return (p - y) / (1 - p) ** 2 * (p * (1 - p))


def logistic(score, y):
    p = 1 / (1 + np.exp(-score))
    return p - y, p * (1 - p)


def stable_logistic(score, y):
    e = np.exp(-np.abs(score))
    p = np.where(score >= 0, 1 / (1 + e), e / (1 + e))
    return p - y, e / (1 + e) ** 2


def quantile(pred, label, alpha=0.25):
    return np.where(pred > label, 1 - alpha, -alpha)


def geman_mcclure_weight(x, c=1.0):
    return x * c**4 / (c**2 + x**2) ** 2


def saturated_derivatives(x, delta=1.0):
    return delta**2 / (delta + x) ** 2, -2 * delta**3 / (delta + x) ** 3


def doubled_weight(x, c=1.0):
    return x * (2 * c / (c + x**2)) ** 2


def doubled_kl(x, t):
    return -2 * t


def tail_with_a_wrong_sign(theta):
    return np.where(theta > 20, np.exp(-theta), -1 / (1 + np.exp(theta)))


def difference_without_norm(x, t):
    return x - t


def softmax_minus_one_hot(z, y):
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(z.shape[0]), y] -= 1.0
    return p / z.shape[0]


def mean_over_everything(z, y):
    return softmax_minus_one_hot(z, y) * len(z) / z.size


def softmax_minus_target(pred, target):
    p = np.exp(pred - pred.max(axis=-1, keepdims=True))
    return p / p.sum(axis=-1, keepdims=True) - target


def clipped_cross_entropy(pred, target, eps=1e-7):
    return -target / np.clip(pred, eps, 1 - eps)


def pseudo_huber(pred, target, delta=1.0):
    d = pred - target
    root = np.sqrt(1 + (d / delta) ** 2)
    return d / root, 1 / root**3


def squared_log(pred, y):
    gap = np.log1p(pred) - np.log1p(y)
    return gap / (pred + 1), (-np.log1p(pred) + np.log1p(y) + 1) / np.power(pred + 1, 2)


def deviance_gradient(mu, y):
    return -2 * y / mu


ENTRIES = (
    Entry("dmlc/xgboost#2602", xgboost_huber, huber_loss, ("refuted", "refuted")),
    Entry("borgwang/tinynn#26", huber_by_mask, huber_loss, ("proved",)),
    Entry("borgwang/tinynn#26", huber_by_mask, "huber", ("proved",)),
    Entry(
        "scikit-learn/scikit-learn#9666",
        exponential_gradient,
        exponential_loss,
        ("refuted",),
        {"domains": {"y": ZERO_OR_ONE}},
    ),
    Entry(
        "scikit-learn/scikit-learn#9666, as the negative gradient that it is called",
        exponential_gradient,
        exponential_loss,
        ("proved",),
        {"domains": {"y": ZERO_OR_ONE}, "maximised": True},
    ),
    Entry(
        "lightgbm-org/LightGBM#2052",
        focal_of_a_probability,
        focal_loss,
        ("refuted",),
        {"domains": {"score": unit_open}},
    ),
    Entry("scikit-learn/scikit-learn#5268", half_squared_error, squared_error, ("refuted",)),
    Entry(
        "deeplearning4j/nd4j@67275eab",
        positive_part_alone,
        log_loss,
        ("refuted",),
        {"domains": {"y": unit}},
    ),
    Entry(
        "deeplearning4j/nd4j@f7026a09",
        aliased_denominator,
        log_loss,
        ("refuted",),
        {"domains": {"y": unit}},
    ),
    Entry(
        "dmlc/xgboost demo/guide-python/custom_objective.py",
        logistic,
        log_loss,
        ("proved", "proved"),
    ),
    Entry(
        "the same by the sign of the score",
        stable_logistic,
        "bce_with_logits",
        ("proved", "proved"),
    ),
    Entry(
        "lightgbm-org/LightGBM#2110",
        quantile,
        pinball,
        ("proved",),
        {"domains": {"alpha": unit_open}},
    ),
    Entry("borglab/gtsam#127", geman_mcclure_weight, geman_mcclure, ("proved",)),
    Entry(
        "RainerKuemmerle/g2o#704",
        saturated_derivatives,
        saturated,
        ("proved", "refuted"),
        {"domains": {"x": nonnegative}},
    ),
    Entry("borglab/gtsam@42b795c7", doubled_weight, switchable_constraint, ("refuted",)),
    Entry("torch/cunn#318", doubled_kl, kl_from_log, ("refuted",), {"domains": {"t": positive}}),
    Entry("stan-dev/math#3397", tail_with_a_wrong_sign, softplus_of_minus, ("refuted",)),
    Entry(
        "torch/DEPRECEATED-torch7-distro#48",
        difference_without_norm,
        distance,
        ("refuted",),
        {"shapes": {"x": "m,n", "t": "m,n"}},
    ),
    Entry("hankcs/CS224n#17, with class labels", softmax_minus_one_hot, cross_entropy, ("proved",)),
    Entry("nktkt/gondolin@9edcee75", mean_over_everything, cross_entropy, ("refuted",)),
    Entry(
        "NicolasRouquette/TorchLean@46658fda",
        softmax_minus_target,
        "cross_entropy_logits",
        ("refuted",),
        {"shapes": {"pred": "m,n", "target": "m,n"}},
    ),
    Entry(
        "nktkt/gondolin@9edcee75",
        clipped_cross_entropy,
        "cross_entropy",
        ("refuted",),
        {"shapes": {"pred": "m,n", "target": "m,n"}},
    ),
    Entry(
        "XGBoost documentation, custom objective and metric",
        squared_log,
        squared_log_error,
        ("proved", "proved"),
        {"domains": {"pred": nonnegative, "y": nonnegative}},
    ),
    Entry("dmlc/xgboost#5479", pseudo_huber, "pseudo_huber", ("proved", "proved")),
    Entry(
        "statsmodels/statsmodels@9ca6fedd",
        deviance_gradient,
        poisson_deviance,
        ("refuted",),
        {"domains": {"mu": positive, "y": positive}},
    ),
)
