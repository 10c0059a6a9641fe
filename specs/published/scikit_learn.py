"""What functions of scikit-learn compute, by its documentation, for losses to be the same as."""

from sympy import Abs, Max, log

from derive import Parameter, Published, pred, target, unit

DOCUMENTATION = "https://scikit-learn.org/stable/modules/model_evaluation.html"

alpha = Parameter("alpha", domain=unit)

sklearn_metrics_mean_absolute_error = Published(
    function="sklearn.metrics.mean_absolute_error",
    source=DOCUMENTATION + "#mean-absolute-error",
    value=Abs(target - pred),
)

sklearn_metrics_mean_squared_error = Published(
    function="sklearn.metrics.mean_squared_error",
    source=DOCUMENTATION + "#mean-squared-error",
    value=(target - pred) ** 2,
)

sklearn_metrics_mean_pinball_loss = Published(
    function="sklearn.metrics.mean_pinball_loss",
    source=DOCUMENTATION + "#pinball-loss",
    value=alpha * Max(target - pred, 0) + (1 - alpha) * Max(pred - target, 0),
)

sklearn_metrics_hinge_loss = Published(
    function="sklearn.metrics.hinge_loss",
    source=DOCUMENTATION + "#hinge-loss",
    value=Max(1 - pred * target, 0),
)

sklearn_metrics_log_loss = Published(
    function="sklearn.metrics.log_loss",
    source=DOCUMENTATION + "#log-loss",
    value=-(target * log(pred) + (1 - target) * log(1 - pred)),
)
