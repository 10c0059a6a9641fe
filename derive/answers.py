"""What came of a question about a loss, and the answers that are known from before.

An answer is kept under the description of all that it depends on, the formulas and the loss that
they are about; where that stands, how it is called and what else is claimed is no part of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sympy import Ne, sympify

from derive.content import Indescribable, described
from derive.formulas import text_line
from derive.prove.claim import Claim
from derive.prove.prover import TOO_DEEP, check
from derive.prove.stated import misstated
from derive.prove.suggestion import suggest
from derive.prove.verdict import Boundary, Proved, Refuted, Unknown, Verdict, Witness
from derive.report.finding import (
    Counterexample,
    Finding,
    Jump,
    Suggestion,
    as_tuples,
    decoded,
    encoded,
)


@dataclass(frozen=True)
class Answer:
    """A finding without name and place, its boundaries, and the kinks that contradict it."""

    finding: Finding
    boundaries: tuple[Boundary, ...] = ()
    misstatements: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Texts:
    """What a finding says of each verdict, and whether its inputs are looked at at an index."""

    proved: str
    refuted: str
    help: str
    at_an_index: bool = True


class Answers:
    """Finds answers, or looks them up among those ``known``, as JSON by digests of their questions.

    Without ``known`` nothing is looked up and nothing kept. ``given`` are, in the same way, those
    that were asked for and that another run would find again.
    """

    def __init__(self, known: Mapping[str, Any] | None = None) -> None:
        self._known = known
        self.given: dict[str, Any] = {}

    def to(self, question: tuple[Any, ...], find: Callable[[], Answer]) -> Answer:
        """The answer to a question, which must say all that the answer depends on."""
        name = None if self._known is None else _digest(question)
        if self._known is None or name is None:
            return find()
        answer = _decoded(self._known.get(name)) or find()
        value = _encoded(answer)
        returns = _decoded(json.loads(json.dumps(value))) == answer
        if returns and answer.finding.message != TOO_DEEP:
            self.given[name] = value
        return answer


def _digest(question: tuple[Any, ...]) -> str | None:
    try:
        text = described(question)
    except (Indescribable, RecursionError):
        return None
    return hashlib.sha256(text.encode()).hexdigest()


def _encoded(answer: Answer) -> dict[str, Any]:
    return {**asdict(answer), "finding": encoded(answer.finding)}


def _decoded(value: Any) -> Answer | None:
    try:
        boundaries = tuple(Boundary(**as_tuples(part)) for part in value["boundaries"])
        misstatements = as_tuples(value["misstatements"])
        return Answer(decoded(value["finding"]), boundaries, misstatements)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


LABELS = {
    "form": ("this form", "declared formula"),
    "curvature": ("parabola", "loss"),
    "same": ("this function", "the other one"),
    "symmetry": ("one order of the directions", "the other"),
}


def answer_to(
    answers: Answers, rule: str, claim: Claim, labels: tuple[str, str], *, suggests: bool
) -> Answer:
    """What comes of a claim, whatever else is claimed of its loss.

    ``labels`` say what the two numbers of a counterexample are; ``suggests`` asks for what was
    meant by a refuted formula.
    """
    bare = replace(claim, loss=claim.loss.bare)
    question = (rule, bare, labels, suggests)
    return answers.to(question, lambda: _answer(rule, bare, labels, suggests))


def _answer(rule: str, claim: Claim, labels: tuple[str, str], suggests: bool) -> Answer:
    verdict = check(as_checked(claim) if rule == claim.kind else claim)
    advice = "restate the formula in functions that the prover knows, or split it into cases"
    finding = finding_of(rule, verdict, labels, texts_of(verdict, advice))
    if isinstance(verdict, Refuted) and suggests:
        finding = replace(finding, suggestion=suggestion_of(claim))
    if not isinstance(verdict, Proved):
        return Answer(finding)
    return Answer(finding, verdict.boundaries, tuple(_misstated(rule, claim, verdict)))


def as_checked(claim: Claim) -> Claim:
    """The claim as it is checked: a slice has no second derivative where its gradient jumps.

    It may touch such a surface without crossing it, and then there is no second side to take a
    value from. A kink that chooses a Hessian all the same is held to it.
    """
    if claim.loss.kind == "elementwise" or claim.kind not in ("hessian", "hvp"):
        return claim
    jumps = [k for k in claim.loss.kinks if k.gradient is not None and k.hessian is None]
    return replace(claim, assuming=(*claim.assuming, *(Ne(kink.at, 0) for kink in jumps)))


def _misstated(rule: str, claim: Claim, verdict: Proved) -> Iterator[tuple[str, str]]:
    """Kinks that state another value than the formula has, where no boundary tells."""
    reached = {boundary.declared for boundary in verdict.boundaries}
    for kink in claim.loss.kinks:
        if kink.because not in reached and misstated(claim, kink, verdict):
            stated = text_line(sympify(getattr(kink, claim.kind)))
            yield (
                f"the kink at {text_line(kink.at)} = 0 states the {rule} {stated}, "
                f"which the formula does not have there",
                "make them agree",
            )


def texts_of(verdict: Verdict, advice: str) -> Texts:
    """What a finding says of a verdict on a formula."""
    return Texts(
        proved=verdict.scope if isinstance(verdict, Proved) else "",
        refuted=f"wrong {verdict.where}" if isinstance(verdict, Refuted) else "",
        help=advice,
    )


def finding_of(rule: str, verdict: Verdict, labels: tuple[str, str], texts: Texts) -> Finding:
    """A verdict as a finding; ``labels`` say what the two numbers of a counterexample are."""
    if isinstance(verdict, Proved):
        return Finding(
            "",
            "",
            rule,
            "proved",
            texts.proved,
            regions=len(verdict.regions),
            boundaries=len(verdict.boundaries),
            assuming=verdict.assuming,
            jumps=tuple(
                Jump(b.surface, b.facts, b.limits, b.written, b.declared)
                for b in verdict.boundaries
                if b.behaviour == "jumps"
            ),
        )
    if isinstance(verdict, Refuted):
        return Finding(
            "",
            "",
            rule,
            "refuted",
            texts.refuted,
            counterexample=_counterexample(verdict.witness, labels, texts.at_an_index),
            residual=verdict.residual,
            hint=verdict.hint,
        )
    assert isinstance(verdict, Unknown)
    return Finding(
        "", "", rule, "unknown", verdict.reason, residual=verdict.residual, hint=texts.help
    )


def suggestion_of(claim: Claim) -> Suggestion | None:
    """What may have been meant by a refuted formula."""
    found = suggest(claim)
    if found is None:
        return None
    before, after, formula = map(text_line, (found.before, found.after, found.formula))
    return Suggestion(found.mistake, before, after, formula)


def _counterexample(witness: Witness, labels: tuple[str, str], at_an_index: bool) -> Counterexample:
    inputs = [(name, f"[{', '.join(map(str, v))}]") for name, v in witness.inputs.items()]
    inputs += [(name, str(v)) for name, v in witness.parameters.items()]
    if at_an_index and witness.sizes["entries"] > 1:
        inputs.append(("index", str(witness.index)))
    return Counterexample(tuple(inputs), labels[0], witness.written, labels[1], witness.derived)
