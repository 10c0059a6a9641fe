"""What functions of SciPy compute, by its documentation, for losses to be the same as."""

from sympy import sqrt

from derive import Parameter, Published, positive, pred, target

DOCUMENTATION = "https://docs.scipy.org/doc/scipy/reference/generated/scipy.special."

delta = Parameter("delta", domain=positive)
residual = pred - target

scipy_special_pseudo_huber = Published(
    function="scipy.special.pseudo_huber",
    source=DOCUMENTATION + "pseudo_huber.html",
    value=delta**2 * (sqrt(1 + (residual / delta) ** 2) - 1),
)
