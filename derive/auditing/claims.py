"""What is asked of traced functions, as claims for the prover, and its verdicts as findings."""

from __future__ import annotations

import linecache
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sympy import Expr

from derive.answers import LABELS, as_checked, finding_of, suggestion_of, texts_of
from derive.auditing.agreement import difference, disagreement, is_defined
from derive.auditing.snippet import point_of, snippet
from derive.auditing.trace import Trace, described, where_defined
from derive.loss import Loss
from derive.prove.claim import Claim
from derive.prove.points import Domain, domain_of, point_text
from derive.prove.prover import check
from derive.prove.verdict import Proved, Refuted, Unknown, Verdict, Witness
from derive.report.finding import Finding, Location, Suggestion

_CLOSE = 1e-12


def name_of(function: Callable[..., Any]) -> str:
    """``module:function``."""
    inner = getattr(function, "func", function)
    named = inner if hasattr(inner, "__qualname__") else type(inner)
    return f"{named.__module__}:{named.__qualname__}"


def location_of(function: Callable[..., Any]) -> Location:
    """The first line of the definition."""
    return _whole_line(*where_defined(function))


def _whole_line(file: str, line: int) -> Location:
    source = linecache.getline(file, line).rstrip("\n")
    start = len(source) - len(source.lstrip())
    return Location(file, line, start + 1, max(len(source), start + 1) + 1, source)


@dataclass(frozen=True)
class Question:
    """That one output of a traced function is a quantity of a loss.

    ``said`` is by which conventions. Under one of these, ``written`` may be the output before it
    is scaled, ``kind`` another claim than that of an equal derivative, and ``judge`` who decides.
    ``maximised`` says that ``loss`` is minus what is minimised.
    """

    trace: Trace
    place: int
    rule: str
    loss: Loss
    wrt: Any
    reference: Expr | None = None
    conditions: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    written: Expr | None = None
    kind: str = ""
    judge: Callable[[Claim], Verdict] = check
    maximised: bool = False
    theirs: Trace | None = None
    """Where the loss was read from, if it is code, too."""

    @property
    def output(self) -> Expr:
        """What is compared with the loss."""
        computed = self.trace.outputs[self.place].expression
        return computed if self.written is None else self.written

    @cached_property
    def claim(self) -> Claim:
        """The claim that this makes of the loss."""
        kind: Any = self.kind or self.rule
        free = tuple(s for s in self.trace.scales if s in self.output.free_symbols)
        return Claim(self.loss, kind, self.wrt, self.output, (), self.reference, free)


def answered(question: Question) -> Finding:
    """The finding on a question."""
    start = time.perf_counter()
    verdict = question.judge(as_checked(question.claim))
    finding = _finding(question, verdict)
    return replace(finding, seconds=time.perf_counter() - start)


def _finding(question: Question, verdict: Verdict) -> Finding:
    trace, claim = question.trace, question.claim
    domain = domain_of(claim.loss, claim.written, assuming=claim.assuming, free=claim.free)
    wrong = ""
    if not isinstance(verdict, Unknown):
        wrong = disagreement(trace, domain) or _of_the_loss(question, domain)
    shown = ""
    if isinstance(verdict, Refuted) and not wrong:
        shown, number = snippet(trace, verdict.witness, question.place)
        wrong = _contradiction(question, verdict.witness, number)
    if wrong:
        verdict = Unknown(wrong)
    labels = LABELS.get(question.rule, ("this code", "derivative"))
    advice = "write the function in operations that the prover knows, or split it into cases"
    finding = finding_of(question.rule, verdict, labels, texts_of(verdict, advice))
    said = [finding.message, *question.said, described(trace.arguments), *trace.notes]
    conditions = (*question.conditions, *trace.conditions) if isinstance(verdict, Proved) else ()
    name = name_of(trace.function)
    return replace(
        finding,
        loss=name,
        claim=f"{name}.{question.rule}",
        location=location_of(trace.function),
        message="; ".join(filter(None, said)),
        assuming=tuple(dict.fromkeys((*finding.assuming, *conditions))),
        snippet=shown if not wrong else "",
    )


def _of_the_loss(question: Question, domain: Domain) -> str:
    """Where the code of the loss and its formula differ, if it is code."""
    found = disagreement(question.theirs, domain) if question.theirs else ""
    return f"of the loss: {found}" if found else ""


def _contradiction(question: Question, witness: Witness, number: float | None) -> str:
    """Why a refutation is not to be believed: the code itself does not give the wrong number."""
    point = point_of(witness)
    if question.theirs and not is_defined(question.theirs, point):
        return f"the loss is not defined at {point_text(point)}: say by domains what is meant"
    wrong = difference(question.theirs, point)[0] if question.theirs else ""
    if wrong:
        return f"of the loss: {wrong}"
    written, derived = middle(witness.written), middle(witness.derived)
    if written is None:
        undefined = number is None or not math.isfinite(number)
        return "" if undefined else f"the code gives {number} where its formula is undefined"
    if derived is not None and _are_close(written, derived):
        return "the formulas differ by no more than constants are rounded"
    if not is_defined(question.trace, point):
        return f"the code is not defined at {point_text(point)}: say by domains what is meant"
    if number is None:
        return difference(question.trace, point)[0]
    shown = question.written is None and "curvature" not in (question.rule, question.kind)
    if shown and not abs(number - written) <= 1e-6 * (1 + abs(written)):
        return f"the code gives {number} where its formula gives {written}"
    return ""


def _are_close(a: float, b: float) -> bool:
    """Whether two numbers may differ because constants are rounded, be it where terms cancel."""
    gap, small, large = abs(a - b), *sorted((abs(a), abs(b)))
    return gap <= _CLOSE * large or (gap <= _CLOSE and small <= gap / 2**10)


def middle(text: str) -> float | None:
    """The middle of an enclosure; nothing for what is no number."""
    try:
        return float(text.strip("[]").split(" ")[0])
    except ValueError:
        return None


def suggested(question: Question) -> Suggestion | None:
    """What may have been meant by an output that is refuted."""
    try:
        return suggestion_of(question.claim)
    except Exception:  # advice: the edits of a formula may be no formulas
        return None


def untraceable(function: Callable[..., Any], error: Exception) -> Finding:
    """A finding on code that could not be read."""
    file, line = getattr(error, "file", ""), getattr(error, "line", 0)
    location = _whole_line(file, line) if file else location_of(function)
    message = getattr(error, "message", str(error))
    instead = getattr(error, "instead", "")
    hint = f"write {instead}" if instead else ""
    name = name_of(function)
    return Finding(name, name, "audit", "invalid", message, location=location, hint=hint)
