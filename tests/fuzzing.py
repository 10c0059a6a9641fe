"""Random claims about random losses, and what must hold of every verdict on them.

    python -m tests.fuzzing --seconds 600 --seed 1

prints each failure, made as small as it goes, as a test to be pasted into ``test_attacks.py``.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy
from sympy import (
    Abs,
    Eq,
    Expr,
    FiniteSet,
    Ge,
    Gt,
    Integer,
    Interval,
    Le,
    Lt,
    Max,
    Min,
    Ne,
    Piecewise,
    Rational,
    exp,
    log,
    sqrt,
    tanh,
)

from derive.language import (
    ENTRY,
    SLICE,
    Parameter,
    Sum,
    Tensor,
    identity,
    nonnegative,
    positive,
    pred,
    real,
    size,
    target,
    unit,
)
from derive.loss import Loss, SpecError, direction
from derive.prove.cases import explore
from derive.prove.claim import Claim, derive
from derive.prove.expression import expression_of, fraction_expression
from derive.prove.field import OutsideClass, Undefined
from derive.prove.points import domain_of
from derive.prove.prover import FAILED, _Prover, check
from derive.prove.region import Region
from derive.prove.setting import Setting
from derive.prove.sign import Sign
from derive.prove.verdict import Disagreement, Proved, Refuted, Unknown
from tests import meaning
from tests.meaning import Place, World

other = Tensor("extra")
delta = Parameter("delta", default=1, domain=positive)
shift = Parameter("bias", default=0, domain=real)
TENSORS = (pred, target, other)
PARAMETERS = (delta, shift)
NUMBERS = [Fraction(n, d) for n, d in ((0, 1), (1, 1), (-1, 1), (2, 1), (-2, 1), (1, 2), (-1, 2))]
FINER = [Fraction(3, 7), Fraction(-5, 3), Fraction(7, 4), Fraction(-1, 5), Fraction(3, 1)]
LINEAR = Loss(value=pred * target, gradient=target)
LARGEST = 32  # operations
PATIENCE = 6.0  # seconds for one verdict


def cases(*pairs: tuple[Any, Any]) -> Expr:
    """Cases as they are written, before SymPy has merged any."""
    return Piecewise(*pairs, evaluate=False)


# Expressions -----------------------------------------------------------------------------------


class Maker:
    """Random well-formed expressions; ``free`` are the axes along which one may vary."""

    def __init__(self, choose: random.Random, *, sums: bool, square: bool = False) -> None:
        self.choose, self.sums, self.square = choose, sums, square

    def atom(self, free: frozenset[str]) -> Expr:
        constant = Rational(self.choose.choice([-2, -1, 1, 2, 3]), self.choose.choice([1, 1, 2]))
        found: list[Expr] = [constant, delta, shift]
        if self.sums:
            found += [size(self.choose.choice([ENTRY, ENTRY, SLICE]))]
        if len(free) == 2:
            found += [pred, pred, pred, target, target, other] * 2
            found += [identity] * (2 if self.square else 0)
        return self.choose.choice(found)

    def expression(self, depth: int, free: frozenset[str]) -> Expr:
        if depth <= 0:
            return self.atom(free)
        if self.sums and (len(free) < 2 or self.choose.random() < 0.15):
            axis = ENTRY if ENTRY not in free or self.choose.random() < 0.8 else SLICE
            if self.choose.random() < 0.75:
                return Sum(self.expression(depth - 1, free | {axis}), axis)

        def part() -> Expr:
            return self.expression(depth - 1 - self.choose.choice([0, 0, 1]), free)

        makers: list[Callable[[], Expr]] = [
            *[lambda: part() + part()] * 4,
            *[lambda: part() - part()] * 2,
            *[lambda: part() * part()] * 4,
            *[lambda: part() ** 2] * 2,
            lambda: part() ** 3,
            lambda: part() / part(),
            lambda: part() / (1 + part() ** 2),
            lambda: exp(part() / self.choose.choice([1, 2, 3])),
            lambda: log(1 + part() ** 2),
            lambda: log(1 + exp(part())),
            lambda: log(part()),
            lambda: sqrt(part() ** 2 + 1),
            lambda: sqrt(part()),
            lambda: Abs(part()) ** Rational(self.choose.choice([1, 3, 5, 4]), 2),
            lambda: part() ** Rational(self.choose.choice([1, 2, 4, -1]), 3),
            lambda: delta ** part(),
            lambda: Abs(part()) ** delta,
            lambda: self.choose.choice([tanh, sympy.cosh, sympy.erf, sympy.atan])(part()),
            *[lambda: Max(part(), part())] * 2,
            lambda: Min(part(), part()),
            *[lambda: Abs(part())] * 2,
            lambda: sympy.sign(part()),
            *[lambda: cases((part(), self.condition(depth - 1, free)), (part(), True))] * 3,
            lambda: cases(
                (part(), self.condition(0, free)),
                (part(), self.condition(0, free)),
                (part(), True),
            ),
        ]
        return self.choose.choice(makers)()

    def condition(self, depth: int, free: frozenset[str]) -> Any:
        if depth > 0 and self.choose.random() < 0.3:
            parts = [self.condition(depth - 1, free) for _ in range(2)]
            joined = self.choose.choice([sympy.And, sympy.Or])(*parts, evaluate=False)
            return sympy.Not(joined) if self.choose.random() < 0.2 else joined
        relation = self.choose.choice([Gt, Ge, Lt, Le, Gt, Ge, Lt, Le, Eq, Ne])
        left = self.expression(self.choose.choice([0, 0, 1]), free)
        return relation(left, self.choose.choice([Integer(0), self.atom(free), self.atom(free)]))


FREE = frozenset({ENTRY, SLICE})


def usable(*formulas: Expr) -> bool:
    bad = (sympy.nan, sympy.zoo, sympy.oo, -sympy.oo, sympy.I)
    return all(
        isinstance(f, Expr) and not f.has(*bad) and f.count_ops() <= LARGEST for f in formulas
    )


# Rewriting -------------------------------------------------------------------------------------


def rebuilt(e: Any, arguments: list[Any]) -> Any:
    """An expression with other arguments; cases stay as they are written."""
    if isinstance(e, Piecewise):
        return cases(*arguments)
    if isinstance(e, Sum):
        return Sum(arguments[0], e.axis)
    return e.func(*arguments)


def subterms(e: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Every part of an expression that can be exchanged, with the way to it."""
    yield path, e
    arguments = e.args[:1] if isinstance(e, Sum) else e.args
    for position, argument in enumerate(arguments):
        yield from subterms(argument, (*path, position))


