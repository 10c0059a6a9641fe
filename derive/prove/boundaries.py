"""What happens on the surfaces between regions: limits from both sides, and the value chosen.

A loss is differentiable almost everywhere; on a surface where its derivative jumps, the legal
values are those of Clarke's subdifferential, the convex hull of the limits from both sides. Where
the limits agree the written value must equal them. For a whole slice at once the convex
combination must be the same for every element of the slice. A second derivative that jumps may
take any value between its limits.

Where several surfaces meet, the limits are those as the element at hand moves up or down. Outside
the domain there is no limit: on a surface that is an edge of the domain the one limit from inside
is legal, and where a surface runs into an edge, what is legal on it inside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from sympy import Expr, S, Symbol, diff

from derive.calculus import directional_derivative, gradient
from derive.language import ENTRY, SLICE, Aggregate, Element, Sum, as_cases, axes_of
from derive.prove.cases import explore
from derive.prove.expression import expression_of
from derive.prove.facts import Fact
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
from derive.prove.sides import (
    SIDES,
    Meeting,
    Side,
    is_coupled,
    limit,
    settled,
    side,
    sign_off,
    sign_on,
    vanishes,
    violated,
)
from derive.prove.sign import Sign

Limits = dict[Sign, Fraction]
Outcome = Literal["continuous", "jumps", "illegal", "undecided", "singular"]


@dataclass(frozen=True)
class Crossing:
    """One stratum of a boundary with the limits of the derivative and the value written there.

    The limits belong to the sides of the surface or, ``by_direction``, to those in which the input
    moves; where the surface's equation falls as the input grows these are not the same.
    ``share`` is that of the second limit in the written value, if there are two.
    """

    surface: Polynomial
    region: Region
    limits: Limits
    written: Fraction | None
    outcome: Outcome
    share: Fraction | None = None
    conditions: tuple[SideCondition, ...] = ()
    by_direction: bool = False


@dataclass(frozen=True)
class Crossings:
    """Examines surfaces for one claim: what was ``derived``, what is ``written``, by which input.

    Where the limits differ, a side of a surface counts only if it ``is_inhabited``: an irreducible
    polynomial that takes both signs changes sign across its surface, one that does not may vanish
    at an edge that no other side touches. Strata that are ``is_exempt`` count as singular: nothing
    is claimed there.
    """

    derived: Expr
    written: Expr
    wrt: Symbol
    exponents: Exponents
    is_inhabited: Callable[[Region], bool]
    is_exempt: Callable[[Region], bool] = lambda _: False

    def on(self, surface: Polynomial, divided: Region) -> list[Crossing]:
        """Examine ``surface``, which divides the region ``divided``, stratum by stratum."""
        start = divided.on_surface(surface)
        strata = explore(
            lambda stratum: self._examine(surface, divided, stratum), start, lambda _: True
        )
        return [crossing for _, crossing in strata.regions]

    def _examine(self, surface: Polynomial, divided: Region, stratum: Region) -> Crossing:
        if self.is_exempt(stratum):
            return Crossing(surface, stratum, {}, None, "singular")
        here = NormalForm(stratum, self.exponents)
        try:
            chosen = settled(here, self.written)
            if any(map(violated, here.conditions.values())):
                raise Undefined("the written value is not defined here")
            try:
                return self._by_sides(surface, divided, here, chosen)
            except Meeting:
                return self._by_directions(surface, divided, here, chosen)
        except Meeting:
            return Crossing(surface, stratum, {}, chosen, "undecided")
        except Undefined:
            return Crossing(surface, stratum, {}, None, "singular")

    def _by_sides(
        self, surface: Polynomial, divided: Region, here: NormalForm, chosen: Fraction
    ) -> Crossing:
        """The limits from the two sides of the surface; raises ``Meeting`` if that does not do."""
        if self._edges(divided, here):
            raise Meeting("the surface lies on an edge of the domain")

        def sign_beside(switch: Polynomial) -> Sign:
            sign = sign_on(here, switch)
            if sign is Sign.ZERO and self._moves(switch, here):
                raise Meeting("boundaries meet here")
            return sign

        beside = {sign: divided.given(surface, sign) for sign in SIDES}
        found = {sign: side(beside[sign], here, self.derived, sign_beside) for sign in SIDES}
        limits = _limits(found, here)
        if len(limits) == 2 and not _alike(limits, here) and not self._divides(surface, here):
            there = [sign for sign in SIDES if self.is_inhabited(beside[sign])]
            if len(there) < 2 and not is_coupled(here.field, surface, self.wrt):
                raise Meeting("a side may not be there")
            limits = {sign: limits[sign] for sign in there}
        outcome, share = _judge(limits, chosen, here)
        if outcome == "jumps" and not self._is_crossed(surface, limits, here):
            raise Meeting("the surface may be touched, not crossed")
        conditions = tuple(here.conditions.values())
        return Crossing(surface, here.region, limits, chosen, outcome, share, conditions)

    def _by_directions(
        self, surface: Polynomial, divided: Region, here: NormalForm, chosen: Fraction
    ) -> Crossing:
        """The limits as the element at hand moves up or down; raises ``Meeting``."""
        edges = self._edges(divided, here)
        found: dict[Sign, Side | None] = {}
        for direction in SIDES:

            def sign_beside(switch: Polynomial, direction: Sign = direction) -> Sign:
                return sign_off(here, switch, self.wrt, direction)

            if all(sign_beside(edge.polynomial) & edge.sign for edge in edges):
                found[direction] = side(divided, here, self.derived, sign_beside)
        limits = _limits(found, here)
        outcome, share = _judge(limits, chosen, here)
        if outcome == "illegal" and len(limits) < 2 and self._is_corner(here):
            outcome = "undecided"  # what is legal on the other surface, inside, is legal here
        conditions = tuple(here.conditions.values())
        return Crossing(surface, here.region, limits, chosen, outcome, share, conditions, True)

    def _moves(self, switch: Polynomial, here: NormalForm) -> bool:
        return self.wrt in here.field.symbols(switch)

    def _edges(self, divided: Region, here: NormalForm) -> list[Fact]:
        """The facts of the domain that are at their limit throughout the stratum."""
        facts = [fact for fact in divided.universal if self._moves(fact.polynomial, here)]
        return [
            fact
            for fact in facts
            if vanishes(settled(here, expression_of(here.field, fact.polynomial)), here.region)
        ]

    def _is_corner(self, here: NormalForm) -> bool:
        """Whether several surfaces that move with the input meet in the stratum."""
        zeros = [fact.polynomial for fact in here.region.local if fact.sign is Sign.ZERO]
        return sum(self._moves(zero, here) for zero in zeros) > 1

    def _divides(self, surface: Polynomial, here: NormalForm) -> bool:
        """Whether the element at hand moves to both sides of the surface throughout the stratum."""
        if is_coupled(here.field, surface, self.wrt):
            return False
        try:
            return bool(sign_off(here, surface, self.wrt, Sign.POSITIVE) & Sign.NONZERO)
        except (Meeting, NeedSign):
            return False

    def _is_crossed(self, surface: Polynomial, limits: Limits, here: NormalForm) -> bool:
        """Whether the surface is crossed as the input moves, or the jump is zero where it is not.

        Across a surface ``q = 0`` the derivative of a continuous function jumps by a multiple of
        the derivative of ``q``. A whole slice crosses it if any of its elements does.
        """
        field, region = here.field, here.region
        slope = _slope(expression_of(field, surface), self.wrt)
        if slope is None or len(limits) < 2:
            return False
        apart = NormalForm(region, self.exponents)  # its side conditions are not the claim's
        try:
            steepness = apart(slope)
            if not region.sign_of(steepness) & Sign.ZERO:
                return True
            whole = ENTRY not in field.axes(surface)
            if whole and not region.sign_of(apart(Sum(slope**2))) & Sign.ZERO:
                return True
            jump = field.subtract(limits[Sign.POSITIVE], limits[Sign.NEGATIVE])
            multiple = field.multiply(jump, field.power(steepness, -1))
            return not region.sign(multiple.denominator) & Sign.ZERO
        except (NeedSign, OutsideClass, Undefined):
            return False


def _limits(found: dict[Sign, Side | None], here: NormalForm) -> Limits:
    return {sign: limit(one, here) for sign, one in found.items() if one is not None}


def _slope(surface: Expr, wrt: Symbol) -> Expr | None:
    """The derivative of a surface's equation; none where it concerns several elements at once."""
    if not isinstance(wrt, Element):
        return directional_derivative(surface, {wrt: S.One})
    axes = axes_of(surface)
    if ENTRY not in axes:
        return gradient(Sum(surface, SLICE) if SLICE in axes else surface, wrt)
    coupled = any(wrt in aggregate.free_symbols for aggregate in surface.atoms(Aggregate))
    return None if coupled else diff(as_cases(surface), wrt)


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
