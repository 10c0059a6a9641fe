"""What a loss says about itself: its arguments, their domains, and what it can compute."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Parameter:
    """A number that shapes a loss: its default and the interval that it may come from."""

    name: str
    default: float
    lower: float = -math.inf
    upper: float = math.inf
    lower_open: bool = True
    upper_open: bool = True
    doc: str = ""

    @property
    def domain(self) -> str:
        """The interval in writing, such as ``(0, inf)``."""
        left = "(" if self.lower_open else "["
        right = ")" if self.upper_open else "]"
        return f"{left}{self.lower:.12g}, {self.upper:.12g}{right}"

    def __contains__(self, number: float) -> bool:
        """Whether a finite number lies in the interval."""
        above = self.lower < number or (number == self.lower and not self.lower_open)
        below = number < self.upper or (number == self.upper and not self.upper_open)
        return math.isfinite(number) and above and below


@dataclass(frozen=True)
class Info:
    """The facts about one loss.

    An ``"elementwise"`` loss has one value per element. A loss over ``"slices"`` has one value
    per slice along an axis. ``differentiable`` lists the inputs and parameters that have a
    gradient, the default first; ``reductions`` starts with the default, too. With ``labels``,
    ``target`` may also be integer class labels; ``square`` losses compare the slices of square
    matrices.
    """

    name: str
    summary: str
    kind: Literal["elementwise", "slices"]
    inputs: tuple[str, ...]
    differentiable: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    reductions: tuple[str, ...]
    methods: tuple[str, ...]
    same_as: tuple[str, ...]
    labels: bool = False
    square: bool = False
