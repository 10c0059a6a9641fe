"""Finds the conventions under which the results of a function are right, and says which they are.

What is right as it stands needs none. Conventions that are permitted make it right, if the same
ones do for everything that a function returns; those that are not become advice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from flint import arb
from sympy import Expr, Integer

from derive.auditing.axes import Axes
from derive.auditing.claims import Question, answered, suggested
from derive.auditing.conventions import (
    OF_LOSSES,
    Reading,
    by_conventions,
    combinations,
    factor_of,
    in_effect,
    is_unreduced,
)
from derive.auditing.curvatures import COMBINATIONS, by_curvatures, is_bound, is_quick
from derive.auditing.names import CONVENTIONS
from derive.language import ENTRY, SLICE, size
from derive.prove.balls import OnBoundary, evaluate
from derive.prove.claim import derive
from derive.prove.field import OutsideClass
from derive.prove.points import domain_of, points
from derive.report.finding import Finding

MOST_UNUSUAL = 2
_POINTS = 12
_PROOFS = 6

Names = tuple[str, ...]
_Values = list[tuple[tuple[int, int], arb, arb]]


@dataclass(frozen=True)
class Usual:
    """Conventions of a loss that need no permission, and what a report says of them."""

    names: Names = ()
    said: str = ""


class Reconciliation:
    """The questions about one function, and the conventions that may answer them.

    The first of ``usual`` is what refuted results are compared with.
    """

    def __init__(
        self,
        questions: Sequence[Question],
        axes: Axes,
        usual: Sequence[Usual],
        permitted: frozenset[str],
    ) -> None:
        self.questions, self.axes = questions, axes
        self.usual, self.permitted = usual, permitted
        self._values: dict[tuple[int, Names, Names], list[tuple[Question, _Values]]] = {}

    def findings(self) -> list[Finding]:
        """A finding on each result."""
        plain = self.usual[0].names
        first = [self._answered(place, plain) for place in range(len(self.questions))]
        if _proved(first) == len(first):
            return first
        chosen: Names = plain
        best: list[Finding | None] = [*first]
        for names in self._permitted_options:
            known = first if names == plain else [None] * len(first)
            found = [self._right(place, names, known[place]) for place in range(len(first))]
            if names == plain or _proved(found) > _proved(best):
                chosen, best = names, found
            if _proved(best) == len(best):
                break
        return [self._settled(place, chosen, finding) for place, finding in enumerate(best)]

    def _settled(self, place: int, chosen: Names, finding: Finding | None) -> Finding:
        finding = finding or self._answered(place, chosen)
        return finding if finding.status == "proved" else self._advised(place, finding, chosen)

    # What is permitted ---------------------------------------------------------------------------

    @cached_property
    def _permitted_options(self) -> list[Names]:
        """The conventions of the loss that are permitted together, the usual ones first."""
        free = [usual.names for usual in self.usual]
        return [*free, *(o for o in self._options if {*self._unusual(o)} <= self.permitted)]

    @cached_property
    def _options(self) -> list[Names]:
        found = []
        for some in combinations(tuple(OF_LOSSES), MOST_UNUSUAL):
            groups = {OF_LOSSES[name].group for name in some}
            for usual in self.usual:
                if some and not groups & {OF_LOSSES[name].group for name in usual.names}:
                    found.append((*usual.names, *some))
        return found

    def _unusual(self, names: Names) -> Names:
        for usual in sorted(self.usual, key=lambda u: -len(u.names)):
            if usual.names == names[: len(usual.names)]:
                return names[len(usual.names) :]
        return names

    def _right(self, place: int, names: Names, known: Finding | None) -> Finding | None:
        """The finding by conventions of the loss and those of a Hessian, all of them permitted."""
        if known is not None and known.status == "proved":
            return known
        best = known
        for curvatures in COMBINATIONS:
            if {*curvatures} <= self.permitted and (curvatures or known is None):
                found = self._answer(place, names, curvatures)
                if found is not None and found.status == "proved":
                    return found
                best = found or best
        return best

    def _answer(self, place: int, names: Names, curvatures: Names) -> Finding | None:
        """The finding by these conventions if it is proved; unknown where it may be a bound."""
        other: Finding | None = None
        for question in self._plausible(place, names, curvatures):
            finding = answered(question)
            if finding.status == "proved":
                return finding
            if finding.status == "unknown" and is_bound(curvatures):
                other = finding
        return other

    def _answered(self, place: int, names: Names) -> Finding:
        question = self.questions[place]
        return answered(self._asked(question, names) or question)

    def _asked(self, question: Question, names: Names) -> Question | None:
        unusual = self._unusual(names)
        usual = names[: len(names) - len(unusual)]
        said = next((u.said for u in self.usual if u.names == usual), "")
        if said and not is_unreduced(question, self.axes):
            question = replace(question, said=(*question.said, said))
        first = by_conventions(question, self.axes, usual)
        first = first and replace(first, said=question.said)
        return first and by_conventions(first, self.axes, unusual)

    # What is worth a proof -----------------------------------------------------------------------

    def _plausible(self, place: int, names: Names, curvatures: Names) -> Iterator[Question]:
        """The questions by these conventions that sample points do not answer in the negative."""
        if curvatures and self.questions[place].rule != "hessian":
            return
        readings = tuple(n for n in names if isinstance(OF_LOSSES[n], Reading))
        bound = is_bound(curvatures)
        factor = factor_of(self.axes, in_effect(self.questions[place], self.axes, names))
        if factor is None:
            return
        known = self._sampled(place, readings, curvatures)
        fitting = [
            bool(values) and all(_agree(value, factor, bound=bound) for value in values)
            for _, values in known
        ]
        asked = self._asked(self.questions[place], names) if any(fitting) else None
        made = by_curvatures(asked, curvatures) if asked else iter(())
        yield from (question for question, fits in zip(made, fitting, strict=False) if fits)

    def _sampled(
        self, place: int, readings: Names, curvatures: Names
    ) -> list[tuple[Question, _Values]]:
        key = (place, readings, curvatures)
        if key not in self._values:
            question = by_conventions(self.questions[place], self.axes, readings)
            try:
                made = list(by_curvatures(question, curvatures)) if question else []
            except (OutsideClass, ValueError, TypeError):
                made = []
            self._values[key] = [(q, _sample(q)) for q in made]
        return self._values[key]

    # Advice --------------------------------------------------------------------------------------

    def _advised(self, place: int, finding: Finding, chosen: Names) -> Finding:
        """A refuted result with what would make it right: conventions, else another formula."""
        question = self._asked(self.questions[place], chosen) or self.questions[place]
        for names, curvatures in islice(self._worth_a_proof(place, chosen), _PROOFS):
            found = self._answer(place, names, curvatures)
            if found is not None and found.status == "proved":
                told = self._advice(names, curvatures)
                return replace(finding, hint="\n".join(filter(None, (told, finding.hint))))
        if finding.status == "refuted":
            return replace(finding, suggestion=suggested(question))
        return finding

    def _advice(self, names: Names, curvatures: Names) -> str:
        unusual = (*self._unusual(names), *curvatures)
        options = " ".join(f"--convention {name}" for name in unusual if name not in self.permitted)
        said = " and ".join(CONVENTIONS[name].removeprefix("the Hessian is ") for name in unusual)
        if options:
            return f"it would be right as: {said} ({options})"
        # All are permitted, and do not make everything right that the function returns.
        usual = next((u.said for u in self.usual if u.names == names), "")
        return f"it alone is right: {said or usual}"

    def _worth_a_proof(self, place: int, chosen: Names) -> Iterator[tuple[Names, Names]]:
        usual = [u.names for u in self.usual]
        losses = [*usual, *self._options] if chosen in usual else [chosen]
        question = self.questions[place]
        quick = [c for c in COMBINATIONS if is_quick(question, c)]
        tried = [
            (names, curvatures)
            for names in losses
            for curvatures in quick
            if names in usual or not is_bound(curvatures)
        ]
        for names, curvatures in sorted(tried, key=self._unusualness):
            if any(True for _ in self._plausible(place, names, curvatures)):
                yield names, curvatures

    def _unusualness(self, tried: tuple[Names, Names]) -> tuple[bool, int]:
        names, curvatures = tried
        return is_bound(curvatures), len(self._unusual(names)) + len(curvatures)


def _proved(findings: Sequence[Finding | None]) -> int:
    return sum(finding is not None and finding.status == "proved" for finding in findings)


def _sample(question: Question) -> _Values:
    """What is written and what is derived at a few points of each shape."""
    claim = question.claim
    try:
        derived = claim.derived
        if question.kind == "curvature":
            derived = derive(claim.loss, "hessian", claim.wrt)
        domain = domain_of(claim.loss, claim.written, derived, free=claim.free)
    except (OutsideClass, ValueError):
        return []
    found: _Values = []
    shapes = domain.shapes()
    for shape in [*shapes, *({(2, 2)} - {*shapes})]:
        for point in islice(points(domain, shape, _POINTS), 1, None):
            for index in point.indices()[:2]:
                here = point.at(index)
                try:
                    pair = evaluate(claim.written, here), evaluate(derived, here)
                except (OnBoundary, OutsideClass, ZeroDivisionError, ValueError):
                    continue
                if pair[0].is_finite() and pair[1].is_finite():
                    found.append((shape, *pair))
    return found


def _agree(value: tuple[tuple[int, int], arb, arb], factor: Expr, *, bound: bool) -> bool:
    (slices, entries), written, derived = value
    exact = factor.xreplace({size(SLICE): Integer(slices), size(ENTRY): Integer(entries)})
    scaled = derived * arb(int(exact.p)) / int(exact.q)
    if not bound:
        return bool(written.overlaps(scaled))
    return not (written > scaled if exact < 0 else written < scaled)
