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
    Pow,
    Rational,
    S,
    cosh,
    exp,
    log,
    sign,
    sinh,
    sqrt,
    tanh,
)
from sympy.codegen.cfunctions import expm1, log1p
from sympy.core.relational import Ge, Gt, Le, Lt

from derive.language import Element, Rounded, unrounded

Rule = Callable[[Expr], Iterator[Expr]]
HALF = Rational(1, 2)


# Logarithms and exponentials ---------------------------------------------------------------------


def logarithm_near_one(e: Expr) -> Iterator[Expr]:
    """``log(1 + u) = log1p(u)``."""
    rest = _less_one(e.args[0]) if isinstance(e, log) else None
    if rest is not None:
        yield log1p(rest)


def softplus(e: Expr) -> Iterator[Expr]:
    """``log(1 + exp(u)) = max(u, 0) + log1p(exp(-|u|))``."""
    rest = _less_one(e.args[0]) if isinstance(e, log) else None
    if isinstance(rest, exp):
        u = rest.args[0]
        yield Max(u, 0) + log1p(exp(-Abs(u)))


def exponential_near_one(e: Expr) -> Iterator[Expr]:
    """``exp(u) - c = expm1(u) + (1 - c)``."""
    for term, rest in _terms(e):
        if isinstance(term, exp):
            yield expm1(term.args[0]) + Rounded(1 + rest)


def logarithm_of_one_and_square(e: Expr) -> Iterator[Expr]:
    """``log(1 + u**2) = 2 log(m) + log1p(s**2)``, m = max(1, |u|), s = min(1, |u|)/m."""
    u = _root(_less_one(e.args[0])) if isinstance(e, log) else None
    if u is not None:
        m = Max(1, Abs(u))
        yield 2 * log(m) + log1p(Rounded(Min(1, Abs(u)) / m) ** 2)


def logarithm_of_clamp(e: Expr) -> Iterator[Expr]:
    """``log(c)`` and ``log(1 - c)`` of c = min(max(x, a), 1 - a): ends apart, where 1 - x is exact.

    ``log(c) = (log1p(-a) if 1 - x <= a else log(max(x, a)))``, and
    ``log(1 - c) = (log(a) if 1 - x <= a else log1p(-max(x, a)))``.
    """
    if not isinstance(e, log):
        return
    (inner,) = e.args
    rest = _less_one(inner)
    clamp = inner if rest is None else -rest
    if not isinstance(clamp, Min) or len(clamp.args) != 2:
        return
    for high, low in (clamp.args, clamp.args[::-1]):
        a = 1 - high
        if isinstance(low, Max) and len(low.args) == 2 and a in low.args and not _varies(a):
            x = next(arg for arg in low.args if arg != a)
            ends = Le(1 - x, a)
            if rest is None:
                yield Piecewise((log1p(-a), ends), (log(low), True))
            else:
                yield Piecewise((log(a), ends), (log1p(-low), True))


# Hyperbolic functions ----------------------------------------------------------------------------


def logarithm_of_cosine(e: Expr) -> Iterator[Expr]:
    """``log(cosh(u)) = log1p(2 sinh(u/2)**2) = (|u| - log(2)) + log1p(exp(-2|u|))``.

    Also ``log1p(m**2/(1 + m)/2)`` for m = exp(|u|) - 1.
    """
    if isinstance(e, log) and isinstance(e.args[0], cosh):
        u = e.args[0].args[0]
        yield log1p(2 * sinh(HALF * Abs(u)) ** 2)
        yield Rounded(Abs(u) - log(2)) + log1p(exp(-2 * Abs(u)))
        m = expm1(Abs(u))
        yield log1p(Rounded(m * Rounded(m / Rounded(1 + m))) / 2)


def complement_of_squared_tangent(e: Expr) -> Iterator[Expr]:
    """``1 - tanh(u)**2 = 4 d/(1 + d)**2``, d = exp(-2|u|)."""
    rest = _less_one(e)
    u = _root(-rest) if rest is not None else None
    if isinstance(u, tanh):
        d = exp(-2 * Abs(u.args[0]))
        yield 4 * (d / (1 + d) ** 2)
        yield cosh(u.args[0]) ** -2


# The logistic function ---------------------------------------------------------------------------


def logistic(e: Expr) -> Iterator[Expr]:
    """``1/(1 + exp(-u)) = (1 if u >= 0 else d)/(1 + d)``, d = exp(-|u|)."""
    u = _logit(e)
    if u is not None:
        yield _logistic(u)
        yield HALF + HALF * tanh(u / 2)


