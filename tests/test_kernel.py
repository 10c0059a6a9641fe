"""The trusted parts, each against a definition that does not share its code."""

from __future__ import annotations

import random
from fractions import Fraction as Rational
from itertools import product

import pytest
import sympy
from sympy import Abs, Expr, Integer, Max, Min, Piecewise, exp, log, sqrt

from derive.language import (
    ENTRY,
    SLICE,
    Largest,
    Parameter,
    Sum,
    Tensor,
    as_cases,
    positive,
    pred,
    target,
)
from derive.loss import Loss
from derive.prove.balls import OnBoundary, Point, evaluate
from derive.prove.cases import explore
from derive.prove.claim import Claim
from derive.prove.expression import expression_of, fraction_expression
from derive.prove.field import OutsideClass, Undefined
from derive.prove.linear import Inequality, contradictory, refutes
from derive.prove.points import domain_of, has_sign, points
from derive.prove.prover import check
from derive.prove.region import Region, SideCondition
from derive.prove.setting import Setting
from derive.prove.sign import Sign
from derive.prove.verdict import Proved, Refuted, Unknown

DECIMAL = sympy.Rational(1702, 1000)
SIGNS = [Sign(bits) for bits in range(1, 8)]
NUMBERS = {Sign.NEGATIVE: (-2, -1), Sign.ZERO: (0,), Sign.POSITIVE: (1, 3)}


def numbers(sign: Sign) -> list[int]:
    return [x for single, values in NUMBERS.items() if single & sign for x in values]


def sign_of(number: int) -> Sign:
    return {True: Sign.POSITIVE, False: Sign.NEGATIVE}[number > 0] if number else Sign.ZERO


@pytest.mark.parametrize(("a", "b"), list(product(SIGNS, repeat=2)))
def test_signs_of_sums_and_products_cover_all_numbers(a: Sign, b: Sign) -> None:
    for x, y in product(numbers(a), numbers(b)):
        assert sign_of(x * y) & a.times(b)
        assert sign_of(x + y) & a.plus(b)
    for x in numbers(a):
        assert sign_of(x**2) & a.power(2)
        assert sign_of(-x) & a.negate()


@pytest.mark.parametrize("a", SIGNS)
def test_signs_are_as_sharp_as_they_can_be(a: Sign) -> None:
    assert a.negate().negate() == a
    assert a.times(Sign.POSITIVE) == a
    assert a.plus(Sign.ZERO) == a


def row(coefficients: dict[str, int], constant: int, *, strict: bool = False) -> Inequality:
    named = {((ord(name), 1),): c for name, c in coefficients.items()}
    return Inequality(named, constant, strict)


def test_contradictions_are_found() -> None:
    assert contradictory([row({"x": 1}, -1), row({"x": -1}, 0)])
    assert contradictory(
        [row({"x": 1, "y": 1}, 0, strict=True), row({"x": -1}, 0), row({"y": -1}, 0)]
    )
    assert contradictory([row({}, -1)])


def test_what_can_be_satisfied_is_no_contradiction() -> None:
    assert not contradictory([row({"x": 1}, 0), row({"x": -1}, 0)])
    assert not contradictory([row({"x": 1}, 0, strict=True), row({"x": -1}, 1, strict=True)])
    assert not contradictory([])


@pytest.mark.parametrize(
    "multipliers",
    [{}, {0: Rational(-1), 1: Rational(-1)}, {0: Rational(1)}, {0: Rational(2), 1: Rational(1)}],
)
def test_a_false_certificate_is_rejected(multipliers: dict[int, Rational]) -> None:
    system = [row({"x": 1}, -1), row({"x": -1}, 0)]
    assert refutes(system, {0: Rational(1), 1: Rational(1)})
    assert not refutes(system, multipliers)


DELTA = Parameter("delta", default=1, domain=positive)


def random_expression(choose: random.Random, depth: int, bound: bool = False) -> Expr:
    """A well-formed expression of the elements, a parameter, and sums of such."""
    if depth == 0:
        return choose.choice([pred, pred, target, DELTA, Integer(choose.choice([-2, -1, 1, 2, 3]))])

    def part() -> Expr:
        return random_expression(choose, depth - 1, bound)

    makers = [
        lambda: part() + part(),
        lambda: part() * part(),
        lambda: part() ** 2,
        lambda: exp(part() / choose.choice([1, 2])),
        lambda: log(1 + part() ** 2),
        lambda: sqrt(part() ** 2 + 1),
        lambda: 1 / (1 + part() ** 2),
        lambda: Max(part(), part()),
        lambda: Abs(part()),
        lambda: Piecewise((part(), part() > 0), (part(), True)),
        lambda: Sum(random_expression(choose, depth - 1, True)),
    ]
    return choose.choice(makers)()


