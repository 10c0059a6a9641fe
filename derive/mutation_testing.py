"""How good a proof is, by what it refutes: mutation testing of specifications.

Each hand-written formula is changed in one part, as somebody might get it wrong, and examined as
if it had been written so. What is refuted, a second evaluator must confirm; what is proved must
agree with difference quotients of the loss at many points, and is explained; the rest is a defect.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from sympy import Expr, sympify

from derive import numeric
from derive.answers import as_checked
from derive.formulas import text_line
from derive.language import Parameter
from derive.loss import Kink, Loss
from derive.mutation import Edit, mutants
from derive.prove.balls import Point
from derive.prove.claim import Claim, Kind
from derive.prove.points import domain_of, points
from derive.prove.prover import check
from derive.prove.stated import misstated
from derive.prove.suggestion import vocabulary
from derive.prove.verdict import Proved, Refuted, Unknown, Witness
from derive.registry import Spec

POINTS = 40
Status = Literal["refuted", "equivalent", "unknown", "error"]


@dataclass(frozen=True)
class Mutant:
    """What became of one changed formula, and why; ``error`` is a failure of the prover."""

    loss: str
    claim: str
    operator: str
    before: str
    after: str
    status: Status
    reason: str


@dataclass(frozen=True)
class Subject:
    """A hand-written formula to be changed: a derivative, or the value that a kink states."""

    name: str
    claim: Claim
    kink: Kink | None = None

    @property
    def formula(self) -> Expr:
        """What is written."""
        if self.kink is None:
            return self.claim.written
        return sympify(getattr(self.kink, self.claim.kind))

    def mutants(self, limit: int | None = None) -> list[tuple[Edit, Expr]]:
        """The changes of the formula, at most ``limit`` of them, evenly spread."""
        return list(mutants(self.formula, vocabulary(self.claim), limit))


def subjects(spec: Spec) -> Iterator[Subject]:
    """Every hand-written derivative and every stated value of a kink."""
    loss = spec.loss
    kinds: tuple[Kind, ...] = ("gradient", "hessian", "hvp")
    for kind in kinds:
        formulas: dict[Any, Expr] = {**getattr(loss, f"{kind}s")}
        if kind == "gradient":
            formulas.update(loss.parameter_gradients)
        for wrt, written in formulas.items():
            name = kind if len(formulas) == 1 else f"{kind}[{wrt.name}]"
            yield Subject(name, as_checked(Claim(loss, kind, wrt, written)))
    for kink in loss.kinks:
        for kind in kinds[:2]:
            if getattr(kink, kind) is not None:
                formulas = getattr(loss, f"{kind}s")
                for wrt, written in formulas.items():
                    name = f"kink.{kind}" if len(formulas) == 1 else f"kink.{kind}[{wrt.name}]"
                    yield Subject(name, Claim(loss, kind, wrt, written), kink)


def examine(spec: Spec, subject: Subject, edit: Edit, formula: Expr) -> Mutant:
    """The verdict on one changed formula, confirmed."""
    status: Status
    try:
        status, reason = _outcome(subject, formula)
    except Exception as error:  # whatever it is, it is the prover's, and to be reported
        status, reason = "error", f"{type(error).__name__}: {error}"
    before, after = text_line(edit.before), text_line(edit.after)
    return Mutant(spec.name, subject.name, edit.operator, before, after, status, reason)


def _outcome(subject: Subject, formula: Expr) -> tuple[Status, str]:
    if subject.kink is not None:
        return _stated(subject, subject.kink, formula)
    claim = replace(subject.claim, written=formula)
    verdict = check(claim)
    if isinstance(verdict, Refuted):
        problem = _contradiction(claim, verdict.witness)
        return ("error", problem) if problem else ("refuted", verdict.where)
    if isinstance(verdict, Unknown):
        return "unknown", verdict.reason
    problem = _disagreement(claim, verdict)
    return ("error", problem) if problem else ("equivalent", _why(subject.claim, formula, verdict))


# Confirmation ----------------------------------------------------------------------------------


def _contradiction(claim: Claim, witness: Witness) -> str:
    """What is wrong with a witness, if anything is."""
    entries = witness.sizes["entries"]
    at = numeric.place(
        (witness.sizes["slices"], entries),
        witness.inputs,
        witness.parameters,
        (witness.index // entries, witness.index % entries),
    )
    try:
        limits = numeric.between(claim.loss.value, claim.wrt, _quantity(claim), at)
    except numeric.NotReal:
        return "at the counterexample the loss is not real"
    try:
        written = numeric.value(claim.written, at)
    except numeric.NotReal:
        return ""
    if numeric.lies_within(written, limits):
        return "difference quotients of the loss do not confirm the counterexample"
    return ""


def _disagreement(claim: Claim, verdict: Proved) -> str:
    """A point at which a proved formula is not the derivative, if there is one."""
    compared = 0
    for at in _places(claim.loss, claim.written):
        try:
            limits = numeric.between(claim.loss.value, claim.wrt, _quantity(claim), at)
        except numeric.NotReal:
            continue
        try:
            written = numeric.value(claim.written, at)
        except numeric.NotReal:
            if verdict.assuming:
                continue
            return f"the formula was proved and is not real at {at}"
        if not numeric.lies_within(written, limits):
            return f"the formula was proved and differs from difference quotients at {at}"
        compared += 1
    return "" if compared else "there was no point to compare a proved formula at"


def _places(loss: Loss, *formulas: Expr) -> Iterator[numeric.Place]:
    domain = domain_of(loss, *formulas)
    for shape in domain.shapes():
        for point in points(domain, shape, POINTS):
            for index in point.indices():
                yield _place(point, index)


def _place(point: Point, index: tuple[int, int]) -> numeric.Place:
    shape = (point.slices, point.entries)
    return numeric.place(shape, point.tensors, point.parameters, index)


def _quantity(claim: Claim) -> numeric.Quantity:
    assert claim.kind in ("gradient", "hessian", "hvp")
    return claim.kind


# Stated values of kinks ------------------------------------------------------------------------


def _stated(subject: Subject, kink: Kink, formula: Expr) -> tuple[Status, str]:
    changed = replace(kink, **{subject.claim.kind: formula})
    kinks = tuple(changed if k == kink else k for k in subject.claim.loss.kinks)
    claim = replace(subject.claim, loss=replace(subject.claim.loss, kinks=kinks))
    verdict = check(claim)
    if isinstance(verdict, Unknown):
        return "unknown", verdict.reason
    if isinstance(verdict, Refuted):
        return "error", "the formula itself is refuted"
    contradicted = bool(misstated(claim, changed, verdict))
    apart = _apart_on(kink, subject.claim.loss, subject.formula, formula)
    if contradicted and apart:
        return "refuted", f"at the boundary {text_line(kink.at)} = 0"
    if contradicted or apart:
        return "error", f"the kink is judged {'right' if apart else 'wrong'}, numbers say otherwise"
    return "equivalent", "equal wherever the kink lies"


def _apart_on(kink: Kink, loss: Loss, one: Expr, other: Expr) -> bool:
    """Whether two values differ at some point of a kink."""
    for at in _places(loss, one, other, kink.at):
        try:
            if numeric.value(kink.at, at) == 0:
                limits = (numeric.value(one, at),) * 2
                if not numeric.lies_within(numeric.value(other, at), limits):
                    return True
        except numeric.NotReal:
            continue
    return False


# Why a changed formula is right ----------------------------------------------------------------


def _why(claim: Claim, formula: Expr, verdict: Proved) -> str:
    original = check(claim)
    known = original.assuming if isinstance(original, Proved) else ()
    new = [condition for condition in verdict.assuming if condition not in known]
    if new:
        return f"equal where it is defined: {', '.join(new)}"
    same = Claim(claim.loss, "form", claim.wrt, formula, reference=claim.written)
    if not isinstance(check(same), Proved):
        return "differs only where the choice at a kink is free"
    if _is_identity(claim.loss, formula, claim.written):
        return "equal in exact arithmetic"
    return "equal under the declared domain"


def _is_identity(loss: Loss, one: Expr, other: Expr) -> bool:
    """Whether two formulas agree for all real numbers, whatever the domain that is declared."""
    free: dict[Any, Parameter] = {p: Parameter(p.name, default=p.default) for p in loss.parameters}
    anywhere = Loss(
        value=loss.value.xreplace(free),
        gradient=0,
        inputs=loss.inputs,
        parameters=tuple(free.values()),
    )
    left, right = one.xreplace(free), other.xreplace(free)
    verdict = check(Claim(anywhere, "form", loss.inputs[0], left, reference=right))
    return isinstance(verdict, Proved) and not verdict.assuming