def logistic_less_target(e: Expr) -> Iterator[Expr]:
    """``p - y = (1 - y) p - y (1 - p)`` for a logistic p: each product from one exponential."""
    for term, rest in _terms(e):
        u = _logit(term)
        if u is not None:
            y = -rest
            yield Rounded(1 - y) * _logistic(u) - Rounded(y * _logistic(-u))
            yield HALF * tanh(u / 2) + Rounded(HALF - y)


def logistic_variance(e: Expr) -> Iterator[Expr]:
    """``p (1 - p) = d/(1 + d)**2`` for a logistic p, d = exp(-|u|)."""
    for factor, rest in _factors(e):
        u = _logit(factor)
        if u is not None and rest == 1 - factor:
            d = exp(-Abs(u))
            yield d / (1 + d) ** 2
            yield Rounded(d / (1 + d)) / (1 + d)


def one_sign(e: Expr) -> Iterator[Expr]:
    """``max(u, 0) - c u = |u| (1 - c if u >= 0 else c)``."""
    for term, rest in _terms(e):
        if isinstance(term, Max) and len(term.args) == 2 and S.Zero in term.args:
            u = next(a for a in term.args if a != 0)
            for other in Add.make_args(rest):
                c = -other / u
                if not (c.free_symbols & u.free_symbols):
                    weight = Piecewise((1 - c, u >= 0), (c, True))
                    yield Abs(u) * weight + (rest - other)


# Squares and roots -------------------------------------------------------------------------------


def conjugate(e: Expr) -> Iterator[Expr]:
    """``sqrt(a) - b = (a - b**2)/(sqrt(a) + b)``."""
    for term, rest in _terms(e):
        if isinstance(term, Pow) and term.exp == HALF:
            yield (term.base - rest**2).expand() / (term - rest)


def root_of_one_and_square(e: Expr) -> Iterator[Expr]:
    """``sqrt(1 + (a/b)**2) = m sqrt(1 + s**2)/b``, m = max(b, |a|), s = min(b, |a|)/m."""
    base, power = e.as_base_exp()
    found = _quotient(_root(_less_one(base)))
    if found is not None and power == HALF:
        m, s, b = found
        yield m * sqrt(1 + s**2) / b


def root_less_one(e: Expr) -> Iterator[Expr]:
    """``sqrt(1 + (a/b)**2) - 1 = a (a/(b + h))/b``, h = m sqrt(1 + s**2), with m and s as above."""
    for factor, rest in [*_factors(e), (e, S.One)]:
        for term, other in _terms(factor):
            base, power = term.as_base_exp()
            u = _root(_less_one(base))
            found = _quotient(u)
            if found is not None and power == HALF and other == -1:
                m, s, b = found
                a = unrounded(u) * b
                step = Rounded(a / (b + m * sqrt(1 + s**2)))
                yield Rounded(rest / b * step) * a
                yield rest / b * Rounded(step * a)


def quotient_by_one_and_square(e: Expr) -> Iterator[Expr]:
    """``c/(1 + (a/b)**2) = ((c/m)/m) b**2/(1 + s**2)``, and for other powers; m, s as above."""
    for factor in Mul.make_args(e):
        base, power = factor.as_base_exp()
        found = _quotient(_root(_less_one(base)))
        if found is None or not (power.is_Rational and power < 0):
            continue
        m, s, b = found
        parts = [f for f in Mul.make_args(e) if f != factor] or [S.One]
        for step in range(int(-2 * power)):
            part = parts[step % len(parts)]
            parts[step % len(parts)] = Rounded(Rounded(part / m) * b)
        yield Rounded(Mul(*parts)) * (1 + s**2) ** power


def difference_of_squares(e: Expr) -> Iterator[Expr]:
    """``1 - u**2 = (1 - u) (1 + u)``."""
    rest = _less_one(e)
    u = _root(-rest) if rest is not None else None
    if u is not None:
        yield (1 - Abs(u)) * (1 + Abs(u))


# Quotients ---------------------------------------------------------------------------------------


def power_of_quotient(e: Expr) -> Iterator[Expr]:
    """``a**n/b**n = (a/b)**n``, which overflows and vanishes no sooner than the quotient."""
    for factor, rest in _factors(e):
        base, power = factor.as_base_exp()
        if not (power.is_Integer and power > 1):
            continue
        for other in Mul.make_args(rest):
            below, n = other.as_base_exp()
            if n == -power:
                yield Rounded(base / below) ** power * (rest / other)


def division_first(e: Expr) -> Iterator[Expr]:
    """``a**2 c/b = a (a/b) c``."""
    for factor, rest in _factors(e):
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
    above = [f for f in Mul.make_args(e) if not _is_below(f) and f.free_symbols]
    below = [f for f in Mul.make_args(e) if _is_below(f) and f.as_base_exp()[1] == -1]
    if len(above) > 1:
        for factor in above:
            for divisor in below:
                yield Rounded(factor * divisor) * (e / factor / divisor)


