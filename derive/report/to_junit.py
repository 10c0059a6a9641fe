"""Findings as JUnit XML, which build servers show as test results: a suite per loss."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from derive.report.characters import one_line, visible
from derive.report.finding import Finding
from derive.report.wording import explanation, label, path, place, verdict


def render(findings: Sequence[Finding], *, seconds: float) -> str:
    """A test case per claim: broken specifications are errors, unknowns are skipped."""
    root = ET.Element("testsuites", {"name": "lossproof verify", **_counts(findings, seconds)})
    for loss in dict.fromkeys(finding.loss for finding in findings):
        claims = [finding for finding in findings if finding.loss == loss]
        spent = sum(finding.seconds for finding in claims)
        counts = _counts(claims, spent)
        suite = ET.SubElement(root, "testsuite", {"name": one_line(loss), **counts})
        suite.extend(map(_case, claims))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _case(finding: Finding) -> ET.Element:
    case = ET.Element(
        "testcase",
        classname=one_line(finding.loss),
        name=one_line(finding.claim),
        time=f"{finding.seconds:.3f}",
    )
    if finding.location:
        case.set("file", visible(path(finding.location.file)))
        case.set("line", str(finding.location.line))
    if not finding.as_expected:
        case.append(_outcome(finding))
    elif finding.is_remark:
        ET.SubElement(case, "system-out").text = _told(finding)
    return case


def _outcome(finding: Finding) -> ET.Element:
    outcome = ET.Element(
        _element(finding),
        type=visible(finding.rule),
        message=f"{verdict(finding)}: {one_line(finding.message)}".removesuffix(": "),
    )
    outcome.text = _told(finding)
    return outcome


def _told(finding: Finding) -> str:
    return "\n".join(filter(None, [label(finding), place(finding), explanation(finding)]))


def _element(finding: Finding) -> str:
    return {"invalid": "error", "unknown": "skipped"}.get(finding.status, "failure")


def _counts(findings: Sequence[Finding], seconds: float) -> dict[str, str]:
    elements = [_element(finding) for finding in findings if not finding.as_expected]
    return {
        "tests": str(len(findings)),
        "failures": str(elements.count("failure")),
        "errors": str(elements.count("error")),
        "skipped": str(elements.count("skipped")),
        "time": f"{seconds:.3f}",
    }
