"""Formulas for people: a line of text for terminals and docstrings, LaTeX for pages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import sympy
from sympy import Expr, Piecewise, Rational, S, Symbol
from sympy.core.relational import Equality, Relational, Unequality
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from derive.language import ENTRY, Aggregate, Element, axes_of, identity, size

_UNICODE = {
    "pred": "ŷ",
    "target": "y",
    "delta": "δ",
    "eps": "ε",
    "tau": "τ",
    "identity": "δᵢₖ",
}
_LATEX = {
    "pred": r"\hat{y}",
    "target": "y",
    "eps": r"\varepsilon",
    "direction": "d",
    "anchor": "a",
    "positive": "p",
    "negative": "n",
    "margin": "m",
}
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_RELATIONS = {"<=": "≤", ">=": "≥", "<": "<", ">": ">", "==": "=", "!=": "≠"}
FREE_INDEX, BOUND_INDICES = "k", "jlmn"


@lru_cache(maxsize=4096, typed=True)
def text_line(expression: Expr) -> str:
    """An expression as one line of text, under the names that its symbols have in the spec."""
    return _TextPrinter({}).doprint(expression)


def unicode_line(expression: Expr) -> str:
    """An expression as one line of text, with the letters that a book would use."""
    return _TextPrinter(_UNICODE).doprint(expression)


def latex(expression: Expr, within_slices: bool) -> str:
    """An expression in LaTeX; within slices the free index is k, bound ones j, l, m."""
    return _LatexPrinter(FREE_INDEX if within_slices else "").doprint(expression)


def abbreviate(expression: Expr, names: Mapping[Expr, str]) -> tuple[Expr, dict[str, Expr]]:
    """The expression with its named parts replaced by symbols, and the parts that were used."""
    products = {part: powers(part) for part in names if part.is_Mul}
    used: dict[str, Expr] = {}

    def visit(e: Expr, whole: bool = False) -> Expr:
        if e in names and not whole:
            used[names[e]] = e
            return Element(names[e], tuple(sorted(axes_of(e))))
        if e.is_Mul:
            found, rest = factor_out(e, products)
            if found:
                return sympy.Mul(*[visit(part) for part in found], visit(rest))
        if not e.args or isinstance(e, Relational):
            return _visit_condition(e, visit)
        if isinstance(e, Piecewise):
            pairs = [(visit(v), _visit_condition(c, visit)) for v, c in e.args]
            return Piecewise(*pairs, evaluate=False)
        if isinstance(e, Aggregate):
            return type(e)(visit(e.body), e.axis)
        return e.func(*[visit(argument) for argument in e.args])

    return visit(expression, whole=True), used


def _visit_condition(condition: Any, visit: Any) -> Any:
    if isinstance(condition, Relational):
        return condition.func(visit(condition.lhs), visit(condition.rhs), evaluate=False)
    if condition.args:
        return condition.func(*[_visit_condition(part, visit) for part in condition.args])
    return condition


def factor_out(product: Expr, named: Mapping[Expr, Mapping[Expr, Expr]]) -> tuple[list[Expr], Expr]:
    """Named products that divide a product, largest first, and what is left.

    SymPy flattens products, so that a part written as one is seldom found as one again.
    """
    left = powers(product)
    found: list[Expr] = []
    while True:
        fitting = [
            part
            for part, needed in named.items()
            if part != product and all(_fits(x, left.get(base)) for base, x in needed.items())
        ]
        if not fitting:
            return found, sympy.Mul(*[base**x for base, x in left.items() if x != 0])
        largest = max(fitting, key=lambda part: (part.count_ops(), str(part)))
        found.append(largest)
        for base, x in named[largest].items():
            left[base] -= x


def powers(product: Expr) -> dict[Expr, Expr]:
    """The factors of a product with their exponents; an exponential is a factor of its own."""
    found: dict[Expr, Expr] = {}
    for factor in sympy.Mul.make_args(product):
        base, exponent = factor.as_base_exp()
        if not exponent.is_Rational or base is S.Exp1:
            base, exponent = factor, S.One
        found[base] = exponent
    return found


def _fits(needed: Expr, present: Expr | None) -> bool:
    if present is None:
        return False
    return bool(needed * present > 0 and abs(needed) <= abs(present))


class _TextPrinter(StrPrinter):
    """SymPy's text with the signs that a book would use."""

    printmethod = "_text"

    def __init__(self, letters: Mapping[str, str]) -> None:
        super().__init__({"order": "lex"})
        self._letters = letters

    def _print_Symbol(self, symbol: Symbol) -> str:
        return self._letters.get(symbol.name, symbol.name)

    _print_Element = _print_Parameter = _print_Size = _print_Symbol

    def _print_Sum(self, aggregate: Any) -> str:
        return f"Σ({self._print(aggregate.body)})"

    def _print_Largest(self, aggregate: Any) -> str:
        return f"max({self._print(aggregate.body)})"

    def _print_Rounded(self, e: Any) -> str:
        return f"({self._print(e.inner)})"

    def _print_RatioOfDifference(self, e: Any) -> str:
        return f"({self._print(e.quotient)})"

    def _print_RoundingError(self, e: Any) -> str:
        return f"error({self._print(e.difference)})"

    def _print_Maximiser(self, e: Expr) -> str:
        return f"[{self._print(e.args[0])} is largest]"

    def _print_Tie(self, e: Expr) -> str:
        return f"[{self._print(e.args[0])} ties]"

    def _print_Abs(self, e: Expr) -> str:
        return f"|{self._print(e.args[0])}|"

    def _print_Max(self, e: Expr) -> str:
        return f"max({', '.join(map(self._print, e.args))})"

    def _print_Min(self, e: Expr) -> str:
        return f"min({', '.join(map(self._print, e.args))})"

    def _print_Add(self, e: Expr, order: str | None = None) -> str:
        # A reader expects 1 - x rather than -x + 1.
        terms = self._as_ordered_terms(e, order=order)
        terms.sort(key=lambda term: term.could_extract_minus_sign())
        text = self.parenthesize(terms[0], PRECEDENCE["Add"])
        for term in terms[1:]:
            minus = term.could_extract_minus_sign()
            part = self.parenthesize(-term if minus else term, PRECEDENCE["Add"] + 1)
            text += f" - {part}" if minus else f" + {part}"
        return text

    def _print_Pow(self, e: Expr, rational: bool = False) -> str:
        base, exponent = e.args
        if exponent == Rational(1, 2):
            return f"√({self._print(base)})"
        if base is S.Exp1:
            return f"exp({self._print(exponent)})"
        if exponent.is_Integer and exponent > 0:
            text = self.parenthesize(base, PRECEDENCE["Pow"])
            return str(text) + str(exponent).translate(_SUPERSCRIPT)
        return str(super()._print_Pow(e, rational=rational)).replace("**", "^")

    def _print_Mul(self, e: Expr) -> str:
        return str(super()._print_Mul(e)).replace("**", "^").replace("*", "·")

    def _print_Relational(self, relation: Relational) -> str:
        relation = _natural(relation)
        sign = _RELATIONS[relation.rel_op]
        return f"{self._print(relation.lhs)} {sign} {self._print(relation.rhs)}"

    def _print_And(self, e: Expr) -> str:
        return " and ".join(map(self._print, sorted(e.args, key=str)))

    def _print_Or(self, e: Expr) -> str:
        return " or ".join(map(self._print, sorted(e.args, key=str)))

    def _print_Piecewise(self, e: Piecewise) -> str:
        parts = [f"{self._print(v)} if {self._print(c)}" for v, c in e.args[:-1]]
        return "{" + "; ".join([*parts, f"else {self._print(e.args[-1][0])}"]) + "}"


