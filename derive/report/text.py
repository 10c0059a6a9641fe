"""Findings for people: a table of all losses, then every surprise as a compiler would show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from derive.report.characters import visible, width
from derive.report.finding import Finding, Location
from derive.report.table import BLUE, BOLD, Paint, by_claim, by_loss, style
from derive.report.wording import count, evidence, headline, label, place, verdict


def render(
    findings: Sequence[Finding],
    *,
    verbose: bool,
    color: bool,
    seconds: float,
    unchanged: int = 0,
) -> str:
    """The whole report; ``verbose`` adds a line per claim and the expected refutations.

    ``unchanged`` is the number of declarations whose findings are those of an earlier run.
    """
    paint = ansi if color else plain
    table = by_claim if verbose else by_loss
    claims = [f for f in findings if not f.is_remark]
    foretold = [f for f in claims if f.as_expected and f.expected != "proved"]
    detailed = [f for f in findings if f.is_news or (verbose and f in foretold)]
    blocks = [
        *([table(claims, paint)] if claims else []),
        *(_detail(finding, paint) for finding in detailed),
        paint(summary(findings, seconds, unchanged), BOLD),
    ]
    return "\n\n".join(blocks) + "\n"


def summary(findings: Sequence[Finding], seconds: float, unchanged: int = 0) -> str:
    """``17 losses, 52 claims: 51 proved, 1 refuted, 0 unknown in 3.1 s``."""
    counts = Counter(verdict(finding).replace(",", "") for finding in findings)
    always = ("proved", "refuted", "unknown")
    named = (*always, *sorted(counts.keys() - set(always)))
    plural = {name: count(counts[name], name, f"{name}s") for name in ("warning", "note")}
    outcome = ", ".join(plural.get(name) or f"{counts[name]} {name}" for name in named)
    published = {f.loss for f in findings if f.rule.startswith("published")}
    ours = {finding.loss for finding in findings} - published
    subjects = [count(len(ours), "loss", "losses")] if ours or not published else []
    subjects += [count(len(published), "published formula", "published formulas")] * bool(published)
    claims = count(sum(not f.is_remark for f in findings), "claim", "claims")
    kept = f" ({unchanged} unchanged)" if unchanged else ""
    return f"{', '.join([*subjects, claims])}: {outcome} in {seconds:.1f} s{kept}"


def _detail(finding: Finding, paint: Paint) -> str:
    title = f"{paint(label(finding), style(finding))}: {paint(headline(finding), BOLD)}"
    at = finding.location
    margin = " " * len(str(at.line)) if at else " "
    text = [title]
    if at:
        text.append(f"{margin}{paint('-->', BLUE)} {place(finding)}")
        text += _excerpt(at, margin, style(finding), paint)
    for first, *rest in evidence(finding):
        text.append(f"{margin} {paint('=', BLUE)} {first}")
        text += [f"{margin}   {line}" for line in rest]
    return "\n".join(text)


def _excerpt(at: Location, margin: str, color: str, paint: Paint) -> list[str]:
    source = at.source.rstrip()
    if not source:
        return []
    start, end = at.column - 1, at.end_column - 1
    indent = " " * width(visible(source[:start]))
    carets = "^" * max(1, width(visible(source[start:end])))
    bar = paint("|", BLUE)
    return [
        f"{margin} {bar}",
        f"{paint(str(at.line), BLUE)} {bar} {visible(source)}",
        f"{margin} {bar} {indent}{paint(carets, color)}",
    ]


def ansi(text: str, style: str) -> str:
    """The text in a style, for a terminal."""
    return f"\033[{style}m{text}\033[0m"


def plain(text: str, style: str) -> str:
    """The text as it is."""
    return text
