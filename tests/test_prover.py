"""The prover against claims that unsound or hasty reasoning gets wrong."""

from __future__ import annotations

import pytest
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
    Lt,
    Max,
    Min,
    Mul,
    Ne,
    Piecewise,
    Pow,
    Rational,
    exp,
    log,
    sign,
    sqrt,
    tanh,
)

from derive.language import Parameter, Sum, Tensor, nonnegative, positive, pred, size, target
from derive.language import identity as unit_matrix
from derive.loss import Loss
from derive.prove.claim import Claim
from derive.prove.continuity import discontinuity
from derive.prove.prover import check
from derive.prove.verdict import Proved, Refuted, Unknown, Verdict
from derive.well_formed import SpecError

other = Tensor("extra")
delta = Parameter("delta", default=1, domain=positive)
x, t, n = pred, target, size()
log1pexp = log(1 + exp(x))


def identity(left: Expr, right: Expr, **facts: object) -> Verdict:
    """The verdict on ``left = right`` wherever both are defined."""
    value = Sum(x) if left.atoms(Sum) or right.atoms(Sum) else x
    inputs = (x, t, other)
    loss = Loss(value=value, gradient=1, inputs=inputs, parameters=(delta,), **facts)  # type: ignore[arg-type]
    return check(Claim(loss, "form", x, left, reference=right))


def gradient(value: Expr, written: Expr, **facts: object) -> Verdict:
    """The verdict on a hand-written gradient."""
    loss = Loss(value=value, gradient=written, **facts)  # type: ignore[arg-type]
    return check(Claim(loss, "gradient", x, loss.gradients[x]))


def raw(function: type, *arguments: Expr) -> Expr:
    """An expression that SymPy has not simplified."""
    return function(*arguments, evaluate=False)


TRUE = {
    "sqrt(x^2) = |x|": (raw(Pow, raw(Pow, x, Integer(2)), Rational(1, 2)), Abs(x)),
    "log(x^2) = 2 log|x|": (log(x**2), 2 * log(Abs(x))),
    "x/x = 1": (raw(Mul, x, raw(Pow, x, Integer(-1))), Integer(1)),
    "sum of ones": (Sum(Integer(1)), n),
    "shadowed axis": (Sum(x * Sum(x)), Sum(x) ** 2),
    "log of exp of sum": (log(exp(Sum(x))), Sum(x)),
    "exp(S) exp(-S)": (exp(Sum(x)) * exp(-Sum(x)), Integer(1)),
    "relu(x) + relu(-x) = |x|": (Max(x, 0) + Max(-x, 0), Abs(x)),
    "max by absolute value": (Max(x, t), (x + t + Abs(x - t)) / 2),
    "median of three": (
        Max(Min(x, t), Min(Max(x, t), other)),
        x + t + other - Max(x, t, other) - Min(x, t, other),
    ),
    "clip twice": (Min(Max(Min(Max(x, -1), 1), -1), 1), Min(Max(x, -1), 1)),
    "sum of relu squared": (Sum(Max(x, 0) ** 2), Sum(x * Max(x, 0))),
    "sum of |x|^2": (Sum(Abs(x) ** 2), Sum(x**2)),
    "log 8": (log(8), 3 * log(2)),
    "tanh by exponentials": (tanh(x / 2), 2 / (1 + exp(-x)) - 1),
    "softplus is odd up to x": (log(1 + exp(-x)), log1pexp - x),
    "variance": (Sum((x - Sum(x) / n) ** 2), Sum(x**2) - Sum(x) ** 2 / n),
    "cases in a different order": (
        Piecewise((x, x > 0), (0, True)),
        Piecewise((0, x <= 0), (x, True)),
    ),
    "equal exponents in halves": (exp(x / 2) ** 2 * exp(x / 3) ** 3, exp(x) ** 2),
}
FALSE = {
    "sqrt(x^2) = x": (raw(Pow, raw(Pow, x, Integer(2)), Rational(1, 2)), x),
    "square of a sum": (Sum(x) ** 2, Sum(x**2)),
    "absolute value of a sum": (Sum(Abs(x)), Abs(Sum(x))),
    "softmax = 1, true for one class": (exp(x) / Sum(exp(x)), Integer(1)),
    "sum of ones is two, true for two": (Sum(Integer(1)), Integer(2)),
    "free and bound": (Sum(x) * x, Sum(x * x)),
    "Jensen as an equality": (log(Sum(exp(x)) / n), Sum(x) / n),
    "cases that differ at one point": (
        Piecewise((1, x > 0), (0, True)),
        Piecewise((1, x >= 0), (0, True)),
    ),
    "a difference of one part in a billion": (x * (1 + Rational(1, 10**9)), x),
    "sign at zero": (sign(x), Piecewise((1, x >= 0), (-1, True))),
    "cauchy-schwarz as an equality": (Sum(x * t) ** 2, Sum(x**2) * Sum(t**2)),
    "weights of a parameter": (delta * x, x),
}


