"""Trusted. Which case applies on a region, and whether a condition holds throughout it."""

from __future__ import annotations

from typing import Protocol

from sympy import ITE, And, Expr, Not, Or, Piecewise, exp
from sympy.core.relational import (
    Equality,
    GreaterThan,
    LessThan,
    Relational,
    StrictGreaterThan,
    StrictLessThan,
    Unequality,
)
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from derive.prove.expression import fraction_expression
from derive.prove.field import Field, Fraction, OutsideClass, Undefined, generators_of
from derive.prove.region import Empty, NeedSign, Region
from derive.prove.sign import Sign

_SIGNS = {
    StrictGreaterThan: Sign.POSITIVE,
    GreaterThan: Sign.NONNEGATIVE,
    StrictLessThan: Sign.NEGATIVE,
    LessThan: Sign.NONPOSITIVE,
    Equality: Sign.ZERO,
    Unequality: Sign.NONZERO,
}


class Values(Protocol):
    """The values of expressions on one region."""

    @property
    def field(self) -> Field:
        """The field of the values."""

    @property
    def region(self) -> Region:
        """Where they are the values."""

    def __call__(self, expression: Expr, /) -> Fraction:
        """The value of an expression; raises ``NeedSign`` if it is left open."""

    def apart(self) -> Values:
        """Values on the same region, with a collection of side conditions of their own."""


def branch(form: Values, cases: Piecewise) -> Expr:
    """The case that applies throughout the region; raises ``NeedSign`` if it varies."""
    for value, condition in cases.args:
        if holds(form, condition):
            return value
    raise Undefined("no case applies")


def holds(form: Values, condition: object) -> bool:
    """Whether a condition holds throughout the region, or fails throughout."""
    if isinstance(condition, BooleanTrue | BooleanFalse | bool):
        return bool(condition)
    if isinstance(condition, And | Or):
        return _connective(form, condition)
    if isinstance(condition, Not):
        return not holds(form, condition.args[0])
    if isinstance(condition, ITE):  # what SymPy makes of a comparison of cases
        decisive, then, otherwise = condition.args
        return holds(form, then if holds(form, decisive) else otherwise)
    if isinstance(condition, Relational):
        difference = form.field.subtract(form(condition.lhs), form(condition.rhs))
        allowed = _SIGNS[type(condition)]
        sign = form.region.sign_of(difference) & _sign_by_exponential(form, difference)
        if not sign:
            raise Empty
        if not sign & ~allowed:
            return True
        if not sign & allowed:
            return False
        return bool(form.region.decide(difference) & allowed)
    raise OutsideClass(f"a condition of kind {type(condition).__name__}")


def _sign_by_exponential(form: Values, quantity: Fraction) -> Sign:
    """What the sign of ``exp(quantity) - 1`` says, where that has fewer logarithms."""
    if not any(form.field.generators[i].kind == "log" for i in generators_of(quantity.numerator)):
        return Sign.ANY
    rising = exp(fraction_expression(form.field, quantity), evaluate=False) - 1
    try:
        # What makes it defined has been asked for already.
        return form.region.sign_of(form.apart()(rising))
    except (NeedSign, OutsideClass, Undefined):
        return Sign.ANY


def _connective(form: Values, condition: And | Or) -> bool:
    settles = isinstance(condition, Or)
    open_question: NeedSign | None = None
    for argument in condition.args:
        try:
            if holds(form, argument) is settles:
                return settles
        except NeedSign as need:
            open_question = open_question or need
    if open_question:
        raise open_question
    return not settles
