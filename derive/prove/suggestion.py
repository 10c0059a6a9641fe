"""The smallest change of a refuted formula that is proved: what its author may have meant.

Changes are tried at a few exact points, and those that agree there with the derived formula are
given to the prover, the smallest first. What is suggested has therefore been proved. The search is
bounded by numbers of changes and not by time, so that it gives the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, combinations, islice
from typing import Any

from flint import arb
from sympy import Add, And, Basic, Expr, Mul, Piecewise, S
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import ExprCondPair

from derive.language import ENTRY, SLICE, Element, Sum, as_cases, axes_of, direction, identity, size
from derive.mutation import Edit, Path, Vocabulary, edits, is_well_formed, parts, rebuilt, replaced
from derive.prove.balls import HOLE, OnBoundary, Point, evaluate
from derive.prove.claim import Claim
from derive.prove.field import OutsideClass
from derive.prove.mistakes import mistake
from derive.prove.points import domain_of, points
from derive.prove.prover import check
from derive.prove.verdict import Disagreement, Proved

POINTS = 90
CANDIDATES = 4000
ATTEMPTS = 8
MATERIALS = 24


@dataclass(frozen=True)
class Suggestion:
    """A proved formula, the part in which it differs from the refuted one, and the mistake."""

    mistake: str
    before: Basic
    after: Basic
    formula: Expr


def suggest(claim: Claim) -> Suggestion | None:
    """The smallest change of a refuted formula that makes it proved, if one is found."""
    try:
        derived = claim.derived
        sieve = _Sieve(claim, derived)
    except OutsideClass:
        return None
    words = vocabulary(claim)
    ordinary = chain(edits(claim.written, words), _everywhere(claim.written, words))
    for candidates in (ordinary, _with_material(claim, derived)):
        fitting = [edit for edit in islice(candidates, CANDIDATES) if sieve.passes(edit)]
        for edit in sorted(fitting, key=_size)[:ATTEMPTS]:
            formula = _applied(edit, claim.written, words)
            if formula is not None and _is_proved(replace(claim, written=formula)):
                return Suggestion(mistake(edit.operator), edit.before, edit.after, formula)
    return None


def vocabulary(claim: Claim) -> Vocabulary:
    """What a formula that makes this claim may speak of."""
    loss = claim.loss
    inputs = (*loss.inputs, *([direction] if claim.kind == "hvp" else []))
    inputs += (identity,) if loss.square else ()
    axes = frozenset({SLICE, ENTRY})
    if claim.kind == "value" or not isinstance(claim.wrt, Element):
        axes = axes_of(loss.value)
    return Vocabulary(inputs, (*loss.parameters, *claim.free), axes, loss.kind == "slices")


def _applied(edit: Edit, formula: Expr, words: Vocabulary) -> Expr | None:
    if edit.path != _EVERYWHERE:
        return edit.of(formula, words)
    changed = _exchanged(formula, edit.before, edit.after)
    return changed if is_well_formed(changed, words) else None


def _is_proved(claim: Claim) -> bool:
    try:
        return isinstance(check(claim), Proved)
    except Disagreement:
        return False


def _size(edit: Edit) -> tuple[int, int]:
    """How much is changed: what comes or goes, then how large a part is concerned."""
    before, after = edit.before.count_ops(), edit.after.count_ops()
    return abs(after - before), after + before


class _Sieve:
    """A few exact points at which changes are compared with the derived formula."""

    def __init__(self, claim: Claim, derived: Expr) -> None:
        self._written = claim.written
        self._contexts: dict[Any, Expr | None] = {}
        self._known: list[tuple[Point, arb]] = []
        domain = domain_of(
            claim.loss, claim.written, derived, assuming=claim.assuming, free=claim.free
        )
        shapes = domain.shapes()
        for shape in shapes:
            for point in points(domain, shape, POINTS // len(shapes)):
                for index in point.indices()[:2]:
                    here = point.at(index)
                    value = _value(derived, here, None)
                    if value is not None:
                        self._known.append((here, value))
        self._known.reverse()  # the larger shapes tell more

    def passes(self, edit: Edit) -> bool:
        """Whether the formula so changed agrees with the derived one wherever both are known."""
        context = self._context(edit)
        if context is None:
            return False
        hole = edit.after if context.has(HOLE) else None
        agreements = 0
        for position, (point, derived) in enumerate(self._known):
            value = _value(context, point, hole)
            if value is None:
                continue
            if not value.overlaps(derived):
                # What refuted one change is likely to refute the next.
                self._known.insert(0, self._known.pop(position))
                return False
            agreements += 1
        return 2 * agreements > len(self._known)

    def _context(self, edit: Edit) -> Expr | None:
        """The formula with a hole where the change is; rebuilding it each time would be slow."""
        if not isinstance(edit.before, Expr) or isinstance(edit.before, ExprCondPair):
            return replaced(self._written, edit.path, edit.after)
        place = (edit.path, edit.before)
        if place not in self._contexts:
            self._contexts[place] = (
                _exchanged(self._written, edit.before, HOLE)
                if edit.path == _EVERYWHERE
                else replaced(self._written, edit.path, HOLE)
            )
        return self._contexts[place]


def _value(formula: Expr, point: Point, hole: Expr | None) -> arb | None:
    try:
        value = evaluate(formula, point, hole=hole)
    except (OnBoundary, ZeroDivisionError, ValueError, OutsideClass):
        return None
    return value if value.is_finite() else None


# Candidates ------------------------------------------------------------------------------------

_EVERYWHERE: Path = (-1,)  # no way to one place: the change is made wherever the part occurs


def _everywhere(formula: Expr, words: Vocabulary) -> Iterator[Edit]:
    """Changes of parts that occur more than once, at every place alike."""
    counts: dict[Basic, int] = {}
    for _, part in parts(formula):
        counts[part] = counts.get(part, 0) + 1
    for part, count in counts.items():
        if count > 1 and isinstance(part, Expr) and not part.is_number:
            for edit in edits(part, words):
                if not edit.path:
                    yield replace(edit, path=_EVERYWHERE)


def _exchanged(formula: Any, part: Basic, new: Basic) -> Any:
    if formula == part:
        return new
    if not formula.args or not formula.has(part):
        return formula
    try:
        return rebuilt(formula, [_exchanged(argument, part, new) for argument in formula.args])
    except (TypeError, ValueError):
        return None


def _with_material(claim: Claim, derived: Expr) -> Iterator[Edit]:
    """Changes that bring in a factor, a divisor, a term or another part, the simplest first."""
    for condition in _conditions(derived):
        within = Piecewise((claim.written, condition), (0, True), evaluate=False)
        yield Edit("missing branch", (), claim.written, within)
    places = [(path, part) for path, part in parts(claim.written) if _is_quantity(part)]
    for new in _material(claim, derived):
        for path, part in places:
            yield Edit("added factor", path, part, Mul(part, new))
            if new != 0:
                yield Edit("added divisor", path, part, Mul(part, new**-1))
            yield Edit("added term", path, part, Add(part, new))
            yield Edit("added term", path, part, Add(part, -new))
            yield Edit("another part", path, part, new)


def _material(claim: Claim, derived: Expr) -> list[Expr]:
    """Parts of the formulas at hand, the simplest first, that may have been forgotten."""
    sources = (claim.loss.value, derived, claim.written)
    found = {part for source in sources for _, part in parts(source) if _is_quantity(part)}
    found.add(S.One)
    if claim.loss.kind == "slices":
        found |= {size(), *map(Sum, claim.loss.inputs)}
    simple = [part for part in found if not part.atoms(Piecewise)]
    return sorted(simple, key=lambda e: (e.count_ops(), str(e)))[:MATERIALS]


def _conditions(derived: Expr) -> Iterator[Basic]:
    """The conditions that a formula distinguishes, one by one and in pairs."""
    found = sorted(as_cases(derived).atoms(Relational), key=lambda c: (c.count_ops(), str(c)))
    alternatives = [*found, *(condition.negated for condition in found)]
    yield from alternatives
    yield from (And(one, other) for one, other in combinations(alternatives, 2))


def _is_quantity(part: Any) -> bool:
    return isinstance(part, Expr) and not isinstance(part, ExprCondPair)
