"""Renders what helps to choose a loss, and to read the pages: losses by task, and the symbols."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import sympy
from sympy import Piecewise

from derive.emit.tables import property_parts
from derive.emit.templates import environment
from derive.formulas import latex, text_line
from derive.language import Largest, Mean, Sum, direction, identity, pred, size, target
from derive.loss import Loss
from derive.registry import Registry, Spec
from derive.report.finding import Finding

DASH = "—"


@dataclass(frozen=True)
class Choice:
    """What speaks for or against a loss: what it takes, and what is proved of it."""

    loss: str
    summary: str
    takes: str
    convex: str
    bounded: str
    smooth: str


@dataclass(frozen=True)
class SymbolRow:
    """How something is written in a specification, in formulas, and in lines of text."""

    spelled: str
    formula: str
    text: str
    meaning: str


def render_choosing(registry: Registry, findings: Sequence[Finding]) -> dict[str, str]:
    """The text of both pages, by name relative to the documentation folder."""
    templates = environment("docs")
    tasks: dict[str, list[Choice]] = {}
    for spec in registry.specs.values():
        tasks.setdefault(_task(spec), []).append(_choice(spec, findings))
    symbols = {"rows": list(_symbols()), "parameters": list(_parameters(registry))}
    return {
        "losses/tables/tasks.md": templates.get_template("tasks.md.jinja").render(
            tasks=dict(sorted(tasks.items()))
        ),
        "losses/tables/symbols.md": templates.get_template("symbols.md.jinja").render(**symbols),
    }


def _task(spec: Spec) -> str:
    """What a loss is for: the folder that it is declared in says so."""
    folder = PurePosixPath(spec.source).parent.name
    return "losses" if folder in ("specs", "_specs", "") else folder


def _choice(spec: Spec, findings: Sequence[Finding]) -> Choice:
    proved: dict[str, str] = {}
    for finding in findings:
        if finding.loss == spec.name and finding.rule == "property":
            name, arguments, where = property_parts(finding)
            said = f"`{arguments}`" if arguments else "yes"
            proved[name] = (f"{said} where `{where}`" if where else said).replace("|", "\\|")
    convexities = ("strongly_convex", "strictly_convex", "convex")
    convex = next((n.removesuffix("_convex") for n in convexities if n in proved), "")
    where = proved.get("convex", "").partition(" where ")[2]
    return Choice(
        spec.name,
        spec.doc.splitlines()[0].rstrip("."),
        _takes(spec.loss),
        {"": DASH, "convex": "yes"}.get(convex, convex) + (f" where {where}" if where else ""),
        proved.get("lipschitz", DASH),
        proved.get("smooth", DASH),
    )


def _takes(loss: Loss) -> str:
    parts = [
        f"{x.name} in ${sympy.latex(loss.domain(x))}$"
        for x in loss.inputs
        if loss.domain(x) != sympy.S.Reals
    ]
    parts = parts or ["any numbers"]
    return "; ".join([*parts, "or class labels"] if loss.labels else parts)


def _symbols() -> Iterator[SymbolRow]:
    told = [
        ("pred", pred, "the prediction: one element, or element $k$ of a slice"),
        ("target", target, "the target, of the same shape"),
        ("direction", direction, "the direction of a Hessian-vector product"),
        ("identity", identity, "1 where slice and entry have the same number, else 0"),
        ("size()", size(), "the length of a slice"),
        ("Sum(pred)", Sum(pred), "the sum over a slice"),
        ("Mean(pred)", Mean(pred), "the mean over a slice"),
        ("Largest(pred)", Largest(pred), "the largest element of a slice"),
        (
            "Piecewise((pred, pred > 0), (0, True))",
            Piecewise((pred, pred > 0), (0, True)),
            "cases: the first whose condition holds",
        ),
    ]
    for spelled, expression, meaning in told:
        yield SymbolRow(spelled, latex(expression, True), text_line(expression), meaning)


def _parameters(registry: Registry) -> Iterator[tuple[str, str, str, str]]:
    """Every parameter: its symbol, its name, the losses that have it, and what it means there."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for spec in registry.specs.values():
        for parameter in spec.loss.parameters:
            symbol = latex(parameter, False)
            found.setdefault(parameter.name, []).append((symbol, spec.name, parameter.doc))
    for name, uses in sorted(found.items()):
        for symbol, loss, doc in uses:
            yield symbol, name, loss, doc
