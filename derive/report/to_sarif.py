"""Findings as SARIF 2.1.0, the format in which code-scanning services keep track of alerts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from derive import __version__
from derive.report.characters import visible
from derive.report.finding import Finding, Location
from derive.report.wording import explanation, path, verdict

RULES = {
    "gradient": "A hand-written gradient is the derivative of the value.",
    "hessian": "A hand-written second derivative is the derivative of the gradient.",
    "hvp": "A hand-written Hessian-vector product is the directional derivative of the gradient.",
    "form": "A formula that is emitted equals the declared one.",
    "property": "A loss has a property that is claimed of it.",
    "equivalence": "The documented value of another library's function is a multiple of a loss.",
    "continuity": "The value of a loss is continuous.",
    "published-value": "A published value agrees with the declared loss.",
    "published-gradient": "A published gradient is the derivative of the declared loss.",
    "published-hessian": "A published second derivative is that of the declared loss.",
    "published-property": "A loss has a property that was published of it.",
    "same": "Two functions are the same.",
    "emitted": "An emitted function computes what its specification declares.",
    "overflow": "A result overflows although the exact value does not.",
    "underflow": "A result is zero although the exact value is not.",
    "nan": "A result is not a number although there is an exact value.",
    "digits": "A result has as many digits as its type.",
    "argument": "A function leaves its arguments as they are.",
    "memory": "A result does not depend on how arguments lie in memory.",
    "broadcasting": "Arrays of other shapes are refused.",
    "dtype": "A result has the type of the arguments.",
    "integers": "A result is the same for integers and for floats.",
    "empty": "Empty arrays have a result.",
    "generated": "A generated file is what its specification generates.",
    "spec": "A specification can be read and checked.",
}


def render(findings: Sequence[Finding], *, seconds: float) -> str:
    """One run with a result per surprise or remark: what holds as expected raises no alert."""
    surprises = [finding for finding in findings if finding.is_news]
    rules = sorted({visible(finding.rule) for finding in surprises} | RULES.keys())
    run = {
        "tool": {"driver": _driver(rules)},
        "invocations": [{"executionSuccessful": all(f.status != "invalid" for f in surprises)}],
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, rules) for finding in surprises],
        "properties": {"seconds": seconds},
    }
    report = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(report, indent=2) + "\n"


def _driver(rules: Sequence[str]) -> dict[str, Any]:
    return {"name": "lossproof", "version": __version__, "rules": [_rule(rule) for rule in rules]}


def _rule(rule: str) -> dict[str, Any]:
    description = RULES.get(rule, f"The claim of a specification about its {rule} holds.")
    return {
        "id": f"lossproof/{rule}",
        "shortDescription": {"text": description},
        "defaultConfiguration": {"level": "error"},
    }


def _result(finding: Finding, rules: Sequence[str]) -> dict[str, Any]:
    rule = visible(finding.rule)
    # The standard allows a level other than "none" only where something failed.
    open_question = finding.status == "unknown"
    level = "none" if open_question else "error"
    if finding.is_remark and finding.as_expected:
        level = finding.status
    return {
        "ruleId": f"lossproof/{rule}",
        "ruleIndex": rules.index(rule),
        "kind": "open" if open_question else "fail",
        "level": level,
        "message": {"text": f"{verdict(finding)}: {explanation(finding)}"},
        "locations": [_location(finding)],
        **_properties(finding),
        "partialFingerprints": {"lossproofClaim/v1": _fingerprint(finding)},
    }


def _properties(finding: Finding) -> dict[str, Any]:
    """A suggestion: a formula, which SARIF has no room for; its fixes are edits of a file."""
    return {"properties": {"suggestion": asdict(finding.suggestion)}} if finding.suggestion else {}


def _location(finding: Finding) -> dict[str, Any]:
    logical = {"logicalLocations": [{"fullyQualifiedName": visible(finding.claim)}]}
    at = finding.location
    return {"physicalLocation": _physical(at), **logical} if at else logical


def _physical(at: Location) -> dict[str, Any]:
    region = {
        "startLine": at.line,
        "startColumn": at.column,
        "endColumn": max(at.column, at.end_column),
    }
    uri = quote(path(at.file), errors="backslashreplace")
    return {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}, "region": region}


def _fingerprint(finding: Finding) -> str:
    # Lines move whenever a file is edited; what is claimed, and where, does not.
    file = path(finding.location.file) if finding.location else ""
    identity = "\0".join([file, finding.claim, finding.rule])
    return hashlib.sha256(identity.encode(errors="backslashreplace")).hexdigest()
