"""The derivation of a gradient in steps that a reader can follow: what meets, and which rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Piecewise, diff

from derive.calculus import Program
from derive.formulas import latex
from derive.language import Aggregate, Element, Largest, Sum, as_cases
from derive.loss import Loss

_INTERMEDIATE = re.compile(r"\\mathrm\{s(\d+)\}")


@dataclass(frozen=True)
class Step:
    """A sentence and the formulas that belong to it, in LaTeX."""

    sentence: str
    formulas: tuple[str, ...]


def steps(loss: Loss, wrt: Element) -> Iterator[Step]:
    """How the gradient in an input follows from the value, rule by rule."""
    return _of_slices(loss, wrt) if loss.kind == "slices" else _of_an_element(loss, wrt)


def _of_an_element(loss: Loss, wrt: Element) -> Iterator[Step]:
    value = as_cases(loss.value)
    if value != loss.value:
        yield Step(
            "Absolute values, signs, maxima and minima are cases:",
            (f"L = {latex(value, False)}",),
        )
    sentence = "Differentiated, case by case:" if _has_cases(value) else "Differentiated:"
    left = rf"\frac{{\partial L}}{{\partial {latex(wrt, False)}}}"
    yield Step(sentence, (f"{left} = {latex(diff(value, wrt), False)}",))


def _has_cases(value: Expr) -> bool:
    return bool(value.has(Piecewise))


def _of_slices(loss: Loss, wrt: Element) -> Iterator[Step]:
    program = Program(loss.value)
    names = {
        inner: Element(f"s{n}", inner.axes) for n, inner in enumerate(program.aggregates, start=1)
    }

    def text(expression: Expr) -> str:
        return _INTERMEDIATE.sub(r"{s_\1}", latex(expression.xreplace(names), True))

    yield Step(
        "Elements meet in these quantities of the slice alone:",
        tuple(f"{text(s)} = {text(body)}" for s, body in program.aggregates.items()),
    )
    yield Step("With them the value is", (f"L = {text(program.result)}",))
    depending: set[Any] = {wrt}
    for inner, aggregate in program.aggregates.items():
        depending |= {inner} if depending & aggregate.body.free_symbols else set()
    bodies: list[tuple[Aggregate | None, str, Expr]] = [(None, "L", program.result)]
    bodies += [(a, text(inner), a.body) for inner, a in reversed(program.aggregates.items())]
    reached: set[str] = {"L"}
    for of, name, body in bodies:
        if name not in reached:
            continue
        moving = [s for s in (*program.aggregates, wrt) if s in body.free_symbols & depending]
        partials = [(text(s), _moves(of, body, s)) for s in moving]
        partials = [(s, slope) for s, slope in partials if slope != 0]
        reached |= {s for s, _ in partials}
        yield Step(
            _rule(of),
            tuple(
                rf"\frac{{\partial {name}}}{{\partial {s}}} = {_share(of)}{text(slope)}"
                for s, slope in partials
            ),
        )
    yield Step(
        "Along every path from the value to the element the partial derivatives multiply, and "
        "what the paths give adds up: this is the gradient, derived below.",
        (),
    )


def _moves(aggregate: Aggregate | None, body: Expr, symbol: Element) -> Expr:
    """The partial derivative of a body; every term of a sum has one in what they share."""
    slope = diff(body, symbol)
    shared = isinstance(aggregate, Sum) and aggregate.axis not in symbol.axes
    return Sum(slope, aggregate.axis) if aggregate is not None and shared else slope


def _rule(aggregate: Aggregate | None) -> str:
    if aggregate is None:
        return "The value moves with each of them by"
    if isinstance(aggregate, Largest):
        return "A largest element moves with the one that attains it, and with no other:"
    return "A sum moves with an element as its own term does, with what they share as all terms do:"


def _share(aggregate: Aggregate | None) -> str:
    return r"\mathbf{1}_{\text{largest}}\," if isinstance(aggregate, Largest) else ""
