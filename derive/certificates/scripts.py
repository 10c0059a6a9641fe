"""Proofs that a formula is the derivative of another, one case after the other.

Nothing here needs to be believed: a script that does not fit makes Coq fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from sympy import Add, Expr, Pow, S, Symbol, diff, log, sympify

from derive.certificates.pieces import Piece, Pieces, resolved, sign_at
from derive.certificates.printer import ATOM, SUM, Printer
from derive.certificates.theorem import Uncertified, laid_out
from derive.loss import Kink

SIGNS = (-1, 0, 1)
"""In the order in which ``Rtotal_order`` gives them."""


@dataclass(frozen=True)
class Derivative:
    """That ``slope`` is the derivative of ``function``, as both are named in the certificate."""

    name: str  # of the slope, and of the theorems
    function: str
    differentiated: Expr
    slope: Expr
    wrt: Symbol


@dataclass(frozen=True)
class Setting:
    """How a proof speaks of the point at hand, and of functions around it."""

    here: Printer
    inside: Printer
    letter: str  # what varies inside of functions
    written: str  # the slope at the point at hand, by its name
    unfold: str  # what makes a formula of that
    start: Mapping[str, tuple[str, ...]]  # by kind: the steps up to a function of the letter
    facts: str = ""  # a step that recalls what is known
    slopes: Mapping[Symbol, Expr] | None = None  # how sums move with what is varied


@dataclass(frozen=True)
class _Case:
    kind: str  # "smooth" or "kink"
    piece: Piece
    script: tuple[str, ...]


class Scripts:
    """A script for each piece of a derivative."""

    def __init__(self, claim: Derivative, pieces: Pieces, setting: Setting) -> None:
        self._claim, self._pieces, self._setting = claim, pieces, setting
        self._cases = {signs: self._case(piece) for signs, piece in pieces.pieces.items()}

    def kinks(self, declared: Sequence[Kink]) -> dict[tuple[int, ...], Kink]:
        """The declared kink that each of the pieces lies on at which there is no derivative."""
        found = {}
        for signs, case in self._cases.items():
            if case.kind == "kink":
                at = [k for k in declared if sign_at(sympify(k.at), case.piece) == 0]
                if not at:
                    raise Uncertified("the derivative jumps where no kink is declared")
                found[signs] = at[0]
        return found

    def proof(self, kind: str) -> tuple[str, ...]:
        """The proof that goes through all cases, of which those of another kind are excluded."""
        lines = [*self._setting.start[kind]]
        if not self._pieces.switches:
            last = (f"{self._setting.unfold}.", self._setting.facts, "smooth.")
            return _lines([*lines, " ".join(filter(None, last))])
        here = self._setting.here
        splits = [
            f"destruct (Rtotal_order {here.term(s.left, ATOM)} {here.term(s.right, ATOM)}) "
            "as [?|[?|?]]"
            for s in self._pieces.switches
        ]
        lines += [f"{split};" for split in splits[:-1]] + [f"{splits[-1]}."]
        for signs in product(SIGNS, repeat=len(splits)):
            case = self._cases.get(signs)
            steps = case.script if case and case.kind == kind else ("impossible.",)
            lines += [f"- {steps[0]}", *(f"  {step}" for step in steps[1:])]
        return _lines(lines)

    def _case(self, piece: Piece) -> _Case:
        setting = self._setting
        written = setting.here.term(resolved(self._claim.slope, piece.points[0]), ATOM)
        replace = f"replace ({setting.written}) with {written}"
        facts = [setting.facts] if setting.facts else []
        start = [*facts, laid_out(replace, f"by ({setting.unfold}; by_cases).")]
        branches = self._branches(piece)
        kind: str = "smooth"
        step: tuple[str, ...] = ("region", self._function(branches[0]))
        if len(set(branches)) > 1:
            if setting.slopes is not None:
                kind, step = "kink", self._surface(piece, branches)
            elif self._agree(piece, branches):
                step = ("junction", *map(self._function, branches))
            else:
                kind, step = "kink", ("kink", *map(self._with_slope, branches))
        more = self._nonzero(branches, piece) if kind == "kink" else ()
        return _Case(kind, piece, (*start, laid_out(*step, f"{self._around(piece, *more)}.")))

    def _with_slope(self, branch: Expr) -> str:
        return f"{self._function(branch)} {self._function(diff(branch, self._claim.wrt))}"

    def _surface(self, piece: Piece, branches: list[Expr]) -> tuple[str, ...]:
        """A kink that a slice may touch without crossing it."""
        (position,) = self._pieces.zeros(piece)
        switch = resolved(self._pieces.switches[position].difference, piece.points[0])
        functions = [*branches, switch]
        here = self._setting.here
        slopes = [here.term(self._slope(function), ATOM) for function in functions]
        return ("surface", *map(self._function, functions), *slopes)

    def _slope(self, function: Expr) -> Expr:
        """The derivative, through the sums."""
        slopes = self._setting.slopes or {}
        return Add(*(diff(function, s) * slope for s, slope in slopes.items()))

    def _branches(self, piece: Piece) -> list[Expr]:
        """What the function is on the piece, or below and above it."""
        function, zeros = self._claim.differentiated, self._pieces.zeros(piece)
        if not zeros:
            return [resolved(function, piece.points[0])]
        if len(zeros) > 1:
            raise Uncertified("several conditions change at once")
        rising = 1
        if self._setting.slopes is None:
            rising = sign_at(self._pieces.slope(piece, zeros[0]), piece)
        sides = [self._pieces.beside(piece, zeros[0], sign * rising) for sign in (-1, 1)]
        found = [resolved(function, side.points[0]) for side in sides if side]
        if rising == 0 or len(found) < 2:
            raise Uncertified("a boundary without two sides")
        return found

    def _agree(self, piece: Piece, branches: list[Expr]) -> bool:
        """Whether value and slope are the same on both sides, and the slope is the written one."""
        point = dict(piece.points[0])
        slopes = [diff(branch, self._claim.wrt) for branch in branches]
        written = resolved(self._claim.slope, point)
        here = resolved(self._claim.differentiated, point)
        gaps = [slopes[0] - slopes[1], written - slopes[0], *(here - b for b in branches)]
        others = {s: S.Half for gap in gaps for s in gap.free_symbols if s not in point}
        return all(abs(gap.xreplace(point | others).evalf(30)) < 1e-20 for gap in gaps)

    def _around(self, piece: Piece, *more: str) -> str:
        """The open conditions that hold on a piece, and so around each of its points."""
        facts = []
        for switch, sign in zip(self._pieces.switches, piece.signs, strict=True):
            left = self._setting.inside.term(switch.left, SUM)
            right = self._setting.inside.term(switch.right, SUM)
            if switch.moves and sign != 0:
                facts.append(f"{left} < {right}" if sign < 0 else f"{right} < {left}")
        conditions = " /\\ ".join(dict.fromkeys([*facts, *more])) or "True"
        return f"(fun {self._setting.letter} : R => {conditions})"

    def _function(self, expression: Expr) -> str:
        return f"(fun {self._setting.letter} : R => {self._setting.inside.term(expression)})"

    def _nonzero(self, branches: list[Expr], piece: Piece) -> Iterator[str]:
        """Of which sign denominators and arguments of logarithms are, where they vary."""
        for branch in branches:
            below = {e.base for e in branch.atoms(Pow) if e.exp.is_negative}
            for e in sorted(below | {e.args[0] for e in branch.atoms(log)}, key=str):
                if self._claim.wrt in e.free_symbols:
                    positive = e if sign_at(e, piece) > 0 else -e
                    yield f"0 < {self._setting.inside.term(positive, SUM)}"


def _lines(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(line for text in texts for line in text.split("\n"))
