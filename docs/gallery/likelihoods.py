"""Likelihoods, deviances and links of statistics, and losses of probabilities."""

from __future__ import annotations

import numpy as np
from sympy import Interval, oo

from derive import positive, unit, unit_open
from derive.auditing.gallery import Entry
from gallery.boosting import log_loss

# Losses ------------------------------------------------------------------------------------------


def kl_from_log(x, t):
    return np.sum(t * (np.log(t) - x))


def softplus_of_minus(theta):
    return np.logaddexp(0, -theta)


def poisson_deviance(mu, y):
    return 2 * (y * np.log(y / mu) - (y - mu))


def binomial_variance(mu, n=5.0):
    return mu * (1 - mu / n)


def complementary_log_log(x):
    return 1 - np.exp(-np.exp(x))


def positive_focal(p, alpha=0.25, gamma=2.0):
    return -(1 - alpha) * (1 - p) ** gamma * np.log(p)


def negative_focal(p, alpha=0.25, gamma=2.0):
    return -(1 - alpha) * p**gamma * np.log(1 - p)


def student_t_process(mu, y, nu=5.0, k=1.0):
    return (nu + 1) / 2 * np.log(1 + (y - mu) ** 2 / (k * (nu - 2)))


def jensen_shannon(x, t, beta=0.5):
    q, p = np.exp(x), np.exp(t)
    m = beta * p + (1 - beta) * q
    return beta * p * t + (1 - beta) * q * x - m * np.log(m)


# Derivatives -------------------------------------------------------------------------------------


def doubled_kl(x, t):
    return -2 * t


def tail_with_a_wrong_sign(theta):
    return np.where(theta > 20, np.exp(-theta), -1 / (1 + np.exp(theta)))


def positive_part_alone(score, y):
    p = 1 / (1 + np.exp(-score))
    return -y * (p * (1 - p)) / p


def aliased_denominator(score, y):
    p = 1 / (1 + np.exp(-score))
    return (p - y) / (1 - p) ** 2 * (p * (1 - p))


def kink_at_zero(score, y):
    step = np.where(score > 0, 1.0, 0.0)
    return step - y - np.sign(score) / (1 + np.exp(np.abs(score)))


def deviance_gradient(mu, y):
    return -2 * y / mu


def variance_derivative(mu, n=5.0):
    return 1 - 2 * mu


def inverse_link_derivatives(x):
    first = np.exp(x - np.exp(x))
    return first, np.exp(np.exp(x) - x) * (np.exp(x) - 1)


def gamma_as_a_factor(p, alpha=0.25, gamma=2.0):
    return -(1 - alpha) * gamma * ((1 - p) / p - np.log(p))


def base_of_the_positives(p, alpha=0.25, gamma=2.0):
    easy = (1 - p) ** gamma
    return (1 - alpha) * (easy / (1 - p) + gamma * easy / (1 - p) * np.log(1 - p))


def gradient_of_a_gaussian(mu, y, nu=5.0, k=1.0):
    return -(y - mu) / k


def jensen_shannon_gradient(x, t, beta=0.5):
    m = beta * np.exp(t) + (1 - beta) * np.exp(x)
    return (1 - beta) * np.exp(x) * (x - np.log(m))


ENTRIES = (
    Entry(
        "torch/cunn#318",
        "gradient of the Kullback-Leibler divergence on a GPU",
        doubled_kl,
        kl_from_log,
        "refuted",
        "-t",
        settings={"domains": {"t": positive}},
    ),
    Entry(
        "stan-dev/math#3397",
        "gradient of a Bernoulli log-likelihood, with its tail apart",
        tail_with_a_wrong_sign,
        softplus_of_minus,
        "refuted",
        "-exp(-theta) in the tail, up to its rounding",
    ),
    Entry(
        "deeplearning4j/nd4j@67275eab1ce16fc38b4734cc9da9f47aaf6056da",
        "gradient of the binary cross entropy in the score",
        positive_part_alone,
        log_loss,
        "refuted",
        "p - y: the part of 1 - y is missing",
        settings={"domains": {"y": unit}},
    ),
    Entry(
        "deeplearning4j/nd4j@f7026a0904cb24e6a73df5d018844317b4a96d5f",
        "gradient of the binary cross entropy, through a buffer that is written to",
        aliased_denominator,
        log_loss,
        "refuted",
        "p (1 - p) in the denominator, where (1 - p)² came out",
        settings={"domains": {"y": unit}},
    ),
    Entry(
        "pytorch/pytorch#2298",
        "gradient of BCE with logits, from clamp and abs",
        kink_at_zero,
        "bce_with_logits",
        "refuted",
        "1/2 - y at 0, where the loss is smooth",
        settings={"at": {"score": "pred"}},
    ),
    Entry(
        "statsmodels/statsmodels@9ca6fedd9c8987646b6e401d4223405e9a97af9d",
        "gradient of the Poisson deviance",
        deviance_gradient,
        poisson_deviance,
        "refuted",
        "2 (1 - y / mu)",
        settings={"domains": {"mu": positive, "y": positive}},
    ),
    Entry(
        "statsmodels/statsmodels@22272f743b314d6ac90ac73b57e67b97c2ce89ec",
        "derivative of the binomial variance function",
        variance_derivative,
        binomial_variance,
        "refuted",
        "1 - 2 mu / n",
    ),
    Entry(
        "Quantco/glum#988",
        "derivatives of the inverse of the complementary log-log link",
        inverse_link_derivatives,
        complementary_log_log,
        "proved refuted",
        "-exp(x - exp(x)) (exp(x) - 1)",
    ),
    Entry(
        "fudannlp16/focal-loss#2",
        "focal loss of a probability, positive labels",
        gamma_as_a_factor,
        positive_focal,
        "refuted",
        "gamma as an exponent of 1 - p, and not as a factor",
        settings={"domains": {"p": unit_open, "alpha": unit_open}},
    ),
    Entry(
        "yqyao/SSD_Pytorch#32",
        "focal loss of a probability, negative labels",
        base_of_the_positives,
        negative_focal,
        "refuted",
        "p as the base, and not 1 - p",
        settings={"domains": {"p": unit_open, "alpha": unit_open}},
    ),
    Entry(
        "SheffieldML/GPy#1065",
        "gradient of a Student-t process in the mean",
        gradient_of_a_gaussian,
        student_t_process,
        "refuted",
        "-(nu + 1) (y - mu) / (k (nu - 2) + (y - mu)²)",
        settings={"domains": {"nu": Interval.open(2, oo)}},
    ),
    Entry(
        "linkedin/Liger-Kernel#290",
        "gradient of the generalised Jensen-Shannon divergence",
        jensen_shannon_gradient,
        jensen_shannon,
        "proved",
        settings={"domains": {"beta": unit_open}},
    ),
)
