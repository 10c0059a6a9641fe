"""The conventions by which derivatives are right that are not those of the loss as it is declared.

Each has a name, under which it is permitted, and says of itself what a report repeats. Those of a
loss hold for everything that a function returns: another sign, a multiple, a reduction, another
meaning of an input. Those of a Hessian hold for it alone, beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from sympy import Expr, FiniteSet, Rational, S, exp, log
from sympy.sets import Set

from derive.auditing.arguments import Weight
from derive.auditing.axes import Axes
from derive.auditing.claims import Question
from derive.auditing.extraction import reduced
from derive.auditing.names import CONVENTIONS
from derive.language import ENTRY, SLICE, Element, has_aggregate, real, size, unit, unit_open
from derive.loss import Loss


@dataclass(frozen=True)
class Multiple:
    """What is differentiated is the loss times a factor; none where an axis is missing."""

    group: str
    factor: Callable[[Axes], Expr | None]


@dataclass(frozen=True)
class Reading:
    """An input has another meaning: the loss of what is meant, or nothing if that is not said."""

    group: str
    change: Callable[[Loss, Element], Loss | None]


def _product(factors: list[Expr]) -> Expr:
    result: Expr = S.One
    for factor in factors:
        result *= factor
    return result


def _all(axes: Axes) -> Expr:
    return _product([size(axis) for axis in axes if isinstance(axis, str)])


def _inverse(count: Callable[[Axes], Expr | None]) -> Callable[[Axes], Expr | None]:
    def inverse(axes: Axes) -> Expr | None:
        found = count(axes)
        return None if found is None else 1 / found

    return inverse


def _rows(axes: Axes) -> Expr | None:
    return size(SLICE) if {SLICE, ENTRY} <= {*axes} else None


def _columns(axes: Axes) -> Expr | None:
    return size(ENTRY) if {SLICE, ENTRY} <= {*axes} else None


# Inputs ------------------------------------------------------------------------------------------

_BITS, _SIGNS = FiniteSet(0, 1), FiniteSet(-1, 1)


def _with(loss: Loss, symbol: Element, meant: Expr, values: Set) -> Loss | None:
    """The loss of ``meant`` in place of an input, which has other values."""
    changed = loss.value.xreplace({symbol: meant})
    return replace(loss.bare, value=changed, kinks=(), domains={**loss.domains, symbol: values})


def _label(loss: Loss, wrt: Element) -> Element | None:
    """The input that is no prediction, no weight, and no one-hot matrix."""
    stated = {symbol for fact in loss.assuming for symbol in fact.free_symbols}
    found = [x for x in loss.inputs if x not in stated | {wrt} and not isinstance(x, Weight)]
    return found[0] if len(found) == 1 else None


def _labels(
    meant: Callable[[Expr], Expr], values: Set, where: tuple[Set, ...]
) -> Callable[[Loss, Element], Loss | None]:
    def change(loss: Loss, wrt: Element) -> Loss | None:
        label = _label(loss, wrt)
        if label is None or loss.domain(label) not in where:
            return None
        return _with(loss, label, meant(label), values)

    return change


def _from_probability(loss: Loss, wrt: Element) -> Loss | None:
    if has_aggregate(loss.value) or loss.domain(wrt) != real:
        return None
    return _with(loss, wrt, log(wrt) - log(1 - wrt), unit_open)


def _from_margin(loss: Loss, wrt: Element) -> Loss | None:
    if has_aggregate(loss.value) or loss.domain(wrt) not in (unit, unit_open, real):
        return None
    return _with(loss, wrt, 1 / (1 + exp(-wrt)), real)


# The table ---------------------------------------------------------------------------------------

OF_LOSSES: Mapping[str, Multiple | Reading] = {
    "opposite-sign": Multiple("sign", lambda _: S.NegativeOne),
    "twice": Multiple("multiple", lambda _: Rational(2)),
    "half": Multiple("multiple", lambda _: S.Half),
    "mean": Multiple("reduction", _inverse(_all)),
    "mean-of-rows": Multiple("reduction", _inverse(_rows)),
    "mean-of-classes": Multiple("reduction", _inverse(_columns)),
    "sum": Multiple("reduction", _all),
    "sum-of-rows": Multiple("reduction", _rows),
    "sum-of-classes": Multiple("reduction", _columns),
    "labels-01": Reading("labels", _labels(lambda y: y, _BITS, (real, unit))),
    "labels-signs": Reading("labels", _labels(lambda y: y, _SIGNS, (real,))),
    "labels-01-for-signs": Reading("labels", _labels(lambda y: 2 * y - 1, _BITS, (real, _SIGNS))),
    "labels-signs-for-01": Reading(
        "labels", _labels(lambda y: (y + 1) / 2, _SIGNS, (real, unit, _BITS))
    ),
    "probability": Reading("input", _from_probability),
    "margin": Reading("input", _from_margin),
}
"""Conventions about what is differentiated; at most one of a group at a time."""


def factor_of(axes: Axes, names: tuple[str, ...]) -> Expr | None:
    """What conventions multiply a loss by; none where one of them needs an axis that is missing."""
    factor: Expr = S.One
    for convention in map(OF_LOSSES.__getitem__, names):
        if isinstance(convention, Multiple):
            more = convention.factor(axes)
            if more is None:
                return None
            factor *= more
    return factor


def as_differentiated(loss: Loss, wrt: Element, axes: Axes, names: tuple[str, ...]) -> Loss | None:
    """The loss that is differentiated by some conventions, or nothing where one says nothing."""
    factor = factor_of(axes, names)
    if factor is None:
        return None
    for name in names:
        convention = OF_LOSSES[name]
        if isinstance(convention, Reading):
            changed = convention.change(loss, wrt)
            if changed is None:
                return None
            loss = changed
    if factor == 1:
        return loss
    return replace(loss.bare, value=factor * loss.value, kinks=())


def by_conventions(question: Question, axes: Axes, names: tuple[str, ...]) -> Question | None:
    """The question whether something is a quantity of what is so differentiated."""
    here = in_effect(question, axes, names)
    loss = as_differentiated(question.loss, question.wrt, axes, here)
    if loss is None:
        return None
    returned = question.trace.outputs[question.place].axes
    reference = reduced(loss.value, returned, axes) if question.rule == "value" else None
    said = tuple(f"with convention: {CONVENTIONS[n]}" for n in here)
    return replace(
        question,
        loss=loss,
        reference=reference,
        said=(*question.said, *said),
        maximised=question.maximised != ("opposite-sign" in here),
    )


def in_effect(question: Question, axes: Axes, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of some conventions that change what is asked."""
    if is_unreduced(question, axes):
        return tuple(n for n in names if OF_LOSSES[n].group != "reduction")
    return names


def is_unreduced(question: Question, axes: Axes) -> bool:
    """Whether this is about the value of each element, which no reduction changes."""
    return question.rule == "value" and question.trace.outputs[question.place].axes == axes


def combinations(names: Iterator[str] | tuple[str, ...], most: int) -> Iterator[tuple[str, ...]]:
    """Conventions of losses that go together, the fewest first."""
    found: list[tuple[str, ...]] = [()]
    known = tuple(names)
    for _ in range(most + 1):
        yield from found
        found = [
            (*some, name)
            for some in found
            for name in known
            if not some or known.index(name) > known.index(some[-1])
            if OF_LOSSES[name].group not in {OF_LOSSES[n].group for n in some}
        ]
