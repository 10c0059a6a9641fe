"""What a run of the prover has to say about one claim, as plain data for every output format."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["proved", "refuted", "unknown", "invalid", "stale", "warning", "note"]


@dataclass(frozen=True)
class Location:
    """A stretch of one source line; line and columns count from 1, ``end_column`` is exclusive."""

    file: str
    line: int
    column: int
    end_column: int
    source: str


@dataclass(frozen=True)
class Counterexample:
    """Exact inputs at which two formulas differ, with rigorous enclosures of both values."""

    inputs: tuple[tuple[str, str], ...]
    written_label: str
    written: str
    derived_label: str
    derived: str


@dataclass(frozen=True)
class Suggestion:
    """A change of a refuted formula that was proved: what is wrong, the part, what belongs there.

    ``formula`` is the whole formula so changed.
    """

    mistake: str
    before: str
    after: str
    formula: str


@dataclass(frozen=True)
class Jump:
    """A surface where a derivative jumps: the limits from its sides, the value there, and why."""

    surface: str
    facts: tuple[str, ...]
    limits: tuple[str, ...]
    written: str
    declared: str


@dataclass(frozen=True)
class Finding:
    """The outcome for one claim.

    ``rule`` is a stable identifier (``gradient``, ``hessian``, ``published-value``, ...), ``claim``
    names the claim (``huber.gradient``), ``status`` is the verdict and ``expected`` the verdict
    that makes the run succeed (published formulas may be expected to be refuted).
    ``hessian`` is the structure of the derived Hessian, a line for each region, where the claim is
    a gradient; ``jumps`` are those of ``boundaries`` where a derivative jumps. ``snippet`` is
    Python code that shows the same counterexample. ``invalid`` marks a specification that could
    not be checked at all. A ``warning`` or a ``note`` is no verdict on a claim but a remark on code
    that runs.
    """

    loss: str
    claim: str
    rule: str
    status: Status
    message: str = ""
    expected: Status = "proved"
    location: Location | None = None
    counterexample: Counterexample | None = None
    residual: str = ""
    hint: str = ""
    suggestion: Suggestion | None = None
    regions: int = 0
    boundaries: int = 0
    assuming: tuple[str, ...] = ()
    hessian: tuple[str, ...] = ()
    jumps: tuple[Jump, ...] = ()
    seconds: float = 0.0
    snippet: str = ""

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the one the specification asks for."""
        return self.status == self.expected

    @property
    def is_news(self) -> bool:
        """Whether a report says more of this than that it is as expected."""
        return self.is_remark or not self.as_expected

    @property
    def is_remark(self) -> bool:
        """Whether this says something of code that is no verdict on a claim."""
        return self.status in ("warning", "note")


def encoded(finding: Finding) -> dict[str, Any]:
    """A finding for JSON, without the file, which may be seen from elsewhere another time.

    How long it took is left out too.
    """
    value = asdict(finding)
    del value["seconds"]
    if value["location"]:
        del value["location"]["file"]
    return value


def decoded(value: dict[str, Any], file: str = "") -> Finding:
    """What ``encoded`` was given; raises ``KeyError``, ``TypeError`` or the like for what is not.

    ``file`` is where it is located, if it is anywhere.
    """
    parts = {name: as_tuples(part) for name, part in value.items()}
    if parts["location"]:
        parts["location"] = Location(file=file, **parts["location"])
    if parts["counterexample"]:
        parts["counterexample"] = Counterexample(**parts["counterexample"])
    parts["jumps"] = tuple(Jump(**jump) for jump in parts["jumps"])
    if parts["suggestion"]:
        parts["suggestion"] = Suggestion(**parts["suggestion"])
    return Finding(**parts)


def as_tuples(value: Any) -> Any:
    """A value from JSON with tuples for its lists."""
    if isinstance(value, list):
        return tuple(map(as_tuples, value))
    if isinstance(value, dict):
        return {name: as_tuples(part) for name, part in value.items()}
    return value
