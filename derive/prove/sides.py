"""Trusted. Which case applies beside a surface: on one side of it, or as an input moves off it.

On a stratum, a part of a surface, every sign that is needed is known. A quantity that is not zero
there keeps its sign close by. One that is zero there and does not move with the input stays zero.
One that moves with the element at hand alone is an analytic function of that element, so its first
derivative that is not zero gives its sign on either side: however many surfaces meet in the
stratum, the loss has two sides as a function of one element.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sympy import Expr, Piecewise, Symbol, diff

from derive.language import Aggregate
from derive.prove.conditions import branch
from derive.prove.expression import expression_of, fraction_expression
from derive.prove.field import Field, Fraction, OutsideClass, Polynomial, Undefined, generators_of
from derive.prove.normal import NormalForm
from derive.prove.region import Empty, NeedSign, Region, SideCondition
from derive.prove.sign import Sign

SIDES = (Sign.NEGATIVE, Sign.POSITIVE)
ORDERS = 4


class Meeting(OutsideClass):
    """Boundaries meet where the sides that are really there cannot be told."""


@dataclass(frozen=True)
class Side:
    """The case that applies close to a stratum, and what is known of the signs there."""

    branch: Expr
    region: Region


def side(
    beside: Region, here: NormalForm, formula: Expr, sign_beside: Callable[[Polynomial], Sign]
) -> Side | None:
    """The case of ``formula`` beside a stratum, or nothing if there is no such side.

    ``here`` is the normal form on the stratum, ``beside`` what is known close to it, and
    ``sign_beside`` the sign of any other quantity there.
    """
    while not beside.is_empty:
        try:
            return Side(without_cases(formula, NormalForm(beside, here.exponents)), beside)
        except Empty:
            return None
        except NeedSign as need:
            switch = need.polynomial
        sign = sign_beside(switch)
        there = sign is Sign.ZERO
        beside = beside.on_surface(switch) if there else beside.given(switch, sign)
    return None


def limit(one: Side, here: NormalForm) -> Fraction:
    """The value that the case beside a stratum tends to on it; raises ``Undefined``.

    Reduced beside the stratum first if it is undefined on it: ``(p - t)/|p - t|`` is one there.
    """
    try:
        return _defined(one.branch, here)
    except Undefined:
        reduced = NormalForm(one.region, here.exponents)(one.branch)
        return _defined(fraction_expression(here.field, reduced), here)


def settled(form: NormalForm, expression: Expr) -> Fraction:
    """The normal form, again where what one equality puts in another one replaces."""
    value = form(expression)
    solved = {index for index, _ in (*form.region.equalities, *form.region.everywhere)}
    for _ in solved:
        if solved.isdisjoint(i for part in value for i in generators_of(part)):
            break
        value = form(fraction_expression(form.field, value))
    return value


def sign_on(here: NormalForm, switch: Polynomial) -> Sign:
    """The sign of a quantity on a stratum; raises ``NeedSign`` if there could be several."""
    value = settled(here, expression_of(here.field, switch))
    return Sign.ZERO if vanishes(value, here.region) else here.region.decide(value)


def sign_off(here: NormalForm, switch: Polynomial, wrt: Symbol, direction: Sign) -> Sign:
    """The sign of a quantity as the element ``wrt`` moves off a stratum, up or down.

    Raises ``Meeting`` if other elements move the quantity too, or it is flat to a high order, and
    ``NeedSign`` if it depends on where on the stratum one is.
    """
    sign = sign_on(here, switch)
    if sign is not Sign.ZERO or wrt not in here.field.symbols(switch):
        return sign
    if is_coupled(here.field, switch, wrt):
        raise Meeting("boundaries meet here")
    slope = expression_of(here.field, switch)
    for order in range(1, ORDERS + 1):
        slope = diff(slope, wrt)
        sign = _sign_of_slope(here, slope)
        if sign is not Sign.ZERO:
            return sign if order % 2 == 0 or direction is Sign.POSITIVE else sign.negate()
        if wrt not in slope.free_symbols:
            return Sign.ZERO  # a polynomial in the element, zero with all its derivatives
    raise Meeting("boundaries meet here")


def is_coupled(field: Field, switch: Polynomial, wrt: Symbol) -> bool:
    """Whether other elements than the one at hand move a quantity as they move, or cases do."""
    parts = expression_of(field, switch).atoms(Aggregate, Piecewise)
    return any(wrt in part.free_symbols for part in parts)


def _sign_of_slope(here: NormalForm, slope: Expr) -> Sign:
    form = NormalForm(here.region, here.exponents)  # its side conditions are not the claim's
    try:
        value = settled(form, slope)
    except Undefined:
        raise Meeting("boundaries meet where one of them has no slope") from None
    if not all(map(holds, form.conditions.values())):
        raise Meeting("boundaries meet where one of them may have no slope")
    return Sign.ZERO if vanishes(value, here.region) else here.region.decide(value)


def without_cases(expression: Expr, form: NormalForm) -> Expr:
    """The expression with every case outside a sum replaced by the branch that applies."""
    if isinstance(expression, Aggregate) or not expression.args:
        return expression
    if isinstance(expression, Piecewise):
        return without_cases(branch(form, expression), form)
    arguments = [without_cases(argument, form) for argument in expression.args]
    same = all(new is old for new, old in zip(arguments, expression.args, strict=True))
    return expression if same else expression.func(*arguments)


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


def violated(condition: SideCondition) -> bool:
    """Whether a side condition fails throughout its region."""
    quantity, sign, region, _ = condition
    return vanishes(quantity, region) and not sign & Sign.ZERO


def holds(condition: SideCondition) -> bool:
    """Whether a side condition is known to hold throughout its region."""
    return not condition.region.sign_of(condition.quantity) & ~condition.sign


def _defined(expression: Expr, here: NormalForm) -> Fraction:
    form = NormalForm(here.region, here.exponents)
    value = settled(form, expression)
    if any(map(violated, form.conditions.values())):
        raise Undefined("a limit that is not finite")
    here.conditions.update(form.conditions)
    return value
