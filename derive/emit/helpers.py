"""What formulas are called in NumPy code: functions of NumPy and of the emitted package, names."""

from __future__ import annotations

from collections.abc import Collection

import sympy
from sympy import Expr, Piecewise
from sympy.codegen.cfunctions import expm1, log1p

from derive.language import Largest, RatioOfDifference, RoundingError, Sum
from derive.stable.norms import vector_of_norm

FUNCTIONS = {
    sympy.exp: "np.exp",
    sympy.log: "np.log",
    sympy.Abs: "np.abs",
    sympy.sign: "np.sign",
    sympy.tanh: "tanh",
    sympy.sinh: "np.sinh",
    sympy.cosh: "np.cosh",
    log1p: "log1p",
    expm1: "expm1",
    sympy.Max: "np.maximum",
    sympy.Min: "np.minimum",
}
AGGREGATES = {Sum: "np.sum", Largest: "np.max"}
_STEMS = {
    sympy.Abs: "magnitude",
    Piecewise: "chosen",
    Sum: "total",
    Largest: "largest",
    sympy.exp: "power",
    RoundingError: "lost",
    RatioOfDifference: "ratio",
}


def helper_for(e: Expr) -> tuple[str, tuple[Expr, ...]] | None:
    """The function of the emitted package that computes an expression as a whole, and of what."""
    vector = vector_of_norm(e)
    if vector is not None:
        return "euclidean_norm", (vector,)
    if isinstance(e, sympy.log) and isinstance(e.args[0], sympy.cosh):
        return "logcosh", e.args[0].args
    if isinstance(e, RoundingError):
        return "rounding_error", (e.difference, *e.args)
    if isinstance(e, RatioOfDifference):
        return "ratio_of_difference", (e.difference, *e.args)
    return None


def stem_of(e: Expr) -> str:
    """What the name of an expression begins with."""
    return next((stem for kind, stem in _STEMS.items() if isinstance(e, kind)), "part")


def fresh(stem: str, taken: Collection[str]) -> str:
    """The stem, with a number where that is taken."""
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}{number}"
    return name
