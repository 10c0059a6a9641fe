"""Derivatives of expressions over aggregates, right for every shape.

An expression is a program: its aggregates are intermediate quantities, each computed from the
elements and from earlier ones. With ``L = F(S)`` and ``S = sum over a of g(x_a, ...)`` the chain
rule gives, for every length of the axis,

    dL/dx_a = dL/dS * dg/dx (x_a),

so SymPy only ever differentiates scalar functions of scalars, and no Kronecker delta, no index
and no fixed size appears. Gradients run backwards through the program, directional derivatives
forwards.

A maximum ``S = max over a of g(x_a, ...)`` contributes in the same way, with the derivative of
``g`` times the indicator of the maximiser, where that is unique. If in the end the indicator is
multiplied by what vanishes, ``F(x, S)`` does not change with ``S`` to first order; a maximum is
Lipschitz continuous, so that the derivative is right at ties too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import lru_cache

from sympy import Expr, Piecewise, S, Symbol, diff

from derive.language import (
    ENTRY,
    SLICE,
    Aggregate,
    Element,
    Largest,
    Maximiser,
    Sum,
    as_cases,
    axes_of,
)


class Program:
    """An expression with its aggregates, inner ones first, replaced by intermediate elements."""

    def __init__(self, expression: Expr) -> None:
        self.aggregates: dict[Element, Aggregate] = {}
        self._intermediates: dict[Aggregate, Element] = {}
        self.result = self._lower(as_cases(expression))

    def _lower(self, expression: Expr) -> Expr:
        if isinstance(expression, Aggregate):
            lowered = type(expression)(self._lower(expression.body), expression.args[1])
            if lowered not in self._intermediates:
                flag = {"positive": True} if _is_positive(lowered) else {}
                name, axes = f"#{len(self.aggregates)}", tuple(sorted(axes_of(lowered)))
                self._intermediates[lowered] = Element(name, axes, **flag)
                self.aggregates[self._intermediates[lowered]] = lowered
            return self._intermediates[lowered]
        if not expression.args:
            return expression
        arguments = [self._lower(argument) for argument in expression.args]
        if all(new is old for new, old in zip(arguments, expression.args, strict=True)):
            return expression
        if isinstance(expression, Piecewise):
            return Piecewise(*arguments, evaluate=False)
        return expression.func(*arguments)

    def lift(self, expression: Expr) -> Expr:
        """Put the aggregates back in place of the intermediate elements."""
        if expression in self.aggregates:
            aggregate = self.aggregates[expression]
            return type(aggregate)(self.lift(aggregate.body), aggregate.args[1])
        if not expression.args:
            return expression
        return expression.func(*[self.lift(argument) for argument in expression.args])


@lru_cache(maxsize=1024)
def _is_positive(aggregate: Aggregate) -> bool:
    return bool(aggregate.is_positive)  # SymPy remembers it for this one object, not for equal ones


def gradient(total: Expr, wrt: Element) -> Expr:
    """The derivative of the scalar ``total`` with respect to the generic element ``wrt``.

    Raises ``ValueError`` if ``total`` still varies along an axis.
    """
    if axes_of(total):
        raise ValueError(f"{total} varies along {sorted(axes_of(total))}: not a scalar")
    program = Program(total)
    adjoint: dict[Element, Expr] = defaultdict(lambda: S.Zero)

    def propagate(expression: Expr, seed: Expr, axes: frozenset[str]) -> None:
        for element in _elements(expression, program, {wrt}):
            partial = seed * program.lift(diff(expression, element))
            for axis in sorted(axes - set(element.axes)):
                partial = Sum(partial, axis)
            adjoint[element] += partial

    propagate(program.result, S.One, frozenset())
    for intermediate, aggregate in reversed(program.aggregates.items()):
        seed = adjoint.pop(intermediate, S.Zero)
        if seed != 0:
            axes = frozenset(intermediate.axes) | {aggregate.axis}
            propagate(aggregate.body, seed * _share(aggregate), axes)
    return adjoint[wrt]


def directional_derivative(expression: Expr, directions: Mapping[Symbol, Expr]) -> Expr:
    """The derivative of ``expression`` as inputs and parameters move along their directions."""
    program = Program(expression)
    tangent: dict[Symbol, Expr] = dict(directions)

    def forward(body: Expr) -> Expr:
        total = S.Zero
        for element in _elements(body, program, set(directions)):
            if element in tangent:
                total += program.lift(diff(body, element)) * tangent[element]
        return total

    for intermediate, aggregate in program.aggregates.items():
        derivative = forward(aggregate.body)
        if derivative != 0:
            share = program.lift(_share(aggregate))
            tangent[intermediate] = Sum(share * derivative, aggregate.axis)
    return forward(program.result)


def own_derivative(expression: Expr, wrt: Element) -> Expr:
    """The derivative of each element of ``expression`` in the element of ``wrt`` at its own index.

    This is a directional derivative along a unit vector: of a sum over an axis along which the
    element moves, one term is left, the one at its own index. Raises ``ValueError`` where that
    term cannot be told from the others.
    """
    program = Program(expression)
    tangent: dict[Element, Expr] = {wrt: S.One}
    alone = {wrt: frozenset(wrt.axes)}  # along these axes nothing moves but the own index

    def forward(body: Expr, bound: frozenset[str], share: Expr) -> tuple[Expr, frozenset[str]]:
        total, axes = S.Zero, frozenset({ENTRY, SLICE})
        for element in _elements(body, program, {wrt}):
            partial = share * program.lift(diff(body, element))
            if element not in tangent or partial == 0:
                continue
            if bound & set(element.axes) - alone[element]:
                raise ValueError(f"{expression} moves at other indices than that of {wrt}")
            for axis in sorted(bound - set(element.axes)):
                partial = Sum(partial, axis)
            total += partial * tangent[element]
            axes &= alone[element]
        return total, axes - bound

    for intermediate, aggregate in program.aggregates.items():
        share = program.lift(_share(aggregate))
        derivative, axes = forward(aggregate.body, frozenset({aggregate.axis}), share)
        if derivative != 0:
            tangent[intermediate], alone[intermediate] = derivative, axes
    return forward(program.result, frozenset(), S.One)[0]


def _share(aggregate: Aggregate) -> Expr:
    """The derivative of an aggregate with respect to its body at one index."""
    return Maximiser(*aggregate.args) if isinstance(aggregate, Largest) else S.One


def _elements(expression: Expr, program: Program, inputs: Collection[Symbol]) -> list[Element]:
    candidates = [s for s in expression.free_symbols if s in inputs or s in program.aggregates]
    return sorted(candidates, key=lambda element: element.name)
