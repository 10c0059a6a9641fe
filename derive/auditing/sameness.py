"""Whether two functions are the same one, for arrays of every length."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sympy import S
from sympy.sets import Set

from derive.auditing.agreement import disagreement
from derive.auditing.arguments import (
    Layout,
    first_that_works,
    layouts,
    of_parameters,
    same_arguments,
)
from derive.auditing.axes import shape_text
from derive.auditing.claims import Question, answered, name_of
from derive.auditing.refusal import Untraceable
from derive.auditing.snippet import snippet
from derive.auditing.trace import Trace, trace, where_defined
from derive.language import Element
from derive.loss import Loss
from derive.prove.claim import Claim
from derive.prove.points import domain_of
from derive.prove.prover import check
from derive.prove.verdict import Refuted, Verdict, Witness
from derive.report.finding import Finding

Function = Callable[..., Any]
_CLOSE = 1e-9


class Comparison:
    """The questions whether each result of a function is that of another one."""

    def __init__(self, questions: Sequence[Question], theirs: Trace) -> None:
        self.questions, self.theirs = questions, theirs

    def findings(self) -> list[Finding]:
        """A finding on each result."""
        return [self._finding(question) for question in self.questions]

    def _finding(self, question: Question) -> Finding:
        witnesses: list[Witness] = []

        def judge(claim: Claim) -> Verdict:
            verdict = check(claim)
            if isinstance(verdict, Refuted):
                witnesses.append(verdict.witness)
            return verdict

        found = answered(replace(question, judge=judge))
        if found.status not in ("proved", "refuted"):
            return found
        claim = question.claim
        wrong = disagreement(self.theirs, domain_of(claim.loss, claim.derived, free=claim.free))
        if not wrong and found.status == "refuted":
            found, wrong = self._shown(question, found, witnesses[-1])
        if not wrong:
            return found
        message = f"of {name_of(self.theirs.function)}: {wrong}"
        return replace(
            found, status="unknown", message=message, counterexample=None, snippet="", hint=""
        )

    def _shown(self, question: Question, found: Finding, at: Witness) -> tuple[Finding, str]:
        """A refutation with a call of each function, or why it is not to be believed."""
        ours, mine = snippet(question.trace, at, question.place)
        other, yours = snippet(self.theirs, at, question.place)
        if mine is not None and yours is not None and abs(mine - yours) <= _CLOSE * abs(yours):
            return found, f"both functions give {mine}"
        return replace(found, snippet=_both(ours, mine, other, yours)), ""


def _both(ours: str, mine: float | None, other: str, yours: float | None) -> str:
    *imports, call = ours.splitlines()
    *more, again = other.splitlines()
    calls = [text.split("  # ")[0] for text in (call, again)]
    names = [text.split("(")[0] for text in calls]
    if names[0] == names[1] and imports != more:
        more[-1] += " as other"
        calls[1] = "other" + calls[1].removeprefix(names[1])
    said = [f"{text}  # {value!r}" for text, value in zip(calls, (mine, yours), strict=True)]
    return "\n".join([*dict.fromkeys([*imports, *more]), *said])


def compared(
    function: Function, other: Function, shapes: Mapping[str, str], domains: Mapping[str, Set]
) -> Comparison:
    """The comparison of two functions, whose arguments belong together by name, or else in order.

    Raises ``Untraceable``, also where the results have other shapes.
    """
    layout, ours, theirs = _traces(function, other, shapes, domains)
    loss = Loss(
        S.Zero,
        S.Zero,
        inputs=layout.inputs,
        parameters=layout.parameters,
        domains={x: s for x, s in layout.domains.items() if isinstance(x, Element)},
        assuming=layout.facts,
    )
    questions = [
        Question(
            ours,
            place,
            "same",
            loss,
            layout.inputs[0],
            reference=output.expression,
            conditions=(*theirs.conditions, *of_parameters(layout.parameters)),
            said=(f"the same as {name_of(other)}", *_defaults(function, theirs, layout)),
            kind="form",
        )
        for place, output in enumerate(theirs.outputs)
    ]
    return Comparison(questions, theirs)


def _traces(
    function: Function, other: Function, shapes: Mapping[str, str], domains: Mapping[str, Set]
) -> tuple[Layout, Trace, Trace]:
    def attempt(layout: Layout) -> tuple[Layout, Trace, Trace]:
        ours = trace(function, layout.arguments)
        theirs = trace(other, same_arguments(other, layout))
        _check(ours, theirs)
        return layout, ours, theirs

    return first_that_works(layouts(function, shapes, domains, {}), attempt)


def _check(ours: Trace, theirs: Trace) -> None:
    """Raise ``Untraceable`` for functions that cannot be compared number by number."""
    shapes = [[output.axes for output in traced.outputs] for traced in (ours, theirs)]
    if shapes[0] != shapes[1] or ours.many != theirs.many:
        mine, yours = (", ".join(map(shape_text, axes)) for axes in shapes)
        raise Untraceable(
            f"it returns the shape {yours}, the other function {mine}",
            *where_defined(theirs.function),
        )
    if not any(isinstance(a.symbol, Element) for a in ours.arguments.values()):
        raise Untraceable("no argument is an array", *where_defined(ours.function))
    if ours.scales and theirs.scales:
        raise Untraceable("both functions scale by powers of two", *where_defined(theirs.function))


def _defaults(function: Function, theirs: Trace, layout: Layout) -> tuple[str, ...]:
    """What is to be said of parameters whose defaults are not the same."""
    mine = inspect.signature(function).parameters
    yours = inspect.signature(theirs.function).parameters
    places = {id(argument): name for name, argument in theirs.arguments.items()}
    told = []
    for name, argument in layout.arguments.items():
        other = places.get(id(argument))
        if other is None or mine[name].default == yours[other].default:
            continue
        if argument.symbol is not None and not argument.axes:
            told.append(f"for equal {name}, whose default is another one")
    return tuple(told)
