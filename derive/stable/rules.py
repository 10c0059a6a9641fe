"""Identities that give formulas another rounding: from one node of a formula to others equal to it.

Each rule states its identity over the reals. Nothing rests on that: whatever is built by rules is
proved equal to the declared formula as a whole, or not used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sympy import (
    Abs,
    Add,
    And,
    Expr,
    Max,
    Min,
    Mul,
    Piecewise,
    Rational,
    S,
    cosh,
    exp,
    log,
    sign,
    tanh,
)
from sympy.codegen.cfunctions import expm1, log1p
from sympy.core.relational import Ge, Gt, Le, Lt, Ne

from derive.language import Element, Rounded, RoundingError
from derive.stable.patterns import (
    factors,
    is_divisor,
    less_one,
    logistic_of,
    logit,
    root,
    terms,
    threshold_of,
    varies,
    varying_left,
)
from derive.stable.squares import (
    conjugate,
    difference_of_squares,
    logarithm_of_one_and_square,
    quotient_by_one_and_square,
    root_less_one,
    root_of_one_and_square,
    scaled_logarithm_of_one_and_square,
)

Rule = Callable[[Expr], Iterator[Expr]]
HALF = Rational(1, 2)


# Logarithms and exponentials ---------------------------------------------------------------------


def logarithm_near_one(e: Expr) -> Iterator[Expr]:
    """``log(1 + u) = log1p(u)``."""
    rest = less_one(e.args[0]) if isinstance(e, log) else None
    if rest is not None:
        yield log1p(rest)


def softplus(e: Expr) -> Iterator[Expr]:
    """``log(1 + exp(u)) = max(u, 0) + log1p(exp(-|u|))``."""
    rest = less_one(e.args[0]) if isinstance(e, log) else None
    if isinstance(rest, exp):
        u = rest.args[0]
        yield Max(u, 0) + log1p(exp(-Abs(u)))


def exponential_near_one(e: Expr) -> Iterator[Expr]:
    """``exp(u) - c = expm1(u) + (1 - c)``."""
    for term, rest in terms(e):
        if isinstance(term, exp):
            yield expm1(term.args[0]) + Rounded(1 + rest)


def logarithm_of_clamp(e: Expr) -> Iterator[Expr]:
    """``log(c)`` and ``log(1 - c)`` of c = min(max(x, a), 1 - a): ends apart, where 1 - x is exact.

    ``log(c) = (log1p(-a) if 1 - x <= a else log(max(x, a)))``, and
    ``log(1 - c) = (log(a) if 1 - x <= a else log1p(-max(x, a)))``.
    """
    if not isinstance(e, log):
        return
    (inner,) = e.args
    rest = less_one(inner)
    clamp = inner if rest is None else -rest
    if not isinstance(clamp, Min) or len(clamp.args) != 2:
        return
    for high, low in (clamp.args, clamp.args[::-1]):
        a = 1 - high
        if isinstance(low, Max) and len(low.args) == 2 and a in low.args and not varies(a):
            x = next(arg for arg in low.args if arg != a)
            ends = Le(1 - x, a)
            if rest is None:
                yield Piecewise((log1p(-a), ends), (log(low), True))
            else:
                yield Piecewise((log(a), ends), (log1p(-low), True))


# Hyperbolic functions ----------------------------------------------------------------------------


def complement_of_squared_tangent(e: Expr) -> Iterator[Expr]:
    """``1 - tanh(u)**2 = 4 d/(1 + d)**2``, d = exp(-2|u|), which is at most 1.

    If u is a difference, its rounding is made good: far out it counts ``|u|`` times.
    """
    rest = less_one(e)
    u = root(-rest) if rest is not None else None
    if isinstance(u, tanh):
        d = exp(-2 * Abs(u.args[0]))
        yield 4 * (d / (1 + d) ** 2)
        yield cosh(u.args[0]) ** -2
        if isinstance(u.args[0], Add) and len(u.args[0].args) == 2:
            d = _power_of_difference(u.args[0])
            yield Min(1, 4 * Rounded(d / (1 + d) ** 2))
            yield Min(1, 4 * Rounded(d / (1 + Rounded(d * Rounded(2 + d)))))


def _power_of_difference(u: Expr) -> Expr:
    """``exp(-2|u|)`` of a sum of two terms, as if it had not been rounded."""
    right, left = sorted(u.args, key=lambda term: not term.could_extract_minus_sign())
    rounded = Rounded(u)
    plain = exp(-2 * Abs(rounded))
    return Rounded(plain - plain * Rounded(2 * sign(rounded) * RoundingError(left, -right)))


# The logistic function ---------------------------------------------------------------------------


def logistic(e: Expr) -> Iterator[Expr]:
    """``1/(1 + exp(-u)) = (1 if u >= 0 else d)/(1 + d)``, d = exp(-|u|)."""
    u = logit(e)
    if u is not None:
        yield logistic_of(u)
        yield HALF + HALF * tanh(u / 2)


def logistic_less_target(e: Expr) -> Iterator[Expr]:
    """``p - y = (1 - y) p - y (1 - p)`` for a logistic p: each product from one exponential."""
    for term, rest in terms(e):
        u = logit(term)
        if u is not None:
            y = -rest
            yield Rounded(1 - y) * logistic_of(u) - Rounded(y * logistic_of(-u))
            yield HALF * tanh(u / 2) + Rounded(HALF - y)


def logistic_variance(e: Expr) -> Iterator[Expr]:
    """``p (1 - p) = d/(1 + d)**2 = min(1/4, d/(1 + d)**2)`` for a logistic p, d = exp(-|u|)."""
    for factor, rest in factors(e):
        u = logit(factor)
        if u is not None and rest == 1 - factor:
            d = exp(-Abs(u))
            for variance in (d / (1 + d) ** 2, Rounded(d / (1 + d)) / (1 + d)):
                yield variance
                yield Min(Rational(1, 4), variance)


def one_sign(e: Expr) -> Iterator[Expr]:
    """``max(u, 0) - c u = |u| (1 - c if u >= 0 else c)``, and nothing where that factor is 0."""
    for term, rest in terms(e):
        if isinstance(term, Max) and len(term.args) == 2 and S.Zero in term.args:
            u = next(a for a in term.args if a != 0)
            for other in Add.make_args(rest):
                c = -other / u
                if not (c.free_symbols & u.free_symbols):
                    weight = Piecewise((1 - c, u >= 0), (c, True))
                    yield Abs(u) * weight + (rest - other)
                    cases = ((Abs(u) * (1 - c), And(u >= 0, Ne(c, 1))), (0, u >= 0))
                    guarded = Piecewise(*cases, (Abs(u) * c, Ne(c, 0)), (0, True))
                    yield guarded + (rest - other)


# Quotients ---------------------------------------------------------------------------------------


def power_of_quotient(e: Expr) -> Iterator[Expr]:
    """``a**n/b**n = (a/b)**n``, which overflows and vanishes no sooner than the quotient."""
    for factor, rest in factors(e):
        base, power = factor.as_base_exp()
        if not (power.is_Integer and power > 1):
            continue
        for other in Mul.make_args(rest):
            below, n = other.as_base_exp()
            if n == -power:
                yield Rounded(base / below) ** power * (rest / other)


def division_first(e: Expr) -> Iterator[Expr]:
    """``a**2 c/b = a (a/b) c``."""
    for factor, rest in factors(e):
        base, power = factor.as_base_exp()
        if not (power.is_Integer and power > 1):
            continue
        for other in Mul.make_args(rest):
            below, n = other.as_base_exp()
            if n.is_Rational and n < 0:
                step = Rounded(base * below ** max(n, -1))
                yield Rounded(base ** (power - 1) * step) * (rest / below ** max(n, -1))


def divide_one_factor(e: Expr) -> Iterator[Expr]:
    """``a b/c = (a/c) b``."""
    above = [f for f in Mul.make_args(e) if not is_divisor(f) and f.free_symbols]
    below = [f for f in Mul.make_args(e) if is_divisor(f) and f.as_base_exp()[1] == -1]
    if len(above) > 1:
        for factor in above:
            for divisor in below:
                yield Rounded(factor * divisor) * (e / factor / divisor)


def divide_in_turn(e: Expr) -> Iterator[Expr]:
    """``a/(b c) = (a/b)/c``, in either order."""
    above = [f for f in Mul.make_args(e) if not is_divisor(f)]
    below = [f for f in Mul.make_args(e) if is_divisor(f)]
    if len(below) == 1 and below[0].as_base_exp()[1] <= -2:
        base, power = below[0].as_base_exp()
        below = [1 / base, base ** (power + 1)]
    if len(below) > 1 and above:
        for first in below:
            rest = Mul(*(f for f in below if f is not first))
            yield Rounded(Mul(*above) * first) * rest
            yield Rounded(Rounded(Mul(*above) * first) * rest)


def difference_quotient(e: Expr) -> Iterator[Expr]:
    """``(p - y)/(p (1 - p)) = (1 - y)/(1 - p) - y/p``."""
    for factor, rest in factors(e):
        for p, other in terms(factor):
            if rest == 1 / (p * (1 - p)):
                y = -other
                yield (1 - y) / (1 - p) - y / p


def common_factor(e: Expr) -> Iterator[Expr]:
    """``c a - c b = c (a - b)``."""
    if isinstance(e, Add):
        content, rest = e.as_content_primitive()
        if content != 1:
            yield content * Rounded(rest)


def number_last(e: Expr) -> Iterator[Expr]:
    """``c a b = c (a b)``, where ``c a`` may overflow though the whole does not."""
    number, rest = e.as_coeff_Mul()
    if isinstance(e, Mul) and abs(number) != 1 and len(Mul.make_args(rest)) > 1:
        yield number * Rounded(rest)


# Infinity ----------------------------------------------------------------------------------------


def product_of_zero(e: Expr) -> Iterator[Expr]:
    """``x y = 0`` where a factor is 0, whatever the other is: for two inputs."""
    found = [f for f in Mul.make_args(e) if isinstance(f, Element)]
    if len(found) == 2 and not any(varies(f) for f in (e / Mul(*found)).args):
        x, y = found
        yield (e / x / y) * Piecewise((x * y, And(Ne(x, 0), Ne(y, 0))), (0, True))


def product_with_positive_part(e: Expr) -> Iterator[Expr]:
    """``x max(u, 0) = (x u if u > 0 else 0)``, whatever x is."""
    for factor, rest in factors(e):
        if isinstance(factor, Max) and len(factor.args) == 2 and S.Zero in factor.args:
            u = next(a for a in factor.args if a != 0)
            if not u.atoms(Piecewise):
                yield Piecewise((rest * Rounded(u), u > 0), (0, True))


# Cases -------------------------------------------------------------------------------------------


def merged_cases(e: Expr) -> Iterator[Expr]:
    """Cases at ``a <= c``: one of them with ``min(a, c)`` in place of ``a`` or of ``c``."""
    found = threshold_of(e)
    if found is None:
        return
    small, threshold, below, beyond = found
    least = Min(small, threshold)
    for power in (0, 1, 2):
        scaled = beyond * threshold**power
        yield scaled.xreplace({threshold: least}) / threshold**power
    if isinstance(small, Abs):
        (inner,) = small.args
        yield below.xreplace({inner: Max(-threshold, Min(inner, threshold))})
    yield below.xreplace({small: least})


def clamped_cases(e: Expr) -> Iterator[Expr]:
    """What does not hold in a case need not be computed: ``x`` inside ``[a, b]`` as its clamp."""
    if not isinstance(e, Piecewise) or len(e.args) != 2 or not isinstance(e.args[0][1], And):
        return
    (value, condition), last = e.args
    bounds = {type(varying_left(r)): varying_left(r) for r in condition.args}
    low = bounds.get(Ge, bounds.get(Gt))
    high = bounds.get(Le, bounds.get(Lt))
    if low is not None and high is not None and low.lhs == high.lhs:
        clamp = Min(Max(low.lhs, low.rhs), high.rhs)
        yield Piecewise((value.xreplace({low.lhs: clamp}), condition), last)


def sides_by_sign(e: Expr) -> Iterator[Expr]:
    """``(a if t < 0; b if t > 0; else 0) = b max(s, 0) - a min(s, 0)``, s the sign of t."""
    if not isinstance(e, Piecewise) or len(e.args) != 3 or e.args[2][0] != 0:
        return
    (a, below), (b, beyond), _ = e.args
    if all(isinstance(r, Gt | Lt) for r in (below, beyond)):
        t = beyond.gts - beyond.lts
        if below.lts - below.gts == t:
            yield b * Max(sign(t), 0) - a * Min(sign(t), 0)


RULES: tuple[Rule, ...] = (
    logarithm_near_one,
    softplus,
    exponential_near_one,
    logarithm_of_one_and_square,
    scaled_logarithm_of_one_and_square,
    logarithm_of_clamp,
    complement_of_squared_tangent,
    logistic,
    logistic_less_target,
    logistic_variance,
    one_sign,
    conjugate,
    root_of_one_and_square,
    root_less_one,
    quotient_by_one_and_square,
    difference_of_squares,
    power_of_quotient,
    division_first,
    divide_one_factor,
    divide_in_turn,
    difference_quotient,
    common_factor,
    number_last,
    product_of_zero,
    product_with_positive_part,
    merged_cases,
    clamped_cases,
    sides_by_sign,
)
