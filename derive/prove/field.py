"""Trusted. Exact arithmetic in the field where expressions have their normal form.

The field consists of fractions of integer polynomials in *generators*: symbols, exponentials,
logarithms, roots and sums that are algebraically independent as far as anyone can tell. Nothing
here depends on that independence: each rewriting below is an identity of real functions wherever
the fractions involved are defined, so a numerator that comes out as the zero polynomial proves
that an expression vanishes.

Identities used, with their conditions:

1. ``a/b = (a/g)/(b/g)`` for a common factor ``g`` of both; where ``g`` is nonzero, which the
   condition on the denominator ``b``, recorded when ``b`` was inverted, implies.
2. ``R**q = f`` for ``R`` the principal ``q``-th root of ``f``, where ``f >= 0``, and for
   ``R = sin x``, ``q = 2``, ``f = 1 - cos(x)**2``.
3. ``1/(u + v R) = (u - v R)/(u**2 - v**2 f)`` for a square root ``R``; the new denominator is
   nonzero wherever both factors are, and where it is not the fraction is not reduced further.
4. ``[f > 0]**2 = [f > 0]`` for the indicator of a condition, and the same for ``[f = 0]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from math import gcd
from typing import Any, NamedTuple

from flint import Ordering, fmpz_mpoly, fmpz_mpoly_ctx
from sympy import Expr, Rational, Symbol

from derive.prove.work import Work

Polynomial = fmpz_mpoly
Key = tuple[Any, ...]

CAPACITY = 64
_INDICES = range(CAPACITY)
HIGHEST_POWER = 200
_CONTEXT = fmpz_mpoly_ctx.get([f"g{i}" for i in range(CAPACITY)], Ordering.lex)
_VARIABLES = _CONTEXT.gens()
ZERO_POLYNOMIAL = _CONTEXT.constant(0)
ONE_POLYNOMIAL = _CONTEXT.constant(1)


class OutsideClass(Exception):
    """An expression that the normal form does not cover; the verdict can only be unknown."""


class Contradictory(OutsideClass):
    """Facts of which no point satisfies all: whatever is claimed under them says nothing."""


class Undefined(Exception):
    """An expression that has no real value anywhere on the region at hand."""


class Fraction(NamedTuple):
    """A reduced fraction; the leading coefficient of the denominator is positive."""

    numerator: Polynomial
    denominator: Polynomial

    @property
    def is_zero(self) -> bool:
        """Whether this is the zero of the field."""
        return bool(self.numerator.is_zero())


ZERO = Fraction(ZERO_POLYNOMIAL, ONE_POLYNOMIAL)
ONE = Fraction(ONE_POLYNOMIAL, ONE_POLYNOMIAL)


@dataclass(frozen=True)
class Generator:
    """One generator: its kind, what it is made of, where it varies, which symbols it contains."""

    # symbol, constant, exp, log, root, sine, function, sum, largest, maximiser, tie, indicator,
    # zero (the indicator of a surface)
    kind: str
    data: Any
    axes: frozenset[str]
    symbols: frozenset[Symbol]


def key(polynomial: Polynomial) -> Key:
    """A hashable identity of a polynomial: as it is printed, for its terms have an order."""
    return (str(polynomial),)


def terms(polynomial: Polynomial) -> list[tuple[tuple[int, ...], int]]:
    """Exponent vectors and coefficients."""
    return list(zip(polynomial.monoms(), map(int, polynomial.coeffs()), strict=True))


def powers(polynomial: Polynomial) -> list[tuple[list[tuple[int, int]], int]]:
    """The generators of each term with their exponents, and its coefficient."""
    used = generators_of(polynomial)
    return [([(i, x[i]) for i in used if x[i]], c) for x, c in terms(polynomial)]


def monomial(exponents: tuple[int, ...], coefficient: int = 1) -> Polynomial:
    """A single term."""
    return _CONTEXT.from_dict({exponents: coefficient})


def polynomial_of(parts: dict[tuple[int, ...], int]) -> Polynomial:
    """The polynomial with these terms."""
    return _CONTEXT.from_dict(parts)


def integer(value: int) -> Polynomial:
    """A constant polynomial."""
    return _CONTEXT.constant(value)


def variable(index: int) -> Polynomial:
    """A generator as a polynomial."""
    return _VARIABLES[index]


def by_varying(polynomial: Polynomial, varying: set[int]) -> dict[tuple[int, ...], Polynomial]:
    """The polynomial as one in the generators ``varying``: exponents and their coefficients."""
    groups: dict[tuple[int, ...], dict[tuple[int, ...], int]] = {}
    for exponents, coefficient in terms(polynomial):
        power = tuple(x if i in varying else 0 for i, x in enumerate(exponents))
        constant = tuple(0 if i in varying else x for i, x in enumerate(exponents))
        groups.setdefault(power, {})[constant] = coefficient
    return {power: polynomial_of(constants) for power, constants in groups.items()}


def split_linear(polynomial: Polynomial, index: int) -> tuple[Polynomial, Polynomial]:
    """``a`` and ``b`` such that a polynomial of degree one is ``a * generator + b``."""
    leading = polynomial.derivative(index)
    return leading, polynomial - leading * variable(index)


def generators_of(polynomial: Polynomial) -> list[int]:
    """The indices of the generators that occur."""
    return [] if polynomial.is_zero() else list(compress(_INDICES, polynomial.degrees()))


def single_generator(polynomial: Polynomial) -> int | None:
    """The index of the generator that the polynomial is, if it is one."""
    if len(polynomial) != 1 or polynomial.leading_coefficient() != 1:
        return None
    found = generators_of(polynomial)
    return found[0] if len(found) == 1 and polynomial == variable(found[0]) else None


class Field:
    """The generators met so far and the arithmetic of fractions over them."""

    def __init__(self) -> None:
        self.generators: list[Generator] = []
        self.work = Work(OutsideClass)
        self.roots: dict[int, tuple[int, Polynomial]] = {}  # R**q = f, by the index of R
        self.indicators: list[int] = []
        self.pointwise = False  # whether formulas are compared where their cases meet, too
        self.nonnegative: dict[Key, Any] = {}  # squares and what else has a sign, as inequalities
        self.reasons: dict[Key, Any] = {}  # why these have their sign, for the checker
        self.recorded: list[Any] = []  # normal forms, for the checker
        self.enclosures: dict[Key, Any] = {}  # of constant polynomials
        self.expressions: dict[Key, Expr] = {}  # polynomials written as expressions again
        self._index: dict[Key, int] = {}
        self._powers: dict[Key, list[tuple[list[tuple[int, int]], int]]] = {}
        self._factored: dict[Key, tuple[int, list[tuple[Polynomial, int]]]] = {}

    def generator(
        self,
        kind: str,
        name: Key,
        data: Any,
        parts: tuple[Polynomial, ...] = (),
        axes: frozenset[str] = frozenset(),
        symbols: frozenset[Symbol] = frozenset(),
    ) -> int:
        """The index of a generator, created on first use; it varies wherever its parts do."""
        index = self._index.get((kind, *name))
        if index is None:
            index = len(self.generators)
            if index == CAPACITY:
                raise OutsideClass(f"more than {CAPACITY} independent quantities")
            for part in parts:
                axes, symbols = axes | self.axes(part), symbols | self.symbols(part)
            if kind in ("sum", "largest"):
                axes -= {data[0]}
            self.generators.append(Generator(kind, data, axes, symbols))
            self._index[(kind, *name)] = index
            if kind == "root":
                self.roots[index] = data
            if kind == "sine":
                self.roots[index] = (2, data[1])
            if kind in ("indicator", "zero"):
                self.indicators.append(index)
        return index

    def varies(self, index: int) -> bool:
        """Whether a generator is anything else than a number."""
        generator = self.generators[index]
        kinds = ("sum", "indicator", "zero")
        return bool(generator.symbols or generator.axes or generator.kind in kinds)

    def axes(self, polynomial: Polynomial) -> frozenset[str]:
        """The axes along which a polynomial varies."""
        return frozenset().union(*(self.generators[i].axes for i in generators_of(polynomial)))

    def symbols(self, polynomial: Polynomial) -> frozenset[Symbol]:
        """The symbols on which a polynomial depends, through whatever generators."""
        return frozenset().union(*(self.generators[i].symbols for i in generators_of(polynomial)))

    def powers(self, polynomial: Polynomial) -> list[tuple[list[tuple[int, int]], int]]:
        """The same as ``powers``, looked up for a polynomial that was met before."""
        name = key(polynomial)
        if name not in self._powers:
            self._powers[name] = powers(polynomial)
        return self._powers[name]

    def factors(self, fraction: Fraction) -> tuple[Rational, list[tuple[Polynomial, int]]]:
        """A rational content and irreducible factors with their (signed) multiplicities.

        A square root that divides the numerator, by identity 2, is a factor of its own.
        """
        above, numerator = self._factor(fraction.numerator)
        below, denominator = self._factor(fraction.denominator)
        parts: dict[Key, tuple[Polynomial, int]] = {}
        for part, exponent in numerator:
            for factor in self._root_factors(part):
                name = key(factor)
                _, so_far = parts.get(name, (factor, 0))
                parts[name] = factor, so_far + exponent
        return Rational(above, below), [*parts.values(), *((f, -e) for f, e in denominator)]

    def _root_factors(self, polynomial: Polynomial) -> list[Polynomial]:
        """``f a + R b = R (R a + b)`` for the square root ``R`` of ``f``."""
        degrees = polynomial.degrees() if self.roots else ()
        for root, (degree, radicand) in self.roots.items():
            if degree == 2 and degrees[root] == 1:
                leading, rest = split_linear(polynomial, root)
                quotient, remainder = divmod(rest, radicand)
                if not rest.is_zero() and remainder.is_zero():
                    other = leading + quotient * variable(root)
                    return [variable(root), *self._root_factors(other)]
        return [polynomial]

    def _factor(self, polynomial: Polynomial) -> tuple[int, list[tuple[Polynomial, int]]]:
        if len(polynomial) < 2 and polynomial.is_constant():
            return int(polynomial.leading_coefficient()), []
        name = key(polynomial)
        if name not in self._factored:
            self.work.on_terms(polynomial)
            try:
                content, parts = polynomial.factor()
            except OverflowError:  # python-flint sorts factors by machine integers
                raise OutsideClass("coefficients too large to factor") from None
            self._factored[name] = int(content), [(part, int(times)) for part, times in parts]
        return self._factored[name]

    # Arithmetic --------------------------------------------------------------------------------

    def constant(self, value: Rational | int) -> Fraction:
        """A rational number."""
        number = Rational(value)
        return Fraction(integer(int(number.p)), integer(int(number.q)))

    def add(self, a: Fraction, b: Fraction) -> Fraction:
        """The sum, over the least common denominator."""
        if a.denominator.is_one() and b.denominator.is_one():
            return self.reduce(a.numerator + b.numerator, ONE_POLYNOMIAL)
        self.work.on_terms(a.denominator, b.denominator)
        common = a.denominator.gcd(b.denominator)
        left, right = a.denominator // common, b.denominator // common
        for one, two in ((a.numerator, right), (b.numerator, left), (left, b.denominator)):
            self.work.on_product(one, two)
        return self.reduce(a.numerator * right + b.numerator * left, left * b.denominator)

    def subtract(self, a: Fraction, b: Fraction) -> Fraction:
        """The difference."""
        return self.add(a, Fraction(-b.numerator, b.denominator))

    def multiply(self, a: Fraction, b: Fraction) -> Fraction:
        """The product."""
        self.work.on_product(a.numerator, b.numerator)
        self.work.on_product(a.denominator, b.denominator)
        return self.reduce(a.numerator * b.numerator, a.denominator * b.denominator)

    def power(self, a: Fraction, exponent: int) -> Fraction:
        """An integer power; raises ``Undefined`` for a negative power of zero."""
        if abs(exponent) > HIGHEST_POWER:
            raise OutsideClass(f"a power higher than {HIGHEST_POWER}")
        for part in a:
            self.work.on_power(part, abs(exponent))
        if exponent >= 0:
            return self.reduce(a.numerator**exponent, a.denominator**exponent)
        if a.is_zero:
            raise Undefined("division by a quantity that is zero throughout")
        return self.reduce(a.denominator**-exponent, a.numerator**-exponent)

    def reduce(self, numerator: Polynomial, denominator: Polynomial) -> Fraction:
        """The normal form of a fraction, by identities 1 to 4."""
        numerator, denominator = self.simplify(numerator), self.simplify(denominator)
        if denominator.is_zero():
            raise Undefined("division by a quantity that is zero throughout")
        if numerator.is_zero():
            return ZERO
        self.work.on_length(numerator, denominator)
        if denominator.is_one():
            return Fraction(numerator, denominator)
        if any(denominator.degrees()[i] for i in self.indicators):
            # Indicators are zero divisors: cancelling them would not be an identity.
            raise OutsideClass("a case distinction inside a sum, in a denominator")
        numerator, denominator = self._rationalise(numerator, denominator)
        self.work.on_terms(numerator, denominator)
        common = numerator.gcd(denominator)
        numerator, denominator = numerator // common, denominator // common
        if denominator.leading_coefficient() < 0:
            numerator, denominator = -numerator, -denominator
        return Fraction(numerator, denominator)

    def simplify(self, polynomial: Polynomial) -> Polynomial:
        """The polynomial modulo the equations of roots, sines and indicators."""
        if not (self.roots or self.indicators) or polynomial.is_one():
            return polynomial
        degrees = polynomial.degrees()
        if any(degrees[i] > 1 for i in self.indicators):
            polynomial = self._idempotent(polynomial)
        for root in reversed(self.roots):
            degree, radicand = self.roots[root]
            if degrees[root] >= degree:
                collected: dict[int, dict[tuple[int, ...], int]] = {}
                for exponents, coefficient in terms(polynomial):
                    times, rest = divmod(exponents[root], degree)
                    reduced = (*exponents[:root], rest, *exponents[root + 1 :])
                    collected.setdefault(times, {})[reduced] = coefficient
                total = ZERO_POLYNOMIAL
                for k, cofactor in collected.items():
                    self.work.on_power(radicand, k)
                    power, part = radicand**k, polynomial_of(cofactor)
                    self.work.on_product(part, power)
                    total += part * power
                return self.simplify(total)
        return polynomial

    def _idempotent(self, polynomial: Polynomial) -> Polynomial:
        result: dict[tuple[int, ...], int] = {}
        for exponents, coefficient in terms(polynomial):
            flat = list(exponents)
            for i in self.indicators:
                flat[i] = min(flat[i], 1)
            result[tuple(flat)] = result.get(tuple(flat), 0) + coefficient
        return polynomial_of(result)

    def _rationalise(
        self, numerator: Polynomial, denominator: Polynomial
    ) -> tuple[Polynomial, Polynomial]:
        for root in reversed(self.roots):
            degree, _ = self.roots[root]
            while exponent := denominator.degrees()[root]:
                if len(denominator) == 1:
                    factor = variable(root) ** (degree - exponent)
                elif degree == 2:
                    factor = polynomial_of(
                        {x: (-c if x[root] % 2 else c) for x, c in terms(denominator)}
                    )
                else:
                    break
                conjugate = self.simplify(denominator * factor)
                if conjugate.is_zero() or conjugate.degrees()[root] >= exponent:
                    break
                numerator, denominator = self.simplify(numerator * factor), conjugate
                common = numerator.gcd(denominator)
                numerator, denominator = numerator // common, denominator // common
        return numerator, denominator


def content(polynomial: Polynomial) -> int:
    """The greatest common divisor of the coefficients."""
    return gcd(*map(int, polynomial.coeffs()))


def primitive(polynomial: Polynomial) -> tuple[Polynomial, int]:
    """The polynomial made primitive with a positive leading coefficient, and the sign removed."""
    sign = -1 if polynomial.leading_coefficient() < 0 else 1
    divisor = sign * content(polynomial)
    return (polynomial if divisor == 1 else polynomial // integer(divisor)), sign
