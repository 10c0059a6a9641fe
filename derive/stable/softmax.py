"""Sums of exponentials over a slice, without overflow and without loss of small differences.

With ``m`` the largest exponent, ``e = exp(z - m)`` and ``r`` the sum of ``e`` over all but one
largest element, where ``e = 1``:

    log(sum(exp(z)))           = m + log1p(r)
    exp(z) / sum(exp(z))       = e / (1 + r)
    c exp(z)/sum(exp(z)) - t   = (e (c - t) - t ((1 - e) + r)) / (1 + r)

A loss that is small is small because ``r`` is: a sum that includes the 1 has rounded it away.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Add, Expr, Integer, Mul, Piecewise, Pow, S, exp, log
from sympy.codegen.cfunctions import log1p

from derive.language import Aggregate, Largest, Rounded, Sum

VANISHING = Integer(-800)
"""An exponent so small that the exponential is 0 in double precision."""


def stable_softmax(expression: Expr) -> Expr:
    """The expression with every sum of exponentials written relative to the largest."""
    if not expression.args or not _has_exponentials(expression):
        return expression
    for rule in (_logarithm_less_exponent, _softmax_less_target, _logarithm, _quotient):
        better = rule(expression)
        if better is not None:
            return _in_arguments(better, stable_softmax)
    return _in_arguments(expression, stable_softmax)


def difference(left: Expr, right: Expr) -> tuple[Expr, Expr]:
    """A difference as floating point rounds it, and the error of that: 0 in exact arithmetic.

    The error is a floating-point number, and found without a rounding (Knuth, TAOCP 2, 4.2.2).
    """
    rounded = Rounded(left - right)
    back = Rounded(rounded - left)
    return rounded, Rounded(left - Rounded(rounded - back)) - Rounded(right + back)


def power(exponent: Expr) -> Expr:
    """``exp(z - m)`` with the rounding error of the difference made good."""
    rounded, error = difference(exponent, Largest(exponent))
    plain = exp(rounded)
    # far below, the difference may be infinite and its error undefined
    return Rounded(plain + plain * Piecewise((Rounded(error), rounded > VANISHING), (0, True)))


def others(exponent: Expr, axis: str) -> Expr:
    """The sum of all powers but one of the largest."""
    rounded, _ = difference(exponent, Largest(exponent))
    equal = Sum(Piecewise((1, rounded >= 0), (0, True)), axis)
    return Rounded(_below(exponent, axis) + Rounded(equal - 1))


def part_names(expression: Expr) -> dict[Expr, str]:
    """Names for the parts that the rules brought in."""
    found: dict[Expr, str] = {}
    for largest in sorted(expression.atoms(Largest), key=str):
        shifted, error = difference(largest.body, largest)
        found |= {
            shifted.inner: "shifted",
            error: "error",
            exp(shifted): "rough_power",
            power(largest.body).inner: "power",
            _below(largest.body, largest.axis): "below",
            others(largest.body, largest.axis).inner: "others",
            1 + others(largest.body, largest.axis): "total",
        }
    return found


def parts(largest: Largest) -> tuple[Expr, Expr, Expr, Expr]:
    """What all quantities of a slice are made of: they are computed together."""
    exponent = largest.body
    rounded, _ = difference(exponent, largest)
    return (
        largest,
        rounded.inner,
        power(exponent).inner,
        others(exponent, largest.axis).inner,
    )


def _below(exponent: Expr, axis: str) -> Expr:
    rounded, _ = difference(exponent, Largest(exponent))
    return Sum(Piecewise((power(exponent), rounded < 0), (0, True)), axis)


def _logarithm(e: Expr) -> Expr | None:
    exponent = _exponent(e.args[0]) if isinstance(e, log) else None
    if exponent is None:
        return None
    return Largest(exponent) + log1p(others(exponent, e.args[0].axis))


def _logarithm_less_exponent(e: Expr) -> Expr | None:
    """``log(sum(exp(z))) - z``: a sum of two parts that are not negative."""
    if not isinstance(e, Add):
        return None
    for sign in (S.One, S.NegativeOne):
        terms = [sign * term for term in e.args]
        for term in terms:
            exponent = _exponent(term.args[0]) if isinstance(term, log) else None
            if exponent is not None and -exponent in terms:
                rest = sum(t for t in terms if t not in (term, -exponent))
                above = Rounded(Largest(exponent) - exponent)
                return sign * (Rounded(above + log1p(others(exponent, term.args[0].axis))) + rest)
    return None


def _quotient(e: Expr) -> Expr | None:
    found = _softmax_factor(e)
    if found is None:
        return None
    exponent, axis, rest = found
    return rest * power(exponent) / Rounded(1 + others(exponent, axis))


def _softmax_less_target(e: Expr) -> Expr | None:
    if not isinstance(e, Add):
        return None
    for term in e.args:
        found = _softmax_factor(term)
        if found is None:
            continue
        if term.could_extract_minus_sign():
            opposite = _softmax_less_target(-e)
            return None if opposite is None else -opposite
        exponent, axis, total = found
        target = term - e
        share, rest = power(exponent), others(exponent, axis)
        away = Rounded(share * Rounded(total - target))
        towards = Rounded(target * Rounded(Rounded(1 - share) + rest))
        numerator = -towards if away == 0 else Rounded(away - towards)
        return numerator / Rounded(1 + rest)
    return None


def _softmax_factor(e: Expr) -> tuple[Expr, str, Expr] | None:
    """``z``, the axis and ``c`` if the expression is ``c exp(z)/sum(exp(z))``."""
    factors = Mul.make_args(e)
    for divisor in factors:
        if isinstance(divisor, Pow) and divisor.exp is S.NegativeOne:
            exponent = _exponent(divisor.base)
            if exponent is not None and exp(exponent) in factors:
                rest = Mul(*(f for f in factors if f not in (divisor, exp(exponent))))
                return exponent, divisor.base.axis, rest
    return None


def _exponent(e: Expr) -> Expr | None:
    """``z`` if the expression is ``sum(exp(z))``."""
    if isinstance(e, Sum) and isinstance(e.body, exp):
        exponent: Expr = e.body.args[0]
        return exponent
    return None


def _has_exponentials(e: Expr) -> bool:
    return any(_exponent(a) is not None for a in e.atoms(Sum))


def _in_arguments(e: Expr, rule: Callable[[Expr], Expr]) -> Expr:
    if isinstance(e, Aggregate):
        body = rule(e.body)
        if isinstance(e, Sum) and body.could_extract_minus_sign():
            return -Sum(-body, e.axis)
        return type(e)(body, e.axis)
    if isinstance(e, Piecewise):
        return Piecewise(*((rule(value), condition) for value, condition in e.args))
    return e.func(*map(rule, e.args)) if e.args else e
