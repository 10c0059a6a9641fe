"""Trusted by whoever reads a certificate: formulas, conditions and domains as terms of Coq.

An expression is printed as it is, node by node: sums may come in another order, and factors with
negative exponents below a line. Nothing is simplified, and what has no exact counterpart in Coq's
real numbers is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sympy import (
    Abs,
    Add,
    And,
    Basic,
    Expr,
    FiniteSet,
    Interval,
    Max,
    Min,
    Mul,
    Not,
    Or,
    Piecewise,
    Pow,
    Rational,
    S,
    Symbol,
    cosh,
    exp,
    log,
    oo,
    sign,
    sinh,
    tanh,
)
from sympy.core.relational import (
    Equality,
    GreaterThan,
    LessThan,
    Relational,
    StrictGreaterThan,
    StrictLessThan,
    Unequality,
)
from sympy.sets import Set

from derive.language import ENTRY, Aggregate, Element, Rounded, Size, Sum, identity, size

ATOM, APPLICATION, POWER, OPPOSITE, PRODUCT, SUM, LOOSE = range(7)
"""How tightly a term holds together, the tightest first."""

FUNCTIONS = {
    exp: "exp",
    log: "ln",
    Abs: "Rabs",
    sign: "sign",
    cosh: "cosh",
    sinh: "sinh",
    tanh: "tanh",
}
CONSTANTS = {S.Exp1: ("exp 1", APPLICATION), S.Pi: ("PI", ATOM)}
FOLDED = {Max: "Rmax", Min: "Rmin"}
BOUND = ("i", "j", "l", "r")
"""Names of the indices that sums bind, outermost first."""

TAKEN = {
    *("as", "at", "by", "cofix", "else", "end", "exists", "fix", "for", "forall", "fun", "if"),
    *("in", "let", "match", "return", "then", "using", "where", "with", "Prop", "Set", "Type"),
    *("exp", "ln", "sqrt", "cosh", "sinh", "tanh", "sign", "Rabs", "Rmax", "Rmin", "INR", "PI"),
    *("R", "S", "O", "I", "nat", "Sum", "n", "m", "k", "s", *BOUND),
    *("a", "f", "h", "x"),
    *("value", "weight", "divisor", "reduced", "is_partial", "is_derive", "between_slopes"),
    *("scal", "plus", "minus", "opp", "zero", "one", "mult", "abs", "norm", "ball", "pos", "side"),
}


class Unprintable(Exception):
    """An expression without an exact counterpart in Coq; the message says which."""


def name_of(symbol: Symbol) -> str:
    """An identifier of Coq for a symbol."""
    name = str(symbol.name).replace("'", "_prime")
    return f"{name}_" if name in TAKEN else name


def vectors(tensors: Iterable[Symbol], parameters: Iterable[Symbol]) -> str:
    """Binders of tensors as vectors, and of parameters as numbers."""
    kinds = ((tensors, "nat -> R"), (parameters, "R"))
    named = ((" ".join(map(name_of, symbols)), kind) for symbols, kind in kinds)
    return " ".join(f"({names} : {kind})" for names, kind in named if names)


class Printer:
    """Prints for one index: elements of tensors are taken there, or are variables if it is empty.

    ``names`` are terms that stand for whole subexpressions.
    """

    def __init__(self, index: str = "", names: Mapping[Expr, str] | None = None) -> None:
        self._index = index
        self._names = dict(names or {})

    def term(self, expression: Expr, tightness: int = LOOSE) -> str:
        """A real number; in parentheses unless it holds together at least that tightly."""
        text, own = self._print(expression)
        return text if own <= tightness else f"({text})"

    def proposition(self, fact: Basic) -> str:
        """A statement about real numbers."""
        if isinstance(fact, And):
            return " /\\ ".join(self.proposition(part) for part in _sorted(fact.args))
        if not isinstance(fact, Relational):
            raise Unprintable(f"a fact of kind {type(fact).__name__}")
        left, right = self.term(fact.lhs, SUM), self.term(fact.rhs, SUM)
        if isinstance(fact, GreaterThan | StrictGreaterThan):
            left, right = right, left
        return f"{left} {_SIGNS[type(fact)]} {right}"

    def membership(self, symbol: Symbol, domain: Set) -> str:
        """That a symbol lies in its domain; empty for all real numbers."""
        x = self.term(symbol, SUM)
        if domain == S.Reals:
            return ""
        if isinstance(domain, FiniteSet):
            return " \\/ ".join(f"{x} = {self.term(value, SUM)}" for value in domain)
        if not isinstance(domain, Interval):
            raise Unprintable(f"a domain of kind {type(domain).__name__}")
        signs = ["<" if is_open else "<=" for is_open in (domain.left_open, domain.right_open)]
        below = f"{self.term(domain.start, SUM)} {signs[0]} " if domain.start != -oo else ""
        above = f" {signs[1]} {self.term(domain.end, SUM)}" if domain.end != oo else ""
        return f"{below}{x}{above}"

    def _print(self, e: Expr) -> tuple[str, int]:
        if e in self._names:
            text = self._names[e]
            return text, APPLICATION if " " in text and text[0] != "(" else ATOM
        if isinstance(e, Rounded):
            return self._print(e.inner)
        if isinstance(e, Size):
            if e != size(ENTRY):
                raise Unprintable("the number of slices in a formula")
            return "INR n", APPLICATION
        if isinstance(e, Symbol):
            return self._symbol(e)
        if isinstance(e, Rational):
            return _number(e)
        if e in CONSTANTS:
            return CONSTANTS[e]
        if isinstance(e, Add):
            return self._sum(e), SUM
        if isinstance(e, Mul):
            return self._product(e)
        if isinstance(e, Pow):
            return self._power(e.base, e.exp)
        if isinstance(e, Piecewise):
            return self._cases(e), LOOSE
        if isinstance(e, Sum):
            return self._aggregate(e), APPLICATION
        for kind, function in FUNCTIONS.items():
            if isinstance(e, kind):
                return f"{function} {self.term(e.args[0], ATOM)}", APPLICATION
        for kind, function in FOLDED.items():
            if isinstance(e, kind):
                return self._fold(function, _sorted(e.args)), APPLICATION
        raise Unprintable(f"{type(e).__name__} has no counterpart in Coq's real numbers")

    def _symbol(self, symbol: Symbol) -> tuple[str, int]:
        if symbol == identity:
            if not self._index:
                raise Unprintable("the identity matrix outside of a sum")
            return f"identity s {self._index}", APPLICATION
        if isinstance(symbol, Element) and self._index:
            return f"{name_of(symbol)} {self._index}", APPLICATION
        return name_of(symbol), ATOM

    def _sum(self, e: Expr) -> str:
        terms = sorted(e.as_ordered_terms(order="lex"), key=_is_negative)
        text = self.term(terms[0], SUM)
        for term in terms[1:]:
            negative = _is_negative(term)
            part = self.term(-term if negative else term, PRODUCT)
            text += f" - {part}" if negative else f" + {part}"
        return text

    def _product(self, e: Expr) -> tuple[str, int]:
        if _is_negative(e):
            return f"- {self.term(-e, POWER)}", OPPOSITE
        above, below = [], []
        for factor in e.as_ordered_factors(order="lex"):
            if isinstance(factor, Rational):
                above += [S(factor.p)] if factor.p != 1 else []
                below += [S(factor.q)] if factor.q != 1 else []
            elif isinstance(factor, Pow) and _is_negative_number(factor.exp):
                below.append(Pow(factor.base, -factor.exp, evaluate=False))
            else:
                above.append(factor)
        text = " * ".join(self.term(factor, POWER) for factor in above) or "1"
        if len(below) == 1:
            text += f" / {self.term(below[0], POWER)}"
        elif below:
            text += f" / ({' * '.join(self.term(factor, POWER) for factor in below)})"
        return text, PRODUCT

    def _power(self, base: Expr, exponent: Expr) -> tuple[str, int]:
        if not isinstance(exponent, Rational) or exponent.q > 2:
            raise Unprintable(f"a power with the exponent {exponent}")
        if exponent < 0:
            text, own = self._power(base, -exponent)
            return f"/ {text if own <= POWER else f'({text})'}", OPPOSITE
        inner = f"sqrt {self.term(base, ATOM)}" if exponent.q == 2 else ""
        if exponent.p == 1:
            return (inner, APPLICATION) if inner else self._print(base)
        return f"{inner or self.term(base, APPLICATION)} ^ {exponent.p}", POWER

    def _fold(self, function: str, arguments: list[Expr]) -> str:
        first, *others = arguments
        rest = (
            self.term(others[0], ATOM) if len(others) == 1 else f"({self._fold(function, others)})"
        )
        return f"{function} {self.term(first, ATOM)} {rest}"

    def _aggregate(self, e: Aggregate) -> str:
        if e.axis != ENTRY:
            raise Unprintable(f"a sum over the axis {e.axis}")
        depth = BOUND.index(self._index) + 1 if self._index in BOUND else 0
        if depth == len(BOUND):
            raise Unprintable("sums nested deeper than anybody reads")
        index = BOUND[depth]
        inner = Printer(index, self._names)
        return f"Sum n (fun {index} => {inner.term(e.body)})"

    def _cases(self, e: Piecewise) -> str:
        *pairs, (last, condition) = e.args
        if condition is not S.true:
            raise Unprintable("cases that do not cover everything")
        text = self.term(last, SUM)
        for value, condition in reversed(pairs):
            text = self._choice(condition, self.term(value, SUM), text)
        return text

    def _choice(self, condition: Basic, then: str, otherwise: str) -> str:
        if isinstance(condition, Not):
            return self._choice(condition.args[0], otherwise, then)
        if isinstance(condition, And | Or):
            first, *others = _sorted(condition.args)
            rest = others[0] if len(others) == 1 else condition.func(*others, evaluate=False)
            if isinstance(condition, And):
                return self._choice(first, f"({self._choice(rest, then, otherwise)})", otherwise)
            return self._choice(first, then, f"({self._choice(rest, then, otherwise)})")
        if not isinstance(condition, Relational):
            raise Unprintable(f"a condition of kind {type(condition).__name__}")
        left, right = self.term(condition.lhs, ATOM), self.term(condition.rhs, ATOM)
        if isinstance(condition, GreaterThan | StrictGreaterThan):
            left, right = right, left
        if isinstance(condition, Unequality):
            then, otherwise = otherwise, then
        return f"if {_DECISIONS[type(condition)]} {left} {right} then {then} else {otherwise}"


_SIGNS = {
    StrictLessThan: "<",
    StrictGreaterThan: "<",
    LessThan: "<=",
    GreaterThan: "<=",
    Equality: "=",
    Unequality: "<>",
}
_DECISIONS = {
    StrictLessThan: "Rlt_dec",
    StrictGreaterThan: "Rlt_dec",
    LessThan: "Rle_dec",
    GreaterThan: "Rle_dec",
    Equality: "Req_EM_T",
    Unequality: "Req_EM_T",
}


def _number(e: Rational) -> tuple[str, int]:
    if not isinstance(e, Rational) or not e.is_finite:
        raise Unprintable(f"the number {e}")
    if e < 0:
        return f"- {Printer().term(-e, POWER)}", OPPOSITE
    return (str(e.p), ATOM) if e.q == 1 else (f"{e.p} / {e.q}", PRODUCT)


def _is_negative(e: Expr) -> bool:
    return bool(e.as_coeff_Mul()[0].is_negative)


def _is_negative_number(e: Expr) -> bool:
    return isinstance(e, Rational) and e < 0


def _sorted(parts: Any) -> list[Any]:
    key: Callable[[Any], str] = str
    return sorted(parts, key=key)
