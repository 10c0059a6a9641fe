"""Turns a proved loss into the view from which its NumPy module is rendered."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from sympy import Expr, Interval, Symbol, oo, sympify
from sympy.sets import Set

from derive.emit.class_labels import LABELS, for_labels, names_at_label
from derive.emit.examples import examples
from derive.emit.numpy_code import statements
from derive.emit.view import FunctionView, ModuleView, ParameterView
from derive.formulas import abbreviate, unicode_line
from derive.language import Element, Parameter, direction
from derive.loss import Kink, Loss
from derive.record import SINGLE
from derive.registry import Spec
from derive.report.finding import Finding
from derive.second_order import derived, is_diagonal, with_derived
from derive.stable.differences import half_names
from derive.stable.forms import Form, Kind, by_rules, forms, single_forms
from derive.stable.softmax import part_names
from derive.well_formed import MODULE_NAMES

COMMAND = "lossproof codegen"
LONG = 60
IN_SINGLE = "_in_single"
_Quantity: TypeAlias = tuple[Kind, Symbol]
UNAVOIDABLE = 64  # ulps: more is measured where an exact derivative vanishes between two numbers


def module_view(spec: Spec, findings: Sequence[Finding], certificate: str = "") -> ModuleView:
    """The view of one loss; ``findings`` are the proofs of its claims.

    ``certificate`` is the file in which theorems for Coq say the same, if there is one.
    """
    proved = {finding.claim for finding in findings if finding.status == "proved"}
    parts = [part for part in derived(spec.loss) if f"{spec.name}.{part.keyword}" in proved]
    loss = with_derived(spec.loss, parts)
    spec = replace(spec, loss=loss)
    return ModuleView(
        name=spec.name,
        class_name=spec.name.title().replace("_", ""),
        summary=spec.doc.splitlines()[0] if spec.doc else spec.name,
        formulas=tuple(_formulas(spec)),
        conventions=tuple(map(_convention, loss.kinks)),
        proof=(*proof_lines(findings), *_certified(certificate)),
        accuracy=tuple(_measured(spec)),
        references=loss.references,
        same_as=tuple(same_as_lines(loss)),
        spec=spec.source,
        spec_hash=f"sha256:{spec.digest}",
        command=COMMAND,
        kind=loss.kind,
        inputs=tuple(e.name for e in loss.inputs),
        differentiable=tuple(x.name for x in _gradients(loss)),
        hessian_of=tuple(e.name for e in loss.gradients if e in loss.hessians),
        hvp_of=tuple(e.name for e in loss.gradients if e in loss.hvps),
        parameters=tuple(map(_parameter, loss.parameters)),
        reductions=loss.reductions,
        labels=loss.labels,
        square=loss.square,
        functions=tuple(_functions(spec)),
        examples=examples(spec.name, loss),
    )


def _measured(spec: Spec) -> list[str]:
    """How far the formulas evaluated are from exact, as a search has measured it."""
    errors = [
        f"{key}: {entry['ulp']:.2g} ulp, {entry['bits_lost']:.2g} bits in the mean"
        for key, entry in spec.record.items()
        if isinstance(entry, Mapping) and key != SINGLE
        if entry["ulp"] < UNAVOIDABLE and not entry["failures"]
    ]
    return [*errors, f"measured at worst in {spec.record['measured']}"] if errors else []


def _convention(kink: Kink) -> str:
    """What is chosen on a surface where a derivative jumps, and why."""
    chosen = [
        f"{kind} {unicode_line(sympify(value))}"
        for kind, value in (("gradient", kink.gradient), ("hessian", kink.hessian))
        if value is not None
    ]
    values = f", {', '.join(chosen)}" if chosen else ""
    return f"where {unicode_line(kink.at)} = 0{values}: {kink.because}"


def proof_lines(findings: Sequence[Finding]) -> tuple[str, ...]:
    """What is proved of a loss: a line for each scope, with all that is assumed for any of it."""
    groups: dict[tuple[str, bool], list[Finding]] = {}
    for finding in findings:
        if finding.rule not in ("form", "equivalence"):
            groups.setdefault((finding.message, bool(finding.assuming)), []).append(finding)
    texts = []
    for (scope, _), group in groups.items():
        names = ", ".join(finding.claim.split(".", 1)[1] for finding in group)
        facts = dict.fromkeys(fact for finding in group for fact in finding.assuming)
        texts.append(f"{names}: {scope}{', assuming ' if facts else ''}{' and '.join(facts)}")
    if any(finding.rule == "form" for finding in findings):
        texts.append("the formulas evaluated below: equal to the declared ones everywhere")
    return tuple(texts)


def _certified(certificate: str) -> list[str]:
    return [f"the derivatives that are declared: by Coq, too, in {certificate}"] * bool(certificate)


def _gradients(loss: Loss) -> dict[Symbol, Expr]:
    """The gradients in inputs, then those in parameters."""
    found: dict[Symbol, Expr] = {}
    found.update(loss.gradients)
    found.update(loss.parameter_gradients)
    return found


def _formulas(spec: Spec) -> list[tuple[str, str]]:
    """The declared formulas; where one would be long, in terms of the parts that the spec names."""
    entries: list[tuple[str, Expr]] = [("value", spec.loss.value)]
    products = {x: e for x, e in spec.loss.hvps.items() if not is_diagonal(spec.loss, x)}
    for kind, formulas in (
        ("gradient", _gradients(spec.loss)),
        ("hessian", spec.loss.hessians),
        ("Hessian-vector product", products),
    ):
        for wrt, formula in formulas.items():
            title = kind if len(formulas) == 1 else f"{kind} in {wrt.name}"
            entries.append((title, formula))
    names = {e: name for name, e in spec.names.items() if not e.is_Atom}
    found, pending = [], []
    for title, formula in entries:
        text = unicode_line(formula)
        if len(text) > LONG:
            short, used = abbreviate(formula, names)
            text = unicode_line(short)
            pending += list(used.items())
        found.append((title, _wrapped(text)))
    defined: dict[str, str] = {}
    while pending:
        name, part = pending.pop(0)
        if name not in defined:
            short, used = abbreviate(part, names)
            defined[name] = _wrapped(f"{name} = {unicode_line(short)}")
            pending += list(used.items())
    return [*found, ("where", "\n".join(defined.values()))] if defined else found


def _wrapped(text: str, width: int = 84) -> str:
    """Break a formula after blanks and products, where a line would be too long."""
    lines = [""]
    for token in re.findall(r"[^ ·]*[ ·]|[^ ·]+", text):
        if len(lines[-1]) + len(token) > width:
            lines.append("")
        lines[-1] += token
    return "\n".join(line.rstrip() for line in lines)


def same_as_lines(loss: Loss) -> list[str]:
    """The functions of other libraries that compute a multiple of a loss, one line for each."""
    lines = []
    for name, same in loss.equivalents.items():
        told = [f"{theirs} = {unicode_line(ours)}" for theirs, ours in same.parameters.items()]
        told += [unicode_line(fact) for fact in same.facts]
        given = f" ({', '.join(told)})" if told else ""
        times = "" if same.factor == 1 else f", which is {unicode_line(same.factor)} times this"
        lines.append(f"{name}{given}{times}")
    return lines


def _parameter(parameter: Parameter) -> ParameterView:
    domain: Set = parameter.domain
    interval = domain if isinstance(domain, Interval) else Interval(domain.inf, domain.sup)
    return ParameterView(
        parameter.name,
        repr(float(parameter.default)),
        _bound(interval.start),
        _bound(interval.end),
        bool(interval.left_open or interval.start == -oo),
        bool(interval.right_open or interval.end == oo),
        parameter.doc[:1].upper() + parameter.doc[1:] + ("." if parameter.doc else ""),
    )


def _bound(number: Expr) -> str:
    return {oo: "inf", -oo: "-inf"}.get(number) or repr(float(number))


def _functions(spec: Spec) -> list[FunctionView]:
    loss = spec.loss
    by_kind: dict[_Quantity, Form] = {(f.kind, f.wrt): f for f in forms(loss)}
    single: dict[_Quantity, Form] = {(f.kind, f.wrt): f for f in single_forms(loss)}
    first = next(iter(loss.gradients))
    value: _Quantity = "value", loss.inputs[0]
    functions: list[FunctionView] = []

    def add(name: str, of: Sequence[_Quantity], wrt: Symbol) -> None:
        functions.extend(_function(spec, name, [by_kind[kind] for kind in of], wrt))
        if single.keys() & of:
            quicker = [single.get(kind, by_kind[kind]) for kind in of]
            functions.extend(_function(spec, f"{name}{IN_SINGLE}", quicker, wrt))

    add("_value", [value], first)
    for kind, wrt in by_kind:
        suffix = "" if wrt == first else f"_{wrt.name}"
        if kind == "value":
            continue
        if kind == "hvp" and is_diagonal(loss, wrt) and wrt in loss.hessians:
            functions.append(_diagonal_product(loss, wrt, suffix))
            continue
        add(f"_{kind}{suffix}", [(kind, wrt)], wrt)
        if kind == "gradient" and wrt == first:
            add("_value_and_gradient", [value, (kind, wrt)], wrt)
    return list({function.name: function for function in functions}.values())


_DOCS = {
    "_value": "Return the loss of each {place}.",
    "_gradient": "Return the derivative in {wrt}.",
    "_value_and_gradient": "Return the loss and its derivative in {wrt}, which share their parts.",
    "_hessian": "Return the second derivative in {wrt}.",
    "_hvp": "Return the Hessian in {wrt} times a direction.",
}


def _diagonal_product(loss: Loss, wrt: Element, suffix: str) -> FunctionView:
    """The product with a Hessian that has nothing off its diagonal."""
    arguments = [x.name for x in loss.inputs] + [p.name for p in loss.parameters]
    return FunctionView(
        f"_hvp{suffix}",
        (*arguments, direction.name),
        _DOCS["_hvp"].format(wrt=wrt.name),
        (),
        f"_hessian{suffix}({', '.join(arguments)}) * {direction.name}",
    )


def names_of_parts(spec: Spec, formulas: Sequence[Expr]) -> dict[Expr, str]:
    """The names that parts of formulas get: those of the spec, and of parts that rules brought."""
    names = {part: label for formula in formulas for part, label in part_names(formula).items()}
    stated = {
        expression: label
        for label, expression in spec.names.items()
        if label.isidentifier() and not keyword.iskeyword(label) and not expression.is_Atom
    }
    names |= half_names(formulas, stated)
    return names | {by_rules(expression): label for expression, label in stated.items()}


def _function(spec: Spec, name: str, results: list[Form], wrt: Symbol) -> list[FunctionView]:
    loss = spec.loss
    arguments = [e.name for e in loss.inputs] + [p.name for p in loss.parameters]
    if name.startswith("_hvp"):
        arguments.append(direction.name)
    formulas = [form.formula for form in results]
    names = names_of_parts(spec, formulas)
    like = wrt if isinstance(wrt, Element) else loss.inputs[0]
    stem = max((stem for stem in _DOCS if name.startswith(stem)), key=len)
    place = "slice" if loss.kind == "slices" else "element"
    doc = _DOCS[stem].format(place=place, wrt=wrt.name)
    if name.endswith(IN_SINGLE):
        doc = f"{doc[:-1].removesuffix(', which share their parts')}, to be rounded to less."

    def written(name: str, formulas: Sequence[Expr], doc: str) -> FunctionView:
        code = statements(formulas, names, like, {*arguments, *MODULE_NAMES, spec.name})
        return FunctionView(name, tuple(arguments), doc, code.lines, code.result)

    found = [written(name, formulas, doc)]
    target = loss.inputs[-1]
    special = [for_labels(formula, target) for formula in formulas]
    if not loss.labels or wrt == target or None in special:
        return found
    arguments[loss.inputs.index(target)] = LABELS
    names = names_at_label(names, target)
    return [*found, written(f"{name}_at_labels", special, f"{doc[:-1]}, for class labels.")]
