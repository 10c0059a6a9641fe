"""Functions that emitted formulas call, and that are emitted beside them."""

from __future__ import annotations

from derive.emit.view import FunctionView

NORM = FunctionView(
    "_norm",
    ("vectors",),
    "Return the norm of each slice, scaled by a power of two so that no square overflows.",
    (
        "largest = np.max(np.abs(vectors), axis=-1, keepdims=True)",
        "scale = np.ldexp(0.5, np.frexp(largest)[1])",
    ),
    "scale * np.sqrt(np.sum((vectors / scale) ** 2, axis=-1, keepdims=True))",
)
