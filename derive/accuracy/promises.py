"""The accuracy that is promised of the emitted code: written here once, and read from here.

What is measured against a promise, and what documentation says of it, comes from ``promise``.
Reductions are apart: see ``REDUCED``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

NARROW = 0.51
"""Ulps for float16 and float32: computed in float64 and rounded once."""

REMAINING = 8
"""And off by so many ulps of float64 of its largest term: what is left where terms cancel.

A narrow result is that of float64, rounded: it has the errors of that, which are seen as soon as a
result is some 2**-20 of its terms.
"""

REDUCED = {np.dtype(np.float32): 1e-7, np.dtype(np.float64): 1e-15}
"""The error of a mean or sum of 10**7 values, relative to that of their magnitudes."""


@dataclass(frozen=True)
class Promise:
    """At most so many ulps of the result.

    Or of its largest term, if ``of_terms``; ``remaining`` are ulps of float64 of the largest term
    that come on top of that. If ``normwise``, it is the norm of the error of a slice, in half ulps
    of one times the norm of its largest terms.
    """

    ulps: float
    of_terms: bool = False
    normwise: bool = False
    remaining: float = 0.0

    def __str__(self) -> str:
        if self.ulps == inf:
            return "none"
        unit = " of terms" if self.of_terms else ""
        return f"{self.ulps:g}{' normwise' if self.normwise else unit}"


NONE = Promise(inf)


def _of_terms(ulps: float) -> Promise:
    return Promise(ulps, of_terms=True)


_DOUBLE: dict[tuple[str, str], Promise] = {
    ("bce_with_logits", "value"): Promise(2),
    ("bce_with_logits", "gradient"): _of_terms(2),  # zero where the target is the probability
    ("bce_with_logits", "hessian"): Promise(3),
    ("binary_cross_entropy", "value"): Promise(2),
    ("binary_cross_entropy", "gradient"): _of_terms(2),  # zero where the target is the prediction
    ("binary_cross_entropy", "hessian"): Promise(3),
    ("cauchy", "value"): Promise(3),
    ("cauchy", "gradient"): Promise(3),
    ("cauchy", "hessian"): _of_terms(3),
    ("cosine_similarity", "value"): _of_terms(5),
    ("cosine_similarity", "gradient"): Promise(6, normwise=True),
    ("cross_entropy", "value"): Promise(3),
    ("cross_entropy", "gradient"): Promise(2),
    ("cross_entropy", "hessian"): Promise(3),
    # the sum of 1000 equal terms, as of a smoothed target, loses four by itself
    ("cross_entropy_logits", "value"): Promise(5),
    ("cross_entropy_logits", "gradient"): _of_terms(5),  # zero where the target is the probability
    ("gaussian_nll", "value"): _of_terms(3),
    ("gaussian_nll", "gradient"): _of_terms(3),
    ("gaussian_nll", "hessian"): _of_terms(3),
    ("hinge", "value"): _of_terms(2),
    ("hinge", "gradient"): Promise(0.5),
    ("hinge", "hessian"): Promise(0.5),
    ("huber", "value"): Promise(2),
    ("huber", "gradient"): Promise(2),
    ("huber", "hessian"): Promise(0.5),
    ("info_nce", "value"): Promise(3),
    ("info_nce", "gradient"): Promise(5),
    ("kl_divergence", "value"): _of_terms(2.5),
    ("kl_divergence", "gradient"): Promise(0.5),
    ("kl_divergence", "hessian"): Promise(0.5),
    ("log_cosh", "value"): Promise(2),
    ("log_cosh", "gradient"): Promise(2),
    ("log_cosh", "hessian"): Promise(3),
    ("mae", "value"): Promise(0.5),
    ("mae", "gradient"): Promise(0.5),
    ("mae", "hessian"): Promise(0.5),
    ("mse", "value"): Promise(2),
    ("mse", "gradient"): Promise(0.5),
    ("mse", "hessian"): Promise(0.5),
    ("poisson_nll", "value"): _of_terms(3),
    ("poisson_nll", "gradient"): _of_terms(3),
    ("poisson_nll", "hessian"): Promise(2),
    ("pseudo_huber", "value"): Promise(2),
    ("pseudo_huber", "gradient"): Promise(2),
    ("pseudo_huber", "hessian"): Promise(3),
    ("quantile", "value"): Promise(2),
    ("quantile", "gradient"): Promise(0.5),
    ("quantile", "hessian"): Promise(0.5),
    ("smooth_l1", "value"): Promise(2),
    ("smooth_l1", "gradient"): Promise(2),
    ("smooth_l1", "hessian"): Promise(2),
    ("squared_hinge", "value"): _of_terms(3),
    ("squared_hinge", "gradient"): _of_terms(3),
    ("squared_hinge", "hessian"): Promise(2),
    # two distances, each within two ulps, and the margin; unit vectors that are nearly equal
    # cancel, and each entry of a unit vector has the error of its length
    ("triplet_margin", "value"): _of_terms(5),
    ("triplet_margin", "gradient"): Promise(6, normwise=True),
    ("triplet_margin", "hvp"): Promise(6, normwise=True),
}


_OF_LABELS = {"value": Promise(3), "gradient": Promise(5)}


def promise_of_labels(kind: str) -> Promise:
    """What is promised in float64 where class labels are the target: no sum, and no zeros."""
    return _OF_LABELS.get(kind, NONE)


def promise(loss: str, kind: str, dtype: Any) -> Promise:
    """What is promised of a quantity of a loss in a dtype; ``NONE`` if nothing is."""
    if np.finfo(dtype).nmant < np.finfo(np.float64).nmant:
        return Promise(NARROW, remaining=REMAINING)
    return _DOUBLE.get((loss, kind), NONE)
