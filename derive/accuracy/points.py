"""Where losses are measured: points of all strata, and around every switching point."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import Expr

from derive.accuracy.neighbours import around
from derive.accuracy.numbers import Array, Range, draw, simple
from derive.accuracy.rows import SIZES, rows
from derive.accuracy.switching import scaled, surfaces, switching_points, switching_scales
from derive.language import Parameter, direction, unrounded
from derive.loss import Loss

Compute = Callable[[Mapping[str, Array], Mapping[str, float]], Array]
"""Computes an array in the dtype of the inputs (of a ``Sample``) from them and the parameters."""

STEPS = 8  # neighbours on each side of a switching point


@dataclass(frozen=True)
class Sample:
    """Inputs of a loss, and its parameters.

    The last axis of the arrays is that of a slice, of length one for an elementwise loss. For a
    loss over slices, ``direction`` is among the inputs.
    """

    inputs: Mapping[str, Array]
    parameters: Mapping[str, float]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the inputs."""
        return next(iter(self.inputs.values())).shape

    @property
    def count(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)


def samples(
    loss: Loss,
    dtype: Any,
    *,
    formulas: Iterable[Expr] = (),
    count: int = 2000,
    seed: int = 0,
) -> list[Sample]:
    """Points for a loss: some ``count`` numbers at default parameters, fewer at others.

    ``formulas`` are those whose switching points are looked at, besides the loss's own.
    """
    rng = np.random.default_rng(seed)
    crossed = surfaces([*declared(loss), *formulas])
    found = []
    for position, parameters in enumerate(settings(loss)):
        share = count if position == 0 else count // 4
        if loss.kind == "elementwise":
            parts = _elements(loss, dtype, rng, share)
            parts += _near_switches(loss, dtype, rng, crossed, parameters)
            found.append(Sample(_joined(parts), parameters))
        else:
            found += list(_slices(loss, dtype, rng, share, crossed, parameters))
    return found


def opposite_ends(loss: Loss, dtype: Any) -> list[Sample]:
    """Two of the inputs of an elementwise loss, the largest numbers of opposite signs.

    Others are plain, or as large as they can be.
    """
    first, *others = (x for x in loss.inputs if Range.of(loss.domain(x)).low == -math.inf)
    if loss.kind != "elementwise" or not others:
        return []
    largest = float(np.finfo(dtype).max)
    parts = []
    high = {x.name: min(largest, Range.of(loss.domain(x)).high) for x in loss.inputs}
    for plain in [*_plain(loss), high]:
        for end in (-largest, largest):
            at = {**plain, first.name: end, others[0].name: -end}
            parts.append({x.name: np.array([at[x.name]], dtype) for x in loss.inputs})
    return [Sample(_joined(parts), parameters) for parameters in settings(loss)]


def declared(loss: Loss) -> list[Expr]:
    """The formulas of a loss, as declared and as stated to be evaluated."""
    found = [loss.value, *loss.gradients.values(), *loss.hessians.values(), *loss.hvps.values()]
    found += loss.forms.stated()
    return [unrounded(formula) for formula in found if isinstance(formula, Expr)]


def settings(loss: Loss) -> list[dict[str, float]]:
    """Default parameters, and each of them once much smaller and once much larger."""
    defaults = {p.name: float(p.default) for p in loss.parameters}
    others = [{**defaults, p.name: x} for p in loss.parameters for x in _other_values(p)]
    return [defaults, *others]


def _other_values(parameter: Parameter) -> list[float]:
    inside, default = Range.of(parameter.domain), float(parameter.default)
    candidates = [default / 1024, default * 1024, inside.high - default / 1024]
    return [x for x in candidates if math.isfinite(x) and inside.holds(x)][:2]


# Elementwise losses --------------------------------------------------------------------------


