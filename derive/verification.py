"""Runs every claim of every specification and states what came of it as findings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from sympy import Expr, Ne, sympify

from derive.formulas import text_line
from derive.language import Element, size
from derive.loss import Loss
from derive.property_findings import location, property_findings, published_property
from derive.prove.claim import Claim, couples, derive, symmetry
from derive.prove.continuity import discontinuity
from derive.prove.field import Contradictory, OutsideClass, Undefined
from derive.prove.prover import check
from derive.prove.region import NeedSign
from derive.prove.stated import misstated
from derive.prove.structure import structure_line, structures
from derive.prove.suggestion import suggest
from derive.prove.verdict import Boundary, Proved, Refuted, Unknown, Verdict, Witness
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
from derive.report.finding import Counterexample, Finding, Location, Suggestion
from derive.same import Same
from derive.second_order import derived, with_derived
from derive.stable import forms, norms, scaled_norm
from derive.well_formed import SpecError


def verify_one(name: str, registry: Registry) -> list[Finding]:
    """The findings for one loss or one published formula of the registry."""
    if name in registry.specs:
        spec = registry.specs[name]
        return verify_spec(spec) + [
            _equivalent(spec, theirs, same, registry)
            for theirs, same in spec.loss.equivalents.items()
        ]
    published = registry.published[name]
    if published.claim.claim is not None:
        return [published_property(published, registry)]
    if published.claim.function:  # said for others to refer to
        return []
    return [_published(published, registry)]


def verify_spec(spec: Spec) -> list[Finding]:
    """The findings for one loss: its continuity, its derivatives, its kinks, its emitted forms."""
    jump = _discontinuity(spec)
    if jump:
        return [jump]
    findings, boundaries, misstatements = [], [], []
    for rule, keyword, claim in claims(spec):
        finding, verdict = _checked(spec, rule, keyword, claim)
        findings.append(finding)
        if isinstance(verdict, Proved):
            boundaries += [(rule, boundary) for boundary in verdict.boundaries]
            misstatements += list(_misstated(spec, rule, claim, verdict))
    if all(finding.status == "proved" for finding in findings):
        wrong = [*misstatements, *_kinks(spec, boundaries)]
        findings += [_kink_finding(spec, text, hint) for text, hint in wrong]
        findings += [] if wrong else _derived(spec)
    return findings + property_findings(spec)


def _derived(spec: Spec) -> Iterator[Finding]:
    """The second derivatives that follow from what is stated, where they are proved.

    Nobody claims them: what is not proved is not offered.
    """
    stated = [(keyword, claim.written) for _, keyword, claim in _evaluated(spec.loss)]
    for part in derived(spec.loss):
        claim = Claim(spec.loss, part.kind, part.wrt, part.formula)
        questions: list[tuple[str, str, Claim]] = [(part.kind, part.keyword, claim)]
        for rule, keyword, form in _evaluated(with_derived(spec.loss, [part])):
            if (keyword, form.written) not in stated:
                questions.append((rule, keyword, form))
        found = [_checked(spec, *question)[0] for question in questions]
        if all(finding.status == "proved" for finding in found):
            yield from found


def _misstated(spec: Spec, rule: str, claim: Claim, verdict: Proved) -> Iterator[tuple[str, str]]:
    """Kinks that state another value than the formula has, where no boundary tells."""
    reached = {boundary.declared for boundary in verdict.boundaries}
    for kink in spec.loss.kinks:
        if kink.because not in reached and misstated(claim, kink, verdict):
            stated = text_line(sympify(getattr(kink, claim.kind)))
            yield (
                f"the kink at {text_line(kink.at)} = 0 states the {rule} {stated}, "
                f"which the formula does not have there",
                "make them agree",
            )


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
    yield from _evaluated(loss)


def _evaluated(loss: Loss) -> Iterator[tuple[str, str, Claim]]:
    """That the formulas which are evaluated equal the declared ones."""
    for form in forms(loss):
        if form.is_new:
            claim = Claim(
                loss,
                "form",
                form.wrt,
                form.formula,
                reference=form.declared,
                free=tuple(form.shifts),
            )
            yield "form", f"forms.{form.kind}", claim
    for vector in norms(loss):
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


_LABELS = {
    "form": ("this form", "declared formula"),
    "curvature": ("parabola", "loss"),
    "symmetry": ("one order of the directions", "the other"),
}


def _checked(spec: Spec, rule: str, keyword: str, claim: Claim) -> tuple[Finding, Verdict]:
    start = time.perf_counter()
    verdict = check(_question(claim))
    place = location(spec.place(keyword.split(".")[0]))
    labels = _LABELS.get(rule, ("hand-written", "derivative"))
    name = f"{spec.name}.{keyword}"
    finding = _finding(spec.name, name, rule, verdict, place, labels)
    if isinstance(verdict, Refuted) and rule not in ("form", "symmetry", "curvature"):
        finding = replace(finding, suggestion=_suggestion(claim))
    hessian = _hessian(claim) if rule == "gradient" else ()
    return replace(finding, hessian=hessian, seconds=time.perf_counter() - start), verdict


def _question(claim: Claim) -> Claim:
    """The claim as it is checked: a slice has no second derivative where its gradient jumps.

    It may touch such a surface without crossing it, and then there is no second side to take a
    value from. A kink that chooses a Hessian all the same is held to it.
    """
    if claim.loss.kind == "elementwise" or claim.kind not in ("hessian", "hvp"):
        return claim
    jumps = [k for k in claim.loss.kinks if k.gradient is not None and k.hessian is None]
    return replace(claim, assuming=(*claim.assuming, *(Ne(kink.at, 0) for kink in jumps)))


def _hessian(claim: Claim) -> tuple[str, ...]:
    """The structure of the derived Hessian; nothing where the prover does not reach."""
    if not isinstance(claim.wrt, Element):
        return ()
    try:
        return tuple(map(structure_line, structures(claim.loss, claim.wrt)))
    except (OutsideClass, Undefined):
        return ()


def _published(spec: PublishedSpec, registry: Registry) -> Finding:
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
        reference = loss.value / size() if claim.mean_over_elements else loss.value
    question = Claim(loss, claim.kind, claim.wrt, claim.formula, claim.assuming, reference)
    verdict = check(question)
    labels = ("published", "derivative" if claim.kind != "value" else "our declaration")
    finding = _finding(spec.name, name, rule, verdict, place, labels)
    if isinstance(verdict, Refuted) and claim.expected != "refuted":
        finding = replace(finding, suggestion=_suggestion(question))
    because = finding.message if finding.status != claim.expected else claim.because
    return replace(
        finding,
        expected=claim.expected,
        message=because,
        seconds=time.perf_counter() - start,
    )


def _equivalent(spec: Spec, theirs: str, same: Same, registry: Registry) -> Finding:
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
    verdict = check(claim)
    times = "" if same.factor == 1 else f"{text_line(same.factor)} times "
    finding = _finding(spec.name, name, "equivalence", verdict, place, (theirs, f"{times}ours"))
    message = finding.message
    if isinstance(verdict, Proved):
        told = [f"{k} = {text_line(v)}" for k, v in same.parameters.items()]
        told += [text_line(fact) for fact in same.facts]
        message = f"{times}this{' with ' if told else ''}{', '.join(told)} ({published.source})"
    return replace(finding, message=message, seconds=time.perf_counter() - start)


def _finding(
    loss: str, name: str, rule: str, verdict: Verdict, place: Location, labels: tuple[str, str]
) -> Finding:
    if isinstance(verdict, Proved):
        return Finding(
            loss,
            name,
            rule,
            "proved",
            verdict.scope,
            location=place,
            regions=len(verdict.regions),
            boundaries=len(verdict.boundaries),
            assuming=verdict.assuming,
        )
    if isinstance(verdict, Refuted):
        return Finding(
            loss,
            name,
            rule,
            "refuted",
            f"wrong {verdict.where}",
            location=place,
            counterexample=_counterexample(verdict.witness, labels),
            residual=verdict.residual,
            hint=verdict.hint,
        )
    assert isinstance(verdict, Unknown)
    hint = "restate the formula in functions that the prover knows, or split it into cases"
    return Finding(
        loss,
        name,
        rule,
        "unknown",
        verdict.reason,
        location=place,
        residual=verdict.residual,
        hint=hint,
    )


def _suggestion(claim: Claim) -> Suggestion | None:
    found = suggest(claim)
    if found is None:
        return None
    before, after, formula = map(text_line, (found.before, found.after, found.formula))
    return Suggestion(found.mistake, before, after, formula)


def _counterexample(witness: Witness, labels: tuple[str, str]) -> Counterexample:
    inputs = [(name, f"[{', '.join(map(str, v))}]") for name, v in witness.inputs.items()]
    inputs += [(name, str(v)) for name, v in witness.parameters.items()]
    if witness.sizes["entries"] > 1:
        inputs.append(("index", str(witness.index)))
    return Counterexample(tuple(inputs), labels[0], witness.written, labels[1], witness.derived)
