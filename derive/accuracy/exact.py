"""Exact values of a formula at binary inputs: balls of growing precision, rounded with certainty.

A formula becomes a Python function once. It is evaluated in Arb's ball arithmetic, at twice the
precision again and again until the ball is narrower than a thousandth of a unit in the last place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import flint
import numpy as np
from flint import arb
from numpy.typing import NDArray
from sympy import Expr

from derive.accuracy.evaluation import At, Evaluate, Undecided, balls_at, compiled, sign, varies

FIRST_PRECISION, LAST_PRECISION = 128, 8192
FINE = 10  # a ball is narrow enough at 2**-FINE units in the last place
DIGITS, LEAST, GREATEST = 53, -1074, 1024  # of float64: 2**LEAST is the least positive number

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Exact:
    """Exact numbers as nearest float64 and rest: ``nearest + rest * ulp(nearest)``.

    ``nearest`` is an infinity where float64 overflows, and NaN where the formula has no value, or
    where a comparison in it is ``undecided``. ``rest`` is known to a thousandth.
    """

    nearest: Numbers
    rest: Numbers
    undecided: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.nearest)

    def reshape(self, *shape: int) -> Exact:
        """The same numbers in another shape."""
        nearest, rest = self.nearest.reshape(shape), self.rest.reshape(shape)
        return Exact(nearest, rest, self.undecided.reshape(shape))


def exact_row(
    formula: Expr,
    tensors: Mapping[str, Sequence[float]],
    parameters: Mapping[str, float],
    position: int = 0,
) -> list[tuple[float, float]]:
    """The exact value of a formula at a slice: (nearest float64, rest in its ulps), by entry.

    A formula that does not vary along the slice has one value, any other has one for each entry.
    ``position`` is the entry at which the identity matrix has its one. A formula without a value
    there gives ``(nan, 0)``. Raises ``Undecided``.
    """
    entries = range(len(next(iter(tensors.values()))))
    wanted = list(entries) if varies(formula) else [0]
    value = compiled(formula)
    found = rounded_row(value, wanted, tensors, parameters, position)
    for k in set(wanted) - set(found):
        with flint.ctx.workprec(LAST_PRECISION):
            # A comparison that is still open raises.
            value(balls_at(tensors, parameters, position, LAST_PRECISION), k)
    return [found.get(k, (math.nan, 0.0)) for k in wanted]


def exact(
    formula: Expr,
    inputs: Mapping[str, NDArray[Any]],
    parameters: Mapping[str, float],
    *,
    rows: Callable[..., list[tuple[float, float]]] = exact_row,
    tick: Callable[[], None] = lambda: None,
) -> Exact:
    """The exact values of a formula at arrays of inputs.

    The last axis of the arrays is that of a slice; for an elementwise formula it has length one.
    A formula that does not vary along it gives an array whose last axis has length one. The axis
    before the last is that of the slices of a square matrix, for formulas with an identity.
    ``tick`` is called now and then.
    """
    arrays = {name: np.asarray(x, np.float64) for name, x in inputs.items()}
    shape = next(iter(arrays.values())).shape
    width = shape[-1] if varies(formula) else 1
    flat = {name: x.reshape(-1, shape[-1]).tolist() for name, x in arrays.items()}
    count = math.prod(shape[:-1])
    numbers = np.empty((count, width, 2))
    undecided = np.zeros((count, width), bool)
    for i in range(count):
        row = {name: x[i] for name, x in flat.items()}
        try:
            numbers[i] = rows(formula, row, parameters, i % shape[-1])
        except Undecided:
            numbers[i], undecided[i] = (math.nan, 0.0), True
        if i % 64 == 0:
            tick()
    whole = Exact(numbers[..., 0], numbers[..., 1], undecided)
    return whole.reshape(*shape[:-1], width)


def sign_at(
    formula: Expr,
    tensors: Mapping[str, Sequence[float]],
    parameters: Mapping[str, float],
    entry: int = 0,
) -> int:
    """The sign of a formula at one entry of a slice; 0 also where it has none, or none is found."""
    value = compiled(formula)
    for precision in (FIRST_PRECISION, 2048):
        with flint.ctx.workprec(precision):
            try:
                return sign(value(balls_at(tensors, parameters, 0, precision), entry))
            except Undecided:
                continue
    return 0


def rounded_row(
    value: Evaluate,
    wanted: Iterable[int],
    tensors: Mapping[str, Sequence[float]],
    parameters: Mapping[str, float],
    position: int,
) -> dict[int, tuple[float, float]]:
    """What a function is worth at the wanted entries, as far as some precision gives it."""
    found: dict[int, tuple[float, float]] = {}
    missing, precision = list(wanted), FIRST_PRECISION
    while missing and precision <= LAST_PRECISION:
        with flint.ctx.workprec(precision):
            at = balls_at(tensors, parameters, position, precision)
            tried = {k: _attempt(value, at, k) for k in missing}
        found.update({k: rounded for k, rounded in tried.items() if rounded is not None})
        missing = [k for k in missing if k not in found]
        precision *= 2
    return found


def _attempt(value: Evaluate, at: At, k: int) -> tuple[float, float] | None:
    try:
        return _rounded(value(at, k))
    except Undecided:
        return None


def _rounded(ball: arb) -> tuple[float, float] | None:
    """The nearest float64 and the rest in its ulps, if the ball is narrow enough to know them."""
    if not ball.is_finite():
        return None
    mantissa, exponent = map(int, ball.mid().man_exp())
    radius, radius_exponent = map(int, ball.rad().man_exp())
    top = exponent + abs(mantissa).bit_length()  # the middle is less than 2**top
    unit = max(top - DIGITS, LEAST) if mantissa else LEAST
    if radius and radius.bit_length() + radius_exponent > unit - FINE:
        return None
    if mantissa == 0 or top < LEAST - 64:
        return 0.0, 0.0
    if top > GREATEST:
        return (math.inf if mantissa > 0 else -math.inf), 0.0
    shift = unit - exponent
    if shift <= 0:
        return math.ldexp(mantissa << -shift, unit), 0.0
    half = 1 << (shift - 1)
    quotient = (mantissa + half) >> shift
    bits = min(shift, 64)
    rest = math.ldexp((mantissa - (quotient << shift)) >> (shift - bits), -bits)
    if abs(quotient) == 1 << DIGITS:  # at a power of two the unit doubles
        rest /= 2
    try:
        return math.ldexp(quotient, unit), rest
    except OverflowError:  # it rounds up to 2**1024
        return (math.inf if mantissa > 0 else -math.inf), 0.0
