"""The normal form of an expression on a region: equal expressions become one fraction.

This is a search: what it finds is written down and checked by ``checker`` before a proof is stated.

Every rule is an identity between real functions on the region, where both sides are defined. A
rule that needs a sign asks the region for it and raises ``NeedSign`` if the region leaves it open,
so that whoever asks can look at each case. What must hold for the expression to be defined
(denominators, logarithms, roots) is recorded as a side condition, never assumed in silence.

    exp(a + b) = exp(a) exp(b);  exp(q log f) = f**q             for f > 0
    log(f**k g) = k log f + log g;  log(exp a) = a               for f, g > 0
    1 - 1/f <= log f <= f - 1                                    for f > 0
    (f**k g)**q = f**(k q) g**q                                  for f, g > 0, or one factor
    sqrt(r**2) = r                                               for r a sum of roots, or a
                                                                 difference of them that is >= 0
    |f|, sign(f), max(f, g), min(f, g) by their cases
    f**e = exp(e log f)                                          for f > 0
    sinh, cosh, tanh, ... by exponentials; log1p, expm1 by their definition
    sin, erf, loggamma, ... by the rules in ``special``
"""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Expr, Integer, Piecewise, Rational, S, factorint

from derive.language import Aggregate, Element, Maximiser, as_cases
from derive.prove.book import Recorded
from derive.prove.conditions import branch
from derive.prove.denesting import denested
from derive.prove.exponents import divide
from derive.prove.expression import expression_of, fraction_expression
from derive.prove.field import (
    HIGHEST_POWER,
    ONE,
    ONE_POLYNOMIAL,
    ZERO,
    Fraction,
    Key,
    OutsideClass,
    Polynomial,
    Undefined,
    content,
    integer,
    key,
    monomial,
    single_generator,
    terms,
    variable,
)
from derive.prove.identities import IDENTITIES
from derive.prove.linear import inequality
from derive.prove.region import NeedSign, Region, SideCondition
from derive.prove.sign import Sign
from derive.prove.special import note_bounds_of_logarithm, special_function
from derive.prove.steps import Factors, Pieces, RealPower, Reason, Square
from derive.prove.sums import normal_aggregate
from derive.prove.units import Exponents, FinerExponent

__all__ = ["Exponents", "FinerExponent", "NormalForm"]

LARGEST_PRIME = 10**4


