"""Claims built to exploit a side condition: none may be proved or refuted wrongly, or hang."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import sympy
from sympy import Eq, Expr, FiniteSet, Ge, Integer, Le, Mul, Piecewise, Pow, Rational, log, sqrt

from derive.language import Element, Parameter, Sum, cases, nonnegative, positive, pred, target
from derive.loss import Loss
from derive.prove import prover
from derive.prove.claim import Claim
from derive.prove.prover import FAILED, check
from derive.prove.verdict import Proved, Refuted, Unknown, Verdict

p, t = pred, target
delta = Parameter("delta", default=1, domain=positive)
HIDDEN_ZERO = sqrt(3 + 2 * sqrt(2)) - 1 - sqrt(2)


def quotient(numerator: Expr, denominator: Expr) -> Expr:
    """A quotient that SymPy has not cancelled."""
    return Mul(numerator, Pow(denominator, -1, evaluate=False), evaluate=False)


def form(written: Expr, reference: Expr, **facts: object) -> Verdict:
    sums = bool(sympy.sympify(written).atoms(Sum) or sympy.sympify(reference).atoms(Sum))
    loss = Loss(value=Sum(p) if sums else p, gradient=1, parameters=[delta], **facts)  # type: ignore[arg-type]
    return check(Claim(loss, "form", p, sympy.sympify(written), reference=sympy.sympify(reference)))


def gradient(value: Expr, written: Expr, wrt: Element = p, **facts: object) -> Verdict:
    loss = Loss(value=value, gradient={wrt: written}, parameters=[delta], **facts)  # type: ignore[arg-type]
    return check(Claim(loss, "gradient", wrt, loss.gradients[wrt]))


LINE = Sum(p) - 1
ON_LINE = Eq(Sum(p), 1)

VACUOUS = {
    "conditions that exclude each other": lambda: form(log(p) + log(-p), log(-p) + log(p)),
    "roots that are never real together": lambda: form(
        sqrt(p - 1) / sqrt(-p - 1), sqrt(p - 1) * sqrt(-p - 1) / (-p - 1)
    ),
    "a denominator that is zero and does not look it": lambda: gradient(
        p * t, Mul(t, quotient(HIDDEN_ZERO, HIDDEN_ZERO), evaluate=False)
    ),
    "an input pinned by two inequalities": lambda: gradient(
        cases((7 * LINE, ON_LINE), (LINE, True)),
        cases((7, ON_LINE), (1, True)),
        assuming=[Ge(Sum(p), 1), Le(Sum(p), 1)],
    ),
    "an input pinned by its domain and an inequality": lambda: gradient(
        cases((7 * p, Eq(p, 0)), (p, True)),
        cases((7, Eq(p, 0)), (1, True)),
        domains={p: nonnegative},
        assuming=[Le(p, 0)],
    ),
    "an input of a single value": lambda: gradient(
        cases((7 * (p - 2), Eq(p, 2)), (p - 2, True)),
        cases((7, Eq(p, 2)), (1, True)),
        domains={p: FiniteSet(2)},
    ),
    "an input pinned in one region": lambda: gradient(
        cases((p * (1 + 6 * Piecewise((1, Eq(p, 0)), (0, True))), Eq(t, 0)), (p, True)),
        cases((7, Eq(t, 0)), (1, True)),
        domains={p: nonnegative},
        assuming=[Le(p, t)],
    ),
    "a power of zero that is defined nowhere": lambda: form(
        Pow(Integer(0), p, evaluate=False), Integer(0)
    ),
}


@pytest.mark.parametrize("name", VACUOUS)
def test_nothing_is_proved_where_there_is_nothing(name: str) -> None:
    verdict: Any = VACUOUS[name]()
    excluded = name == "an input pinned in one region" and "target ≠ 0" in verdict.assuming
    assert excluded or isinstance(verdict, Refuted | Unknown), verdict


SLOW = Rational(5, 4)
SLOPE = SLOW * (p - t) ** (SLOW - 1), SLOW * (t - p) ** (SLOW - 1)

LEGAL: dict[str, Callable[[], Verdict]] = {
    "a quotient that converges slowly": lambda: gradient(
        cases(((p - t) ** SLOW, p > t), (-((t - p) ** SLOW), True)),
        cases((SLOPE[0], p > t), (SLOPE[1], p < t), (HIDDEN_ZERO, True)),
    ),
}


@pytest.mark.parametrize("name", LEGAL)
def test_what_is_legal_is_not_refuted(name: str) -> None:
    verdict = LEGAL[name]()
    assert not isinstance(verdict, Refuted), verdict


HANGING: dict[str, Callable[[], Verdict]] = {
    "nested roots in a denominator": lambda: form(
        Mul(t, quotient(HIDDEN_ZERO, HIDDEN_ZERO), evaluate=False), t
    ),
}


@pytest.mark.parametrize("name", HANGING)
def test_a_verdict_comes_in_time(name: str) -> None:
    start = time.perf_counter()
    assert isinstance(HANGING[name](), Proved | Refuted | Unknown)
    assert time.perf_counter() - start < 10


def second(value: Expr, written: Expr) -> Verdict:
    loss = Loss(value=value, gradient=1)
    return check(Claim(loss, "hvp", p, written))


BREAKING: dict[str, Callable[[], Verdict]] = {
    "cases in a hyperbolic function that SymPy merges": lambda: form(
        sqrt(p**2 + 2 * p * (sympy.cosh(cases((p, p > 0), (p, True))) ** 2 - sympy.sinh(p) ** 2)),
        sqrt(p**2 + 2 * p),
        domains={p: nonnegative},
    ),
    "a product with no direction in it": lambda: second(Sum(p), cases((1, Eq(p, 0)), (0, True))),
    "an exponent with a large denominator": lambda: form(
        delta ** (2 + Rational(1, 10**9)), delta**2
    ),
}


@pytest.mark.parametrize("name", BREAKING)
def test_the_prover_does_not_break_down(name: str) -> None:
    verdict = BREAKING[name]()
    assert not isinstance(verdict, Unknown) or not verdict.reason.startswith(FAILED), verdict


def test_a_failure_of_the_prover_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(prover, "explore", fails)
    verdict = gradient(p**2, 2 * p)
    assert isinstance(verdict, Unknown)
    assert verdict.reason == f"{FAILED}: ZeroDivisionError: a bug"


NOT_PROVED: dict[str, Callable[[], Verdict]] = {
    "a subgradient of a norm that is too long for two entries": lambda: gradient(
        sqrt(Sum(p**2)), cases((p / sqrt(Sum(p**2)), Sum(p**2) > 0), (1, True))
    ),
    "a subgradient of a norm whose factor vanishes": lambda: gradient(
        Sum(t) * sqrt(Sum(p**2)),
        cases((Sum(t) * p / sqrt(Sum(p**2)), Sum(p**2) > 0), (Rational(1, 2), True)),
    ),
    "a kink in a gap of the domain": lambda: gradient(
        sympy.Abs(p),
        cases((1, p > 0), (-1, p < 0), (777, True)),
        domains={p: sympy.Union(sympy.Interval(-2, -1), sympy.Interval(1, 2))},
    ),
    "a count that is zero at one point": lambda: form(
        cases((1, Sum(cases((1, sympy.Ne(p, 0)), (0, True))) >= 1), (0, True)), Integer(1)
    ),
    "a kink whose slope vanishes": lambda: gradient(
        t * sympy.Abs(p - 1), cases((t * sympy.sign(p - 1), sympy.Ne(p, 1)), (1, True))
    ),
    "a value at a boundary that is off by a billionth": lambda: gradient(
        p * sympy.Abs(p), cases((2 * sympy.Abs(p), sympy.Ne(p, 0)), (Rational(1, 10**9), True))
    ),
}


@pytest.mark.parametrize("name", NOT_PROVED)
def test_what_is_wrong_at_a_single_place_is_not_proved(name: str) -> None:
    assert not isinstance(NOT_PROVED[name](), Proved)


def test_cases_stay_inside_the_aggregate_that_binds_their_element() -> None:
    some = Sum(cases((1, p > 0), (0, True))) > 0
    value = Sum(Piecewise((p**2, some), (0, True)))
    assert {a.axis for a in value.body.args[0].cond.atoms(Sum)} == {"entry"}
    assert p not in value.xreplace({p: t}).free_symbols
    verdict = gradient(value, cases((2 * p, p > 0), (0, True)))
    assert isinstance(verdict, Refuted)
    assert verdict.witness.derived.startswith("-")
