"""The forms that a search has found, as they are kept in a file and read again.

A record says of each loss for which declared formulas its forms are. It is not trusted: a form is
parsed, and then claimed and proved like one that a specification states.
"""

from __future__ import annotations

import ast
import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import sympy
from sympy import And, Eq, Expr, Ge, Gt, Integer, Le, Lt, Mul, Ne, Or, Piecewise, Symbol
from sympy.codegen.cfunctions import expm1, log1p
from sympy.printing.str import StrPrinter

from derive.language import (
    Element,
    Largest,
    RatioOfDifference,
    Rounded,
    RoundingError,
    Sum,
    direction,
    identity,
    size,
)
from derive.loss import Forms, Loss

SINGLE = "single"
"""The table of forms for results that are computed in double precision and rounded to less."""

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": sympy.exp,
    "log": sympy.log,
    "log1p": log1p,
    "expm1": expm1,
    "sqrt": sympy.sqrt,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "Abs": sympy.Abs,
    "sign": sympy.sign,
    "Max": sympy.Max,
    "Min": sympy.Min,
    "Eq": Eq,
    "Ne": Ne,
    "Piecewise": Piecewise,
    "Sum": Sum,
    "Largest": Largest,
    "rounded": Rounded,
    "error": RoundingError,
    "ratio": RatioOfDifference,
}
_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Pow: lambda a, b: a**b,
    ast.BitAnd: And,
    ast.BitOr: Or,
    ast.Lt: Lt,
    ast.LtE: Le,
    ast.Gt: Gt,
    ast.GtE: Ge,
}


class Unreadable(Exception):
    """A record that cannot be used, and why."""


def written(formula: Expr) -> str:
    """A formula as text that ``read`` reads; raises ``Unreadable`` if it would not be the same."""
    return str(_Printer({"order": "lex"}).doprint(formula))


def read(text: str, loss: Loss) -> Expr:
    """The formula that a text stands for, in the symbols of a loss; raises ``Unreadable``."""
    symbols: dict[str, Symbol] = {str(s): s for s in (*loss.inputs, *loss.parameters)}
    symbols |= {direction.name: direction, identity.name: identity, size().name: size()}
    try:
        return _parsed(ast.parse(text, mode="eval").body, symbols)
    except (SyntaxError, TypeError, ValueError, KeyError) as error:
        raise Unreadable(f"{text!r} is not a formula: {error}") from None


def digest(loss: Loss) -> str:
    """A digest of the formulas that a loss declares, and of what it assumes."""
    parts = [loss.value, loss.gradients, loss.hessians, loss.hvps, loss.domains, loss.assuming]
    facts = [(p.name, p.domain) for p in loss.parameters]
    text = sympy.sstr([*parts, facts], order="lex")
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def parsed(data: bytes) -> dict[str, Any]:
    """The tables of a record, by the name of the loss; raises ``Unreadable``."""
    try:
        return tomllib.loads(data.decode())
    except ValueError as error:
        raise Unreadable(f"it is not TOML: {error}") from None


def with_forms(loss: Loss, table: Mapping[str, Any]) -> Loss:
    """The loss with the forms of a record in place of those it states; raises ``Unreadable``."""
    if table.get("formulas") != digest(loss):
        raise Unreadable("it is about other formulas than those declared")
    forms = _forms(loss, table, loss.forms)
    if SINGLE in table:
        forms = replace(forms, single=_forms(loss, table[SINGLE], forms.single or Forms()))
    return replace(loss, forms=forms)


def _forms(loss: Loss, table: Mapping[str, Any], stated: Forms) -> Forms:
    """Stated forms, or those of a table that has others."""
    found: dict[str, dict[Element, Expr]] = {}
    for key, entry in table.items():
        if isinstance(entry, Mapping) and key != SINGLE:
            kind, _, name = key.partition(" in ")
            wrt = next((x for x in loss.inputs if x.name == name), loss.inputs[0])
            if kind not in ("value", "gradient", "hessian", "hvp") or "form" not in entry:
                raise Unreadable(f"it has a table named {key!r} without a form")
            found.setdefault(kind, {})[wrt] = read(str(entry["form"]), loss)
    return Forms(
        value=found.get("value", {}).get(loss.inputs[0], stated.value),
        gradient=found.get("gradient", stated.gradient),
        hessian=found.get("hessian", stated.hessian),
        hvp=found.get("hvp", stated.hvp),
        single=stated.single,
    )


def _parsed(node: ast.expr, symbols: Mapping[str, Symbol]) -> Any:
    def inner(part: ast.expr) -> Any:
        return _parsed(part, symbols)

    match node:
        case ast.Constant(bool(value)):
            return sympy.true if value else sympy.false
        case ast.Constant(int(value)):
            return Integer(value)
        case ast.Name(name):
            return symbols[name]
        case ast.UnaryOp(ast.USub()) | ast.BinOp(_, ast.Mult() | ast.Div(), _):
            # at once: a number before a sum alone would be multiplied into it
            return Mul(*(inner(f) ** power for f, power in _factors(node)))
        case ast.BinOp(left, operator, right):
            return _OPERATORS[type(operator)](inner(left), inner(right))
        case ast.Compare(left, [operator], [right]):
            return _OPERATORS[type(operator)](inner(left), inner(right))
        case ast.Tuple(parts):
            return tuple(map(inner, parts))
        case ast.Call(ast.Name(name), arguments, []):
            return FUNCTIONS[name](*map(inner, arguments))
    raise ValueError(f"{ast.unparse(node)} is not understood")


def _factors(node: ast.expr) -> Iterator[tuple[ast.expr, int]]:
    """The factors of a product and whether they stand above or below."""
    match node:
        case ast.UnaryOp(ast.USub(), operand):
            yield ast.Constant(-1), 1
            yield from _factors(operand)
        case ast.BinOp(left, ast.Mult() | ast.Div() as operator, right):
            yield from _factors(left)
            for factor, power in _factors(right):
                yield factor, power if isinstance(operator, ast.Mult) else -power
        case _:
            yield node, 1


class _Printer(StrPrinter):
    """SymPy's text, with what is rounded by itself marked as such."""

    printmethod = "_record"

    def _print_Rounded(self, e: Rounded) -> str:
        return f"rounded({self._print(e.inner)})"

    def _print_RoundingError(self, e: RoundingError) -> str:
        return f"error({', '.join(map(self._print, e.args))})"

    def _print_RatioOfDifference(self, e: RatioOfDifference) -> str:
        return f"ratio({', '.join(map(self._print, e.args))})"

    def _print_Sum(self, e: Sum) -> str:
        return f"Sum({self._print(e.body)})"

    def _print_Largest(self, e: Largest) -> str:
        return f"Largest({self._print(e.body)})"

    def _print_Element(self, e: Symbol) -> str:
        return str(e.name)

    _print_Parameter = _print_Size = _print_Element
