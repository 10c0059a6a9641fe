"""Proofs that a formula is the derivative of another, one case after the other.

Nothing here needs to be believed: a script that does not fit makes Coq fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from sympy import Expr, Pow, S, Symbol, diff, log, sympify

from derive.certificates.pieces import Piece, Pieces, resolved, sign_at
from derive.certificates.printer import ATOM, SUM, Printer, name_of
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
class _Case:
    kind: str  # "smooth" or "kink"
    piece: Piece
    script: tuple[str, ...]


class Scripts:
    """A script for each piece of a derivative."""

    def __init__(self, claim: Derivative, pieces: Pieces, arguments: str) -> None:
        self._claim, self._pieces, self._arguments = claim, pieces, arguments
        self._print, self._x = Printer(), name_of(claim.wrt)
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
        claim = self._claim
        if not self._pieces.switches:
            return (f"intros. unfold {claim.function}, {claim.name}. smooth.",)
        lines = [f"intros. unfold {claim.function}."]
        splits = [
            f"destruct (Rtotal_order {self._print.term(s.left, ATOM)} "
            f"{self._print.term(s.right, ATOM)}) as [?|[?|?]]"
            for s in self._pieces.switches
        ]
        lines += [f"{split};" for split in splits[:-1]] + [f"{splits[-1]}."]
        for signs in product(SIGNS, repeat=len(splits)):
            case = self._cases.get(signs)
            steps = case.script if case and case.kind == kind else ("impossible.",)
            lines += [f"- {steps[0]}", *(f"  {step}" for step in steps[1:])]
        return tuple(line for text in lines for line in text.split("\n"))

    def _case(self, piece: Piece) -> _Case:
        claim = self._claim
        written = self._print.term(resolved(claim.slope, piece.points[0]), ATOM)
        replace = f"replace ({claim.name} {self._arguments}) with {written}"
        start = laid_out(replace, f"by (unfold {claim.name}; by_cases).")
        branches = self._branches(piece)
        step: tuple[str, ...]
        if len(set(branches)) == 1:
            step = ("region", self._function(branches[0]), f"{self._around(piece)}.")
        elif self._agree(piece, branches):
            step = ("junction", *map(self._function, branches), f"{self._around(piece)}.")
        else:
            slopes = [diff(branch, claim.wrt) for branch in branches]
            sides = [
                f"{self._function(b)} {self._function(s)}"
                for b, s in zip(branches, slopes, strict=True)
            ]
            step = (
                "kink",
                *sides,
                f"{self._around(piece, *_nonzero(branches, piece, claim.wrt))}.",
            )
            return _Case("kink", piece, (start, laid_out(*step)))
        return _Case("smooth", piece, (start, laid_out(*step)))

    def _branches(self, piece: Piece) -> list[Expr]:
        """What the function is on the piece, or below and above it."""
        function, zeros = self._claim.differentiated, self._pieces.zeros(piece)
        if not zeros:
            return [resolved(function, piece.points[0])]
        if len(zeros) > 1:
            raise Uncertified("several conditions change at once")
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
            left, right = (self._print.term(e, SUM) for e in (switch.left, switch.right))
            if switch.moves and sign != 0:
                facts.append(f"{left} < {right}" if sign < 0 else f"{right} < {left}")
        conditions = " /\\ ".join(dict.fromkeys([*facts, *more])) or "True"
        return f"(fun {self._x} : R => {conditions})"

    def _function(self, expression: Expr) -> str:
        return f"(fun {self._x} : R => {self._print.term(expression)})"


def _nonzero(branches: list[Expr], piece: Piece, wrt: Symbol) -> Iterator[str]:
    """Of which sign denominators and arguments of logarithms are, where they vary."""
    printer = Printer()
    for branch in branches:
        below = {e.base for e in branch.atoms(Pow) if e.exp.is_negative}
        for e in sorted(below | {e.args[0] for e in branch.atoms(log)}, key=str):
            if wrt in e.free_symbols:
                yield f"0 < {printer.term(e if sign_at(e, piece) > 0 else -e, SUM)}"
