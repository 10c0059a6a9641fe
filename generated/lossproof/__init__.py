"""Loss functions for NumPy whose gradients are proved correct.

A loss is called for its value and has its derivatives as methods. `losses` tells about all of
them, `get` makes one from a configuration:

- `bce_with_logits`: Binary cross-entropy of a logit: its softplus, less the target times it.
- `binary_cross_entropy`: Binary cross-entropy of probabilities, which are clamped away from 0 and
  1.
- `cauchy`: Cauchy loss: logarithmic in large residuals, so that outliers hardly
  count.
- `cosine_similarity`: Cosine loss: one minus the cosine of the angle between two vectors.
- `cross_entropy`: Cross-entropy of probabilities, which are clamped away from 0 and 1.
- `cross_entropy_logits`: Cross-entropy of logits: minus the target-weighted sum of their log-
  softmax.
- `gaussian_nll`: Gaussian negative log-likelihood with a predicted variance, constant
  dropped.
- `hinge`: Hinge loss: linear in how far the margin falls short of one.
- `huber`: Huber loss: quadratic for small residuals, linear for large ones.
- `info_nce`: InfoNCE: each row of a similarity matrix should single out its own
  column.
- `kl_divergence`: Kullback-Leibler divergence of the target from predicted log-
  probabilities.
- `log_cosh`: Log-cosh loss: half the squared residual near zero, its size far away.
- `mae`: Mean absolute error: the size of the residual.
- `mse`: Mean squared error: the square of the residual.
- `poisson_nll`: Poisson negative log-likelihood of a predicted logarithm of the rate.
- `pseudo_huber`: Pseudo-Huber loss: Huber's loss without the joint, smooth everywhere.
- `quantile`: Quantile (pinball) loss: its mean is least at the q-quantile of the
  target.
- `smooth_l1`: Smooth L1 loss: the absolute error with its corner rounded off.
- `squared_hinge`: Squared hinge loss: quadratic in how far the margin falls short of one.
- `triplet_margin`: Triplet margin loss: the anchor belongs nearer to the positive.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ._configuration import ConfiguredLoss, Source, configure
from ._info import Info, Parameter
from ._runtime import Loss
from ._threads import get_num_threads, set_num_threads
from .bce_with_logits import bce_with_logits
from .binary_cross_entropy import binary_cross_entropy
from .cauchy import cauchy
from .cosine_similarity import cosine_similarity
from .cross_entropy import cross_entropy
from .cross_entropy_logits import cross_entropy_logits
from .gaussian_nll import gaussian_nll
from .hinge import hinge
from .huber import huber
from .info_nce import info_nce
from .kl_divergence import kl_divergence
from .log_cosh import log_cosh
from .mae import mae
from .mse import mse
from .poisson_nll import poisson_nll
from .pseudo_huber import pseudo_huber
from .quantile import quantile
from .smooth_l1 import smooth_l1
from .squared_hinge import squared_hinge
from .triplet_margin import triplet_margin

__version__ = "0.1.0"

__all__ = [
    "ConfiguredLoss",
    "Info",
    "Loss",
    "Parameter",
    "bce_with_logits",
    "binary_cross_entropy",
    "cauchy",
    "cosine_similarity",
    "cross_entropy",
    "cross_entropy_logits",
    "gaussian_nll",
    "get",
    "get_num_threads",
    "hinge",
    "huber",
    "info_nce",
    "kl_divergence",
    "log_cosh",
    "losses",
    "mae",
    "mse",
    "poisson_nll",
    "pseudo_huber",
    "quantile",
    "set_num_threads",
    "smooth_l1",
    "squared_hinge",
    "triplet_margin",
]

_LOSSES: Mapping[str, Loss] = {
    "bce_with_logits": bce_with_logits,
    "binary_cross_entropy": binary_cross_entropy,
    "cauchy": cauchy,
    "cosine_similarity": cosine_similarity,
    "cross_entropy": cross_entropy,
    "cross_entropy_logits": cross_entropy_logits,
    "gaussian_nll": gaussian_nll,
    "hinge": hinge,
    "huber": huber,
    "info_nce": info_nce,
    "kl_divergence": kl_divergence,
    "log_cosh": log_cosh,
    "mae": mae,
    "mse": mse,
    "poisson_nll": poisson_nll,
    "pseudo_huber": pseudo_huber,
    "quantile": quantile,
    "smooth_l1": smooth_l1,
    "squared_hinge": squared_hinge,
    "triplet_margin": triplet_margin,
}


def get(source: Source, /, **options: Any) -> ConfiguredLoss:
    """Make a loss with chosen options.

    Parameters
    ----------
    source : str, mapping or path
        The name of a loss; or its name and options as a mapping, as JSON or TOML text, or as
        the path of such a file.
    **options
        The parameters of the loss, `reduction`, `axis` if it works on slices, `ignore_index` and
        `label_smoothing` if it takes class labels; they win over those in `source`.

    Returns
    -------
    ConfiguredLoss
        It is called as the loss is, and has the same methods.

    Raises
    ------
    ValueError
        If there is no such loss or option, or if a value is not allowed.
    """
    return configure(_LOSSES, source, options)


def losses() -> Mapping[str, Info]:
    """Tell what there is: the facts about each loss, by name."""
    return MappingProxyType({name: loss.info for name, loss in _LOSSES.items()})
