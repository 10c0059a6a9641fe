"""All that the rules make of a formula, one step after the other, with the steps that led there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sympy import Expr, Piecewise, nan, oo, zoo
from sympy.core.relational import Relational

from derive.language import Aggregate, Rounded
from derive.stable.rules import RULES, Rule


@dataclass(frozen=True)
class Candidate:
    """A formula that should equal another one, and the names of the rules that made it."""

    formula: Expr
    steps: tuple[str, ...] = ()


def closure(
    formula: Expr, *, rules: Sequence[Rule] = RULES, depth: int = 5, limit: int = 240
) -> list[Candidate]:
    """The formula and what rules make of it; at most ``limit`` candidates, the nearest first."""
    found = {formula: Candidate(formula)}
    frontier = list(found.values())
    for _ in range(depth):
        fresh = []
        for candidate in frontier:
            for name, other in rewritten(candidate.formula, rules):
                whole = other.inner if isinstance(other, Rounded) else other
                if whole in found or whole.has(nan, oo, zoo):
                    continue
                if len(found) == limit:
                    return list(found.values())
                found[whole] = Candidate(whole, (*candidate.steps, name))
                fresh.append(found[whole])
        frontier = fresh
    return list(found.values())


def rewritten(e: Expr, rules: Sequence[Rule] = RULES) -> Iterator[tuple[str, Expr]]:
    """Each rule applied at each node: its name, and the whole with the node replaced."""
    for rule in rules:
        for other in rule(e):
            if other != e:
                yield rule.__name__, other
    if isinstance(e, Relational | Aggregate) or not e.args:
        return
    if isinstance(e, Piecewise):
        for position, (value, condition) in enumerate(e.args):
            for name, other in rewritten(value, rules):
                pairs = list(e.args)
                pairs[position] = (other, condition)
                yield name, Piecewise(*pairs)
        return
    for position, part in enumerate(e.args):
        for name, other in rewritten(part, rules):
            arguments = list(e.args)
            arguments[position] = other
            yield name, e.func(*arguments)
