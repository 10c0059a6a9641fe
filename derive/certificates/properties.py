"""Theorems on convexity and Lipschitz constants, where derivatives exist at all real numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sympy import S

from derive.certificates.elementwise import Elementwise
from derive.certificates.printer import ATOM, Printer, name_of
from derive.certificates.scripts import Derivative
from derive.certificates.theorem import Theorem
from derive.properties import Convex, Lipschitz, StrictlyConvex, StronglyConvex

OTHER, SHARE = "other", "share"
_CONVEX = (Convex, StrictlyConvex, StronglyConvex)  # of the last two, that they are the first


def property_theorems(
    made: Elementwise, derivatives: Collection[Derivative], proved: Collection[str]
) -> Iterator[Theorem]:
    """The claims of a loss that follow from its derivatives in the first input.

    ``proved`` are the names of theorems: what has one at a kink does not exist there.
    """
    loss, x = made.loss, made.loss.inputs[0]
    names = {name_of(symbol) for symbol in made.symbols}
    assumed = any(x in fact.free_symbols for fact in loss.assuming)
    if loss.domain(x) != S.Reals or assumed or names & {OTHER, SHARE}:
        return
    everywhere = {
        derivative.name.split("_")[0]: derivative.name
        for derivative in derivatives
        if derivative.wrt == x
        and f"{derivative.name}_is_derivative" in proved
        and not any(name.startswith(f"{derivative.name}_at_kink") for name in proved)
    }
    claims = [claim for claim in loss.claims if not claim.facts]
    if {"gradient", "hessian"} <= set(everywhere) and any(isinstance(c, _CONVEX) for c in claims):
        yield _convex(made, everywhere["gradient"], everywhere["hessian"])
    for claim in claims:
        if isinstance(claim, Lipschitz) and "gradient" in everywhere:
            yield _lipschitz(made, everywhere["gradient"], Printer().term(claim.constant, ATOM))


def _convex(made: Elementwise, gradient: str, hessian: str) -> Theorem:
    x = made.loss.inputs[0]
    between = f"({SHARE} * {name_of(x)} + (1 - {SHARE}) * {OTHER})"
    chord = f"{SHARE} * {_value(made, name_of(x))} + (1 - {SHARE}) * {_value(made, OTHER)}"
    return Theorem(
        "convex",
        f"{made.names} {OTHER} {SHARE} : R",
        (*made.hypotheses(), f"0 < {SHARE} < 1"),
        (f"{_value(made, between)} <=", chord),
        (
            "intros.",
            f"apply (convex_by_curvature {made.function('value', x)}",
            f"  {made.function(gradient, x)} {made.function(hessian, x)});",
            f"[ intro; apply {gradient}_is_derivative; assumption",
            f"| intro; apply {hessian}_is_derivative; assumption",
            f"| intro; unfold {hessian}; curvature",
            "| assumption ].",
        ),
        f"value is convex in {name_of(x)}: no point of its graph lies above a chord.",
    )


def _lipschitz(made: Elementwise, gradient: str, constant: str) -> Theorem:
    x = made.loss.inputs[0]
    change = f"{_value(made, name_of(x))} - {_value(made, OTHER)}"
    return Theorem(
        "lipschitz",
        f"{made.names} {OTHER} : R",
        made.hypotheses(),
        (f"Rabs ({change}) <=", f"{constant} * Rabs ({name_of(x)} - {OTHER})"),
        (
            "intros.",
            f"apply (lipschitz_by_slope {made.function('value', x)}",
            f"  {made.function(gradient, x)});",
            f"[ intro; apply {gradient}_is_derivative; assumption",
            f"| intro; unfold {gradient}; slope ].",
        ),
        f"value changes at most {constant} times as much as {name_of(x)} does.",
    )


def _value(made: Elementwise, point: str) -> str:
    """The loss with something else in the place of the first input."""
    return " ".join(["value", point, *map(name_of, made.symbols[1:])])
