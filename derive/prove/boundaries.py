"""What happens on the surfaces between regions: limits from both sides, and the value chosen.

A loss is differentiable almost everywhere; on a surface where its derivative jumps, the legal
values are those of Clarke's subdifferential, the convex hull of the limits from both sides. Where
the limits agree the written value must equal them. For a whole slice at once the convex
combination must be the same for every element of the slice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from sympy import Expr, Piecewise, diff

from derive.calculus import gradient
from derive.language import ENTRY, SLICE, Aggregate, Element, Sum, as_cases, axes_of
from derive.prove.cases import explore
from derive.prove.conditions import branch
from derive.prove.expression import expression_of
from derive.prove.field import (
    ONE,
    ZERO,
    Field,
    Fraction,
    Key,
    OutsideClass,
    Polynomial,
    Undefined,
    key,
)
from derive.prove.normal import Exponents, NormalForm
from derive.prove.region import NeedSign, Region, SideCondition
from derive.prove.sign import Sign

Limits = dict[Sign, Fraction]
Outcome = Literal["continuous", "jumps", "illegal", "undecided", "singular"]
SIDES = (Sign.NEGATIVE, Sign.POSITIVE)


class Meeting(OutsideClass):
    """Two boundaries meet, and the limits around the meeting differ."""


@dataclass(frozen=True)
class Crossing:
    """One stratum of a boundary with the limits of the derivative and the value written there."""

    surface: Polynomial
    region: Region
    limits: Limits
    written: Fraction | None
    outcome: Outcome
    share: Fraction | None = None
    conditions: tuple[SideCondition, ...] = ()


def crossings(
    surface: Polynomial,
    divided: Region,
    derived: Expr,
    written: Expr,
    exponents: Exponents,
    is_fixed: Callable[[Polynomial], bool],
    is_inhabited: Callable[[Region], bool],
    wrt: Element | None = None,
) -> list[Crossing]:
    """Examine ``surface``, which divides the region ``divided``, stratum by stratum.

    ``is_fixed`` says which surfaces stay put as the input moves. Where the limits differ, a side
    counts only if ``is_inhabited``: an irreducible polynomial that takes both signs changes sign
    across its surface, one that does not may vanish at an edge that no other side touches. With
    ``wrt`` the surface must also be crossed as that input moves, or the jump vanish where not.
    """
    slope = None if wrt is None else _slope(expression_of(divided.field, surface), wrt)
    whole = ENTRY not in divided.field.axes(surface)

    def examine(stratum: Region) -> Crossing:
        here = NormalForm(stratum, exponents)
        limits: Limits = {}
        try:
            for side in SIDES:
                branch = _branch_beside(divided.given(surface, side), here, derived, is_fixed)
                if branch is not None:
                    limits[side] = here(branch)
        except Undefined:
            return Crossing(surface, stratum, limits, None, "singular")
        if any(_violated(condition) for condition in here.conditions.values()):
            return Crossing(surface, stratum, limits, None, "singular")
        chosen = here(written)
        if len(limits) == 2 and not _alike(limits, here):
            limits = {s: g for s, g in limits.items() if is_inhabited(divided.given(surface, s))}
        outcome, share = _judge(limits, chosen, here)
        if outcome == "jumps" and wrt is not None and not _is_crossed(slope, whole, limits, here):
            outcome = "undecided"
        conditions = tuple(here.conditions.values())
        return Crossing(surface, stratum, limits, chosen, outcome, share, conditions)

    strata = explore(examine, divided.on_surface(surface), includes_surface=lambda _: True)
    return [crossing for _, crossing in strata.regions]


def vanishes(quantity: Fraction, region: Region) -> bool:
    """Whether a quantity is zero throughout a region, by its form or as a multiple of a fact."""
    if quantity.is_zero:
        return True
    if region.sign(quantity.denominator) & Sign.ZERO:
        return False  # what makes the numerator zero may make the denominator zero
    for fact in region.facts:
        if fact.sign is Sign.ZERO:
            shared = quantity.numerator.gcd(fact.polynomial)
            if shared == fact.polynomial or -shared == fact.polynomial:
                return True
    return region.sign(quantity.numerator) is Sign.ZERO


def without_cases(expression: Expr, form: NormalForm) -> Expr:
    """The expression with every case outside a sum replaced by the branch that applies."""
    if isinstance(expression, Aggregate) or not expression.args:
        return expression
    if isinstance(expression, Piecewise):
        return without_cases(branch(form, expression), form)
    arguments = [without_cases(argument, form) for argument in expression.args]
    same = all(new is old for new, old in zip(arguments, expression.args, strict=True))
    return expression if same else expression.func(*arguments)


def _violated(condition: SideCondition) -> bool:
    quantity, sign, region, _ = condition
    return vanishes(quantity, region) and not sign & Sign.ZERO


def _branch_beside(
    beside: Region,
    here: NormalForm,
    derived: Expr,
    is_fixed: Callable[[Polynomial], bool],
) -> Expr | None:
    """The branch of ``derived`` that applies on the region ``beside``, close to the stratum.

    A sign that is strict on the stratum is the same close to it, by continuity; a quantity that
    does not move with the input and is zero on the stratum stays zero beside it.
    """
    while not beside.is_empty:
        try:
            return without_cases(derived, NormalForm(beside, here.exponents))
        except NeedSign as need:
            switch = need.polynomial
        on_stratum = here(expression_of(beside.field, switch))
        if not vanishes(on_stratum, here.region):
            beside = beside.given(switch, here.region.decide(on_stratum))
        elif is_fixed(switch):
            beside = beside.on_surface(switch)
        else:
            raise Meeting("boundaries meet here")
    return None


def _slope(surface: Expr, wrt: Element) -> Expr | None:
    """The derivative of a surface's equation; none where it concerns several elements at once."""
    axes = axes_of(surface)
    if ENTRY not in axes:
        return gradient(Sum(surface, SLICE) if SLICE in axes else surface, wrt)
    coupled = any(wrt in aggregate.free_symbols for aggregate in surface.atoms(Aggregate))
    return None if coupled else diff(as_cases(surface), wrt)