@pytest.mark.parametrize("name", TRUE)
def test_identities_are_proved(name: str) -> None:
    assert isinstance(identity(*TRUE[name]), Proved)


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_never_proved(name: str) -> None:
    assert isinstance(identity(*FALSE[name]), Refuted | Unknown)


@pytest.mark.parametrize("name", [n for n in FALSE if "one point" not in n and "sign" not in n])
def test_what_is_false_off_the_boundaries_is_refuted(name: str) -> None:
    assert isinstance(identity(*FALSE[name]), Refuted)


def test_a_verdict_is_not_a_truth_value() -> None:
    with pytest.raises(TypeError, match="truth value"):
        bool(gradient(x**2, 2 * x))


def test_division_leaves_a_side_condition() -> None:
    verdict = identity(raw(Mul, x, raw(Pow, x, Integer(-1))), Integer(1))
    assert isinstance(verdict, Proved)
    assert verdict.assuming == ("pred ≠ 0",)


def test_a_declared_domain_discharges_it() -> None:
    verdict = identity(log(x**2), 2 * log(x), domains={x: positive})
    assert isinstance(verdict, Proved)
    assert verdict.assuming == ()


def test_facts_about_one_index_say_nothing_of_the_others() -> None:
    written = Piecewise((Sum(x), x > 0), (Sum(Abs(x)), True))
    assert not isinstance(identity(written, Sum(Abs(x))), Proved)


def test_a_norm_leaves_its_zero_as_a_side_condition() -> None:
    verdict = gradient(sqrt(Sum(x**2)), x / sqrt(Sum(x**2)))
    assert isinstance(verdict, Proved)
    assert verdict.assuming == ("Σ(pred²) > 0",)


KINKS = {
    "inside the interval": (sign(x - t), True),
    "its upper end": (Piecewise((1, x >= t), (-1, True)), True),
    "its lower end": (Piecewise((1, x > t), (-1, True)), True),
    "a third": (Piecewise((1, x > t), (-1, x < t), (Rational(1, 3), True)), True),
    "above it": (Piecewise((1, x > t), (-1, x < t), (2, True)), False),
    "below it": (Piecewise((1, x > t), (-1, x < t), (-2, True)), False),
    "just outside": (Piecewise((1, x > t), (-1, x < t), (1 + Rational(1, 10**6), True)), False),
}


@pytest.mark.parametrize("name", KINKS)
def test_the_value_at_a_kink_must_be_a_subgradient(name: str) -> None:
    written, legal = KINKS[name]
    verdict = gradient(Abs(x - t), written)
    assert isinstance(verdict, Proved if legal else Refuted), verdict


def test_a_smooth_boundary_leaves_no_choice() -> None:
    small = Abs(x - t) < delta
    value = Piecewise(((x - t) ** 2 / 2, small), (delta * (Abs(x - t) - delta / 2), True))
    wrong = Piecewise((x - t, small), (0, Eq(Abs(x - t), delta)), (delta * sign(x - t), True))
    assert not isinstance(gradient(value, wrong, parameters=[delta]), Proved)


def test_a_boundary_in_the_target_alone_is_a_region_of_its_own() -> None:
    value = Piecewise((t * (log(t) - x), t > 0), (0, True))
    wrong = Piecewise((-t, t > 0), (1, True))
    domains = {t: nonnegative}
    assert isinstance(gradient(value, -t, domains=domains), Proved)
    assert not isinstance(gradient(value, wrong, domains=domains), Proved)


def test_whole_slices_need_one_convex_combination() -> None:
    norm = sqrt(Sum(x**2))
    value = Max(norm, 1)
    halves = Piecewise((x / norm, norm > 1), (0, norm < 1), (x / norm / 2, True))
    mixed = Piecewise((x / norm, norm > 1), (0, norm < 1), (Max(x, 0) / norm, True))
    assert isinstance(gradient(value, halves), Proved)
    assert not isinstance(gradient(value, mixed), Proved)