def exchanged(e: Any, path: tuple[int, ...], part: Any) -> Any:
    if not path:
        return part
    arguments = list(e.args)
    arguments[path[0]] = exchanged(arguments[path[0]], path[1:], part)
    return rebuilt(e, arguments)


def equivalent(e: Expr, choose: random.Random, atom: Expr) -> Expr | None:
    """The same quantity in another form, by an identity that holds wherever it is defined."""
    forms: list[Callable[[], Expr]] = [
        lambda: e.expand(deep=False),
        lambda: cases((e, atom > 0), (e, True)),
        lambda: cases((e, Ne(atom, 0)), (e, True)),
        lambda: Max(e, atom) + Min(e, atom) - atom,
        lambda: e * (sympy.cosh(atom) ** 2 - sympy.sinh(atom) ** 2),
        lambda: (e + atom**2 * e) / (1 + atom**2),
        lambda: log(exp(atom) + 1) - log(exp(-atom) + 1) + e - atom,
    ]
    if isinstance(e, Abs):
        (x,) = e.args
        forms += [lambda: Max(x, -x), lambda: cases((x, x > 0), (-x, True))] * 3
        forms += [lambda: x * sympy.sign(x), lambda: cases((-x, x <= 0), (x, True))] * 3
    if isinstance(e, Max):
        a, *rest = e.args
        b = rest[0] if len(rest) == 1 else Max(*rest)
        forms += [lambda: (a + b + Abs(a - b)) / 2, lambda: b + Max(a - b, 0)] * 3
        forms += [lambda: -Min(-a, -b), lambda: cases((b, b >= a), (a, True))] * 3
    if isinstance(e, sympy.sign):
        (x,) = e.args
        forms += [lambda: cases((1, x > 0), (-1, x < 0), (0, True))] * 3
        forms += [lambda: cases((0, Eq(x, 0)), (x / Abs(x), True))] * 3
    if isinstance(e, Piecewise) and len(e.args) == 2 and e.args[1][1] == sympy.true:
        (first, condition), (second, _) = e.args
        forms += [lambda: cases((second, sympy.Not(condition)), (first, True))] * 4
        forms += [lambda: second + cases((first - second, condition), (0, True))] * 2
    if isinstance(e, tanh):
        (x,) = e.args
        forms += [lambda: (exp(2 * x) - 1) / (exp(2 * x) + 1), lambda: 1 - 2 / (exp(2 * x) + 1)] * 4
    if isinstance(e, log):
        forms += [lambda: -log(1 / e.args[0])] * 2
    if isinstance(e, Sum):
        body, axis = e.body, e.axis
        forms += [lambda: Sum(body * exp(delta), axis) * exp(-delta)] * 2
        forms += [lambda: Sum(body + pred - Sum(pred, axis) / size(axis), axis)] * 2
        if body.expand(deep=False).is_Add:
            forms += [lambda: sympy.Add(*[Sum(x, axis) for x in body.expand(deep=False).args])] * 3
    return choose.choice(forms)()


