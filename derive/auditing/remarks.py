"""What is to be said of code besides its verdicts: how it fares with floating point numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from derive.auditing.claims import location_of, name_of
from derive.auditing.trace import Trace
from derive.report.finding import Finding

Severity = Literal["warning", "note"]


@dataclass(frozen=True)
class Remark:
    """Something that code does with numbers, and what to run to see it."""

    rule: str
    severity: Severity
    message: str
    snippet: str


def finding(trace: Trace, remark: Remark, *, strict: bool) -> Finding:
    """A remark as a finding; where we are strict, a warning is no expected one."""
    name = name_of(trace.function)
    strictly = strict and remark.severity == "warning"
    return Finding(
        name,
        f"{name}.{remark.rule}",
        remark.rule,
        remark.severity,
        remark.message,
        expected="proved" if strictly else remark.severity,
        location=location_of(trace.function),
        snippet=remark.snippet,
    )
