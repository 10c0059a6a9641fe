"""The same quantity in other forms, by identities, and with one small thing changed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import sympy
from sympy import (
    Abs,
    Eq,
    Expr,
    Ge,
    Gt,
    Le,
    Lt,
    Max,
    Min,
    Ne,
    Piecewise,
    Rational,
    exp,
    log,
    tanh,
)

from derive.language import (
    Sum,
    pred,
    size,
    target,
)
from tests import meaning
from tests.fuzzing.expressions import TENSORS, cases, delta, usable


def rebuilt(e: Any, arguments: list[Any]) -> Any:
    """An expression with other arguments; cases stay as they are written."""
    if isinstance(e, Piecewise):
        return cases(*arguments)
    if isinstance(e, Sum):
        return Sum(arguments[0], e.axis)
    return e.func(*arguments)


def subterms(e: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Every part of an expression that can be exchanged, with the way to it."""
    yield path, e
    arguments = e.args[:1] if isinstance(e, Sum) else e.args
    for position, argument in enumerate(arguments):
        yield from subterms(argument, (*path, position))


def exchanged(e: Any, path: tuple[int, ...], part: Any) -> Any:
    if not path:
        return part
    arguments = list(e.args)
    arguments[path[0]] = exchanged(arguments[path[0]], path[1:], part)
    return rebuilt(e, arguments)


def equivalent(e: Expr, choose: random.Random, atom: Expr) -> Expr | None:
    """The same quantity in another form, by an identity that holds wherever it is defined."""
    forms: list[Callable[[], Expr]] = [
        lambda: e.expand(deep=False),
        lambda: cases((e, atom > 0), (e, True)),
        lambda: cases((e, Ne(atom, 0)), (e, True)),
        lambda: Max(e, atom) + Min(e, atom) - atom,
        lambda: e * (sympy.cosh(atom) ** 2 - sympy.sinh(atom) ** 2),
        lambda: (e + atom**2 * e) / (1 + atom**2),
        lambda: log(exp(atom) + 1) - log(exp(-atom) + 1) + e - atom,
    ]
    if isinstance(e, Abs):
        (x,) = e.args
        forms += [lambda: Max(x, -x), lambda: cases((x, x > 0), (-x, True))] * 3
        forms += [lambda: x * sympy.sign(x), lambda: cases((-x, x <= 0), (x, True))] * 3
    if isinstance(e, Max):
        a, *rest = e.args
        b = rest[0] if len(rest) == 1 else Max(*rest)
        forms += [lambda: (a + b + Abs(a - b)) / 2, lambda: b + Max(a - b, 0)] * 3
        forms += [lambda: -Min(-a, -b), lambda: cases((b, b >= a), (a, True))] * 3
    if isinstance(e, sympy.sign):
        (x,) = e.args
        forms += [lambda: cases((1, x > 0), (-1, x < 0), (0, True))] * 3
        forms += [lambda: cases((0, Eq(x, 0)), (x / Abs(x), True))] * 3
    if isinstance(e, Piecewise) and len(e.args) == 2 and e.args[1][1] == sympy.true:
        (first, condition), (second, _) = e.args
        forms += [lambda: cases((second, sympy.Not(condition)), (first, True))] * 4
        forms += [lambda: second + cases((first - second, condition), (0, True))] * 2
    if isinstance(e, tanh):
        (x,) = e.args
        forms += [lambda: (exp(2 * x) - 1) / (exp(2 * x) + 1), lambda: 1 - 2 / (exp(2 * x) + 1)] * 4
    if isinstance(e, log):
        forms += [lambda: -log(1 / e.args[0])] * 2
    if isinstance(e, Sum):
        body, axis = e.body, e.axis
        forms += [lambda: Sum(body * exp(delta), axis) * exp(-delta)] * 2
        forms += [lambda: Sum(body + pred - Sum(pred, axis) / size(axis), axis)] * 2
        if body.expand(deep=False).is_Add:
            forms += [lambda: sympy.Add(*[Sum(x, axis) for x in body.expand(deep=False).args])] * 3
    return choose.choice(forms)()


def rewritten(e: Expr, choose: random.Random, times: int) -> Expr:
    for _ in range(times):
        parts = [(path, x) for path, x in subterms(e) if isinstance(x, Expr)]
        parts = [(path, x) for path, x in parts if not _is_exponent(e, path)]
        path, part = choose.choice(parts)
        atom = delta
        if len(_axes_there(e, path)) == 2:
            atom = choose.choice([pred, target, delta])
        new = exchanged(e, path, equivalent(part, choose, atom))
        if usable(new):
            e = new
    return e


def _is_exponent(e: Any, path: tuple[int, ...]) -> bool:
    for position in path:
        if isinstance(e, sympy.Pow) and position == 1:
            return True
        e = e.args[position]
    return False


def _axes_there(e: Any, path: tuple[int, ...]) -> frozenset[str]:
    """The axes along which a part may vary without the whole varying along more than it did."""
    axes = _varies(e)
    for position in path:
        if isinstance(e, Sum):
            axes |= {e.axis}
        e = e.args[position]
    return axes


def _varies(e: Expr) -> frozenset[str]:
    if not isinstance(e, Expr):
        return frozenset()
    return meaning.axes_of(e)


def disturbed(e: Expr, choose: random.Random) -> Expr:
    """The expression with one small thing changed."""
    parts = list(subterms(e))
    for path, part in choose.sample(parts, len(parts)):
        new: Any = None
        if isinstance(part, sympy.core.relational.Relational):
            new = choose.choice([Gt, Ge, Lt, Le, Eq, Ne])(*part.args)
        elif isinstance(part, Expr) and part.is_Rational:
            new = part + choose.choice([1, -1, Rational(1, 10**9), -2 * part])
        elif part in TENSORS:
            new = choose.choice([x for x in TENSORS if x != part])
        elif isinstance(part, Max | Min):
            new = (Min if isinstance(part, Max) else Max)(*part.args)
        elif isinstance(part, Abs):
            new = part.args[0]
        elif isinstance(part, Expr) and choose.random() < 0.2:
            new = part * (1 + Rational(1, 10**9))
        if new is None or new == part:
            continue
        changed = exchanged(e, path, new)
        if usable(changed):
            return changed
    return e + Rational(1, 10**9)
