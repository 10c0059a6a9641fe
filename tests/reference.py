"""The declared losses in many digits, by means that neither the prover nor the emitter uses.

A value is the declared formula with its sums written out. A derivative is a difference quotient of
values, never a declared derivative, so that agreement with it is evidence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import mpmath
import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Expr
from sympy.codegen.cfunctions import log1p
from sympy.sets import Set

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
    """The entries that a value depends on (one for an elementwise loss) and its parameters."""

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
    """The inputs that an elementwise expression looks at: of its cases, those up to the true one."""
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
        parameters: Mapping[str, float],
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

    def value(self, reduction: str, weight: Any = None) -> Numbers:
        values = np.array([self._value(slice_, 0) for slice_ in self.slices], object)
        weighted = values.reshape(self.value_shape) * self._factors(reduction, weight)
        return weighted if reduction == "none" else np.asarray(mp.fsum(weighted.flat), object)

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

        return self._derivative(f"hvp {id(direction)}", wrt, bend, reduction, weight)

    def _rows(self, array: Numbers) -> list[tuple[Any, ...]]:
        moved = array if self._loss.kind == "elementwise" else np.moveaxis(array, self.axis, -1)
        flat = moved.reshape(math.prod(self.value_shape), self._by_slices[-1])
        return [tuple(mp.mpf(float(x)) for x in row) for row in flat]  # floats are exact rationals

    def _factors(self, reduction: str, weight: Any) -> Numbers:
        """What each value counts for in the reduced loss."""
        weights = np.ones(self.value_shape) if weight is None else weight
        exact = np.broadcast_to(np.vectorize(mp.mpf, otypes=[object])(weights), self.value_shape)
        divisor = mp.fsum(exact.flat) if "mean" in reduction else mp.mpf(1)
        return exact / (divisor * self._by_slices[-1] ** (reduction == "elementwise_mean"))

    def _derivative(
        self, kind: str, wrt: str, rule: Callable[..., Any], reduction: str, weight: Any
    ) -> Numbers:
        if (kind, wrt) not in self._known:
            rows = [rule(self._value, slice_, wrt) for slice_ in self.slices]
            self._known[kind, wrt] = np.array(rows, object).reshape(self._by_slices)
        factors = self._factors(reduction, weight)[..., np.newaxis]
        result: Numbers = self._known[kind, wrt] * factors
        return result[..., 0] if self._loss.kind == "elementwise" else np.moveaxis(
            result, -1, self.axis
        )


def _step() -> Any:
    return mp.mpf(10) ** -(mp.dps // 4)


def _slope(value: Formula, slice_: Slice, name: str) -> list[Any]:
    h = _step()
    pairs = [(slice_.moved(name, {i: h}), slice_.moved(name, {i: -h})) for i in range(slice_.length)]
    return [(value(ahead, 0) - value(behind, 0)) / (2 * h) for ahead, behind in pairs]


def _curvature(value: Formula, slice_: Slice, name: str) -> list[Any]:
    h, here = _step(), value(slice_, 0)
    pairs = [(slice_.moved(name, {i: h}), slice_.moved(name, {i: -h})) for i in range(slice_.length)]
    return [(value(a, 0) - 2 * here + value(b, 0)) / h**2 for a, b in pairs]


# Generic points --------------------------------------------------------------------------------


def number(rng: np.random.Generator, domain: Set, dtype: Any = np.float64) -> float:
    """A number of an interval, of order one; now and then an end that belongs to it."""
    low, high = float(domain.inf), float(domain.sup)
    ends = [end for end in (domain.inf, domain.sup) if domain.contains(end) == sympy.true]
    if ends and rng.random() < 0.1:
        return float(rng.choice([float(end) for end in ends]))
    if math.isfinite(high):
        return float(dtype(rng.uniform(low, high)))
    if math.isfinite(low):
        return float(dtype(low + rng.uniform(0.1, 3)))
    return float(dtype(rng.uniform(0, 1) if rng.random() < 0.5 else rng.uniform(-3, 3)))


def generic(
    spec: Spec,
    shape: tuple[int, ...],
    axis: int = -1,
    dtype: Any = np.float64,
    defaults: bool = False,
    seed: int = 0,
) -> Reference:
    """The loss at random inputs of its domains, farther than 1e-3 from every kink."""
    rng = np.random.default_rng([seed, *shape, *spec.name.encode()])
    loss = spec.loss
    parameters = {p.name: float(p.default) for p in loss.parameters}
    if not defaults:
        parameters = {p.name: number(rng, p.domain) for p in loss.parameters}
    arrays = {x.name: np.zeros(shape, dtype) for x in loss.inputs}
    rows = {
        name: np.moveaxis(array, axis, -1) if loss.kind == "slices" else array[..., np.newaxis]
        for name, array in arrays.items()
    }
    for index in np.ndindex(next(iter(rows.values())).shape[:-1]):
        while True:
            for x in loss.inputs:
                row = rows[x.name][index]
                row[...] = [number(rng, loss.domain(x), dtype) for _ in row]
            entries = {name: tuple(map(mp.mpf, map(float, r[index]))) for name, r in rows.items()}
            slice_ = Slice(entries, {name: mp.mpf(p) for name, p in parameters.items()})
            if all(abs(distance) > 1e-3 for distance in _distances(spec, slice_)):
                break
    return Reference(spec, arrays, parameters, axis)


def _distances(spec: Spec, slice_: Slice) -> Iterator[Any]:
    for kink in spec.loss.kinks:
        yield from (formula(kink.at)(slice_, entry) for entry in range(slice_.length))
