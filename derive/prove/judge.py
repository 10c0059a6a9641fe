"""The second judge: SymPy's own simplification, which may agree, contradict, or abstain."""

from __future__ import annotations

from typing import Literal

from sympy import Dummy, Expr, Piecewise, cancel, exp, expand, together

from derive.calculus import Program

OPERATIONS = 150


def opinion(difference: Expr) -> Literal["zero", "nonzero", "abstains"]:
    """What SymPy makes of an expression without cases; sums are opaque positive or real symbols."""
    program = Program(difference)
    lowered = program.result
    if lowered.has(Piecewise) or lowered.count_ops() > OPERATIONS:
        return "abstains"
    plain = {s: Dummy(s.name, real=True, positive=s.is_positive) for s in program.aggregates}
    simplified = lowered.xreplace(plain)
    if simplified != 0:
        simplified = cancel(together(expand(simplified.rewrite(exp))))
    if simplified == 0:
        return "zero"
    return "nonzero" if simplified.is_Rational else "abstains"
