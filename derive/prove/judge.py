"""The second judge: SymPy's own simplification, which may agree, contradict, or abstain."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from sympy import Dummy, Expr, Piecewise, cancel, exp, expand, expand_log, log, together

from derive.calculus import Program
from derive.language import Element

OPERATIONS = 25


@lru_cache(maxsize=1024)
def opinion(difference: Expr) -> Literal["zero", "nonzero", "abstains"]:
    """What SymPy makes of an expression without cases; sums are opaque positive or real symbols."""
    program = Program(difference)
    lowered = program.result
    if lowered.atoms(Piecewise) or lowered.count_ops() > OPERATIONS:
        return "abstains"
    plain = {s: _plain(s) for s in program.aggregates}
    simplified = lowered.xreplace(plain)
    if simplified != 0:
        simplified = _combine(simplified)
    if simplified == 0:
        return "zero"
    return "nonzero" if simplified.is_Rational else "abstains"


@lru_cache(maxsize=1024)
def _plain(intermediate: Element) -> Dummy:
    """What stands for an aggregate, always the same: SymPy remembers what it concludes of it."""
    return Dummy(intermediate.name, real=True, positive=intermediate.is_positive)


def _combine(expression: Expr) -> Expr:
    expanded = expand(expand_log(expression.rewrite(exp).rewrite(log)))
    return expanded if expanded.is_Rational else cancel(together(expanded))
