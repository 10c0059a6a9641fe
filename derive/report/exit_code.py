"""The one number that a shell or a build server sees of a run."""

from __future__ import annotations

from collections.abc import Iterable

from derive.report.finding import Finding

SUCCESS, FAILED, INVALID, UNDECIDED = 0, 1, 2, 3


def exit_code(findings: Iterable[Finding], allow_unknown: bool) -> int:
    """0: all as expected; 2: a broken specification; 1: a wrong claim or file; 3: only unknowns."""
    statuses = {finding.status for finding in findings if not finding.as_expected}
    if "invalid" in statuses:
        return INVALID
    if statuses - {"unknown"}:
        return FAILED
    return UNDECIDED if statuses and not allow_unknown else SUCCESS
