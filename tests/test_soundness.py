"""Wrong claims that once were proved, and right ones that once broke the prover."""

from __future__ import annotations

import time

import pytest
import sympy
from sympy import (
    Abs,
    Eq,
    Expr,
    FiniteSet,
    Gt,
    Heaviside,
    Integer,
    Max,
    Ne,
    Piecewise,
    Rational,
    log,
    sign,
    sqrt,
)

from derive.language import (
    Element,
    Mean,
    Parameter,
    Sum,
    Tensor,
    cases,
    direction,
    identity,
    nonnegative,
    positive,
    pred,
    size,
    target,
    unit,
)
from derive.loss import Kink, Loss
from derive.prove.claim import Claim
from derive.prove.continuity import discontinuity
from derive.prove.field import OutsideClass, Undefined
from derive.prove.prover import check
from derive.prove.verdict import Proved, Refuted, Unknown, Verdict
from derive.well_formed import SpecError

p, t, n = pred, target, size()
delta = Parameter("delta", default=1, domain=positive)


def gradient(value: Expr, written: Expr, **facts: object) -> Verdict:
    parameters = tuple(facts.pop("parameters", (delta,)))  # type: ignore[arg-type]
    loss = Loss(value=value, gradient=written, parameters=parameters, **facts)  # type: ignore[arg-type]
    return check(Claim(loss, "gradient", p, loss.gradients[p]))


def form(written: Expr, reference: Expr, **facts: object) -> Verdict:
    sums = bool(written.atoms(Sum) or reference.atoms(Sum))
    value = Sum(p) if sums else p
    loss = Loss(value=value, gradient=1, parameters=(delta,), **facts)  # type: ignore[arg-type]
    return check(Claim(loss, "form", p, sympy.sympify(written), reference=sympy.sympify(reference)))


ROOTS = Sum(Piecewise((sqrt(p), p > 0), (0, True)))
SHIFTED = Sum(Piecewise((sqrt(p + 1), p > 0), (0, True)))
LINE = Sum(p) - 1
TOUCHING = p**2 - p * t + t**2
WITHOUT_ZEROS = Sum(Piecewise((1, Ne(t, 0)), (0, True)))

WRONG_GRADIENTS = {
    "a root vouches for its radicand": (
        Piecewise((sqrt(p), p > 0), (p**2, True)),
        Piecewise((1 / (2 * sqrt(p)), p > 0), (777, True)),
    ),
    "a power vouches for its base": (
        Piecewise((p ** Rational(3, 2), p > 0), (p**2, True)),
        Piecewise((3 * sqrt(p) / 2, p > 0), (7 * p, True)),
    ),
    "an equality of the free index used at the bound one": (
        Sum(Abs(p - delta)),
        Piecewise((sign(p - delta), Ne(p, delta)), (Sum(p - delta), True)),
    ),
    "the count of what is not zero": (Sum(p**2) / WITHOUT_ZEROS, 2 * p / n),
    "two combinations by the sign of an element": (
        Abs(LINE),
        Piecewise((sign(LINE), Ne(Sum(p), 1)), (1, p > 0), (-1, True)),
    ),
    "two combinations by the target": (
        Abs(LINE),
        Piecewise((sign(LINE), Ne(Sum(p), 1)), (Rational(1, 2), t > 0), (0, True)),
    ),
    "half a sphere": (
        Max(Sum(p**2) - 1, 0),
        Piecewise((2 * p, Sum(p**2) > 1), (2 * p, Eq(Sum(p**2), 1) & (p > 0)), (0, True)),
    ),
    "a side that does not exist": (
        Piecewise((p**2, TOUCHING >= 0), (p**2 + 5 * p, True)),
        Piecewise((2 * p, TOUCHING > 0), (2 * p + 5, TOUCHING < 0), (2 * p + 3, True)),
    ),
}