def rewritten(e: Expr, choose: random.Random, times: int) -> Expr:
    for _ in range(times):
        parts = [(path, x) for path, x in subterms(e) if isinstance(x, Expr)]
        parts = [(path, x) for path, x in parts if not _is_exponent(e, path)]
        path, part = choose.choice(parts)
        atom = delta
        if len(_axes_there(e, path)) == 2:
            atom = choose.choice([pred, target, delta])
        new = exchanged(e, path, equivalent(part, choose, atom))
        if usable(new):
            e = new
    return e


def _is_exponent(e: Any, path: tuple[int, ...]) -> bool:
    for position in path:
        if isinstance(e, sympy.Pow) and position == 1:
            return True
        e = e.args[position]
    return False


def _axes_there(e: Any, path: tuple[int, ...]) -> frozenset[str]:
    """The axes along which a part may vary without the whole varying along more than it did."""
    axes = _varies(e)
    for position in path:
        if isinstance(e, Sum):
            axes |= {e.axis}
        e = e.args[position]
    return axes


def _varies(e: Expr) -> frozenset[str]:
    if not isinstance(e, Expr):
        return frozenset()
    return meaning.axes_of(e)


def disturbed(e: Expr, choose: random.Random) -> Expr:
    """The expression with one small thing changed."""
    parts = list(subterms(e))
    for path, part in choose.sample(parts, len(parts)):
        new: Any = None
        if isinstance(part, sympy.core.relational.Relational):
            new = choose.choice([Gt, Ge, Lt, Le, Eq, Ne])(*part.args)
        elif isinstance(part, Expr) and part.is_Rational:
            new = part + choose.choice([1, -1, Rational(1, 10**9), -2 * part])
        elif part in TENSORS:
            new = choose.choice([x for x in TENSORS if x != part])
        elif isinstance(part, Max | Min):
            new = (Min if isinstance(part, Max) else Max)(*part.args)
        elif isinstance(part, Abs):
            new = part.args[0]
        elif isinstance(part, Expr) and choose.random() < 0.2:
            new = part * (1 + Rational(1, 10**9))
        if new is None or new == part:
            continue
        changed = exchanged(e, path, new)
        if usable(changed):
            return changed
    return e + Rational(1, 10**9)


# Worlds ----------------------------------------------------------------------------------------


