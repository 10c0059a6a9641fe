"""Losses of a residual: Huber and its kin, kernels of robust estimation, quantiles."""

from __future__ import annotations

import numpy as np

from derive import nonnegative, positive, unit_open
from derive.auditing.gallery import Entry

# Losses ------------------------------------------------------------------------------------------


def huber_loss(pred, true, delta=1.0):
    r = np.abs(pred - true)
    return np.where(r <= delta, 0.5 * r**2, delta * (r - 0.5 * delta))


def squared_error(pred, y):
    return np.sum((y - pred) ** 2)


def half_squared_distance(x, t):
    return 0.5 * np.sum((x - t) ** 2)


def absolute_error(pred, label):
    return np.abs(pred - label)


def relative_error(pred, label):
    return np.abs(pred - label) / label


def log_cosh(pred, label):
    return np.log(np.cosh(pred - label))


def pinball(pred, label, alpha=0.25):
    r = label - pred
    return np.where(r > 0, alpha * r, (alpha - 1) * r)


def expectile_loss(pred, label, alpha=0.25):
    r = label - pred
    return np.where(r > 0, alpha, 1 - alpha) * r**2


def geman_mcclure(x, c=1.0):
    return c**2 * x**2 / (2 * (c**2 + x**2))


def normalised_geman_mcclure(x, c=1.0):
    return x**2 / 2 / (c**2 + x**2)


def saturated(x, delta=1.0):
    return delta * x / (delta + x)


def switchable_constraint(x, c=1.0):
    return (c**2 * x**2 + c * x**4) / (x**2 + c) ** 2


def cauchy_loss(x):
    return np.log(1 + x**2) / 2


def squared_log_error(pred, y):
    return (np.log1p(pred) - np.log1p(y)) ** 2 / 2


# Gradients and Hessians --------------------------------------------------------------------------


def xgboost_huber(pred, true, delta=1.0):
    d = true - pred
    inside = np.abs(d) <= delta
    return np.where(inside, d, delta * np.sign(d)), np.where(inside, -1.0, 0.0)


def reversed_squared_error(pred, y):
    return 2 * (y - pred), np.full_like(pred, 2.0)


def lightgbm_huber_without_abs(preds, data, alpha=0.9):
    residual = preds - data.get_label()
    return np.where(residual <= alpha, residual, residual * alpha), np.ones_like(preds)


def lightgbm_huber(pred, true, delta=1.0):
    r = pred - true
    return np.where(np.abs(r) <= delta, r, np.sign(r) * delta), np.ones_like(pred)


def huber_by_mask(pred, true, delta=1.0):
    return np.clip(pred - true, -delta, delta)


def half_squared_error(pred, y):
    return pred - y


def difference(x, t):
    return x - t


def sign_and_ones(preds, data):
    d = preds - data.get_label()
    return np.sign(d), np.ones(preds.shape)


def mape(preds, dtrain):
    labels = dtrain.get_label()
    return np.sign(preds - labels) / labels, 0 * np.ones(len(preds))


def tanh_objective(pred, label):
    grad = np.tanh(pred - label)
    return grad, 1 - grad * grad


def quantile(pred, label, alpha=0.25):
    return np.where(pred > label, 1 - alpha, -alpha)


def expectile(pred, label, alpha=0.25):
    weight = np.where(label > pred, alpha, 1 - alpha)
    return 2 * weight * (pred - label), 2 * weight


def geman_mcclure_weight(x, c=1.0):
    return x * c**4 / (c**2 + x**2) ** 2


def unsquared_parameter(x, c=1.0):
    return x * c**2 / (x**2 + c) ** 2


def saturated_derivatives(x, delta=1.0):
    return delta**2 / (delta + x) ** 2, -2 * delta**3 / (delta + x) ** 3


def doubled_weight(x, c=1.0):
    return x * (2 * c / (c + x**2)) ** 2


def derivative_of_the_weighted_square(x):
    return x / (1 + x**2) ** 2


def pseudo_huber(pred, target, delta=1.0):
    d = pred - target
    root = np.sqrt(1 + (d / delta) ** 2)
    return d / root, 1 / root**3


def squared_log(pred, y):
    gap = np.log1p(pred) - np.log1p(y)
    return gap / (pred + 1), (-np.log1p(pred) + np.log1p(y) + 1) / np.power(pred + 1, 2)


UPPER = {"conventions": ["upper-hessian"]}

