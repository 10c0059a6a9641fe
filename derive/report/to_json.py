"""Findings as JSON: everything that is known, for programs that want to decide for themselves."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import get_args

from derive import __version__
from derive.report.finding import Finding, Status

SCHEMA = "lossproof-verify/1"


def render(findings: Sequence[Finding], *, seconds: float) -> str:
    """One JSON object, in ASCII, so that its bytes do not depend on the encoding of a stream."""
    counts = Counter(finding.status for finding in findings)
    report = {
        "schema": SCHEMA,
        "tool": {"name": "lossproof", "version": __version__},
        "seconds": seconds,
        "summary": {
            "losses": len({finding.loss for finding in findings}),
            "claims": sum(not finding.is_remark for finding in findings),
            "as_expected": sum(f.as_expected for f in findings if not f.is_remark),
            **{status: counts[status] for status in get_args(Status)},
        },
        "findings": [asdict(f) | {"as_expected": f.as_expected} for f in findings],
    }
    return json.dumps(report, indent=2) + "\n"
