"""Runs code under audit on real arrays, and says what its formula does not show."""

from __future__ import annotations

from derive.auditing import rounding, treatment
from derive.auditing.remarks import Remark, finding
from derive.auditing.trace import Trace
from derive.loss import Loss
from derive.report.finding import Finding


def numerical(trace: Trace, loss: Loss, *, strict: bool = False) -> list[Finding]:
    """Warnings and notes on a traced function, for the domains of a loss.

    Overflow, NaN and lost digits are found by exact evaluation at points of all magnitudes and
    around switching points, with the inputs at which they are met most easily. What holds for
    plain numbers is a warning, what takes very large or small ones a note. With ``strict``,
    warnings are no expected findings.
    """
    told: dict[tuple[str, str], Remark] = {}
    for remark in (*rounding.remarks(trace, loss), *treatment.remarks(trace, loss)):
        told.setdefault((remark.rule, remark.message), remark)
    return [finding(trace, remark, strict=strict) for remark in told.values()]
