"""Differences of inputs: exact where they are small beside these, infinite where they are large."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sympy import Add, Expr, Mul, Pow, sqrt

from derive.language import Aggregate, Element, Rounded, Sum, unrounded
from derive.stable.norms import norms


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


def halved(formula: Expr) -> Expr:
    """The formula in halves of those vectors with a norm in it that are differences of inputs.

    ``x/2 - y/2`` is a number where ``x - y`` is not, though what is made of it may be one again:
    ``v/|v|``, and ``|v| - |w|``, which is twice the difference of the norms of halves.
    """
    roots = [sqrt(p.base) for p in formula.atoms(Pow) if p.exp.is_Rational and p.exp.q == 2]
    vectors = [v for v in norms(roots) if _is_difference(v)]
    mapping: dict[Expr, Expr] = {}
    for v in vectors:
        half = half_of(v)
        mapping |= {Sum(v**2): 4 * Sum(half**2), v: 2 * half, -v: -2 * half}
    return _together(formula.xreplace(mapping), [sqrt(Sum(half_of(v) ** 2)) for v in vectors])


def half_of(vector: Expr) -> Rounded:
    """Half of a vector, from halves of its terms."""
    inputs = [term for term in vector.args if _is_input(term)]
    rest = vector - Add(*inputs)
    return Rounded(Rounded(Add(*(x / 2 for x in inputs))) + rest / 2)


def half_names(formulas: Iterable[Expr], names: Mapping[Expr, str]) -> dict[Expr, str]:
    """Names for halves of vectors that have names, and for the norms of these."""
    found: dict[Expr, str] = {}
    for v in norms(formulas):
        whole = next((w for w in names if w == (2 * unrounded(v)).expand()), None)
        if isinstance(v, Rounded) and whole is not None:
            found[v.inner] = f"half_{names[whole]}"
            distance = names.get(sqrt(Sum(whole**2)))
            if distance is not None:
                found[sqrt(Sum(v**2))] = f"half_{distance}"
    return found


def _together(e: Expr, of_halves: list[Expr]) -> Expr:
    """The expression with ``2*a - 2*b`` evaluated as ``2*(a - b)`` for norms of halves."""
    if not e.args or not any(e.has(a) for a in of_halves):
        return e
    if isinstance(e, Add):
        pairs = [(a, b) for a in of_halves for b in of_halves if {2 * a, -2 * b} <= {*e.args}]
        if pairs:
            a, b = pairs[0]
            return Mul(2, Rounded(a - b)) + (e - 2 * a + 2 * b)
    if isinstance(e, Aggregate):
        return type(e)(_together(e.body, of_halves), e.axis)
    return e.func(*(_together(part, of_halves) for part in e.args))


def _is_difference(v: Expr) -> bool:
    inputs = [term for term in v.args if _is_input(term)]
    return isinstance(v, Add) and len(inputs) == 2 and sum(map(_is_negated, inputs)) == 1


def _is_input(term: Expr) -> bool:
    return isinstance(term, Element) or _is_negated(term)


def _is_negated(term: Expr) -> bool:
    return isinstance(-term, Element)
