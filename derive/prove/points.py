"""Exact points of a loss's domain, the simplest first."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count, islice, product

from sympy import Expr, FiniteSet, Interval, Rational, S, Symbol, oo
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFalse
from sympy.sets import Set

from derive.language import (
    COMPANIONS,
    ENTRY,
    SLICE,
    Aggregate,
    Element,
    Parameter,
    has_aggregate,
    identity,
    size,
)
from derive.loss import Loss
from derive.prove.balls import OnBoundary, Point, evaluate, is_zero_at, unroll
from derive.prove.field import OutsideClass
from derive.prove.sign import Sign

_NUMERATORS = "0 1 -1 2 -2 1/2 -1/2 3 -3 3/2 -3/2 1/4 3/4 1/3 2/3 -1/3 1/8 5 -5 4 7/8"
SIMPLE = tuple(Rational(text) for text in _NUMERATORS.split())


@dataclass(frozen=True)
class Domain:
    """Where a loss is defined: its inputs and parameters, their sets, and facts about them."""

    inputs: tuple[Element, ...]
    parameters: tuple[Parameter, ...]
    sets: tuple[Set, ...]  # of the inputs, then of the parameters
    assuming: tuple[Relational, ...]
    square: bool
    aggregates: bool
    thresholds: tuple[Rational, ...] = ()  # numbers of the formulas close to which to look
    lengths: frozenset[str] = frozenset()  # axes whose lengths occur in the formulas

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """The inputs, then the parameters."""
        return (*self.inputs, *self.parameters)

    def shapes(self) -> list[tuple[int, int]]:
        """Numbers of slices and entries worth trying, the smallest first."""
        if not self.aggregates and not self.square and not self.lengths:
            return [(1, 1)]
        shapes = [(n if self.square else 1, n) for n in (1, 2, 3)]
        return shapes if self.square or SLICE not in self.lengths else [*shapes, (2, 1), (2, 2)]


def domain_of(
    loss: Loss,
    *formulas: Expr,
    assuming: tuple[Relational, ...] = (),
    free: tuple[Parameter, ...] = (),
) -> Domain:
    """Where a loss is defined, with the directions that the formulas have, and free numbers."""
    used = set().union(*(formula.free_symbols for formula in formulas))
    further = [d for d in COMPANIONS if d in used]
    inputs = (*loss.inputs, *further)
    parameters = (*loss.parameters, *free)
    return Domain(
        inputs,
        parameters,
        tuple(loss.domain(symbol) for symbol in (*inputs, *parameters)),
        (*loss.assuming, *assuming),
        loss.square,
        any(has_aggregate(formula) for formula in (loss.value, *formulas)),
        _unusual_numbers(*formulas),
        frozenset(a for a in (ENTRY, SLICE) for f in (loss.value, *formulas) if _has_length(f, a)),
    )


def _has_length(formula: Expr, axis: str) -> bool:
    """Whether a formula depends on the length of an axis otherwise than by sums over entries."""
    over_slices = axis == SLICE and any(a.axis == SLICE for a in formula.atoms(Aggregate))
    return over_slices or size(axis) in formula.free_symbols


def _unusual_numbers(*formulas: Expr) -> tuple[Rational, ...]:
    """The numbers of formulas that are not among the simple ones, and others close to them."""
    found = {abs(n) for formula in formulas for n in formula.atoms(Rational)} - set(SIMPLE)
    return tuple(n * Rational(2) ** power for n in sorted(found) for power in (-2, -1, 0, 1))


@lru_cache(maxsize=256)
def numbers(domain: Set) -> tuple[Rational, ...]:
    """Simple rational numbers in a set, the simplest first."""
    if isinstance(domain, FiniteSet):
        return tuple(sorted((x for x in domain if x.is_Rational), key=abs))
    found = [x for x in SIMPLE if contains(domain, x)]
    if isinstance(domain, Interval) and len(found) < 4:
        low, high = domain.start, domain.end
        low = high - 8 if low == -oo else low
        high = low + 8 if high == oo else high
        inside = [low + (high - low) * Rational(k, 8) for k in (4, 2, 6, 1, 7, 3, 5)]
        found += [x for x in inside if x.is_Rational and contains(domain, x)]
    return tuple(found)


def points(domain: Domain, shape: tuple[int, int], limit: int) -> Iterator[Point]:
    """At most ``limit`` points of one shape: half by increasing height, half pseudo-random."""
    made, rest = _shared(domain, shape, limit)
    for position in count():
        if position == len(made):
            point = next(rest, None)
            if point is None:
                return
            made.append(point)
        yield made[position]


@lru_cache(maxsize=64)
def _shared(
    domain: Domain, shape: tuple[int, int], limit: int
) -> tuple[list[Point], Iterator[Point]]:
    """The points that were made so far, and those to come: many claims look at the same ones."""
    return [], _points(domain, shape, limit)


def _points(domain: Domain, shape: tuple[int, int], limit: int) -> Iterator[Point]:
    slices, entries = shape
    pools: list[Sequence[Rational]] = []
    for element, numbers_in in zip(domain.inputs, domain.sets, strict=False):
        pools += [_pool(domain, numbers_in)] * (slices * entries)
        assert element != identity
    pools += [_pool(domain, s) for s in domain.sets[len(domain.inputs) :]]
    if not all(pools):
        return
    for values in _choices(pools, limit):
        point = _point(domain, shape, values)
        if holds(domain.assuming, point):
            yield point


def _pool(domain: Domain, of: Set) -> tuple[Rational, ...]:
    return (*numbers(of), *(n for n in domain.thresholds if contains(of, n)))


def _choices(pools: Sequence[Sequence[Rational]], limit: int) -> Iterator[tuple[Rational, ...]]:
    simple = 0
    for values in islice(_by_height(pools), limit // 2):
        simple += 1
        yield values
    generator = random.Random(0)
    for _ in range(limit - simple):
        yield tuple(generator.choice(pool) for pool in pools)


def holds(assuming: tuple[Relational, ...], point: Point) -> bool:
    """Whether the stated facts hold at every index of a point."""
    return all(_holds_at(fact, point.at(i)) for fact in assuming for i in point.indices())


def _holds_at(fact: Relational | BooleanFalse, point: Point) -> bool:
    if fact is S.false:
        return False
    try:
        return fact.func(unroll(fact.lhs, point), unroll(fact.rhs, point)) is S.true
    except TypeError:  # SymPy does not compare what is not real
        return False


@lru_cache(maxsize=4096)
def contains(domain: Set, number: Rational) -> bool:
    """Whether a number is known to lie in a set."""
    return domain.contains(number) is S.true


def replace_value(point: Point, domain: Domain, position: int, value: Rational) -> Point:
    """The point with one of its numbers changed; positions run through inputs, then parameters."""
    values = flatten(point, domain)
    values[position] = value
    return _point(domain, (point.slices, point.entries), tuple(values)).at(point.index)


def flatten(point: Point, domain: Domain) -> list[Rational]:
    """All numbers of a point: the inputs row by row, then the parameters."""
    rows = [value for element in domain.inputs for value in point.tensors[element.name]]
    return rows + [point.parameters[p.name] for p in domain.parameters]


def _point(domain: Domain, shape: tuple[int, int], values: tuple[Rational, ...]) -> Point:
    count = shape[0] * shape[1]
    tensors = {
        element.name: tuple(values[k * count : (k + 1) * count])
        for k, element in enumerate(domain.inputs)
    }
    rest = values[len(domain.inputs) * count :]
    names = [parameter.name for parameter in domain.parameters]
    return Point(*shape, tensors, dict(zip(names, rest, strict=True)))


def _by_height(pools: Sequence[Sequence[Rational]]) -> Iterator[tuple[Rational, ...]]:
    """The product of the pools, by the largest position used."""
    for height in range(max(map(len, pools), default=0)):
        ranges = [range(min(height + 1, len(pool))) for pool in pools]
        for choice in product(*ranges):
            if max(choice, default=0) == height:
                yield tuple(pool[i] for i, pool in zip(choice, pools, strict=True))


def has_sign(expression: Expr, sign: Sign, point: Point) -> bool:
    """Whether an expression is known to have one of these signs at a point."""
    try:
        value = evaluate(expression, point, strict=False)
    except (OutsideClass, OnBoundary):
        return False
    if not value.is_finite():
        return False
    if value > 0:
        return bool(sign & Sign.POSITIVE)
    if value < 0:
        return bool(sign & Sign.NEGATIVE)
    return bool(sign & Sign.ZERO) and is_zero_at(expression, point)


def has_value(expression: Expr, point: Point) -> bool:
    """Whether an expression is known to have a real value at a point."""
    try:
        return bool(evaluate(expression, point, strict=False).is_finite())
    except (OutsideClass, OnBoundary, ZeroDivisionError):
        return False


def value_of(point: Point, symbol: Symbol) -> Rational:
    """The value of a parameter, or of an input at the index at hand."""
    if isinstance(symbol, Element):
        return point.element(symbol, *point.index)
    return point.parameters[symbol.name]


def with_value(point: Point, symbol: Symbol, value: Rational) -> Point:
    """The point with another value of a parameter, or of an input at the index at hand."""
    if isinstance(symbol, Element):
        row = list(point.tensors[symbol.name])
        row[point.index[0] * point.entries + point.index[1]] = value
        return replace(point, tensors={**point.tensors, symbol.name: tuple(row)})
    return replace(point, parameters={**point.parameters, symbol.name: value})


def point_text(point: Point) -> str:
    """The numbers of a point as a line of text."""
    tensors = [f"{name} = [{', '.join(map(str, v))}]" for name, v in point.tensors.items()]
    return ", ".join(tensors + [f"{name} = {v}" for name, v in point.parameters.items()])
