"""What it is for a function of another library to compute a multiple of a loss."""

from __future__ import annotations

from typing import Any

from sympy import Expr, sympify
from sympy.core.relational import Relational


class Same:
    """Another function's value as a multiple of ours, with its parameters in terms of ours."""

    def __init__(self, factor: Any = 1, **parameters: Any) -> None:
        """Give each parameter of theirs that is named differently as an expression of ours."""
        self.factor: Expr = sympify(factor)
        self.parameters: dict[str, Expr] = {k: sympify(v) for k, v in parameters.items()}
        self.facts: tuple[Relational, ...] = ()

    def where(self, *facts: Relational) -> Same:
        """The same, but only where these facts hold of every input."""
        limited = Same(self.factor, **self.parameters)
        limited.facts = (*self.facts, *facts)
        return limited