def worlds(claim: Claim, choose: random.Random, count: int) -> Iterator[World]:
    """Points of the domain: with many coincidences, and moved onto surfaces."""
    surfaces = list(meaning.switches(claim.loss.value, claim.written))
    tensors = [*claim.loss.inputs]
    if claim.kind == "hvp":
        tensors.append(direction)
    for _ in range(count):
        entries = choose.choice([1, 1, 2, 3])
        slices = choose.choice([1, 1, 2]) if not claim.loss.square else entries
        pool = choose.sample(NUMBERS, 3) + choose.sample(FINER, choose.choice([0, 1]))
        values = {
            q.name: choose.choice(
                [x for x in pool + NUMBERS if meaning.lies_in(q.domain, x)]
                or [Fraction(int(q.default.p), int(q.default.q))]
            )
            for q in claim.loss.parameters
        }
        pool += [x for v in values.values() for x in (v, -v)]

        def number(element: Any, pool: list[Fraction] = pool) -> Fraction:
            domain = claim.loss.domain(element)
            allowed = [x for x in pool if meaning.lies_in(domain, x)]
            return choose.choice(allowed or pool)

        rows = {
            x.name: tuple(tuple(number(x) for _ in range(entries)) for _ in range(slices))
            for x in tensors
        }
        world = World(rows, values)
        if surfaces and choose.random() < 0.6:
            place = choose.choice(world.places)
            moved = meaning.on_surface(choose.choice(surfaces), world, claim.wrt.name, place)
            world = moved or world
        if meaning.in_domain(claim, world):
            yield world


# What must hold --------------------------------------------------------------------------------


class Slow(BaseException):
    """A verdict that takes too long; no handler for ordinary exceptions must swallow it."""


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise Slow

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def judged(claim: Claim, seed: int, count: int = 40) -> tuple[str, str]:
    """The kind of verdict, and how it is wrong; empty if it is right as far as can be seen."""
    choose = random.Random(seed)
    try:
        with patience(PATIENCE):
            verdict = check(claim)
    except Slow:
        return "slow", ""
    except Disagreement as error:
        return "disagreement", f"the judges disagree: {error}"
    except Exception as error:
        return "crash", f"{type(error).__name__}: {error}"
    if isinstance(verdict, Refuted):
        world, place = meaning.world_of(verdict.witness)
        if not meaning.in_domain(claim, world):
            return "refuted", f"the witness {world} lies outside the domain"
        readings = [meaning.differs(claim, world, place, beyond=b) for b in (True, False)]
        if not any(readings) and not _out_of_reach(claim, world, place):
            return "refuted", f"nothing is wrong at {world}, {place}"
        return "refuted", ""
    if isinstance(verdict, Unknown):
        failed = verdict.reason.startswith(FAILED)
        return ("crash", verdict.reason) if failed else ("unknown", "")
    assert isinstance(verdict, Proved)
    for world in worlds(claim, choose, count):
        place = choose.choice(world.places)
        wrong = meaning.differs(claim, world, place)
        if wrong and all(meaning.holds(text, claim, world, place) for text in verdict.assuming):
            return "proved", f"{wrong} at {world}, {place}, assuming {verdict.assuming}"
    return "proved", ""


def _out_of_reach(claim: Claim, world: World, place: Place) -> bool:
    """Whether this arithmetic has no opinion at a point."""
    try:
        meaning.legal(claim, world, place)
    except meaning.Undefined:
        return True
    return False


def misread(expression: Expr, seed: int, count: int = 25) -> tuple[str, str]:
    """How the normal forms of an expression are not its value, or its regions not its domain."""
    claim = claim_of(expression, expression)
    if claim is None:
        return "skipped", ""
    setting = Setting(domain_of(claim.loss, expression))

    def normal(region: Region) -> Any:
        form = setting.form(region)
        try:
            return fraction_expression(setting.field, form(expression)), list(
                form.conditions.values()
            )
        except Undefined:
            return None, []

    try:
        with patience(PATIENCE):
            found = setting.restarting(lambda: explore(normal, setting.start(), lambda _: True))
    except Slow:
        return "slow", ""
    except OutsideClass:
        return "unknown", ""
    except Exception as error:
        return "crash", f"{type(error).__name__}: {error}"
    choose = random.Random(seed)
    for world in worlds(claim, choose, count):
        place = choose.choice(world.places)
        wrong = _misread_at(expression, setting, found.regions, world, place)
        if wrong:
            return "form", f"{wrong} at {world}, {place}"
    return "form", ""


