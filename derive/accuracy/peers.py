"""The same quantities by other libraries, as far as they are installed and offer them.

Each is called as its documentation says, without the thresholds and clamps that can be turned off.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from derive.accuracy.numbers import Array
from derive.accuracy.points import Compute
from derive.accuracy.quantities import Quantity
from derive.language import direction
from derive.loss import Loss

Function = Callable[..., Any]
"""Takes the inputs of our loss in order, and its parameters by name."""


def peers(quantity: Quantity, loss: Loss, dtype: Any) -> dict[str, Compute]:
    """How other libraries compute a quantity in a dtype, by library."""
    found: dict[str, Compute] = {}
    for library, (module, bind) in _LIBRARIES.items():
        offered = dtype != np.float16 or module != "sklearn"  # compiled for the two others only
        if offered and importlib.util.find_spec(module) is not None:
            compute = bind(quantity, loss)
            if compute is not None:
                found[library] = compute
    return found


# PyTorch: derivatives by its automatic differentiation -------------------------------------------


def _torch_functions() -> dict[str, Function]:
    from torch.nn import functional as f

    none: dict[str, Any] = {"reduction": "none"}
    return {
        "bce_with_logits": lambda x, y: f.binary_cross_entropy_with_logits(x, y, **none),
        "binary_cross_entropy": lambda x, y, eps: f.binary_cross_entropy(
            x.clamp(eps, 1 - eps), y, **none
        ),
        "cosine_similarity": lambda x, y, eps: 1 - f.cosine_similarity(x, y, dim=-1, eps=eps),
        "cross_entropy_logits": lambda x, y: f.cross_entropy(x, y, **none),
        "gaussian_nll": lambda x, y, v: f.gaussian_nll_loss(x, y, v, eps=1e-300, **none),
        "huber": lambda x, y, delta: f.huber_loss(x, y, delta=delta, **none),
        "kl_divergence": lambda x, y: f.kl_div(x, y, **none),
        "mae": lambda x, y: f.l1_loss(x, y, **none),
        "mse": lambda x, y: f.mse_loss(x, y, **none),
        "poisson_nll": lambda x, y: f.poisson_nll_loss(x, y, log_input=True, **none),
        "smooth_l1": lambda x, y, delta: f.smooth_l1_loss(x, y, beta=delta, **none),
        "triplet_margin": lambda a, p, n, margin, eps: f.triplet_margin_loss(
            a, p, n, margin=margin, eps=eps, **none
        ),
    }


def _torch(quantity: Quantity, loss: Loss) -> Compute | None:
    import torch

    function = _torch_functions().get(quantity.loss)
    if function is None:
        return None

    def compute(inputs: Mapping[str, Array], parameters: Mapping[str, float]) -> Array:
        tensors = {x.name: torch.tensor(inputs[x.name]) for x in loss.inputs}
        x = tensors[quantity.wrt.name].requires_grad_(quantity.kind != "value")
        result = function(*tensors.values(), **parameters)
        if quantity.kind == "value":
            return np.asarray(result.numpy(force=True))
        second = quantity.kind in ("hessian", "hvp")
        (slope,) = torch.autograd.grad(result.sum(), x, create_graph=second)
        if second:
            way = slope.sum()
            if quantity.kind == "hvp":
                way = (slope * torch.tensor(inputs[direction.name])).sum()
            if not way.requires_grad:
                return np.zeros_like(inputs[quantity.wrt.name])
            (slope,) = torch.autograd.grad(way, x, allow_unused=True)
            if slope is None:
                return np.zeros_like(inputs[quantity.wrt.name])
        return np.asarray(slope.numpy(force=True))

    return compute


# JAX and optax: derivatives by automatic differentiation -----------------------------------------


def _optax_functions() -> dict[str, Function]:
    import optax

    return {
        "bce_with_logits": optax.sigmoid_binary_cross_entropy,
        "cosine_similarity": lambda x, y, eps: optax.cosine_distance(x, y, epsilon=eps),
        "cross_entropy_logits": optax.softmax_cross_entropy,
        "hinge": optax.hinge_loss,
        "huber": lambda x, y, delta: optax.huber_loss(x, y, delta=delta),
        "kl_divergence": lambda x, y: optax.kl_divergence(x[..., None], y[..., None]),
        "log_cosh": optax.log_cosh,
        "mse": optax.squared_error,
    }


def _optax(quantity: Quantity, loss: Loss) -> Compute | None:
    import jax

    jax.config.update("jax_enable_x64", True)
    function = _optax_functions().get(quantity.loss)
    if function is None or quantity.kind == "hvp":
        return None
    place = [x.name for x in loss.inputs].index(quantity.wrt.name)

    def compute(inputs: Mapping[str, Array], parameters: Mapping[str, float]) -> Array:
        def total(*arrays: Any) -> Any:
            return function(*arrays, **parameters).sum()

        arrays = [jax.numpy.asarray(inputs[x.name]) for x in loss.inputs]
        if quantity.kind == "value":
            return np.asarray(function(*arrays, **parameters))
        slope = jax.grad(total, place)
        if quantity.kind == "gradient":
            return np.asarray(slope(*arrays))
        bend = jax.grad(lambda *at: slope(*at).sum(), place)
        return np.asarray(bend(*arrays))

    return compute


# SciPy: values only ------------------------------------------------------------------------------


def _scipy_functions() -> dict[str, Function]:
    from scipy import special

    return {
        "bce_with_logits": lambda x, y: (
            -(y * special.log_expit(x) + (1 - y) * special.log_expit(-x))
        ),
        "cross_entropy_logits": lambda x, y: -(y * special.log_softmax(x, axis=-1)).sum(axis=-1),
        "huber": lambda x, y, delta: special.huber(delta, x - y),
        "pseudo_huber": lambda x, y, delta: special.pseudo_huber(delta, x - y),
    }


def _scipy(quantity: Quantity, loss: Loss) -> Compute | None:
    function = _scipy_functions().get(quantity.loss)
    if function is None or quantity.kind != "value":
        return None

    def compute(inputs: Mapping[str, Array], parameters: Mapping[str, float]) -> Array:
        arrays = [inputs[x.name] for x in loss.inputs]
        with np.errstate(all="ignore"):
            return np.asarray(function(*arrays, **parameters)).astype(arrays[0].dtype)

    return compute


# scikit-learn: its compiled losses, by element ---------------------------------------------------


def _sklearn_losses() -> dict[str, tuple[Function, float]]:
    """What makes a loss of ours from parameters, and the factor by which theirs is less."""
    from sklearn._loss import loss

    return {
        "bce_with_logits": (loss.HalfBinomialLoss, 1.0),
        "mse": (loss.HalfSquaredError, 2.0),
        "mae": (loss.AbsoluteError, 1.0),
        "huber": (lambda delta: loss.HuberLoss(delta=delta), 1.0),
        "quantile": (lambda q: loss.PinballLoss(quantile=q), 1.0),
        "poisson_nll": (loss.HalfPoissonLoss, 1.0),
    }


def _sklearn(quantity: Quantity, loss: Loss) -> Compute | None:
    make, factor = _sklearn_losses().get(quantity.loss, (None, 1.0))
    if make is None or quantity.wrt != loss.inputs[0] or quantity.kind == "hvp":
        return None
    if quantity.kind == "hessian" and quantity.loss in ("mae", "quantile"):
        return None  # theirs is 1 there, which is no second derivative and is not meant as one

    def compute(inputs: Mapping[str, Array], parameters: Mapping[str, float]) -> Array:
        pred, target = (np.ascontiguousarray(inputs[x.name]).ravel() for x in loss.inputs)
        theirs = make(**parameters)
        if quantity.kind == "hessian":
            _, result = theirs.gradient_hessian(y_true=target, raw_prediction=pred)
        else:
            method = theirs.loss if quantity.kind == "value" else theirs.gradient
            result = method(y_true=target, raw_prediction=pred)
        return np.asarray(result) * pred.dtype.type(factor)

    return compute


_LIBRARIES: dict[str, tuple[str, Callable[[Quantity, Loss], Compute | None]]] = {
    "PyTorch": ("torch", _torch),
    "optax": ("optax", _optax),
    "SciPy": ("scipy", _scipy),
    "scikit-learn": ("sklearn", _sklearn),
}
