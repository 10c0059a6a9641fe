"""Special functions: normal forms, enclosures and derivatives against mpmath at exact points."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
import sympy
from flint import arb
from sympy import Expr, Interval, Rational, lambdify

from derive import numeric
from derive.calculus import directional_derivative
from derive.language import as_cases, pred, target
from derive.loss import Loss
from derive.prove.balls import Point, evaluate
from derive.prove.box import Range, sign_on_box
from derive.prove.claim import Claim
from derive.prove.constants import constant_sign
from derive.prove.expression import fraction_expression
from derive.prove.functions import BALLS, CONSTANTS, FUNCTIONS
from derive.prove.points import domain_of
from derive.prove.prover import check
from derive.prove.region import Region
from derive.prove.setting import Setting
from derive.prove.sign import Sign
from derive.prove.verdict import Proved, Refuted

x, t = pred, target
UNIT, POSITIVE, REAL = Interval(-1, 1), Interval(Rational(1, 4), 4), Interval(-3, 3)
INSIDE = Interval(Rational(-9, 10), Rational(9, 10))

EXAMPLES: dict[type, tuple[Expr, Interval]] = {
    **{
        f: (f(x), REAL)
        for f in (
            *(sympy.erf, sympy.erfi, sympy.erfc, sympy.atan, sympy.asinh, sympy.Si),
            *(sympy.sin, sympy.cos, sympy.tanh, sympy.sinh, sympy.cosh),
        )
    },
    **{f: (f(x), INSIDE) for f in (sympy.asin, sympy.acos, sympy.atanh, sympy.erfinv, sympy.tan)},
    **{
        f: (f(x), POSITIVE)
        for f in (
            *(sympy.loggamma, sympy.gamma, sympy.factorial, sympy.LambertW, sympy.Ei, sympy.log),
            *(sympy.cot, sympy.csc, sympy.coth, sympy.csch, sympy.sech),
        )
    },
    sympy.sec: (sympy.sec(x), INSIDE),
    sympy.acosh: (sympy.acosh(x), Interval(2, 5)),
    sympy.polygamma: (sympy.polygamma(2, x), POSITIVE),
    sympy.lowergamma: (sympy.lowergamma(Rational(3, 2), x + t), POSITIVE),
    sympy.uppergamma: (sympy.uppergamma(Rational(7, 3), x), POSITIVE),
    sympy.polylog: (sympy.polylog(2, x), INSIDE),
    sympy.besseli: (sympy.besseli(3, x), POSITIVE),
    sympy.besselk: (sympy.besselk(2, x), POSITIVE),
    sympy.besselj: (sympy.besselj(2, x), POSITIVE),
    sympy.beta: (sympy.beta(x, t), POSITIVE),
    sympy.binomial: (sympy.binomial(x + t, t), POSITIVE),
    sympy.atan2: (sympy.atan2(x, t), REAL),
    sympy.codegen.cfunctions.log1p: (sympy.codegen.cfunctions.log1p(x), POSITIVE),
    sympy.codegen.cfunctions.expm1: (sympy.codegen.cfunctions.expm1(x), REAL),
}
NUMBERS = [Rational(n, 7) for n in (-19, -6, -5, -1, 2, 5, 9, 13, 25, 31)]


def setting(domain: Interval, *formulas: Expr) -> Setting:
    return Setting(domain_of(Loss(value=x, gradient=1, domains={x: domain, t: domain}), *formulas))


def inside(domain: Interval) -> list[Rational]:
    return [number for number in NUMBERS if number in domain]


def at(a: Rational, b: Rational) -> Point:
    return Point(1, 1, {"pred": (a,), "target": (b,)}, {})


def in_mpmath(expression: Expr, a: Rational, b: Rational) -> mpmath.mpf:
    with mpmath.workdps(40):
        numbers = [mpmath.mpf(int(n.p)) / int(n.q) for n in (a, b)]
        return +mpmath.re(lambdify([x, t], expression, "mpmath")(*numbers))


def agree(ball: arb, number: mpmath.mpf) -> bool:
    wide = arb(mpmath.nstr(number, 30)) * arb(1, "1e-15") + arb(0, "1e-15")
    return bool(ball.is_finite() and ball.overlaps(wide))


def test_every_function_with_an_enclosure_has_an_example() -> None:
    assert set(EXAMPLES) == set(BALLS)


@pytest.mark.parametrize("function", EXAMPLES, ids=lambda f: f.__name__)
def test_the_enclosure_is_that_of_the_function(function: type) -> None:
    expression, domain = EXAMPLES[function]
    b = inside(domain)[0]
    for a in inside(domain):
        assert agree(evaluate(expression, at(a, b)), in_mpmath(expression, a, b)), a


def test_the_second_evaluator_knows_every_function_and_constant() -> None:
    assert set(numeric.FUNCTIONS) >= set(BALLS)
    assert set(numeric.CONSTANTS) >= set(CONSTANTS)


@pytest.mark.parametrize("function", EXAMPLES, ids=lambda f: f.__name__)
def test_the_second_evaluator_has_the_numbers_of_a_function_and_of_its_derivative(
    function: type,
) -> None:
    expression, domain = EXAMPLES[function]
    a, b = inside(domain)[-1], inside(domain)[0]
    place = numeric.place((1, 1), {"pred": (a,), "target": (b,)}, {}, (0, 0))
    assert agree(evaluate(expression, at(a, b)), numeric.value(expression, place))
    slope = evaluate(as_cases(directional_derivative(expression, {x: sympy.S.One})), at(a, b))
    low, high = numeric.between(expression, x, "gradient", place)
    number = numeric.mp.mpf(str(slope.str(20, radius=False)))
    assert numeric.lies_within(number, (low, high)) and high - low < numeric.TOLERANCE


@pytest.mark.parametrize("constant", CONSTANTS, ids=str)
def test_the_second_evaluator_has_the_numbers_of_constants(constant: Expr) -> None:
    place = numeric.place((1, 1), {}, {}, (0, 0))
    assert agree(CONSTANTS[constant](), numeric.value(constant, place))


@pytest.mark.parametrize("function", EXAMPLES, ids=lambda f: f.__name__)
def test_the_normal_form_has_the_value_of_the_function(function: type) -> None:
    expression, domain = EXAMPLES[function]
    for part in ("x < 0", "x > 0"):
        ground = setting(domain, expression)
        signs = {"x < 0": Sign.NEGATIVE, "x > 0": Sign.POSITIVE}

        def normal(ground: Setting = ground, sign: Sign = signs[part]) -> Expr:
            region = ground.start()
            for symbol in (x, t):
                region = region.given(ground.form(region)(symbol).numerator, sign)
            return fraction_expression(ground.field, ground.form(region)(expression))

        numbers = [n for n in inside(domain) if (n < 0) == (part == "x < 0")]
        if numbers:
            form = ground.restarting(normal)
            for a in numbers:
                declared, written = (evaluate(e, at(a, numbers[0])) for e in (expression, form))
                assert declared.overlaps(written), (a, form)
                assert written.is_finite()


@pytest.mark.parametrize("function", EXAMPLES, ids=lambda f: f.__name__)
def test_the_derivative_is_a_limit_of_difference_quotients(function: type) -> None:
    expression, domain = EXAMPLES[function]
    b = inside(domain)[-1]
    derivative = sympy.diff(expression, x)
    for a in inside(domain)[:-1]:
        with mpmath.workdps(40):
            step = Rational(1, 10**12)
            above, below = (in_mpmath(expression, a + s * step, b) for s in (1, -1))
            quotient = (above - below) / (2 * mpmath.mpf(10) ** -12)
            assert abs(quotient - in_mpmath(derivative, a, b)) < 1e-15 * (1 + abs(quotient))


@pytest.mark.parametrize("function", EXAMPLES, ids=lambda f: f.__name__)
def test_its_derivative_is_proved_and_twice_that_is_refuted(function: type) -> None:
    expression, domain = EXAMPLES[function]
    derivative = sympy.diff(expression, x)
    loss = Loss(value=expression, gradient=derivative, domains={x: domain, t: domain})
    assert isinstance(check(Claim(loss, "gradient", x, derivative)), Proved)
    assert isinstance(check(Claim(loss, "gradient", x, 2 * derivative)), Refuted)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_symmetry_is_used_where_it_holds_and_only_there(function: type) -> None:
    expression, domain = EXAMPLES[function]
    if domain.inf >= 0:
        assert FUNCTIONS[function].parity == "none"
        return
    form = setting(domain, expression)
    normal = form.form(form.start())
    mirrored = function(*[sympy.expand(a.subs(x, -x)) for a in expression.args], evaluate=False)
    sums = {
        "odd": form.field.add(normal(expression), normal(mirrored)),
        "even": form.field.subtract(normal(expression), normal(mirrored)),
    }
    for parity, total in sums.items():
        assert total.is_zero == (FUNCTIONS[function].parity == parity)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_its_bounds_hold_of_its_values(function: type) -> None:
    expression, domain = EXAMPLES[function]
    value = sympy.Dummy()
    for quantity, strict in FUNCTIONS[function].bounds(value, *expression.args):
        for a in inside(domain):
            there = evaluate(quantity.xreplace({value: expression}), at(a, inside(domain)[0]))
            assert there > 0 if strict else there >= 0 or there.contains(0)


IDENTITIES = {
    "double angle": (sympy.sin(2 * x), 2 * sympy.sin(x) * sympy.cos(x)),
    "Pythagoras": (sympy.sin(x) ** 2 + sympy.cos(x) ** 2, sympy.Integer(1)),
    "a difference of angles": (
        sympy.cos(x - t),
        sympy.cos(x) * sympy.cos(t) + sympy.sin(x) * sympy.sin(t),
    ),
    "a half angle": (sympy.tan(x / 2), sympy.sin(x) / (1 + sympy.cos(x))),
    "the sine of an arctangent": (sympy.sin(2 * sympy.atan(x)), 2 * x / (1 + x**2)),
    "reciprocal arctangents": (sympy.atan(x) + sympy.atan(1 / x), sympy.pi / 2),
    "the recurrence of gamma": (sympy.gamma(x + 2), x * (x + 1) * sympy.gamma(x)),
    "the recurrence of digamma": (
        sympy.digamma(x + 1) - sympy.digamma(x - 1),
        1 / x + 1 / (x - 1),
    ),
    "the recurrence of trigamma": (sympy.polygamma(1, x + 1), sympy.polygamma(1, x) - 1 / x**2),
    "the recurrence of Bessel functions": (
        x * (sympy.besseli(0, x) - sympy.besseli(2, x)),
        2 * sympy.besseli(1, x),
    ),
    "beta by gamma": (
        sympy.beta(x, t),
        sympy.gamma(x) * sympy.gamma(t) / sympy.gamma(x + t),
    ),
    "the other tail": (sympy.erfc(-x), 2 - sympy.erfc(x)),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_are_proved_and_their_neighbours_refuted(name: str) -> None:
    left, right = IDENTITIES[name]
    domains = {x: Interval(Rational(3, 2), 3), t: Interval(Rational(3, 2), 3)}
    loss = Loss(value=x, gradient=1, domains=domains)
    assert isinstance(check(Claim(loss, "form", x, left, reference=right)), Proved)
    nearby = right * (1 + Rational(1, 10**9))
    assert isinstance(check(Claim(loss, "form", x, left, reference=nearby)), Refuted)


NUMBERS_WITH_SIGNS = {
    sympy.log(2) + sympy.log(3) - sympy.sqrt(3): Sign.POSITIVE,
    sympy.pi - Rational(22, 7): Sign.NEGATIVE,
    sympy.sqrt(2 * sympy.pi) - sympy.E: Sign.NEGATIVE,
    sympy.EulerGamma - Rational(1, 2): Sign.POSITIVE,
    sympy.erf(1) - sympy.sin(1): Sign.POSITIVE,
}


@pytest.mark.parametrize("number", NUMBERS_WITH_SIGNS, ids=str)
def test_the_sign_of_a_number(number: Expr) -> None:
    ground = setting(REAL, number)
    region: Region = ground.start()
    form = ground.form(region)(number)
    assert constant_sign(ground.field, form.numerator) is NUMBERS_WITH_SIGNS[number]
    assert region.sign_of(form) is NUMBERS_WITH_SIGNS[number]


def test_constants_are_enclosed() -> None:
    for constant, ball in CONSTANTS.items():
        assert agree(ball(), mpmath.mpf(str(constant.evalf(30))))


def test_the_sign_on_a_box_is_that_at_every_point_of_it() -> None:
    ground = setting(REAL)
    region = Region(ground.field)
    form = ground.form(region)
    ends = [Fraction(-1), Fraction(0), Fraction(1, 2), Fraction(2), None]
    ranges = [Range(a, b) for a in ends[:-1] for b in ends[1:] if b is None or a < b]
    for expression in (
        *(x * t - x - t + 1, x + t - 3, x * t, x - t, 2 * x * t + 1, -x - t - 1),
        *(x**2 + t - 2 * x * t, x**2 * t + (1 - t) * (x - 1) ** 2, t - x**2),
    ):
        polynomial = form(expression).numerator
        indices = {s: ground.field.generator("symbol", (s,), s) for s in (x, t)}
        for one in ranges:
            for two in ranges:
                sign = sign_on_box(polynomial, {indices[x]: one, indices[t]: two}, region.sign)
                for a in samples(one):
                    for b in samples(two):
                        value = expression.xreplace({x: a, t: b})
                        actual = (Sign.NEGATIVE, Sign.ZERO, Sign.POSITIVE)[sympy.sign(value) + 1]
                        assert actual & sign, (expression, one, two, a, b)


def samples(interval: Range) -> list[Rational]:
    low, high = interval
    assert low is not None
    top = low + 40 if high is None else high
    return [Rational(low + (top - low) * Fraction(k, 4)) for k in range(5)]


def test_a_polynomial_that_is_affine_in_one_variable_has_the_sign_of_both_ends() -> None:
    ground = Setting(
        domain_of(Loss(value=x, gradient=1, inputs=[x, t], domains={t: Interval(0, 1)}))
    )
    region = ground.start()
    assert region.sign_of(ground.form(region)(x**2 + t - 2 * x * t)) is Sign.NONNEGATIVE
    assert region.sign_of(ground.form(region)(x**2 + 2 * t - 2 * x * t)) is Sign.ANY
