"""The ways that code takes where it branches on a number, and what is worth saying of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sympy import Not, S, simplify_logic
from sympy.logic.boolalg import Boolean

from derive.auditing.refusal import Refusal
from derive.language import Parameter, Size, positive

MOST_WAYS = 8


@dataclass
class Run:
    """One run of the code: the decisions that it begins with, and those it has come to."""

    script: list[bool]
    taken: list[tuple[Any, bool]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    scales: dict[Any, Parameter] = field(default_factory=dict)
    square: bool = False

    def scale(self, of: Any) -> Parameter:
        """An unknown power of two that belongs to an array: proofs hold for all of them."""
        if of not in self.scales:
            self.scales[of] = Parameter(
                f"scale{len(self.scales) or ''}'", default=1, domain=positive
            )
        return self.scales[of]


_RUN: ContextVar[Run] = ContextVar("run")


@contextmanager
def running(run: Run) -> Iterator[Run]:
    """Decide branches by the script of a run, and note there what happens."""
    token = _RUN.set(run)
    try:
        yield run
    finally:
        _RUN.reset(token)


def current() -> Run:
    """The run in which code is just now."""
    return _RUN.get()


def note(text: str) -> None:
    """Note something that a reader should know of the code."""
    run = _RUN.get(None)
    if run is not None and text not in run.notes:
        run.notes.append(text)


def decide(condition: Boolean) -> bool:
    """Which way the run takes at a condition on numbers."""
    if condition in (S.true, S.false):
        return bool(condition)
    run = _RUN.get(None)
    if run is None:
        raise Refusal("Python branches on a number", "np.where(condition, a, b)")
    if any(isinstance(symbol, Size) for symbol in condition.free_symbols):
        raise Refusal(f"Python branches on a length, by {condition}", "one formula for all lengths")
    for known, outcome in run.taken:
        if known == condition:
            return outcome
        if known == Not(condition):
            return not outcome
    place = len(run.taken)
    if place >= MOST_WAYS:
        raise Refusal("Python branches too often on numbers", "np.where(condition, a, b)")
    outcome = run.script[place] if place < len(run.script) else True
    run.taken.append((condition, outcome))
    return outcome


def ways(taken: list[tuple[Any, bool]]) -> Any:
    """The condition under which a run takes the decisions that it took."""
    parts = [condition if outcome else Not(condition) for condition, outcome in taken]
    result: Any = S.true
    for part in parts:
        result = result & part
    return simplify_logic(result) if len(parts) > 4 else result
