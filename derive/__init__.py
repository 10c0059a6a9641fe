"""Declare loss functions, derive their gradients, prove the hand-written ones, emit NumPy.

The vocabulary of a specification is importable from here; it is loaded on first use, so that the
command line starts without SymPy and can say what is missing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from derive.language import (
        Largest,
        Mean,
        Parameter,
        Sum,
        Tensor,
        identity,
        nonnegative,
        positive,
        pred,
        real,
        target,
        unit,
        unit_open,
    )
    from derive.loss import Forms, Kink, Loss, Published, Same, SpecError, direction
    from derive.properties import (
        bounded_above,
        bounded_below,
        classification_calibrated,
        convex,
        differentiable,
        differentiable_but_at,
        even_in,
        lipschitz,
        never_negative,
        nondecreasing_in,
        nonincreasing_in,
        odd_in,
        scale_invariant,
        shift_invariant,
        smooth,
        strictly_convex,
        strongly_convex,
        symmetric,
        twice_differentiable,
        twice_differentiable_but_at,
        zero_iff_equal,
    )

__all__ = [
    "Forms",
    "Kink",
    "Largest",
    "Loss",
    "Mean",
    "Parameter",
    "Published",
    "Same",
    "SpecError",
    "Sum",
    "Tensor",
    "__version__",
    "bounded_above",
    "bounded_below",
    "classification_calibrated",
    "convex",
    "differentiable",
    "differentiable_but_at",
    "direction",
    "even_in",
    "identity",
    "lipschitz",
    "never_negative",
    "nondecreasing_in",
    "nonincreasing_in",
    "nonnegative",
    "odd_in",
    "positive",
    "pred",
    "real",
    "scale_invariant",
    "shift_invariant",
    "smooth",
    "strictly_convex",
    "strongly_convex",
    "symmetric",
    "target",
    "twice_differentiable",
    "twice_differentiable_but_at",
    "unit",
    "unit_open",
    "zero_iff_equal",
]

_OF_LOSS = {"Forms", "Kink", "Loss", "Published", "Same", "SpecError", "direction"}
_PROPERTIES = {
    "bounded_above",
    "bounded_below",
    "classification_calibrated",
    "convex",
    "differentiable",
    "differentiable_but_at",
    "even_in",
    "lipschitz",
    "never_negative",
    "nondecreasing_in",
    "nonincreasing_in",
    "odd_in",
    "scale_invariant",
    "shift_invariant",
    "smooth",
    "strictly_convex",
    "strongly_convex",
    "symmetric",
    "twice_differentiable",
    "twice_differentiable_but_at",
    "zero_iff_equal",
}


def __getattr__(name: str) -> Any:
    if name in __all__:
        home = (
            "derive.loss"
            if name in _OF_LOSS
            else "derive.properties"
            if name in _PROPERTIES
            else "derive.language"
        )
        return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module 'derive' has no attribute {name!r}")
