"""Many classes, pairs and counts for gradient boosting: softmax, ranking, Poisson, Tweedie."""

from __future__ import annotations

import numpy as np
from sympy import Interval

from derive import positive
from derive.auditing.gallery import Entry

# Losses ------------------------------------------------------------------------------------------


def cross_entropy(z, y):
    shifted = z - np.max(z, axis=1, keepdims=True)
    return np.log(np.sum(np.exp(shifted), axis=1)) - shifted[np.arange(len(z)), y]


def weighted_pair(score, w=1.0):
    return w * np.log(1 + np.exp(-score))


def poisson(score, y):
    return np.exp(score) - y * score


def tweedie_loss(score, y, rho=1.5):
    return -y * np.exp((1 - rho) * score) / (1 - rho) + np.exp((2 - rho) * score) / (2 - rho)


# Objectives --------------------------------------------------------------------------------------


def xgboost_softprob(predt, dtrain):
    p = np.exp(predt - predt.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    labels, weights = dtrain.get_label(), dtrain.get_weight()
    if weights.size == 0:
        weights = np.ones(predt.shape[0])
    hess = np.maximum(2 * p * (1 - p) * weights[:, None], 1e-6)
    grad = p.copy()
    grad[np.arange(predt.shape[0]), labels] -= 1.0
    return grad * weights[:, None], hess


def twice_softmax(z, y):
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return p - np.eye(z.shape[1])[y], 2 * p * (1 - p)


def lightgbm_softmax(z, y):
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    classes = z.shape[1]
    return p - np.eye(classes)[y], classes / (classes - 1) * p * (1 - p)


def lambdarank_pair(score, w=1.0):
    p = 1 / (1 + np.exp(-score))
    return w * (p - 1), 2 * p * (1 - p)


def poisson_with_a_step(score, y):
    return np.exp(score) - y, np.exp(score + 0.7)


def tweedie(preds, dtrain, rho=1.5):
    y = dtrain.get_label()
    first, second = y * np.exp((1 - rho) * preds), np.exp((2 - rho) * preds)
    return second - first, (2 - rho) * second - (1 - rho) * first


def tweedie_fisher(score, y, rho=1.5):
    second = np.exp((2 - rho) * score)
    return second - y * np.exp((1 - rho) * score), second


BETWEEN = {"domains": {"rho": Interval.open(1, 2)}}

ENTRIES = (
    Entry(
        "dmlc/xgboost:demo/guide-python/custom_softmax.py",
        "softmax with a Hessian 2 p (1 - p) that is floored, and weights",
        xgboost_softprob,
        cross_entropy,
        "proved proved proved proved",
        signature="xgboost",
        settings={
            "shapes": {"predt": "m,n", "labels_of_dtrain": "labels"},
            "conventions": ["floored-hessian", "twice-hessian"],
        },
    ),
    Entry(
        "dmlc/xgboost:demo/guide-python/custom_softmax.py",
        "softmax with a Hessian 2 p (1 - p), as the exact one",
        twice_softmax,
        cross_entropy,
        "proved refuted",
        "p (1 - p): the factor 2 makes it a bound",
    ),
    Entry(
        "lightgbm-org/LightGBM:src/objective/multiclass_objective.hpp",
        "softmax with a Hessian K/(K-1) p (1 - p)",
        lightgbm_softmax,
        cross_entropy,
        "proved proved",
        settings={"conventions": ["classes-hessian"]},
    ),
    Entry(
        "dmlc/xgboost#119",
        "LambdaRank's weighted logistic loss of a pair",
        lambdarank_pair,
        weighted_pair,
        "proved refuted",
        "w p (1 - p)",
    ),
    Entry(
        "lightgbm-org/LightGBM:src/objective/regression_objective.hpp",
        "Poisson with exp(score + max_delta_step) for a Hessian",
        poisson_with_a_step,
        poisson,
        "proved refuted",
        "exp(score); the step makes it larger",
    ),
    Entry(
        "dmlc/xgboost:src/objective/regression_obj.cu",
        "Tweedie of the logarithm of the mean",
        tweedie,
        tweedie_loss,
        "proved proved",
        signature="xgboost",
        settings=BETWEEN,
    ),
    Entry(
        "McCullagh and Nelder 1989",
        "Tweedie with the expected Hessian, as in Fisher scoring",
        tweedie_fisher,
        tweedie_loss,
        "proved proved",
        url="https://doi.org/10.1201/9780203753736",
        settings={
            "domains": {**BETWEEN["domains"], "y": positive},
            "conventions": ["expected-hessian"],
        },
    ),
)
