"""What rules for formulas look for: the patterns that their identities apply to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Abs, Add, Expr, Max, Min, Mul, Piecewise, Pow, S, exp, sign
from sympy.core.relational import Ge, Gt, Le, Lt

from derive.language import Element, Rounded, unrounded


def less_one(e: Expr) -> Expr | None:
    """``u`` if the expression is ``1 + u``."""
    if isinstance(e, Add) and S.One in e.args:
        return Add(*(a for a in e.args if a != 1))
    return None


def root(e: Expr | None) -> Expr | None:
    """``u`` if the expression is ``u**2``, taken of a quotient as a whole."""
    if e is None or e.has(Min):  # those brought in by a rule are small already
        return None
    found = []
    for factor in Mul.make_args(e):
        base, power = factor.as_base_exp()
        if not power.is_Integer or power % 2:
            return None
        found.append(base ** (power / 2))
    whole = Mul(*found)
    return Rounded(whole) if len(found) > 1 else whole


@dataclass(frozen=True)
class Quotient:
    """A quotient ``u = a/b`` by parts that do not overflow, nor vanish before it does."""

    a: Expr
    b: Expr

    @property
    def larger(self) -> Expr:
        """``m = max(b, |a|)``."""
        return Max(self.b, Abs(self.a))

    @property
    def smaller(self) -> Expr:
        """``n = min(b, |a|)``."""
        return Min(self.b, Abs(self.a))

    @property
    def halved(self) -> Expr:
        """``a/2``, a difference by halves: it may be a number where ``a`` is too large for one."""
        return Rounded((self.a / 2).expand())

    @property
    def small(self) -> Expr:
        """``s = n/m``."""
        half = self.b / 2
        return Rounded(Min(half, Abs(self.halved)) / self._half_of_larger)

    @property
    def shrunk(self) -> Expr:
        """``c = b/m``, which is 1 where ``|u| <= 1``."""
        return Rounded(Rounded(self.b / 2) / self._half_of_larger)

    @property
    def _half_of_larger(self) -> Expr:
        return Max(self.b / 2, Abs(self.halved))

    @property
    def clamped(self) -> Expr:
        """``a c = min(max(a, -b), b)``."""
        return Max(-self.b, Min(self.b, self.a))


def quotient(u: Expr | None) -> Quotient | None:
    """The parts of a quotient with a positive divisor, or of anything, with 1 as its divisor."""
    if u is None:
        return None
    below = [f for f in Mul.make_args(unrounded(u)) if is_divisor(f) and f.is_positive]
    b = 1 / Mul(*below)
    return Quotient(unrounded(u) * b, b)


def logit(e: Expr) -> Expr | None:
    """``u`` if the expression is ``1/(1 + exp(-u))``."""
    if isinstance(e, Pow) and e.exp is S.NegativeOne:
        rest = less_one(e.base)
        if isinstance(rest, exp):
            return -rest.args[0]
    return None


def logistic_of(u: Expr) -> Expr:
    """``1/(1 + exp(-u))`` from an exponential that does not overflow."""
    d = exp(-Abs(u))
    return Rounded(Piecewise((1, u >= 0), (d, True)) / (1 + d))


def terms(e: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Each term of a sum with the sum of the others."""
    if isinstance(e, Add):
        for term in e.args:
            yield term, Add(*(a for a in e.args if a != term))


def factors(e: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Each factor of a product with the product of the others."""
    if isinstance(e, Mul):
        for factor in e.args:
            yield factor, Mul(*(a for a in e.args if a != factor))


def is_divisor(factor: Expr) -> bool:
    """Whether a factor of a product is divided by."""
    base, power = factor.as_base_exp()
    return bool(base.free_symbols) and not factor.has(exp) and bool(power.is_negative)


def threshold_of(e: Expr) -> tuple[Expr, Expr, Expr, Expr] | None:
    """``a``, ``c`` and the values below and beyond, of two cases that meet at ``a = c``."""
    if isinstance(e, Piecewise) and len(e.args) == 2:
        (below, condition), (beyond, _) = e.args
        if isinstance(condition, Le | Lt | Ge | Gt):
            relation = varying_left(condition)
            below, beyond = (below, beyond) if isinstance(relation, Le | Lt) else (beyond, below)
            if not beyond.has(sign):
                return relation.lhs, relation.rhs, below, beyond
            return relation.lhs, relation.rhs, below, below
    return None


def varying_left(relation: Expr) -> Expr:
    """The relation with what varies on the left."""
    return relation if varies(relation.lhs) else relation.reversed


def varies(e: Expr) -> bool:
    """Whether an expression depends on the inputs."""
    return bool(unrounded(e).atoms(Element))
