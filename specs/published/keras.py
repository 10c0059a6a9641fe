"""What losses of Keras compute, by its documentation, for losses to be the same as."""

from sympy import Abs, Max, Piecewise, exp, log

from derive import Parameter, Published, Sum, positive, pred, target

REGRESSION = "https://keras.io/api/losses/regression_losses/"
HINGE = "https://keras.io/api/losses/hinge_losses/"
PROBABILISTIC = "https://keras.io/api/losses/probabilistic_losses/"

delta = Parameter("delta", domain=positive)
error = target - pred
softmax = exp(pred) / Sum(exp(pred))

keras_losses_MeanSquaredError = Published(
    function="keras.losses.MeanSquaredError",
    source=REGRESSION,
    value=error**2,
)

keras_losses_MeanAbsoluteError = Published(
    function="keras.losses.MeanAbsoluteError",
    source=REGRESSION,
    value=Abs(error),
)

keras_losses_Huber = Published(
    function="keras.losses.Huber",
    source=REGRESSION,
    value=Piecewise(
        (error**2 / 2, Abs(error) <= delta),
        (delta * Abs(error) - delta**2 / 2, True),
    ),
)

keras_losses_LogCosh = Published(
    function="keras.losses.LogCosh",
    source=REGRESSION,
    value=log((exp(pred - target) + exp(target - pred)) / 2),
)

keras_losses_Hinge = Published(
    function="keras.losses.Hinge",
    source=HINGE,
    value=Max(1 - target * pred, 0),
)

keras_losses_SquaredHinge = Published(
    function="keras.losses.SquaredHinge",
    source=HINGE,
    value=Max(1 - target * pred, 0) ** 2,
)

keras_losses_CategoricalCrossentropy_from_logits_True = Published(
    function="keras.losses.CategoricalCrossentropy(from_logits=True)",
    source=PROBABILISTIC,
    value=-Sum(target * log(softmax)),
)
