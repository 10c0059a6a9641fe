"""Two classes for gradient boosting: logistic, focal, exponential, modified Huber."""

from __future__ import annotations

import numpy as np
from sympy import FiniteSet

from derive.auditing.gallery import Entry

ZERO_OR_ONE, SIGNS = FiniteSet(0, 1), FiniteSet(-1, 1)

# Losses ------------------------------------------------------------------------------------------


def log_loss(score, y):
    p = 1 / (1 + np.exp(-score))
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


def weighted_log_loss(score, y, alpha=2.0):
    return np.where(y == 1, alpha, 1.0) * log_loss(score, y)


def focal(score, y, gamma=2.0):
    p = 1 / (1 + np.exp(-score))
    right = np.where(y == 1, p, 1 - p)
    return -((1 - right) ** gamma) * np.log(right)


def half_focal(score, y):
    return focal(score, y) / 2


def exponential_loss(raw, y):
    return np.exp(-y * raw)


def boosting_loss(raw, y):
    return np.exp(-(2 * y - 1) * raw)


def logistic_of_signs(score, y):
    return np.log(1 + np.exp(-(2 * y - 1) * score))


def modified_huber(score, y):
    margin = y * score
    return np.where(margin >= -1, np.maximum(0, 1 - margin) ** 2, -4 * margin)


# Objectives --------------------------------------------------------------------------------------


def logistic(predt, dtrain):
    p = 1 / (1 + np.exp(-predt))
    return p - dtrain.get_label(), p * (1 - p)


def stable_logistic(score, y):
    e = np.exp(-np.abs(score))
    p = np.where(score >= 0, 1 / (1 + e), e / (1 + e))
    return p - y, e / (1 + e) ** 2


def without_sigmoid(preds, dtrain):
    return preds - dtrain.get_label(), preds * (1 - preds)


def logistic_of_lightgbm(score, y):
    response = -y / (1 + np.exp(y * score))
    return response, np.abs(response) * (1 - np.abs(response))


def cost_sensitive(score, y, alpha=2.0):
    p = 1 / (1 + np.exp(-score))
    weight = np.where(y == 1, alpha, 1.0)
    return -weight * (y - p), weight * p * (1 - p)


def focal_objective(score, y, gamma=2.0):
    p = 1 / (1 + np.exp(-score))
    right = np.where(y == 1, p, 1 - p)
    other, sign = 1 - right, np.where(y == 1, -1.0, 1.0)
    log = np.log(right)
    grad = sign * (other ** (gamma + 1) - gamma * right * other**gamma * log)
    falls = other**gamma - gamma * right * other ** (gamma - 1)
    hess = right * other * ((gamma + 1) * other**gamma + gamma * (falls * log + other**gamma))
    return grad, hess


def focal_with_a_guard(score, y, gamma=2.0):
    p = 1 / (1 + np.exp(-score))
    right = np.where(y == 1, p, 1 - p)
    other, sign = 1 - right, np.where(y == 1, -1.0, 1.0)
    return sign * (other ** (gamma + 1) - gamma * right * other**gamma * np.log(right + 1e-9))


def focal_of_a_probability(y_true, y_pred):
    positive_part = (1 - y_pred) * np.log(y_pred) - 0.5 * (1 - y_pred) ** 2 / y_pred
    negative_part = 0.5 * y_pred**2 / (1 - y_pred) - y_pred * np.log(1 - y_pred)
    return np.where(y_true == 1, positive_part, negative_part)


def exponential(y, pred):
    return -y * np.exp(-y * pred), np.exp(-y * pred)


def exponential_gradient(raw, y):
    signs = 2 * y - 1
    return signs * np.exp(-signs * raw)


def insensitive_to_negatives(score, y):
    return -2 * y / (1 + np.exp(2 * y * score))


def modified_huber_with_two(score, y):
    margin = y * score
    slope = np.where(margin >= -1, -2 * np.maximum(0, 1 - margin), -4.0)
    return y * slope, np.full_like(score, 2.0)


class CatBoostLogloss:
    def calc_ders_range(self, approxes, targets, weights):
        p = 1 / (1 + np.exp(-np.asarray(approxes)))
        first, second = targets - p, -p * (1 - p)
        if weights is not None:
            first, second = first * weights, second * weights
        return np.column_stack([first, second])


BITS = {"domains": {"y": ZERO_OR_ONE}}
CATBOOST = "https://catboost.ai/docs/en/concepts/python-usages-examples"

