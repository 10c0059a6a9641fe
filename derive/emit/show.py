"""Prints one loss for a terminal: definition, derivatives, regions, boundaries, side conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sympy import Expr, Symbol

from derive.emit.modules import same_as_lines
from derive.formulas import latex, unicode_line
from derive.language import Element
from derive.loss import Loss
from derive.property_findings import property_findings
from derive.prove.branches import Branch, derivation
from derive.prove.claim import Claim, Kind
from derive.prove.field import OutsideClass, Undefined
from derive.prove.prover import check
from derive.prove.structure import structure_line, structures
from derive.prove.verdict import Proved, Refuted, Verdict
from derive.registry import Spec
from derive.report.finding import Finding


def show(spec: Spec, *, in_latex: bool) -> str:
    """The text about a loss."""
    loss = spec.loss
    lines = [f"{spec.name}: {spec.doc.splitlines()[0] if spec.doc else ''}", ""]
    lines += [_line("value", _text(spec, loss.value, in_latex))]
    for parameter in loss.parameters:
        text = f"{parameter.name} = {parameter.default} in {parameter.domain}"
        lines.append(_line("parameter", text))
    for element, domain in loss.domains.items():
        lines.append(_line("domain", f"{element.name} in {domain}"))
    kinds: list[tuple[Kind, Mapping[Element, Expr]]] = [
        ("gradient", loss.gradients),
        ("hessian", loss.hessians),
        ("hvp", loss.hvps),
        ("curvature", loss.curvatures),
    ]
    for kind, formulas in kinds:
        for wrt, written in formulas.items():
            title = kind if len(formulas) == 1 else f"{kind} in {wrt}"
            lines += ["", title, *_derivative(spec, kind, wrt, written, in_latex)]
    for parameter, written in loss.parameter_gradients.items():
        title = f"gradient in {parameter}"
        lines += ["", title, *_derivative(spec, "gradient", parameter, written, in_latex)]
    for wrt in loss.gradients:
        title = "second order" if len(loss.gradients) == 1 else f"second order in {wrt}"
        lines += ["", title, *_second_order(spec, wrt, in_latex)]
    for finding in property_findings(spec):
        name = finding.claim.split(".", 1)[1]
        lines += [f"{finding.status:<11} {name}", *_counterexample(finding)]
    lines += [""] if loss.same_as else []
    lines += [_line("same as", line) for line in same_as_lines(loss)]
    return "\n".join(lines) + "\n"


def _counterexample(finding: Finding) -> list[str]:
    example = finding.counterexample
    if example is None:
        return []
    inputs = ", ".join(f"{name} = {value}" for name, value in example.inputs)
    values = f"{example.written_label} {example.written}, {example.derived_label} {example.derived}"
    return [_line("", f"at {inputs}"), _line("", values)]


def _derivative(
    spec: Spec, kind: Kind, wrt: Symbol, written: Expr, in_latex: bool
) -> Iterator[str]:
    yield _line("  by hand", _text(spec, written, in_latex))
    if kind != "curvature":
        yield from _derived(spec, kind, wrt, in_latex)
    for line in _verdict(check(Claim(spec.loss, kind, wrt, written))):
        yield f"  {line}"


def _derived(spec: Spec, kind: Kind, wrt: Symbol, in_latex: bool) -> Iterator[str]:
    for branch in _derivation(spec.loss, kind, wrt):
        yield _line("  derived", _text(spec, branch.derived, in_latex))
        if branch.where:
            facts = [_text(spec, fact, in_latex) for fact in branch.where]
            yield _line("", f"where {' and '.join(facts)}")


def _second_order(spec: Spec, wrt: Element, in_latex: bool) -> Iterator[str]:
    """What follows for the Hessian, whether or not anything is written by hand."""
    if wrt not in spec.loss.hessians:
        yield "  diagonal"
        yield from _derived(spec, "hessian", wrt, in_latex)
    try:
        found = structures(spec.loss, wrt)
    except (OutsideClass, Undefined) as problem:
        yield _line("  structure", f"unknown: {problem}")
        return
    for structure in found:
        yield _line("  structure", structure_line(structure))


def _derivation(loss: Loss, kind: Kind, wrt: Symbol) -> list[Branch]:
    try:
        return derivation(loss, kind, wrt)
    except (OutsideClass, Undefined):
        return []


def _text(spec: Spec, expression: Expr, in_latex: bool) -> str:
    if in_latex:
        return latex(expression, spec.loss.kind == "slices")
    return unicode_line(expression)


def _line(label: str, text: str) -> str:
    return f"{label:<11} {text}"


def _verdict(verdict: Verdict) -> list[str]:
    if isinstance(verdict, Proved):
        lines = [f"proved      {verdict.scope}"]
        for region in verdict.regions:
            facts = " and ".join(region.facts) or "everywhere"
            sample = f"   such as {region.sample}" if region.sample else ""
            lines.append(f"region      {facts}{sample}")
        for boundary in verdict.boundaries:
            facts = f" with {' and '.join(boundary.facts)}" if boundary.facts else ""
            limits = f"{boundary.behaviour}: {' | '.join(boundary.limits)}"
            chosen = f"chosen {boundary.written}"
            reason = f" ({boundary.declared})" if boundary.declared else ""
            lines.append(f"boundary    {boundary.surface}{facts}: {limits}; {chosen}{reason}")
        return lines + [f"assuming    {condition}" for condition in verdict.assuming]
    if isinstance(verdict, Refuted):
        witness = verdict.witness
        inputs = ", ".join(f"{k} = {list(v)}" for k, v in witness.inputs.items())
        return [
            f"refuted     {verdict.where}: at {inputs}",
            f"            by hand {witness.written}, derived {witness.derived}",
            f"residual    {verdict.residual}",
        ]
    return [f"unknown     {verdict.reason}", f"residual    {verdict.residual}"]
