"""What is asked of traced functions, as claims for the prover, and its verdicts as findings."""

from __future__ import annotations

import linecache
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sympy import Expr, S

from derive.answers import LABELS, as_checked, finding_of, suggestion_of, texts_of
from derive.auditing.agreement import disagreement
from derive.auditing.snippet import snippet
from derive.auditing.trace import Trace, described, where_defined
from derive.loss import Loss
from derive.prove.claim import Claim
from derive.prove.points import domain_of
from derive.prove.prover import check
from derive.prove.verdict import Proved, Refuted, Unknown, Verdict
from derive.report.finding import Finding, Location, Suggestion

_CLOSE = 1e-12


@dataclass(frozen=True)
class Convention:
    """How a result relates to a loss: the factor it has, and what a report says of it."""

    factor: Expr = S.One
    text: str = ""


def name_of(function: Callable[..., Any]) -> str:
    """``module:function``."""
    inner = getattr(function, "func", function)
    return f"{inner.__module__}:{getattr(inner, '__qualname__', repr(inner))}"


def location_of(function: Callable[..., Any]) -> Location:
    """The first line of the definition."""
    return _whole_line(*where_defined(function))


def _whole_line(file: str, line: int) -> Location:
    source = linecache.getline(file, line).rstrip("\n")
    start = len(source) - len(source.lstrip())
    return Location(file, line, start + 1, max(len(source), start + 1) + 1, source)


@dataclass(frozen=True)
class Question:
    """That one output of a traced function is a quantity of a loss, by one of some conventions."""

    trace: Trace
    place: int
    rule: str
    loss: Loss
    wrt: Any
    conventions: tuple[Convention, ...]
    reference: Expr | None = None
    conditions: tuple[str, ...] = ()
    check_kind: str = ""

    def claim(self, convention: Convention) -> Claim:
        """The claim that this makes of the loss by one convention."""
        written = self.trace.outputs[self.place].expression * convention.factor
        kind: Any = self.check_kind or self.rule
        free = tuple(s for s in self.trace.scales if s in written.free_symbols)
        return Claim(self.loss, kind, self.wrt, written, (), self.reference, free)


def answered(question: Question) -> Finding:
    """The finding on a question: by the first convention under which it is proved."""
    start = time.perf_counter()
    found: list[tuple[Convention, Claim, Verdict]] = []
    for convention in question.conventions:
        claim = question.claim(convention)
        verdict = check(as_checked(claim))
        found.append((convention, claim, verdict))
        if isinstance(verdict, Proved):
            break
    else:
        found = sorted(found, key=lambda f: not isinstance(f[2], Refuted))[:1]
    finding = _finding(question, *found[-1])
    return replace(finding, seconds=time.perf_counter() - start)


def _finding(question: Question, convention: Convention, claim: Claim, verdict: Verdict) -> Finding:
    trace = question.trace
    domain = domain_of(claim.loss, claim.written, assuming=claim.assuming, free=claim.free)
    wrong = disagreement(trace, domain) if not isinstance(verdict, Unknown) else ""
    shown = ""
    if isinstance(verdict, Refuted) and not wrong:
        axes = trace.outputs[question.place].axes
        shown, number = snippet(trace, verdict.witness, question.place, axes)
        wrong = _contradiction(verdict, number, convention)
    if wrong:
        verdict = Unknown(wrong)
    labels = LABELS.get(question.rule, ("this code", "derivative"))
    advice = "write the function in operations that the prover knows, or split it into cases"
    finding = finding_of(question.rule, verdict, labels, texts_of(verdict, advice))
    suggestion = _suggestion(claim) if isinstance(verdict, Refuted) else None
    said = [finding.message, convention.text, described(trace.arguments), *trace.notes]
    conditions = (*question.conditions, *trace.conditions) if isinstance(verdict, Proved) else ()
    name = name_of(trace.function)
    return replace(
        finding,
        loss=name,
        claim=f"{name}.{question.rule}",
        location=location_of(trace.function),
        message="; ".join(filter(None, said)),
        assuming=tuple(dict.fromkeys((*finding.assuming, *conditions))),
        suggestion=suggestion,
        snippet=shown if not wrong else "",
    )


def _contradiction(verdict: Refuted, number: float | None, convention: Convention) -> str:
    """Why a refutation is not to be believed: the code itself does not give the wrong number."""
    try:
        written, derived = float(verdict.witness.written), float(_middle(verdict.witness.derived))
    except ValueError:
        return ""
    if abs(written - derived) <= _CLOSE * (1 + abs(derived)):
        return "the formulas differ by no more than constants are rounded"
    if number is None or not math.isfinite(number) or convention.factor != 1:
        return ""
    if abs(number - written) > 1e-6 * (1 + abs(written)):
        return f"the code gives {number} where its formula gives {written}"
    return ""


def _middle(text: str) -> str:
    return text.strip("[]").split(" ")[0]


def _suggestion(claim: Claim) -> Suggestion | None:
    try:
        return suggestion_of(claim)
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