def _elements(
    loss: Loss, dtype: Any, rng: np.random.Generator, count: int
) -> list[dict[str, Array]]:
    """Inputs drawn apart; one drawn and the others plain; and all nearly equal."""
    half = count // 2
    apart = {x.name: draw(rng, loss.domain(x), dtype, half) for x in loss.inputs}
    length = max(map(len, apart.values()))
    parts = [{name: np.resize(numbers, length) for name, numbers in apart.items()}]
    for plain in _plain(loss):
        first = draw(rng, loss.domain(loss.inputs[0]), dtype, half // 4)
        parts.append(_beside(loss, first, plain))
    parts.append(_nearly_equal(loss, dtype, rng, count // 8))
    return parts


def _plain(loss: Loss) -> list[dict[str, float]]:
    """Plain values of all inputs but the first, one after the other."""
    others = {x.name: simple(loss.domain(x)) for x in loss.inputs[1:]}
    length = max([1, *map(len, others.values())])
    return [{n: values[i % len(values)] for n, values in others.items()} for i in range(length)]


def _beside(loss: Loss, first: Array, plain: Mapping[str, float]) -> dict[str, Array]:
    full = {name: np.full_like(first, x) for name, x in plain.items()}
    return {loss.inputs[0].name: first, **full}


def _nearly_equal(loss: Loss, dtype: Any, rng: np.random.Generator, count: int) -> dict[str, Array]:
    first = draw(rng, loss.domain(loss.inputs[0]), dtype, count)
    found = {loss.inputs[0].name: first}
    kept = np.ones(len(first), bool)
    for x in loss.inputs[1:]:
        away = rng.choice([-1, 0, 1], len(first)) * np.exp2(rng.uniform(-54, 0, len(first)))
        with np.errstate(all="ignore"):
            found[x.name] = (first.astype(np.float64) * (1 + away)).astype(dtype)
        kept &= np.isfinite(found[x.name]) & Range.of(loss.domain(x)).holds(found[x.name])
    return {name: numbers[kept] for name, numbers in found.items()}


def _near_switches(
    loss: Loss,
    dtype: Any,
    rng: np.random.Generator,
    crossed: list[Expr],
    parameters: Mapping[str, float],
) -> list[dict[str, Array]]:
    first = loss.inputs[0]
    inside = Range.of(loss.domain(first))
    grid = draw(rng, loss.domain(first), dtype, 48)
    parts = []
    for plain in _plain(loss)[:4]:
        others = {n: float(np.dtype(dtype).type(x)) for n, x in plain.items()}
        for surface in crossed:
            for point in switching_points(surface, first.name, others, parameters, grid):
                near = inside.keep(around(point, STEPS))
                parts.append(_beside(loss, near, others))
    return parts


def _joined(parts: list[dict[str, Array]]) -> dict[str, Array]:
    """All parts, each point once; zeros of either sign are two points."""
    joined = {n: np.concatenate([part[n] for part in parts])[:, np.newaxis] for n in parts[0]}
    bits = np.hstack([numbers.view(f"u{numbers.itemsize}") for numbers in joined.values()])
    _, first = np.unique(bits, axis=0, return_index=True)
    first.sort()
    return {n: numbers[first] for n, numbers in joined.items()}


# Losses over slices --------------------------------------------------------------------------


def _slices(
    loss: Loss,
    dtype: Any,
    rng: np.random.Generator,
    count: int,
    crossed: list[Expr],
    parameters: Mapping[str, float],
) -> Iterator[Sample]:
    defaults = parameters == settings(loss)[0]
    for size in SIZES if defaults and not loss.square else SIZES[:2]:
        inputs = rows(loss, dtype, rng, size, max(count // (4 * size), 2))
        yield Sample(_with_direction(inputs, rng), parameters)
    if loss.square:
        return
    edges = _scaled_to_switches(loss, dtype, rng, crossed, parameters)
    if edges:
        joined = {n: np.stack([edge[n] for edge in edges]) for n in edges[0]}
        yield Sample(_with_direction(joined, rng), parameters)


def _scaled_to_switches(
    loss: Loss,
    dtype: Any,
    rng: np.random.Generator,
    crossed: list[Expr],
    parameters: Mapping[str, float],
) -> list[dict[str, Array]]:
    """Rows whose first input is scaled to where a surface is crossed, and just beside it."""
    name = loss.inputs[0].name
    powers = np.arange(-120.0, 120.0, 6.0)
    grid = np.concatenate([-np.exp2(powers[::-1]), np.exp2(powers)])
    drawn = rows(loss, dtype, rng, 3, 4)
    found = []
    for i in range(4):
        row = {n: x[i] for n, x in drawn.items()}
        for surface in crossed:
            for factor in switching_scales(surface, name, row, parameters, grid):
                for near in around(np.float64(factor), 2):
                    moved = scaled(row[name], near)
                    if np.all(np.isfinite(moved)):
                        found.append({**row, name: moved})
    return found


def _with_direction(inputs: dict[str, Array], rng: np.random.Generator) -> dict[str, Array]:
    like = next(iter(inputs.values()))
    return {**inputs, direction.name: rng.normal(size=like.shape).astype(like.dtype)}
