"""Trusted. Checks the steps by which the values of functions and constants were found.

Rules, with their conditions:

1. Equal arguments give equal values; ``f(-x) = f(x)`` or ``-f(x)`` for even and odd ``f``.
2. The value at rational arguments is the one that SymPy knows, if that is real.
3. ``atan x = pi/2 - atan(1/x)`` for ``x > 0``; ``atan2(y, x)`` by the side of the axes.
4. ``f(r + k)`` from ``f(r)`` by a recurrence: ``loggamma(r + 1) = loggamma(r) + log r``
   and its derivatives, for positive arguments; ``I(n+1) = I(n-1) - 2n/x I(n)``, and likewise for
   ``J`` and ``K``, for whole ``n > 0``; ``I(-n) = I(n)``, ``K(-n) = K(n)``,
   ``J(-n) = (-1)**n J(n)``.
5. ``cos a + i sin a`` of a sum is the product of those of its terms, of a multiple the power.
   ``sin(asin x) = x``, ``cos(asin x) = sqrt(1 - x**2)``; ``cos(atan x) = 1/sqrt(1 + x**2)``,
   ``sin(atan x) = x/sqrt(1 + x**2)``.
"""

from __future__ import annotations

from functools import reduce

import sympy
from sympy import Expr, Rational, S, pi

from derive.prove.book import Book, multiple, plus, same, times
from derive.prove.expression import fraction_expression
from derive.prove.field import (
    ONE,
    ONE_POLYNOMIAL,
    ZERO,
    Field,
    Fraction,
    Polynomial,
    single_generator,
    variable,
)
from derive.prove.functions import CONSTANTS, FUNCTIONS
from derive.prove.sign import Sign
from derive.prove.steps import Bound, Rewritten, Turn, Turned

Angle = tuple[Fraction, Fraction]
MINUS_ONE = Fraction(-ONE_POLYNOMIAL, ONE_POLYNOMIAL)


def is_function_value(book: Book, e: Expr, value: Fraction) -> bool:
    """Whether a value is that of a constant or of a function."""
    if e in CONSTANTS:
        return book.stands_for(value, "constant", e)
    step = book.form.steps.get(e)
    if isinstance(e, sympy.sin | sympy.cos):
        return isinstance(step, Turned) and _is_turned(book, e, step, value)
    if isinstance(e, sympy.atan2):
        return isinstance(step, Rewritten) and _is_angle_of_point(book, e, step, value)
    if type(e) not in FUNCTIONS:
        return False
    defined = FUNCTIONS[type(e)].defined(*e.args)
    if not all(book.grants(quantity, book(quantity), sign) for quantity, sign in defined):
        return False
    if isinstance(step, Rewritten):
        return _is_rewritten(book, e, step, value)
    arguments, parity = tuple(book(part) for part in e.args), FUNCTIONS[type(e)].parity
    if book.stands_for(value, "function", (type(e), arguments)):
        return True
    mirrored = (*arguments[:-1], _negative(arguments[-1]))
    mirror = _negative(value) if parity == "odd" else value
    return parity != "none" and book.stands_for(mirror, "function", (type(e), mirrored))


def _negative(a: Fraction) -> Fraction:
    return Fraction(-a.numerator, a.denominator)


def _rational(a: Fraction) -> Rational | None:
    if not (a.numerator.is_constant() and a.denominator.is_constant()):
        return None
    above = 0 if a.is_zero else int(a.numerator.leading_coefficient())
    return Rational(above, int(a.denominator.leading_coefficient()))


# Other ways to write a value ---------------------------------------------------------------------


def _is_rewritten(book: Book, e: Expr, step: Rewritten, value: Fraction) -> bool:
    other = step.expression
    if value != (_negative(book(other)) if step.flipped else book(other)):
        return False
    values = [book.form.values.get(argument) for argument in e.args]
    numbers = [None if a is None else _rational(a) for a in values]
    if not step.flipped and all(number is not None for number in numbers):
        known = type(e)(*numbers)
        if other == known and known.is_real and not known.has(type(e)):
            return True
    if isinstance(e, sympy.atan):
        return _is_reciprocal(book, e, step)
    return not step.flipped and type(e) in RECURRENCES and RECURRENCES[type(e)](book, e, other)


def _is_reciprocal(book: Book, e: Expr, step: Rewritten) -> bool:
    """Rule 3, of the negative argument if the value is ``flipped``."""
    x = _negative(book(e.args[0])) if step.flipped else book(e.args[0])
    found = (pi / 2 - step.expression).args
    if not isinstance(pi / 2 - step.expression, sympy.atan):
        return False
    r = book(found[0])
    return same(book.field, times(r, x), ONE) and book.region.sign_of(x) is Sign.POSITIVE


def _is_angle_of_point(book: Book, e: Expr, step: Rewritten, value: Fraction) -> bool:
    y, x = e.args
    side = book.region.sign_of(book(x))
    if side is Sign.POSITIVE:
        expected = sympy.atan(y / x)
    else:
        height = book.region.sign_of(book(y))
        turn = pi if height is Sign.POSITIVE else -pi
        if (side, height) == (Sign.NEGATIVE, Sign.ZERO):
            expected = pi
        elif not height.decided or height is Sign.ZERO:
            return False
        elif side is Sign.ZERO:
            expected = turn / 2
        elif side is Sign.NEGATIVE:
            expected = sympy.atan(y / x) + turn
        else:
            return False
    return step == Rewritten(expected) and value == book(expected)


def _shift(book: Book, x: Expr, rest: Expr) -> int | None:
    """The whole number by which an argument exceeds another, if both are positive."""
    gap = book.field.subtract(book(x), book(rest))
    whole = _rational(gap)
    lower = book.region.sign_of(book(rest if whole is None or whole > 0 else x))
    if whole is None or not whole.is_Integer or lower is not Sign.POSITIVE:
        return None
    return int(whole)


