"""The largest term of the sum that a value is: what its error is judged by where it cancels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, reduce
from math import prod

import sympy
from flint import arb
from sympy import Expr, Piecewise

from derive.accuracy.evaluation import (
    At,
    Evaluate,
    cases_of,
    compiled,
    once_a_row,
    varies,
)
from derive.accuracy.exact import rounded_row
from derive.language import Aggregate

NEAR = 8 * 2.0**-53  # of the largest term: what the rounding of a few operations can move


def magnitude_row(
    formula: Expr,
    tensors: Mapping[str, Sequence[float]],
    parameters: Mapping[str, float],
    position: int = 0,
) -> list[tuple[float, float]]:
    """The largest term of which the value of a formula is the sum, as ``exact_row`` has values.

    Sums are looked for inside products, powers and the branch taken of a case distinction, and
    a term is carried to the result as its error would be: ``|b| t`` for a term t of a in a*b.
    """
    entries = range(len(next(iter(tensors.values()))))
    wanted = list(entries) if varies(formula) else [0]
    found = rounded_row(_magnitude(formula), wanted, tensors, parameters, position)
    return [found.get(k, (math.nan, 0.0)) for k in wanted]


@lru_cache(maxsize=4096)
def _magnitude(e: Expr) -> Evaluate:
    """The largest term of a sum, as a function."""
    value = _largest_term(e)
    return once_a_row(("largest term", e), value) if e.args and not varies(e) else value


def _largest_term(e: Expr) -> Evaluate:
    if e.is_Add:
        return _largest([_magnitude(term) for term in e.args])
    if isinstance(e, Aggregate):
        body = _magnitude(e.body)
        return lambda at, k: reduce(arb.max, [body(at, j) for j in range(at.length)])
    if isinstance(e, Piecewise):
        return cases_of(e, _magnitude)
    if isinstance(e, sympy.Max | sympy.Min):
        return _nearly_chosen(e)
    if e.is_Mul and any(_has_sum(factor) for factor in e.args):
        return _largest_product(e.args)
    value = compiled(e)
    if e.is_Pow and e.exp.is_Rational and _has_sum(e.base):
        slope, term = compiled(e.exp * e.base ** (e.exp - 1)), _magnitude(e.base)
        return lambda at, k: abs(slope(at, k)) * term(at, k)
    return lambda at, k: abs(value(at, k))


def _has_sum(e: Expr) -> bool:
    """Whether the value is that of a sum, as far as products and cases go."""
    if e.is_Add or isinstance(e, Aggregate):
        return True
    through = e.is_Mul or isinstance(e, Piecewise | sympy.Max | sympy.Min)
    through = through or bool(e.is_Pow and e.exp.is_Rational)
    parts = [value for value, _ in e.args] if isinstance(e, Piecewise) else e.args
    return bool(through) and any(map(_has_sum, parts))


def _largest(terms: Iterable[Evaluate]) -> Evaluate:
    terms = list(terms)
    return lambda at, k: reduce(arb.max, [term(at, k) for term in terms])


def _nearly_chosen(e: Expr) -> Evaluate:
    """Of a maximum or minimum: of all arguments that rounding might choose."""
    values = [compiled(argument) for argument in e.args]
    terms = [_magnitude(argument) for argument in e.args]
    best = compiled(e)

    def value(at: At, k: int) -> arb:
        chosen, sizes = best(at, k), [term(at, k) for term in terms]
        near = reduce(arb.max, sizes) * NEAR
        rivals = zip(values, sizes, strict=True)
        return reduce(arb.max, [s for v, s in rivals if not abs(v(at, k) - chosen) > near])

    return value


def _largest_product(factors: Sequence[Expr]) -> Evaluate:
    values = [compiled(factor) for factor in factors]
    terms = [_magnitude(factor) for factor in factors]

    def value(at: At, k: int) -> arb:
        sizes = [abs(value(at, k)) for value in values]
        carried = [
            prod([*sizes[:i], *sizes[i + 1 :]], start=term(at, k)) for i, term in enumerate(terms)
        ]
        return reduce(arb.max, carried)

    return value
