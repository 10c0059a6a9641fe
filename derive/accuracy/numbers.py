"""Numbers of a floating-point format that lie in an interval, drawn in strata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Interval
from sympy.sets import Set

from derive.accuracy.neighbours import around
from derive.accuracy.ulp import Format

Array = NDArray[Any]


@dataclass(frozen=True)
class Range:
    """An interval of the reals, as floating point sees it."""

    low: float
    high: float
    low_open: bool
    high_open: bool

    @classmethod
    def of(cls, domain: Set) -> Range:
        """The interval from the infimum to the supremum of a set."""
        whole = domain if isinstance(domain, Interval) else Interval(domain.inf, domain.sup)
        opened = (bool(whole.left_open), bool(whole.right_open))
        return cls(float(whole.start), float(whole.end), *opened)

    def keep(self, numbers: Array) -> Array:
        """The finite numbers that lie in the interval."""
        return numbers[np.isfinite(numbers) & self.holds(numbers)]

    def holds(self, numbers: Any) -> Any:
        """Which numbers lie in the interval."""
        above = (numbers > self.low) | ((numbers == self.low) & (not self.low_open))
        below = (numbers < self.high) | ((numbers == self.high) & (not self.high_open))
        return above & below

    @property
    def positive(self) -> bool:
        """Whether no number is negative."""
        return self.low >= 0


def draw(rng: np.random.Generator, domain: Set, dtype: Any, count: int) -> Array:
    """Numbers of all strata in random order, among them every extreme; at least ``count``."""
    inside = Range.of(domain)
    parts = [around(np.dtype(dtype).type(x), 2) for x in (0, *simple(domain))]
    parts += [extremes(dtype)]
    share = max(count // 6, 8)
    for stratum in (patterns, log_uniform, log_uniform, moderate, moderate, subnormal):
        parts.append(stratum(rng, dtype, share))
    if np.isfinite(inside.high - inside.low):
        width = inside.high - inside.low
        parts.append((inside.low + width * rng.random(3 * share)).astype(dtype))
        parts.append((inside.high - width * np.exp2(-rng.uniform(0, 60, share))).astype(dtype))
    pool = inside.keep(np.concatenate([-parts[0], *parts]))
    if inside.positive:
        pool = np.concatenate([pool, inside.keep(np.abs(np.concatenate(parts)))])
    return rng.permutation(pool)


def simple(domain: Set) -> list[float]:
    """Some plain numbers of an interval, its own ends first."""
    inside = Range.of(domain)
    ends = [x for x in (inside.low, inside.high) if np.isfinite(x)]
    plain = [x for x in (*ends, 0.0, 1.0, 0.5, -1.0, 3.0, 0.1) if inside.holds(x)]
    return list(dict.fromkeys(plain))


def extremes(dtype: Any) -> Array:
    """Zero, the least and the largest numbers, and the ends of the normal ones."""
    facts = np.finfo(dtype)
    ends = [0.0, facts.smallest_subnormal, facts.tiny, facts.eps, facts.max]
    ends += [np.sqrt(facts.max), np.sqrt(facts.tiny)]
    numbers = np.concatenate([around(np.dtype(dtype).type(x), 1) for x in ends])
    return np.concatenate([numbers, -numbers])


def patterns(rng: np.random.Generator, dtype: Any, count: int) -> Array:
    """Random bit patterns."""
    size = np.dtype(dtype).itemsize
    return np.frombuffer(rng.bytes(count * size), dtype)


def log_uniform(rng: np.random.Generator, dtype: Any, count: int) -> Array:
    """Any sign, magnitudes from far below the precision of one to far beyond one."""
    form = Format.of(dtype)
    exponents = rng.uniform(max(-70, form.least), min(11, form.greatest), count)
    return (rng.choice([-1.0, 1.0], count) * np.exp2(exponents)).astype(dtype)


def moderate(rng: np.random.Generator, dtype: Any, count: int) -> Array:
    """Uniform where exponentials are neither one nor nothing, half of them near zero."""
    limits = rng.choice([3.0, 40.0], count)
    return (rng.uniform(-1, 1, count) * limits).astype(dtype)


def subnormal(rng: np.random.Generator, dtype: Any, count: int) -> Array:
    """Subnormal numbers of any sign."""
    facts = np.finfo(dtype)
    steps = rng.integers(1, 2**facts.nmant, max(count // 4, 4))
    return (rng.choice([-1, 1], len(steps)) * steps * float(facts.smallest_subnormal)).astype(dtype)
