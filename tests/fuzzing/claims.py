"""Random claims: equal by construction, nearly equal, or with a planted bug."""

from __future__ import annotations

import random
from typing import Any

import sympy
from sympy import (
    Eq,
    Expr,
    FiniteSet,
    Ge,
    Gt,
    Integer,
    Interval,
    Le,
    Rational,
)

from derive.language import (
    SLICE,
    Sum,
    identity,
    nonnegative,
    positive,
    pred,
    target,
    unit,
)
from derive.loss import Loss
from derive.prove.claim import Claim, derive
from derive.prove.field import OutsideClass
from derive.well_formed import SpecError
from tests import meaning
from tests.fuzzing.expressions import (
    FREE,
    PARAMETERS,
    TENSORS,
    Maker,
    cases,
    delta,
    other,
    shift,
    usable,
)
from tests.fuzzing.rewriting import disturbed, rewritten

DOMAINS: list[dict[Any, Any]] = [
    *[{}] * 6,
    {pred: positive},
    {pred: nonnegative, target: nonnegative},
    {pred: unit, target: unit},
    {target: FiniteSet(-1, 1)},
    {target: FiniteSet(0, 1), pred: Interval.open(0, 1)},
    {pred: Interval(-1, Rational(3, 2))},
    {target: sympy.Union(Interval(-2, -1), Interval(1, 2))},
]


def claim_of(written: Expr, reference: Expr, domains: Any = None, facts: Any = ()) -> Claim | None:
    """The claim that two formulas are equal; none if it cannot be stated."""
    sums = bool(written.atoms(Sum) or reference.atoms(Sum))
    value = Sum(pred) if sums else pred
    if identity in written.free_symbols | reference.free_symbols:
        value = Sum(pred * identity)
    try:
        loss = Loss(
            value, 1, inputs=TENSORS, parameters=PARAMETERS, domains=domains or {}, assuming=facts
        )
    except SpecError:
        return None
    return Claim(loss, "form", pred, written, reference=reference)


def random_facts(choose: random.Random) -> tuple[Any, ...]:
    facts = [
        Ge(pred, target), Gt(pred, 0), Eq(Sum(target), 1), Le(Sum(pred), 1), Eq(target, other),
        Ge(delta, shift), Eq(target**2, 1), Gt(Sum(pred**2), 0), Eq(pred * target, 0),
        Le(pred + target, 2), Eq(shift, 0), Eq(shift, 1), Ge(Sum(pred * target), 0),
    ]  # fmt: skip
    return tuple(choose.sample(facts, choose.choice([1, 1, 2])))


def random_form(choose: random.Random) -> Claim | None:
    """Two formulas: equal by construction, nearly equal, or with nothing in common."""
    sums = choose.random() < 0.5
    maker = Maker(choose, sums=sums, square=sums and choose.random() < 0.2)
    reference = maker.expression(choose.choice([1, 2, 2, 3]), FREE)
    written = rewritten(reference, choose, choose.choice([1, 2, 3]))
    if choose.random() < 0.5:
        written = disturbed(written, choose)
    if choose.random() < 0.3:
        reference = rewritten(reference, choose, 1)
    if not usable(written, reference):
        return None
    facts = random_facts(choose) if choose.random() < 0.25 else ()
    if not sums:
        facts = tuple(f for f in facts if not f.atoms(Sum))
    return claim_of(written, reference, choose.choice(DOMAINS), facts)


def random_derivative(choose: random.Random) -> Claim | None:
    """A loss and its gradient, Hessian or product with it: right, or with a bug."""
    sums = choose.random() < 0.5
    maker = Maker(choose, sums=sums)
    free = frozenset({SLICE}) if sums else FREE
    value = maker.expression(choose.choice([2, 2, 3]), free)
    if sums and choose.random() < 0.7:
        value = Sum(maker.expression(choose.choice([1, 2]), FREE)) + value * choose.choice([0, 1])
    wrt = choose.choice([pred, pred, pred, target])
    kind: Any = choose.choice(["gradient"] * 6 + ["hvp" if sums else "hessian"])
    if wrt not in value.free_symbols or not usable(value) or (meaning.varies(value) and sums):
        return None
    facts = random_facts(choose) if choose.random() < 0.15 else ()
    if not sums:
        facts = tuple(f for f in facts if not f.atoms(Sum))
    domains = choose.choice(DOMAINS)
    try:
        loss = Loss(
            value, {wrt: Integer(1)}, inputs=TENSORS, parameters=PARAMETERS,
            domains=domains, assuming=facts,
        )  # fmt: skip
        derived = derive(loss, kind, wrt)
    except (SpecError, OutsideClass):
        return None
    written = rewritten(derived, choose, choose.choice([0, 1, 2]))
    bug = choose.random()
    surfaces = [s for s in meaning.switches(value) if wrt in s.free_symbols]
    if bug < 0.25:
        written = disturbed(written, choose)
    elif bug < 0.6 and surfaces:
        there = maker.atom(FREE) if choose.random() < 0.7 else maker.expression(1, FREE)
        surface = choose.choice(surfaces)
        if sums or not surface.atoms(Sum):
            written = cases((there, Eq(surface, 0)), (written, True))
    if not usable(written, derived):
        return None
    return Claim(loss, kind, wrt, written)
