"""Trusted. What the search wrote down on one region, and fractions multiplied out to compare them.

Nothing is reduced here: two fractions are the same if one times the denominator of the other is
what the other times its denominator is, modulo the equations of the generators.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sympy import Expr, Rational

from derive.prove.field import (
    ONE_POLYNOMIAL,
    Field,
    Fraction,
    Key,
    Polynomial,
    integer,
    single_generator,
    variable,
)
from derive.prove.region import Empty, NeedSign, Region, SideCondition
from derive.prove.sign import Sign

REJECTED = "internal error: a step of the proof was not confirmed"


class Rejected(Exception):
    """A step that could not be checked: an error of the search or of the checker."""


class Unrecorded(NeedSign):
    """The value of an expression that was not written down, as of a case that is left open."""

    def __init__(self) -> None:
        super().__init__(ONE_POLYNOMIAL)


def demand(holds: bool, rule: str) -> None:
    """Reject a step that a rule does not allow."""
    if not holds:
        raise Rejected(rule)


# Fractions ---------------------------------------------------------------------------------------


def plus(a: Fraction, b: Fraction) -> Fraction:
    """The sum over the least common denominator, not reduced."""
    common = a.denominator.gcd(b.denominator)
    left, right = a.denominator // common, b.denominator // common
    return Fraction(a.numerator * right + b.numerator * left, a.denominator * right)


def times(a: Fraction, b: Fraction) -> Fraction:
    """The product, not reduced."""
    return Fraction(a.numerator * b.numerator, a.denominator * b.denominator)


def to_the(a: Fraction, exponent: int) -> Fraction:
    """An integer power, not reduced; of nonzero fractions if the exponent is negative."""
    above, below = a if exponent >= 0 else (a.denominator, a.numerator)
    return Fraction(above ** abs(exponent), below ** abs(exponent))


def multiple(number: Rational, a: Fraction) -> Fraction:
    """A rational multiple, not reduced."""
    return Fraction(integer(int(number.p)) * a.numerator, integer(int(number.q)) * a.denominator)


def same(field: Field, a: Fraction, b: Fraction) -> bool:
    """Whether two fractions are equal modulo the equations of the generators."""
    if a == b:
        return True
    cross = a.numerator * b.denominator - b.numerator * a.denominator
    return bool(field.simplify(cross).is_zero())


def is_regular(field: Field, denominator: Polynomial) -> bool:
    """Whether a polynomial is no divisor of zero: whether its norm is not zero."""
    if denominator.is_one():
        return True
    if denominator.is_constant():
        return not denominator.is_zero()
    algebraic = {*field.roots, *field.indicators}
    if not algebraic:
        return True
    degrees = denominator.degrees()
    if not any(degrees[i] for i in algebraic):
        return True
    norm = field.simplify(denominator)
    for index in sorted(algebraic, reverse=True):
        if norm.degrees()[index] > 0:
            x = variable(index)
            degree, power = field.roots.get(index, (2, x))
            norm = field.simplify((x**degree - power).resultant(norm, index))
    return not norm.is_zero()


# What was written down ----------------------------------------------------------------------------


class Recorded:
    """Fractions for expressions on one region, each written down as soon as it is found.

    What finds them is not trusted: whoever proves something has all that is written down checked.
    """

    def __init__(self, region: Region, conditions: dict[Key, SideCondition]) -> None:
        self.region = region
        self.field: Field = region.field
        self.conditions = conditions
        self.values: dict[Expr, Fraction] = {}
        self.steps: dict[Expr, Any] = {}
        self.beside: Recorded | None = None
        self.field.recorded.append(self)

    def __call__(self, expression: Expr) -> Fraction:
        """The fraction of an expression, as it is written down."""
        if expression not in self.values:
            self.values[expression] = self.compute(expression)
        return self.values[expression]

    def compute(self, expression: Expr) -> Fraction:
        """Find a fraction that is not yet known."""
        raise NotImplementedError

    def exclude_origin(self, x: Expr, y: Expr) -> None:
        """Raise ``Empty`` if both are zero here, and it is known that not both are."""
        at_zero = all(self.region.sign_of(self(e)) is Sign.ZERO for e in (x, y))
        if at_zero and self.region.sign_of(self(x**2 + y**2)) is Sign.POSITIVE:
            raise Empty


class Book(NamedTuple):
    """What is written down on one region: values, steps and conditions, all to be checked."""

    form: Recorded
    field: Field
    region: Region

    def __call__(self, expression: Expr) -> Fraction:
        """The value that is claimed for an expression; raises ``Unrecorded``."""
        try:
            return self.form.values[expression]
        except KeyError:
            raise Unrecorded from None

    def apart(self) -> Book:
        """What is written down about the same region, with conditions of its own."""
        beside = self.form.beside
        if beside is None or beside.region is not self.region:
            raise Unrecorded
        return Book(beside, self.field, self.region)

    def at(self, form: Recorded, region: Region) -> Book:
        """Another one, which must be about this region and have the same conditions."""
        demand(form.conditions is self.form.conditions, "conditions are lost")
        demand(any(form is other for other in self.field.recorded), "a form is not recorded")
        demand(alike(form.region, region), "a form is about another region")
        return Book(form, self.field, form.region)

    def stands_for(self, value: Fraction, kind: str, data: object) -> bool:
        """Whether a value is that of a generator, or what the region says that this equals."""
        solved = (*self.region.equalities, *self.region.everywhere)
        indices = [index for index, known in solved if known == value]
        index = single_generator(value.numerator) if value.denominator.is_one() else None
        generators = [self.field.generators[i] for i in (*indices, index) if i is not None]
        return any(g.kind == kind and g.data == data for g in generators)

    def grants(self, source: Expr, quantity: Fraction, sign: Sign) -> bool:
        """Whether a condition holds throughout the region, or is recorded as one of the claim."""
        return not self.region.sign_of(quantity) & ~sign or any(
            c.quantity == quantity
            and not c.sign & ~sign
            and (c.source == source or self.form.values.get(c.source) == quantity)
            and c.region.local == self.region.local
            and c.region.bound == self.region.bound
            for c in self.form.conditions.values()
        )

    def sign_with(self, value: Fraction, positive: list[Polynomial]) -> Sign:
        """The signs that a value may have, given that some polynomials are not negative."""
        known = self.region.sign_of(value)
        if not known & Sign.NEGATIVE or value.is_zero:
            return known
        number, factors = self.field.factors(value)
        sign = Sign.POSITIVE if number > 0 else Sign.NEGATIVE
        for factor, multiplicity in factors:
            own = self.region.sign(factor)
            own &= Sign.NONNEGATIVE if factor in positive else Sign.ANY
            own &= Sign.NONPOSITIVE if -factor in positive else Sign.ANY
            sign = sign.times(own.power(multiplicity))
        return sign

    def positive_with(self, x: Fraction) -> list[Polynomial]:
        """The factor that is not negative if the product is not, since the others are positive."""
        if x.is_zero:
            return []
        number, factors = self.field.factors(x)
        others, unknown = Sign.POSITIVE if number > 0 else Sign.NEGATIVE, []
        for factor, multiplicity in factors:
            sign = self.region.sign(factor).power(multiplicity)
            if sign & Sign.NEGATIVE and sign & Sign.POSITIVE:
                unknown.append(factor)
            else:
                others = others.times(sign)
        if len(unknown) != 1 or others not in (Sign.POSITIVE, Sign.NEGATIVE):
            return []
        return [unknown[0] if others is Sign.POSITIVE else -unknown[0]]


def alike(a: Region, b: Region) -> bool:
    """Whether two regions are given by the same facts and equalities."""
    return a is b or (
        a.universal == b.universal
        and a.local == b.local
        and a.equalities == b.equalities
        and a.everywhere == b.everywhere
        and a.bound == b.bound
    )
