"""What losses of Optax compute, by its documentation, and a formula that lacks its sign."""

from sympy import Abs, Max, Piecewise, Rational, exp, log

from derive import Parameter, Published, Sum, positive, pred, target

DOCUMENTATION = "https://optax.readthedocs.io/en/latest/api/losses.html#optax.losses."

delta = Parameter("delta", domain=positive)
residual = pred - target
log_softmax = log(exp(pred) / Sum(exp(pred)))
probability = 1 / (1 + exp(-pred))

optax_losses_squared_error = Published(
    function="optax.losses.squared_error",
    source=DOCUMENTATION + "squared_error",
    value=residual**2,
)

optax_losses_l2_loss = Published(
    function="optax.losses.l2_loss",
    source=DOCUMENTATION + "l2_loss",
    value=Rational(1, 2) * residual**2,
)

optax_losses_huber_loss = Published(
    function="optax.losses.huber_loss",
    source=DOCUMENTATION + "huber_loss",
    value=Piecewise(
        (residual**2 / 2, Abs(residual) <= delta),
        (delta**2 / 2 + delta * (Abs(residual) - delta), True),
    ),
)

optax_losses_log_cosh = Published(
    function="optax.losses.log_cosh",
    source=DOCUMENTATION + "log_cosh",
    value=log((exp(residual) + exp(-residual)) / 2),
)

optax_losses_hinge_loss = Published(
    function="optax.losses.hinge_loss",
    source=DOCUMENTATION + "hinge_loss",
    value=Max(0, 1 - pred * target),
)

optax_losses_sigmoid_binary_cross_entropy = Published(
    function="optax.losses.sigmoid_binary_cross_entropy",
    source=DOCUMENTATION + "sigmoid_binary_cross_entropy",
    value=-target * log(probability) - (1 - target) * log(1 - probability),
)

optax_losses_softmax_cross_entropy = Published(
    function="optax.losses.softmax_cross_entropy",
    source=DOCUMENTATION + "softmax_cross_entropy",
    value=-Sum(target * log_softmax),
)

optax_softmax_cross_entropy_with_integer_labels = Published(
    of="cross_entropy_logits",
    source=DOCUMENTATION + "softmax_cross_entropy_with_integer_labels",
    value=Sum(target * log_softmax),
    expected="refuted",
    because="the documented logarithm of a probability lacks the minus that the code has",
)
