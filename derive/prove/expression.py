"""Trusted. From the field back to expressions, as facts and results are shown and used again."""

from __future__ import annotations

import sympy
from sympy import Eq, Expr, Integer, Mul, Piecewise, Rational, S, Symbol

from derive.language import Largest, Maximiser, Sum, Tie
from derive.prove.field import Field, Fraction, Generator, Polynomial, key, powers

_OVER_AN_AXIS = {"sum": Sum, "largest": Largest, "maximiser": Maximiser, "tie": Tie}


def expression_of(field: Field, polynomial: Polynomial) -> Expr:
    """A polynomial of the field, written as an expression again."""
    name = key(polynomial)
    if name not in field.expressions:
        field.expressions[name] = _expression_of(field, polynomial)
    return field.expressions[name]


def _expression_of(field: Field, polynomial: Polynomial) -> Expr:
    total = S.Zero
    for factors, coefficient in powers(polynomial):
        term = Integer(coefficient)
        for index, exponent in factors:
            term *= _generator_expression(field, field.generators[index]) ** exponent
        total += term
    return total


def fraction_expression(field: Field, fraction: Fraction) -> Expr:
    """A fraction of the field, written as an expression again."""
    return expression_of(field, fraction.numerator) / expression_of(field, fraction.denominator)


def factored_expression(field: Field, fraction: Fraction) -> Expr:
    """A fraction of the field as a product of irreducible factors."""
    number, parts = field.factors(fraction)
    factors = [expression_of(field, part) ** multiplicity for part, multiplicity in parts]
    return Mul(Rational(number.numerator, number.denominator), *factors)


def _generator_expression(field: Field, generator: Generator) -> Expr:
    data = generator.data
    if generator.kind == "exp":
        return sympy.exp(fraction_expression(field, data))
    if generator.kind == "log":
        return sympy.log(data if isinstance(data, int) else expression_of(field, data))
    if generator.kind == "root":
        degree, radicand = data
        return expression_of(field, radicand) ** Rational(1, degree)
    if generator.kind in _OVER_AN_AXIS:
        axis, body = data
        return _OVER_AN_AXIS[generator.kind](fraction_expression(field, body), Symbol(axis))
    if generator.kind == "indicator":
        return Piecewise((1, expression_of(field, data) > 0), (0, True))
    if generator.kind == "zero":
        return Piecewise((1, Eq(expression_of(field, data), 0)), (0, True))
    if generator.kind == "sine":
        return sympy.sin(fraction_expression(field, data[0]))
    if generator.kind == "function":
        function, arguments = data
        return function(*[fraction_expression(field, a) for a in arguments])
    return data
