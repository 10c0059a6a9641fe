"""Measures PyTorch's gradcheck and gradgradcheck on its losses, each at one random point."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.nn import functional as F

SHAPE = (4, 3)
Loss = Callable[..., torch.Tensor]
Inputs = Callable[[], tuple[torch.Tensor, ...]]


def _real() -> torch.Tensor:
    return torch.randn(SHAPE, dtype=torch.float64, requires_grad=True)


def _unit(requires_grad: bool = True) -> torch.Tensor:
    inside = 0.05 + 0.9 * torch.rand(SHAPE, dtype=torch.float64)
    return inside.requires_grad_(requires_grad)


def _fixed() -> torch.Tensor:
    return torch.randn(SHAPE, dtype=torch.float64)


LOSSES: Mapping[str, tuple[Loss, Inputs]] = {
    "bce_with_logits": (
        F.binary_cross_entropy_with_logits,
        lambda: (_real(), _unit(False)),
    ),
    "binary_cross_entropy": (F.binary_cross_entropy, lambda: (_unit(), _unit(False))),
    "cosine_similarity": (lambda p, t: 1 - F.cosine_similarity(p, t), lambda: (_real(), _fixed())),
    "cross_entropy_logits": (
        F.cross_entropy,
        lambda: (_real(), torch.softmax(_fixed(), -1)),
    ),
    "gaussian_nll": (
        F.gaussian_nll_loss,
        lambda: (_real(), _fixed(), _unit()),
    ),
    "huber": (F.huber_loss, lambda: (_real(), _fixed())),
    "kl_divergence": (
        lambda p, t: F.kl_div(p, t, reduction="batchmean"),
        lambda: (_real(), _unit(False)),
    ),
    "mae": (F.l1_loss, lambda: (_real(), _fixed())),
    "mse": (F.mse_loss, lambda: (_real(), _fixed())),
    "poisson_nll": (F.poisson_nll_loss, lambda: (_real(), _unit(False))),
    "smooth_l1": (F.smooth_l1_loss, lambda: (_real(), _fixed())),
    "triplet_margin": (F.triplet_margin_loss, lambda: (_real(), _real(), _real())),
}


def check(losses: Mapping[str, tuple[Loss, Inputs]]) -> None:
    """Check first and second derivatives; raises ``RuntimeError`` where they are wrong."""
    torch.manual_seed(0)
    for loss, inputs in losses.values():
        point: Any = inputs()
        gradcheck(loss, point)
        gradgradcheck(loss, point)


def main() -> None:
    """Print what each loss takes."""
    for name, pair in LOSSES.items():
        start = time.perf_counter()
        check({name: pair})
        print(f"{name:<22} {1000 * (time.perf_counter() - start):>8.1f} ms", flush=True)


if __name__ == "__main__":
    sys.exit(main())
