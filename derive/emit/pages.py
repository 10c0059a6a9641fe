"""Renders one Markdown page for each loss, and their index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sympy
from sympy import Expr, Piecewise

from derive import __version__
from derive.emit.measured import NOTHING, Measured
from derive.emit.modules import module_view, proof_lines
from derive.emit.plots import plot
from derive.emit.steps import steps
from derive.emit.templates import environment
from derive.emit.view import ModuleView
from derive.formulas import abbreviate, latex
from derive.language import Element, Parameter, axes_of
from derive.loss import Loss
from derive.property_findings import property_text
from derive.prove.branches import derivation
from derive.prove.claim import Kind, couples, derive
from derive.prove.structure import Structure, structures
from derive.registry import PublishedSpec, Registry, Spec
from derive.report.finding import Counterexample, Finding

LONG = 160
VECTORS = "uvw"


@dataclass(frozen=True)
class Formula:
    """A titled formula in LaTeX, with the parts that it abbreviates."""

    title: str
    text: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Derived:
    """A derived formula, region by region."""

    title: str
    branches: tuple[tuple[str, str, str], ...]  # where, derived, written by hand


@dataclass(frozen=True)
class SecondOrder:
    """What follows for the Hessian in one input: derived formulas, and the structure if coupled."""

    diagonal: Derived
    product: Derived | None
    structures: tuple[tuple[str, str, tuple[str, ...]], ...]  # kind, where, formulas


@dataclass(frozen=True)
class BoundaryView:
    """One declared kink: where, what was chosen, why."""

    where: str
    choices: tuple[str, ...]
    because: str


@dataclass(frozen=True)
class ParameterRow:
    """One parameter in the table of a page."""

    symbol: str
    name: str
    default: str
    domain: str
    doc: str


@dataclass(frozen=True)
class PublishedRow:
    """A published formula about a loss and what came of it."""

    name: str
    kind: str
    formula: str
    verdict: str
    because: str
    source: str
    witness: str
    example: Counterexample | None


def render_pages(
    registry: Registry,
    findings: Sequence[Finding],
    certified: Mapping[str, str] = MappingProxyType({}),
    measured: Measured = NOTHING,
) -> dict[str, str]:
    """The text of each page, by its name relative to the documentation folder.

    What a certificate for Coq states of losses that are ``certified`` is shown, as is what was
    ``measured`` of them.
    """
    templates = environment("docs")
    page = templates.get_template("loss.md.jinja")
    files, views = {}, []
    for spec in registry.specs.values():
        own = [f for f in findings if f.loss == spec.name]
        view = module_view(spec, own)
        views.append((spec, view, own))
        picture, caption = plot(spec)
        files[f"losses/plots/{spec.name}.svg"] = picture
        parts = _page(spec, view, own, registry, findings)
        files[f"losses/{spec.name}.md"] = page.render(
            **parts,
            caption=caption,
            certificate=certified.get(spec.name, ""),
            measured=measured,
        )
    index = templates.get_template("index.md.jinja")
    files["losses/index.md"] = index.render(views=views, table=loss_table(findings))
    return dict(sorted(files.items()))


def loss_table(findings: Sequence[Finding], link: str = "") -> str:
    """The table of losses with their verdicts, in Markdown."""
    rows = [
        "| loss | verdict | claims | properties | equivalents | regions | boundaries | assuming |",
        "|---|---|---|---:|---:|---:|---:|---|",
    ]
    ours = [f for f in findings if not f.rule.startswith("published")]
    for name in sorted({finding.loss for finding in ours}):
        own = [finding for finding in ours if finding.loss == name]
        rules = Counter(f.rule for f in own)
        apart = ("form", "property", "equivalence")
        claims = [f.claim.split(".", 1)[1] for f in own if f.rule not in apart]
        counts = (rules["property"], rules["equivalence"])
        assuming = "; ".join(dict.fromkeys(text for f in own for text in f.assuming)) or "—"
        regions, boundaries = (max(getattr(f, k) for f in own) for k in ("regions", "boundaries"))
        title = f"[`{name}`]({link}{name}.md)"
        verdict = ", ".join(dict.fromkeys(f.status for f in own))
        cells = (title, verdict, ", ".join(claims), *counts, regions, boundaries, assuming)
        rows.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(row.replace("|Σ", "\\|Σ") for row in rows) + "\n"


def _page(
    spec: Spec,
    view: ModuleView,
    own: Sequence[Finding],
    registry: Registry,
    findings: Sequence[Finding],
) -> dict[str, Any]:
    loss = spec.loss
    return {
        "spec": spec,
        "version": __version__,
        "view": view,
        "title": spec.name.replace("_", " "),
        "body": "\n".join(spec.doc.splitlines()[1:]).strip(),
        "value": _formula(spec, "value", loss.value),
        "written": [
            _formula(spec, _title(loss, kind, wrt), formula)
            for kind, formulas in _derivatives(loss)
            for wrt, formula in formulas.items()
        ],
        "derived": [
            _branches(spec, "gradient", wrt, written)
            for wrt, written in (*loss.gradients.items(), *loss.parameter_gradients.items())
        ],
        "steps": list(steps(loss, next(iter(loss.gradients)))),
        "second_order": [_second_order(spec, wrt) for wrt in loss.gradients],
        "kinks": [_kink(spec, kink) for kink in loss.kinks],
        "parameters": [_parameter_row(parameter) for parameter in loss.parameters],
        "domains": {e.name: _set(d) for e, d in loss.domains.items()},
        "proof": proof_lines([f for f in own if f.rule != "property"]),
        "properties": [f for f in own if f.rule == "property"],
        "equivalents": [f for f in own if f.rule == "equivalence"],
        "published": [
            row for p, row in published_rows(registry, findings) if p.claim.of == spec.name
        ],
    }


def _derivatives(loss: Loss) -> list[tuple[str, Mapping[Any, Expr]]]:
    return [
        ("gradient", {**loss.gradients, **loss.parameter_gradients}),
        ("hessian", loss.hessians),
        ("hvp", loss.hvps),
        ("curvature", loss.curvatures),
    ]


_TITLES = {
    "hessian": "Diagonal of the Hessian",
    "hvp": "Hessian-vector product",
    "curvature": "Curvature of a parabola that touches the loss and lies above it",
}


def _title(loss: Loss, kind: str, wrt: Any) -> str:
    title = _TITLES.get(kind, kind.capitalize())
    several = len(loss.gradients) + len(loss.parameter_gradients) > 1
    return f"{title} in `{wrt}`" if several else title


def _branches(spec: Spec, kind: Kind, wrt: Any, written: Expr | None = None) -> Derived:
    slices = spec.loss.kind == "slices"
    found = derivation(spec.loss, kind, wrt, written)
    return Derived(
        _title(spec.loss, kind, wrt),
        tuple(
            (
                _where(branch.where, slices),
                latex(branch.derived, slices),
                _by_hand(branch.written, slices),
            )
            for branch in found
        ),
    )


def _by_hand(written: Expr | None, slices: bool) -> str:
    """The formula written by hand where it is short, and without cases that are left."""
    if written is None or written.atoms(Piecewise):
        return ""
    text = latex(written, slices)
    return text if len(text) <= LONG else ""


def _where(facts: Sequence[Any], slices: bool) -> str:
    return r",\quad ".join(latex(fact, slices) for fact in facts)


def _second_order(spec: Spec, wrt: Element) -> SecondOrder:
    diagonal = _branches(spec, "hessian", wrt, spec.loss.hessians.get(wrt))
    if not couples(derive(spec.loss, "hvp", wrt)):
        return SecondOrder(diagonal, None, ())
    found = tuple(
        (structure.kind, _where(structure.where, True), _structure(structure))
        for structure in structures(spec.loss, wrt)
        if structure.vectors
    )
    return SecondOrder(diagonal, _branches(spec, "hvp", wrt, spec.loss.hvps.get(wrt)), found)


def _structure(structure: Structure) -> tuple[str, ...]:
    """The Hessian by its vectors, called u, v, ..., and what these are at element k."""
    letters = [rf"u^{{({i})}}" for i in range(1, len(structure.vectors) + 1)]
    letters = list(VECTORS) if len(letters) <= len(VECTORS) else letters
    bold = [rf"\mathbf{{{letter}}}" for letter in letters]
    terms = [] if structure.diagonal == 0 else [r"\operatorname{diag}(\mathbf{a})"]
    for i, j, coefficient in structure.outer_products:
        pairs = sorted({(i, j), (j, i)})
        outer = " + ".join(rf"{bold[p]} {bold[q]}^\top" for p, q in pairs)
        outer = outer if i == j else rf"\left({outer}\right)"
        terms.append(rf"\left({latex(coefficient, True)}\right) {outer}")
    parts = [] if structure.diagonal == 0 else [("a", structure.diagonal)]
    parts += zip(letters, structure.vectors, strict=False)
    return (
        "H = " + " + ".join(terms),
        *(f"{letter}_k = {latex(part, True)}" for letter, part in parts),
    )


def _formula(spec: Spec, title: str, expression: Expr) -> Formula:
    slices = spec.loss.kind == "slices"
    text = latex(expression, slices)
    if len(text) <= LONG:
        return Formula(title, text)
    names = {e: name for name, e in spec.names.items() if not e.is_Atom and name != spec.name}
    short, used = abbreviate(expression, names)
    parts, pending, done = [], list(used.items()), set()
    while pending:
        name, part = pending.pop(0)
        if name in done:
            continue
        done.add(name)
        inner, more = abbreviate(part, names)
        symbol = Element(name, tuple(sorted(axes_of(part))))
        parts.append(f"{latex(symbol, slices)} = {latex(inner, slices)}")
        pending += list(more.items())
    return Formula(title, latex(short, slices), tuple(parts))


def _kink(spec: Spec, kink: Any) -> BoundaryView:
    slices = spec.loss.kind == "slices"
    choices = []
    for name in ("gradient", "hessian"):
        value = getattr(kink, name)
        if value is not None:
            choices.append(f"{name} ${latex(sympy.sympify(value), slices)}$")
    return BoundaryView(latex(kink.at, slices) + " = 0", tuple(choices), kink.because)


def _parameter_row(parameter: Parameter) -> ParameterRow:
    default = sympy.latex(parameter.default)
    return ParameterRow(
        latex(parameter, False), parameter.name, default, _set(parameter.domain), parameter.doc
    )


def _set(domain: Any) -> str:
    return str(sympy.latex(domain))


def published_rows(
    registry: Registry, findings: Sequence[Finding]
) -> Iterator[tuple[PublishedSpec, PublishedRow]]:
    """What came of each published formula or property."""
    judged = {finding.loss for finding in findings}
    for spec in registry.published.values():
        if spec.name in judged:
            yield spec, _published_row(spec, registry, findings)


def _published_row(
    spec: PublishedSpec, registry: Registry, findings: Sequence[Finding]
) -> PublishedRow:
    (finding,) = (f for f in findings if f.loss == spec.name)
    claimed, of = spec.claim.claim, spec.claim.of
    slices = bool(of) and registry.specs[of].loss.kind == "slices"
    witness = ""
    if finding.counterexample:
        shown = ", ".join(f"{name} = {value}" for name, value in finding.counterexample.inputs)
        example = finding.counterexample
        witness = (
            f"At {shown}: {example.written_label} {example.written}, "
            f"{example.derived_label} {example.derived}."
        )
    return PublishedRow(
        spec.name,
        spec.claim.kind if claimed is None else property_text(claimed),
        "" if claimed is not None and of else latex(spec.claim.formula, slices),
        finding.status,
        spec.claim.because,
        spec.claim.source,
        witness,
        finding.counterexample,
    )
