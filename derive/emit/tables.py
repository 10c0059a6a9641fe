"""Renders the tables that compare losses: their properties, their kinks, what others printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from derive.emit.measured import NOTHING, Measured
from derive.emit.pages import published_rows
from derive.emit.templates import environment
from derive.registry import Registry
from derive.report.finding import Finding

LONG = 70
SHARED = {
    "strictly_convex": ("convex", "strictly"),
    "strongly_convex": ("convex", "strongly"),
    "twice_differentiable": ("differentiable", "twice"),
    "differentiable_but_at": ("differentiable", "but at"),
    "twice_differentiable_but_at": ("differentiable", "twice but at"),
}
"""Properties that share a column with one of which they are a kind, and what is said there."""


@dataclass(frozen=True)
class KinkRow:
    """A surface on which a derivative jumps: the two limits, what is chosen between, and why."""

    loss: str
    derivative: str
    where: str
    limits: tuple[str, ...]
    chosen: str
    because: str


def render_tables(
    registry: Registry, findings: Sequence[Finding], measured: Measured = NOTHING
) -> dict[str, str]:
    """The text of each page with a table, by its name relative to the documentation folder."""
    templates = environment("docs")
    names, rows = _properties(registry, findings)
    kinks = list(kink_rows(findings))
    errors = [
        (spec.claim.of, row)
        for spec, row in published_rows(registry, findings)
        if row.verdict == "refuted"
    ]
    pages: dict[str, dict[str, Any]] = {
        "properties": {"names": names, "rows": rows},
        "kinks": {"rows": kinks, "measured": measured},
        "errors": {"rows": errors},
    }
    return {
        f"losses/tables/{name}.md": templates.get_template(f"{name}.md.jinja").render(**parts)
        for name, parts in pages.items()
    }


def kink_rows(findings: Sequence[Finding]) -> Iterator[KinkRow]:
    """The surfaces on which a gradient or a diagonal of the Hessian jumps, as they were proved.

    Limits that are long are left out: the page of the loss has them, region by region.
    """
    for finding in findings:
        keyword = finding.claim.partition(".")[2]
        for jump in finding.jumps if finding.rule in ("gradient", "hessian") else ():
            where = " and ".join((jump.surface, *jump.facts))
            where = where if len(where) <= 2 * LONG else ""
            short = all(len(limit) <= LONG for limit in jump.limits)
            limits = jump.limits if short else ()
            chosen = jump.written if len(jump.written) <= LONG else ""
            yield KinkRow(finding.loss, keyword, where, limits, chosen, jump.declared)


def property_parts(finding: Finding) -> tuple[str, str, str]:
    """The name of a property that is claimed, its arguments, and where it holds."""
    plain, _, where = finding.claim.partition(".")[2].partition(" where ")
    name, _, arguments = plain.partition("(")
    return name, arguments[:-1], where


def _properties(
    registry: Registry, findings: Sequence[Finding]
) -> tuple[list[str], list[tuple[str, str, list[str]]]]:
    """The names of all properties that are claimed, and for each loss what is said of them."""
    claimed: dict[str, dict[str, str]] = {name: {} for name in registry.specs}
    for finding in findings:
        if finding.rule == "property" and finding.loss in claimed:
            name, arguments, rest = property_parts(finding)
            column, word = SHARED.get(name, (name, ""))
            said = f"{word} `{arguments}`" if arguments else word or "yes"
            said += f" where `{rest}`" if rest else ""
            before = claimed[finding.loss].get(column)
            said = said.strip().replace("|", "\\|")
            claimed[finding.loss][column] = f"{before}, {said}" if before else said
    counts = Counter(name for found in claimed.values() for name in found)
    names = sorted(counts, key=lambda name: (-counts[name], name))
    rows: list[tuple[str, str, list[str]]] = [
        (name, spec.loss.kind, [claimed[name].get(n, "—") for n in names])
        for name, spec in registry.specs.items()
    ]
    return names, rows
