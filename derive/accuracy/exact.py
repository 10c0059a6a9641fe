"""Exact values of a formula at binary inputs: balls of growing precision, rounded with certainty.

A formula becomes a Python function once. It is evaluated in Arb's ball arithmetic, at twice the
precision again and again until the ball is narrower than a thousandth of a unit in the last place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from math import prod
from typing import Any

import flint
import numpy as np
import sympy
from flint import arb, fmpq
from numpy.typing import NDArray
from sympy import And, Expr, Not, Or, Piecewise, Rational, S
from sympy.core.relational import Relational

from derive.language import SLICE, Aggregate, Element, Largest, Size, axes_of, identity
from derive.prove.field import OutsideClass
from derive.prove.functions import BALLS, CONSTANTS

FIRST_PRECISION, LAST_PRECISION = 128, 8192
FINE = 10  # a ball is narrow enough at 2**-FINE units in the last place
DIGITS, LEAST, GREATEST = 53, -1074, 1024  # of float64: 2**LEAST is the least positive number

Numbers = NDArray[np.float64]


class Undecided(Exception):
    """A comparison of two quantities that no precision at hand can tell apart."""


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


@dataclass
class _At:
    """A row of inputs in balls of one precision, and the aggregates known of it."""

    tensors: Mapping[str, Sequence[arb]]
    parameters: Mapping[str, arb]
    position: int
    length: int
    precision: int
    known: dict[Expr, Any]


_Compiled = Callable[[_At, int], Any]


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
    wanted = list(entries) if _varies(formula) else [0]
    value = _compiled(formula)
    found = _rounded_row(value, wanted, tensors, parameters, position)
    for k in set(wanted) - set(found):
        with flint.ctx.workprec(LAST_PRECISION):
            # A comparison that is still open raises.
            value(_at(tensors, parameters, position, LAST_PRECISION), k)
    return [found.get(k, (math.nan, 0.0)) for k in wanted]


def magnitude_row(
    formula: Expr,
    tensors: Mapping[str, Sequence[float]],
    parameters: Mapping[str, float],
    position: int = 0,
) -> list[tuple[float, float]]:
    """The same, for the largest term of which the value of the formula is the sum.

    Sums are looked for inside products, powers and the branch taken of a case distinction, and
    a term is carried to the result as its error would be: ``|b| t`` for a term t of a in a*b.
    """
    entries = range(len(next(iter(tensors.values()))))
    wanted = list(entries) if _varies(formula) else [0]
    found = _rounded_row(_magnitude(formula), wanted, tensors, parameters, position)
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
    width = shape[-1] if _varies(formula) else 1
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
    value = _compiled(formula)
    for precision in (FIRST_PRECISION, 2048):
        with flint.ctx.workprec(precision):
            try:
                return _sign(value(_at(tensors, parameters, 0, precision), entry))
            except Undecided:
                continue
    return 0


def _at(
    tensors: Mapping[str, Sequence[float]],
    parameters: Mapping[str, float],
    position: int,
    precision: int,
) -> _At:
    rows = {name: [*map(arb, row)] for name, row in tensors.items()}  # conversion is exact
    numbers = {name: arb(number) for name, number in parameters.items()}
    length = len(next(iter(rows.values())))
    return _At(rows, numbers, position, length, precision, {})


def _rounded_row(
    value: _Compiled,
    wanted: Iterable[int],
    tensors: Mapping[str, Sequence[float]],
    parameters: Mapping[str, float],
    position: int,
) -> dict[int, tuple[float, float]]:
    """The values at the wanted entries, as far as some precision gives them."""
    found: dict[int, tuple[float, float]] = {}
    missing, precision = list(wanted), FIRST_PRECISION
    while missing and precision <= LAST_PRECISION:
        with flint.ctx.workprec(precision):
            at = _at(tensors, parameters, position, precision)
            tried = {k: _attempt(value, at, k) for k in missing}
        found.update({k: rounded for k, rounded in tried.items() if rounded is not None})
        missing = [k for k in missing if k not in found]
        precision *= 2
    return found


def _attempt(value: _Compiled, at: _At, k: int) -> tuple[float, float] | None:
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
        return math.copysign(math.inf, mantissa), 0.0
    shift = unit - exponent
    if shift <= 0:
        return math.ldexp(mantissa << -shift, unit), 0.0
    half = 1 << (shift - 1)
    quotient = (mantissa + half) >> shift
    rest = math.ldexp(mantissa - (quotient << shift), -shift) if shift < 1000 else 0.0
    try:
        return math.ldexp(quotient, unit), rest
    except OverflowError:  # it rounds up to 2**1024
        return math.copysign(math.inf, mantissa), 0.0


def _varies(formula: Expr) -> bool:
    return "entry" in axes_of(formula)


# Formulas as functions -----------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _compiled(e: Expr) -> _Compiled:
    value = _evaluation(e)
    return _once_a_row(e, value) if e.args and not _varies(e) else value


def _once_a_row(key: Any, value: _Compiled) -> _Compiled:
    """The value of what is the same at every entry, computed at one of them."""

    def known(at: _At, k: int) -> arb:
        if key not in at.known:
            at.known[key] = value(at, k)
        return at.known[key]

    return known


def _evaluation(e: Expr) -> _Compiled:
    if e.is_Rational:
        return _constant(e)
    if e.is_Symbol:
        return _symbol(e)
    if isinstance(e, Aggregate):
        return _aggregate(e)
    if isinstance(e, Piecewise):
        return _cases(e, _compiled)
    if isinstance(e, sympy.Max | sympy.Min):
        return _extreme(e, _compiled)
    parts = [_compiled(part) for part in e.args]
    if isinstance(e, sympy.sign):
        return lambda at, k: arb(_sign(parts[0](at, k)))
    if isinstance(e, sympy.Abs):
        return lambda at, k: abs(parts[0](at, k))
    if e.is_Add:
        return lambda at, k: sum([part(at, k) for part in parts], _ZERO)
    if e.is_Mul:
        return lambda at, k: prod([part(at, k) for part in parts], start=_ONE)
    if e in CONSTANTS:
        constant = CONSTANTS[e]
        return lambda at, k: constant()
    if e is S.Exp1:
        return lambda at, k: _ONE.exp()
    if isinstance(e, sympy.exp) or (e.is_Pow and e.base is S.Exp1):
        return lambda at, k: parts[-1](at, k).exp()
    if e.is_Pow:
        return _power(e.exp, *parts)
    if type(e) not in BALLS:
        raise OutsideClass(f"no ball arithmetic for {type(e).__name__}")
    function = BALLS[type(e)]
    return lambda at, k: function(*[part(at, k) for part in parts])


def _constant(e: Rational) -> _Compiled:
    number, known = fmpq(int(e.p), int(e.q)), dict[int, arb]()

    def value(at: _At, k: int) -> arb:
        if at.precision not in known:
            known[at.precision] = arb(number)
        return known[at.precision]

    return value


def _symbol(e: Expr) -> _Compiled:
    name = e.name
    if isinstance(e, Size):
        if name == sympy.Symbol(SLICE).name:
            raise OutsideClass("the number of slices")
        return lambda at, k: arb(at.length)
    if e == identity:
        return lambda at, k: _ONE if at.position == k else _ZERO
    if isinstance(e, Element):
        return lambda at, k: at.tensors[name][k]
    return lambda at, k: at.parameters[name]


def _aggregate(e: Aggregate) -> _Compiled:
    if e.axis == SLICE:
        raise OutsideClass("an aggregate over the slices")
    body, largest = _compiled(e.body), isinstance(e, Largest)

    def value(at: _At, k: int) -> arb:
        values = [body(at, j) for j in range(at.length)]
        return reduce(arb.max, values) if largest else sum(values, _ZERO)

    return value


def _cases(e: Piecewise, compile_branch: Callable[[Expr], _Compiled]) -> _Compiled:
    pairs = [(compile_branch(value), _condition(condition)) for value, condition in e.args]

    def value(at: _At, k: int) -> arb:
        for case, applies in pairs:
            if applies(at, k):
                return case(at, k)
        return arb("nan")

    return value


def _extreme(e: Expr, compile_branch: Callable[[Expr], _Compiled]) -> _Compiled:
    wanted = 1 if isinstance(e, sympy.Max) else -1
    pairs = [(_compiled(part), compile_branch(part)) for part in e.args]

    def value(at: _At, k: int) -> arb:
        best, chosen = None, pairs[0][1]
        for part, branch in pairs:
            here = part(at, k)
            if best is None or _sign(here - best) == wanted:
                best, chosen = here, branch
        return chosen(at, k)

    return value


def _power(exponent: Expr, base: _Compiled, power: _Compiled) -> _Compiled:
    if exponent.is_Integer:
        times = abs(int(exponent))
        if exponent > 0:
            return lambda at, k: base(at, k) ** times
        return lambda at, k: 1 / base(at, k) ** times
    if exponent == Rational(1, 2):
        return lambda at, k: base(at, k).sqrt()
    return lambda at, k: base(at, k) ** power(at, k)


def _condition(condition: Any) -> Callable[[_At, int], bool]:
    if condition in (True, False):
        return lambda at, k: bool(condition)
    if isinstance(condition, And | Or):
        parts = [_condition(part) for part in condition.args]
        joined = all if isinstance(condition, And) else any
        return lambda at, k: joined(part(at, k) for part in parts)
    if isinstance(condition, Not):
        part = _condition(condition.args[0])
        return lambda at, k: not part(at, k)
    if isinstance(condition, Relational):
        left, right = _compiled(condition.lhs), _compiled(condition.rhs)
        allowed = _SIGNS[condition.rel_op]
        return lambda at, k: _sign(left(at, k) - right(at, k)) in allowed
    raise OutsideClass(f"a condition of kind {type(condition).__name__}")


def _sign(ball: arb) -> int:
    if ball > 0:
        return 1
    if ball < 0:
        return -1
    if ball == 0:  # exactly: the ball is a point
        return 0
    raise Undecided


# Largest terms -------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _magnitude(e: Expr) -> _Compiled:
    """The largest term of a sum, as a function."""
    value = _largest_term(e)
    return _once_a_row(("largest term", e), value) if e.args and not _varies(e) else value


def _largest_term(e: Expr) -> _Compiled:
    if e.is_Add:
        return _largest([_magnitude(term) for term in e.args])
    if isinstance(e, Aggregate):
        body = _magnitude(e.body)
        return lambda at, k: reduce(arb.max, [body(at, j) for j in range(at.length)])
    if isinstance(e, Piecewise):
        return _cases(e, _magnitude)
    if isinstance(e, sympy.Max | sympy.Min):
        return _extreme(e, _magnitude)
    if e.is_Mul and any(_has_sum(factor) for factor in e.args):
        return _largest_product(e.args)
    value = _compiled(e)
    if e.is_Pow and e.exp.is_Integer and _has_sum(e.base):
        base, term, times = _compiled(e.base), _magnitude(e.base), int(e.exp)
        return lambda at, k: abs(base(at, k) ** (times - 1) * times) * term(at, k)
    return lambda at, k: abs(value(at, k))


def _has_sum(e: Expr) -> bool:
    """Whether the value is that of a sum, as far as products and cases go."""
    if e.is_Add or isinstance(e, Aggregate):
        return True
    through = e.is_Mul or isinstance(e, Piecewise | sympy.Max | sympy.Min)
    through = through or bool(e.is_Pow and e.exp.is_Integer)
    parts = [value for value, _ in e.args] if isinstance(e, Piecewise) else e.args
    return bool(through) and any(map(_has_sum, parts))


def _largest(terms: Iterable[_Compiled]) -> _Compiled:
    terms = list(terms)
    return lambda at, k: reduce(arb.max, [term(at, k) for term in terms])


def _largest_product(factors: Sequence[Expr]) -> _Compiled:
    values = [_compiled(factor) for factor in factors]
    terms = [_magnitude(factor) for factor in factors]

    def value(at: _At, k: int) -> arb:
        sizes = [abs(value(at, k)) for value in values]
        carried = [
            prod([*sizes[:i], *sizes[i + 1 :]], start=term(at, k)) for i, term in enumerate(terms)
        ]
        return reduce(arb.max, carried)

    return value


_ZERO, _ONE = arb(0), arb(1)
_SIGNS = {">": (1,), ">=": (0, 1), "<": (-1,), "<=": (-1, 0), "==": (0,), "!=": (-1, 1)}
