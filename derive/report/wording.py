"""A finding in words, so that every output format tells the same story."""

from __future__ import annotations

from collections.abc import Iterable

from derive.report.characters import left, lines, one_line, visible, width
from derive.report.finding import Counterexample, Finding, Suggestion


def verdict(finding: Finding) -> str:
    """The verdict, and whether it is a surprise where that is not plain from the verdict itself."""
    if finding.is_remark:
        return finding.status
    if finding.as_expected:
        return finding.status if finding.status == "proved" else f"{finding.status}, as expected"
    return "proved against expectation" if finding.status == "proved" else finding.status


def headline(finding: Finding) -> str:
    """The claim and what became of it, on one line."""
    claim, message = one_line(finding.claim), one_line(finding.message)
    return f"{claim} — {message}" if message else claim


def label(finding: Finding) -> str:
    """The verdict with the rule it is about, as compilers label their errors."""
    return f"{finding.status}[{visible(finding.rule)}]"


def place(finding: Finding) -> str:
    """``file:line:column``, or nothing if the finding has no location."""
    at = finding.location
    return f"{visible(path(at.file))}:{at.line}:{at.column}" if at else ""


def path(file: str) -> str:
    """``file`` as repositories and URIs spell it, on every platform."""
    return file.replace("\\", "/").removeprefix("./")


def evidence(finding: Finding) -> list[list[str]]:
    """The notes below a headline; the first line of a note may be followed by indented ones."""
    notes = _values(finding.counterexample) if finding.counterexample else []
    if finding.residual:
        notes.append(_note("residual: ", finding.residual))
    if finding.snippet:
        notes.append(_note("run:  ", finding.snippet))
    if finding.expected != "proved" and not finding.is_remark:
        notes.append([f"expected: {finding.expected}"])
    if finding.hint:
        notes.append(_note("help: ", finding.hint))
    if finding.suggestion:
        notes.append(_meant(finding.suggestion))
    return notes


def explanation(finding: Finding) -> str:
    """Headline and notes as one block of text."""
    return "\n".join([headline(finding), *flatten(evidence(finding))])


def flatten(notes: Iterable[list[str]]) -> list[str]:
    """The lines of all ``notes``."""
    return [line for note in notes for line in note]


def _values(found: Counterexample) -> list[list[str]]:
    inputs = ", ".join(f"{one_line(name)} = {one_line(value)}" for name, value in found.inputs)
    written, derived = one_line(found.written_label), one_line(found.derived_label)
    columns = max(width(written), width(derived))
    return [
        *([[f"at {inputs}"]] if inputs else []),
        [f"{left(written, columns)}  {one_line(found.written)}"],
        [f"{left(derived, columns)}  {one_line(found.derived)}"],
    ]


def _meant(suggestion: Suggestion) -> list[str]:
    return [
        f"help: did you mean: {one_line(suggestion.after)}",
        f"      instead of:   {one_line(suggestion.before)}",
        f"      ({one_line(suggestion.mistake)})",
    ]


def _note(name: str, text: str) -> list[str]:
    first, *rest = lines(text) or [""]
    return [name + first, *(" " * len(name) + line for line in rest)]


def count(number: int, singular: str, plural: str) -> str:
    """A number of things in words: ``1 loss``, ``2 losses``."""
    return f"{number} {singular if number == 1 else plural}"
