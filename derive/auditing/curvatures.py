"""Hessians that are handed to optimisers for the exact one: scaled, floored, larger, simpler."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from sympy import Expr, Ge, Gt, Le, Lt, Max, Mul, Piecewise, S, exp
from sympy.core.relational import Relational

from derive.auditing.arguments import Weight
from derive.auditing.claims import Question
from derive.auditing.names import CONVENTIONS
from derive.formulas import text_line
from derive.language import ENTRY, Parameter, has_aggregate, size
from derive.prove.claim import Claim, derive
from derive.prove.inequality import signed
from derive.prove.points import domain_of
from derive.prove.prover import check
from derive.prove.sign import Sign
from derive.prove.verdict import Proved, Unknown, Verdict


@dataclass(frozen=True)
class Curvature:
    """What a Hessian is in place of the exact one: the questions that show it, if there are any.

    ``is_bound`` says that it is not equal to anything, but nowhere smaller.
    """

    questions: Callable[[Question], Iterator[Question]]
    is_bound: bool = False


# Multiples ---------------------------------------------------------------------------------------


def _twice(question: Question) -> Iterator[Question]:
    yield replace(question, written=question.output / 2)


def _of_classes(question: Question) -> Iterator[Question]:
    """LightGBM's factor for softmax, K/(K-1), which has no value for one class."""
    classes = size(ENTRY)
    if classes in question.output.free_symbols:
        yield replace(
            question,
            written=question.output * (classes - 1) / classes,
            conditions=(*question.conditions, f"{classes} ≠ 1"),
        )


# Floors ------------------------------------------------------------------------------------------


def _floored(question: Question) -> Iterator[Question]:
    found = without_floor(question.output)
    if found is not None:
        exact, floor = found
        said = f"the floor is {text_line(floor)}"
        yield replace(question, written=exact, said=(*question.said, said))


def without_floor(hessian: Expr) -> tuple[Expr, Expr] | None:
    """``h`` and ``e`` where an expression is a multiple of the larger of ``h`` and ``e > 0``."""
    if isinstance(hessian, Max | Piecewise):
        return _larger_of(hessian)
    if isinstance(hessian, Mul):
        for factor in hessian.args:
            found = without_floor(factor) if isinstance(factor, Max | Piecewise) else None
            if found is not None:
                rest = Mul(*[f for f in hessian.args if f is not factor])
                return rest * found[0], found[1]
    return None


def _larger_of(expression: Expr) -> tuple[Expr, Expr] | None:
    if isinstance(expression, Max):
        floors = [part for part in expression.args if _is_floor(part)]
        others = [part for part in expression.args if not _is_floor(part)]
        return (Max(*others), floors[0]) if len(floors) == 1 and others else None
    pairs = expression.args
    if len(pairs) != 2:
        return None
    (one, condition), (other, _) = pairs
    for exact, floor, first in ((one, other, True), (other, one, False)):
        if _is_floor(floor) and _says_larger(condition, exact, floor, first=first):
            return exact, floor
    return None


def _is_floor(part: Expr) -> bool:
    return bool(part.is_positive) and (part.is_number or isinstance(part, Parameter))


def _says_larger(condition: Expr, exact: Expr, floor: Expr, *, first: bool) -> bool:
    """Whether a condition is that of the first case, in which the larger one is taken."""
    if not isinstance(condition, Relational):
        return False
    larger: tuple[type[Relational], ...] = (Ge, Gt) if first else (Le, Lt)
    smaller: tuple[type[Relational], ...] = (Le, Lt) if first else (Ge, Gt)
    gap = condition.lhs - condition.rhs
    return (isinstance(condition, larger) and gap == exact - floor) or (
        isinstance(condition, smaller) and gap == floor - exact
    )


# Bounds ------------------------------------------------------------------------------------------


def _majorising(question: Question) -> Iterator[Question]:
    if not has_aggregate(question.loss.value):
        yield replace(_minimised(question), kind="curvature")


def _upper(question: Question) -> Iterator[Question]:
    yield replace(_minimised(question), judge=is_nowhere_below)


def _minimised(question: Question) -> Question:
    """The same of a loss that is minimised, for which alone an upper bound means anything."""
    if not question.maximised:
        return question
    loss = replace(question.loss.bare, value=-question.loss.value, kinks=())
    return replace(question, loss=loss, written=-question.output, maximised=False)


