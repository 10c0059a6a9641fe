"""The loss of one element or one slice, from what a function returns for a whole array."""

from __future__ import annotations

from sympy import Add, Expr, Mul

from derive.auditing.axes import Axes
from derive.language import ENTRY, SLICE, Aggregate, Sum, axes_of, has_aggregate, size


def generic_loss(value: Expr, returned: Axes, axes: Axes) -> Expr | None:
    """What, summed over all elements or slices, is what a function returns.

    ``axes`` are those of the array that it is a function of. Factors such as 1/n stay. Nothing is
    returned for a value that is no such sum.
    """
    if returned == axes:
        return value
    if SLICE in axes:
        if returned in ((SLICE,), (SLICE, None)):
            found: Expr | None = value
        elif all(axis is None for axis in returned):
            found = summand(value, SLICE)
        else:
            return None
        if found is None or SLICE in {a.axis for a in found.atoms(Aggregate)}:
            return None
    elif all(axis is None for axis in returned):
        found = value
    else:
        return None
    inner = summand(found, ENTRY)
    if inner is None or has_aggregate(inner) or ENTRY not in axes_of(inner):
        return found if ENTRY not in axes_of(found) else None
    return inner


def reduced(value: Expr, returned: Axes, axes: Axes) -> Expr:
    """The loss of an element or a slice, summed over those ``axes`` that a result has lost."""
    if ENTRY not in returned and ENTRY in axes_of(value):
        value = Sum(value)
    return Sum(value, SLICE) if SLICE in axes and SLICE not in returned else value


def summand(expression: Expr, axis: str) -> Expr | None:
    """``f`` where the expression is ``Sum(f, axis)``, if it is linear in such sums."""
    if isinstance(expression, Sum) and expression.axis == axis:
        return expression.body
    if isinstance(expression, Add):
        parts = [summand(part, axis) for part in expression.args]
        return None if None in parts else Add(*parts)
    if isinstance(expression, Mul):
        sums = [f for f in expression.args if isinstance(f, Sum | Add) and _has_sum(f, axis)]
        if len(sums) == 1:
            rest = Mul(*[factor for factor in expression.args if factor is not sums[0]])
            inner = summand(sums[0], axis)
            if inner is not None and not has_aggregate(rest) and not axes_of(rest):
                return rest * inner
        if sums:
            return None
    if not has_aggregate(expression) and not axes_of(expression):
        return expression / size(axis)
    return None


def _has_sum(expression: Expr, axis: str) -> bool:
    return any(a.axis == axis for a in expression.atoms(Sum))
