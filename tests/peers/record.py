"""What other libraries compute, recorded so that agreement can be tested without them.

``python -m tests.peers.record`` calls every function that a specification names in ``same_as`` on
numbers from a seed and writes ``recorded.json`` beside this file, the same bytes every time.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import sklearn
import torch
from numpy.typing import NDArray
from scipy import special
from sklearn import metrics
from torch.nn import functional

from derive.registry import Spec, load

RECORDED = Path(__file__).with_name("recorded.json")

Array = NDArray[Any]
Draw = Callable[[np.random.Generator, tuple[int, ...]], Array]


@dataclass(frozen=True)
class Peer:
    """How a function of another library is called with our inputs, and on which numbers.

    ``parameters`` are those of ours that it knows, with the range that they are drawn from;
    ``draws`` are for inputs of which it takes less than the domain that we declare. ``second`` is
    the relative error of its second derivatives, where that is more than rounding.
    """

    call: Callable[..., Any]
    parameters: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    draws: Mapping[str, Draw] = field(default_factory=dict)
    second: float = 0.0


def _interior(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    # PyTorch clamps logarithms at -100 and scikit-learn probabilities at their machine precision;
    # our clamp is a parameter. Away from 0 and 1 none of them acts.
    return rng.uniform(0.01, 0.99, shape)


def _sign(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.where(rng.random(shape) < 0.5, -1.0, 1.0)


def _binary(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return (_sign(rng, shape) + 1) / 2


# PyTorch: called with tensors, ``axis``, ``reduction`` and the known parameters ------------------

_NAME = "torch.nn.functional."


def _elementwise(name: str, *renamed: tuple[str, str], **fixed: Any) -> Callable[..., Any]:
    """A function of PyTorch that takes our inputs in order, and our parameters by other names."""
    function = getattr(functional, name)

    def call(*inputs: Any, axis: int, reduction: str, **parameters: float) -> Any:
        del axis
        options = {theirs: parameters[ours] for ours, theirs in renamed}
        return function(*inputs, reduction=reduction, **options, **fixed)

    return call


def _cross_entropy(pred: Any, target: Any, *, axis: int, reduction: str) -> Any:
    # PyTorch has the classes on axis 1, or on axis 0 of a single distribution.
    classes = min(1, pred.ndim - 1)
    if target.is_floating_point():
        target = target.movedim(axis, classes)
    return functional.cross_entropy(pred.movedim(axis, classes), target, reduction=reduction)


def _cosine(pred: Any, target: Any, *, axis: int, reduction: str, eps: float) -> Any:
    values = 1 - functional.cosine_similarity(pred, target, dim=axis, eps=eps)
    return values if reduction == "none" else getattr(values, reduction)()


def _triplet(*inputs: Any, axis: int, **options: Any) -> Any:
    vectors = [x.movedim(axis, -1) for x in inputs]
    return functional.triplet_margin_loss(*vectors, p=2, **options)


COSINE = _NAME + "cosine_similarity"
_DELTA = {"delta": (0.5, 2.0)}

TORCH: dict[str, Peer] = {
    # In the second derivative PyTorch adds 1e-12 to denominators, which are 1e-2 at least.
    _NAME + "binary_cross_entropy": Peer(
        _elementwise("binary_cross_entropy"), draws={"pred": _interior}, second=1e-9
    ),
    _NAME + "binary_cross_entropy_with_logits": Peer(
        _elementwise("binary_cross_entropy_with_logits")
    ),
    # "mean" is the mean over all elements, as ours is, not the "batchmean".
    _NAME + "kl_div": Peer(_elementwise("kl_div", log_target=False)),
    # The variance stays far above eps, below which PyTorch clamps it.
    _NAME + "gaussian_nll_loss": Peer(_elementwise("gaussian_nll_loss", full=False, eps=1e-6)),
    _NAME + "poisson_nll_loss": Peer(_elementwise("poisson_nll_loss", log_input=True, full=False)),
    _NAME + "l1_loss": Peer(_elementwise("l1_loss")),
    _NAME + "mse_loss": Peer(_elementwise("mse_loss")),
    _NAME + "huber_loss": Peer(_elementwise("huber_loss", ("delta", "delta")), _DELTA),
    _NAME + "smooth_l1_loss": Peer(_elementwise("smooth_l1_loss", ("delta", "beta")), _DELTA),
    _NAME + "cross_entropy": Peer(_cross_entropy),
    # Norms stay above eps. Below it PyTorch clamps the norms of the value, but keeps the
    # derivative of a norm in the gradient, which is then not the derivative of the value.
    "1 - " + COSINE: Peer(_cosine, {"eps": (1e-6, 1e-3)}),
    _NAME + "triplet_margin_loss": Peer(_triplet, {"margin": (0.5, 2.0), "eps": (1e-6, 1e-2)}),
}

# scikit-learn: called with the target, the prediction, ``sample_weight`` and the parameters ------

SKLEARN: dict[str, Peer] = {
    "sklearn.metrics.mean_absolute_error": Peer(metrics.mean_absolute_error),
    "sklearn.metrics.mean_squared_error": Peer(metrics.mean_squared_error),
    "sklearn.metrics.mean_pinball_loss": Peer(
        lambda *arrays, q, **options: metrics.mean_pinball_loss(*arrays, alpha=q, **options),
        {"q": (0.1, 0.9)},
    ),
    "sklearn.metrics.hinge_loss": Peer(metrics.hinge_loss, draws={"target": _sign}),
    "sklearn.metrics.log_loss": Peer(
        lambda *arrays, **options: metrics.log_loss(*arrays, labels=[0, 1], **options),
        draws={"pred": _interior, "target": _binary},
    ),
}

# SciPy: an elementwise function, whose weighted mean is taken here; called as scikit-learn is ----


def _pseudo_huber(target: Array, pred: Array, *, sample_weight: Any, delta: float) -> Any:
    return np.average(special.pseudo_huber(delta, pred - target), weights=sample_weight)


SCIPY: dict[str, Peer] = {"scipy.special.pseudo_huber": Peer(_pseudo_huber, _DELTA)}

# Cases -----------------------------------------------------------------------------------------


def draw_inputs(
    spec: Spec, peer: Peer, shape: tuple[int, ...], rng: np.random.Generator
) -> dict[str, Array]:
    inputs = {}
    for x in spec.loss.inputs:
        low, high = float(spec.loss.domain(x).inf), float(spec.loss.domain(x).sup)
        if x.name in peer.draws:
            inputs[x.name] = np.asarray(peer.draws[x.name](rng, shape))
        elif math.isinf(low):
            inputs[x.name] = np.asarray(rng.normal(0.0, 1.5, shape))
        else:
            inputs[x.name] = np.asarray(rng.uniform(low + 0.1, min(high, low + 2.0), shape))
    return inputs


def draw_parameters(peer: Peer, rng: np.random.Generator) -> dict[str, float]:
    return {name: float(rng.uniform(*ends)) for name, ends in peer.parameters.items()}


def torch_case(
    spec: Spec,
    peer: Peer,
    inputs: Mapping[str, Array],
    parameters: Mapping[str, float],
    axis: int,
    reduction: str,
) -> dict[str, Any]:
    """The value, and the gradient of its sum in each input that we differentiate in."""
    tensors = {name: torch.from_numpy(np.asarray(array)) for name, array in inputs.items()}
    # Class labels are integers: in them there is nothing to differentiate.
    names = [x.name for x in spec.loss.gradients if tensors[x.name].is_floating_point()]
    differentiable = [tensors[name].requires_grad_() for name in names]
    value = peer.call(*tensors.values(), axis=axis, reduction=reduction, **parameters)
    gradients = torch.autograd.grad(value.sum(), differentiable)
    return {
        "value": value.detach().numpy(),
        "gradients": {n: g.numpy() for n, g in zip(names, gradients, strict=True)},
    }


def sklearn_case(
    peer: Peer, inputs: Mapping[str, Array], parameters: Mapping[str, float], weight: Any
) -> dict[str, Any]:
    """The mean value, which divides by the sum of the weights, as ours does."""
    arrays = inputs["target"], inputs["pred"]
    return {"value": peer.call(*arrays, sample_weight=weight, **parameters), "gradients": {}}


def _torch_cases(spec: Spec, peer: Peer, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    parameters = {p.name: float(p.default) for p in spec.loss.parameters}
    defaults = {name: parameters[name] for name in peer.parameters}
    shapes = [(4,), (2, 3, 2)] if spec.loss.kind == "slices" else [(), (2, 3)]
    labels = [False, True] if spec.loss.labels else [False]
    for shape, axis, chosen, labelled in [
        (shapes[0], -1, defaults, False),
        *[(shapes[1], 1, draw_parameters(peer, rng), labelled) for labelled in labels],
    ]:
        inputs = draw_inputs(spec, peer, shape, rng)
        if labelled:
            inputs["target"] = rng.integers(0, shape[axis], shape[:axis] + shape[axis + 1 :])
        for reduction in ("mean", "sum", "none"):
            options = {"parameters": chosen, "axis": axis, "reduction": reduction}
            result = torch_case(spec, peer, inputs, chosen, axis, reduction)
            yield {"inputs": inputs, "weight": None, **options, **result}


def _sklearn_cases(spec: Spec, peer: Peer, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for weight in [None, rng.uniform(0.0, 2.0, 8)]:
        inputs, parameters = draw_inputs(spec, peer, (8,), rng), draw_parameters(peer, rng)
        options = {"parameters": parameters, "axis": -1, "reduction": "mean", "weight": weight}
        yield {"inputs": inputs, **options, **sklearn_case(peer, inputs, parameters, weight)}


def cases() -> Iterator[dict[str, Any]]:
    """Every function that a specification names, on numbers that depend on its name alone."""
    for spec in load().specs.values():
        for name, same in spec.loss.equivalents.items():
            if name not in TORCH | SKLEARN | SCIPY or same.factor.free_symbols:
                continue
            rng = np.random.default_rng([*spec.name.encode(), 0, *name.encode()])
            theirs = _torch_cases if name in TORCH else _sklearn_cases
            for case in theirs(spec, (TORCH | SKLEARN | SCIPY)[name], rng):
                yield {"peer": name, "loss": spec.name, **case}


def text() -> str:
    """All cases as JSON, one to a line, with the versions of those that computed them."""
    versions = {
        "torch": str(torch.__version__).split("+")[0],
        "scikit-learn": sklearn.__version__,
        "scipy": scipy.__version__,
    }
    lines = [json.dumps(case, default=lambda x: x.tolist()) for case in cases()]
    head = json.dumps({"versions": versions})[:-1]
    return head + ',\n"cases": [\n' + ",\n".join(lines) + "\n]}\n"


if __name__ == "__main__":
    torch.set_num_threads(1)
    RECORDED.write_text(text(), encoding="utf-8")