def random_aggregate(choose: random.Random) -> Expr:
    """A combination of sums and maxima of quotients, roots and products over either axis."""

    def linear() -> Expr:
        return choose.choice([-2, -1, 1, 2]) * choose.choice(INSIDE) + choose.choice([1, 3, DELTA])

    def root() -> Expr:
        first, second = choose.choice([x**2 for x in INSIDE]), choose.choice([1, 2, DELTA])
        return sqrt(first + second + choose.choice([-2, 2]) * sqrt(first * second))

    def aggregate(body: Expr) -> Expr:
        kind, axis = choose.choice([Sum, Sum, Largest]), choose.choice([ENTRY, SLICE])
        return kind(body, axis)

    bodies = [
        lambda: linear() ** choose.choice([1, 2]) / (linear() * linear()),
        lambda: linear() / (linear() * choose.choice(INSIDE) ** choose.choice([1, 2])),
        lambda: choose.choice(INSIDE) * aggregate(linear() * choose.choice(INSIDE)),
        lambda: choose.choice(INSIDE) / (1 + aggregate(choose.choice(INSIDE)) ** 2),
        lambda: linear() * choose.choice([DELTA, -1, DELTA - 2]) + aggregate(linear()),
        lambda: Max(linear(), choose.choice(INSIDE)),
        root,
    ]
    first, second = (aggregate(aggregate(choose.choice(bodies)())) for _ in range(2))
    return choose.choice(
        [first + DELTA * second, first * second, aggregate(choose.choice(bodies)())]
    )


INSIDE = [pred, target, pred * target, exp(pred)]


@pytest.mark.parametrize("seed", range(150))
def test_the_normal_form_of_an_aggregate_has_its_value(seed: int) -> None:
    choose = random.Random(seed)
    compare(random_aggregate(choose), [(1, 1), (2, 1), (2, 2), (2, 3)])


@pytest.mark.parametrize("seed", range(120))
def test_the_normal_form_has_the_value_of_the_expression(seed: int) -> None:
    choose = random.Random(seed)
    compare(random_expression(choose, choose.choice([2, 3])), [(1, 1), (1, 2), (1, 3)])


def compare(expression: Expr, shapes: list[tuple[int, int]]) -> None:
    """Compare an expression with its normal form at points of these shapes."""
    loss = Loss(value=Sum(pred), gradient=1, parameters=[DELTA])
    setting = Setting(domain_of(loss, expression))

    def normal(region: Region) -> tuple[Expr, list[SideCondition]]:
        form = setting.form(region)
        return fraction_expression(setting.field, form(expression)), list(form.conditions.values())

    try:
        found = setting.restarting(lambda: explore(normal, setting.start(), lambda _: True))
    except (OutsideClass, Undefined):
        pytest.skip("outside the class")
    compared = 0
    for shape in shapes:
        for point in list(points(setting.domain, shape, 12))[2:]:
            compared += agree(expression, found.regions, setting, point)
    assert compared


def agree(expression: Expr, regions: list, setting: Setting, point: Point) -> int:
    """Compare at one point, in the region that it lies in; the number of comparisons."""
    for region, (normal, conditions) in regions:
        facts = [(expression_of(setting.field, f.polynomial), f.sign) for f in region.local]
        required = [(c.source, c.sign) for c in conditions]
        excluded = any(
            not has_sign(e, sign, point.at(i)) for e, sign in required for i in point.indices()
        )
        if all(has_sign(e, sign, point) for e, sign in facts):
            if excluded:
                return 0
            try:
                declared = evaluate(expression, point, strict=False)
                value = evaluate(as_cases(normal), point, strict=False)
            except (OnBoundary, OutsideClass, ZeroDivisionError):
                return 0
            if not (declared.is_finite() and value.is_finite()):
                return 0
            assert declared.overlaps(value), (expression, normal, point)
            return 1
    return 0


def test_sympy_and_the_kernel_agree_on_what_sympy_can_simplify() -> None:
    setting = Setting(domain_of(Loss(value=pred, gradient=1)))
    form = setting.form(setting.start())
    for left, right in (
        ((pred + target) ** 3, sympy.expand((pred + target) ** 3)),
        (sympy.tanh(pred), sympy.sinh(pred) / sympy.cosh(pred)),
        (1 / (pred**2 + 1) - 1, -(pred**2) / (pred**2 + 1)),
    ):
        assert form(left) == form(right)


def test_what_is_too_large_to_factor_is_outside_the_class() -> None:
    third, scale = Tensor("third"), DELTA**2 + 1
    nearly_one = sympy.Rational(10**18 + 2 * 10**9 + 1, 10**18)
    even = (third * DELTA**2 + third) / scale
    uneven = (nearly_one * third * DELTA**2 + third) / scale
    formula = Max(target, Abs(pred + even)) + Min(target, Abs(pred + uneven)) - target
    loss = Loss(value=pred, gradient=1, inputs=[pred, target, third], parameters=[DELTA])
    verdict = check(Claim(loss, "form", pred, formula, reference=formula))
    assert isinstance(verdict, Unknown)
    assert verdict.reason == "coefficients too large to factor"


def sign_of_expression(expression: Expr, *facts: tuple[Expr, Sign]) -> Sign:
    """The signs that the kernel leaves possible, everywhere or where facts hold."""
    setting = Setting(domain_of(Loss(value=pred, gradient=1, inputs=[pred, target]), expression))
    region = setting.start()
    for quantity, sign in facts:
        region = region.given(setting.form(region)(quantity).numerator, sign)
    return setting.restarting(lambda: region.sign_of(setting.form(region)(expression)))


