"""Differences of inputs, which are exact where they are small beside the inputs."""

from __future__ import annotations

from sympy import Add, Expr

from derive.language import Aggregate, Element, Rounded


def inputs_first(e: Expr) -> Expr:
    """The expression with ``x - y + c`` evaluated as ``(x - y) + c``: c may vanish beside x."""
    if not e.args or not e.atoms(Element):
        return e
    if isinstance(e, Aggregate):
        return type(e)(inputs_first(e.body), e.axis)
    if isinstance(e, Add):
        inputs = [term for term in e.args if isinstance(term, Element) or _is_negated(term)]
        rest = e - Add(*inputs)
        opposed = len(inputs) == 2 and sum(map(_is_negated, inputs)) == 1
        if opposed and rest != 0 and not rest.atoms(Element):
            return Rounded(Add(*inputs)) + rest
    return e.func(*map(inputs_first, e.args))


def _is_negated(term: Expr) -> bool:
    return isinstance(-term, Element)
