"""The ground on which a claim is examined: generators, the declared domain, and their texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from sympy import Abs, Expr, FiniteSet, Interval, Symbol, oo
from sympy.core.relational import (
    Equality,
    GreaterThan,
    LessThan,
    Relational,
    StrictGreaterThan,
    StrictLessThan,
    Unequality,
)
from sympy.sets import Set

from derive.formulas import text_line
from derive.language import identity
from derive.prove.balls import Point
from derive.prove.expression import expression_of, fraction_expression
from derive.prove.facts import Fact
from derive.prove.field import Contradictory, Field, Fraction, Key, OutsideClass, key
from derive.prove.normal import Exponents, FinerExponent, NormalForm
from derive.prove.points import Domain, has_sign, has_value, points
from derive.prove.region import NeedSign, Region, SideCondition
from derive.prove.sign import Sign

T = TypeVar("T")
_ZERO_OR_ONE = (GreaterThan(identity, 0), LessThan(identity, 1), Equality(identity**2, identity))
SAMPLES = 200
PARTS = 64
_RELATIONS = {
    Sign.POSITIVE: ">",
    Sign.NEGATIVE: "<",
    Sign.ZERO: "=",
    Sign.NONNEGATIVE: "≥",
    Sign.NONPOSITIVE: "≤",
    Sign.NONZERO: "≠",
}
_SIGNS = {
    StrictGreaterThan: Sign.POSITIVE,
    GreaterThan: Sign.NONNEGATIVE,
    StrictLessThan: Sign.NEGATIVE,
    LessThan: Sign.NONPOSITIVE,
    Equality: Sign.ZERO,
}


class Setting:
    """A field of generators and the region that the declared domain is in it."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.field = Field()
        self.exponents = Exponents()
        self._holding: dict[tuple[object, ...], bool] = {}

    def restarting(self, job: Callable[[], T]) -> T:
        """Run ``job`` until it needs no finer exponent."""
        for _ in range(12):
            try:
                return job()
            except FinerExponent:
                continue
        raise OutsideClass("exponents with too many denominators")

    def form(self, region: Region) -> NormalForm:
        """Normal forms on a region, with a collection of side conditions of their own."""
        return NormalForm(region, self.exponents)

    def start(self) -> Region:
        """The declared domain as a region."""
        region = Region(self.field)
        for symbol, domain in zip(self.domain.symbols, self.domain.sets, strict=True):
            for fact in _membership(symbol, domain):
                region = self._assume(region, fact)
        for fact in _ZERO_OR_ONE if self.domain.square else ():
            region = self._assume(region, fact)
        for fact in self.domain.assuming:
            if isinstance(fact, Unequality):
                continue  # a surface without volume: it is skipped where it turns up
            for part in without_absolute_values(fact):
                region = self._assume(region, part)
        if region.is_empty:
            raise Contradictory("the stated facts contradict each other")
        return region

    @property
    def is_discrete(self) -> bool:
        """Whether something has finitely many values, of which ``start`` knows only the hull."""
        return any(isinstance(s, FiniteSet) and len(s) > 1 for s in self.domain.sets)

    def parts(self, but: Symbol | None = None) -> list[Region]:
        """The domain in parts: what has finitely many values has one of them in each, at one index.

        What moves, ``but``, keeps the hull of its values, as does all if there were too many parts.
        """
        parts = [self.start()]
        for symbol, domain in zip(self.domain.symbols, self.domain.sets, strict=True):
            if isinstance(domain, FiniteSet) and len(domain) > 1 and symbol != but:
                parts = [
                    part.on_surface(self.form(part)(symbol - value).numerator)
                    for part in parts
                    for value in sorted(domain)
                ]
            if len(parts) > PARTS:
                return [self.start()]
        return [part for part in parts if not part.is_empty]

    def _assume(self, region: Region, fact: Relational) -> Region:
        form = self.form(region)
        try:
            difference = form(fact.lhs - fact.rhs)
        except NeedSign:
            raise OutsideClass(
                f"the stated fact {fact} distinguishes cases: state inequalities without them"
            ) from None
        if any(c.region.bound and c.sign is Sign.NONZERO for c in form.conditions.values()):
            raise OutsideClass(f"the stated fact {fact} distinguishes cases inside a sum")
        if region.sign(difference.denominator) is not Sign.POSITIVE:
            raise OutsideClass(f"the stated fact {fact} has a denominator of unknown sign")
        sign = _SIGNS[type(fact)]
        region = region.given_everywhere(difference.numerator, sign)
        if sign is Sign.ZERO and (solution := region.solve(difference.numerator)):
            region = replace(region, equalities=(*region.equalities, solution))
        return region

    def sample(
        self, region: Region, *formulas: Expr, conditions: Sequence[SideCondition] = ()
    ) -> Point | None:
        """A point of the domain known to lie in a region, where the formulas have real values.

        There it meets the conditions, too: a proof under conditions that none meets says nothing.
        """
        facts = [(key(f.polynomial), f) for f in region.local]
        open_conditions = [c for c in conditions if c.region.sign_of(c.quantity) & ~c.sign]
        for shape in self.domain.shapes():
            for number, point in enumerate(points(self.domain, shape, SAMPLES)):
                for index in point.indices():
                    here = point.at(index)
                    place = (shape, number, index)
                    inside = all(self._has_sign(name, fact, here, place) for name, fact in facts)
                    if (
                        inside
                        and all(has_value(formula, here) for formula in formulas)
                        and all(self._meets(condition, here) for condition in open_conditions)
                    ):
                        return here
        return None

    def _meets(self, condition: SideCondition, here: Point) -> bool:
        """Whether a point meets a condition: at every index, if it stands inside an aggregate."""
        quantity = fraction_expression(self.field, condition.quantity)
        places = here.indices() if condition.region.bound else [here.index]
        return all(has_sign(quantity, condition.sign, here.at(place)) for place in places)

    def _has_sign(self, name: Key, fact: Fact, here: Point, place: tuple[object, ...]) -> bool:
        """Whether a fact is known to hold at a sample; regions have most of theirs in common."""
        known = (name, fact.sign, place)
        if known not in self._holding:
            expression = expression_of(self.field, fact.polynomial)
            self._holding[known] = has_sign(expression, fact.sign, here)
        return self._holding[known]

    # Texts -------------------------------------------------------------------------------------

    def text(self, quantity: Fraction) -> str:
        """A fraction as a line of text."""
        return text_line(fraction_expression(self.field, quantity))

    def fact_text(self, fact: Fact) -> str:
        """A fact as a line of text."""
        return relation_text(expression_of(self.field, fact.polynomial), fact.sign)


