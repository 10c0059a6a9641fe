"""Losses whose elements meet: softmax and its targets, norms, overlaps, rankings."""

from __future__ import annotations

import numpy as np
from sympy import FiniteSet

from derive import positive, unit_open
from derive.auditing.gallery import Entry

# Losses ------------------------------------------------------------------------------------------


def distance(x, t):
    return np.linalg.norm(x - t, axis=1)


def cross_entropy(z, y):
    shifted = z - np.max(z, axis=1, keepdims=True)
    log_total = np.log(np.sum(np.exp(shifted), axis=1))
    return np.mean(log_total - shifted[np.arange(len(z)), y])


def kl_of_softmax(x, t):
    total = np.log(np.sum(np.exp(x), axis=1, keepdims=True))
    return np.sum(t * (np.log(t) - x + total), axis=1)


def smoothed_cross_entropy(x, y, e=0.1, z=0.01):
    total = np.log(np.sum(np.exp(x), axis=1))
    right = x[np.arange(len(x)), y]
    return (1 - e) * (total - right) + e * (total - np.mean(x, axis=1)) + z * total**2


def cosine_loss(x, t):
    return 1 - np.sum(x * t) / (np.linalg.norm(x) * np.linalg.norm(t))


def margin_ranking(x1, x2, y, margin=0.0):
    return np.maximum(0, -y * (x1 - x2) + margin)


def dice(x, t):
    return 1 - 2 * np.sum(x * t) / (np.sum(x**2) + np.sum(t**2))


def smooth_dice(x, t, s=1.0):
    return 1 - (2 * np.sum(x * t) + s) / (np.sum(x) + np.sum(t) + s)


def tversky(x, t, alpha=0.3, beta=0.7):
    both = np.sum(x * t)
    return 1 - both / (both + alpha * np.sum(x * (1 - t)) + beta * np.sum((1 - x) * t))


def contrastive(d, y, margin=1.0):
    return y * d**2 / 2 + (1 - y) * np.maximum(0, margin - d) ** 2 / 2


# Gradients ---------------------------------------------------------------------------------------


def difference_without_norm(x, t):
    return x - t


def softmax_minus_one_hot(z, y):
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(z.shape[0]), y] -= 1.0
    return p / z.shape[0]


def mean_over_everything(z, y):
    return softmax_minus_one_hot(z, y) * len(z) / z.size


def softmax_minus_target(pred, target):
    p = np.exp(pred - pred.max(axis=-1, keepdims=True))
    return p / p.sum(axis=-1, keepdims=True) - target


def target_minus_softmax(x, t):
    p = np.exp(x - x.max(axis=-1, keepdims=True))
    return t - p / p.sum(axis=-1, keepdims=True) * t.sum(axis=-1, keepdims=True)


def smoothed_gradient(x, y, e=0.1, z=0.01):
    total = np.log(np.sum(np.exp(x), axis=1, keepdims=True))
    p, classes = np.exp(x - total), x.shape[1]
    return p * (1 + 2 * z * total) - e / classes - (1 - e) * np.eye(classes)[y]


def clipped_cross_entropy(pred, target, eps=1e-7):
    return -target / np.clip(pred, eps, 1 - eps)


def squared_norm_in_the_radial_term(x, t):
    nx, nt = np.linalg.norm(x), np.linalg.norm(t)
    return np.sum(x * t) * x / (nx**2 * nt) - t / (nx * nt)


def derivative_in_the_target(x1, x2, y, margin=0.0):
    return np.where(-y * (x1 - x2) + margin >= 0, x2 - x1, 0.0)


def dice_gradient(x, t):
    both, sizes = np.sum(x * t), np.sum(x**2) + np.sum(t**2)
    return -2 * (t * sizes - 2 * x * both) / sizes**2


def dice_gradient_without_two(x, t):
    both, sizes = np.sum(x * t), np.sum(x**2) + np.sum(t**2)
    return -(t * sizes - 2 * x * both) / sizes**2


def dice_gradient_of_squares(x, t, s=1.0):
    both, sizes = 2 * np.sum((x * t) ** 2) + s, np.sum(x) + np.sum(t) + s
    return -4 * x * t**2 / sizes + both / sizes**2


def tversky_gradient(x, t, alpha=0.3, beta=0.7):
    both = np.sum(x * t)
    sizes = both + alpha * np.sum(x * (1 - t)) + beta * np.sum((1 - x) * t)
    return -(t * sizes - both * (t + alpha * (1 - t) - beta * t)) / sizes**2


