"""Formulas and difference quotients of losses in many digits, at exact points.

A second evaluator, to confirm or contradict verdicts: it shares neither the derivatives, nor the
normal form, nor the ball arithmetic of the prover. It knows the values of formulas alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import mpmath
import sympy
from sympy import Expr, Symbol
from sympy.codegen.cfunctions import expm1, log1p

from derive.language import ENTRY, Aggregate, Element, Largest, Size, identity, size

Quantity = Literal["gradient", "hessian", "hvp"]
Numbers = Mapping[str, tuple[Any, ...]]

mp = mpmath.MPContext()
mp.dps = 100
# Steps leave half of the digits to a second difference; an outer step is far longer than an inner.
STEP, SECOND_STEP, INNER_STEP = (mp.mpf(10) ** -k for k in (30, 24, 36))
TOLERANCE = mp.mpf(10) ** -9


class NotReal(ArithmeticError):
    """A formula has no real value at a point."""


@dataclass(frozen=True)
class Place:
    """Numbers for all tensors, row by row, and for all parameters, and the index to look at."""

    slices: int
    entries: int
    tensors: Numbers
    parameters: Mapping[str, Any]
    index: tuple[int, int]

    def moved(self, name: str, steps: Mapping[int, Any]) -> Place:
        """The same numbers with steps added to some elements of a tensor, or to a parameter."""
        if name in self.parameters:
            (step,) = steps.values()
            return replace(self, parameters={**self.parameters, name: self.parameters[name] + step})
        row = tuple(x + steps.get(n, 0) for n, x in enumerate(self.tensors[name]))
        return replace(self, tensors={**self.tensors, name: row})

    @property
    def position(self) -> int:
        """The position of the index in a tensor."""
        return self.index[0] * self.entries + self.index[1]


def place(
    shape: tuple[int, int],
    tensors: Mapping[str, tuple[Any, ...]],
    parameters: Mapping[str, Any],
    index: tuple[int, int],
) -> Place:
    """A place from exact rational numbers."""
    rows = {name: tuple(map(_number, row)) for name, row in tensors.items()}
    return Place(*shape, rows, {name: _number(x) for name, x in parameters.items()}, index)


def value(formula: Expr, at: Place) -> Any:
    """The value of a formula; raises ``NotReal`` where it has none."""
    try:
        found = _function(formula)(at, *at.index)
    except (ZeroDivisionError, ValueError, TypeError):  # complex numbers have no order
        raise NotReal from None
    if isinstance(found, mp.mpc):
        if found.imag != 0:
            raise NotReal
        found = found.real
    if not mp.isfinite(found):
        raise NotReal
    return mp.mpf(found)


def between(loss: Expr, wrt: Symbol, quantity: Quantity, at: Place) -> tuple[Any, Any]:
    """A derivative of a loss, as it is on both sides of the point, the smaller number first.

    That in a parameter is of the loss of the element or slice at the point alone. Raises
    ``NotReal`` if the loss has no value close to the point.
    """
    sides = [_one_sided(loss, wrt, quantity, at, side) for side in (-1, 1)]
    return min(sides), max(sides)


def lies_within(number: Any, limits: tuple[Any, Any]) -> bool:
    """Whether a number lies between two limits, as far as difference quotients can tell."""
    low, high = limits
    margin = TOLERANCE * (1 + abs(low) + abs(high))
    return bool(low - margin <= number <= high + margin)


def _one_sided(loss: Expr, wrt: Symbol, quantity: Quantity, at: Place, side: int) -> Any:
    def total(there: Place) -> Any:
        if not isinstance(wrt, Element):
            return value(loss, there)
        rows = (
            [(i, 0) for i in range(at.slices)]
            if loss.atoms(Aggregate)
            else [(i, k) for i in range(at.slices) for k in range(at.entries)]
        )
        return mp.fsum(value(loss, replace(there, index=row)) for row in rows)

    def shifted(step: Any) -> Any:
        return total(at.moved(wrt.name, {at.position: step}))

    if quantity == "gradient":
        return side * (shifted(side * STEP) - total(at)) / STEP
    if quantity == "hessian":
        h = side * SECOND_STEP
        return (shifted(2 * h) - 2 * shifted(h) + total(at)) / h**2

    def slope(there: Place) -> Any:
        ahead = total(there.moved(wrt.name, {at.position: INNER_STEP}))
        behind = total(there.moved(wrt.name, {at.position: -INNER_STEP}))
        return (ahead - behind) / (2 * INNER_STEP)

    s = side * SECOND_STEP
    way = at.tensors["direction"]
    near = at.moved(wrt.name, {n: s * d for n, d in enumerate(way)})
    far = at.moved(wrt.name, {n: 2 * s * d for n, d in enumerate(way)})
    return (slope(far) - slope(near)) / s


# Formulas --------------------------------------------------------------------------------------

_Function = Callable[[Place, int, int], Any]
FUNCTIONS: dict[type, Callable[..., Any]] = {
    sympy.Add: lambda *terms: sum(terms, mp.mpf(0)),
    sympy.Mul: lambda *factors: mp.fprod(factors),
    sympy.Pow: lambda base, power: mp.power(base, power),
    sympy.Abs: abs,
    sympy.Max: max,
    sympy.Min: min,
    sympy.sign: lambda x: mp.mpf((x > 0) - (x < 0)),
    sympy.exp: mp.exp,
    sympy.log: mp.log,
    sympy.sinh: mp.sinh,
    sympy.cosh: mp.cosh,
    sympy.tanh: mp.tanh,
    sympy.coth: mp.coth,
    sympy.sech: mp.sech,
    sympy.csch: mp.csch,
    sympy.asinh: mp.asinh,
    sympy.acosh: mp.acosh,
    sympy.atanh: mp.atanh,
    sympy.sin: mp.sin,
    sympy.cos: mp.cos,
    sympy.tan: mp.tan,
    sympy.cot: mp.cot,
    sympy.sec: mp.sec,
    sympy.csc: mp.csc,
    sympy.asin: mp.asin,
    sympy.acos: mp.acos,
    sympy.atan: mp.atan,
    sympy.atan2: mp.atan2,
    sympy.erf: mp.erf,
    sympy.erfc: mp.erfc,
    sympy.erfi: mp.erfi,
    sympy.erfinv: mp.erfinv,
    sympy.gamma: mp.gamma,
    sympy.loggamma: mp.loggamma,
    sympy.polygamma: lambda n, x: mp.psi(int(n), x),
    sympy.lowergamma: lambda a, x: mp.gammainc(a, 0, x),
    sympy.uppergamma: mp.gammainc,
    sympy.beta: mp.beta,
    sympy.factorial: mp.factorial,
    sympy.binomial: mp.binomial,
    sympy.Ei: mp.ei,
    sympy.Si: mp.si,
    sympy.polylog: mp.polylog,
    sympy.LambertW: mp.lambertw,
    sympy.besseli: mp.besseli,
    sympy.besselk: mp.besselk,
    sympy.besselj: mp.besselj,
    log1p: lambda x: mp.log(1 + x),
    expm1: lambda x: mp.exp(x) - 1,
    sympy.And: lambda *facts: all(facts),
    sympy.Or: lambda *facts: any(facts),
    sympy.Not: lambda fact: not fact,
    sympy.Gt: lambda a, b: a > b,
    sympy.Ge: lambda a, b: a >= b,
    sympy.Lt: lambda a, b: a < b,
    sympy.Le: lambda a, b: a <= b,
    sympy.Eq: lambda a, b: a == b,
    sympy.Ne: lambda a, b: a != b,
}
"""The number of each function at given numbers; complex where it is not real."""

CONSTANTS: dict[Expr, Callable[[], Any]] = {
    sympy.S.Exp1: lambda: +mp.e,
    sympy.pi: lambda: +mp.pi,
    sympy.EulerGamma: lambda: +mp.euler,
    sympy.Catalan: lambda: +mp.catalan,
}


@lru_cache(maxsize=2**14)
def _function(formula: Any) -> _Function:
    if isinstance(formula, Aggregate):
        body, along = _function(formula.body), formula.axis == ENTRY
        total = max if isinstance(formula, Largest) else mp.fsum
        return lambda at, i, k: total(
            (body(at, i, n) if along else body(at, n, k))
            for n in range(at.entries if along else at.slices)
        )
    if isinstance(formula, sympy.Piecewise):
        pairs = [(_function(case), _function(condition)) for case, condition in formula.args]
        return lambda *at: next((case(*at) for case, applies in pairs if applies(*at)), mp.nan)
    if not formula.args:
        return _leaf(formula)
    if formula.func not in FUNCTIONS:
        raise NotReal(f"no numbers for {formula.func.__name__}")
    function, arguments = FUNCTIONS[formula.func], [_function(a) for a in formula.args]
    return lambda *at: function(*[argument(*at) for argument in arguments])


def _leaf(formula: Any) -> _Function:
    if formula == identity:
        return lambda at, i, k: mp.mpf(i == k)
    if isinstance(formula, Element):
        return lambda at, i, k: at.tensors[formula.name][i * at.entries + k]
    if isinstance(formula, Size):
        along = formula == size(ENTRY)
        return lambda at, i, k: mp.mpf(at.entries if along else at.slices)
    if formula in (sympy.true, sympy.false):
        return lambda *_: formula == sympy.true
    if formula.is_Symbol:
        return lambda at, i, k: at.parameters[formula.name]
    number = CONSTANTS[formula]() if formula in CONSTANTS else _number(formula)
    return lambda *_: number


def _number(exact: Any) -> Any:
    return mp.mpf(int(exact.p)) / int(exact.q)
