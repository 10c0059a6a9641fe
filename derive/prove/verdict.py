"""The three verdicts. None of them converts to a truth value: a verdict is to be looked at."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from sympy import Rational

from derive.prove.checker import Certificate

ISSUERS = ("derive.prove.prover", "derive.prove.inequality")
"""The only modules whose code may state that something is proved."""


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
    """Equal for every shape, on every region, with a legal value on every boundary.

    ``certificate`` says that the normal forms on which this rests were checked step by step.

    Raises ``TypeError`` wherever it is made but in ``ISSUERS``: by a call from elsewhere, as a
    changed or unpickled copy, or as an object of a subclass.
    """

    regions: tuple[ProvedRegion, ...]
    boundaries: tuple[Boundary, ...]
    assuming: tuple[str, ...]
    scope: str
    certificate: Certificate

    def __post_init__(self) -> None:
        if not isinstance(self.certificate, Certificate):
            raise TypeError("what is proved has a certificate that its steps were checked")
        caller = sys._getframe(2)  # beyond the generated __init__
        modules = [sys.modules[name] for name in ISSUERS if name in sys.modules]
        if not any(caller.f_globals is vars(module) for module in modules):
            raise TypeError(f"only {' and '.join(ISSUERS)} may state that something is proved")

    def __init_subclass__(cls) -> None:
        raise TypeError("what is proved has no other kinds")

    def __reduce_ex__(self, _protocol: Any) -> NoReturn:
        raise TypeError("a proof is not copied: prove again")


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
