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
    from derive.loss import Forms, Kink, Loss, Published, SpecError, direction
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
    from derive.same import Same

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


_HOMES = {
    "derive.loss": {"Forms", "Kink", "Loss", "Published", "SpecError", "direction"},
    "derive.same": {"Same"},
    "derive.properties": _PROPERTIES,
}


def __getattr__(name: str) -> Any:
    if name in __all__:
        home = next((module for module, names in _HOMES.items() if name in names), "")
        return getattr(importlib.import_module(home or "derive.language"), name)
    raise AttributeError(f"module 'derive' has no attribute {name!r}")