def _misread_at(e: Expr, setting: Setting, regions: Any, world: World, place: Place) -> str:
    try:
        here = [r for r in regions if _inside(setting, r[0], world, place)]
    except meaning.Undefined:
        return ""
    if len(here) != 1:
        return f"lies in {len(here)} regions"
    _, (normal, conditions) = here[0]
    try:
        exact = meaning._real(meaning.value(e, world, place))
    except meaning.Undefined:
        exact = None
    if normal is None:
        return ""  # excluded, and reported as such
    for condition in conditions:
        places = world.places if condition.region.bound else [place]
        try:
            signs = [meaning.sign(meaning.value(condition.source, world, at)) for at in places]
        except meaning.Undefined:
            return ""
        if not all(condition.sign & _SIGN[s] for s in signs):
            return ""
    if exact is None:
        return "undefined, and no condition says so"
    try:
        value = meaning._real(meaning.value(normal, world, place))
    except meaning.Undefined:
        return ""  # a quotient of roots that vanish together
    close = abs(value - exact) <= meaning.mp.mpf(10) ** -30 * (1 + abs(exact))
    return "" if close else f"{normal} has another value"


_SIGN = {-1: Sign.NEGATIVE, 0: Sign.ZERO, 1: Sign.POSITIVE}


def _inside(setting: Setting, region: Region, world: World, place: Place) -> bool:
    return all(
        _SIGN[_sign_at(setting, fact.polynomial, world, place)] & fact.sign for fact in region.local
    )


def _sign_at(setting: Setting, polynomial: Any, world: World, place: Place) -> int:
    return meaning.sign(meaning.value(expression_of(setting.field, polynomial), world, place))


def uncovered(claim: Claim, choose: random.Random, count: int = 60) -> tuple[str, int]:
    """A point of the domain that lies in no region, or in two; and how many were examined."""
    prover = _Prover(claim)
    setting = prover.setting
    found = setting.restarting(
        lambda: explore(prover._difference, setting.start(), prover._is_fixed)
    )
    examined = 0
    for world in worlds(claim, choose, count):
        for place in world.places:
            try:
                regions = sum(_inside(setting, r, world, place) for r, _ in found.regions)
                surfaces = sum(
                    _inside(setting, divided, world, place)
                    and _sign_at(setting, surface, world, place) == 0
                    for surface, divided in found.surfaces
                )
            except meaning.Undefined:
                continue
            examined += 1
            if regions != (0 if surfaces else 1):
                return f"{regions} regions, {surfaces} surfaces at {world}, {place}", examined
    return "", examined


# Claims ----------------------------------------------------------------------------------------

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


# Making failures small -------------------------------------------------------------------------


def smaller(e: Any) -> Iterator[Any]:
    """Simpler expressions in the place of one, the simplest first."""
    for path, part in subterms(e):
        if isinstance(part, Piecewise):
            simpler = [value for value, _ in part.args]
        elif isinstance(part, Expr):
            simpler = [x for x in (Integer(0), Integer(1), pred, *part.args) if isinstance(x, Expr)]
        elif isinstance(part, sympy.logic.boolalg.Boolean):
            parts = [x for x in part.args if not isinstance(x, Expr)]
            simpler = [sympy.true, sympy.false, *parts]
        else:
            continue
        for new in simpler:
            if new != part:
                with suppress(TypeError, ValueError, AttributeError):
                    yield exchanged(e, path, new)


def minimised(claim: Claim, kind: str, seed: int, seconds: float = 30) -> Claim:
    """A smaller claim on which the verdict is wrong in the same way."""
    end = time.monotonic() + seconds

    def fails(candidate: Claim | None) -> bool:
        if candidate is None:
            return False
        found, wrong = judged(candidate, seed, 80)
        return found == kind and bool(wrong)

    progress = True
    while progress and time.monotonic() < end:
        progress = False
        for candidate in _smaller_claims(claim):
            if time.monotonic() > end:
                break
            if _weight(candidate) < _weight(claim) and fails(candidate):
                claim, progress = candidate, True
                break
    return claim


def _weight(claim: Claim) -> tuple[int, int]:
    parts = [claim.written, claim.reference or claim.loss.value, *claim.loss.assuming]
    text = sum(len(str(p)) for p in parts) + 5 * len(claim.loss.domains)
    return sum(p.count_ops() for p in parts), text


