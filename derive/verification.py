"""Runs every claim of every specification and states what came of it as findings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from sympy import Expr

from derive.answers import LABELS, Answer, Answers, answer_to
from derive.formulas import text_line
from derive.language import size
from derive.loss import Loss
from derive.property_findings import location, property_findings, published_property
from derive.prove.claim import Claim, couples, derive, symmetry
from derive.prove.continuity import discontinuity
from derive.prove.field import Contradictory, OutsideClass, Undefined
from derive.prove.region import NeedSign
from derive.prove.verdict import Boundary
from derive.registry import (
    Problem,
    PublishedSpec,
    Registry,
    Spec,
    equivalent,
    function,
    identifier,
    resolve,
)
from derive.report.finding import Finding, Location
from derive.same import Same
from derive.stable.forms import forms, single_forms
from derive.stable.norms import norms, scaled_norm
from derive.well_formed import SpecError


def verify_one(name: str, registry: Registry, answers: Answers | None = None) -> list[Finding]:
    """The findings for one loss or one published formula of the registry."""
    answers = answers or Answers()
    if name in registry.specs:
        spec = registry.specs[name]
        return verify_spec(spec, answers) + [
            _equivalent(spec, theirs, same, registry, answers)
            for theirs, same in spec.loss.equivalents.items()
        ]
    published = registry.published[name]
    if published.claim.claim is not None:
        return [published_property(published, registry, answers)]
    if published.claim.function:  # said for others to refer to
        return []
    return [_published(published, registry, answers)]


def verify_spec(spec: Spec, answers: Answers | None = None) -> list[Finding]:
    """The findings for one loss: its continuity, its derivatives, its kinks, its emitted forms."""
    answers = answers or Answers()
    jump = _discontinuity(spec)
    if jump:
        return [jump]
    findings: list[Finding] = []
    boundaries: list[tuple[str, Boundary]] = []
    misstatements: list[tuple[str, str]] = []
    for rule, keyword, claim in claims(spec):
        answer = checked(spec, rule, keyword, claim, answers)
        findings.append(answer.finding)
        boundaries += [(rule, boundary) for boundary in answer.boundaries]
        misstatements += answer.misstatements
    if all(finding.status == "proved" for finding in findings):
        wrong = [*misstatements, *_kinks(spec, boundaries)]
        findings += [_kink_finding(spec, text, hint) for text, hint in wrong]
    return findings + property_findings(spec, answers)


def _kinks(spec: Spec, boundaries: list[tuple[str, Boundary]]) -> Iterator[tuple[str, str]]:
    """What is wrong with the declared kinks, and what to do about it."""
    for rule, boundary in boundaries:
        limits = " to ".join(boundary.limits)
        if boundary.contradiction:
            yield (
                f"the kink at {boundary.surface} states the {rule} {boundary.contradiction}, "
                f"the formula has {boundary.written}",
                "make them agree",
            )
        elif boundary.behaviour == "jumps" and not boundary.declared:
            yield (
                f"the {rule} jumps at {boundary.surface} (from {limits}) and no kink says so",
                f'add kinks=[Kink(at=..., {rule}={boundary.written}, because="...")]',
            )
    reached = {boundary.declared for _, boundary in boundaries}
    for kink in spec.loss.kinks:
        if kink.because not in reached:
            yield (
                f"there is no boundary at {text_line(kink.at)} = 0",
                "remove the kink, or correct where it lies",
            )


def _kink_finding(spec: Spec, message: str, hint: str) -> Finding:
    place = location(spec.place("kinks"))
    claim = f"{spec.name}.kinks"
    return Finding(spec.name, claim, "spec", "invalid", message, location=place, hint=hint)


def claims(spec: Spec) -> Iterator[tuple[str, str, Claim]]:
    """Each claim of a specification with its rule and the keyword that states it."""
    loss = spec.loss
    for kind, formulas in (
        ("gradient", loss.gradients),
        ("hessian", loss.hessians),
        ("hvp", loss.hvps),
        ("curvature", loss.curvatures),
    ):
        for wrt, written in formulas.items():
            alone = len(formulas) == 1 and not (kind == "gradient" and loss.parameter_gradients)
            keyword = kind if alone else f"{kind}[{wrt.name}]"
            yield kind, keyword, Claim(loss, kind, wrt, written)  # type: ignore[arg-type]
    for wrt, written in loss.parameter_gradients.items():
        yield "gradient", f"gradient[{wrt.name}]", Claim(loss, "gradient", wrt, written)
    for wrt in loss.gradients:
        if couples(derive(loss, "hvp", wrt)):
            name = "symmetry" if len(loss.gradients) == 1 else f"symmetry[{wrt.name}]"
            yield "symmetry", name, symmetry(loss, wrt)
    yield from evaluated(loss)


def evaluated(loss: Loss) -> Iterator[tuple[str, str, Claim]]:
    """That the formulas which are evaluated equal the declared ones."""
    found = [*forms(loss), *single_forms(loss)]
    for form in found:
        if form.is_new:
            claim = Claim(loss, "form", form.wrt, form.claimed, reference=form.declared)
            yield "form", f"forms.{'single.' * form.single}{form.kind}", claim
    for vector in norms(form.claimed for form in found):
        written, declared, scale = scaled_norm(vector)
        claim = Claim(loss, "form", loss.inputs[0], written, reference=declared, free=(scale,))
        yield "form", f"forms.norm({text_line(vector)})", claim


def problem_finding(problem: Problem) -> Finding:
    """A specification that could not be used, as a finding."""
    return Finding(
        problem.name,
        problem.name,
        "spec",
        "invalid",
        problem.message,
        location=location(problem.place),
    )


def _discontinuity(spec: Spec) -> Finding | None:
    try:
        jump = discontinuity(spec.loss)
    except Contradictory as error:
        place, name = location(spec.place("assuming")), f"{spec.name}.assuming"
        return Finding(spec.name, name, "spec", "invalid", str(error), location=place)
    except (OutsideClass, Undefined, NeedSign) as error:
        place, name = location(spec.place("value")), f"{spec.name}.value"
        message = f"continuity was not shown: {error}"
        return Finding(spec.name, name, "continuity", "unknown", message, location=place)
    if jump is None:
        return None
    place = location(spec.place("value"))
    message = f"the value is discontinuous {jump}"
    hint = "a loss must be continuous: make the cases agree where they meet"
    return Finding(
        spec.name, f"{spec.name}.value", "spec", "invalid", message, location=place, hint=hint
    )


def checked(spec: Spec, rule: str, keyword: str, claim: Claim, answers: Answers) -> Answer:
    """What comes of a claim, as a finding at the place of the keyword that states it."""
    start = time.perf_counter()
    labels = LABELS.get(rule, ("hand-written", "derivative"))
    suggests = rule not in LABELS
    answer = answer_to(answers, rule, claim, labels, suggests=suggests)
    place = location(spec.place(keyword.split(".")[0]))
    return replace(
        answer, finding=_named(answer.finding, spec.name, f"{spec.name}.{keyword}", place, start)
    )


def _named(finding: Finding, loss: str, claim: str, place: Location, start: float) -> Finding:
    seconds = time.perf_counter() - start
    return replace(finding, loss=loss, claim=claim, location=place, seconds=seconds)


def _published(spec: PublishedSpec, registry: Registry, answers: Answers) -> Finding:
    start = time.perf_counter()
    claim, place = spec.claim, location(spec.place(spec.claim.kind))
    rule = f"published-{claim.kind}"
    name = f"{spec.name}.{claim.kind}"
    if claim.of not in registry.specs:
        message = f"there is no loss named {claim.of!r} among the loaded specifications"
        where = location(spec.place("of"))
        return Finding(spec.name, name, "spec", "invalid", message, location=where)
    loss = registry.specs[claim.of].loss
    try:
        claim = resolve(claim, loss)
    except SpecError as error:
        where = location(spec.place(error.field))
        return Finding(spec.name, name, "spec", "invalid", str(error), location=where)
    reference: Expr | None = None
    if claim.kind == "value":
        value = loss.value.xreplace(dict(claim.at))
        reference = value / size() if claim.mean_over_elements else value
    free = tuple(p for p in claim.parameters if p not in loss.parameters)
    question = Claim(loss, claim.kind, claim.wrt, claim.formula, claim.assuming, reference, free)
    labels = ("published", "derivative" if claim.kind != "value" else "our declaration")
    suggests = claim.expected != "refuted"
    finding = answer_to(answers, rule, question, labels, suggests=suggests).finding
    because = finding.message if finding.status != claim.expected else claim.because
    finding = replace(finding, expected=claim.expected, message=because)
    return _named(finding, spec.name, name, place, start)


def _equivalent(
    spec: Spec, theirs: str, same: Same, registry: Registry, answers: Answers
) -> Finding:
    """That a published formula is a multiple of a loss."""
    start = time.perf_counter()
    loss, place = spec.loss, location(spec.place(f"same_as[{theirs}]"))
    name = f"{spec.name}.same_as({theirs})"
    published = function(theirs, registry)
    if published is None:
        message = f"no published formula says what {theirs} computes"
        hint = f"declare {identifier(theirs)} = Published(function={theirs!r}, ...)"
        return Finding(spec.name, name, "spec", "invalid", message, location=place, hint=hint)
    try:
        formula = equivalent(published, loss, same)
    except SpecError as error:
        return Finding(spec.name, name, "spec", "invalid", str(error), location=place)
    reference = loss.value / size() if published.mean_over_elements else loss.value
    claim = Claim(loss, "form", loss.inputs[0], formula, same.facts, same.factor * reference)
    times = "" if same.factor == 1 else f"{text_line(same.factor)} times "
    labels = (theirs, f"{times}ours")
    finding = answer_to(answers, "equivalence", claim, labels, suggests=False).finding
    message = finding.message
    if finding.status == "proved":
        told = [f"{k} = {text_line(v)}" for k, v in same.parameters.items()]
        told += [text_line(fact) for fact in same.facts]
        message = f"{times}this{' with ' if told else ''}{', '.join(told)} ({published.source})"
    return _named(replace(finding, message=message), spec.name, name, place, start)
