"""Trusted. What a line in one input meets: surfaces at isolated points, and nothing else."""

from __future__ import annotations

from sympy import Expr, Interval, diff
from sympy.core.relational import Equality

from derive.language import Element, has_aggregate, real
from derive.prove.boundaries import Crossing
from derive.prove.expression import expression_of
from derive.prove.field import Fraction, OutsideClass, polynomial_of, single_generator, terms
from derive.prove.points import Domain
from derive.prove.setting import Setting
from derive.prove.sign import Sign


def is_isolated(setting: Setting, crossing: Crossing, wrt: Element) -> bool:
    """Whether the surface's equation, a polynomial in the input, never vanishes identically."""
    field = setting.field
    moving = [
        index
        for index in range(len(field.generators))
        if wrt in field.generators[index].symbols and crossing.surface.degrees()[index]
    ]
    if len(moving) != 1 or field.generators[moving[0]].kind != "symbol":
        return False
    (index,) = moving
    parts: dict[int, Expr] = {}
    for exponents, coefficient in terms(crossing.surface):
        rest = (*exponents[:index], 0, *exponents[index + 1 :])
        term = expression_of(field, polynomial_of({rest: coefficient}))
        parts[exponents[index]] = parts.get(exponents[index], 0) + term
    form = setting.form(crossing.region)
    return any(not crossing.region.sign_of(form(e)) & Sign.ZERO for e in parts.values())


def is_apart(crossing: Crossing, gap: Fraction) -> bool:
    """Whether a quantity is not zero on a surface.

    Each factor is known to be so, or is a generator without which the surface is no more met.
    """
    region, surface = crossing.region, crossing.surface
    if gap.is_zero or region.sign(gap.denominator) & Sign.ZERO:
        return False
    for factor, multiplicity in region.field.factors(gap)[1]:
        if multiplicity < 0 or not region.sign(factor) & Sign.ZERO:
            continue
        index = single_generator(factor)
        if index is None:
            return False
        rest = polynomial_of({x: c for x, c in terms(surface) if not x[index]})
        if region.sign(rest) & Sign.ZERO:
            return False
    return True


def check_line(domain: Domain, wrt: Element) -> None:
    """A line stays within the domain: the input comes from an interval, and facts are affine."""
    allowed = domain.sets[domain.symbols.index(wrt)]
    if allowed != real and not isinstance(allowed, Interval):
        raise OutsideClass(f"the domain of {wrt} is no interval")
    for fact in domain.assuming:
        gap = fact.lhs - fact.rhs
        if wrt in gap.free_symbols and (
            isinstance(fact, Equality) or has_aggregate(gap) or diff(gap, wrt, 2) != 0
        ):
            raise OutsideClass(f"the stated fact {fact} is not affine in {wrt}")


def check_elementwise(expression: Expr) -> None:
    """A function of one input has no aggregate, in which others move along."""
    if has_aggregate(expression):
        raise OutsideClass("elements meet: there is no line in one of them")
