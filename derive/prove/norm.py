"""Trusted. The kink of a norm, where all differences in a slice are zero at once.

Let ``L = F(x, N)`` with ``N = sqrt(sum of u**2)``, where each ``u = c x + b`` is affine in its own
element, and ``F`` continuously differentiable close to ``N = 0``. At ``u = 0``, inside the domain,
the limits of the gradient are ``dF/dx + dF/dN c v`` for all vectors ``v`` of norm one, and Clarke's
subdifferential consists of those with ``v`` in the unit ball. A written gradient ``w`` is legal if

    sum of ((w - dF/dx) / c)**2  <=  (dF/dN)**2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Expr, Pow, diff

from derive.calculus import gradient
from derive.language import ENTRY, SLICE, Aggregate, Element, Sum, as_cases
from derive.prove.boundaries import Crossing, Limits, Outcome
from derive.prove.cases import explore
from derive.prove.expression import fraction_expression
from derive.prove.field import (
    Fraction,
    OutsideClass,
    Polynomial,
    Undefined,
    primitive,
    single_generator,
)
from derive.prove.normal import Exponents, NormalForm
from derive.prove.region import Region
from derive.prove.sides import (
    Meeting,
    holds,
    limit,
    settled,
    side,
    sign_off,
    sign_on,
    vanishes,
    violated,
)
from derive.prove.sign import Sign

_NORM = Element("#norm", (SLICE,), nonnegative=True)


@dataclass(frozen=True)
class Norm:
    """A sum of squares in a loss whose root has a kink where it is zero."""

    square: Sum
    inner: Expr
    slope: Expr


def norms(value: Expr, wrt: Element) -> list[Norm]:
    """The sums of squares of what is affine in ``wrt``."""
    found = []
    for square in sorted(value.atoms(Sum), key=str):
        body = square.body
        if square.axis != ENTRY or not isinstance(body, Pow) or body.exp != 2:
            continue
        inner = body.base
        if inner.atoms(Aggregate) or wrt not in inner.free_symbols:
            continue
        slope = diff(inner, wrt)
        if slope.is_nonzero and wrt not in slope.free_symbols:
            found.append(Norm(square, inner, slope))
    return found


def norm_of(surface: Polynomial, candidates: list[Norm], form: NormalForm) -> Norm | None:
    """The norm among the candidates that is zero on a surface, if it is one."""
    index = single_generator(surface)
    generator = None if index is None else form.field.generators[index]
    root = generator is not None and generator.kind == "root" and generator.data[0] == 2
    square = primitive(generator.data[1] if generator is not None and root else surface)[0]
    for norm in candidates:
        if primitive(form(norm.square).numerator)[0] == square:
            return norm
    return None


@dataclass(frozen=True)
class NormKink:
    """Examines the surface on which one norm is zero, for a gradient of ``value``."""

    value: Expr
    written: Expr
    wrt: Element
    exponents: Exponents

    def on(self, surface: Polynomial, norm: Norm, divided: Region) -> list[Crossing]:
        """The crossings of the surface, stratum by stratum."""
        form = NormalForm(divided, self.exponents)
        centre = form(self.wrt - norm.inner / norm.slope)
        length = form(_NORM).numerator
        index = single_generator(form(self.wrt).numerator)
        if index is None:
            raise OutsideClass("a norm of what is known")
        there = divided.given(surface, Sign.ZERO).on_surface(length)
        there = replace(there, everywhere=((index, centre),))
        lowered = Sum(self.value.xreplace({norm.square: _NORM**2}), SLICE)
        parts = (as_cases(gradient(lowered, self.wrt)), as_cases(gradient(lowered, _NORM)))
        beside = divided.given(length, Sign.POSITIVE)

        def examine(stratum: Region) -> Crossing:
            here = NormalForm(stratum, self.exponents)
            known = _without_length(stratum)
            try:
                chosen = settled(here, self.written)
                if any(map(violated, here.conditions.values())):
                    raise Undefined("the written value is not defined here")
                frozen, steepness = (self._limit(part, beside, here) for part in parts)
                outcome, limits = _judge(chosen, frozen, steepness, norm, here)
            except Meeting:
                return Crossing(surface, known, {}, None, "undecided")
            except Undefined:
                return Crossing(surface, known, {}, None, "singular")
            conditions = tuple(here.conditions.values())
            return Crossing(surface, known, limits, chosen, outcome, None, conditions)

        return [crossing for _, crossing in explore(examine, there, lambda _: True).regions]

    def _limit(self, part: Expr, beside: Region, here: NormalForm) -> Fraction:
        """The limit of a partial derivative as the norm goes to zero; raises ``Meeting``."""

        def sign_beside(switch: Polynomial) -> Sign:
            sign = sign_on(here, switch)
            if sign is Sign.ZERO and self._moves(switch, here):
                raise Meeting("boundaries meet where a norm is zero")
            return sign_off(here, switch, _NORM, Sign.POSITIVE)

        moving = [f.polynomial for f in beside.universal if self._moves(f.polynomial, here)]
        if any(sign_on(here, edge) is Sign.ZERO for edge in moving):
            raise Meeting("a norm is zero on an edge of the domain")
        one = side(beside, here, part, sign_beside)
        if one is None:
            raise Meeting("a norm that is zero throughout")
        value = limit(one, here)
        if any(_NORM in c.source.free_symbols and not holds(c) for c in here.conditions.values()):
            raise Meeting("a formula that may be undefined where a norm is zero")
        return value

    def _moves(self, switch: Polynomial, here: NormalForm) -> bool:
        return self.wrt in here.field.symbols(switch)


def _without_length(stratum: Region) -> Region:
    """The stratum as it is known without the symbol that stands for the norm."""
    field = stratum.field
    local = tuple(f for f in stratum.local if _NORM not in field.symbols(f.polynomial))
    solved = tuple(e for e in stratum.equalities if field.generators[e[0]].data != _NORM)
    return replace(stratum, local=local, equalities=solved)


def _judge(
    chosen: Fraction, frozen: Fraction, steepness: Fraction, norm: Norm, here: NormalForm
) -> tuple[Outcome, Limits]:
    """The outcome, and what one element may take."""
    field, region = here.field, here.region
    apart = NormalForm(region, here.exponents)
    reach = field.multiply(steepness, apart(norm.slope))
    limits = {
        Sign.NEGATIVE: field.subtract(frozen, reach),
        Sign.POSITIVE: field.add(frozen, reach),
    }
    off = field.subtract(chosen, frozen)
    if vanishes(steepness, region):
        if vanishes(off, region):
            return "continuous", {Sign.POSITIVE: frozen}
        illegal = not region.sign_of(off) & Sign.ZERO
        return "illegal" if illegal else "undecided", {Sign.POSITIVE: frozen}
    used = apart(Sum((fraction_expression(field, off) / norm.slope) ** 2))
    room = region.sign_of(field.subtract(field.power(steepness, 2), used))
    if not room & Sign.NEGATIVE:
        return "jumps", limits
    return "illegal" if room is Sign.NEGATIVE else "undecided", limits