ENTRIES = (
    Entry(
        "dmlc/xgboost:demo/guide-python/custom_objective.py",
        "logistic objective, as XGBoost's own demonstration has it",
        logistic,
        "bce_with_logits",
        "proved proved",
        signature="xgboost",
    ),
    Entry(
        "dmlc/xgboost:demo/guide-python/custom_objective.py",
        "logistic objective by the sign of the score, so that nothing overflows",
        stable_logistic,
        "bce_with_logits",
        "proved proved",
    ),
    Entry(
        "dmlc/xgboost#15",
        "logistic objective from when predictions were no margins yet",
        without_sigmoid,
        "bce_with_logits",
        "refuted refuted",
        "the sigmoid of the prediction in place of it",
        signature="xgboost",
    ),
    Entry(
        "lightgbm-org/LightGBM#2423",
        "logistic objective of LightGBM, whose labels are -1 and 1",
        logistic_of_lightgbm,
        log_loss,
        "proved proved",
        settings={"conventions": ["labels-signs-for-01"]},
    ),
    Entry(
        "catboost documentation",
        "log-likelihood for CatBoost, which maximises, with weights",
        CatBoostLogloss(),
        "bce_with_logits",
        "proved proved proved proved",
        signature="catboost",
        url=CATBOOST,
    ),
    Entry(
        "jhwjhw0123/Imbalance-XGBoost:imxgboost/weighted_loss.py",
        "log loss with a weight for positive labels",
        cost_sensitive,
        weighted_log_loss,
        "proved proved",
        settings=BITS,
    ),
    Entry(
        "jhwjhw0123/Imbalance-XGBoost:imxgboost/focal_loss.py",
        "focal loss without a guard of its logarithm",
        focal_objective,
        focal,
        "proved proved",
        settings=BITS,
    ),
    Entry(
        "jhwjhw0123/Imbalance-XGBoost:imxgboost/focal_loss.py",
        "gradient of the focal loss with a guard, log(p + 1e-9)",
        focal_with_a_guard,
        focal,
        "refuted",
        "log(p): the guard is no part of the loss, and changes little",
        settings=BITS,
    ),
    Entry(
        "lightgbm-org/LightGBM#2052",
        "focal loss of a raw score",
        focal_of_a_probability,
        lambda y_true, y_pred: half_focal(y_pred, y_true),
        "refuted",
        "times p (1 - p), at p the sigmoid of the score",
        settings={"domains": {"y_true": ZERO_OR_ONE}},
    ),
    Entry(
        "lightgbm-org/LightGBM#2052",
        "focal loss, if a probability came in",
        focal_of_a_probability,
        lambda y_true, y_pred: half_focal(y_pred, y_true),
        "proved",
        settings={"domains": {"y_true": ZERO_OR_ONE}, "conventions": ["probability"]},
    ),
    Entry(
        "dmlc/xgboost#2072",
        "exponential loss, of labels 0 and 1",
        exponential,
        lambda y, pred: exponential_loss(pred, y),
        "proved refuted",
        "y² exp(-y pred); the two agree for labels -1 and 1",
        settings={"domains": {"y": ZERO_OR_ONE}, "wrt": "pred"},
    ),
    Entry(
        "dmlc/xgboost#2072",
        "exponential loss, of labels -1 and 1",
        exponential,
        lambda y, pred: exponential_loss(pred, y),
        "proved proved",
        settings={"domains": {"y": SIGNS}, "wrt": "pred"},
    ),
    Entry(
        "scikit-learn/scikit-learn#9666",
        "negative gradient of the exponential loss",
        exponential_gradient,
        boosting_loss,
        "refuted",
        "the opposite sign",
        settings=BITS,
    ),
    Entry(
        "scikit-learn/scikit-learn#9666",
        "gradient of the exponential loss, as the negative one that it is called",
        exponential_gradient,
        boosting_loss,
        "proved",
        settings={**BITS, "maximised": True},
    ),
    Entry(
        "scikit-learn/scikit-learn#1625",
        "binomial deviance log(1 + exp(-2 y score)) of labels 0 and 1",
        insensitive_to_negatives,
        logistic_of_signs,
        "refuted",
        "2 y - 1 in place of y: it is 0 for every score where y = 0",
        settings=BITS,
    ),
    Entry(
        "dmlc/xgboost#305",
        "modified Huber with the safe second derivative 2",
        modified_huber_with_two,
        modified_huber,
        "proved refuted",
        "2 where the margin is between -1 and 1, else 0; 2 is an upper bound",
        settings={"domains": {"y": SIGNS}},
    ),
    Entry(
        "dmlc/xgboost#305",
        "modified Huber, its Hessian 2 as that of a parabola above the loss",
        modified_huber_with_two,
        modified_huber,
        "proved proved",
        settings={"domains": {"y": SIGNS}, "conventions": ["majorising-hessian"]},
    ),
)
