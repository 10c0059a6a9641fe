"""Draws a loss with its gradient and second derivative as an SVG picture, the same bytes each time.

What moves is the first element of the first input; all other numbers are fixed, and stated below
the picture. One file serves light and dark pages: its colours follow the colour scheme.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Interval, Rational, S, Symbol, oo
from sympy.sets import FiniteSet, Set

from derive.emit.templates import environment
from derive.formulas import unicode_line
from derive.language import Parameter
from derive.loss import Loss
from derive.numeric import NotReal, Place, place, value
from derive.prove.claim import derive
from derive.prove.field import OutsideClass
from derive.registry import Spec

STEPS = 160
REACH = 3
WIDTH, HEIGHT, MARGIN = 640, 300, 34
LEAST, MOST = -3, 5  # what is drawn of the values


@dataclass(frozen=True)
class Curve:
    """A line of the picture: which quantity, and the points of its unbroken parts."""

    name: str
    parts: tuple[str, ...]


def plot(spec: Spec) -> tuple[str, str]:
    """The picture of a loss, and a sentence that says which numbers are fixed."""
    loss, moving = spec.loss, spec.loss.inputs[0]
    shape = (2, 2) if loss.square else (1, 2) if loss.kind == "slices" else (1, 1)
    count = shape[0] * shape[1]
    fixed = {
        x.name: _fixed(loss.domain(x), count, n, _matters(loss, x))
        for n, x in enumerate(loss.inputs)
    }
    parameters = {p.name: p.default for p in loss.parameters}
    low, high = _range(loss.domain(moving))
    where = [low + (high - low) * Rational(n, STEPS) for n in range(STEPS + 1)]
    row = fixed[moving.name]
    places = [
        place(shape, {**fixed, moving.name: (x, *row[1:])}, parameters, (0, 0)) for x in where
    ]
    found = {name: [_value(f, at) for at in places] for name, f in _quantities(loss, moving)}
    finite = [y for ys in found.values() for y in ys if y is not None]
    bottom, top = max(LEAST, min([0, *finite])), min(MOST, max([1, *finite]))
    frame = _Frame(float(low), float(high), float(bottom), float(top))
    curves = [Curve(name, tuple(frame.parts(where, ys))) for name, ys in found.items()]
    template = environment("docs").get_template("plot.svg.jinja")
    picture = template.render(
        spec=spec,
        curves=curves,
        frame=frame,
        axis=unicode_line(moving) + ("₁" if count > 1 else ""),
        width=WIDTH,
        height=HEIGHT,
        margin=MARGIN,
    )
    return picture, _caption(loss, fixed, count)


def _quantities(loss: Loss, moving: Any) -> Iterator[tuple[str, Expr]]:
    yield "value", loss.value
    yield "gradient", loss.gradients.get(moving) or derive(loss, "gradient", moving)
    try:
        stated = loss.hessians.get(moving)
        yield "hessian", derive(loss, "hessian", moving) if stated is None else stated
    except OutsideClass:
        return


def _value(formula: Expr, at: Place) -> float | None:
    try:
        return float(value(formula, at))
    except NotReal:
        return None


def _range(domain: Set) -> tuple[Expr, Expr]:
    """The stretch of a domain that is drawn, away from ends that do not belong to it."""
    shown = domain.intersect(Interval(-REACH, REACH))
    margin = (shown.sup - shown.inf) / 200
    return (
        shown.inf + (0 if shown.inf in domain else margin),
        shown.sup - (0 if shown.sup in domain else margin),
    )


def _matters(loss: Loss, wrt: Symbol) -> bool:
    """Whether the loss moves at all where an input is zero."""
    moving = loss.inputs[0]
    return wrt == moving or moving in loss.value.xreplace({wrt: S.Zero}).free_symbols


def _fixed(domain: Set, count: int, position: int, matters: bool) -> tuple[Expr, ...]:
    """Numbers for the input at a position: 0 and 1 in turn, as far as the domain has them."""
    if isinstance(domain, FiniteSet):
        return tuple([domain.sup] * count)
    zero = S.Zero if S.Zero in domain else Rational(1, 2) if domain.sup <= 1 else S.One
    one = S.One if S.One in domain else zero
    if count == 1:
        return (zero if matters and domain.inf == -oo else one,)
    turn = (one, zero) if position == 1 else (zero, one)
    return tuple((turn * count)[:count])


def _caption(loss: Loss, fixed: dict[str, tuple[Expr, ...]], count: int) -> str:
    moving = loss.inputs[0]
    told = []
    for x in loss.inputs:
        row = [str(number) for number in fixed[x.name]]
        if x == moving:
            row[0] = "·"
        if count > 1 or x != moving:
            told.append(f"{_letter(x)} = {', '.join(row)}" if count == 1 else _row(x, row))
    told += [f"{_letter(p)} = {unicode_line(p.default)}" for p in loss.parameters]
    given = f", with {'; '.join(told)}" if told else ""
    first = "the first element of " if count > 1 else ""
    return f"Value, gradient and second derivative as {first}{_letter(moving)} moves{given}."


def _row(symbol: Symbol, row: list[str]) -> str:
    return f"{_letter(symbol)} = ({', '.join(row)})"


def _letter(symbol: Symbol | Parameter) -> str:
    return unicode_line(symbol)


@dataclass(frozen=True)
class _Frame:
    """Where numbers lie in the picture."""

    left: float
    right: float
    bottom: float
    top: float

    def x(self, number: float) -> str:
        share = (number - self.left) / (self.right - self.left)
        return f"{MARGIN + share * (WIDTH - 2 * MARGIN):.1f}"

    def y(self, number: float) -> str:
        share = (number - self.bottom) / (self.top - self.bottom)
        return f"{HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN):.1f}"

    def x_ticks(self) -> list[float]:
        """Numbers at which the horizontal axis is marked."""
        return _ticks(self.left, self.right)

    def y_ticks(self) -> list[float]:
        """Numbers at which the vertical axis is marked."""
        return _ticks(self.bottom, self.top)

    def parts(self, where: list[Expr], ys: list[float | None]) -> Iterator[str]:
        """The unbroken parts of a curve: it breaks where it leaves the picture, and at jumps."""
        part: list[str] = []
        before: float | None = None
        for x, y in zip(where, ys, strict=True):
            inside = y is not None and self.bottom <= y <= self.top
            jumps = y is not None and before is not None and abs(y - before) > self._jump()
            if part and (not inside or jumps):
                yield " ".join(part)
                part = []
            if inside and y is not None:
                part.append(f"{self.x(float(x))},{self.y(y)}")
            before = y
        if part:
            yield " ".join(part)

    def _jump(self) -> float:
        return (self.top - self.bottom) / 10


def _ticks(low: float, high: float) -> list[float]:
    step = 1.0 if high - low > 2 else 0.25
    first, last = int(low / step - 1), int(high / step + 1)
    return [n * step for n in range(first, last + 1) if low <= n * step <= high]
