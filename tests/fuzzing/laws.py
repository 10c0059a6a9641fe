"""What must hold of every verdict and of every normal form, at exact points."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from sympy import (
    Expr,
)

from derive.language import direction
from derive.prove.cases import explore
from derive.prove.claim import Claim
from derive.prove.expression import expression_of, fraction_expression
from derive.prove.field import OutsideClass, Undefined
from derive.prove.points import domain_of
from derive.prove.prover import FAILED, _Prover, check
from derive.prove.region import Region
from derive.prove.setting import Setting
from derive.prove.sign import Sign
from derive.prove.verdict import Disagreement, Proved, Refuted, Unknown
from tests import meaning
from tests.fuzzing.claims import claim_of
from tests.fuzzing.expressions import FINER, NUMBERS, PATIENCE
from tests.meaning import Place, World


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