CANCELLING = (sqrt(p) * (t + 1) - sqrt(p) * t) ** 2
EQUAL_ROOTS = Eq(sqrt(p), sqrt(t + 100))
DOUBLE = sqrt(p**2 + 1) - 1 - t * p**2
DOUBLE_SLOPE = sympy.diff(p / (sqrt(p**2 + 1) + 1) - t * p, p)
ONE_HOT = Eq(Sum(Piecewise((1, Ne(t, 0)), (0, True))), 1)

WRONG_UNDER_FACTS = {
    "a square whose roots cancel": lambda: form(cases((CANCELLING, p >= 0), (12345, True)), p),
    "a square that empties a half-space": lambda: gradient(
        cases((p**2, p >= 0), (-(p**2), True)), cases((2 * CANCELLING, p >= 0), (777, True))
    ),
    "a surface between two empty sides": lambda: form(
        Sum(cases((cases((3, p > 0), (4, p < 0), (5, True)), p**2 + t**2 <= 0), (0, True))),
        Integer(0),
    ),
    "a side that is a surface": lambda: form(
        Sum(cases((cases((5, t > 0), (7, t < 0), (1, True)), p > 0), (0, True))),
        Integer(0),
        assuming=[Eq(p * t, 0)],
    ),
    "a fact that counts": lambda: gradient(Mean(p * t), t, assuming=[ONE_HOT]),
    "a quotient of what vanishes": lambda: form(
        cases((cases((5, 1 / (sqrt(p) + sqrt(t + 100)) > 0), (0, True)), EQUAL_ROOTS), (1, True)),
        cases((0, EQUAL_ROOTS), (1, True)),
        domains={p: positive, t: positive},
    ),
    "a surface that touches itself": lambda: gradient(
        cases((p / (sqrt(p**2 + 1) + 1) - t * p, DOUBLE >= 0), (0, True)),
        cases(
            (0, sympy.And(Eq(DOUBLE, 0), Eq(p, 0), evaluate=False)),
            (DOUBLE_SLOPE, DOUBLE > 0),
            (0, DOUBLE < 0),
            (DOUBLE_SLOPE, True),
        ),
    ),
    "a branch pinned by a fact": lambda: gradient(
        cases((7 * LINE, Eq(Sum(p), 1)), (LINE, True)),
        cases((7, Eq(Sum(p), 1)), (1, True)),
        assuming=[Eq(Sum(p), 1)],
    ),
}


@pytest.mark.parametrize("name", WRONG_UNDER_FACTS)
def test_wrong_claims_that_were_proved_without_conditions(name: str) -> None:
    verdict = WRONG_UNDER_FACTS[name]()
    assert not isinstance(verdict, Proved) or verdict.assuming, verdict


def test_an_intermediate_has_no_name_that_an_input_could_have() -> None:
    scale = Element("S0", ("slice",))
    loss = Loss(value=Sum(p) ** 2 * scale, gradient=3 * Sum(p) ** 2, inputs=[p, scale])
    assert not isinstance(check(Claim(loss, "gradient", p, loss.gradients[p])), Proved)


def test_the_identity_belongs_to_square_losses_alone() -> None:
    with pytest.raises(SpecError, match="unknown symbol identity"):
        Loss(value=Sum(p), gradient=Sum(identity))


UNSHOWN = {
    "two steps": cases((1, p > 0), (0, True)) + cases((1, p > t), (0, True)) + p,
    "a step beside what is outside the class": cases((1, p > 0), (0, True))
    + sympy.loggamma(t + 1)
    + p,
    "another value at a point": cases((p, Ne(p, 0)), (t, True)),
    "a step with the target in between": cases((1, p > 0), (0, p < 0), (t, True)) + p,
}


@pytest.mark.parametrize("name", UNSHOWN)
def test_a_discontinuous_loss_never_passes(name: str) -> None:
    loss = Loss(value=UNSHOWN[name], gradient=1)
    try:
        assert discontinuity(loss) is not None
    except (OutsideClass, Undefined):
        return  # reported as unknown


