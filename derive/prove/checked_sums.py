"""Trusted. Checks the steps by which aggregates over an axis were found.

Rules, with their conditions; what is constant along the axis is found from what it is made of:

1. A body is ``w + [p > 0] (u - w)`` if it is ``u`` where ``p > 0`` and ``w`` where ``p < 0``, and
   ``u`` and ``w`` agree with it where ``p = 0``; or if ``p`` is not zero. A part that is empty
   needs no value. It is ``w + [p > 0] (u - w) + [p = 0] (v - w)`` if it is ``v`` where ``p = 0``
   and ``w`` exists there; that is asked only where formulas are compared at each point.
2. ``sum(a f + b g) = a sum(f) + b sum(g)`` for constant ``a`` and ``b``, if each factor of a
   denominator on the right is one of the body's denominator, or constant and not zero.
3. ``sum(1)`` is the length of the axis; a row of the identity matrix adds up to 1.
4. ``sum over k of sum over i of f = sum over i of sum over k of f`` for two axes.
5. ``max(a f + c) = a max(f) + c`` for constant ``a >= 0`` and ``c``; ``max(c) = c``.
6. A sum of terms that are not negative is not negative, and positive if they are: no axis is empty.
"""

from __future__ import annotations

from functools import reduce

from sympy import Expr

from derive.language import ENTRY, Aggregate, Maximiser, Sum, identity, size
from derive.prove.book import Book, Rejected, demand, plus, same, times
from derive.prove.expression import expression_of, fraction_expression
from derive.prove.field import (
    ONE,
    ONE_POLYNOMIAL,
    ZERO,
    Field,
    Fraction,
    Generator,
    Polynomial,
    generators_of,
    single_generator,
    variable,
)
from derive.prove.region import Region
from derive.prove.sign import Sign
from derive.prove.steps import Body, Divided, Exchanged, OverAxis, Scaled, Summed, SumOfSigns, Whole


def is_aggregate(book: Book, e: Aggregate | Maximiser, value: Fraction) -> bool:
    """Whether a value is that of an aggregate."""
    step = book.form.steps.get(e)
    if not isinstance(step, OverAxis):
        return False
    body = _body(book, book.region.within(e.axis), step.body, e.args[0])
    if isinstance(e, Maximiser):
        return book.stands_for(value, type(e).__name__.lower(), (e.axis, body))
    taken_out = step.taken_out
    if isinstance(e, Sum):
        return (
            isinstance(taken_out, Summed)
            and (taken_out.axis, taken_out.body, taken_out.total) == (e.axis, body, value)
            and _is_sum(book, taken_out)
        )
    return isinstance(taken_out, Scaled) and _is_largest(book, e.axis, body, taken_out, value)


# Bodies ------------------------------------------------------------------------------------------


def _body(book: Book, region: Region, body: Body, e: Expr) -> Fraction:
    """The value of a body on a region, once it is checked by rule 1."""
    inner = book.at(body.form, region)
    if isinstance(body, Whole):
        demand(body.expression == e, "the body of another aggregate")
        return inner(e)
    switch = body.switch
    parts = (
        (region.given(switch, Sign.POSITIVE), body.above),
        (
            region.given(switch, Sign.NEGATIVE),
            body.below,
        ),
    )
    values = [_part(inner, part, steps, e) for part, steps in parts]
    found = [value for value in values if value is not None]
    if not found:
        there = _part(inner, region.on_surface(switch), body.surface, e)
        demand(there == body.value, "a body on a surface")
        return body.value
    above, below = values
    expected = found[0]
    if above is not None and below is not None:
        indicator = _indicator(book.field, "indicator", switch)
        expected = plus(below, times(indicator, plus(above, _negative(below))))
    if body.jumps:
        expected = plus(expected, _jump(inner, body, below if below is not None else found[0], e))
    else:
        demand(_is_continuous(inner, body, found, e), "a body where its cases meet")
    demand(same(book.field, expected, body.value), "a body by cases")
    return body.value


def _jump(book: Book, body: Divided, side: Fraction, e: Expr) -> Fraction:
    """What is added to the value of a side, where the surface has another."""
    demand(book.field.pointwise, "a derivative where its cases meet")
    surface = book.region.on_surface(body.switch)
    there = _part(book, surface, body.surface, e)
    if there is None or body.on_surface is None:
        raise Rejected("a jump where there is nothing")
    before = book.at(body.on_surface, surface)(fraction_expression(book.field, side))
    return times(_indicator(book.field, "zero", body.switch), plus(there, _negative(before)))


def _part(book: Book, region: Region, body: Body | None, e: Expr) -> Fraction | None:
    if body is None:
        demand(region.is_empty, "a part is left out")
        return None
    return _body(book, region, body, e)


def _is_continuous(book: Book, body: Divided, sides: list[Fraction], e: Expr) -> bool:
    switch = body.switch
    if body.on_surface is None:
        quantity = Fraction(switch, ONE_POLYNOMIAL)
        return book.grants(expression_of(book.field, switch), quantity, Sign.NONZERO)
    surface = book.region.on_surface(switch)
    there = _part(book, surface, body.surface, e)
    on_surface = book.at(body.on_surface, surface)
    values = [on_surface(fraction_expression(book.field, side)) for side in sides]
    return there is None or all(value == there for value in values)


