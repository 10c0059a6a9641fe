"""Poisson negative log-likelihood of a predicted logarithm of the rate."""

from sympy import exp

from derive import Loss, nonnegative, pred, target

poisson_nll = Loss(
    value=exp(pred) - target * pred,
    gradient=exp(pred) - target,
    hessian=exp(pred),
    domains={target: nonnegative},
    same_as={"torch.nn.functional.poisson_nll_loss": 1},
    references=["Nelder and Wedderburn 1972, doi:10.2307/2344614"],
)
