"""Findings as GitHub workflow commands, which GitHub shows next to the lines of a change."""

from __future__ import annotations

from collections.abc import Sequence

from derive.report.characters import visible
from derive.report.finding import Finding
from derive.report.wording import explanation, label, path


def render(findings: Sequence[Finding], *, seconds: float) -> str:
    """One command per surprise or remark; a run without any, however long it took, says nothing."""
    return "".join(_command(finding) + "\n" for finding in findings if finding.is_news)


def _command(finding: Finding) -> str:
    level = "error"
    if finding.status == "unknown" or finding.as_expected:
        level = "notice" if finding.status == "note" else "warning"
    fields = ",".join(f"{name}={_property(value)}" for name, value in _properties(finding).items())
    return f"::{level} {fields}::{_data(explanation(finding))}"


def _properties(finding: Finding) -> dict[str, str]:
    title = {"title": f"lossproof {label(finding)}"}
    if finding.location is None:
        return title
    return {
        "file": visible(path(finding.location.file)),
        "line": str(finding.location.line),
        "col": str(finding.location.column),
        "endColumn": str(finding.location.end_column),
        **title,
    }


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
