"""Identities for one and a square, whose roots, powers and logarithm may leave the range."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Abs, Expr, Max, Min, Mul, Piecewise, Pow, Rational, S, log, sqrt
from sympy.codegen.cfunctions import log1p

from derive.language import Rounded
from derive.stable.patterns import factors, less_one, quotient, root, terms

HALF = Rational(1, 2)
FAR = 600  # 2**FAR, and its quotient by the largest number, are numbers


def logarithm_of_one_and_square(e: Expr) -> Iterator[Expr]:
    """``log(1 + u**2) = 2 log(m) + log1p(s**2)``, m = max(1, |u|), s = min(1, |u|)/m."""
    u = root(less_one(e.args[0])) if isinstance(e, log) else None
    if u is not None:
        m = Max(1, Abs(u))
        yield 2 * log(m) + log1p(Rounded(Min(1, Abs(u)) / m) ** 2)


def scaled_logarithm_of_one_and_square(e: Expr) -> Iterator[Expr]:
    """``b**2 log(1 + (a/b)**2)``, also where the square or the quotient leaves the range.

    With s as above it is ``a (a (log1p(s**2)/s**2))`` if |a| <= b, where the fraction is 1 at 0;
    else ``b**2 (2 log|a/b| + log1p(s**2))``, the quotient as a multiple of ``2**FAR`` if far.
    """
    for factor, rest in factors(e):
        parts = quotient(root(less_one(factor.args[0]))) if isinstance(factor, log) else None
        if parts is None or not parts.b.free_symbols or (rest / parts.b**2).free_symbols:
            continue
        a, b = parts.a, parts.b
        size = Rounded(Abs(a) / b)
        s = Rounded(Min(1, size) / Max(1, size))
        tail = log1p(s**2)
        near = Rounded(a * Rounded(a * Piecewise((tail / s**2, s**2 > 0), (1, True))))
        is_far = size > 2 ** (FAR - 100)
        # by terms, whose difference may be too large
        lowered = Rounded(Abs(Rounded((a * Rational(1, 2**FAR)).expand())) / b)
        logarithm = log(Piecewise((lowered, is_far), (Max(1, size), True)))
        whole = Rounded(logarithm + Piecewise((FAR * log(2), is_far), (0, True)))
        beyond = Rounded(b * Rounded(b * Rounded(whole + tail / 2)))
        share = rest / b**2
        yield Piecewise((share * near, size <= 1), (2 * share * beyond, True))


def conjugate(e: Expr) -> Iterator[Expr]:
    """``sqrt(a) - b = (a - b**2)/(sqrt(a) + b)``."""
    for term, rest in terms(e):
        if isinstance(term, Pow) and term.exp == HALF:
            yield (term.base - rest**2).expand() / (term - rest)


def root_of_one_and_square(e: Expr) -> Iterator[Expr]:
    """``sqrt(1 + (a/b)**2) = m sqrt(1 + s**2)/b``, m = max(b, |a|), s = min(b, |a|)/m."""
    base, power = e.as_base_exp()
    found = quotient(root(less_one(base)))
    if found is not None and power == HALF:
        yield found.larger * sqrt(1 + found.small**2) / found.b


def root_less_one(e: Expr) -> Iterator[Expr]:
    """``b**2 (sqrt(1 + (a/b)**2) - 1) = n (|a|/(c + h))``, n = min(b, |a|), h = sqrt(1 + s**2).

    c = b/m, with m and s as above. With t = s/(1 + h), whose square is small, it is also
    ``b (|a| - n) + n**2 c (1 - t**2)/2``: of two terms one is zero or the other small.
    """
    for factor, rest in [*factors(e), (e, S.One)]:
        for term, other in terms(factor):
            base, power = term.as_base_exp()
            found = quotient(root(less_one(base)))
            if found is not None and power == HALF and other == -1:
                h, b, size = sqrt(1 + found.small**2), found.b, Abs(found.halved)
                share, least = rest / b**2, Min(b / 2, size)
                yield share * 2 * Rounded(found.smaller * Rounded(size / (found.shrunk + h)))
                beyond = Rounded(b * Rounded(size - least))
                square = Rounded(Rounded(least**2) * found.shrunk)
                less = Rounded(square * Rounded(found.small / (1 + h)) ** 2)
                yield share * 2 * Rounded(beyond + Rounded(square - less))


def quotient_by_one_and_square(e: Expr) -> Iterator[Expr]:
    """``f/(1 + (a/b)**2)**k = f c**(2k)/(1 + s**2)**k``, c = b/m, with m and s as above.

    A factor a becomes ``a c``, clamped between -b and b; and of a factor ``1 - (a/b)**2`` times
    ``c**2`` remains ``1 - s**2``, with the sign of ``b - |a|``.
    """
    for factor in Mul.make_args(e):
        base, power = factor.as_base_exp()
        found = quotient(root(less_one(base)))
        if found is None or not (power.is_Rational and power < 0):
            continue
        rest, steps = e / factor, int(-2 * power)
        squares = [f for f in Mul.make_args(rest) if f == 2 - base]
        if squares and steps >= 2:
            side = Piecewise((1, Abs(found.a) <= found.b), (-1, True))
            changed, steps = side * Rounded(1 - found.small**2), steps - 2
            rest = rest / squares[0]
        elif found.a in Mul.make_args(rest):
            changed, steps = found.clamped, steps - 1
            rest = rest / found.a
        else:
            changed = S.One
        scale = Rounded(found.shrunk**steps)
        yield Rounded(rest * changed * scale) * (1 + found.small**2) ** power
        if power == Rational(-3, 2):
            square = 1 + Rounded(found.a / found.b) ** 2
            yield rest * changed * Rounded(1 / square) / sqrt(square)


def difference_of_squares(e: Expr) -> Iterator[Expr]:
    """``1 - u**2 = (1 - u) (1 + u)``."""
    rest = less_one(e)
    u = root(-rest) if rest is not None else None
    if u is not None:
        yield (1 - Abs(u)) * (1 + Abs(u))
