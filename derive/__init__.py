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

__all__ = [
    "Forms",
    "Kink",
    "Loss",
    "Mean",
    "Parameter",
    "Published",
    "SpecError",
    "Sum",
    "Tensor",
    "__version__",
    "direction",
    "identity",
    "nonnegative",
    "positive",
    "pred",
    "real",
    "target",
    "unit",
    "unit_open",
]

_OF_LOSS = {"Forms", "Kink", "Loss", "Published", "SpecError", "direction"}


def __getattr__(name: str) -> Any:
    if name in __all__:
        home = "derive.loss" if name in _OF_LOSS else "derive.language"
        return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module 'derive' has no attribute {name!r}")
