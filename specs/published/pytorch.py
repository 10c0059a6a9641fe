"""What functions of PyTorch compute, by its documentation, for losses to be the same as."""

from sympy import Abs, Max, Piecewise, Rational, exp, log, sqrt

from derive import Mean, Parameter, Published, Sum, Tensor, positive, pred, target, unit

DOCUMENTATION = "https://docs.pytorch.org/docs/stable/generated/torch.nn."

label_smoothing = Parameter("label_smoothing", domain=unit)
smoothed = (1 - label_smoothing) * target + label_smoothing / Sum(1)
beta = Parameter("beta", domain=positive)
delta = Parameter("delta", domain=positive)
eps = Parameter("eps", domain=positive)
margin = Parameter("margin", domain=positive)
residual = pred - target
log_softmax = log(exp(pred) / Sum(exp(pred)))
probability = 1 / (1 + exp(-pred))
dot = Sum(pred * target)
norm, target_norm = sqrt(Sum(pred**2)), sqrt(Sum(target**2))
variance = Tensor("variance")
clamped_variance = Max(variance, Rational(1, 10**6))  # by default
anchor, near, far = Tensor("anchor"), Tensor("positive"), Tensor("negative")

torch_nn_functional_l1_loss = Published(
    function="torch.nn.functional.l1_loss",
    source=DOCUMENTATION + "L1Loss.html",
    value=Abs(residual),
)

torch_nn_functional_mse_loss = Published(
    function="torch.nn.functional.mse_loss",
    source=DOCUMENTATION + "MSELoss.html",
    value=residual**2,
)

torch_nn_functional_huber_loss = Published(
    function="torch.nn.functional.huber_loss",
    source=DOCUMENTATION + "HuberLoss.html",
    value=Piecewise(
        (residual**2 / 2, Abs(residual) < delta),
        (delta * (Abs(residual) - delta / 2), True),
    ),
)

torch_nn_functional_smooth_l1_loss = Published(
    function="torch.nn.functional.smooth_l1_loss",
    source=DOCUMENTATION + "SmoothL1Loss.html",
    value=Piecewise(
        (residual**2 / 2 / beta, Abs(residual) < beta),
        (Abs(residual) - beta / 2, True),
    ),
)

torch_nn_functional_poisson_nll_loss = Published(
    function="torch.nn.functional.poisson_nll_loss",
    source=DOCUMENTATION + "PoissonNLLLoss.html",
    value=exp(pred) - target * pred,
)

torch_nn_functional_gaussian_nll_loss = Published(
    function="torch.nn.functional.gaussian_nll_loss",
    source=DOCUMENTATION + "GaussianNLLLoss.html",
    value=(log(clamped_variance) + residual**2 / clamped_variance) / 2,
)

torch_nn_functional_kl_div = Published(
    function="torch.nn.functional.kl_div",
    source=DOCUMENTATION + "KLDivLoss.html",
    value=target * (log(target) - pred),
)

torch_nn_functional_binary_cross_entropy = Published(
    function="torch.nn.functional.binary_cross_entropy",
    source=DOCUMENTATION + "BCELoss.html",
    value=-(target * log(pred) + (1 - target) * log(1 - pred)),
)

torch_nn_functional_binary_cross_entropy_with_logits = Published(
    function="torch.nn.functional.binary_cross_entropy_with_logits",
    source=DOCUMENTATION + "BCEWithLogitsLoss.html",
    value=-(target * log(probability) + (1 - target) * log(1 - probability)),
)

torch_nn_functional_cross_entropy = Published(
    function="torch.nn.functional.cross_entropy",
    source=DOCUMENTATION + "CrossEntropyLoss.html",
    value=-Sum(log_softmax * target),
)

torch_nn_functional_cross_entropy_label_smoothing = Published(
    of="cross_entropy_logits",
    source=DOCUMENTATION + "CrossEntropyLoss.html, as Szegedy et al. 2016, arXiv:1512.00567, § 7",
    value=-(1 - label_smoothing) * Sum(log_softmax * target) - label_smoothing * Mean(log_softmax),
    at={target: smoothed},
)

torch_nn_functional_cosine_similarity = Published(
    function="1 - torch.nn.functional.cosine_similarity",
    source=DOCUMENTATION + "CosineSimilarity.html",
    value=1 - dot / (Max(norm, eps) * Max(target_norm, eps)),
)

torch_nn_functional_triplet_margin_loss = Published(
    function="torch.nn.functional.triplet_margin_loss",
    source=DOCUMENTATION + "TripletMarginLoss.html",
    value=Max(
        sqrt(Sum((anchor - near + eps) ** 2)) - sqrt(Sum((anchor - far + eps) ** 2)) + margin, 0
    ),
)