def is_nowhere_below(claim: Claim) -> Verdict:
    """Prove that what is written is at least what is derived, everywhere; else ``Unknown``."""
    try:
        gap = claim.written - claim.derived
        domain = domain_of(
            claim.loss, claim.written, claim.derived, assuming=claim.assuming, free=claim.free
        )
        verdict = signed(gap, Sign.NONNEGATIVE, domain)
    except Exception as problem:
        return Unknown(f"it was not shown to be nowhere smaller: {problem}")
    return verdict if isinstance(verdict, Proved) else Unknown(NOT_SHOWN)


NOT_SHOWN = "it is smaller than the exact one at no point that was tried; no proof was found"


# Gauss and Newton, Fisher ------------------------------------------------------------------------

_LINKS: Mapping[str, Callable[[Expr], Expr]] = {
    "logistic": lambda x: 1 / (1 + exp(-x)),
    "exponential": exp,
}


def _gauss_newton(question: Question) -> Iterator[Question]:
    """With ``L(x) = l(p(x))``, ``l''(p) p'**2``, which is ``L'' - L' p'' / p'``."""
    loss, wrt = question.loss, question.wrt
    if has_aggregate(loss.value):
        return
    slope, bend = derive(loss, "gradient", wrt), derive(loss, "hessian", wrt)
    for name, link in _LINKS.items():
        first = link(wrt).diff(wrt)
        reference = bend - slope * first.diff(wrt) / first
        said = (*question.said, f"through the {name} function")
        yield replace(question, kind="form", reference=reference, said=said)


def _expected(question: Question) -> Iterator[Question]:
    """The exact one at the target that is expected, in which it must be affine."""
    loss, wrt = question.loss, question.wrt
    others = [x for x in loss.inputs if x != wrt and not isinstance(x, Weight)]
    if has_aggregate(loss.value) or len(others) != 1:
        return
    (target,) = others
    slope, bend = derive(loss, "gradient", wrt), derive(loss, "hessian", wrt)
    for name, link in _LINKS.items():
        mean = {target: link(wrt)}
        zero = [slope.xreplace(mean), bend.diff(target, 2)]
        needs = tuple(Claim(loss, "form", wrt, part, (), S.Zero) for part in zero)
        yield replace(
            question,
            kind="form",
            reference=bend.xreplace(mean),
            judge=partial(_after, needs),
            said=(*question.said, f"the mean is the {name} function of {wrt}"),
        )


def _after(conditions: tuple[Claim, ...], claim: Claim) -> Verdict:
    for condition in conditions:
        if not isinstance(check(condition), Proved):
            return Unknown("the gradient is not zero, or the Hessian not affine, at the mean")
    return check(claim)


CURVATURES: Mapping[str, Curvature] = {
    "floored-hessian": Curvature(_floored),
    "twice-hessian": Curvature(_twice),
    "classes-hessian": Curvature(_of_classes),
    "gauss-newton-hessian": Curvature(_gauss_newton),
    "expected-hessian": Curvature(_expected),
    "majorising-hessian": Curvature(_majorising, is_bound=True),
    "upper-hessian": Curvature(_upper, is_bound=True),
}

COMBINATIONS: tuple[tuple[str, ...], ...] = (
    (),
    *((name,) for name, curvature in CURVATURES.items() if not curvature.is_bound),
    ("floored-hessian", "twice-hessian"),
    ("floored-hessian", "classes-hessian"),
    ("floored-hessian", "gauss-newton-hessian"),
    ("floored-hessian", "expected-hessian"),
    *((name,) for name, curvature in CURVATURES.items() if curvature.is_bound),
)
"""What is tried of a Hessian, in this order."""


def is_bound(names: tuple[str, ...]) -> bool:
    """Whether a Hessian of these kinds is a bound and no formula."""
    return any(CURVATURES[name].is_bound for name in names)


def is_quick(question: Question, names: tuple[str, ...]) -> bool:
    """Whether it takes little time to see that a Hessian is not of these kinds."""
    return "majorising-hessian" not in names or question.wrt not in question.output.free_symbols


def by_curvatures(question: Question, names: tuple[str, ...]) -> Iterator[Question]:
    """The questions that show a Hessian to be of these kinds at once."""
    if not names:
        yield question
        return
    first, *rest = names
    said = (*question.said, f"with convention: {CONVENTIONS[first]}")
    for changed in CURVATURES[first].questions(replace(question, said=said)):
        yield from by_curvatures(changed, tuple(rest))
