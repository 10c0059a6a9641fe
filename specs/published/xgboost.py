"""What objectives of XGBoost minimise, by its documentation, for losses to be the same as."""

from sympy import exp, log

from derive import Published, pred, target

TUTORIAL = "https://xgboost.readthedocs.io/en/stable/tutorials/model.html"

xgboost_binary_logistic = Published(
    function="xgboost binary:logistic",
    source=TUTORIAL,
    value=target * log(1 + exp(-pred)) + (1 - target) * log(1 + exp(pred)),
)