def _is_crossed(slope: Expr | None, whole: bool, limits: Limits, here: NormalForm) -> bool:
    """Whether the surface is crossed as the input moves, or the jump is zero where it is not.

    Across a surface ``q = 0`` the derivative of a continuous function jumps by a multiple of the
    derivative of ``q``. A ``whole`` slice crosses it if any of its elements does.
    """
    if slope is None or len(limits) < 2:
        return False
    field, region = here.field, here.region
    apart = NormalForm(region, here.exponents)  # its side conditions are not those of the claim
    try:
        steepness = apart(slope)
        if not region.sign_of(steepness) & Sign.ZERO:
            return True
        if whole and not region.sign_of(apart(Sum(slope**2))) & Sign.ZERO:
            return True
        jump = field.subtract(limits[Sign.POSITIVE], limits[Sign.NEGATIVE])
        multiple = field.multiply(jump, field.power(steepness, -1))
        return not region.sign(multiple.denominator) & Sign.ZERO
    except (NeedSign, OutsideClass, Undefined):
        return False


def _alike(limits: Limits, here: NormalForm) -> bool:
    first, *others = limits.values()
    return all(vanishes(here.field.subtract(first, other), here.region) for other in others)


def _judge(limits: Limits, chosen: Fraction, here: NormalForm) -> tuple[Outcome, Fraction | None]:
    """The outcome, and the share of the upper limit in the chosen value where there is a jump."""
    field, region = here.field, here.region
    if not limits:
        return "undecided", None

    def same(a: Fraction, b: Fraction) -> bool:
        return vanishes(field.subtract(a, b), region)

    if _alike(limits, here):
        first = next(iter(limits.values()))
        if same(chosen, first):
            return "continuous", None
        decided = region.sign_of(field.subtract(chosen, first)).decided
        return ("illegal" if decided else "undecided"), None
    below, above = limits[Sign.NEGATIVE], limits[Sign.POSITIVE]
    if same(chosen, above):
        return "jumps", ONE
    if same(chosen, below):
        return "jumps", ZERO
    share = field.multiply(
        field.subtract(chosen, below), field.power(field.subtract(above, below), -1)
    )
    low, high = region.sign_of(share), region.sign_of(field.subtract(ONE, share))
    if not (low | high) & Sign.NEGATIVE:
        return "jumps", share
    return ("illegal" if Sign.NEGATIVE in (low, high) else "undecided"), share


def with_one_combination(found: list[Crossing], field: Field) -> list[Crossing]:
    """The crossings of a slice, undecided where its elements may not combine the limits alike.

    A subgradient is one vector: where a whole slice crosses a surface, every element must take the
    same convex combination of the limits. Where the surface concerns a single element, each has
    its own.
    """
    groups: dict[Key, list[Crossing]] = {}
    for crossing in found:
        groups.setdefault(key(crossing.surface), []).append(crossing)
    return [crossing for group in groups.values() for crossing in _combined(group, field)]


def _combined(group: list[Crossing], field: Field) -> list[Crossing]:
    if ENTRY in field.axes(group[0].surface):
        return group
    jumping = [crossing for crossing in group if crossing.share is not None]
    shares = [crossing.share for crossing in jumping if crossing.share is not None]
    by_element = any(
        ENTRY in field.axes(fact.polynomial) for crossing in group for fact in crossing.region.local
    )
    varies = any(ENTRY in field.axes(part) for share in shares for part in share)
    alike = all(share == shares[0] for share in shares)
    if not varies and (alike or not by_element):
        return group
    return [replace(c, outcome="undecided") if c.share is not None else c for c in group]
