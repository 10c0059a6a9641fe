"""Trusted. What is known about signs on a part of the domain, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import NamedTuple

from sympy import Expr

from derive.language import ENTRY
from derive.prove.angles import sign_at_angle
from derive.prove.box import ranges, sign_in_range, sign_on_box
from derive.prove.constants import constant_sign, enclosing
from derive.prove.exponents import exponential_gap
from derive.prove.facts import Fact, fact_of
from derive.prove.field import (
    ONE_POLYNOMIAL,
    Field,
    Fraction,
    Key,
    OutsideClass,
    Polynomial,
    generators_of,
    key,
    primitive,
    split_linear,
    variable,
)
from derive.prove.linear import Inequality, Monomial, contradictory, inequality, opposite
from derive.prove.products import sign_of_factor
from derive.prove.sign import Sign


class NeedSign(Exception):
    """A sign that decides between cases and that the region leaves open."""

    def __init__(self, polynomial: Polynomial) -> None:
        super().__init__("a sign is needed")
        self.polynomial = primitive(polynomial)[0]


class Empty(Exception):
    """The facts of a region contradict each other: there is nothing to say about it."""


class SideCondition(NamedTuple):
    """The sign that a quantity must have for the formulas to be defined, and where."""

    quantity: Fraction
    sign: Sign
    region: Region
    source: Expr


@dataclass(frozen=True, eq=False)
class Region:
    """A set of points given by signs: ``universal`` at every index, ``local`` at the generic one.

    ``equalities`` replace a generator by a fraction, where a fact says that they are equal;
    those that hold ``everywhere`` do so at every entry of the slice at hand.
    ``bound`` are the axes of the aggregates that enclose the expression at hand.
    """

    field: Field
    universal: tuple[Fact, ...] = ()
    local: tuple[Fact, ...] = ()
    equalities: tuple[tuple[int, Fraction], ...] = ()
    everywhere: tuple[tuple[int, Fraction], ...] = ()
    bound: frozenset[str] = frozenset()
    own_signs: dict[int, Sign] = dataclass_field(default_factory=dict)
    _signs: dict[Key, Sign] = dataclass_field(default_factory=dict, init=False)
    _inside: dict[tuple[str, int, int], Region] = dataclass_field(default_factory=dict, init=False)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Everything that may be used at the index at hand."""
        return self.universal + self.local

    def given(self, polynomial: Polynomial, sign: Sign) -> Region:
        """The part where ``polynomial`` has this sign, at the index at hand."""
        smaller = replace(self, local=(*self.local, fact_of(polynomial, sign)))
        smaller._signs.update((n, s) for n, s in self._signs.items() if s.decided)
        return smaller

    def given_everywhere(self, polynomial: Polynomial, sign: Sign) -> Region:
        """The part where ``polynomial`` has this sign at every index."""
        facts = (*self.universal, fact_of(polynomial, sign))
        return replace(self, universal=facts, own_signs={})

    def replaces(self, kind: str) -> bool:
        """Whether a generator of this kind is something else here, by an equality."""
        replaced = (*self.equalities, *self.everywhere)
        return any(self.field.generators[index].kind == kind for index, _ in replaced)

    def on_surface(self, polynomial: Polynomial) -> Region:
        """The part where ``polynomial`` vanishes; solved for a generator where that is possible.

        Raises ``NeedSign`` if it can be solved once a sign is known.
        """
        surface = self.given(polynomial, Sign.ZERO)
        solution = self.solve(polynomial)
        if solution is None:
            return surface
        return replace(surface, equalities=(*surface.equalities, solution))

    def solve(self, polynomial: Polynomial) -> tuple[int, Fraction] | None:
        """A generator for which ``polynomial = 0`` can be solved, and its value."""
        for index in self._unknowns(polynomial):
            leading, rest = split_linear(polynomial, index)
            if self.sign(leading) & Sign.ZERO:
                continue
            if not any(_occurs(self.field, index, part) for part in (leading, rest)):
                return index, self.field.reduce(-rest, leading)
        return None

    def _unknowns(self, polynomial: Polynomial) -> list[int]:
        """Candidates to solve for: plain symbols first, those that do not vary before others."""
        degrees = polynomial.degrees()
        kinds = {"symbol": 0, "sum": 1, "exp": 2, "log": 3, "largest": 4}
        found = [
            i
            for i in generators_of(polynomial)
            if degrees[i] == 1 and self.field.generators[i].kind in kinds
        ]
        generators = self.field.generators
        return sorted(found, key=lambda i: (kinds[generators[i].kind], len(generators[i].axes), i))

    def within(self, axis: str) -> Region:
        """The region as seen from inside an aggregate over ``axis``.

        The index is now a bound one: facts about the generic index do not apply to it.
        """
        # What is found out there stays right, but more may be found as the field grows.
        grown = (axis, len(self.field.generators), len(self.field.nonnegative))
        if grown not in self._inside:
            self._inside[grown] = self._within(axis)
        return self._inside[grown]

    def _within(self, axis: str) -> Region:
        free = tuple(f for f in self.local if axis not in self.field.axes(f.polynomial))
        equalities = tuple(
            (i, value)
            for i, value in self.equalities
            if axis not in self.field.generators[i].axes
            and not any(axis in self.field.axes(part) for part in value)
        )
        return replace(
            self,
            local=free,
            equalities=equalities,
            everywhere=self.everywhere if axis == ENTRY else (),
            bound=self.bound | {axis},
        )

    def at_every_index(self, axis: str) -> Region:
        """What is known at every index, as seen from inside an aggregate over ``axis``."""
        return replace(self, local=(), equalities=(), everywhere=(), bound=frozenset({axis}))

    # Signs -------------------------------------------------------------------------------------

    def sign(self, polynomial: Polynomial) -> Sign:
        """Every sign that ``polynomial`` may have here, as far as can be told.

        Raises ``Empty`` if there is none.
        """
        if polynomial.is_zero():
            return Sign.ZERO
        positive, flip = primitive(polynomial)
        name = key(positive)
        if name not in self._signs:
            self._signs[name] = self._sign(positive)
        if not self._signs[name]:
            raise Empty
        return self._signs[name] if flip > 0 else self._signs[name].negate()

    def sign_of(self, fraction: Fraction) -> Sign:
        """Every sign that a fraction may have here, where it is defined."""
        if fraction.is_zero:
            return Sign.ZERO
        vanishing = self.sign(fraction.denominator) & Sign.ZERO
        if vanishing and self.sign(fraction.numerator) is Sign.ZERO:
            return Sign.ANY  # both may vanish together, as after rationalising
        content, parts = self.field.factors(fraction)
        result = Sign.POSITIVE if content > 0 else Sign.NEGATIVE
        for part, multiplicity in parts:
            result = result.times(self.sign(part).power(multiplicity))
        if not result.decided:
            result &= self.sign(fraction.numerator).times(self.sign(fraction.denominator))
        return result

    def decide(self, fraction: Fraction) -> Sign:
        """The one sign of a fraction; raises ``NeedSign`` if there could be several."""
        sign = self.sign_of(fraction)
        if sign.decided:
            return sign
        switch = self._switch(fraction)
        if switch is None:
            raise OutsideClass("a quotient of two quantities that are zero")
        raise NeedSign(switch)

    def _switch(self, fraction: Fraction) -> Polynomial | None:
        """A factor of unknown sign, or of the exponents whose order decides its sign."""
        for part, _ in self.field.factors(fraction)[1]:
            if not self.sign(part).decided:
                gap = exponential_gap(self.field, part)
                return (gap and self._switch(gap)) or part
        return None

    def _sign(self, polynomial: Polynomial) -> Sign:
        sign = self.sign_of_terms(polynomial)
        if not sign.decided:
            sign &= constant_sign(self.field, polynomial)
        for fact in self.facts:
            if fact.polynomial == polynomial:
                sign &= fact.sign
        if not sign.decided:
            sign &= self._from_inequalities(polynomial, sign)
        if not sign.decided:
            rows = [row for fact in self.facts for row in fact.inequalities]
            sign &= sign_on_box(polynomial, ranges(rows), self._sign_of_factors)
        if not sign.decided:
            sign &= sign_of_factor(self.field, polynomial, rows, [f[:2] for f in self.facts])
        if not sign.decided and (gap := exponential_gap(self.field, polynomial)):
            sign &= self.sign_of(gap)
        if sign is Sign.NONNEGATIVE and self._has_positive_root(polynomial):
            sign = Sign.POSITIVE
        return sign

    def _sign_of_factors(self, polynomial: Polynomial) -> Sign:
        return self.sign_of(Fraction(polynomial, ONE_POLYNOMIAL))

    def sign_of_terms(self, polynomial: Polynomial) -> Sign:
        """Every sign that the terms of ``polynomial`` leave open; much cheaper than ``sign``."""
        total = Sign.ZERO
        for factors, coefficient in self.field.powers(polynomial):
            term = Sign.POSITIVE if coefficient > 0 else Sign.NEGATIVE
            for index, exponent in factors:
                term = term.times(self.generator_sign(index).power(exponent))
            total = total.plus(term)
        return total

    def generator_sign(self, index: int) -> Sign:
        """The signs of a generator: by its nature, by facts, or by those of its parts."""
        generator = self.field.generators[index]
        sign = Sign.ANY
        if generator.kind == "exp":
            return Sign.POSITIVE
        if generator.kind == "root":
            radicand = self.sign(generator.data[1])
            return Sign.NONNEGATIVE if radicand & Sign.ZERO else Sign.POSITIVE
        if generator.kind in ("indicator", "zero"):
            return Sign.NONNEGATIVE
        if generator.kind == "symbol":
            sign = self._own_sign(index)
        if generator.kind in ("sum", "largest"):
            axis, body = generator.data
            sign = self.within(axis).sign_of(body)
            sign = sign.plus(sign)
        if generator.kind in ("log", "constant", "function"):
            sign = constant_sign(self.field, variable(index))
        if generator.kind in ("sine", "function"):
            sign &= sign_at_angle(self.field, generator, self.sign_of)
        for fact in self.facts:
            if fact.polynomial == variable(index):
                sign &= fact.sign
        return sign

    def _has_positive_root(self, radicand: Polynomial) -> bool:
        for index in self.field.roots:
            if self.field.roots[index][1] == radicand:
                root = inequality(variable(index), strict=True)
                if self._excludes(opposite(root, strict=False)):
                    return True
        return False

    def _from_inequalities(self, polynomial: Polynomial, sign: Sign) -> Sign:
        above = inequality(polynomial, strict=True)
        if sign & Sign.NEGATIVE and self._excludes(opposite(above, strict=True)):
            sign &= Sign.NONNEGATIVE
        if sign & Sign.POSITIVE and self._excludes(above):
            sign &= Sign.NONPOSITIVE
        if sign is Sign.NONNEGATIVE and self._excludes(opposite(above, strict=False)):
            sign = Sign.POSITIVE
        if sign is Sign.NONPOSITIVE and self._excludes(above._replace(strict=False)):
            sign = Sign.NEGATIVE
        return sign

    @property
    def is_empty(self) -> bool:
        """Whether the facts are proved to contradict each other; ``False`` says nothing."""
        try:
            for fact in self.facts:
                if not self.sign_of_terms(fact.polynomial) & fact.sign:
                    return True
            return contradictory(self._system(None))
        except Empty:
            return True

    def _excludes(self, row: Inequality) -> bool:
        return contradictory(self._system(row))

    def _system(self, query: Inequality | None) -> list[Inequality]:
        """The facts that bear on a query, and what holds of their monomials anyway.

        A fact bears on the query if it shares a monomial with it, or with another that does.
        """
        pool = [row for fact in self.facts for row in fact.inequalities]
        pool += [row for row in self.field.nonnegative.values() if self._is_defined(row)]
        if query is None:
            system = pool
        else:
            system, reached, rest = [query], set(query.coefficients), pool
            while rest:
                near = [row for row in rest if not reached.isdisjoint(row.coefficients)]
                if not near:
                    break
                rest = [row for row in rest if reached.isdisjoint(row.coefficients)]
                system += near
                reached.update(*(row.coefficients for row in near))
        self.field.work.spend("inequalities", len(system))
        names = {name for row in system for name in row.coefficients}
        return system + [row for name in sorted(names) for row in self._of_monomial(name)]

    def _is_defined(self, row: Inequality) -> bool:
        """Whether the roots and logarithms in an inequality exist throughout the region."""
        kinds = {"root": Sign.NEGATIVE, "log": Sign.NONPOSITIVE}
        for index in {i for name in row.coefficients for i, _ in name}:
            generator = self.field.generators[index]
            if generator.kind in kinds and not isinstance(generator.data, int):
                inner = generator.data[1] if generator.kind == "root" else generator.data
                noted = self.field.nonnegative.get(key(inner))
                if noted and noted.strict and self._is_defined(noted):
                    continue
                known = self.sign_of_terms(inner)
                for fact in self.facts:
                    if fact.polynomial == inner:
                        known &= fact.sign
                if known & kinds[generator.kind]:
                    return False
        return True

    def _of_monomial(self, name: Monomial) -> list[Inequality]:
        sign = Sign.POSITIVE
        for index, exponent in name:
            sign = sign.times(self._own_sign(index).power(exponent))
        rows = []
        if not sign & Sign.NEGATIVE:
            strict = not sign & Sign.ZERO
            rows.append(Inequality({name: 1}, 0, strict))
        rows += enclosing(self.field, name)
        if self._is_size(name):
            rows.append(Inequality({name: 1}, -1, False))
        return rows

    def _own_sign(self, index: int) -> Sign:
        """The sign of a generator at every index, whatever the local facts."""
        if index not in self.own_signs:
            self.own_signs[index] = Sign.ANY  # in case that the search comes back to it
            self.own_signs[index] = self._find_own_sign(index)
        return self.own_signs[index]

    def _find_own_sign(self, index: int) -> Sign:
        generator = self.field.generators[index]
        if generator.kind in ("root", "indicator", "zero"):
            return Sign.NONNEGATIVE
        if generator.kind in ("sum", "largest"):
            axis, body = generator.data
            sign = self.at_every_index(axis).sign_of(body)
            return sign.plus(sign)
        is_symbol = generator.kind == "symbol"
        if generator.kind == "exp" or (is_symbol and generator.data.is_positive):
            return Sign.POSITIVE
        if not is_symbol:
            return Sign.ANY
        sign = Sign.NONNEGATIVE if generator.data.is_nonnegative else Sign.ANY
        return sign & sign_in_range(index, (row for f in self.universal for row in f.inequalities))

    def _is_size(self, name: Monomial) -> bool:
        if len(name) != 1 or name[0][1] != 1:
            return False
        generator = self.field.generators[name[0][0]]
        return generator.kind == "symbol" and bool(generator.data.is_integer)


def _occurs(field: Field, index: int, polynomial: Polynomial) -> bool:
    """Whether a generator occurs in a polynomial, itself or perhaps inside another generator."""
    symbols = field.generators[index].symbols
    return any(
        other == index
        or (field.generators[other].kind != "symbol" and field.generators[other].symbols & symbols)
        for other in generators_of(polynomial)
    )