def _indicator(field: Field, kind: str, switch: Polynomial) -> Fraction:
    generators = field.generators
    alike = [i for i in field.indicators if generators[i].kind == kind]
    found = [i for i in alike if generators[i].data == switch]
    demand(bool(found), "an indicator of another condition")
    return Fraction(variable(found[0]), ONE_POLYNOMIAL)


def _negative(a: Fraction) -> Fraction:
    return Fraction(-a.numerator, a.denominator)


# Sums and maxima ---------------------------------------------------------------------------------


def _is_sum(book: Book, step: Summed, *, anywhere: bool = False) -> bool:
    """Rules 2 to 4; what holds ``anywhere`` uses no equality of the region."""
    body = reduce(plus, (times(scale, rest) for scale, rest, _, _ in step.terms), ZERO)
    total = reduce(plus, (times(scale, value) for scale, _, value, _ in step.terms), ZERO)
    return (
        same(book.field, body, step.body)
        and same(book.field, total, step.total)
        and all(
            _is_constant(book.field, scale, step.axis)
            and _is_defined(book, scale, step.body, step.axis)
            and _is_defined(book, rest, step.body, step.axis)
            for scale, rest, _, _ in step.terms
        )
        and all(_is_term(book, step, term, anywhere) for term in step.terms)
    )


def _is_term(
    book: Book,
    step: Summed,
    term: tuple[Fraction, Fraction, Fraction, object],
    anywhere: bool,
) -> bool:
    _, rest, value, exchanged = term
    if anywhere:
        book = book._replace(region=book.region.at_every_index(step.axis))
    if rest == ONE:
        return book.stands_for(value, "symbol", size(step.axis))
    index = single_generator(rest.numerator) if rest.denominator.is_one() else None
    generator = None if index is None else book.field.generators[index]
    if generator is not None and generator.data == identity and step.axis == ENTRY:
        return value == ONE
    if exchanged is None:
        return book.stands_for(value, "sum", (step.axis, rest))
    return _is_exchanged(book, step, generator, exchanged, value, anywhere)


def _is_exchanged(
    book: Book,
    step: Summed,
    generator: Generator | None,
    exchanged: object,
    value: Fraction,
    anywhere: bool,
) -> bool:
    if generator is None or generator.kind != "sum" or not isinstance(exchanged, Exchanged):
        return False
    other, inner_body = generator.data
    inner, outer = exchanged.inner, exchanged.outer
    if anywhere:
        inside = book._replace(region=book.region.at_every_index(other))
    else:
        inside = book.at(exchanged.inside, book.region.within(other))
    return (
        other != step.axis
        and (inner.axis, inner.body) == (step.axis, inner_body)
        and (outer.axis, outer.body, outer.total) == (other, inner.total, value)
        and _is_sum(inside, inner, anywhere=anywhere)
        and _is_sum(book, outer, anywhere=anywhere)
    )


def _is_constant(field: Field, a: Fraction, axis: str) -> bool:
    return axis not in field.axes(a.numerator) | field.axes(a.denominator)


def _is_defined(book: Book, part: Fraction, body: Fraction, axis: str) -> bool:
    """Whether a part of a body exists at every index if the body does."""
    if part.denominator.is_constant():
        return True
    _, factors = book.field.factors(Fraction(ONE_POLYNOMIAL, part.denominator))
    return all(
        (body.denominator % factor).is_zero()
        or (
            axis not in book.field.axes(factor)
            and bool(generators_of(factor))
            and not book.region.sign(factor) & Sign.ZERO
        )
        for factor, _ in factors
    )


def _is_largest(book: Book, axis: str, body: Fraction, step: Scaled, value: Fraction) -> bool:
    """Rule 5."""
    field = book.field
    if not all(_is_constant(field, part, axis) for part in (step.shift, step.scale)):
        return False
    if step.rest is None:
        gap = plus(body, _negative(step.shift))
        nothing = same(field, gap, ZERO) or book.region.sign_of(gap) is Sign.ZERO
        return nothing and value == step.shift
    parts = (step.shift, step.scale, step.rest)
    return (
        same(field, body, plus(step.shift, times(step.scale, step.rest)))
        and all(_is_defined(book, part, body, axis) for part in parts)
        and not book.region.sign_of(step.scale) & Sign.NEGATIVE
        and book.stands_for(step.largest, "largest", (axis, step.rest))
        and same(field, value, plus(step.shift, times(step.scale, step.largest)))
    )


def is_sum_of_signs(field: Field, polynomial: Polynomial, strict: bool, reason: SumOfSigns) -> bool:
    """Whether a polynomial has the sign that the terms of a sum have, by rule 6, at every index."""
    step = reason.summed
    region = reason.form.region.at_every_index(step.axis)
    allowed = Sign.POSITIVE if strict else Sign.NONNEGATIVE
    return (
        polynomial == step.total.numerator
        and step.total.denominator.is_constant()
        and not region.sign_of(step.body) & ~allowed
        and _is_sum(Book(reason.form, field, region), step, anywhere=True)
    )