def contrastive_gradient(d, y, margin=1.0):
    return y * d - (1 - y) * np.maximum(0, margin - d)


MATRICES = {"shapes": {"pred": "m,n", "target": "m,n"}}
TWO = {"shapes": {"x": "m,n", "t": "m,n"}}

ENTRIES = (
    Entry(
        "torch/DEPRECEATED-torch7-distro#48",
        "gradient of the distance of two vectors",
        difference_without_norm,
        distance,
        "refuted",
        "(x - t) / |x - t|",
        settings=TWO,
    ),
    Entry(
        "hankcs/CS224n#17",
        "softmax minus one-hot labels",
        softmax_minus_one_hot,
        cross_entropy,
        "proved",
    ),
    Entry(
        "nktkt/gondolin@9edcee7544a1ef45ca6f5561b5eebf6774b4b9d0",
        "cross entropy, a mean over all elements",
        mean_over_everything,
        cross_entropy,
        "refuted",
        "a mean over rows",
    ),
    Entry(
        "nktkt/gondolin@9edcee7544a1ef45ca6f5561b5eebf6774b4b9d0",
        "cross entropy, a mean over all elements, by that convention",
        mean_over_everything,
        cross_entropy,
        "proved",
        settings={"conventions": ["mean-of-classes"]},
    ),
    Entry(
        "NicolasRouquette/TorchLean@46658fda609dff4332ffb3cb28bd060413df8173",
        "softmax minus target",
        softmax_minus_target,
        "cross_entropy_logits",
        "refuted",
        "the softmax times the sum of the targets",
        settings=MATRICES,
    ),
    Entry(
        "deeplearning4j/nd4j@213b0767039607a6fc6ae18d7fb3c1c4ff7dc7fa",
        "gradient of the Kullback-Leibler divergence of a softmax",
        target_minus_softmax,
        kl_of_softmax,
        "refuted",
        "the opposite sign",
        settings={**TWO, "domains": {"t": positive}},
    ),
    Entry(
        "linkedin/Liger-Kernel#239",
        "cross entropy with label smoothing and a penalty of the normaliser",
        smoothed_gradient,
        smoothed_cross_entropy,
        "proved",
        settings={"shapes": {"x": "m,n", "y": "labels"}},
    ),
    Entry(
        "nktkt/gondolin@9edcee7544a1ef45ca6f5561b5eebf6774b4b9d0",
        "gradient of the cross entropy of clipped probabilities",
        clipped_cross_entropy,
        "cross_entropy",
        "refuted",
        "0 where it is clipped",
        settings=MATRICES,
    ),
    Entry(
        "NicolasRouquette/TorchLean@46658fda609dff4332ffb3cb28bd060413df8173",
        "gradient of the cosine loss",
        squared_norm_in_the_radial_term,
        cosine_loss,
        "refuted",
        "|x|³ in the radial term",
    ),
    Entry(
        "mlpack/mlpack#2444",
        "backward pass of the margin ranking loss",
        derivative_in_the_target,
        margin_ranking,
        "refuted",
        "-y where the margin is violated: this is the derivative in y",
        settings={"wrt": "x1", "domains": {"y": FiniteSet(-1, 1)}},
    ),
    Entry(
        "mlpack/mlpack#1674",
        "gradient of the Dice loss with squares",
        dice_gradient,
        dice,
        "proved",
    ),
    Entry(
        "hubutui/DiceLoss-PyTorch#1",
        "gradient of the Dice loss without the factor 2 of the overlap",
        dice_gradient_without_two,
        dice,
        "refuted",
        "twice the overlap: a perfect prediction should have loss 0",
    ),
    Entry(
        "MIC-DKFZ/nnUNet#12",
        "soft Dice whose overlap alone is squared",
        dice_gradient_of_squares,
        smooth_dice,
        "refuted",
        "the overlap without a square, as the sizes are",
        settings={"domains": {"x": unit_open, "t": unit_open}},
    ),
    Entry(
        "Salehi et al. 2017",
        "Tversky loss",
        tversky_gradient,
        tversky,
        "proved",
        url="https://arxiv.org/abs/1706.05721",
        settings={"domains": {"x": unit_open, "t": unit_open}},
    ),
    Entry(
        "Hadsell et al. 2006",
        "contrastive loss of a distance",
        contrastive_gradient,
        contrastive,
        "proved",
        url="https://doi.org/10.1109/CVPR.2006.100",
        settings={"domains": {"y": FiniteSet(0, 1), "d": positive}},
    ),
)
