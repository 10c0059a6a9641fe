"""Formulas for a target that is 1 at the label of a slice and 0 elsewhere.

Of such a target ``t`` with the label ``k``, a sum over the slice keeps one term if there is none
for ``t = 0``, and any other formula has two values:

    sum(t f)  =  f at k, with t = 1
    g(t)      =  g(1) at k, g(0) elsewhere

So what belongs to the label alone is computed once for a slice, not for each of its elements.
"""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Expr, Integer

from derive.language import Aggregate, Element, Sum

LABELS = "labels"


class AtLabel(Element):
    """An input at the label of each slice."""

    @classmethod
    def of(cls, element: Element) -> AtLabel:
        """The input ``element`` at the label."""
        at: AtLabel = cls(f"{element.name}_there")
        return at


class Placed(Expr):
    """An expression, and what stands in its place at the label."""

    @property
    def elsewhere(self) -> Expr:
        """The expression off the label."""
        return self.args[0]

    @property
    def there(self) -> Expr:
        """The expression at the label."""
        return self.args[1]


def for_labels(e: Expr, target: Element) -> Expr | None:
    """The formula for class labels, or nothing if a sum is not one that keeps a single term."""
    single = _with_sums(e, target)
    if single is None or target not in _free(single):
        return single
    return Placed(_replaced(single, {target: Integer(0)}), at_label(single, target))


def at_label(e: Expr, target: Element | None = None) -> Expr:
    """A formula at the label; what is the same for all elements of a slice stays as it is."""
    elements: dict[Expr, Expr] = {x: AtLabel.of(x) for x in _free(e) if not isinstance(x, AtLabel)}
    return _replaced(e, elements if target is None else {**elements, target: Integer(1)})


def names_at_label(names: Mapping[Expr, str], target: Element) -> dict[Expr, str]:
    """The names of parts, and names for the same parts at the label."""
    found = dict(names)
    for part, name in names.items():
        there = at_label(part, target)
        if there != part:
            found[there] = f"{name}_there"
    return found


def _with_sums(e: Expr, target: Element) -> Expr | None:
    """The expression with every sum over the target written as its one term."""
    if target not in e.atoms(Element):
        return e
    if isinstance(e, Aggregate):
        if not isinstance(e, Sum) or _replaced(e.body, {target: Integer(0)}) != 0:
            return None
        return at_label(e.body, target)
    parts = [_with_sums(a, target) for a in e.args]
    return None if None in parts else (e.func(*parts) if e.args else e)


def _replaced(e: Expr, new: Mapping[Expr, Expr]) -> Expr:
    """The expression with other elements, but for those that aggregates bind."""
    if e in new or not e.args or isinstance(e, Aggregate):
        return new.get(e, e)
    return e.func(*(_replaced(a, new) for a in e.args))


def _free(e: Expr) -> set[Element]:
    """The elements that no aggregate binds."""
    if isinstance(e, Element):
        return {e}
    if isinstance(e, Aggregate):
        return set()
    return set().union(*map(_free, e.args))