def test_a_jump_in_a_sum_is_found() -> None:
    loss = Loss(value=cases((1, Sum(p) > 0), (0, True)) + Sum(p), gradient=1)
    assert discontinuity(loss) is not None


@pytest.mark.parametrize("stated", [sympy.exp(t / 3), Abs(t), 1 / (p - t), sympy.gamma(p)])
def test_a_kink_may_state_anything(stated: Expr) -> None:
    kink = Kink(at=p - t, because="a test", gradient=stated)
    verdict = gradient(Abs(p - t), sign(p - t), kinks=[kink])
    assert isinstance(verdict, Proved)
    assert verdict.boundaries[0].contradiction


def test_nothing_is_refuted_where_the_loss_is_not_real() -> None:
    product = -direction / (p * Abs(p))
    loss = Loss(value=log(p), gradient=1 / p, hvp=product)
    assert not isinstance(check(Claim(loss, "hvp", p, product)), Refuted)


WRONG_FORMS = {
    "a root inside a sum": (ROOTS + Sum(p), ROOTS + Abs(Sum(p))),
    "a square of a root": (
        Piecewise(((sqrt(p) - 1) ** 2, p >= 0), (p, True)),
        Piecewise(((sqrt(p) - 1) ** 2, p >= 0), (Max(p, -2), True)),
    ),
    "an equality that varies": (
        Integer(0),
        Piecewise((Sum(Abs(t - delta)), Eq(t, delta)), (0, True)),
    ),
    "a case at a single point": (Sum(Piecewise((1, Ne(p, 0)), (0, True))), n),
    "a parameter named like nothing else": (delta * p, p),
}


@pytest.mark.parametrize("name", WRONG_GRADIENTS)
def test_wrong_gradients_are_not_proved(name: str) -> None:
    verdict = gradient(*WRONG_GRADIENTS[name])
    excused = isinstance(verdict, Proved) and verdict.assuming
    assert excused or isinstance(verdict, Refuted | Unknown), verdict
    if name != "the count of what is not zero":
        assert not isinstance(verdict, Proved), verdict


@pytest.mark.parametrize("name", WRONG_FORMS)
def test_wrong_forms_are_not_proved(name: str) -> None:
    verdict = form(*WRONG_FORMS[name])
    assert isinstance(verdict, Refuted | Unknown) or verdict.assuming, verdict


def test_a_difference_of_roots_that_vanishes_is_no_divisor() -> None:
    equal = Eq(sqrt(p), sqrt(t + 100))
    written = Piecewise((0, equal), (1, True))
    reference = Piecewise((1 / (sqrt(p) + sqrt(t + 100)), equal), (1, True))
    verdict = form(written, reference, domains={p: positive, t: positive})
    assert not isinstance(verdict, Proved)


def test_a_condition_is_kept_for_each_region_that_needs_it() -> None:
    product = (sqrt(p + 1) + 1) * (sqrt(p + 1) - 1)
    verdict = form(SHIFTED + Sum(product), SHIFTED + Sum(p))
    assert isinstance(verdict, Proved)
    assert "pred + 1 ≥ 0 at every index" in verdict.assuming


def test_conditions_at_a_boundary_are_listed() -> None:
    at_kink = (t**2 - 1) / ((t - 1) * (t + 1))
    verdict = gradient(Abs(p - t), Piecewise((sign(p - t), Ne(p, t)), (at_kink, True)))
    assert not isinstance(verdict, Proved) or verdict.assuming


def test_a_size_is_not_a_parameter_of_its_name() -> None:
    length = Parameter("n", default=1, domain=positive)
    assert not isinstance(gradient(Mean(p), Integer(1), parameters=[length]), Proved)
    any_number = Parameter("n", default=2)
    value = Mean(p**2) + Abs(any_number) * Sum(p**2)
    verdict = gradient(value, 2 * p / n + 2 * any_number * p, parameters=[any_number])
    assert not isinstance(verdict, Proved)