class _LatexPrinter(LatexPrinter):
    def __init__(self, index: str) -> None:
        # A thin space, since names of several letters meet in products.
        super().__init__({"order": "lex", "mul_symbol": r" \, "})
        self._index = index

    def _print_Symbol(self, symbol: Symbol, style: str = "plain") -> str:
        name = symbol.name
        if name in _LATEX:
            return _LATEX[name]
        plain = str(super()._print_Symbol(symbol, style))
        if len(name) == 1 or plain.startswith("\\"):
            return plain
        return r"\mathrm{" + name.replace("_", r"\ ") + "}"

    _print_Parameter = _print_Size = _print_Symbol

    def _print_Element(self, element: Element) -> str:
        if element == identity:
            return rf"\delta_{{i{self._index}}}"
        text = self._print_Symbol(element)
        if not self._index or ENTRY not in element.axes:
            return text
        return rf"{{{text}}}_{{{self._index}}}" if "^" in text else f"{text}_{{{self._index}}}"

    def _print_Sum(self, aggregate: Aggregate) -> str:
        index, body = self._bound(aggregate)
        length = self._print_Symbol(size(aggregate.axis))
        return rf"\sum_{{{index}=1}}^{{{length}}} {body}"

    def _print_Largest(self, aggregate: Aggregate) -> str:
        index, body = self._bound(aggregate)
        return rf"\max_{{{index}}} {body}"

    def _bound(self, aggregate: Aggregate) -> tuple[str, str]:
        """The index that an aggregate binds, and its body."""
        used = BOUND_INDICES.find(self._index)
        index = BOUND_INDICES[(used + 1) % len(BOUND_INDICES)]
        inner = _LatexPrinter(index)
        return index, inner.parenthesize(aggregate.body, PRECEDENCE["Mul"], strict=True)

    def _print_Add(self, e: Expr, order: str | None = None) -> str:
        terms = self._as_ordered_terms(e, order=order)
        terms.sort(key=lambda term: term.could_extract_minus_sign())
        text = self._term(terms[0])
        for term in terms[1:]:
            minus = term.could_extract_minus_sign()
            text += f" - {self._term(-term)}" if minus else f" + {self._term(term)}"
        return text

    def _term(self, e: Expr) -> str:
        # A sum reaches as far as it can: anything after it would seem to belong to it.
        text = self.parenthesize(e, PRECEDENCE["Add"], strict=True)
        return rf"\left({text}\right)" if isinstance(e, Aggregate) else str(text)

    def _print_Pow(self, e: Expr) -> str:
        base, exponent = e.args
        if exponent.is_Integer and exponent > 0 and isinstance(base, Aggregate):
            return rf"\left({self._print(base)}\right)^{{{exponent}}}"
        if exponent.is_Integer and exponent > 0 and isinstance(base, Element):
            return f"{self._print(base)}^{{{exponent}}}"
        return str(super()._print_Pow(e))

    def _print_Mul(self, e: Expr) -> str:
        parts = sympy.Mul.make_args(e)  # SymPy also asks for a power such as 1/x
        factors = [f for f in parts if f not in (S.One, S.NegativeOne)]
        below = [f for f in factors if f.as_base_exp()[1].is_negative]
        above = [f for f in factors if f not in below]
        crowded = {f for side in (above, below) if len(side) > 1 for f in side}
        return str(super()._print_Mul(sympy.Mul(*[self._enclosed(f, crowded) for f in parts])))

    def _enclosed(self, factor: Expr, crowded: set[Expr]) -> Expr:
        """A sum beside other factors, in parentheses: else they would seem to belong to it."""
        base, exponent = factor.as_base_exp()
        if factor in crowded and isinstance(base, Aggregate) and abs(exponent) == 1:
            return Symbol(rf"\left({self._print(base)}\right)") ** exponent
        return factor

    def _print_Piecewise(self, e: Piecewise) -> str:
        rows = [
            rf"{self._print(value)} & \text{{if }} {self._print(condition)}"
            for value, condition in e.args[:-1]
        ]
        value, condition = e.args[-1]
        last = (
            r"\text{otherwise}"
            if condition is S.true
            else rf"\text{{if }} {self._print(condition)}"
        )
        rows.append(rf"{self._print(value)} & {last}")
        return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"

    def _print_Relational(self, relation: Relational) -> str:
        return str(super()._print_Relational(_natural(relation)))


def _natural(relation: Relational) -> Relational:
    """The relation with what varies on the left, as one would say it."""
    if isinstance(relation, Equality | Unequality):
        return relation
    varies = [bool(side.atoms(Element)) for side in (relation.lhs, relation.rhs)]
    return relation.reversed if varies == [False, True] else relation
