"""Trusted. Checks the steps by which normal forms were found, each by itself and afresh.

The search writes down the fraction that it found for each expression, and for some what it took
apart on the way. Here nothing is searched: fractions are multiplied out and compared, modulo the
equations of the generators (``R**q = f`` for a root, ``[p > 0]**2 = [p > 0]``, ``s**2 = 1 - c**2``
for a sine); signs are asked of the region; a condition under which an expression is defined must
have been recorded, or hold throughout the region.

Why that is enough. An expression that is defined at a point has there the value ``a/b`` of two
elements of the ring ``A``, the polynomials modulo those equations, where ``b`` is not zero at the
point. Its fraction ``N/D`` is *right* if ``N b = a D`` in ``A``, and ``D`` is no divisor of zero.
If the fractions of its parts are right, and multiplied out that of the whole is what the operation
makes of them, it is right too: denominators that are no divisors of zero can be cancelled. If the
numerator of a right fraction is zero, then ``a D = 0``, so ``a = 0`` in ``A``, and the expression
is zero wherever it is defined. No independence of the generators is used. A denominator is no
divisor of zero if its norm, in which no root, sine or indicator is left, is not zero: ``A`` is free
over the polynomials in the other generators.

Rules beyond those of a field, with their conditions:

1. ``v = x**(s/t)`` if ``v >= 0``, ``x >= 0`` and ``v**t = x**s`` or powers of these two, that are
   not negative, are equal; ``x > 0`` for negative ``s``.
2. ``log x = sum of k log f`` if ``x > 0`` is the product of all ``f**k`` and each ``f > 0``.
3. ``exp(sum of a) = product of exp(a)``; ``exp(k a) = exp(a)**k``; ``exp(q log f) = f**q``.
4. ``f**e = exp(e log f)`` for ``f > 0``.
5. Expressions of one of the forms in ``identities`` have the value of the other side; so has an
   expression by cases that of the case that applies throughout the region.
6. Aggregates and functions: by the rules of ``checked_sums`` and ``checked_functions``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from math import lcm
from typing import Any, NoReturn

import sympy
from sympy import Expr, Piecewise, Rational, S

from derive.language import Aggregate, Element, Maximiser, as_cases
from derive.prove.book import (
    Book,
    Rejected,
    demand,
    is_regular,
    multiple,
    plus,
    same,
    times,
    to_the,
)
from derive.prove.checked_functions import MINUS_ONE, is_bound, is_function_value
from derive.prove.checked_sums import is_aggregate, is_sum_of_signs
from derive.prove.conditions import branch
from derive.prove.field import (
    ONE,
    ONE_POLYNOMIAL,
    ZERO,
    Field,
    Fraction,
    Generator,
    OutsideClass,
    Polynomial,
    Undefined,
    generators_of,
    integer,
    single_generator,
    variable,
)
from derive.prove.identities import IDENTITIES
from derive.prove.linear import inequality
from derive.prove.region import Empty, NeedSign, Region
from derive.prove.sign import Sign
from derive.prove.steps import (
    AtMostLargest,
    AtMostTotal,
    Bound,
    Factors,
    LogarithmBound,
    OwnSign,
    Pieces,
    RealPower,
    Square,
    SumOfSigns,
)


@dataclass(frozen=True)
class Certificate:
    """That all steps taken in some field were checked, and how many they were.

    Raises ``TypeError`` wherever it is made but here.
    """

    steps: int

    def __post_init__(self) -> None:
        if sys._getframe(2).f_globals is not globals():  # beyond the generated __init__
            raise TypeError("only the checker makes certificates")

    def __init_subclass__(cls) -> None:
        raise TypeError("certificates have no other kinds")

    def __reduce_ex__(self, _protocol: Any) -> NoReturn:
        raise TypeError("a certificate is not copied: check again")


def together(certificates: Iterable[Certificate]) -> Certificate:
    """The certificate of several parts of a proof."""
    return Certificate(sum(certificate.steps for certificate in certificates))


def certify(field: Field) -> Certificate:
    """Check all that the search wrote down; raises ``Rejected`` if a step does not hold."""
    for index, generator in enumerate(field.generators):
        demand(_is_well_made(field, index, generator), f"the generator {generator.kind}")
    algebraic = [i for i, g in enumerate(field.generators) if g.kind in ("root", "sine")]
    indicators = [i for i, g in enumerate(field.generators) if g.kind in ("indicator", "zero")]
    demand(sorted(field.roots) == algebraic, "an equation without a generator")
    demand(sorted(field.indicators) == indicators, "a condition without a generator")
    steps = len(field.generators) + len(field.nonnegative)
    _check_signs(field)
    for form in field.recorded:
        book = Book(form, field, form.region)
        for expression, value in form.values.items():
            try:
                check_value(book, expression, value)
            except (NeedSign, Empty, OutsideClass, Undefined, KeyError) as problem:
                raise Rejected(f"the value of {expression}: {problem}") from problem
        steps += len(form.values)
    return Certificate(steps)


def _check_signs(field: Field) -> None:
    """Check the reason of each sign, for which only those that were known before may be used."""
    known = dict(field.nonnegative)
    field.nonnegative.clear()
    try:
        for name, row in known.items():
            demand(name in field.reasons, "a sign without a reason")
            polynomial, strict, reason = field.reasons[name]
            kind = type(reason).__name__
            demand(row == inequality(polynomial, strict), "a sign is not that of its reason")
            demand(_has_sign(field, polynomial, strict, reason), f"a sign by {kind}")
            field.nonnegative[name] = row
    finally:
        field.nonnegative.clear()
        field.nonnegative.update(known)


# Generators and their signs ----------------------------------------------------------------------


def _is_well_made(field: Field, index: int, generator: Generator) -> bool:
    """Whether a generator is made of earlier ones, and varies where they do."""
    kind, data = generator.kind, generator.data
    parts = list(_polynomials(data))
    axes, symbols = set[str](), set[Any]()
    for part in parts:
        if any(i >= index for i in generators_of(part)):
            return False
        axes |= field.axes(part)
        symbols |= field.symbols(part)
    if kind == "symbol":
        axes, symbols = set(data.axes) if isinstance(data, Element) else set(), {data}
    if kind in ("sum", "largest"):
        axes -= {data[0]}
    if kind in ("root", "sine"):
        equation: tuple[int, Polynomial] = data if kind == "root" else (2, data[1])
        if field.roots.get(index) != equation or equation[0] < 2:
            return False
    if kind == "sine":
        cosines = [i for i, g in enumerate(field.generators) if g.data == (sympy.cos, data[:1])]
        if not any(data[1] == ONE_POLYNOMIAL - variable(i) ** 2 for i in cosines):
            return False
    return generator.axes == axes and generator.symbols == symbols


def _polynomials(data: Any) -> list[Polynomial]:
    if isinstance(data, Polynomial):
        return [data]
    return [p for part in data for p in _polynomials(part)] if isinstance(data, tuple) else []


def _has_sign(field: Field, polynomial: Polynomial, strict: bool, reason: object) -> bool:
    """Whether a polynomial is not negative, or positive if strict, wherever its parts exist."""
    whole = Fraction(polynomial, ONE_POLYNOMIAL)
    if isinstance(reason, Square):
        roots = set(field.roots) & {i for part in reason.base for i in generators_of(part)}
        even = reason.exponent % 2 == 0 and not strict and not roots
        return even and same(field, whole, to_the(reason.base, reason.exponent))
    if isinstance(reason, AtMostLargest | AtMostTotal):
        generator = field.generators[reason.generator]
        kind = "largest" if isinstance(reason, AtMostLargest) else "sum"
        if generator.kind != kind or strict:
            return False
        body = generator.data[1]
        if kind == "sum" and Region(field).sign_of(body) & Sign.NEGATIVE:
            return False
        aggregate = Fraction(variable(reason.generator), ONE_POLYNOMIAL)
        return same(field, plus(whole, body), aggregate)
    if isinstance(reason, OwnSign):
        return Region(field).sign(polynomial) is Sign.POSITIVE
    if isinstance(reason, LogarithmBound):
        return not strict and _is_bound_of_logarithm(field, whole, reason)
    if isinstance(reason, SumOfSigns):
        return is_sum_of_signs(field, polynomial, strict, reason)
    return isinstance(reason, Bound) and is_bound(field, polynomial, strict, reason)


def _is_bound_of_logarithm(field: Field, whole: Fraction, reason: LogarithmBound) -> bool:
    """``b (f - 1 - log f)`` or ``a (log f - 1 + 1/f)`` for ``f = a/b`` with positive parts."""
    nowhere = Region(field)
    book = Book(reason.form, field, nowhere)
    above, below = (Fraction(part, ONE_POLYNOMIAL) for part in reason.argument)
    gap = plus(above, times(MINUS_ONE, below))
    upper = plus(gap, times(MINUS_ONE, times(below, reason.logarithm)))
    lower = plus(times(above, reason.logarithm), times(MINUS_ONE, gap))
    return (
        all(nowhere.sign(part) is Sign.POSITIVE for part in reason.argument)
        and _is_sum_of_logs(book, reason.argument, reason.factors, reason.logarithm)
        and (same(field, whole, upper) or same(field, whole, lower))
    )


# Values ------------------------------------------------------------------------------------------


def check_value(book: Book, e: Expr, value: Fraction) -> None:
    """Reject the value of an expression unless those of its parts make it so."""
    demand(is_regular(book.field, value.denominator), "the denominator may be a divisor of zero")
    demand(_is_value(book, e, value), f"the value of {type(e).__name__}")


def _is_value(book: Book, e: Expr, value: Fraction) -> bool:
    if e.is_Rational:
        return same(book.field, value, multiple(e, ONE))
    if e.is_Symbol:
        return book.stands_for(value, "symbol", e)
    if e.is_Add:
        return same(book.field, value, reduce(plus, [book(part) for part in e.args]))
    if e.is_Mul:
        return same(book.field, value, reduce(times, [book(part) for part in e.args]))
    if e.is_Pow or isinstance(e, sympy.exp) or e is S.Exp1:
        return _is_power(book, e, value)
    if isinstance(e, Aggregate | Maximiser):
        return is_aggregate(book, e, value)
    if isinstance(e, Piecewise):
        return value == book(branch(book, e))
    if isinstance(e, sympy.log):
        return _is_logarithm(book, e, value)
    if type(e) in IDENTITIES:
        return value == book(IDENTITIES[type(e)](*e.args))
    if isinstance(e, sympy.Abs | sympy.sign | sympy.Max | sympy.Min):
        return value == book(as_cases(e))
    return is_function_value(book, e, value)


def _is_power(book: Book, e: Expr, value: Fraction) -> bool:
    base, exponent = e.as_base_exp()
    step = book.form.steps.get(e)
    if base is S.Exp1:
        return isinstance(step, Pieces) and _is_exp(book, book(exponent), step, value)
    x = book(base)
    if exponent.is_Integer:
        defined = exponent >= 0 or book.grants(base, x, Sign.NONZERO)
        return defined and same(book.field, value, to_the(x, int(exponent)))
    if exponent.is_Rational:
        needed = Sign.POSITIVE if exponent < 0 else Sign.NONNEGATIVE
        return book.grants(base, x, needed) and _is_root(
            book, value, x, exponent, book.positive_with(x)
        )
    return (
        isinstance(step, RealPower)
        and book.grants(base, x, Sign.POSITIVE)
        and _is_sum_of_logs(book, x, step.factors, step.logarithm)
        and _is_exp(book, times(book(exponent), step.logarithm), step.pieces, value)
    )


def _is_root(
    book: Book, value: Fraction, x: Fraction, exponent: Rational, positive: list[Polynomial]
) -> bool:
    """Rule 1, for ``x`` of the right sign; what is ``positive`` is so because ``x`` is."""
    s, t = int(exponent.p), int(exponent.q)
    left, right = to_the(value, t), to_the(x, abs(s))
    sides = (left, right) if s > 0 else (times(left, right), ONE)
    return not book.sign_with(value, positive) & Sign.NEGATIVE and _are_equal(book, *sides)


def _are_equal(book: Book, a: Fraction, b: Fraction) -> bool:
    """Whether two that are not negative are equal: if they are, or powers of them are."""
    if same(book.field, a, b):
        return True
    found = {i for part in (*a, *b) for i in generators_of(part)} & set(book.field.roots)
    power = lcm(*(book.field.roots[i][0] for i in found))
    return power > 1 and same(book.field, to_the(a, power), to_the(b, power))


def _is_exp(book: Book, argument: Fraction, pieces: Pieces, value: Fraction) -> bool:
    """Rule 3."""
    total = reduce(plus, (a for a, _ in pieces.parts), ZERO)
    product = reduce(times, (v for _, v in pieces.parts), ONE)
    return (
        same(book.field, total, argument)
        and same(book.field, product, value)
        and all(_is_exp_of(book, a, v) for a, v in pieces.parts)
    )


def _is_exp_of(book: Book, argument: Fraction, value: Fraction) -> bool:
    """Whether a piece is a power of an exponential generator, or of what a logarithm is of."""
    generators, solved = book.field.generators, dict(book.region.equalities)
    occurring = [*generators_of(value.numerator), *generators_of(value.denominator), *solved]
    for index in occurring:
        if generators[index].kind == "exp":
            k = _ratio(argument, generators[index].data)
            known = solved.get(index, Fraction(variable(index), ONE_POLYNOMIAL))
            for base in (known, Fraction(variable(index), ONE_POLYNOMIAL)):
                if k is not None and k.is_Integer and same(book.field, value, to_the(base, int(k))):
                    return True
    logs = [i for i in generators_of(argument.numerator) if generators[i].kind == "log"]
    if len(logs) != 1:
        return False
    q = _ratio(argument, Fraction(variable(logs[0]), ONE_POLYNOMIAL))
    data = generators[logs[0]].data
    inner: Polynomial = integer(data) if isinstance(data, int) else data
    return q is not None and _is_root(book, value, Fraction(inner, ONE_POLYNOMIAL), q, [inner])


def _ratio(a: Fraction, b: Fraction) -> Rational | None:
    """The rational number that ``a`` is of ``b``, if it is one."""
    above, below = a.numerator * b.denominator, a.denominator * b.numerator
    p, q = int(above.leading_coefficient()), int(below.leading_coefficient())
    return Rational(p, q) if integer(q) * above == integer(p) * below else None


def _is_logarithm(book: Book, e: Expr, value: Fraction) -> bool:
    if len(e.args) == 2:
        return value == book(sympy.log(e.args[0]) / sympy.log(e.args[1]))
    step, x = book.form.steps.get(e), book(e.args[0])
    return (
        isinstance(step, Factors)
        and book.grants(e.args[0], x, Sign.POSITIVE)
        and _is_sum_of_logs(book, x, step, value)
    )


def _is_sum_of_logs(book: Book, x: Fraction, step: Factors, value: Fraction) -> bool:
    """Rule 2, for positive ``x``; a factor that is not negative is not zero, for ``x`` is not."""
    wholes = [(Fraction(factor, ONE_POLYNOMIAL), k) for factor, k, _, _ in step.parts]
    product = reduce(times, (to_the(f, k) for f, k in wholes), ONE)
    total = reduce(plus, (multiple(S(k), log) for _, k, log, _ in step.parts), ZERO)
    positive = book.positive_with(x)
    return (
        same(book.field, product, x)
        and same(book.field, total, value)
        and all(not book.sign_with(f, positive) & Sign.NEGATIVE for f, _ in wholes)
        and all(_is_log_of(book, factor, log, inner) for factor, _, log, inner in step.parts)
    )


def _is_log_of(book: Book, factor: Polynomial, log: Fraction, inner: Factors | None) -> bool:
    """Whether a value is the logarithm of a positive factor."""
    index = single_generator(factor)
    generator = None if index is None else book.field.generators[index]
    if generator is not None and generator.kind == "exp":
        return same(book.field, log, generator.data)
    if generator is not None and generator.kind == "root":
        degree, radicand = generator.data
        under = Fraction(radicand, ONE_POLYNOMIAL)
        whole = multiple(S(degree), log)
        return inner is not None and _is_sum_of_logs(book, under, inner, whole)
    data = int(factor.leading_coefficient()) if factor.is_constant() else factor
    return book.stands_for(log, "log", data)