@pytest.mark.parametrize("sign", [Sign.NEGATIVE, Sign.ZERO, Sign.POSITIVE])
def test_exponentials_are_ordered_as_their_exponents(sign: Sign) -> None:
    fact = (pred - target, sign)
    assert sign_of_expression(exp(pred) - exp(target), fact) is sign
    assert sign_of_expression(2 - 2 * exp(target - pred), fact) is sign
    assert sign_of_expression(exp(pred) - 2 * exp(target), fact) is Sign.ANY


def test_exponents_without_a_common_unit_of_moderate_size_stay_apart() -> None:
    setting = Setting(domain_of(Loss(value=pred, gradient=1)))
    power = exp(DECIMAL * pred)
    zero = (1 + power) ** 2 - 1 - 2 * power - exp(2 * DECIMAL * pred)
    thirds = (1 + exp(pred / 3)) ** 3 - 1 - 3 * exp(pred / 3) * (1 + exp(pred / 3)) - exp(pred)
    assert setting.restarting(lambda: setting.form(setting.start())(zero + thirds).is_zero)


def test_a_root_that_divides_a_sum_is_a_factor_of_it() -> None:
    length = sqrt(pred**2 + target**2 + 1)
    product = length * (length - pred)
    assert sign_of_expression(product, (length - pred, Sign.POSITIVE)) is Sign.POSITIVE
    assert sign_of_expression(product, (length - pred, Sign.NEGATIVE)) is Sign.NEGATIVE


@pytest.mark.parametrize(
    ("low", "high", "function", "sign"),
    [
        ("-3/2", "3/2", sympy.cos, Sign.POSITIVE),
        ("-3/2", "8/5", sympy.cos, Sign.ANY),
        ("1/9", "3", sympy.sin, Sign.POSITIVE),
        ("0", "22/7", sympy.sin, Sign.ANY),
    ],
)
def test_cosines_and_sines_have_the_sign_of_their_half_turn(
    low: str, high: str, function: type, sign: Sign
) -> None:
    above, below = pred - sympy.Rational(low), sympy.Rational(high) - pred
    facts = (above, Sign.POSITIVE), (below, Sign.POSITIVE)
    assert sign_of_expression(function(pred), *facts) is sign


def test_the_logarithm_of_a_root_of_a_number_is_that_of_the_number() -> None:
    setting = Setting(domain_of(Loss(value=pred, gradient=1)))
    for number in (2, 12, 90):
        root = log(sqrt(Integer(number)), evaluate=False)
        assert setting.form(setting.start())(root - log(Integer(number)) / 2).is_zero


def test_nothing_is_proved_on_a_surface_where_a_quotient_does_not_exist() -> None:
    angle = Parameter("angle", default=1)
    slope = Piecewise((1, pred * sympy.cos(angle) > 1 / sympy.cos(angle)), (0, True))
    loss = Loss(value=pred, gradient=1, inputs=[pred], parameters=[angle])
    verdict = check(Claim(loss, "value", pred, slope, reference=slope))
    assert isinstance(verdict, Proved)
    assert "cos(angle) \N{NOT EQUAL TO} 0" in verdict.assuming
    facts = [fact for region in verdict.regions for fact in region.facts]
    assert facts and "cos(angle) = 0" not in facts


def test_a_logarithm_lies_between_its_bounds() -> None:
    square = pred**2
    assert sign_of_expression(log(1 + square) - square / (1 + square)) is Sign.NONNEGATIVE
    assert sign_of_expression(square - log(1 + square)) is Sign.NONNEGATIVE
    assert sign_of_expression(square / 2 - log(1 + square)) is Sign.ANY


@pytest.mark.parametrize(
    ("quantity", "verdict"),
    [
        (log(Sum(exp(pred))) - pred, Proved),
        (log(Sum(pred**2 + 1)) - log(pred**2 + 1), Proved),
        (log(Sum(exp(pred))) - 2 * pred, Refuted),
        (Sum(pred) - pred, Refuted),
    ],
)
def test_what_is_nowhere_negative_is_at_most_its_sum(quantity: Expr, verdict: type) -> None:
    loss = Loss(value=Sum(pred), gradient=1)
    assert isinstance(check(Claim(loss, "form", pred, Abs(quantity), reference=quantity)), verdict)


@pytest.mark.parametrize("quantity", [log(pred**2 + 1), Sum(pred**2)])
def test_what_holds_on_a_surface_is_not_remembered_elsewhere(quantity: Expr) -> None:
    setting = Setting(domain_of(Loss(value=Sum(pred), gradient=1)))
    start = Region(setting.field)
    surface = setting.form(start)(quantity - target**3).numerator
    setting.field.nonnegative.clear()
    on_surface = start.on_surface(surface)
    assert setting.form(on_surface)(quantity) == setting.form(start)(target**3)
    for bound in (target**3 - pred**2, pred**2 - target**3):
        value = setting.form(start)(bound)
        assert Region(setting.field).sign_of(value) is Sign.ANY
