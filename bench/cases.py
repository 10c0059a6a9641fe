"""The inputs on which the emitted losses are timed, and the results that they must give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.textbook import ELEMENTWISE, SLICES

LENGTHS = {"cross_entropy": 10, "cosine_similarity": 128, "triplet_margin": 128}
CASES = sorted({*ELEMENTWISE, *SLICES} - {"cross_entropy_logits"}) + [
    f"cross_entropy_logits[{classes}]" for classes in (10, 100, 1000)
]
NAMES = {
    name: getattr(np, name) for name in ("exp", "log", "log1p", "sqrt", "tanh", "where", "abs")
}


@dataclass(frozen=True)
class Case:
    """One loss with inputs of one dtype; the exact mean and its gradient in the first input."""

    loss: str
    inputs: Mapping[str, Any]
    value: float
    gradient: Any

    @property
    def values(self) -> int:
        """How many values the mean is taken of."""
        pred = next(iter(self.inputs.values()))
        return pred.size if self.loss in ELEMENTWISE else pred.size // pred.shape[-1]

    def disagreement(self, value: Any, gradient: Any) -> str:
        """What is wrong with a result, or nothing.

        The tolerance is that of an ordinary float32 computation: it tells another function from a
        rounding error, and is no measure of accuracy.
        """
        error = abs(float(value) - self.value) / max(abs(self.value), 1e-3)
        if not error < 1e-4:
            return f"value {float(value):g} instead of {self.value:g}"
        distance = np.max(np.abs(np.asarray(gradient, np.float64) - self.gradient), initial=0.0)
        if not distance <= 1e-3 * np.max(np.abs(self.gradient), initial=0.0):
            return f"gradient off by {distance:g}"
        return ""


def case(name: str, size: int, dtype: str) -> Case:
    """The loss ``name`` on about ``size`` random elements."""
    loss, _, classes = name.rstrip("]").partition("[")
    inputs = _inputs(loss, size, np.dtype(dtype), int(classes or LENGTHS.get(loss, 1)))
    wide = {k: x if x.dtype.kind == "i" else x.astype(np.float64) for k, x in inputs.items()}
    if loss in ELEMENTWISE:
        formulas = ELEMENTWISE[loss]
        values, gradient = (
            eval(text, dict(NAMES), dict(wide)) for text in (formulas.value, formulas.gradient)
        )
    else:
        values, gradient = SLICES[loss][0](**wide)
    return Case(loss, inputs, float(np.mean(values)), gradient / np.size(values))


def _inputs(loss: str, size: int, dtype: np.dtype[Any], length: int) -> dict[str, Any]:
    rng = np.random.default_rng(0)

    def normal(*shape: int, scale: float = 1.0) -> Any:
        return (scale * rng.standard_normal(shape)).astype(dtype)

    def uniform(low: float, high: float, *shape: int) -> Any:
        return rng.uniform(low, high, shape).astype(dtype)

    rows = max(1, size // length)
    if loss == "cross_entropy_logits":
        return {"pred": normal(rows, length, scale=2), "target": rng.integers(0, length, rows)}
    if loss == "cross_entropy":
        pred = uniform(0.1, 1, rows, length)
        return {"pred": pred / pred.sum(-1, keepdims=True), "target": rng.integers(0, 10, rows)}
    if loss == "info_nce":
        side = min(128, int(size**0.5))
        return {"pred": uniform(-1, 1, max(1, size // side**2), side, side)}
    if loss == "cosine_similarity":
        return {"pred": normal(rows, length), "target": normal(rows, length)}
    if loss == "triplet_margin":
        return {name: normal(rows, length) for name in ("anchor", "positive", "negative")}
    pred, target = normal(size, scale=1.5), normal(size)
    if loss in ("hinge", "squared_hinge"):
        target = np.copysign(1, target).astype(dtype)
    if loss in ("bce_with_logits", "kl_divergence"):
        target = uniform(0.01, 1, size)
    if loss == "binary_cross_entropy":
        pred, target = uniform(0.01, 0.99, size), uniform(0, 1, size)
    if loss == "poisson_nll":
        target = rng.poisson(1.5, size).astype(dtype)
    if loss == "gaussian_nll":
        return {"pred": pred, "target": target, "variance": uniform(0.5, 2, size)}
    return {"pred": pred, "target": target}
