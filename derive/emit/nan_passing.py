"""How a NaN passes through a formula with cases.

A comparison with NaN is false: the branch taken then is arranged to be one that depends on it.
"""

from __future__ import annotations

from sympy import Expr, Piecewise

from derive.language import Aggregate, Element, RoundingError


def inputs_compared(e: Expr) -> set[Element]:
    """The inputs on which a case distinction depends."""
    found: set[Element] = set()
    for cases in e.atoms(Piecewise):
        for _, condition in cases.args:
            found |= condition.atoms(Element)
    return found


def inputs_carried(e: Expr) -> set[Element]:
    """The inputs whose NaN reaches the value of an expression, whatever the others are."""
    if isinstance(e, Element):
        return {e}
    if isinstance(e, RoundingError):
        return set()  # where a difference is no number, none was lost
    if isinstance(e, Piecewise):
        branches = [inputs_carried(value) for value, _ in e.args]
        taken = branches[0] if is_better_reversed(e) else branches[-1]
        return (inputs_compared(e) & taken) | set.intersection(*branches)
    parts = [e.body] if isinstance(e, Aggregate) else e.args
    return set().union(*(inputs_carried(part) for part in parts))


def keeps_nan(e: Piecewise) -> bool:
    """Whether a NaN in what is compared reaches the value, without being looked for."""
    return inputs_compared(e) <= inputs_carried(e)


def is_better_reversed(e: Piecewise) -> bool:
    """Whether the first of two branches is the better one to take for a NaN."""
    if len(e.args) != 2:
        return False
    conditions = e.args[0][1].atoms(Element)
    first, last = (inputs_carried(value) & conditions for value, _ in e.args)
    return len(first) > len(last)