ENTRIES = (
    Entry(
        "dmlc/xgboost#2602",
        "Huber objective for XGBoost",
        xgboost_huber,
        huber_loss,
        "refuted refuted",
        "both with the opposite sign: XGBoost minimises",
    ),
    Entry(
        "dmlc/xgboost#2602",
        "squared error for XGBoost",
        reversed_squared_error,
        squared_error,
        "refuted proved",
        "2 (pred - label)",
    ),
    Entry(
        "lightgbm-org/LightGBM#3532",
        "Huber objective for LightGBM",
        lightgbm_huber_without_abs,
        huber_loss,
        "refuted refuted",
        "clip(residual, -alpha, alpha); as a Hessian 1 is an upper bound",
        signature="lightgbm",
    ),
    Entry(
        "lightgbm-org/LightGBM#5567",
        "Huber as LightGBM has it, asked whether the Hessian is right",
        lightgbm_huber,
        huber_loss,
        "proved refuted",
        "0 beyond delta; 1 is an upper bound",
    ),
    Entry(
        "lightgbm-org/LightGBM#5567",
        "Huber as LightGBM has it, its Hessian as that of a parabola above the loss",
        lightgbm_huber,
        huber_loss,
        "proved proved",
        settings={"conventions": ["majorising-hessian"]},
    ),
    Entry(
        "lightgbm-org/LightGBM#2128",
        "absolute error with ones for a Hessian",
        sign_and_ones,
        absolute_error,
        "proved refuted",
        "0, off the kink; 1 is an upper bound",
        signature="lightgbm",
    ),
    Entry(
        "lightgbm-org/LightGBM#2128",
        "absolute error, its Hessian of ones as an upper bound",
        sign_and_ones,
        absolute_error,
        "proved proved",
        signature="lightgbm",
        settings=UPPER,
    ),
    Entry(
        "dmlc/xgboost#1818",
        "mean absolute percentage error",
        mape,
        relative_error,
        "proved proved",
        signature="xgboost",
        settings={"domains": {"labels_of_dtrain": positive}},
    ),
    Entry(
        "lightgbm-org/LightGBM#178",
        "log-cosh in place of absolute error",
        tanh_objective,
        log_cosh,
        "proved proved",
    ),
    Entry("borgwang/tinynn#26", "Huber by a mask", huber_by_mask, huber_loss, "proved"),
    Entry(
        "borgwang/tinynn#26",
        "Huber by a mask, compared with the loss declared here",
        huber_by_mask,
        "huber",
        "proved",
    ),
    Entry(
        "scikit-learn/scikit-learn#5268",
        "negative gradient of squared error",
        half_squared_error,
        squared_error,
        "refuted",
        "twice as much, or half the loss",
    ),
    Entry(
        "scikit-learn/scikit-learn#5268",
        "negative gradient of squared error, by the convention of half the loss",
        half_squared_error,
        squared_error,
        "proved",
        settings={"conventions": ["half"]},
    ),
    Entry(
        "ryan112358/mbi#1",
        "gradient of half the squared distance",
        difference,
        half_squared_distance,
        "proved",
    ),
    Entry(
        "lightgbm-org/LightGBM#2110",
        "gradient of the quantile loss",
        quantile,
        pinball,
        "proved",
        settings={"domains": {"alpha": unit_open}},
    ),
    Entry(
        "catboost/catboost#799",
        "expectile loss",
        expectile,
        expectile_loss,
        "proved proved",
        settings={"domains": {"alpha": unit_open}},
    ),
    Entry(
        "borglab/gtsam#127",
        "Geman-McClure weight times the residual",
        geman_mcclure_weight,
        geman_mcclure,
        "proved",
    ),
    Entry(
        "MOLAorg/mp2p_icp#101",
        "Geman-McClure weight times the residual",
        unsquared_parameter,
        normalised_geman_mcclure,
        "refuted",
        "x c² / (x² + c²)²",
    ),
    Entry(
        "RainerKuemmerle/g2o#704",
        "Geman-McClure kernel of the squared error, with derivatives",
        saturated_derivatives,
        saturated,
        "proved refuted",
        "-2 delta² / (delta + x)³",
        settings={"domains": {"x": nonnegative}},
    ),
    Entry(
        "borglab/gtsam@42b795c769e66dacc24cbe8b13309cdfb3506fc2",
        "dynamic covariance scaling: weight times the residual",
        doubled_weight,
        switchable_constraint,
        "refuted",
        "half of it",
    ),
    Entry(
        "borglab/gtsam#1129",
        "Cauchy: the weighted squared residual as the cost",
        derivative_of_the_weighted_square,
        cauchy_loss,
        "refuted",
        "x / (1 + x²), the derivative of log(1 + x²) / 2",
    ),
    Entry(
        "dmlc/xgboost#5479",
        "pseudo-Huber objective",
        pseudo_huber,
        "pseudo_huber",
        "proved proved",
    ),
    Entry(
        "XGBoost documentation",
        "squared log error, from the tutorial on custom objectives",
        squared_log,
        squared_log_error,
        "proved proved",
        settings={"domains": {"pred": nonnegative, "y": nonnegative}},
        url="https://xgboost.readthedocs.io/en/stable/tutorials/custom_metric_obj.html",
    ),
)
