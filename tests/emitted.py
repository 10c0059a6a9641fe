"""How the tests call any emitted loss, and at which points: the enumeration is of all specs."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
import sympy
from catalogue import SPECS
from reference import Reference, Slice, formula, mp
from sympy.sets import Set

import lossproof
from derive.loss import Loss
from derive.registry import Spec
from derive.second_order import derived, with_derived

# A kernel rounds some ten times, by 2**-53 each, and its terms reach 30 where the largest result
# is of order one (a similarity of 3 over the default temperature of 0.1): 3e-14, rounded up.
TOLERANCE = 1e-13
ROUNDING = {np.float64: 0.0, np.float32: 2.0**-24}  # of the result, when it is narrowed

each_loss = pytest.mark.parametrize("name", SPECS)
each_reduction = pytest.mark.parametrize(
    ("name", "reduction"), [(name, r) for name, s in SPECS.items() for r in s.loss.reductions]
)

each_dtype = pytest.mark.parametrize("dtype", ROUNDING)

# Calls -----------------------------------------------------------------------------------------


def derivatives(name: str) -> list[tuple[str, str]]:
    """Each method that is a derivative, with the input that it is with respect to."""
    loss = complete(name)
    parts = {"gradient": loss.gradients, "hessian": loss.hessians, "hvp": loss.hvps}
    return [(method, x.name) for method, formulas in parts.items() for x in formulas]


@cache
def complete(name: str) -> Loss:
    """A declared loss with the second derivatives that follow from what it states."""
    loss = SPECS[name].loss
    return with_derived(loss, derived(loss))


def methods(name: str) -> list[tuple[str, str]]:
    """The loss itself and its derivatives."""
    return [("value", ""), *derivatives(name)]


def function(name: str, method: str) -> Any:
    loss = getattr(lossproof, name)
    return loss if method == "value" else getattr(loss, method)


def arguments(name: str, method: str, at: Reference, wrt: str = "") -> dict[str, Any]:
    known: dict[str, Any] = {**at.inputs, "direction": direction(at), "axis": at.axis, "wrt": wrt}
    chosen = {key: known[key] for key in _accepted(name, method) if key in known}
    return chosen | at.parameters


@cache
def _accepted(name: str, method: str) -> list[str]:
    return list(inspect.signature(function(name, method)).parameters)


def direction(at: Reference) -> np.ndarray:
    like = next(iter(at.inputs.values()))
    return _direction(like.shape).astype(like.dtype)


@cache
def _direction(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(7).normal(size=shape)


def compute(name: str, method: str, at: Reference, wrt: str = "", **options: Any) -> Any:
    return function(name, method)(**(arguments(name, method, at, wrt) | options))


def check(result: Any, exact: np.ndarray, dtype: Any, scale: float = 1.0) -> None:
    """Compare with the exact numbers, to within a tolerance relative to the largest term."""
    result = np.asarray(result)
    assert result.shape == exact.shape and result.dtype == dtype
    largest = max([scale, *map(abs, exact.flat)])
    for number, truth in zip(result.flat, exact.flat, strict=True):
        error = abs(mp.mpf(float(number)) - truth)
        assert error <= TOLERANCE * largest + ROUNDING[dtype] * abs(truth), (number, truth)


# Points ----------------------------------------------------------------------------------------


def number(rng: np.random.Generator, domain: Set, dtype: Any = np.float64) -> float:
    """A number of an interval, of order one; now and then an end that belongs to it."""
    low, high = float(domain.inf), float(domain.sup)
    ends = _own_ends(domain)
    if ends and rng.random() < 0.1:
        return float(rng.choice(ends))
    if math.isfinite(high):
        return float(dtype(rng.uniform(low, high)))
    if math.isfinite(low):
        return float(dtype(low + rng.uniform(0.1, 3)))
    return float(dtype(rng.uniform(0, 1) if rng.random() < 0.5 else rng.uniform(-3, 3)))


@cache
def _own_ends(domain: Set) -> list[float]:
    ends = (domain.inf, domain.sup)
    return [float(end) for end in ends if domain.contains(end) == sympy.true]


def generic(
    spec: Spec,
    shape: tuple[int, ...],
    axis: int = -1,
    dtype: Any = np.float64,
    defaults: bool = False,
    seed: int = 0,
) -> Reference:
    """The loss at random inputs of its domains, farther than 1e-3 from every kink."""
    rng = np.random.default_rng([seed, *shape, axis % max(len(shape), 1), *spec.name.encode()])
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
            exact = {name: mp.mpf(p) for name, p in parameters.items()}
            slice_ = Slice(entries, exact, index[-1] if index else 0)
            if all(abs(distance) > 1e-3 for distance in _distances(spec, slice_)):
                break
    return Reference(spec, arrays, parameters, axis)


def _distances(spec: Spec, slice_: Slice) -> Iterator[Any]:
    for kink in spec.loss.kinks:
        yield from (formula(kink.at)(slice_, entry) for entry in range(slice_.length))


def shapes(spec: Spec) -> list[tuple[tuple[int, ...], int]]:
    """Shapes with an axis; of a loss over slices, every axis of each shape."""
    if spec.loss.kind == "elementwise":
        return [((), -1), ((5,), -1), ((2, 3), -1), ((2, 1, 3, 2), -1)]
    if spec.loss.square:
        return [((3, 3), 0), ((3, 3), -1), ((2, 3, 3), 1), ((3, 2, 3), 0), ((2, 1, 3, 3), 3)]
    return [(shape, axis) for shape in [(5,), (2, 3), (2, 1, 3, 2)] for axis in range(len(shape))]


@cache
def points(name: str, dtype: Any) -> list[Reference]:
    spec = SPECS[name]
    return [
        generic(spec, shape, axis, dtype, defaults)
        for shape, axis in shapes(spec)
        for defaults in ([True, False] if spec.loss.parameters else [True])
    ]


def point(name: str, seed: int = 0) -> Reference:
    spec = SPECS[name]
    return generic(spec, (3, 3) if spec.loss.square else (4, 3), seed=seed)
