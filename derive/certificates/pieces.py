"""Where formulas in cases are smooth, as a guess: Coq checks whatever follows from it.

A *switch* is a pair of expressions that some condition compares. The signs of all switches at a
point single out a piece: an open one if none of those that move is zero, else a boundary. Pieces
are found by trying points, so one may be missed; then the theorem, whose proof goes through all of
them, has none, and Coq says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from sympy import Abs, Add, Expr, Integer, Max, Min, Piecewise, Rational, S, Symbol, diff, lambdify
from sympy.core.relational import Relational
from sympy.sets import Set

from derive.language import as_cases

GRID = tuple(Rational(n, 16) for n in (0, 16, -16, 8, -8, 4, -4, 32, -32, 1, 12, 24, 64))
"""Numbers at which binary arithmetic is exact, squares among them."""

MOST = 30_000
"""How many points are tried at once."""

KEPT = 24
"""How many points are remembered of a piece."""

Point = Mapping[Symbol, Rational]


@dataclass(frozen=True)
class Switch:
    """Two expressions that are compared; whether that may change with what is varied."""

    left: Expr
    right: Expr
    moves: bool

    @property
    def difference(self) -> Expr:
        """What the sign is of."""
        return self.left - self.right


@dataclass(frozen=True)
class Piece:
    """The points at which the switches have given signs."""

    signs: tuple[int, ...]
    points: tuple[Point, ...]


class Pieces:
    """The pieces of some expressions, of which ``moving`` symbols are varied.

    ``varied`` is the one that the others depend on; ``domains`` are those of all symbols.
    """

    def __init__(
        self,
        expressions: tuple[Expr, ...],
        varied: Symbol,
        moving: frozenset[Symbol],
        domains: Mapping[Symbol, Set],
    ) -> None:
        self._varied, self._moving, self._domains = varied, moving, domains
        self.switches = _switches(expressions, moving)
        self.pieces = self._found()
        self._drop_determined()
        for slope in self._varying_slopes():
            self.switches.append(Switch(slope, S.Zero, bool(slope.free_symbols & moving)))
            self.pieces = self._found()

    def zeros(self, piece: Piece) -> list[int]:
        """The positions of the moving switches on whose boundary a piece lies."""
        return [
            i
            for i, (switch, sign) in enumerate(zip(self.switches, piece.signs, strict=True))
            if switch.moves and sign == 0
        ]

    def beside(self, piece: Piece, position: int, sign: int) -> Piece | None:
        """The piece on one side of a boundary."""
        signs = (*piece.signs[:position], sign, *piece.signs[position + 1 :])
        return self.pieces.get(signs)

    def slope(self, piece: Piece, position: int) -> Expr:
        """The derivative of a switch on a boundary, in what is varied."""
        return diff(resolved(self.switches[position].difference, piece.points[0]), self._varied)

    def _found(self) -> dict[tuple[int, ...], Piece]:
        symbols = sorted(
            {s for switch in self.switches for s in switch.difference.free_symbols}, key=str
        )
        differences = lambdify(symbols, [s.difference for s in self.switches], "math")
        most = int(MOST ** (1 / max(len(symbols), 1)))
        found: dict[tuple[int, ...], list[Point]] = {}
        for numbers in product(*(self._grid(symbol)[:most] for symbol in symbols)):
            try:
                values = differences(*map(float, numbers))
            except (ValueError, ZeroDivisionError, OverflowError):  # outside the domain
                continue
            points = found.setdefault(tuple((d > 0) - (d < 0) for d in values), [])
            if len(points) < KEPT:
                points.append(dict(zip(symbols, numbers, strict=True)))
        return {pattern: Piece(pattern, tuple(points)) for pattern, points in found.items()}

    def _grid(self, symbol: Symbol) -> list[Rational]:
        domain = self._domains.get(symbol, S.Reals)
        return [number for number in GRID if domain.contains(number) is S.true]

    def _drop_determined(self) -> None:
        """Forget switches whose sign follows from the others, the most complicated first."""
        for switch in sorted(self.switches, key=_difficulty, reverse=True):
            everything, found = self.switches, self.pieces
            self.switches = [other for other in everything if other is not switch]
            self.pieces = self._found()
            if len(self.pieces) < len(found):
                self.switches, self.pieces = everything, found

    def _varying_slopes(self) -> list[Expr]:
        """Slopes whose sign is not the same all along a boundary, so that it splits that."""
        found: list[Expr] = []
        for piece in self.pieces.values():
            for position in self.zeros(piece):
                slope = self.slope(piece, position)
                signs = {_sign_at(slope, point) for point in piece.points}
                plain = -slope if slope.could_extract_minus_sign() else slope
                if len(signs) > 1 and plain not in found:
                    found.append(plain)
        return found


def resolved(expression: Expr, point: Point) -> Expr:
    """The smooth expression that applies at a point."""
    return _resolve(as_cases(expression), point)


def sign_at(expression: Expr, piece: Piece) -> int:
    """The sign of an expression on a piece."""
    return _sign_at(expression, piece.points[0])


def _sign_at(expression: Expr, point: Point) -> int:
    value = expression.xreplace(dict(point))
    return int((value > 0) == True) - int((value < 0) == True)  # noqa: E712 (SymPy's truth)


def _resolve(expression: Expr, point: Point) -> Expr:
    if isinstance(expression, Piecewise):
        for value, condition in expression.args:
            if condition.xreplace(dict(point)) == True:  # noqa: E712 (SymPy's truth)
                return _resolve(value, point)
    if not expression.args:
        return expression
    return expression.func(*[_resolve(argument, point) for argument in expression.args])


def _switches(expressions: tuple[Expr, ...], moving: frozenset[Symbol]) -> list[Switch]:
    found: dict[Expr, Switch] = {}
    for expression in expressions:
        for comparison in _comparisons(as_cases(expression)):
            left, right = comparison.args
            difference = (left - right).expand()
            if difference.could_extract_minus_sign():
                difference = -difference
            if not difference.is_number:
                moves = bool(difference.free_symbols & moving)
                found.setdefault(difference, Switch(*_sides(left, right), moves))
    return list(found.values())


def _sides(left: Expr, right: Expr) -> tuple[Expr, Expr]:
    """A comparison of a difference with zero as one of its two sides."""
    if right != 0 or not left.is_Add:
        return left, right
    negative = [term for term in left.args if term.could_extract_minus_sign()]
    return left - Add(*negative), -Add(*negative)


def _comparisons(expression: Expr) -> Iterator[Relational]:
    if isinstance(expression, Piecewise):
        for value, condition in expression.args:
            yield from _comparisons(value)
            if condition is not S.true:
                yield from sorted(condition.atoms(Relational), key=str)
        return
    for argument in expression.args:
        yield from _comparisons(argument)


def _difficulty(switch: Switch) -> Integer:
    chosen = len(switch.difference.atoms(Abs, Max, Min))
    return 100 * chosen + switch.difference.count_ops()
