"""Whether a kink states the value that the formula has there."""

from __future__ import annotations

from dataclasses import replace

from sympy import Eq, sympify

from derive.formulas import text_line
from derive.loss import Kink
from derive.prove.claim import Claim
from derive.prove.prover import check
from derive.prove.verdict import Proved, Refuted, Verdict


def misstated(claim: Claim, kink: Kink, verdict: Proved) -> str:
    """The value that a kink states and that the proved formula does not have there, or nothing."""
    stated = getattr(kink, claim.kind, None)
    if stated is None:
        return ""
    here = [boundary for boundary in verdict.boundaries if boundary.declared == kink.because]
    if here:
        return next((b.contradiction for b in here if b.contradiction), "")
    return text_line(sympify(stated)) if isinstance(_compared(claim, kink), Refuted) else ""


def _compared(claim: Claim, kink: Kink) -> Verdict:
    """Whether the stated value equals the formula, where the derivative has no boundary."""
    return check(
        replace(
            claim,
            kind="form",
            written=sympify(getattr(kink, claim.kind)),
            reference=claim.written,
            assuming=(*claim.assuming, Eq(kink.at, 0, evaluate=False)),
        )
    )
