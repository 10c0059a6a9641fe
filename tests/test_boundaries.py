"""Values written where a derivative jumps: where surfaces meet, at norms, at edges."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import pytest
from piecewise_linear import Function, points, random_function
from sympy import (
    Abs,
    Eq,
    Expr,
    Ge,
    Interval,
    Max,
    Min,
    Ne,
    Piecewise,
    Rational,
    Union,
    exp,
    sign,
    sqrt,
    sympify,
)

from derive.language import (
    Parameter,
    Sum,
    Tensor,
    cases,
    direction,
    nonnegative,
    positive,
    pred,
    size,
    target,
    unit,
)
from derive.loss import Loss
from derive.prove.claim import Claim, Kind
from derive.prove.continuity import discontinuity
from derive.prove.field import OutsideClass
from derive.prove.prover import check
from derive.prove.verdict import Proved, Refuted, Unknown, Verdict

p, t, n = pred, target, size()
a, b, c, d, e = (Tensor(name) for name in "abcde")
delta = Parameter("delta", default=1, domain=positive)
half = Rational(1, 2)
CORNER = Eq(p, 0) & Eq(t, 0)


def verdict(kind: Kind, value: Any, written: Any, **facts: Any) -> Verdict:
    """The verdict on a derivative written for a value."""
    symbols = sympify(value).free_symbols | sympify(written).free_symbols
    facts.setdefault("inputs", [p, t, *(s for s in (a, b, c, d, e) if s in symbols)])
    facts.setdefault("parameters", [delta] if delta in symbols else [])
    stated = {kind: written} if kind == "gradient" else {kind: written, "gradient": 1}
    loss = Loss(value=sympify(value), **stated, **facts)
    return check(Claim(loss, kind, p, sympify(written)))


def at_corner(value: Any, elsewhere: Expr) -> Piecewise:
    return cases((value, CORNER), (elsewhere, True))


largest = p > Max(t, 0)
two_kinks = sign(p) + sign(p - t)
median = (p > Min(t, a)) & (p < Max(t, a))
inside = (p > 0) & (p < t)
kinks_of_slices = Sum(Abs(p) + Abs(p - t))

MEETING = {
    "maximum of three: below": (Max(p, t, 0), cases((1, largest), (0, True)), True),
    "maximum of three: above": (Max(p, t, 0), cases((1, p >= Max(t, 0)), (0, True)), True),
    "maximum of three: beyond": (
        Max(p, t, 0),
        cases((1, largest), (0, p < Max(t, 0)), (2, True)),
        False,
    ),
    "two absolute values": (Abs(p) + Abs(p - t), two_kinks, True),
    "two absolute values: more at the corner": (
        Abs(p) + Abs(p - t),
        at_corner(Rational(3, 2), two_kinks),
        True,
    ),
    "two absolute values: too much at the corner": (
        Abs(p) + Abs(p - t),
        at_corner(Rational(5, 2), two_kinks),
        False,
    ),
    "two absolute values: the corner's value on an edge": (
        Abs(p) + Abs(p - t),
        cases((Rational(5, 2), Eq(p, 0) & (t < 0)), (two_kinks, True)),
        False,
    ),
    "opposite absolute values": (Abs(p) - Abs(p - t), sign(p) - sign(p - t), True),
    "opposite absolute values: kinks that cancel": (
        Abs(p) - Abs(p - t),
        at_corner(half, sign(p) - sign(p - t)),
        False,
    ),
    "clamped between zero and the target": (Max(Min(p, t), 0), cases((1, inside), (0, True)), True),
    "clamped: steep where it is flat": (
        Max(Min(p, t), 0),
        at_corner(1, cases((1, inside), (0, True))),
        False,
    ),
    "median": (Max(Min(p, t), Min(Max(p, t), a)), cases((1, median), (0, True)), True),
    "median: minus one where all are equal": (
        Max(Min(p, t), Min(Max(p, t), a)),
        cases((1, median), (-1, Eq(p, t) & Eq(p, a)), (0, True)),
        False,
    ),
    "a kink in a kink": (Abs(Abs(p) - Abs(t)), sign(p) * sign(Abs(p) - Abs(t)), True),
    "a kink in a kink: outside": (
        Abs(Abs(p) - Abs(t)),
        at_corner(2, sign(p) * sign(Abs(p) - Abs(t))),
        False,
    ),
    "a surface that turns back": (Max(p**2 - t, 0), cases((2 * p, p**2 > t), (0, True)), True),
    "a surface that turns back: at its turn": (
        Max(p**2 - t, 0),
        at_corner(1, cases((2 * p, p**2 > t), (0, True))),
        False,
    ),
    "in a slice": (kinks_of_slices, two_kinks, True),
    "in a slice: too much": (kinks_of_slices, at_corner(3, two_kinks), False),
    "in a narrow wedge": (
        Max(p - t - 1, Abs(1 + t - 2 * p)),
        cases(
            (2 * sign(2 * p - t - 1), Abs(1 + t - 2 * p) > p - t - 1),
            (1, Abs(1 + t - 2 * p) < p - t - 1),
            (sign(2 * p - t - 1) + half, True),
        ),
        True,
    ),
    "cases of cases": (Abs(cases((p, p > 0), (2 * p, True))), cases((1, p > 0), (-2, True)), True),
    "cases of cases: outside": (
        Abs(cases((p, p > 0), (2 * p, True))),
        cases((1, p > 0), (-2, p < 0), (-3, True)),
        False,
    ),
}


def expect(found: Verdict, right: bool) -> None:
    """Proved without conditions, or refuted by a witness."""
    assert isinstance(found, Proved if right else Refuted), found
    if isinstance(found, Proved):
        assert not found.assuming


@pytest.mark.parametrize("name", MEETING)
def test_where_boundaries_meet(name: str) -> None:
    value, written, right = MEETING[name]
    expect(verdict("gradient", value, written), right)


@pytest.mark.parametrize("name", MEETING)
def test_a_loss_is_continuous_where_its_boundaries_meet(name: str) -> None:
    loss = Loss(value=MEETING[name][0], gradient=1, inputs=[p, t, a])
    assert discontinuity(loss) is None


WHOLE = Sum(Abs(p)) - 1


@pytest.mark.parametrize("at_zero", [0, half, 3])
def test_a_surface_of_the_slice_that_meets_one_of_an_element_is_left_open(at_zero: Expr) -> None:
    slope = cases((1, p > 0), (-1, p < 0), (at_zero, True))
    found = verdict("gradient", Max(WHOLE, 0), cases((slope, WHOLE > 0), (slope / 2, True)))
    assert not isinstance(found, Proved)


EDGES = {
    "the upper edge": (Abs(p - 1), -1, unit, True),
    "the upper edge: the middle of a kink": (Abs(p - 1), sign(p - 1), unit, False),
    "an upper edge beyond": (Abs(p - 1), sign(p - 1), Interval(0, 2), True),
    "the lower edge": (Max(p, 0), cases((1, p >= 0), (0, True)), nonnegative, True),
    "the lower edge: from outside": (Max(p, 0), cases((1, p > 0), (0, True)), nonnegative, False),
    "no edge": (Max(p, 0), cases((1, p > 0), (0, True)), Interval(-1, 1), True),
    "an open edge": (Max(p, 0), cases((1, p > 0), (7, True)), positive, True),
    "a kink that runs into an edge": (Abs(p - t), sign(p - t), unit, True),
    "a kink that runs into an edge: too much": (
        Abs(p - t),
        cases((1, p > t), (-1, p < t), (2, True)),
        unit,
        False,
    ),
}


@pytest.mark.parametrize("name", EDGES)
def test_a_kink_at_an_edge_of_the_domain(name: str) -> None:
    value, written, domain, right = EDGES[name]
    expect(verdict("gradient", value, written, domains={p: domain, t: domain}), right)


def test_an_edge_that_is_stated_as_a_fact() -> None:
    stated = [Ge(1, p**2)]
    lower = cases((-1, p <= 1), (1, True))
    expect(verdict("gradient", Abs(p - 1), lower, assuming=stated), True)
    expect(verdict("gradient", Abs(p - 1), sign(p - 1), assuming=stated), False)


def test_a_side_in_a_gap_of_the_domain_is_not_there() -> None:
    domain = Union(Interval(-2, -1), Interval(1, 2))
    found = verdict("gradient", Abs(p - 1), sign(p - 1), domains={p: domain})
    assert not isinstance(found, Proved)


difference = p - t
norm, length = sqrt(Sum(difference**2)), sqrt(Sum(t**2))
along = difference / norm
scaled = sqrt(Sum((2 * p - t) ** 2))
twice = 2 * (2 * p - t) / scaled
rational = difference * (2 + norm) / (1 + norm) ** 2


def guarded(formula: Expr, at_zero: Any, guard: Any = norm > 0) -> Piecewise:
    return cases((formula, guard), (at_zero, True))


NORMS = {
    "zero": (norm, guarded(along, 0), True),
    "a guard on the squares": (norm, guarded(along, 0, norm**2 > 0), True),
    "a guard by inequality": (norm, guarded(along, 0, Ne(norm, 0)), True),
    "a unit vector": (norm, guarded(along, 1 / sqrt(n)), True),
    "two in every place": (norm, guarded(along, 2), False),
    "one in every place, too long for two entries": (norm, guarded(along, 1), False),
    "nine tenths in every place": (norm, guarded(along, Rational(9, 10)), False),
    "beside a smooth part": (3 * norm + Sum(p * t), guarded(3 * along + t, t), True),
    "beside a smooth part: too far": (3 * norm + Sum(p * t), guarded(3 * along + t, t + 4), False),
    "downwards": (-norm, guarded(-along, half / sqrt(n)), True),
    "downwards: too far": (-norm, guarded(-along, -2), False),
    "a factor inside": (scaled, guarded(twice, 1 / sqrt(n), scaled > 0), True),
    "a factor inside: too far": (scaled, guarded(twice, 3, scaled > 0), False),
    "a steepness that varies": (norm * length, guarded(length * along, t), True),
    "a steepness that varies: too far": (norm * length, guarded(length * along, 2 * t), False),
    "smooth at zero": (norm**2 / (1 + norm), guarded(rational, 0), True),
    "smooth at zero: not zero": (norm**2 / (1 + norm), guarded(rational, half), False),
    "an exponential": (exp(norm), guarded(exp(norm) * along, 0), True),
    "a maximum that hides it": (
        Max(norm, delta),
        guarded(along, 0, (norm > delta) & (norm > 0)),
        True,
    ),
    "a maximum that hides it: not zero": (
        Max(norm, delta),
        cases((along, (norm > delta) & (norm > 0)), (1, norm <= 0), (0, True)),
        False,
    ),
    "a maximum that shows it": (Max(norm, -delta), guarded(along, 0), True),
    "a maximum that shows it: too far": (Max(norm, -delta), guarded(along, 2), False),
}


@pytest.mark.parametrize("name", NORMS)
def test_where_a_norm_is_zero(name: str) -> None:
    value, written, right = NORMS[name]
    expect(verdict("gradient", value, written), right)


UNSHOWN_NORMS = {
    "beside a kink of every element": (
        norm + Sum(Abs(difference)),
        guarded(along + sign(difference), 0),
        {},
    ),
    "at an edge of the domain": (norm, guarded(along, 0), {p: nonnegative, t: nonnegative}),
    "the length of a unit vector": (Sum(p / norm), guarded(1 / norm, 0), {}),
}


@pytest.mark.parametrize("name", UNSHOWN_NORMS)
def test_a_norm_that_the_unit_ball_does_not_describe(name: str) -> None:
    value, written, domains = UNSHOWN_NORMS[name]
    assert not isinstance(verdict("gradient", value, written, domains=domains), Proved)


def test_without_a_guard_the_norm_stays_a_condition() -> None:
    found = verdict("gradient", norm, along)
    assert isinstance(found, Proved)
    assert found.assuming == ("Σ((pred - target)²) > 0",)


huber = cases((difference**2 / 2, Abs(difference) <= delta), (delta * Abs(difference), True))
huber = huber - cases((0, Abs(difference) <= delta), (delta**2 / 2, True))
near, on = Abs(difference) < delta, Eq(Abs(difference), delta)
sphere = Sum(p**2) - 1
outside, on_sphere = sphere > 0, Eq(sphere, 0)

SECOND = {
    "inside": ("hessian", huber, cases((1, near), (1, on), (0, True)), True),
    "outside": ("hessian", huber, cases((1, near), (0, True)), True),
    "between": ("hessian", huber, cases((1, near), (half, on), (0, True)), True),
    "above": ("hessian", huber, cases((1, near), (2, on), (0, True)), False),
    "below": ("hessian", huber, cases((1, near), (-half, on), (0, True)), False),
    "without a jump": ("hessian", Abs(difference) ** 3, 6 * Abs(difference), True),
    "without a jump: a jump": (
        "hessian",
        Abs(difference) ** 3,
        cases((6 * Abs(difference), Ne(p, t)), (1, True)),
        False,
    ),
    "at a kink of the loss": ("hessian", Abs(difference), 0, True),
    "at a kink of the loss: an impulse": (
        "hessian",
        Abs(difference),
        cases((1, Eq(p, t)), (0, True)),
        False,
    ),
    "a product: inside": ("hvp", Max(sphere, 0), cases((2 * direction, outside), (0, True)), True),
    "a product: beyond": (
        "hvp",
        Max(sphere, 0),
        cases((2 * direction, outside), (3 * direction, on_sphere), (0, True)),
        False,
    ),
}


@pytest.mark.parametrize("name", SECOND)
def test_a_second_derivative_that_jumps(name: str) -> None:
    kind, value, written, right = SECOND[name]
    expect(verdict(kind, value, written), right)  # type: ignore[arg-type]


def on_surface(kind: Kind, value: Expr, written: Expr) -> Verdict:
    if kind == "gradient":
        return verdict(kind, value, written)
    whole = Sum(p) if value.atoms(Sum) else p
    loss = Loss(value=whole, gradient=1)
    return check(Claim(loss, "form", p, sympify(written), reference=sympify(value)))


ON_SURFACES = {
    "the target alone": ("gradient", p * t, cases((t, Ne(t, 0)), (1, True))),
    "a case of the target": ("gradient", p * Abs(t), cases((t, t > 0), (-t, t < 0), (half, True))),
    "a curve of the target": ("gradient", p * t, cases((t, Ne(t, a**2)), (t + 1, True))),
    "a form": ("form", p, cases((p, Ne(p, t)), (p + 1, True))),
    "a sign": ("form", sign(p), cases((1, p >= 0), (-1, True))),
    "a strict inequality": ("form", cases((1, p >= 0), (0, True)), cases((1, p > 0), (0, True))),
    "two equations": ("form", p, cases((p + 1, CORNER), (p, True))),
    "a sum": ("form", Sum(p), cases((Sum(p), Ne(Sum(p), 1)), (2, True))),
}


@pytest.mark.parametrize("name", ON_SURFACES)
def test_what_is_wrong_on_a_surface_alone_is_refuted(name: str) -> None:
    found = on_surface(*ON_SURFACES[name])  # type: ignore[arg-type]
    assert isinstance(found, Refuted), found


def test_what_is_right_on_a_surface_is_proved() -> None:
    assert isinstance(on_surface("gradient", p * t, cases((t, Ne(t, 0)), (0, True))), Proved)
    assert isinstance(on_surface("form", p, cases((p, Ne(p, t)), (t, True))), Proved)


def test_a_witness_lies_on_the_surface() -> None:
    found = verdict("gradient", Abs(p) + Abs(p - t), at_corner(3, two_kinks))
    assert isinstance(found, Refuted)
    assert found.witness.inputs == {"pred": (0,), "target": (0,)}
    assert found.witness.derived == "between -2.0 and 2.0"


def test_a_wrong_region_is_refuted_whatever_its_boundaries() -> None:
    found = verdict("gradient", Max(WHOLE, 0), cases((2, WHOLE > 0), (0, True)))
    assert isinstance(found, Refuted)


JUMPS_WHERE_KINKS_MEET = {
    "a step on one of two": cases((1, p > 0), (0, True)) + Abs(p - t),
    "a step between two": cases((p, p > t), (t + 1, p < Min(t, 0)), (t, True)),
    "a step at the corner": at_corner(1, Max(p, t, 0)),
}


@pytest.mark.parametrize("name", JUMPS_WHERE_KINKS_MEET)
def test_a_jump_among_kinks_never_passes(name: str) -> None:
    loss = Loss(value=JUMPS_WHERE_KINKS_MEET[name], gradient=1)
    try:
        assert discontinuity(loss) is not None
    except OutsideClass as unshown:
        assert "not shown to be continuous" in str(unshown)


# Random losses -----------------------------------------------------------------------------------


def random_verdict(seed: int, depth: int) -> tuple[Function, Verdict] | None:
    loss = random_function(Random(seed), depth)
    if p not in loss.value.free_symbols:
        return None
    assert discontinuity(Loss(value=loss.value, gradient=1)) is None
    return loss, verdict("gradient", loss.value, loss.written)


def judge(loss: Function, found: Verdict) -> None:
    """Compare a verdict with slopes that were computed exactly, point by point."""
    wrong = [at for at in points() if not loss.is_legal(at)]
    if isinstance(found, Proved):
        assert not wrong, (loss.value, loss.written, wrong)
    elif isinstance(found, Refuted):
        at = [Fraction(str(found.witness.inputs[name][0])) for name in ("pred", "target")]
        assert not loss.is_legal((at[0], at[1])), (loss.value, loss.written, at)


@pytest.mark.parametrize(("depth", "count"), [(1, 40), (2, 20)])
def test_verdicts_on_random_kinks_are_right_and_rarely_open(depth: int, count: int) -> None:
    kinds: list[type] = []
    for seed in range(count):
        if (judged := random_verdict(seed, depth)) is not None:
            judge(*judged)
            kinds.append(type(judged[1]))
    assert kinds.count(Unknown) <= len(kinds) // 20
    assert kinds.count(Proved) > 5
    assert kinds.count(Refuted) > 1


@pytest.mark.slow
@pytest.mark.parametrize("block", range(4))
def test_verdicts_on_deeper_random_kinks_are_right(block: int) -> None:
    for seed in range(1000 + 25 * block, 1025 + 25 * block):
        if (judged := random_verdict(seed, 3)) is not None:
            judge(*judged)
