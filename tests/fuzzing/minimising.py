"""A failure made as small as it goes, and written down as a test."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import sympy
from sympy import (
    Expr,
    Integer,
    Piecewise,
)

from derive.language import (
    ENTRY,
    SLICE,
    pred,
    size,
)
from derive.prove.claim import Claim
from derive.prove.field import OutsideClass
from derive.well_formed import SpecError
from tests.fuzzing.expressions import usable
from tests.fuzzing.laws import judged
from tests.fuzzing.rewriting import exchanged, subterms


def smaller(e: Any) -> Iterator[Any]:
    """Simpler expressions in the place of one, the simplest first."""
    for path, part in subterms(e):
        if isinstance(part, Piecewise):
            simpler = [value for value, _ in part.args]
        elif isinstance(part, Expr):
            simpler = [x for x in (Integer(0), Integer(1), pred, *part.args) if isinstance(x, Expr)]
        elif isinstance(part, sympy.logic.boolalg.Boolean):
            parts = [x for x in part.args if not isinstance(x, Expr)]
            simpler = [sympy.true, sympy.false, *parts]
        else:
            continue
        for new in simpler:
            if new != part:
                with suppress(TypeError, ValueError, AttributeError):
                    yield exchanged(e, path, new)


def minimised(claim: Claim, kind: str, seed: int, seconds: float = 30) -> Claim:
    """A smaller claim on which the verdict is wrong in the same way."""
    end = time.monotonic() + seconds

    def fails(candidate: Claim | None) -> bool:
        if candidate is None:
            return False
        found, wrong = judged(candidate, seed, 80)
        return found == kind and bool(wrong)

    progress = True
    while progress and time.monotonic() < end:
        progress = False
        for candidate in _smaller_claims(claim):
            if time.monotonic() > end:
                break
            if _weight(candidate) < _weight(claim) and fails(candidate):
                claim, progress = candidate, True
                break
    return claim


def _weight(claim: Claim) -> tuple[int, int]:
    parts = [claim.written, claim.reference or claim.loss.value, *claim.loss.assuming]
    text = sum(len(str(p)) for p in parts) + 5 * len(claim.loss.domains)
    return sum(p.count_ops() for p in parts), text


def _smaller_claims(claim: Claim) -> Iterator[Claim]:
    loss = claim.loss
    for changes in ({"domains": {}}, {"assuming": ()}):
        yield from _rebuilt_claim(claim, **changes)
    if claim.reference is not None:
        for new in smaller(claim.written):
            yield from _rebuilt_claim(claim, written=new)
        for new in smaller(claim.reference):
            yield from _rebuilt_claim(claim, reference=new)
        return
    for new in smaller(loss.value):
        yield from _rebuilt_claim(claim, value=new)
    for new in smaller(claim.written):
        yield from _rebuilt_claim(claim, written=new)


def _rebuilt_claim(claim: Claim, **changes: Any) -> Iterator[Claim]:
    try:
        if "written" in changes or "reference" in changes:
            new = replace(claim, **changes)
            if usable(new.written, new.derived):
                yield new
        elif usable(loss := replace(claim.loss, **changes).value) and loss is not None:
            yield replace(claim, loss=replace(claim.loss, **changes))
    except (SpecError, OutsideClass, ValueError, TypeError, AttributeError):
        return


class _Code(sympy.printing.str.StrPrinter):
    def _print_Sum(self, e: Any) -> str:
        return f"Sum({self._print(e.body)}{', SLICE' if e.axis == SLICE else ''})"

    def _print_Piecewise(self, e: Any) -> str:
        return f"cases({', '.join(f'({self._print(v)}, {self._print(c)})' for v, c in e.args)})"

    def _print_Rational(self, e: Any) -> str:
        return f"Rational({e.p}, {e.q})"

    def _print_Size(self, e: Any) -> str:
        return "size()" if e == size(ENTRY) else "size(SLICE)"

    def _print_Relational(self, e: Any) -> str:
        name = {">": "Gt", ">=": "Ge", "<": "Lt", "<=": "Le", "==": "Eq", "!=": "Ne"}[e.rel_op]
        return f"{name}({self._print(e.lhs)}, {self._print(e.rhs)})"


def code(e: Any) -> str:
    """An expression as Python code."""
    return str(_Code().doprint(e))


def as_test(claim: Claim, kind: str, wrong: str) -> str:
    """A claim as a line of ``test_attacks.py``."""
    extras = ""
    if claim.loss.domains:
        domains = ", ".join(f"{k}: {v}" for k, v in claim.loss.domains.items())
        extras += f", domains={{{domains}}}"
    if claim.loss.assuming:
        extras += f", assuming=[{', '.join(map(code, claim.loss.assuming))}]"
    if claim.reference is not None:
        call = f"form({code(claim.written)}, {code(claim.reference)}{extras})"
    else:
        wrt = "" if claim.wrt == pred else f", wrt={claim.wrt}"
        call = f"{claim.kind}({code(claim.loss.value)}, {code(claim.written)}{wrt}{extras})"
    return f'# {kind}: {wrong}\n"...": lambda: {call},'
