"""Cauchy loss: logarithmic in large residuals, so that outliers hardly count."""

from sympy import log

from derive import Loss, Parameter, positive, pred, target

delta = Parameter("delta", default=1, domain=positive, doc="the scale of ordinary residuals")
residual = pred - target
ratio = residual / delta

cauchy = Loss(
    value=delta**2 / 2 * log(1 + ratio**2),
    gradient={
        pred: residual / (1 + ratio**2),
        delta: delta * (log(1 + ratio**2) - ratio**2 / (1 + ratio**2)),
    },
    hessian=(1 - ratio**2) / (1 + ratio**2) ** 2,
    curvature=1 / (1 + ratio**2),
    parameters=[delta],
    references=["Black and Anandan 1996, doi:10.1006/cviu.1996.0006"],
)
