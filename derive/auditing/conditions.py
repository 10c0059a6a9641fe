"""Where a formula is defined, for SymPy forgets it: it writes 1 for x/x and 0 for 0*log(x)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from sympy import Dummy, Expr, Mul, Piecewise, Pow, S, log
from sympy.core.relational import Relational

Condition: TypeAlias = tuple[str, Expr]
"""A relation to zero and the quantity that stands in it."""


@lru_cache(maxsize=2**14)
def conditions_of(expression: Expr) -> frozenset[Condition]:
    """What an expression asks of its own parts, without what holds of all real numbers."""
    if not expression.args:
        return frozenset()
    found: set[Condition] = set()
    if isinstance(expression, Pow) and expression.base is not S.Exp1:
        found |= _of_power(expression.base, expression.exp)
    elif isinstance(expression, log) and not expression.args[0].is_positive:
        found.add((">", expression.args[0]))
    return frozenset(found).union(*map(conditions_of, expression.args))


def _of_power(base: Expr, exponent: Expr) -> set[Condition]:
    found: set[Condition] = set()
    if not exponent.is_integer and not base.is_nonnegative:
        found.add(("≥", base))
    if not exponent.is_nonnegative:
        found |= _nonzero(base)
    return found


@lru_cache(maxsize=2**10)
def _asked(
    function: Callable[..., Any], numbers: tuple[Expr | None, ...]
) -> tuple[list[Expr], frozenset[Condition]]:
    arguments = [Dummy(real=True) if number is None else number for number in numbers]
    return arguments, conditions_of(function(*arguments))


def conditions_for(function: Callable[..., Any], parts: Sequence[Expr]) -> frozenset[Condition]:
    """What a function of numbers asks of these numbers, before SymPy has seen the result."""
    # Of zero, SymPy would forget what it is divided by.
    numbers = tuple(part if part.is_number and part != 0 else None for part in parts)
    arguments, asked = _asked(function, numbers)
    found: set[Condition] = set()
    for relation, quantity in asked:
        here = quantity.xreplace(dict(zip(arguments, parts, strict=True)))
        if relation == "≠":
            found |= _nonzero(here)
        elif not (here.is_positive or (relation == "≥" and here.is_nonnegative)):
            found.add((relation, here))
    return frozenset(found)


def _nonzero(quantity: Expr) -> set[Condition]:
    if isinstance(quantity, Piecewise):
        return set().union(*(_nonzero(value) for value, _ in quantity.args))
    factors = [factor.as_base_exp()[0] for factor in Mul.make_args(quantity)]
    if len(factors) == 1 and factors[0] != quantity:
        return _nonzero(factors[0])
    if len(factors) > 1:
        return set().union(*map(_nonzero, factors))
    return set() if quantity.is_nonzero or quantity.is_number else {("≠", quantity)}


def forgotten(result: Expr, *parts: Expr) -> frozenset[Condition]:
    """What the parts ask for and the result does not."""
    return frozenset().union(*map(conditions_of, parts)) - conditions_of(result)


def is_sound(expression: Expr | Relational) -> bool:
    """Whether an expression is a real number, or a statement about some, as far as SymPy tells."""
    return not expression.has(
        S.NaN, S.ComplexInfinity, S.Infinity, S.NegativeInfinity, S.ImaginaryUnit
    )
