"""PyTorch functions with a backward pass of their own, compared with their forward pass."""

from __future__ import annotations

import torch

from derive import unit
from derive.auditing.gallery import Entry


class DiceCoefficient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, prediction, target):
        eps = 0.0001
        ctx.save_for_backward(prediction, target)
        ctx.both = torch.sum(prediction * target)
        ctx.sizes = torch.sum(prediction) + torch.sum(target) + eps
        return (2 * ctx.both + eps) / ctx.sizes

    @staticmethod
    def backward(ctx, grad_output):
        _, target = ctx.saved_tensors
        return grad_output * 2 * (target * ctx.sizes - ctx.both) / ctx.sizes**2, None


class DiceWithoutSmoothing(DiceCoefficient):
    @staticmethod
    def forward(ctx, prediction, target):
        ctx.save_for_backward(prediction, target)
        ctx.both = torch.sum(prediction * target)
        ctx.sizes = torch.sum(prediction) + torch.sum(target) + 0.0001
        return 2 * ctx.both / ctx.sizes


class LegendrePolynomial(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return 0.5 * (5 * x**3 - 3 * x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * 1.5 * (5 * x**2 - 1)


class FrozenTriplet(torch.autograd.Function):
    @staticmethod
    def forward(ctx, anchor, like, unlike, margin: float = 1.0):
        excess = ((anchor - like) ** 2).sum(1) - ((anchor - unlike) ** 2).sum(1) + margin
        ctx.save_for_backward(anchor, like, unlike, excess)
        return torch.clamp(excess, min=0)

    @staticmethod
    def backward(ctx, grad_output):
        _, like, unlike, excess = ctx.saved_tensors
        active = (grad_output * (excess > 0).to(grad_output.dtype)).unsqueeze(1)
        return 2 * active * (unlike - like), torch.zeros_like(like), torch.zeros_like(unlike), None


class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.sign(x)

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output


MATRICES = {"shapes": {"anchor": "m,n", "like": "m,n", "unlike": "m,n"}}
MASKS = {"domains": {"prediction": unit, "target": unit}}

ENTRIES = (
    Entry(
        "milesial/Pytorch-UNet:dice_loss.py",
        "Dice coefficient with a backward pass",
        DiceCoefficient,
        None,
        "refuted",
        "both + eps / 2 in place of both: eps of the numerator is forgotten",
        signature="torch",
        settings=MASKS,
    ),
    Entry(
        "milesial/Pytorch-UNet:dice_loss.py",
        "Dice coefficient without smoothing in the numerator",
        DiceWithoutSmoothing,
        None,
        "proved",
        signature="torch",
        settings=MASKS,
    ),
    Entry(
        "PyTorch tutorial",
        "Legendre polynomial of degree 3",
        LegendrePolynomial,
        None,
        "proved",
        signature="torch",
        url="https://docs.pytorch.org/tutorials/beginner/examples_autograd/polynomial_custom_function.html",
    ),
    Entry(
        "jhjin/triplet-criterion#2",
        "triplet loss whose positives and negatives are held fixed",
        FrozenTriplet,
        None,
        "proved refuted refuted",
        "the derivatives in them: that they are 0 is meant so by the author",
        signature="torch",
        settings=MATRICES,
    ),
    Entry(
        "Bengio et al. 2013",
        "straight-through estimator of a sign",
        StraightThrough,
        None,
        "refuted",
        "0: that it is the identity is meant so",
        signature="torch",
        url="https://arxiv.org/abs/1308.3432",
    ),
)
