"""Points at which a loss is not differentiable, or not twice, shown by limits from both sides."""

from __future__ import annotations

import mpmath
from sympy import Expr, S
from sympy.core.relational import Relational

from derive.language import as_cases, has_aggregate
from derive.loss import Loss
from derive.prove.balls import OnBoundary, Point, evaluate
from derive.prove.boundaries import Crossing, Crossings
from derive.prove.cases import explore
from derive.prove.claim import derive
from derive.prove.counterexamples import Labels, number, quotients
from derive.prove.expression import fraction_expression
from derive.prove.field import OutsideClass, Polynomial, Undefined
from derive.prove.points import domain_of, has_sign, points, with_value
from derive.prove.region import NeedSign
from derive.prove.setting import Setting
from derive.prove.sign import Sign
from derive.prove.verdict import Disagreement, Witness

_NAMES = {1: "slope", 2: "second derivative"}


def not_smooth(
    loss: Loss, order: int, facts: tuple[Relational, ...], excepted: tuple[Expr, ...]
) -> tuple[Witness, Labels] | None:
    """An exact point on a boundary where the limits of a derivative differ or one is infinite.

    Derivatives up to ``order`` are looked at; the last one only where no ``excepted`` expression
    is zero.
    """
    if has_aggregate(loss.value):
        return None
    x = loss.inputs[0]
    for lower in range(1, order + 1):
        derivative = as_cases(derive(loss, "gradient" if lower == 1 else "hessian", x))
        setting = Setting(domain_of(loss, assuming=facts))
        ignored = excepted if lower == order else ()
        try:
            found = setting.restarting(
                lambda s=setting, d=derivative, n=lower, e=ignored: _search(loss, s, d, n, e)  # type: ignore[misc]
            )
        except (OutsideClass, Undefined, NeedSign):
            return None
        if found is not None:
            return found, (f"{_NAMES[lower]} from below", "from above")
    return None


def _search(
    loss: Loss, setting: Setting, derivative: Expr, order: int, excepted: tuple[Expr, ...]
) -> Witness | None:
    x = loss.inputs[0]

    def is_fixed(switch: Polynomial) -> bool:
        return x not in setting.field.symbols(switch)

    found = explore(lambda region: setting.form(region)(derivative), setting.start(), is_fixed)
    for surface, divided in found.surfaces:
        for formula, inverse in ((derivative, False), (1 / derivative, True)):
            try:
                examined = Crossings(
                    formula,
                    formula,
                    x,
                    setting.exponents,
                    lambda region: setting.sample(region) is not None,
                )
                met = examined.on(surface, divided)
            except Undefined:
                continue
            for crossing in met:
                witness = _at(loss, setting, crossing, order, excepted, inverse)
                if witness is not None:
                    return witness
    return None


def _at(
    loss: Loss,
    setting: Setting,
    crossing: Crossing,
    order: int,
    excepted: tuple[Expr, ...],
    inverse: bool,
) -> Witness | None:
    """A witness on one stratum: limits that differ, or limits of the inverse that are zero."""
    if crossing.outcome == "singular" or len(crossing.limits) != 2:
        return None
    point = setting.sample(crossing.region)
    if point is None or not all(has_sign(e, Sign.NONZERO, point) for e in excepted):
        return None
    sides = [crossing.limits[side] for side in (Sign.NEGATIVE, Sign.POSITIVE)]
    if inverse:
        if not any(limit.is_zero for limit in sides):
            return None
        return _unbounded(loss, order, point)
    limits = [fraction_expression(setting.field, limit) for limit in sides]
    try:
        balls = [evaluate(limit, point, strict=False) for limit in limits]
        below, above = quotients(loss, order, point)
    except (OnBoundary, OutsideClass):
        return None
    if balls[0].overlaps(balls[1]):
        return None
    numbers = sorted(mpmath.mpf(ball.mid().str(30, radius=False)) for ball in balls)
    for ours, theirs in zip(numbers, sorted((below, above)), strict=True):
        if abs(ours - theirs) > mpmath.mpf(10) ** -6 * (1 + abs(ours)):
            raise Disagreement(f"limits {numbers} and quotients {below}, {above} at {point}")
    steeper = below > above
    low, high = sorted(balls, key=lambda ball: float(ball.mid()), reverse=steeper)
    return _witness(point, str(low.str(8)), str(high.str(8)))


def _unbounded(loss: Loss, order: int, point: Point) -> Witness | None:
    """The derivative tends to infinity: its difference quotients are already large."""
    try:
        below, above = quotients(loss, order, point)
    except (OnBoundary, OutsideClass):
        return None
    if max(abs(below), abs(above)) < 10**6:
        return None
    return _witness(point, mpmath.nstr(below, 8), f"{mpmath.nstr(above, 8)}, without bound")


def rising_at_zero(phi: Loss) -> tuple[Witness, Labels] | None:
    """A point that shows the slope at 0 of a convex function not to be negative.

    The slope is at least that of the chord from below.
    """
    domain = domain_of(phi)
    for point in points(domain, (1, 1), 40):
        here = with_value(point, phi.inputs[0], S.Zero)
        before = with_value(point, phi.inputs[0], S.NegativeOne)
        try:
            low, high = (evaluate(phi.value, p, strict=False) for p in (before, here))
            confirmed = number(phi.value, here) >= number(phi.value, before)
        except (OnBoundary, OutsideClass):
            continue
        if high >= low and confirmed:
            return _witness(here, str(low.str(8)), str(high.str(8))), ("loss at -1", "loss at 0")
    return None


def _witness(point: Point, below: str, above: str) -> Witness:
    return Witness(
        {"slices": point.slices, "entries": point.entries},
        dict(point.tensors),
        dict(point.parameters),
        0,
        below,
        above,
        "one-sided difference quotients in mpmath",
    )