def divide_in_turn(e: Expr) -> Iterator[Expr]:
    """``a/(b c) = (a/b)/c``, in either order."""
    above = [f for f in Mul.make_args(e) if not _is_below(f)]
    below = [f for f in Mul.make_args(e) if _is_below(f)]
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
    for factor, rest in _factors(e):
        for p, other in _terms(factor):
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


# Cases -------------------------------------------------------------------------------------------


def merged_cases(e: Expr) -> Iterator[Expr]:
    """Cases at ``a <= c``: one of them with ``min(a, c)`` in place of ``a`` or of ``c``."""
    found = _threshold(e)
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
    bounds = {type(_natural(r)): _natural(r) for r in condition.args}
    low = bounds.get(Ge, bounds.get(Gt))
    high = bounds.get(Le, bounds.get(Lt))
    if low is not None and high is not None and low.lhs == high.lhs:
        clamp = Min(Max(low.lhs, low.rhs), high.rhs)
        yield Piecewise((value.xreplace({low.lhs: clamp}), condition), last)


RULES: tuple[Rule, ...] = (
    logarithm_near_one,
    softplus,
    exponential_near_one,
    logarithm_of_one_and_square,
    logarithm_of_clamp,
    logarithm_of_cosine,
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
    merged_cases,
    clamped_cases,
)


# What rules look for -----------------------------------------------------------------------------


def _less_one(e: Expr) -> Expr | None:
    """``u`` if the expression is ``1 + u``."""
    if isinstance(e, Add) and S.One in e.args:
        return Add(*(a for a in e.args if a != 1))
    return None


def _root(e: Expr | None) -> Expr | None:
    """``u`` if the expression is ``u**2``, taken of a quotient as a whole."""
    if e is None or e.has(Min):  # those brought in by a rule are small already
        return None
    bases = []
    for factor in Mul.make_args(e):
        base, power = factor.as_base_exp()
        if not power.is_Integer or power % 2:
            return None
        bases.append(base ** (power / 2))
    root = Mul(*bases)
    return Rounded(root) if len(bases) > 1 else root


def _quotient(u: Expr | None) -> tuple[Expr, Expr, Expr] | None:
    """m, s and b of a quotient ``u = a/b`` with positive b, or of any ``u = a`` with b = 1."""
    if u is None:
        return None
    below = [f for f in Mul.make_args(unrounded(u)) if _is_below(f) and f.is_positive]
    b = 1 / Mul(*below)
    a = Abs(unrounded(u) * b)
    m = Max(b, a)
    return m, Rounded(Min(b, a) / m), b


def _logit(e: Expr) -> Expr | None:
    """``u`` if the expression is ``1/(1 + exp(-u))``."""
    if isinstance(e, Pow) and e.exp is S.NegativeOne:
        rest = _less_one(e.base)
        if isinstance(rest, exp):
            return -rest.args[0]
    return None


def _logistic(u: Expr) -> Expr:
    d = exp(-Abs(u))
    return Rounded(Piecewise((1, u >= 0), (d, True)) / (1 + d))


def _terms(e: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Each term of a sum with the sum of the others."""
    if isinstance(e, Add):
        for term in e.args:
            yield term, Add(*(a for a in e.args if a != term))


def _factors(e: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Each factor of a product with the product of the others."""
    if isinstance(e, Mul):
        for factor in e.args:
            yield factor, Mul(*(a for a in e.args if a != factor))


def _is_below(factor: Expr) -> bool:
    base, power = factor.as_base_exp()
    return bool(base.free_symbols) and not factor.has(exp) and bool(power.is_negative)


def _threshold(e: Expr) -> tuple[Expr, Expr, Expr, Expr] | None:
    """``a``, ``c`` and the values below and beyond, of two cases that meet at ``a = c``."""
    if isinstance(e, Piecewise) and len(e.args) == 2:
        (below, condition), (beyond, _) = e.args
        if isinstance(condition, Le | Lt | Ge | Gt):
            relation = _natural(condition)
            below, beyond = (below, beyond) if isinstance(relation, Le | Lt) else (beyond, below)
            if not beyond.has(sign):
                return relation.lhs, relation.rhs, below, beyond
            return relation.lhs, relation.rhs, below, below
    return None


def _natural(relation: Expr) -> Expr:
    """The relation with what varies on the left."""
    return relation if _varies(relation.lhs) else relation.reversed


def _varies(e: Expr) -> bool:
    return bool(unrounded(e).atoms(Element))
