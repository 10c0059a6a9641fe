"""Normal forms of special functions: what they are rewritten to, and what stays.

Each rule is an identity of real functions, where both sides are defined:

    sin(a + b) = sin a cos b + cos a sin b;  sin**2 = 1 - cos**2
    sin(asin x) = x;  cos(asin x) = sqrt(1 - x**2);  cos(atan x) = 1 / sqrt(1 + x**2)
    atan(1/x) = pi/2 - atan x                        for x > 0
    loggamma(x + 1) = loggamma(x) + log x;  digamma(x + 1) = digamma(x) + 1/x        for x > 0
    I(n+1) = I(n-1) - 2n/x I(n), and likewise for J and K                 for whole n > 0
    f(-x) = f(x) or -f(x)                                                 for even and odd f
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import sympy
from sympy import Expr, Rational, S

from derive.prove.expression import fraction_expression
from derive.prove.field import (
    ONE,
    ZERO,
    Fraction,
    OutsideClass,
    Undefined,
    content,
    generators_of,
    integer,
    key,
    monomial,
    single_generator,
    terms,
)
from derive.prove.functions import CONSTANTS, FUNCTIONS
from derive.prove.region import Region
from derive.prove.sign import Sign
from derive.prove.steps import Bound, Factors, LogarithmBound, OwnSign, Rewritten, Turn, Turned

if TYPE_CHECKING:
    from derive.prove.normal import NormalForm

Angle = tuple[Fraction, Fraction]
LARGEST_SHIFT = 50


def special_function(form: NormalForm, e: Expr) -> Fraction:
    """The normal form of a constant or a special function; raises ``OutsideClass`` for others."""
    if e in CONSTANTS:
        return form.generator("constant", (e,), e)
    if isinstance(e, sympy.sin | sympy.cos):
        turned = form.steps[e] = _angle(form, form(e.args[0]))
        return turned.sine if isinstance(e, sympy.sin) else turned.cosine
    if isinstance(e, sympy.atan2):
        return _rewritten(form, e, _two_argument_arctangent(form, *e.args))
    if type(e) in FUNCTIONS:
        return _function(form, e)
    raise OutsideClass(f"no rule for {type(e).__name__}")


# Functions that stay -----------------------------------------------------------------------------


def _function(form: NormalForm, e: Expr) -> Fraction:
    """A function up to its symmetry; of the rest, only that equal arguments give equal values."""
    known = FUNCTIONS[type(e)]
    for quantity, sign in known.defined(*e.args):
        value = form(quantity)
        if not form.region.sign_of(value) & sign:
            raise Undefined(f"{type(e).__name__} outside its domain")
        form.require(value, sign, quantity)
    if type(e) in _RECURRENCES:
        smaller = _RECURRENCES[type(e)](form, *e.args)
        if smaller is not None:
            return _rewritten(form, e, smaller)
    arguments = [form(argument) for argument in e.args]
    closed = _closed_form(type(e), arguments)
    if closed is not None:
        return _rewritten(form, e, closed)
    flip = known.parity != "none" and arguments[-1].numerator.leading_coefficient() < 0
    if flip:
        arguments[-1] = form.field.subtract(ZERO, arguments[-1])
    if isinstance(e, sympy.atan) and _is_reciprocal_simpler(form, arguments[0]):
        reciprocal = fraction_expression(form.field, form.field.power(arguments[0], -1))
        smaller = sympy.pi / 2 - sympy.atan(reciprocal, evaluate=False)
        value = _rewritten(form, e, smaller, flip)
    else:
        value = _generator(form, type(e), tuple(arguments))
    return form.field.subtract(ZERO, value) if flip and known.parity == "odd" else value


def _rewritten(form: NormalForm, e: Expr, other: Expr, flipped: bool = False) -> Fraction:
    form.steps[e] = Rewritten(other, flipped)
    return form(other)


def _generator(form: NormalForm, function: type, arguments: tuple[Fraction, ...]) -> Fraction:
    name = (function.__name__, *((key(a.numerator), key(a.denominator)) for a in arguments))
    parts = tuple(part for a in arguments for part in a)
    value = form.generator("function", name, (function, arguments), parts)
    if value.denominator.is_one() and single_generator(value.numerator) is not None:
        _note_bounds(form, Bound(function, arguments, value), FUNCTIONS[function].bounds)
    return value


def _note_bounds(form: NormalForm, reason: Bound, bounds: Callable[..., list]) -> None:
    """Remember inequalities that the value of a function obeys wherever it is defined."""
    stand_in = sympy.Dummy()
    sources = [fraction_expression(form.field, a) for a in reason.arguments]
    for quantity, strict in bounds(stand_in, *sources):
        constant, slope = quantity.as_independent(stand_in, as_Add=True)
        slope = slope / stand_in
        bound = form.field.add(form(constant), form.field.multiply(form(slope), reason.value))
        form.note_nonnegative(bound.numerator, reason, strict)


def note_bounds_of_logarithm(
    form: NormalForm, argument: Fraction, factors: Factors, value: Fraction
) -> None:
    """Remember that ``1 - 1/f <= log f <= f - 1``, where ``f`` is positive whatever the region."""
    above, below = argument
    if value.is_zero or not value.denominator.is_one() or form.region.replaces("log"):
        return
    inner = [part for part in argument if not part.is_constant()]
    for index in generators_of(value.numerator):
        generator = form.field.generators[index]
        if generator.kind == "log" and not isinstance(generator.data, int):
            inner.append(generator.data)
    nowhere = Region(form.field)
    if all(nowhere.sign(part) is Sign.POSITIVE for part in inner):
        for part in inner:
            form.note_nonnegative(part, OwnSign(), strict=True)
        reason = LogarithmBound(form, argument, factors, value)
        form.note_nonnegative(above - below - below * value.numerator, reason)
        form.note_nonnegative(above * value.numerator - above + below, reason)


def _closed_form(function: type, arguments: list[Fraction]) -> Expr | None:
    """What SymPy knows of the value at rational arguments."""
    numbers = [_rational(a) for a in arguments]
    if any(number is None for number in numbers):
        return None
    value = function(*numbers)
    return None if value.has(function) or not value.is_real else value


def _rational(fraction: Fraction) -> Rational | None:
    if fraction.is_zero:
        return S.Zero
    if fraction.numerator.is_constant() and fraction.denominator.is_constant():
        above, below = (int(part.leading_coefficient()) for part in fraction)
        return Rational(above, below)
    return None


def _is_reciprocal_simpler(form: NormalForm, argument: Fraction) -> bool:
    """Whether a positive argument of the arctangent is to be replaced by its reciprocal."""
    above, below = key(argument.numerator), key(argument.denominator)
    return (len(below), below) > (len(above), above) and (
        form.region.sign_of(argument) is Sign.POSITIVE
    )


# Recurrences -------------------------------------------------------------------------------------


def _shift(form: NormalForm, x: Expr) -> tuple[int, Expr] | None:
    """A whole number to take from an argument, and what is left, which must be positive."""
    argument = form(x)
    leading = argument.denominator.monoms()[0]
    coefficients = dict(terms(argument.numerator))
    ratio = Rational(coefficients.get(tuple(leading), 0), int(argument.denominator.coeffs()[0]))
    whole = int(sympy.floor(ratio))
    if _rational(argument) is not None:
        whole = int(sympy.ceiling(ratio)) - 1  # what is left lies in (0, 1]
    rest = form.field.subtract(argument, form.field.constant(whole))
    if whole == 0 or abs(whole) > LARGEST_SHIFT:
        return None
    if form.region.sign_of(rest if whole > 0 else argument) is not Sign.POSITIVE:
        return None
    return whole, fraction_expression(form.field, rest)


def _loggamma(form: NormalForm, x: Expr) -> Expr | None:
    shift = _shift(form, x)
    if shift is None:
        return None
    whole, rest = shift
    steps = sympy.Add(*[sympy.log(rest + k) for k in range(min(whole, 0), max(whole, 0))])
    return sympy.loggamma(rest) + (steps if whole > 0 else -steps)


def _polygamma(form: NormalForm, order: Expr, x: Expr) -> Expr | None:
    if not order.is_Integer or order < 0:
        raise OutsideClass(f"the polygamma function of order {order}")
    shift = _shift(form, x)
    if shift is None:
        return None
    whole, rest = shift
    scale = (-1) ** order * sympy.factorial(order)
    places = range(min(whole, 0), max(whole, 0))
    steps = sympy.Add(*[scale / (rest + k) ** (order + 1) for k in places])
    return sympy.polygamma(order, rest) + (steps if whole > 0 else -steps)


def _bessel(ratio: int, sign: int) -> Callable[[NormalForm, type, Expr, Expr], Expr | None]:
    """``B(n) = ratio * 2(n-1)/x * B(n-1) + sign * B(n-2)``, DLMF 10.6.1 and 10.29.1."""

    def recurrence(_: NormalForm, function: type, order: Expr, x: Expr) -> Expr | None:
        if not order.is_Integer or 0 <= order < 2:
            return None
        if order > LARGEST_SHIFT:
            raise OutsideClass(f"a Bessel function of order {order}")
        if order < 0:
            return function(-order, x) * (-1 if function is sympy.besselj and order % 2 else 1)
        below, two_below = function(order - 1, x), function(order - 2, x)
        return ratio * 2 * (order - 1) / x * below + sign * two_below

    return recurrence


def _bessel_rule(function: type, ratio: int, sign: int) -> Callable[..., Expr | None]:
    recurrence = _bessel(ratio, sign)
    return lambda form, order, x: recurrence(form, function, order, x)


_RECURRENCES: dict[type, Callable[..., Expr | None]] = {
    sympy.loggamma: _loggamma,
    sympy.polygamma: _polygamma,
    sympy.besseli: _bessel_rule(sympy.besseli, -1, 1),
    sympy.besselk: _bessel_rule(sympy.besselk, 1, 1),
    sympy.besselj: _bessel_rule(sympy.besselj, 1, -1),
}


# Angles ------------------------------------------------------------------------------------------


def _angle(form: NormalForm, argument: Fraction) -> Turned:
    """Cosine and sine of a sum, each term a rational multiple of a unit angle."""
    unit = content(argument.denominator)
    denominator = argument.denominator // integer(unit)
    total: Angle = (ONE, ZERO)
    turns = []
    for exponents, coefficient in terms(argument.numerator):
        atom = form.field.reduce(monomial(exponents), denominator)
        turn = _multiple(form, atom, Rational(coefficient, unit))
        total = _turn(form, total, _times(form, (turn.cosine, turn.sine), turn.times))
        turns.append(turn)
    return Turned(tuple(turns), *total)


def _turn(form: NormalForm, a: Angle, b: Angle) -> Angle:
    """Cosine and sine of the sum of two angles."""
    add, subtract, multiply = form.field.add, form.field.subtract, form.field.multiply
    return (
        subtract(multiply(a[0], b[0]), multiply(a[1], b[1])),
        add(multiply(a[1], b[0]), multiply(a[0], b[1])),
    )


def _multiple(form: NormalForm, atom: Fraction, scale: Rational) -> Turn:
    if atom == form(sympy.pi):
        exact = sympy.cos(scale * sympy.pi), sympy.sin(scale * sympy.pi)
        if not any(value.has(sympy.sin, sympy.cos) for value in exact):
            angle = form.field.multiply(atom, form.field.constant(scale))
            return Turn(angle, form(exact[0]), form(exact[1]), 1)
    inverse = _inverse(form, atom)
    if inverse is not None and scale.is_Integer:
        return Turn(atom, *inverse, int(scale))
    name = ("angle", key(atom.numerator), key(atom.denominator))
    unit = form.exponents.unit(name, scale, LARGEST_SHIFT)
    argument = form.field.multiply(atom, form.field.constant(unit))
    parts = tuple(argument)
    cosine = form.generator("function", ("cos", *name, unit), (sympy.cos, (argument,)), parts)
    square = form.field.subtract(ONE, form.field.multiply(cosine, cosine))
    if not square.denominator.is_one():
        raise OutsideClass("an angle whose cosine is a known fraction")
    sine = form.generator("sine", (*name, unit), (argument, square.numerator), parts)
    for value in (cosine, sine):
        _note_bounds(form, Bound(None, (), value), lambda v: [(1 - v, False), (1 + v, False)])
    return Turn(argument, cosine, sine, int(scale / unit))


def _inverse(form: NormalForm, atom: Fraction) -> Angle | None:
    """Cosine and sine of an arcsine or an arctangent: the one is a root, and not negative."""
    index = single_generator(atom.numerator) if atom.denominator.is_one() else None
    if index is None or form.field.generators[index].kind != "function":
        return None
    function, arguments = form.field.generators[index].data
    if function not in (sympy.asin, sympy.atan):
        return None
    x = fraction_expression(form.field, arguments[0])
    if function is sympy.asin:
        return form(sympy.sqrt(1 - x**2)), arguments[0]
    return form(1 / sympy.sqrt(1 + x**2)), form(x / sympy.sqrt(1 + x**2))


def _times(form: NormalForm, angle: Angle, times: int) -> Angle:
    """Cosine and sine of a multiple of an angle."""
    cosine, sine = angle
    if abs(times) > LARGEST_SHIFT:
        raise OutsideClass("too many multiples of one angle")
    step = (cosine, form.field.subtract(ZERO, sine) if times < 0 else sine)
    total: Angle = (ONE, ZERO)
    for _ in range(abs(times)):
        total = _turn(form, total, step)
    return total


def _two_argument_arctangent(form: NormalForm, y: Expr, x: Expr) -> Expr:
    """The angle of a point, by the side of the axes that it lies on."""
    side = form.region.decide(form(x))
    if side is Sign.POSITIVE:
        return sympy.atan(y / x)
    height = form.region.decide(form(y))
    if height is Sign.ZERO:
        if side is Sign.ZERO:
            form.exclude_origin(x, y)
            raise Undefined("the angle of the origin")
        return sympy.pi
    turn = sympy.pi if height is Sign.POSITIVE else -sympy.pi
    return turn / 2 if side is Sign.ZERO else sympy.atan(y / x) + turn
