"""The three verdicts. None of them converts to a truth value: a verdict is to be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sympy import Rational


class _NotBoolean:
    def __bool__(self) -> bool:
        raise TypeError("a verdict is not a truth value: compare its type")


@dataclass(frozen=True)
class ProvedRegion:
    """A region on which two formulas agree, with a point inside it if one was found."""

    facts: tuple[str, ...]
    sample: str | None


@dataclass(frozen=True)
class Boundary:
    """A surface between regions: whether the derivative jumps there, and what is written there.

    ``declared`` is the reason that the specification gives for its choice, ``contradiction`` the
    value that it states where the formula has another one.
    """

    surface: str
    facts: tuple[str, ...]
    behaviour: Literal["continuous", "jumps"]
    limits: tuple[str, ...]
    written: str
    declared: str = ""
    contradiction: str = ""


@dataclass(frozen=True)
class Proved(_NotBoolean):
    """Equal for every shape, on every region, with a legal value on every boundary."""

    regions: tuple[ProvedRegion, ...]
    boundaries: tuple[Boundary, ...]
    assuming: tuple[str, ...]
    scope: str


@dataclass(frozen=True)
class Witness:
    """Exact inputs at which two formulas differ, and rigorous enclosures of both."""

    sizes: dict[str, int]
    inputs: dict[str, tuple[Rational, ...]]
    parameters: dict[str, Rational]
    index: int
    written: str
    derived: str
    confirmed_by: str


@dataclass(frozen=True)
class Refuted(_NotBoolean):
    """Different, as the witness shows; ``where`` is the region or boundary it lies in."""

    witness: Witness
    where: str
    residual: str
    hint: str = ""


@dataclass(frozen=True)
class Unknown(_NotBoolean):
    """Neither proved nor refuted."""

    reason: str
    residual: str = ""


Verdict = Proved | Refuted | Unknown


class Disagreement(Exception):
    """Two independent judges contradict each other: an error in the prover, never in a spec."""
