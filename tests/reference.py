"""The declared losses in many digits, by means that neither the prover nor the emitter uses.

A value is the declared formula with its sums written out. A derivative is a difference quotient of
values, never a declared derivative, so that agreement with it is evidence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import mpmath
import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Expr
from sympy.codegen.cfunctions import log1p

from derive.language import Element, Parameter, Size, Sum, identity
from derive.registry import Spec

mp = mpmath.MPContext()
# A quarter of the digits for the step leaves half of them to second differences: 40, where a
# float64 has 16.
mp.dps = 80

Numbers = NDArray[Any]
Formula = Callable[["Slice", int], Any]


@dataclass(frozen=True)
class Slice:
    """The entries that one value depends on (of an elementwise loss: one), and the parameters."""

    entries: Mapping[str, tuple[Any, ...]]
    parameters: Mapping[str, Any]
    position: int = 0  # the entry where the identity matrix has its one

    @property
    def length(self) -> int:
        return len(next(iter(self.entries.values())))

    def moved(self, name: str, steps: Mapping[int, Any]) -> Slice:
        """The slice with steps added to some entries of an input."""
        row = tuple(x + steps.get(i, 0) for i, x in enumerate(self.entries[name]))
        return replace(self, entries={**self.entries, name: row})


# Formulas --------------------------------------------------------------------------------------

_FUNCTIONS: dict[type, Callable[..., Any]] = {
    sympy.Add: lambda *terms: mp.fsum(terms),
    sympy.Mul: lambda *factors: mp.fprod(factors),
    sympy.Pow: lambda base, power: base**power,
    sympy.Abs: abs,
    sympy.Max: max,
    sympy.Min: min,
    sympy.sign: mp.sign,
    sympy.exp: mp.exp,
    sympy.log: mp.log,
    sympy.sinh: mp.sinh,
    sympy.cosh: mp.cosh,
    sympy.tanh: mp.tanh,
    log1p: mp.log1p,
    sympy.And: lambda *facts: all(facts),
    sympy.Or: lambda *facts: any(facts),
    sympy.Not: lambda fact: not fact,
    sympy.Gt: lambda a, b: a > b,
    sympy.Ge: lambda a, b: a >= b,
    sympy.Lt: lambda a, b: a < b,
    sympy.Le: lambda a, b: a <= b,
}


@cache
def formula(expression: Any) -> Formula:
    """The expression as a function of a slice and of the entry that its bare elements stand for."""
    if isinstance(expression, Sum):
        body = formula(expression.body)
        return lambda slice_, _: mp.fsum(body(slice_, i) for i in range(slice_.length))
    if isinstance(expression, sympy.Piecewise):
        pairs = [(formula(value), formula(condition)) for value, condition in expression.args]
        return lambda *at: next(value(*at) for value, condition in pairs if condition(*at))
    if not expression.args:
        return _leaf(expression)
    function, parts = _FUNCTIONS[expression.func], list(map(formula, expression.args))
    return lambda *at: function(*[part(*at) for part in parts])


def _leaf(expression: Any) -> Formula:
    if expression == identity:
        return lambda slice_, entry: mp.mpf(slice_.position == entry)
    if isinstance(expression, Element):
        return lambda slice_, entry: slice_.entries[expression.name][entry]
    if isinstance(expression, Parameter):
        return lambda slice_, _: slice_.parameters[expression.name]
    if isinstance(expression, Size):
        return lambda slice_, _: mp.mpf(slice_.length)
    if expression in (sympy.true, sympy.false):
        return lambda *_: expression == sympy.true
    assert expression.is_Rational, expression
    return lambda *_: mp.mpf(int(expression.p)) / int(expression.q)


def branch(expression: Expr, slice_: Slice, entry: int) -> int:
    """Which argument of a Piecewise, Max or Min is taken; of an Abs, whether its sign changes."""
    if isinstance(expression, sympy.Abs):
        return int(formula(expression.args[0])(slice_, entry) < 0)
    if isinstance(expression, sympy.Piecewise):
        return [bool(formula(c)(slice_, entry)) for _, c in expression.args].index(True)
    numbers = [formula(argument)(slice_, entry) for argument in expression.args]
    return numbers.index(_FUNCTIONS[expression.func](*numbers))


def reads(expression: Any, slice_: Slice) -> set[str]:
    """The inputs that an elementwise expression looks at; of cases, up to the first true one."""
    if isinstance(expression, Element):
        return {expression.name}
    if not isinstance(expression, sympy.Piecewise):
        return set().union(*(reads(argument, slice_) for argument in expression.args))
    last = branch(expression, slice_, 0)
    conditions = [reads(condition, slice_) for _, condition in expression.args[: last + 1]]
    return reads(expression.args[last][0], slice_).union(*conditions)


# Losses ----------------------------------------------------------------------------------------


class Reference:
    """A declared loss at given inputs: its value, gradient, Hessian and products with it."""

    def __init__(
        self,
        spec: Spec,
        inputs: Mapping[str, Numbers],
        parameters: dict[str, float],
        axis: int = -1,
    ) -> None:
        self.inputs, self.parameters, self.axis = inputs, parameters, axis
        self._loss = spec.loss
        self._value = formula(spec.loss.value)
        self._known: dict[tuple[str, str], Numbers] = {}
        first = next(iter(inputs.values()))
        sliced = spec.loss.kind == "slices"
        self._by_slices = np.moveaxis(first, axis, -1).shape if sliced else (*first.shape, 1)

    @property
    def value_shape(self) -> tuple[int, ...]:
        return self._by_slices[:-1]

    @cached_property
    def slices(self) -> list[Slice]:
        rows = {name: self._rows(array) for name, array in self.inputs.items()}
        parameters = {name: mp.mpf(number) for name, number in self.parameters.items()}
        per_matrix = self.value_shape[-1] if self.value_shape else 1
        return [
            Slice({name: row[i] for name, row in rows.items()}, parameters, i % per_matrix)
            for i in range(math.prod(self.value_shape))
        ]

    @cached_property
    def _values(self) -> Numbers:
        values = [self._value(slice_, 0) for slice_ in self.slices]
        return np.array(values, object).reshape(self.value_shape)

    def value(self, reduction: str, weight: Any = None) -> Numbers:
        weighted = _array(self._values * self._factors(reduction, weight))
        return weighted if reduction == "none" else _array(mp.fsum(weighted.flat))

    def gradient(self, wrt: str, reduction: str, weight: Any = None) -> Numbers:
        return self._derivative("gradient", wrt, _slope, reduction, weight)

    def hessian(self, wrt: str, reduction: str, weight: Any = None) -> Numbers:
        """The diagonal."""
        return self._derivative("hessian", wrt, _curvature, reduction, weight)

    def hvp(self, wrt: str, direction: Numbers, reduction: str, weight: Any = None) -> Numbers:
        rows = iter(self._rows(direction))

        def bend(value: Formula, slice_: Slice, name: str) -> list[Any]:
            way = {i: _step() * d for i, d in enumerate(next(rows))}
            ahead = _slope(value, slice_.moved(name, way), name)
            behind = _slope(value, slice_.moved(name, {i: -s for i, s in way.items()}), name)
            return [(a - b) / (2 * _step()) for a, b in zip(ahead, behind, strict=True)]

        return self._derivative(f"hvp {direction.tobytes().hex()}", wrt, bend, reduction, weight)

    def _rows(self, array: Numbers) -> list[tuple[Any, ...]]:
        moved = array if self._loss.kind == "elementwise" else np.moveaxis(array, self.axis, -1)
        flat = moved.reshape(math.prod(self.value_shape), self._by_slices[-1])
        return [tuple(mp.mpf(float(x)) for x in row) for row in flat]  # floats are exact rationals

    def _factors(self, reduction: str, weight: Any) -> Numbers:
        """What each value counts for in the reduced loss."""
        weights = np.ones(self.value_shape) if weight is None else weight
        exact = np.broadcast_to(np.vectorize(mp.mpf, otypes=[object])(weights), self.value_shape)
        divisor = mp.fsum(exact.flat) if "mean" in reduction else mp.mpf(1)
        length = self._by_slices[-1] if reduction == "elementwise_mean" else 1
        return _array(exact / (divisor * length))

    def _derivative(
        self, kind: str, wrt: str, rule: Callable[..., Any], reduction: str, weight: Any
    ) -> Numbers:
        if (kind, wrt) not in self._known:
            rows = [rule(self._value, slice_, wrt) for slice_ in self.slices]
            self._known[kind, wrt] = np.array(rows, object).reshape(self._by_slices)
        factors = self._factors(reduction, weight)[..., np.newaxis]
        result: Numbers = self._known[kind, wrt] * factors
        if self._loss.kind == "elementwise":
            return result[..., 0]
        return np.moveaxis(result, -1, self.axis)


def _array(numbers: Any) -> Numbers:
    return np.asarray(numbers, object)  # NumPy unpacks arrays of no dimensions when it computes


def _step() -> Any:
    return mp.mpf(10) ** -(mp.dps // 4)


def _neighbours(slice_: Slice, name: str) -> list[tuple[Slice, Slice]]:
    """The slice a step ahead and a step behind in each entry."""
    return [
        (slice_.moved(name, {i: _step()}), slice_.moved(name, {i: -_step()}))
        for i in range(slice_.length)
    ]


def _slope(value: Formula, slice_: Slice, name: str) -> list[Any]:
    pairs = _neighbours(slice_, name)
    return [(value(ahead, 0) - value(behind, 0)) / (2 * _step()) for ahead, behind in pairs]


def _curvature(value: Formula, slice_: Slice, name: str) -> list[Any]:
    here, pairs = value(slice_, 0), _neighbours(slice_, name)
    return [(value(a, 0) - 2 * here + value(b, 0)) / _step() ** 2 for a, b in pairs]