def _smaller_claims(claim: Claim) -> Iterator[Claim]:
    loss = claim.loss
    for changes in ({"domains": {}}, {"assuming": ()}):
        yield from _rebuilt_claim(claim, **changes)
    if claim.reference is not None:
        for new in smaller(claim.written):
            yield from _rebuilt_claim(claim, written=new)
        for new in smaller(claim.reference):
            yield from _rebuilt_claim(claim, reference=new)
        return
    for new in smaller(loss.value):
        yield from _rebuilt_claim(claim, value=new)
    for new in smaller(claim.written):
        yield from _rebuilt_claim(claim, written=new)


def _rebuilt_claim(claim: Claim, **changes: Any) -> Iterator[Claim]:
    try:
        if "written" in changes or "reference" in changes:
            new = replace(claim, **changes)
            if usable(new.written, new.derived):
                yield new
        elif usable(loss := replace(claim.loss, **changes).value) and loss is not None:
            yield replace(claim, loss=replace(claim.loss, **changes))
    except (SpecError, OutsideClass, ValueError, TypeError, AttributeError):
        return


class _Code(sympy.printing.str.StrPrinter):
    def _print_Sum(self, e: Any) -> str:
        return f"Sum({self._print(e.body)}{', SLICE' if e.axis == SLICE else ''})"

    def _print_Piecewise(self, e: Any) -> str:
        return f"cases({', '.join(f'({self._print(v)}, {self._print(c)})' for v, c in e.args)})"

    def _print_Rational(self, e: Any) -> str:
        return f"Rational({e.p}, {e.q})"

    def _print_Size(self, e: Any) -> str:
        return "size()" if e == size(ENTRY) else "size(SLICE)"

    def _print_Relational(self, e: Any) -> str:
        name = {">": "Gt", ">=": "Ge", "<": "Lt", "<=": "Le", "==": "Eq", "!=": "Ne"}[e.rel_op]
        return f"{name}({self._print(e.lhs)}, {self._print(e.rhs)})"


def as_test(claim: Claim, kind: str, wrong: str) -> str:
    """A claim as a line of ``test_attacks.py``."""
    code = _Code().doprint
    extras = ""
    if claim.loss.domains:
        domains = ", ".join(f"{k}: {v}" for k, v in claim.loss.domains.items())
        extras += f", domains={{{domains}}}"
    if claim.loss.assuming:
        extras += f", assuming=[{', '.join(map(code, claim.loss.assuming))}]"
    if claim.reference is not None:
        call = f"form({code(claim.written)}, {code(claim.reference)}{extras})"
    else:
        wrt = "" if claim.wrt == pred else f", wrt={claim.wrt}"
        call = f"{claim.kind}({code(claim.loss.value)}, {code(claim.written)}{wrt}{extras})"
    return f'# {kind}: {wrong}\n"...": lambda: {call},'


# The command -----------------------------------------------------------------------------------


def campaign(seed: int, seconds: float, report: Callable[[str], None] = print) -> Counter[str]:
    """Attack until time is up; the number of verdicts of each kind."""
    end, counts, number = time.monotonic() + seconds, Counter[str](), 0
    while time.monotonic() < end:
        number += 1
        choose = random.Random(f"{seed}/{number}")
        job = choose.choice([random_form, random_derivative, random_derivative])
        try:
            with patience(PATIENCE):
                claim = job(choose)
        except (Slow, ValueError, TypeError, KeyError, AttributeError):
            continue  # SymPy does not build every expression
        if claim is None:
            continue
        kind, wrong = judged(claim, number)
        counts[f"{claim.kind} {kind}"] += 1
        if wrong:
            counts["FAILURES"] += 1
            small = minimised(claim, kind, number)
            report(
                f"{as_test(small, kind, judged(small, number, 80)[1] or wrong)}  # {seed}/{number}"
            )
        elif kind == "slow":
            report(f"{as_test(claim, kind, 'no verdict in time')}  # {seed}/{number}")
        if claim.kind == "form":
            reading, wrong = misread(claim.written, number)
            counts[f"normal {reading}"] += 1
            if wrong:
                counts["FAILURES"] += 1
                report(f"# misread {seed}/{number}: {_Code().doprint(claim.written)}: {wrong}")
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    counts = campaign(options.seed, options.seconds, lambda text: print(text, flush=True))
    print(dict(sorted(counts.items())))
    return 1 if counts["FAILURES"] else 0


if __name__ == "__main__":
    sys.exit(main())