def relation_text(expression: Expr, sign: Sign) -> str:
    """The statement that an expression has a sign."""
    return f"{text_line(expression)} {_RELATIONS[sign]} 0"


def without_absolute_values(fact: Relational) -> list[Relational]:
    """Facts that say together what an inequality between an absolute value and a number says.

    ``|a| < b`` is ``-b < a < b``; ``|a| > b`` for a number ``b >= 0`` is ``a**2 > b**2``.
    """
    fact = fact.reversed if isinstance(fact.rhs, Abs) else fact
    if not isinstance(fact.lhs, Abs) or fact.rhs.has(Abs):
        return [fact]
    inner, bound = fact.lhs.args[0], fact.rhs
    if isinstance(fact, LessThan | StrictLessThan):
        return [type(fact)(inner, bound), type(fact)(-inner, bound)]
    if isinstance(fact, GreaterThan | StrictGreaterThan) and bound.is_nonnegative:
        return [type(fact)(inner**2, bound**2)]
    return [fact]


def _membership(symbol: Symbol, domain: Set) -> list[Relational]:
    """Inequalities that hold of every number in a set; of a finite set only its hull."""
    low_end, high_end = domain.inf, domain.sup
    if low_end == high_end:
        return [Equality(symbol, low_end, evaluate=False)]
    if not isinstance(domain, Interval):
        domain = Interval(low_end, high_end)
    facts: list[Relational] = []
    if domain.start != -oo:
        low = StrictGreaterThan if domain.left_open else GreaterThan
        facts.append(low(symbol, domain.start, evaluate=False))
    if domain.end != oo:
        high = StrictLessThan if domain.right_open else LessThan
        facts.append(high(symbol, domain.end, evaluate=False))
    return facts
