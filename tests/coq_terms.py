"""Reads the terms of Coq that certificates have, and evaluates them: independent of the printer.

The grammar is that of Coq's reals: ``+ -`` bind least, then ``* /``, then the signs ``-`` and ``/``
before a term, then ``^``, then application.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

TOKEN = re.compile(r"\s*(=>|[A-Za-z_][\w']*|\d+|[-+*/^()])")
FUNCTIONS = {
    "exp": math.exp,
    "ln": math.log,
    "sqrt": math.sqrt,
    "cosh": math.cosh,
    "sinh": math.sinh,
    "tanh": math.tanh,
    "Rabs": abs,
    "sign": lambda x: (x > 0) - (x < 0),
    "Rmax": max,
    "Rmin": min,
}
DECISIONS = {
    "Rlt_dec": lambda a, b: a < b,
    "Rle_dec": lambda a, b: a <= b,
    "Req_EM_T": lambda a, b: a == b,
}
RELATIONS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
}


def parse(text: str) -> Any:
    """A term as nested tuples."""
    tokens = TOKEN.findall(text)
    assert "".join(tokens) == re.sub(r"\s", "", text)
    reader = _Reader(tokens)
    term = reader.term()
    assert reader.next is None, f"left over: {reader.next}"
    return term


class _Reader:
    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens, self._at = tokens, 0

    @property
    def next(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def take(self, expected: str | None = None) -> str:
        token = self._tokens[self._at]
        assert expected is None or token == expected, (token, expected)
        self._at += 1
        return token

    def term(self) -> Any:
        if self.next == "if":
            self.take()
            decision = self.take()
            left, right = self.atom(), self.atom()
            self.take("then")
            then = self.term()
            self.take("else")
            return ("if", decision, left, right, then, self.term())
        left = self.product()
        while self.next in ("+", "-"):
            left = (self.take(), left, self.product())
        return left

    def product(self) -> Any:
        left = self.signed()
        while self.next in ("*", "/"):
            left = (self.take(), left, self.signed())
        return left

    def signed(self) -> Any:
        if self.next in ("-", "/"):
            return ("unary", self.take(), self.signed())
        base = self.application()
        if self.next == "^":
            self.take()
            return ("^", base, int(self.take()))
        return base

    def application(self) -> Any:
        first = self.atom()
        arguments = []
        while self.next is not None and re.match(r"[\w(]", self.next) and self.next not in KEYWORDS:
            arguments.append(self.atom())
        return ("apply", first, *arguments) if arguments else first

    def atom(self) -> Any:
        token = self.take()
        if token != "(":
            return token
        if self.next == "fun":
            self.take()
            index = self.take()
            self.take("=>")
            inner: Any = ("fun", index, self.term())
        else:
            inner = self.term()
        self.take(")")
        return inner


KEYWORDS = ("then", "else", "if", "fun")


def evaluate(
    term: Any,
    values: Mapping[str, Fraction],
    tensors: Mapping[str, Sequence[Fraction]],
    k: int,
) -> float:
    """The number of a term at the entry ``k`` of slice 0."""
    return float(_value(term, {**values, "k": k, "s": 0}, tensors, k))


def holds(
    fact: str,
    values: Mapping[str, Fraction],
    tensors: Mapping[str, Sequence[Fraction]],
    k: int,
) -> bool:
    """Whether a hypothesis holds at the entry ``k``; one about every index, at each of them."""
    every = re.fullmatch(r"\(forall i, \(i < n\)%nat -> (.*)\)", fact)
    indices: Sequence[int | None] = range(len(next(iter(tensors.values())))) if every else [None]
    first, *rest = re.split(r" (<=|<>|<|=) ", every[1] if every else fact)
    for i in indices:
        names = {**values, "k": k, "s": 0, "i": i}
        left = _value(parse(first), names, tensors, k)
        for sign, term in zip(rest[::2], rest[1::2], strict=True):
            right = _value(parse(term), names, tensors, k)
            if not RELATIONS[sign](left, right):
                return False
            left = right
    return True


def _value(t: Any, names: Mapping[str, Any], tensors: Mapping[str, Any], k: int) -> Any:
    def at(inner: Any) -> Any:
        return _value(inner, names, tensors, k)

    if isinstance(t, str):
        if t.isdigit():
            return Fraction(t)
        return (
            names[t] if t in names else names.get(t.removesuffix("_"), None) or _own(t, tensors, k)
        )
    if t[0] == "if":
        return at(t[4] if DECISIONS[t[1]](at(t[2]), at(t[3])) else t[5])
    if t[0] == "unary":
        return -at(t[2]) if t[1] == "-" else 1 / at(t[2])
    if t[0] == "^":
        return at(t[1]) ** t[2]
    if t[0] != "apply":
        left, right = at(t[1]), at(t[2])
        return {
            "+": lambda: left + right,
            "-": lambda: left - right,
            "*": lambda: left * right,
            "/": lambda: left / right,
        }[t[0]]()
    name, *arguments = t[1:]
    if name == "Sum":
        _, index, body = arguments[1]
        count = len(next(iter(tensors.values())))
        return sum(_value(body, {**names, index: i}, tensors, k) for i in range(count))
    if name == "identity":
        return Fraction(names[arguments[0]] == names[arguments[1]])
    if name in FUNCTIONS:
        return FUNCTIONS[name](*map(at, arguments))
    return tensors[name.removesuffix("_")][names[arguments[0]]]


def _own(name: str, tensors: Mapping[str, Any], k: int) -> Any:
    """The generic element of a tensor, where nothing is indexed."""
    return tensors[name.removesuffix("_")][k]
