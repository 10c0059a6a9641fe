"""What a formula is made of: its parts, what of them is shared, and what they amount to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import sympy
from sympy import Expr, Piecewise, Pow, S
from sympy.codegen.cfunctions import expm1

from derive.emit.class_labels import at_label
from derive.language import Aggregate, Element, Largest, RatioOfDifference, Rounded, RoundingError
from derive.stable.softmax import parts as parts_of_softmax


class Shared:
    """How often the parts of some formulas are used, and which of them are computed together."""

    def __init__(self, formulas: Sequence[Expr]) -> None:
        self.uses: Counter[Expr] = Counter()
        self.together: dict[Expr, Largest] = {}  # by what is computed with it
        self.there: dict[Expr, Expr] = {}  # by what it is at the label
        for formula in formulas:
            self._find_softmax(formula)
        for formula in formulas:
            self._count(formula)
        self.uses.update([power for e in self.uses if (power := power_for(e)) in self.uses])

    def _count(self, e: Expr) -> None:
        if isinstance(e, Pow) and e.exp.is_Rational and e.exp < 0 and e.base is not S.Exp1:
            return self._count(e.base**-e.exp)  # what is divided by
        if isinstance(e, Rounded):
            return self._count(e.inner)
        if e.is_Add and (-e in self.together or -e in self.there):
            return self._count(-e)
        self.uses[e] += 1
        if self.uses[e] > 1:
            return
        if e in self.there:
            return self._count(self.there[e])
        if e in self.together:
            return self._count(fraction_by_parameters(self.together[e].body)[0])
        parts = [e.body] if isinstance(e, Aggregate) else e.args
        if isinstance(e, RoundingError | RatioOfDifference):
            parts = [e.difference, *parts]
        for part in parts:
            self._count(part)

    def _find_softmax(self, formula: Expr) -> None:
        """Find what the exponentials of a slice give together."""
        for largest in formula.atoms(Largest):
            found = parts_of_softmax(largest)
            if formula.has(found[-1]):
                self.together |= dict.fromkeys(found, largest)
                self.there |= {at_label(part): part for part in found[1:3]}


def parts(e: Expr) -> list[Expr]:
    """What an expression is made of, looking through negation and cases."""
    if isinstance(e, Rounded):
        return parts(e.inner)
    if isinstance(e, Aggregate):
        return [bare(e.body)]
    if isinstance(e, Piecewise):
        return [bare(value) for value, _ in e.args]
    if e.is_Mul or e.is_Add or isinstance(e, Pow):
        return [*map(bare, e.args), *(inner for a in e.args for inner in parts(a))]
    return [bare(a) for a in e.args]


def no_multiples(found: Sequence[Expr], known: Collection[Expr]) -> list[Expr]:
    """Those that are no multiples; if all are, those without their signs, but the known."""
    plain = [p for p in found if p.as_coeff_Mul()[0] == 1]
    positive = [-p if p.could_extract_minus_sign() else p for p in found]
    return plain or [p for p in positive if p not in known]


def bare(e: Expr) -> Expr:
    """An expression without the mark that it is rounded by itself."""
    return e.inner if isinstance(e, Rounded) else e


def clamped(e: Expr) -> tuple[Expr, Expr, Expr] | None:
    """What is clamped between which numbers, if that is what an expression says."""
    outer = _split(e)
    inner = _split(outer[0]) if outer else None
    if outer is None or inner is None or type(e) is type(outer[0]):
        return None
    low, high = (inner[1], outer[1]) if isinstance(e, sympy.Min) else (outer[1], inner[1])
    # min(max(x, low), high) is what NumPy means; the other order agrees if the ends are in order
    if isinstance(e, sympy.Min) or (high - low).is_nonnegative:
        return inner[0], low, high
    return None


def _split(e: Expr) -> tuple[Expr, Expr] | None:
    """The argument of a maximum or minimum of two that depends on the inputs, and the number."""
    if not isinstance(e, sympy.Max | sympy.Min) or len(e.args) != 2:
        return None
    first, second = sorted(e.args, key=lambda part: not part.atoms(Element))
    return None if second.atoms(Element) or not first.atoms(Element) else (first, second)


def power_for(e: Expr) -> Expr | None:
    """The exponential from which a function follows quickly, if that is known."""
    if isinstance(e, expm1):
        return sympy.exp(e.args[0])
    return sympy.exp(-2 * sympy.Abs(e.args[0])) if isinstance(e, sympy.tanh) else None


def fraction_by_parameters(e: Expr) -> tuple[Expr, Expr]:
    """The numerator and denominator of what is divided by positive parameters, else by 1."""
    numerator, divisor = e.as_numer_denom()
    if divisor.free_symbols and not divisor.atoms(Element) and divisor.is_positive:
        return numerator, divisor
    return e, S.One
