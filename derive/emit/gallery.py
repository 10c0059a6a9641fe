"""Renders the page of a gallery: what was published, and what comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from derive.auditing.claims import middle
from derive.auditing.gallery import Entry
from derive.emit.templates import environment
from derive.report.finding import Finding

_RESULTS = {"gradient": "gradient", "hessian": "Hessian", "value": "value"}


@dataclass(frozen=True)
class Row:
    """An entry with its verdicts, and a counterexample for each that is refuted."""

    entry: Entry
    verdicts: tuple[str, ...]
    counterexamples: tuple[str, ...]
    conventions: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether all is proved."""
        return all(verdict.endswith(" proved") for verdict in self.verdicts)


def render_gallery(entries: Sequence[Entry]) -> str:
    """The text of the page; every audit is run for it."""
    rows = [row(entry, entry.findings()) for entry in entries]
    templates = environment("docs")
    templates.filters["cell"] = lambda text: text.replace("|", "\\|")
    template = templates.get_template("gallery.md.jinja")
    wrong = [r for r in rows if not r.is_right]
    right = [r for r in rows if r.is_right]
    return template.render(wrong=wrong, right=right, number=len(rows))


def row(entry: Entry, findings: Iterable[Finding]) -> Row:
    """What the page says of an entry."""
    findings = list(findings)
    verdicts = [f"{_result(f)} {f.status}" for f in findings]
    wrong = [f for f in findings if f.counterexample]
    conventions = [
        part.removeprefix("with convention: ")
        for f in findings
        for part in f.message.split("; ")
        if part.startswith("with convention: ")
    ]
    return Row(
        entry,
        tuple(Counter(verdicts)),
        tuple(dict.fromkeys(map(_counterexample, wrong))),
        tuple(dict.fromkeys(conventions)),
    )


def _result(finding: Finding) -> str:
    weighted = "weighted " if finding.claim.endswith(".weighted") else ""
    name = _RESULTS.get(finding.rule, finding.rule)
    _, bracket, wrt = finding.claim.partition("[")
    return f"{weighted}{name}{f' in `{wrt[:-1]}`' if bracket else ''}"


def _counterexample(finding: Finding) -> str:
    found = finding.counterexample
    assert found is not None
    inputs = ", ".join(f"{name} = {value}" for name, value in found.inputs)
    written, derived = told_apart(found.written, found.derived)
    return f"{_result(finding)} at {inputs}: {written}, not {derived}"


def told_apart(one: str, other: str) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to see that they differ."""
    texts = one, other
    for digits in (4, 8, 12, 16):
        texts = _rounded(one, digits), _rounded(other, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _rounded(number: str, digits: int) -> str:
    """The middle of an enclosure; what is no number stays."""
    found = middle(number)
    return number if found is None else f"{found:.{digits}g}"
