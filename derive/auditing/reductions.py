"""Sums, means, maxima and norms along axes of symbolic length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sympy import Eq, Expr, S

from derive.auditing.arrays import Kind, Traced, lift, number, settled
from derive.auditing.axes import Axes, Chosen, length, positions
from derive.auditing.conditions import forgotten
from derive.auditing.elementary import apply, compare
from derive.auditing.refusal import Refusal
from derive.auditing.types import real_type
from derive.language import Largest, Sum, axes_of, cases, size


def reduce(
    array: Any,
    axis: Any,
    keepdims: Any,
    along: Callable[[Expr, str], Expr],
    *,
    of_selections: bool = False,
) -> Traced:
    """Apply ``along`` to one axis after the other."""
    array = settled(lift(array))
    places = positions(axis, array.ndim)
    expression = number(array)
    for place in reversed(places):  # slices last, as losses are written
        here = array.axes[place]
        if isinstance(here, Chosen):
            if not of_selections:
                raise Refusal("a mask selects what is reduced", "np.where(mask, x, neutral)")
            expression = cases((expression, here.condition), (S.Zero, True))
            for name in here.axes:
                expression = along(expression, name)
        elif here is not None:
            expression = along(expression, here)
    kept: Axes = tuple(
        None if place in places else here
        for place, here in enumerate(array.axes)
        if keepdims or place not in places
    )
    kind: Kind = "int" if array.kind == "bool" else array.kind
    lost = array.lost | forgotten(expression, number(array))
    result = Traced(expression, kept, kind, lost=lost)
    result.in_memory = bool(kept)
    return result


def _sum(body: Expr, axis: str) -> Expr:
    if body == 0:
        return S.Zero
    return Sum(body, axis) if axis in axes_of(body) else size(axis) * body


def total(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, **more: Any
) -> Traced:
    """``np.sum``."""
    _none(out=out, **more)
    if dtype is not None and not _holds(np.dtype(real_type(dtype)), lift(a).kind):
        raise Refusal(f"a sum in numbers of type {np.dtype(real_type(dtype))}", "floating point")
    return reduce(a, axis, keepdims, _sum, of_selections=True)


def _holds(dtype: np.dtype[Any], kind: Kind) -> bool:
    """Whether sums of numbers of this kind are kept in full."""
    return dtype.kind == "f" or (dtype.kind == "i" and dtype.itemsize > 2 and kind != "float")


def count_nonzero(a: Any, axis: Any = None, *, keepdims: Any = False) -> Traced:
    """``np.count_nonzero``."""
    return total(apply("not_equal", a, 0) if lift(a).kind != "bool" else a, axis, keepdims=keepdims)


def number_of_terms(array: Traced, axis: Any) -> Expr:
    """How many elements a mean is over."""
    terms: Expr = S.One
    for place in positions(axis, array.ndim):
        here = array.axes[place]
        if isinstance(here, Chosen):
            indicator: Expr = cases((S.One, here.condition), (S.Zero, True))
            for name in here.axes:
                indicator = _sum(indicator, name)
            terms *= indicator
        else:
            terms *= length(here)
    return terms


def mean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, **more: Any
) -> Traced:
    """``np.mean``."""
    array = lift(a)
    terms = number_of_terms(array, axis)
    return apply("divide", total(array, axis, dtype, out, keepdims, **more), Traced(terms))


def average(a: Any, axis: Any = None, weights: Any = None, **more: Any) -> Traced:
    """``np.average``."""
    _none(**more)
    if weights is None:
        return mean(a, axis)
    if lift(weights).axes != lift(a).axes:
        raise Refusal("np.average with weights of another shape", "np.sum(w * x) / np.sum(w)")
    return apply("divide", total(apply("multiply", a, weights), axis), total(weights, axis))


def largest(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, **more: Any
) -> Traced:
    """``np.max``."""
    _none(out=out, **more)
    if lift(a).kind == "bool":
        return any_of(a, axis, out, keepdims)
    return reduce(a, axis, keepdims, _largest)


def _largest(body: Expr, axis: str) -> Expr:
    return Largest(body, axis) if axis in axes_of(body) else body


def smallest(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, **more: Any
) -> Traced:
    """``np.min``."""
    if lift(a).kind == "bool":
        return all_of(a, axis, out, keepdims, **more)
    return apply("negative", largest(apply("negative", a), axis, out, keepdims, **more))


def variance(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: Any = False, **more: Any,
) -> Traced:  # fmt: skip
    """``np.var`` with divisor ``n``."""
    if ddof != 0:
        raise Refusal("np.var with ddof", "the sum divided by n - 1")
    distance = apply("subtract", a, mean(a, axis, keepdims=True))
    return mean(apply("square", distance), axis, dtype, out, keepdims, **more)


def deviation(*arguments: Any, **options: Any) -> Traced:
    """``np.std``."""
    return apply("sqrt", variance(*arguments, **options))


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Traced:
    """``np.linalg.norm`` of vectors; of a matrix, the Frobenius norm."""
    array = lift(x)
    of_vectors = array.ndim == 1 or isinstance(axis, int)
    if ord is None or ord == "fro" or (ord == 2 and of_vectors):
        return apply("sqrt", total(apply("square", array), axis, keepdims=keepdims))
    if ord == 1 and of_vectors:
        return total(apply("absolute", array), axis, keepdims=keepdims)
    if ord == float("inf") and of_vectors:
        return largest(apply("absolute", array), axis, keepdims=keepdims)
    raise Refusal(f"np.linalg.norm with ord={ord!r}", "the sum that it is")


def logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: Any = False, return_sign: Any = False
) -> Traced:
    """``scipy.special.logsumexp``."""
    if return_sign:
        raise Refusal("logsumexp with return_sign", "its sum")
    powers = apply("exp", a) if b is None else apply("multiply", b, apply("exp", a))
    return apply("log", total(powers, axis, keepdims=keepdims))


def softmax(x: Any, axis: Any = None) -> Traced:
    """``scipy.special.softmax``."""
    powers = apply("exp", x)
    return apply("divide", powers, total(powers, axis, keepdims=True))


def log_softmax(x: Any, axis: Any = None) -> Traced:
    """``scipy.special.log_softmax``."""
    return apply("subtract", x, logsumexp(x, axis, keepdims=True))


def dot(a: Any, b: Any) -> Traced:
    """``np.dot`` of vectors or numbers, and of a matrix and a vector along its last axis."""
    one, other = settled(lift(a)), settled(lift(b))
    if one.kind == other.kind == "bool":
        raise Refusal("a product of booleans is no number", "mask.astype(float)")
    if not one.ndim or not other.ndim:
        return apply("multiply", one, other)
    if other.ndim == 1 and other.axes[0] == one.axes[-1]:
        return total(apply("multiply", one, other), -1)
    raise Refusal("a product of matrices", "np.sum(a * b, axis=-1)")


def all_of(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, **more: Any) -> Traced:
    """``np.all``."""
    _none(out=out, **more)
    failures = total(apply("logical_not", a), axis, keepdims=keepdims)
    return _statement(failures, S.Zero)


def any_of(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, **more: Any) -> Traced:
    """``np.any``."""
    return apply("logical_not", all_of(apply("logical_not", a), axis, out, keepdims, **more))


def _statement(found: Traced, value: Expr) -> Traced:
    statement = compare(Eq, found.expression, value)
    return Traced(statement, found.axes, "bool", lost=found.lost)


def _none(**options: Any) -> None:
    """Refuse options that change what is computed."""
    for name, value in options.items():
        if value is not None and "no value" not in repr(value).lower():
            raise Refusal(f"the option {name} of a reduction", "it as an operation of its own")