def _is_loggamma(book: Book, e: Expr, other: Expr) -> bool:
    for inner in other.atoms(sympy.loggamma):
        (r,) = inner.args
        k = _shift(book, e.args[0], r)
        if k is not None:
            steps = sympy.Add(*[sympy.log(r + i) for i in range(min(k, 0), max(k, 0))])
            return bool(other == inner + (steps if k > 0 else -steps))
    return False


def _is_polygamma(book: Book, e: Expr, other: Expr) -> bool:
    order, x = e.args
    scale = (-1) ** order * sympy.factorial(order)
    for inner in other.atoms(sympy.polygamma):
        r = inner.args[1]
        k = _shift(book, x, r)
        if k is not None and inner.args[0] == order and order.is_Integer and order >= 0:
            places = range(min(k, 0), max(k, 0))
            steps = sympy.Add(*[scale / (r + i) ** (order + 1) for i in places])
            return bool(other == inner + (steps if k > 0 else -steps))
    return False


def _is_bessel(book: Book, e: Expr, other: Expr) -> bool:
    n, x = e.args
    f = type(e)
    if not n.is_Integer:
        return False
    if n < 0:
        return bool(other == f(-n, x) * (-1 if f is sympy.besselj and n % 2 else 1))
    slope = 2 * (n - 1) / x * f(n - 1, x)
    expected = {
        sympy.besseli: -slope + f(n - 2, x),
        sympy.besselk: slope + f(n - 2, x),
        sympy.besselj: slope - f(n - 2, x),
    }
    return bool(other == expected[f])


RECURRENCES = {
    sympy.loggamma: _is_loggamma,
    sympy.polygamma: _is_polygamma,
    sympy.besseli: _is_bessel,
    sympy.besselk: _is_bessel,
    sympy.besselj: _is_bessel,
}


# Angles ------------------------------------------------------------------------------------------


def _is_turned(book: Book, e: Expr, step: Turned, value: Fraction) -> bool:
    """Rule 5."""
    total = reduce(plus, (multiple(S(t.times), t.angle) for t in step.turns), ZERO)
    turned: Angle = (ONE, ZERO)
    for turn in step.turns:
        sine = turn.sine if turn.times >= 0 else _negative(turn.sine)
        for _ in range(abs(turn.times)):
            turned = _product(turned, (turn.cosine, sine))
    wanted = step.sine if isinstance(e, sympy.sin) else step.cosine
    return (
        same(book.field, total, book(e.args[0]))
        and same(book.field, turned[0], step.cosine)
        and same(book.field, turned[1], step.sine)
        and value == wanted
        and all(_is_angle(book, turn) for turn in step.turns)
    )


def _product(a: Angle, b: Angle) -> Angle:
    """The product of two complex numbers."""
    real = plus(times(a[0], b[0]), _negative(times(a[1], b[1])))
    return real, plus(times(a[1], b[0]), times(a[0], b[1]))


def _is_angle(book: Book, turn: Turn) -> bool:
    """Whether cosine and sine are those of an angle, by its definition or by an inverse."""
    argument, cosine, sine = turn.angle, turn.cosine, turn.sine
    square = ONE_POLYNOMIAL - cosine.numerator**2
    if book.stands_for(cosine, "function", (sympy.cos, (argument,))):
        return book.stands_for(sine, "sine", (argument, square))
    index = single_generator(argument.numerator) if argument.denominator.is_one() else None
    generator = None if index is None else book.field.generators[index]
    if generator is not None and generator.kind == "function":
        function, arguments = generator.data
        x = fraction_expression(book.field, arguments[0])
        if function is sympy.asin:
            return cosine == book(sympy.sqrt(1 - x**2)) and sine == arguments[0]
        if function is sympy.atan:
            root = sympy.sqrt(1 + x**2)
            return cosine == book(1 / root) and sine == book(x / root)
    part = _rational(book.field.multiply(argument, book.field.power(book(pi), -1)))
    exact = None if part is None else (sympy.cos(part * pi), sympy.sin(part * pi))
    return exact is not None and (cosine, sine) == (book(exact[0]), book(exact[1]))


# Bounds ------------------------------------------------------------------------------------------


def is_bound(field: Field, polynomial: Polynomial, strict: bool, reason: Bound) -> bool:
    """Whether a polynomial is one of those that the value of a function bounds."""
    value = reason.value
    index = single_generator(value.numerator) if value.denominator.is_one() else None
    if index is None:
        return False
    generator = field.generators[index]
    if generator.kind == "sine" or generator.data[0] is sympy.cos:
        bounds = [(plus(ONE, value), False), (plus(ONE, _negative(value)), False)]
    elif generator.kind == "function":
        function, arguments = generator.data
        sources = [fraction_expression(field, a) for a in arguments]
        stand_in = sympy.Dummy()
        stated = FUNCTIONS[function].bounds(stand_in, *sources)
        bounds = [(_affine(field, q, stand_in, value), positive) for q, positive in stated]
    else:
        return False
    return any(
        positive >= strict and same(field, bound, Fraction(polynomial, bound.denominator))
        for bound, positive in bounds
    )


def _affine(field: Field, e: Expr, stand_in: Expr, value: Fraction) -> Fraction:
    """A sum of rational multiples of a value, of constants and of 1."""
    total = ZERO
    for term, number in e.as_coefficients_dict().items():
        if term == stand_in:
            part = value
        else:
            found = [i for i, g in enumerate(field.generators) if g.data == term]
            part = ONE if term == 1 else Fraction(variable(found[0]), ONE_POLYNOMIAL)
        total = field.add(total, multiple(number, part))
    return total
