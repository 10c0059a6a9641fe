"""Whether the formula of a function gives the numbers that the function itself computes.

What was traced is exact; this runs the function on floating point numbers and compares. It proves
nothing, and it stops a mistake in our reading of the code from becoming a verdict.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from sympy import Expr, FiniteSet, Rational, S
from sympy.sets import Set

from derive.auditing.axes import Axes
from derive.auditing.snippet import called_with, element, run
from derive.auditing.trace import Trace
from derive.language import ENTRY, SLICE, cases
from derive.prove.balls import OnBoundary, Point, evaluate
from derive.prove.field import OutsideClass
from derive.prove.points import Domain, contains, has_sign, holds, numbers
from derive.prove.sign import Sign

_POINTS = 12
_TRIALS = 4 * _POINTS
_TOLERANCE = 1e-6
_ROWS = ((1, 1), (1, 2), (1, 3), (1, 5))
_SLICES = ((1, 1), (2, 3), (3, 2), (1, 4))
_SIXTEENTHS = tuple(Rational(k, 16) for k in range(-63, 64, 7))
_SIGNS = {">": Sign.POSITIVE, "≥": Sign.NONNEGATIVE, "≠": Sign.NONZERO}


def disagreement(trace: Trace, domain: Domain) -> str:
    """Where formula and function differ, or that no point told; nothing if they agree."""
    compared = 0
    for shape in _shapes(trace, domain):
        for point in _samples(trace, domain, shape):
            found, told = difference(trace, point)
            if found:
                return found
            compared += told
    return "" if compared else "the code gives a finite number at no sample point"


def difference(trace: Trace, point: Point) -> tuple[str, int]:
    """What is wrong with the function at a point, and at how many indices it was compared."""
    if not is_defined(trace, point):
        return "", 0
    point.parameters.update({scale.name: S.One for scale in trace.scales})
    arguments = called_with(trace, point.tensors, point.parameters, (point.slices, point.entries))
    made = run(trace, arguments)
    if made.overflow:
        return "", 0
    if made.error:
        return made.error if _has_values(trace, point) else "", 0
    compared = 0
    for result, output in zip(made.results, trace.outputs, strict=True):
        expected = _shape(output.axes, point)
        if result.shape != expected:
            return f"the code returns the shape {result.shape}, its formula {expected}", compared
        for index in point.indices():
            code, exact = (
                element(result, output.axes, index),
                _value(output.expression, point, index),
            )
            if exact is None:
                continue
            close = abs(exact - code) <= _TOLERANCE * (1 + abs(exact))
            if not close and not _is_rounded(output.expression, point.at(index)):
                return f"the code gives {code} where its formula gives {exact}", compared
            compared += 1
    return "", compared


def is_defined(trace: Trace, point: Point) -> bool:
    """Whether the code is known to compute numbers at a point, without raising an exception."""
    for condition in trace.raising:
        try:
            indicator = cases((S.One, condition), (S.Zero, True))
        except (AssertionError, RecursionError):  # SymPy folds cases that contain cases
            return False
        if _value(indicator, point, point.index) != 0:
            return False
    return all(
        has_sign(quantity, _SIGNS[relation], point.at(index))
        for relation, quantity in trace.lost
        for index in point.indices()
    )


def _has_values(trace: Trace, point: Point) -> bool:
    """Whether all results have values: Python raises an exception where it divides by zero."""
    expressions = [output.expression for output in trace.outputs]
    return all(_value(e, point, i) is not None for e in expressions for i in point.indices())


def _value(expression: Expr, point: Point, index: tuple[int, int]) -> float | None:
    try:
        ball = evaluate(expression, point.at(index), strict=False)
    except (OnBoundary, OutsideClass, ZeroDivisionError, ValueError):
        return None
    value = float(ball.mid()) if ball.is_finite() else math.nan
    return value if math.isfinite(value) else None


def _is_rounded(expression: Expr, point: Point) -> bool:
    """Whether rounding may decide a case: on a boundary, of numbers that are not binary."""
    values = [*expression.atoms(Rational), *point.parameters.values()]
    values += [value for row in point.tensors.values() for value in row]
    if all(_is_binary(value) for value in values):
        return False
    try:
        evaluate(expression, point)
    except OnBoundary:
        return True
    return False


def _is_binary(number: Rational) -> bool:
    return int(number.q) & (int(number.q) - 1) == 0


def _shape(axes: Axes, point: Point) -> tuple[int, ...]:
    lengths = {SLICE: point.slices, ENTRY: point.entries, None: 1}
    return tuple(lengths[axis] for axis in axes)  # type: ignore[index]


def _shapes(trace: Trace, domain: Domain) -> tuple[tuple[int, int], ...]:
    if domain.square:
        return ((1, 1), (2, 2), (3, 3))
    slices = any(SLICE in argument.axes for argument in trace.arguments.values())
    return _SLICES if slices else _ROWS


def _samples(trace: Trace, domain: Domain, shape: tuple[int, int]) -> Iterator[Point]:
    """Some points at which all facts hold; class labels are chosen, and not hoped for."""
    generator = random.Random(0)
    labels = {a.symbol for a in trace.arguments.values() if a.labels}
    pools = {
        symbol: _pool(domain, of) for symbol, of in zip(domain.symbols, domain.sets, strict=True)
    }
    if not all(pools.values()):
        return
    found = 0
    for _ in range(_TRIALS):
        tensors = {
            symbol.name: _one_hot(generator, shape)
            if symbol in labels
            else tuple(generator.choices(pools[symbol], k=shape[0] * shape[1]))
            for symbol in domain.inputs
        }
        parameters = {symbol.name: generator.choice(pools[symbol]) for symbol in domain.parameters}
        point = Point(*shape, tensors, parameters)
        if holds(domain.assuming, point):
            yield point
            found += 1
        if found == _POINTS:
            return


def _one_hot(generator: random.Random, shape: tuple[int, int]) -> tuple[Rational, ...]:
    chosen = [generator.randrange(shape[1]) for _ in range(shape[0])]
    return tuple(S.One if k == label else S.Zero for label in chosen for k in range(shape[1]))


def _pool(domain: Domain, of: Set) -> tuple[Rational, ...]:
    if isinstance(of, FiniteSet):
        return numbers(of)
    further = [n for n in (*domain.thresholds, *_SIXTEENTHS) if contains(of, n)]
    return (*numbers(of), *further)