@pytest.mark.parametrize("name", ["weight", "direction", "identity", "lambda", "a b", "out"])
def test_names_with_a_meaning_are_refused(name: str) -> None:
    tensor = Tensor(name)
    with pytest.raises(SpecError, match="name"):
        Loss(value=p * tensor, gradient=tensor, inputs=[p, tensor])


def test_a_parameter_named_pi_is_not_the_number() -> None:
    parameter = Parameter("pi", default=3, domain=positive)
    verdict = gradient(parameter * p, sympy.pi, parameters=[parameter])
    assert isinstance(verdict, Refuted)


@pytest.mark.parametrize("function", [Heaviside(p), sympy.acot(p), sympy.floor(p)])
def test_functions_that_jump_are_outside_the_class(function: Expr) -> None:
    assert isinstance(form(function, function + 0 * t), Unknown)


RIGHT = {
    "a sum of cases": lambda: form(
        Sum(Piecewise((1, p > 0), (0, Eq(p, 0)), (-1, True))), Sum(sign(p))
    ),
    "a bare symbol": lambda: gradient(p * t, t),
    "a gradient that is a parameter": lambda: gradient(delta * p, delta),
    "the logarithm of a square": lambda: form(log(p**2), 2 * log(Abs(p))),
    "a difference of squares": lambda: form(log(1 - p**2), log(1 - p) + log(1 + p)),
    "an absolute value of a quotient": lambda: form(Abs(1 / p), 1 / Abs(p)),
    "a sum of what is not negative": lambda: form(Sum(Abs(p)), Sum(p), domains={p: nonnegative}),
    "one value in a finite set": lambda: form(p * t, 2 * p, domains={t: FiniteSet(2)}),
    "a percentage": lambda: gradient(Abs((p - t) / t), sign(p - t) / Abs(t)),
    "a sign in a sum": lambda: form(Sum(sign(p) * p), Sum(Abs(p))),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_proved(name: str) -> None:
    verdict = RIGHT[name]()
    assert isinstance(verdict, Proved), verdict


HARD = {
    "a fact with cases": lambda: form(p, p, assuming=[Gt(1, Abs(p))]),
    "a fact about a logarithm": lambda: form(p, p, assuming=[Gt(log(p), 0)]),
    "a loss that is not real everywhere": lambda: gradient(log(p), 1 / Abs(p)),
    "a step out of the domain": lambda: gradient(
        Piecewise((p ** Rational(3, 2), Ne(p, 0)), (0, True)),
        Piecewise((3 * sqrt(p) / 2, Ne(p, 0)), (7, True)),
        domains={p: nonnegative},
    ),
    "infinity in passing": lambda: gradient(log(p) - log(t), 1 / Abs(p)),
    "a kink at the edge of the domain": lambda: gradient(
        Abs(p - 1), sign(p - 1), domains={p: unit}
    ),
    "a kink at zero": lambda: gradient(
        Max(p, 0), Piecewise((1, p > 0), (0, True)), domains={p: nonnegative}
    ),
    "a number hard to factor": lambda: form(
        log((10**24 + 7) * (10**25 + 13) * (1 + p**2)), log(1 + p**2)
    ),
    "a high power": lambda: form((p + 1) ** 3000 * t, 2 * p),
    "many cases": lambda: form(Max(p, t, 0), Max(0, Max(t, p))),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_claims_get_a_verdict_in_time(name: str) -> None:
    start = time.perf_counter()
    assert isinstance(HARD[name](), Proved | Refuted | Unknown)
    assert time.perf_counter() - start < 10


def test_a_step_to_where_a_condition_compares_what_is_not_real_confirms_nothing() -> None:
    near = sqrt(t) < 1
    value = Piecewise((p * t, near), (2 * p * t, True))
    loss = Loss(value=value, gradient={t: 2 * p}, inputs=[p, t])
    verdict = check(Claim(loss, "gradient", t, Piecewise((2 * p, near), (3 * p, True))))
    assert isinstance(verdict, Refuted), verdict
    assert verdict.witness.inputs["target"][0] > 0
