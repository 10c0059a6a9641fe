"""Ways to compute the mean of a loss and its gradient, each ready to be timed.

A way is made from a case; none can be made if the library is not installed or has no such loss.
Results that a library lets the caller provide are provided, and used again at each call.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np

import lossproof
from bench.cases import NAMES, Case
from bench.textbook import ELEMENTWISE, SLICES

Candidate = Callable[[], tuple[Any, Any]]
Work = Callable[[], object]
BLOCK = 2**13  # elements that stay in the processor's cache


def ours(case: Case, threads: int, precision: str = "accurate") -> Candidate:
    """The emitted code."""
    function = getattr(lossproof, case.loss).value_and_gradient
    inputs = list(case.inputs.values())
    out = np.empty_like(inputs[0])
    lossproof.set_num_threads(threads)
    return lambda: function(*inputs, out=out, precision=precision)


def textbook(case: Case, threads: int) -> Candidate | None:
    """NumPy as the formula is printed, a temporary array for each operation."""
    if threads > 1:
        return None
    if case.loss in SLICES:
        function, count = SLICES[case.loss][0], case.values

        def slices() -> tuple[Any, Any]:
            values, gradient = function(**case.inputs)
            return np.mean(values), gradient / count

        return slices
    formulas = ELEMENTWISE[case.loss]
    value = compile(f"mean({formulas.value})", case.loss, "eval")
    gradient = compile(f"({formulas.gradient}) / pred.size", case.loss, "eval")
    names = NAMES | {"mean": np.mean} | dict(case.inputs)
    return lambda: (eval(value, names), eval(gradient, names))


def torch(case: Case, threads: int) -> Candidate | None:
    """PyTorch, eagerly: forward and backward; its own loss where it has one."""
    if importlib.util.find_spec("torch") is None:
        return None
    import torch
    from torch.nn import functional as F

    torch.set_num_threads(threads)
    own: dict[str, Callable[..., Any]] = {
        "bce_with_logits": F.binary_cross_entropy_with_logits,
        "binary_cross_entropy": F.binary_cross_entropy,
        "cosine_similarity": lambda p, t: (1 - F.cosine_similarity(p, t)).mean(),
        "cross_entropy": lambda p, t: F.nll_loss(p.log(), t),
        "cross_entropy_logits": F.cross_entropy,
        "gaussian_nll": F.gaussian_nll_loss,
        "huber": F.huber_loss,
        "info_nce": lambda p: F.cross_entropy(
            p.flatten(0, 1) / 0.1, torch.arange(p.shape[0] * p.shape[-1]) % p.shape[-1]
        ),
        "kl_divergence": lambda p, t: F.kl_div(p, t, reduction="sum") / p.numel(),
        "mae": F.l1_loss,
        "mse": F.mse_loss,
        "poisson_nll": F.poisson_nll_loss,
        "smooth_l1": F.smooth_l1_loss,
        "triplet_margin": F.triplet_margin_loss,
    }
    tensors = {name: torch.from_numpy(np.array(x)) for name, x in case.inputs.items()}
    first = next(iter(tensors.values())).requires_grad_()
    if case.loss in own:
        function = own[case.loss]
    else:
        functions = {name: getattr(torch, name) for name in NAMES}
        text = compile(f"mean({ELEMENTWISE[case.loss].value})", case.loss, "eval")

        def function(*_: Any) -> Any:
            return eval(text, functions | {"mean": torch.mean} | tensors)

    def forward_and_backward() -> tuple[Any, Any]:
        first.grad = None
        value = function(*tensors.values())
        value.backward()
        return value.detach(), first.grad

    return forward_and_backward


def jax(case: Case, threads: int) -> Candidate | None:
    """JAX: value_and_grad, compiled before it is timed."""
    if importlib.util.find_spec("jax") is None or case.loss in ("triplet_margin", "info_nce"):
        return None
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    functions = {name: getattr(jnp, name) for name in NAMES}

    def function(first: Any, rest: dict[str, Any]) -> Any:
        if case.loss == "cosine_similarity":
            u = first / jnp.linalg.norm(first, axis=-1, keepdims=True)
            v = rest["target"] / jnp.linalg.norm(rest["target"], axis=-1, keepdims=True)
            return jnp.mean(1 - (u * v).sum(-1))
        if case.loss in SLICES:
            logs = jnp.log(first) if case.loss == "cross_entropy" else jax.nn.log_softmax(first)
            return -jnp.mean(jnp.take_along_axis(logs, rest["target"][:, None], -1))
        return jnp.mean(eval(ELEMENTWISE[case.loss].value, functions | {"pred": first} | rest))

    compiled = jax.jit(jax.value_and_grad(function))
    first, *_ = (jnp.array(x) for x in case.inputs.values())
    rest = {name: jnp.array(x) for name, x in list(case.inputs.items())[1:]}
    return lambda: jax.block_until_ready(compiled(first, rest))


def numexpr(case: Case, threads: int) -> Candidate | None:
    """numexpr: two expressions."""
    if importlib.util.find_spec("numexpr") is None or case.loss not in ELEMENTWISE:
        return None
    import numexpr

    numexpr.set_num_threads(threads)
    formulas, names = ELEMENTWISE[case.loss], dict(case.inputs)
    size = case.inputs["pred"].size
    out = np.empty_like(case.inputs["pred"])

    def evaluate() -> tuple[Any, Any]:
        value = numexpr.evaluate(f"sum({formulas.value})", names)
        numexpr.evaluate(f"({formulas.gradient}) / {size}", names, out=out, casting="same_kind")
        return value / size, out

    return evaluate


def numba(case: Case, threads: int) -> Candidate | None:
    """numba: one loop over the elements, compiled before it is timed, with its fast mathematics."""
    if importlib.util.find_spec("numba") is None or case.loss not in ELEMENTWISE or threads > 1:
        return None
    import math

    import numba

    formulas, names = ELEMENTWISE[case.loss], list(case.inputs)
    lines = [
        f"def loop({', '.join(f'{name}s' for name in names)}, out):",
        "    total, scale = 0.0, 1 / len(out)",
        "    for i in range(len(out)):",
        *(f"        {name} = {name}s[i]" for name in names),
        f"        total += {formulas.value}",
        f"        out[i] = ({formulas.gradient}) * scale",
        "    return total * scale",
    ]
    functions = {name: getattr(math, name, abs) for name in NAMES}
    functions["where"] = numba.njit(lambda c, a, b: a if c else b)
    exec("\n".join(lines), functions)
    loop = numba.njit(functions["loop"], fastmath=True)
    inputs, out = list(case.inputs.values()), np.empty_like(case.inputs["pred"])
    return lambda: (loop(*inputs, out), out)


def sklearn(case: Case, threads: int) -> Candidate | None:
    """The compiled losses of scikit-learn's linear models and gradient boosting.

    They leave the mean to the caller, who is not timed here; half of some losses is theirs.
    """
    if importlib.util.find_spec("sklearn") is None:
        return None
    from sklearn._loss import _loss

    losses = {
        "bce_with_logits": lambda: _loss.CyHalfBinomialLoss(),
        "cross_entropy_logits": lambda: _loss.CyHalfMultinomialLoss(),
        "huber": lambda: _loss.CyHuberLoss(1.0),
        "mae": lambda: _loss.CyAbsoluteError(),
        "mse": lambda: _loss.CyHalfSquaredError(),
        "poisson_nll": lambda: _loss.CyHalfPoissonLoss(),
        "quantile": lambda: _loss.CyPinballLoss(0.5),
    }
    if case.loss not in losses:
        return None
    loss, factor = losses[case.loss](), 2 if case.loss == "mse" else 1
    pred, target = case.inputs["pred"], case.inputs["target"].astype(case.inputs["pred"].dtype)
    values, out = np.empty(len(pred), pred.dtype), np.empty_like(pred)

    def evaluate() -> None:
        loss.loss_gradient(target, pred, None, values, out, threads)

    return _Unreduced(evaluate, lambda: (factor * values.mean(), factor * out / case.values))


class _Unreduced:
    """Work that is timed, and a reduction of its results that is not."""

    def __init__(self, work: Work, result: Candidate) -> None:
        self.work, self.result = work, result

    def __call__(self) -> tuple[Any, Any]:
        self.work()
        return self.result()


PEERS: dict[str, Callable[[Case, int], Candidate | None]] = {
    "textbook": textbook,
    "torch": torch,
    "jax": jax,
    "numexpr": numexpr,
    "numba": numba,
    "sklearn": sklearn,
}


def memory(case: Case) -> Work:
    """Move the same bytes: read every input of the gradient's shape, write the gradient."""
    first, *others = (x for x in case.inputs.values() if x.dtype.kind == "f")
    out = np.empty_like(first)
    if not others:
        return lambda: np.copyto(out, first)

    def move() -> None:
        np.subtract(first, others[0], out=out)
        for other in others[1:]:
            np.subtract(out, other, out=out)

    return move


def functions(case: Case) -> Work | None:
    """Evaluate the transcendental functions that the loss needs, in cache, in double precision."""
    elementwise = case.loss in ELEMENTWISE
    names = ELEMENTWISE[case.loss].functions if elementwise else SLICES[case.loss][1]
    if not names:
        return None
    size = next(iter(case.inputs.values())).size
    if case.loss == "cross_entropy":
        size = case.values  # a logarithm for each slice is enough
    x = np.random.default_rng(0).uniform(0.1, 1, min(size, BLOCK))
    out = np.empty_like(x)
    ufuncs = [getattr(np, name) for name in names]
    whole, rest = divmod(size, BLOCK)

    def evaluate() -> None:
        for ufunc in ufuncs:
            for _ in range(whole):
                ufunc(x, out=out)
            if rest:
                ufunc(x[:rest], out=out[:rest])

    return evaluate
