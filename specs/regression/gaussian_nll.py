"""Gaussian negative log-likelihood with a predicted variance, constant dropped."""

from sympy import Rational, log

from derive import Loss, Tensor, positive, pred, target

variance = Tensor("variance")
residual = pred - target
ratio = residual / variance

gaussian_nll = Loss(
    inputs=[pred, target, variance],
    domains={variance: positive},
    value=(log(variance) + residual**2 / variance) / 2,
    gradient={pred: ratio, variance: (1 - residual * ratio) / (2 * variance)},
    hessian={pred: 1 / variance, variance: (residual * ratio - Rational(1, 2)) / variance**2},
    same_as={"torch.nn.functional.gaussian_nll_loss": 1},
    references=["Nix and Weigend 1994, doi:10.1109/ICNN.1994.374138"],
)
