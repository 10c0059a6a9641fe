"""Kernels, the formulas of a loss as pure functions of arrays, and what is made of several."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ._results import Array

__all__ = ["ByPrecision", "ByTarget", "Kernel", "Versions", "mended", "results_of", "together"]

Kernel: TypeAlias = Callable[..., Array | tuple[Array, ...]]


class ByPrecision(NamedTuple):
    """A kernel for results that are rounded to less than double precision, and one for all others.

    The other one is evaluated where a result of the first is not finite, too: at the ends of the
    range, which the first need not care for.
    """

    single: Kernel
    double: Kernel


class ByTarget(NamedTuple):
    """A kernel for each kind of target."""

    distributions: Kernel
    labels: Kernel


@functools.cache
def mended(single: Kernel, double: Kernel) -> Kernel:
    """Combine two kernels to one that evaluates the other where the first gives no number."""

    def combined(*arguments: Any) -> tuple[Array, ...]:
        results = results_of(single(*arguments))
        finite = np.isfinite(results[0])
        for result in results[1:]:
            finite &= np.isfinite(result)
        if np.count_nonzero(finite) == finite.size:
            return results
        wrong = ~finite
        few = (x[wrong] if isinstance(x, np.ndarray) else x for x in arguments)
        copies = tuple(map(np.array, results))
        for result, right in zip(copies, results_of(double(*few)), strict=True):
            # what is a number by itself stays what it would be without the other results
            result[wrong] = np.where(np.isfinite(result[wrong]), result[wrong], right)
        return copies

    return combined


@functools.cache
def together(*kernels: Kernel) -> Kernel:
    """Combine kernels to one that returns the results of all."""

    def combined(*arguments: Any) -> tuple[Array, ...]:
        return tuple(result for kernel in kernels for result in results_of(kernel(*arguments)))

    return combined


def results_of(computed: Array | tuple[Array, ...]) -> tuple[Array, ...]:
    """Return what a kernel returned as a tuple, also if it is one result."""
    return computed if isinstance(computed, tuple) else (computed,)


Versions: TypeAlias = ByPrecision | ByTarget
