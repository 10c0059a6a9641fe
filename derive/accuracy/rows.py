"""Rows for losses over slices: even and uneven ones, ties, distributions, nearly parallel ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from sympy import S
from sympy.sets import Set

from derive.accuracy.numbers import Array, Range
from derive.accuracy.ulp import Format
from derive.language import Element, target
from derive.loss import Loss

SIZES = (2, 10, 1000)
KINDS = 8


def rows(
    loss: Loss, dtype: Any, rng: np.random.Generator, size: int, count: int
) -> dict[str, Array]:
    """At least ``count`` rows of every input, of each kind of row; matrices for a square loss."""
    number = -(-max(count, KINDS) // KINDS) * KINDS
    shape = (number, size, size) if loss.square else (number, size)
    first, *others = loss.inputs
    found = {first.name: _fitted(_uneven(rng, shape), loss.domain(first), dtype)}
    for x in others:
        if x == target and loss.labels:
            drawn = _distributions(rng, shape)
        else:
            drawn = _related(rng, found[first.name].astype(np.float64), x)
        found[x.name] = _fitted(drawn, loss.domain(x), dtype)
    return found


def _uneven(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Rows of each kind in turn: of one size and of many, with ties, with one that stands out."""
    numbers = rng.normal(size=shape)
    each = (slice(None), *[np.newaxis] * (len(shape) - 1))
    kind = (np.arange(shape[0]) % KINDS)[each]
    scale = np.exp2(rng.uniform(-8, 8, shape[0]))[each]
    wide = numbers * np.exp2(rng.uniform(-60, 9, shape))
    outstanding = numbers + 40 * rng.random(shape[0])[each] * (np.arange(shape[-1]) == 1)
    extreme = (
        numbers * np.exp2(rng.choice([-1.0, 1.0], shape[0]) * rng.uniform(60, 990, shape[0]))[each]
    )
    choices = [
        numbers,
        scale * numbers,
        np.round(2 * numbers),
        wide,
        outstanding,
        np.broadcast_to(numbers[..., :1], shape),
        rng.random(shape),
        extreme,
    ]
    return np.choose(kind, choices)


def _distributions(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Targets: one-hot rows, smoothed ones, and distributions that are anything."""
    count, size = shape
    hot = np.eye(size)[rng.integers(size, size=count)]
    smooth = 0.9 * hot + 0.1 / size
    soft = rng.dirichlet(np.ones(size), count)
    kind = ((np.arange(count) + np.arange(count) // KINDS) % 4)[:, np.newaxis]
    return np.choose(kind, [hot, soft, hot, smooth])


def _related(rng: np.random.Generator, first: Array, x: Element) -> Array:
    """Rows that are near another one, a multiple of it, or have nothing to do with it."""
    count = len(first)
    sizes = np.max(np.abs(first), axis=-1, keepdims=True)
    noise = rng.normal(size=first.shape)
    tiny = np.exp2(rng.uniform(-54, 0, (count, 1)))
    with np.errstate(all="ignore"):
        near = first + np.where(rng.random((count, 1)) < 0.2, 0, tiny) * sizes * noise
        multiple = first * rng.choice([-3.0, -1.0, 0.5], (count, 1)) * (1 + tiny * noise)
        choices = [noise, near, sizes * noise, multiple]
        kind = ((np.arange(count) + np.arange(count) // KINDS) % 4)[:, np.newaxis]
        return np.choose(kind, choices)


def _fitted(numbers: Array, domain: Set, dtype: Any) -> Array:
    """The numbers in a dtype and inside a domain: a row that overflows is scaled down."""
    form = Format.of(dtype)
    with np.errstate(all="ignore"):
        top = np.frexp(np.max(np.abs(numbers), axis=-1, keepdims=True))[1]
        over = np.minimum(form.greatest - 2 - top, 0)
        under = np.maximum(form.least + 2 * form.digits - top, 0) * (top < 0)
        fitted = np.ldexp(numbers, over + under).astype(dtype)
    if domain == S.Reals:
        return fitted
    inside = Range.of(domain)
    positive = np.abs(fitted) if inside.positive else fitted
    return np.where(inside.holds(positive), positive, np.dtype(dtype).type(_middle(inside)))


def _middle(inside: Range) -> float:
    if np.isfinite(inside.high):
        return (inside.low + inside.high) / 2
    return inside.low + 1
