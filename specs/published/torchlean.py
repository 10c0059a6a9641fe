"""Formulas that TorchLean's loss specification prints or has shipped, as claims about our losses.

Source: the documentation of NN/Spec/Layers/Loss.lean and its history; the wrong formulas were
repaired there later. ``entry`` names the defect as it is listed in our records.
"""

from sympy import Eq, Gt, Max, Min, Piecewise, Rational, exp, log, sqrt

from derive import Mean, Parameter, Published, Sum, positive, pred, target

SOURCE = "TorchLean, NN/Spec/Layers/Loss.lean"

delta = Parameter("delta", domain=positive)
eps = Parameter("eps", domain=positive)
residual = pred - target
dot = Sum(pred * target)
norm, target_norm = sqrt(Sum(pred**2)), sqrt(Sum(target**2))
long_enough = [Gt(norm, eps), Gt(target_norm, eps)]
clamped = Min(Max(pred, eps), 1 - eps)
softmax = exp(pred) / Sum(exp(pred))
log_softmax = pred - log(Sum(exp(pred)))

torchlean_huber = Published(
    of="smooth_l1",
    source=SOURCE,
    value=Piecewise(
        (Rational(1, 2) * residual**2 / delta, abs(residual) < delta),
        (abs(residual) - Rational(1, 2) * delta, True),
    ),
    expected="proved",
    because="the document calls it Huber / SmoothL1: it is PyTorch's smooth L1",
)

torchlean_huber_name = Published(
    of="huber",
    source=SOURCE,
    entry="torchlean-huber-smoothl1-naming",
    value=Piecewise(
        (residual**2 / (2 * delta), abs(residual) < delta),
        (abs(residual) - delta / 2, True),
    ),
    expected="refuted",
    because="smooth L1 is Huber's loss divided by delta, not Huber's loss",
)

torchlean_cross_entropy = Published(
    of="cross_entropy",
    source=SOURCE,
    value=-Mean(target * log(clamped)),
    mean_over_elements=True,
    expected="proved",
    because="with the mean over all elements, classes included: our elementwise_mean",
)

torchlean_cross_entropy_mean = Published(
    of="cross_entropy",
    source=SOURCE,
    entry="torchlean-ce-mean-all-elements",
    value=-Mean(target * log(clamped)),
    expected="refuted",
    because="the loss of a slice is a sum over its classes, which are not averaged",
)

torchlean_cross_entropy_gradient = Published(
    of="cross_entropy",
    source=SOURCE,
    entry="torchlean-ce-prob-clip",
    gradient=-target / clamped,
    expected="refuted",
    because="where the prediction is clamped the loss is constant and its gradient zero",
)

torchlean_cross_entropy_logits = Published(
    of="cross_entropy_logits",
    source=SOURCE,
    value=-Mean(target * log_softmax),
    mean_over_elements=True,
    expected="proved",
    because="with the mean over all elements, classes included: our elementwise_mean",
)

torchlean_cross_entropy_logits_gradient = Published(
    of="cross_entropy_logits",
    source=SOURCE,
    entry="torchlean-ce-logits-mass",
    gradient=softmax - target,
    expected="refuted",
    because="the softmax carries the factor Sum(target)",
)

torchlean_cross_entropy_logits_gradient_of_distributions = Published(
    of="cross_entropy_logits",
    source=SOURCE,
    gradient=softmax - target,
    assuming=[Eq(Sum(target), 1)],
    expected="proved",
    because="the document assumes that each target slice sums to one",
)

torchlean_hinge = Published(
    of="hinge",
    source=SOURCE,
    value=Max(0, 1 - target * pred),
    expected="proved",
    because="the elementwise formula; the mean is the default reduction",
)

torchlean_poisson = Published(
    of="poisson_nll",
    source=SOURCE,
    value=exp(pred) - target * pred,
    expected="proved",
    because="the log-input form without the constant",
)

torchlean_cosine = Published(
    of="cosine_similarity",
    source=SOURCE,
    value=1 - dot / (norm * target_norm),
    assuming=long_enough,
    expected="proved",
    because="for norms above the clamp",
)

torchlean_cosine_gradient = Published(
    of="cosine_similarity",
    source=SOURCE,
    entry="torchlean-cosine-radial-power",
    gradient=dot / (norm**2 * target_norm) * pred - target / (norm * target_norm),
    assuming=long_enough,
    expected="refuted",
    because="the radial term has the norm squared where its cube belongs",
)

torchlean_cosine_gradient_clamped = Published(
    of="cosine_similarity",
    source=SOURCE,
    entry="torchlean-cosine-clamped-norm",
    gradient=dot / (eps**2 * target_norm) * pred - target / (eps * target_norm),
    assuming=[Gt(eps, norm), Gt(target_norm, eps)],
    expected="refuted",
    because="where the norm is clamped it does not vary, so there is no radial term",
)

torchlean_binary_cross_entropy = Published(
    of="binary_cross_entropy",
    source=SOURCE,
    value=-(target * log(clamped) + (1 - target) * log(1 - clamped)),
    expected="proved",
    because="the formula of the document with its clamped prediction",
)

torchlean_binary_cross_entropy_gradient = Published(
    of="binary_cross_entropy",
    source=SOURCE,
    entry="torchlean-bce-clip",
    gradient=(clamped - target) / (clamped * (1 - clamped)),
    expected="refuted",
    because="where the prediction is clamped the loss is constant and its gradient zero",
)