def test_an_assumption_is_used_and_named() -> None:
    softmax = exp(x) / Sum(exp(x))
    value = -Sum(t * (x - log(Sum(exp(x)))))
    verdict = gradient(value, softmax - t)
    assert isinstance(verdict, Refuted)
    assert verdict.hint == "it would be right if Σ(target) - 1 = 0"
    assert isinstance(gradient(value, softmax - t, assuming=[Eq(Sum(t), 1)]), Proved)


def test_contradictory_facts_prove_nothing() -> None:
    verdict = identity(x, x + 1, assuming=[Gt(x, 1), Lt(x, 0)])
    assert isinstance(verdict, Unknown)


def test_a_fact_that_cannot_hold_is_refused() -> None:
    with pytest.raises(SpecError, match="that may hold"):
        identity(x, x, assuming=[Eq(Sum(x**2), -1)])


def test_a_domain_without_a_sample_proves_nothing() -> None:
    verdict = identity(x, x, assuming=[Eq(x, sqrt(2))])
    assert isinstance(verdict, Unknown)


def test_a_finite_domain_is_sampled_where_it_is() -> None:
    verdict = identity(x * t, x, domains={t: FiniteSet(-1, 1)})
    assert isinstance(verdict, Refuted)
    assert verdict.witness.inputs["target"] == (-1,)


def test_a_witness_lies_in_the_domain() -> None:
    verdict = gradient(x**3, 2 * x**2, domains={x: Interval.open(10, 11)})
    assert isinstance(verdict, Refuted)
    (value,) = verdict.witness.inputs["pred"]
    assert 10 < value < 11


def test_a_missing_mean_needs_two_entries() -> None:
    verdict = gradient(Sum((x - t) ** 2) / n, 2 * (x - t))
    assert isinstance(verdict, Refuted)
    assert verdict.witness.sizes["entries"] == 2
    assert verdict.hint == "multiply by 1/n"


def test_an_unknown_function_is_opaque_but_sound() -> None:
    assert isinstance(identity(sympy.atan(x) + t, t + sympy.atan(x)), Proved)
    assert not isinstance(identity(sympy.atan(-x), sympy.atan(x)), Proved)


JUMPS = {
    "a step": Piecewise((1, x > t), (0, True)),
    "quadratic to linear": Piecewise(((x - t) ** 2, Abs(x - t) <= delta), (Abs(x - t), True)),
    "inside a sum": Sum(Piecewise((x, x > 1), (0, True))),
    "a point": Piecewise((1, Eq(x, t)), (0, True)),
}


@pytest.mark.parametrize("name", JUMPS)
def test_a_jump_of_the_value_is_found(name: str) -> None:
    loss = Loss(value=JUMPS[name], gradient=0, parameters=[delta])
    assert discontinuity(loss) is not None


def test_a_jump_in_the_target_alone_is_no_jump() -> None:
    loss = Loss(
        value=x * Piecewise((1, t > 0), (0, True)), gradient=Piecewise((1, t > 0), (0, True))
    )
    assert discontinuity(loss) is None


def test_conditions_of_every_kind_are_understood() -> None:
    cases = Piecewise((1, Ne(x, t) & Ge(x, t)), (-1, x < t), (0, True))
    assert isinstance(gradient(Abs(x - t), cases), Proved)


def test_a_formula_that_is_undefined_where_the_derivative_is_not_is_refuted() -> None:
    verdict = gradient(x**2 * t, Piecewise((2 * x * t, x > 0), (2 * t * log(-exp(t)), True)))
    assert isinstance(verdict, Refuted)
    assert verdict.witness.written == "undefined"


def test_a_counterexample_is_found_close_to_a_number_of_the_formula() -> None:
    tiny = Rational(1, 10**8)
    value, written = Max(x, delta) ** 2, Piecewise((2 * x, x > Max(delta, tiny)), (0, True))
    assert isinstance(gradient(value, written, parameters=[delta]), Refuted)


def test_an_entry_of_the_identity_matrix_is_its_own_square() -> None:
    loss = Loss(value=Sum(unit_matrix * x), gradient=unit_matrix, inputs=(x,))
    claim = Claim(loss, "gradient", x, unit_matrix**2)
    assert isinstance(check(claim), Proved)