class NormalForm(Recorded):
    """Maps expressions to fractions on one region, collecting side conditions.

    Raises ``NeedSign``, ``OutsideClass``, ``Undefined``.
    """

    def __init__(
        self,
        region: Region,
        exponents: Exponents,
        conditions: dict[Key, SideCondition] | None = None,
    ) -> None:
        super().__init__(region, {} if conditions is None else conditions)
        self.exponents = exponents
        self.beside: NormalForm | None = None
        self._inner: dict[str, NormalForm] = {}

    def on(self, region: Region) -> NormalForm:
        """The same collection of side conditions on a smaller region."""
        return NormalForm(region, self.exponents, self.conditions)

    def apart(self) -> NormalForm:
        """Normal forms on the same region, with a collection of side conditions of their own."""
        if self.beside is None:
            self.beside = NormalForm(self.region, self.exponents)
        return self.beside

    def inside(self, axis: str) -> NormalForm:
        """Normal forms of the body of an aggregate over an axis."""
        if axis not in self._inner:
            self._inner[axis] = self.on(self.region.within(axis))
        return self._inner[axis]

    def compute(self, e: Expr) -> Fraction:
        """The normal form; raises ``NeedSign``, ``OutsideClass``, ``Undefined``."""
        if e.is_Rational:
            return self.field.constant(e)
        if e.is_Symbol:
            return self._symbol(e)
        if e.is_Add:
            return self._fold(self.field.add, e)
        if e.is_Mul:
            return self._fold(self.field.multiply, e)
        if e.is_Pow or isinstance(e, sympy.exp) or e is S.Exp1:
            return self._power(e)
        if isinstance(e, Aggregate | Maximiser):
            return normal_aggregate(self, e)
        if isinstance(e, Piecewise):
            return self(branch(self, e))
        if isinstance(e, sympy.log):
            return self._logarithm(e)
        if type(e) in IDENTITIES:
            return self(IDENTITIES[type(e)](*e.args))
        if isinstance(e, sympy.Abs | sympy.sign | sympy.Max | sympy.Min):
            return self(as_cases(e))
        if e in (S.Infinity, S.NegativeInfinity, S.ComplexInfinity, S.NaN):
            raise Undefined("an infinite or undefined number")
        return special_function(self, e)

    def _fold(self, operation: Callable[[Fraction, Fraction], Fraction], e: Expr) -> Fraction:
        first, *rest = e.args
        result = self(first)
        for argument in rest:
            result = operation(result, self(argument))
        return result

    # Generators --------------------------------------------------------------------------------

    def generator(
        self,
        kind: str,
        name: Key,
        data: object,
        parts: tuple[Polynomial, ...] = (),
        symbols: frozenset[sympy.Symbol] = frozenset(),
        axes: frozenset[str] = frozenset(),
    ) -> Fraction:
        """A generator as a fraction, or what the region says that it equals."""
        index = self.field.generator(kind, name, data, parts, axes, symbols)
        for solved, value in (*self.region.equalities, *self.region.everywhere):
            if solved == index:
                return value
        return Fraction(variable(index), ONE_POLYNOMIAL)

    def _symbol(self, symbol: sympy.Symbol) -> Fraction:
        axes = frozenset(symbol.axes) if isinstance(symbol, Element) else frozenset()
        return self.generator("symbol", (symbol,), symbol, (), frozenset({symbol}), axes)

    def require(self, quantity: Fraction, sign: Sign, source: Expr) -> None:
        """Record the sign that ``quantity``, declared as ``source``, must have to be defined.

        Raises ``Undefined`` on a surface where a fact says that it has not.
        """
        on_surface = any(f.sign is Sign.ZERO for f in self.region.local)
        if on_surface and not self.region.sign_of(quantity) & sign:
            raise Undefined("a denominator, root or logarithm that does not exist on a surface")
        name = (key(quantity.numerator), key(quantity.denominator), int(sign))
        facts = tuple((key(f.polynomial), int(f.sign)) for f in self.region.local)
        where = (facts, *sorted(self.region.bound))
        self.conditions.setdefault(
            (*name, where), SideCondition(quantity, sign, self.region, source)
        )

    def _has_root(self, fraction: Fraction) -> bool:
        """Whether a square would lose, as its roots cancel, the condition that they exist."""
        return any(part.degrees()[root] > 0 for part in fraction for root in self.field.roots)

    def note_nonnegative(
        self, polynomial: Polynomial, reason: Reason, strict: bool = False
    ) -> None:
        """Remember a sign that expansion hides, as that of a square; it holds at every index."""
        if key(polynomial) not in self.field.nonnegative:
            self.field.nonnegative[key(polynomial)] = inequality(polynomial, strict)
            self.field.reasons[key(polynomial)] = polynomial, strict, reason

    # Powers, exponentials, logarithms ----------------------------------------------------------

    def _power(self, e: Expr) -> Fraction:
        base, exponent = e.as_base_exp()
        if base is S.Exp1:
            pieces = self.steps[e] = self._exp(self(exponent))
            return self._product(pieces)
        if exponent.is_Integer:
            inner = self(base)
            if exponent < 0:
                self.require(inner, Sign.NONZERO, base)
            result = self.field.power(inner, int(exponent))
            if exponent % 2 == 0 and result.denominator.is_one() and not self._has_root(inner):
                self.note_nonnegative(result.numerator, Square(inner, int(exponent)))
            return result
        if exponent.is_Rational:
            return self._rational_power(self(base), exponent, base)
        factors = self._log(self(base), base)
        logarithm = self._total(factors)
        pieces = self._exp(self.field.multiply(self(exponent), logarithm))
        self.steps[e] = RealPower(logarithm, factors, pieces)
        return self._product(pieces)

    def _exp(self, argument: Fraction) -> Pieces:
        parts = []
        for summand in divide(self.field, argument):
            unit = content(summand.denominator)
            denominator = summand.denominator // integer(unit)
            for exponents, coefficient in terms(summand.numerator):
                atom = self.field.reduce(monomial(exponents), denominator)
                scale = Rational(coefficient, unit)
                part = self.field.multiply(atom, self.field.constant(scale))
                parts.append((part, self._exp_atom(atom, scale)))
        return Pieces(tuple(parts))

    def _product(self, pieces: Pieces) -> Fraction:
        result = ONE
        for _, value in pieces.parts:
            result = self.field.multiply(result, value)
        return result

    def _exp_atom(self, atom: Fraction, scale: Rational) -> Fraction:
        logarithm = single_generator(atom.numerator) if atom.denominator.is_one() else None
        if logarithm is not None and self.field.generators[logarithm].kind == "log":
            data = self.field.generators[logarithm].data
            if isinstance(data, int):
                return self._rational_power(self.field.constant(data), scale, Integer(data))
            base = Fraction(data, ONE_POLYNOMIAL)
            return self._rational_power(base, scale, expression_of(self.field, data))
        name = (key(atom.numerator), key(atom.denominator))
        unit = self.exponents.unit(name, scale, HIGHEST_POWER)
        argument = self.field.multiply(atom, self.field.constant(unit))
        generator = self.generator("exp", (*name, unit), argument, tuple(argument))
        return self.field.power(generator, int(scale / unit))

    def _logarithm(self, e: Expr) -> Fraction:
        if len(e.args) == 2:
            return self(sympy.log(e.args[0]) / sympy.log(e.args[1]))
        factors = self.steps[e] = self._log(self(e.args[0]), e.args[0])
        return self._total(factors)

    def _log(self, argument: Fraction, source: Expr) -> Factors:
        if argument.is_zero:
            raise Undefined("the logarithm of zero")
        self.require(argument, Sign.POSITIVE, source)
        factors = self._log_of_product(argument)
        note_bounds_of_logarithm(self, argument, factors, self._total(factors))
        return factors

    def _log_of_product(self, argument: Fraction) -> Factors:
        number, positive = self._positive_factors(argument)
        parts: list[tuple[Polynomial, int, Fraction, Factors | None]] = []
        for prime, exponent in _prime_powers(number):
            term = self.generator("log", ("prime", prime), prime)
            parts.append((integer(prime), exponent, term, None))
        for factor, exponent in positive:
            parts.append((factor, exponent, *self._log_of_factor(factor)))
        return Factors(tuple(parts))

    def _total(self, factors: Factors) -> Fraction:
        total = ZERO
        for _, exponent, term, _ in factors.parts:
            scaled = self.field.multiply(self.field.constant(exponent), term)
            total = self.field.add(total, scaled)
        return total

    def _log_of_factor(self, factor: Polynomial) -> tuple[Fraction, Factors | None]:
        index = single_generator(factor)
        if index is not None:
            generator = self.field.generators[index]
            if generator.kind == "exp":
                return generator.data, None
            if generator.kind == "root":
                degree, radicand = generator.data
                inner = self._log_of_product(Fraction(radicand, ONE_POLYNOMIAL))
                share = self.field.constant(Rational(1, degree))
                return self.field.multiply(share, self._total(inner)), inner
        return self.generator("log", key(factor), factor, (factor,)), None

    def _rational_power(self, base: Fraction, exponent: Rational, source: Expr) -> Fraction:
        if exponent.is_Integer:
            return self.field.power(base, int(exponent))
        if base.is_zero:
            if exponent > 0:
                return ZERO
            raise Undefined("a negative power of zero")
        self.require(base, Sign.POSITIVE if exponent < 0 else Sign.NONNEGATIVE, source)
        number, positive = self._positive_factors(base)
        result = ONE
        for prime, multiplicity in _prime_powers(number):
            part = self._root(integer(prime), multiplicity * exponent)
            result = self.field.multiply(result, part)
        for factor, multiplicity in positive:
            part = self._root(factor, multiplicity * exponent)
            result = self.field.multiply(result, part)
        return result

    def _root(self, factor: Polynomial, exponent: Rational) -> Fraction:
        index = single_generator(factor)
        if index is not None:
            generator = self.field.generators[index]
            if generator.kind == "exp":
                argument = self.field.multiply(self.field.constant(exponent), generator.data)
                return self._product(self._exp(argument))
            if generator.kind == "root":
                degree, radicand = generator.data
                return self._root(radicand, exponent / degree)
        whole = int(sympy.floor(exponent))
        result = self.field.power(Fraction(factor, ONE_POLYNOMIAL), whole)
        fraction = exponent - whole
        if fraction:
            degree = int(fraction.q)
            if degree > HIGHEST_POWER:
                raise OutsideClass(f"a root higher than {HIGHEST_POWER}")
            root = self._denested(factor) if degree == 2 else None
            if root is None:
                root = self.generator("root", (degree, key(factor)), (degree, factor), (factor,))
            result = self.field.multiply(result, self.field.power(root, int(fraction.p)))
        return result

    def _denested(self, radicand: Polynomial) -> Fraction | None:
        """The root of a polynomial that contains roots itself, as a sum or difference of roots."""
        for u, w, sign in denested(self.field, radicand):
            if sign < 0 and self.region.decide(self.field.subtract(u, w)) is Sign.NEGATIVE:
                u, w = w, u
            first, second = (
                self._rational_power(part, S.Half, fraction_expression(self.field, part))
                for part in (u, w)
            )
            combine = self.field.add if sign > 0 else self.field.subtract
            root = combine(first, second)
            if self.field.power(root, 2) == Fraction(radicand, ONE_POLYNOMIAL):
                return root
        return None

    def _positive_factors(
        self, quantity: Fraction
    ) -> tuple[Rational, list[tuple[Polynomial, int]]]:
        """A positive number and positive factors whose product is ``quantity``.

        One factor of odd multiplicity may have an unknown sign: the side condition on the whole
        gives it. With more than one, the signs must be known.
        """
        number, parts = self.field.factors(quantity)
        result, open_factors, flip = [], [], number < 0
        for factor, multiplicity in parts:
            sign = self.region.sign(factor)
            if not sign & Sign.NEGATIVE:
                result.append((factor, multiplicity))
            elif not sign & Sign.POSITIVE:
                result.append((-factor, multiplicity))
                flip ^= bool(multiplicity % 2)
            else:
                open_factors.append((factor, multiplicity))
        if open_factors:
            for factor, _ in result:
                if self.region.sign(factor) & Sign.ZERO:
                    raise NeedSign(factor)
            factor, multiplicity = open_factors[0]
            if len(open_factors) > 1 or multiplicity % 2 == 0:
                raise NeedSign(factor)
            result.append((-factor if flip else factor, multiplicity))
        elif flip:
            raise Undefined("a logarithm or root of a negative quantity")
        return abs(number), result


def _prime_powers(number: Rational) -> list[tuple[int, int]]:
    """Factors whose product is a number: primes, and what has no small prime factor left whole."""
    bounded = {"limit": LARGEST_PRIME, "use_rho": False, "use_pm1": False, "use_ecm": False}
    above = [(int(p), int(k)) for p, k in factorint(number.p, **bounded).items()]
    below = [(int(p), -int(k)) for p, k in factorint(number.q, **bounded).items()]
    return above + below
