"""The declared formula as anybody would write it in NumPy: what a stable form is compared with."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from derive.accuracy.numbers import Array
from derive.accuracy.points import Compute
from derive.accuracy.quantities import Quantity
from derive.emit.numpy_code import statements
from derive.emit.templates import helpers
from derive.language import direction
from derive.loss import Loss


def textbook(quantity: Quantity, loss: Loss) -> Compute:
    """The declared formula of a quantity, evaluated in the dtype of its inputs."""
    tensors = [x.name for x in loss.inputs]
    if quantity.kind == "hvp":
        tensors.append(direction.name)
    arguments = [*tensors, *(p.name for p in loss.parameters)]
    code = statements([quantity.declared], {}, quantity.wrt, arguments)
    lines = [f"def textbook({', '.join(arguments)}):", *code.lines, f"return {code.result}"]
    scope = {**helpers(), "euclidean_norm": _norm, "logcosh": _logcosh}
    exec("\n    ".join(lines), scope)
    function = scope["textbook"]

    def compute(inputs: Mapping[str, Array], parameters: Mapping[str, float]) -> Array:
        arrays = [inputs[name] for name in tensors]
        with np.errstate(all="ignore"):  # warnings are counted of code that promises none
            result = function(*arrays, *(parameters[p.name] for p in loss.parameters))
            return np.asarray(result).astype(arrays[0].dtype)

    return compute


def _norm(vectors: Array) -> Array:
    """The norm without the scaling that the emitted helper of this name does."""
    norm: Array = np.sqrt(np.sum(vectors**2, axis=-1, keepdims=True))
    return norm


def _logcosh(x: Array) -> Array:
    """The formula that the emitted helper of this name is there to avoid."""
    result: Array = np.log(np.cosh(x))
    return result
