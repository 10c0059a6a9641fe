"""Declare loss functions, derive their gradients, prove the hand-written ones, emit NumPy.

The vocabulary of a specification is importable from here; it is loaded on first use, so that the
command line starts without SymPy and can say what is missing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

VOCABULARY = {
    "derive.language": (
        *(
            "pred",
            "target",
            "identity",
            "direction",
            "Tensor",
            "Parameter",
            "Sum",
            "Mean",
            "Largest",
            "Rounded",
            "RoundingError",
            "RatioOfDifference",
        ),
        *("real", "positive", "nonnegative", "unit", "unit_open"),
    ),
    "derive.loss": ("Forms", "Kink", "Loss", "Published"),
    "derive.same": ("Same",),
    "derive.well_formed": ("SpecError",),
    "derive.properties": (
        *("convex", "strictly_convex", "strongly_convex", "lipschitz", "smooth"),
        *("differentiable", "differentiable_but_at"),
        *("twice_differentiable", "twice_differentiable_but_at"),
        *("bounded_below", "bounded_above", "never_negative", "zero_iff_equal"),
        *("nondecreasing_in", "nonincreasing_in", "even_in", "odd_in", "symmetric"),
        *("shift_invariant", "scale_invariant", "classification_calibrated"),
    ),
}
"""The words of a specification, by the module that defines them."""

_TOOLS = {"derive.auditing.ask": ("audit",)}
"""What is done with specifications and with code."""

if TYPE_CHECKING:
    from derive.auditing.ask import *
    from derive.language import *
    from derive.loss import *
    from derive.properties import *
    from derive.same import *
    from derive.well_formed import *
else:
    __all__ = ["__version__", *(name for names in VOCABULARY.values() for name in names)]

    def __getattr__(name: str) -> Any:
        for module, names in (*VOCABULARY.items(), *_TOOLS.items()):
            if name in names:
                return getattr(importlib.import_module(module), name)
        raise AttributeError(f"module 'derive' has no attribute {name!r}")
