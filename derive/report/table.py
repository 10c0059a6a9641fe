"""The table of a run: one line per loss, or one per claim, aligned as a terminal shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from derive.report.characters import left, one_line, right, width
from derive.report.finding import Finding, Status
from derive.report.wording import verdict

Paint = Callable[[str, str], str]

BOLD, RED, GREEN, YELLOW, BLUE = "1", "1;31", "32", "1;33", "34"

_WORST_FIRST: tuple[Status, ...] = ("invalid", "refuted", "stale", "proved", "unknown")


def by_loss(findings: Iterable[Finding], paint: Paint) -> str:
    """One line per loss, in order of appearance."""
    losses: dict[str, list[Finding]] = {}
    for finding in findings:
        losses.setdefault(finding.loss, []).append(finding)
    header = ["loss", "verdict", "claims", "regions", "boundaries", "time", ""]
    rows = [
        [name, _verdicts(claims), str(len(claims)), *_measures(claims), _assuming(claims)]
        for name, claims in losses.items()
    ]
    return _layout(header, rows, [_style(claims) for claims in losses.values()], paint)


def by_claim(findings: Sequence[Finding], paint: Paint) -> str:
    """One line per claim, with what the prover has to say about those that it proved."""
    header = ["claim", "verdict", "regions", "boundaries", "time", ""]
    rows = [[f.claim, verdict(f), *_measures([f]), _remarks(f)] for f in findings]
    return _layout(header, rows, [_style([f]) for f in findings], paint)


def style(finding: Finding) -> str:
    """The colour of a verdict: green for what the specification asks for."""
    if finding.is_remark and finding.as_expected:
        return YELLOW if finding.status == "warning" else BLUE
    if finding.as_expected:
        return GREEN
    return YELLOW if finding.status == "unknown" else RED


def _layout(
    header: list[str], rows: Iterable[list[str]], styles: Iterable[str], paint: Paint
) -> str:
    head, *body = _aligned([header, *([one_line(cell) for cell in row] for row in rows)])
    text = [paint("  ".join(head).rstrip(), BOLD)]
    for (name, verdicts, *rest), color in zip(body, styles, strict=True):
        text.append("  ".join([name, paint(verdicts, color), *rest]).rstrip())
    return "\n".join(text)


def _aligned(rows: list[list[str]]) -> list[list[str]]:
    sizes = [max(map(width, column)) for column in zip(*rows, strict=True)]
    numbers = range(2, len(sizes) - 1)
    return [
        [(right if i in numbers else left)(cell, sizes[i]) for i, cell in enumerate(row)]
        for row in rows
    ]


def _worst_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda f: (f.as_expected, _WORST_FIRST.index(f.status)))


def _style(findings: Iterable[Finding]) -> str:
    return style(_worst_first(findings)[0])


def _verdicts(claims: Sequence[Finding]) -> str:
    surprises = _worst_first(f for f in claims if not f.as_expected)
    if surprises:
        return ", ".join(dict.fromkeys(map(verdict, surprises)))
    return "; ".join(sorted(set(map(verdict, claims))))


def _measures(claims: Sequence[Finding]) -> list[str]:
    # Claims about one loss share their regions, so a sum would count most of them many times.
    regions = max(f.regions for f in claims)
    boundaries = max(f.boundaries for f in claims)
    return [str(regions), str(boundaries), f"{sum(f.seconds for f in claims):.2f} s"]


def _assuming(claims: Iterable[Finding]) -> str:
    conditions = dict.fromkeys(condition for f in claims for condition in f.assuming)
    return f"assuming {', '.join(conditions)}" if conditions else ""


def _remarks(finding: Finding) -> str:
    message = finding.message if finding.status == "proved" and finding.as_expected else ""
    return "; ".join(filter(None, [message, _assuming([finding])]))
