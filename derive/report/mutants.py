"""What became of the mutants of a run: a table of losses, and whatever was not refuted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from derive.mutation_testing import Mutant
from derive.report.characters import fit, left, one_line, right, width
from derive.report.wording import count

_COLUMNS = ("refuted", "equivalent", "unknown", "error")


def render(mutants: Sequence[Mutant], *, verbose: bool, seconds: float) -> str:
    """The report; ``verbose`` lists the refuted mutants too."""
    losses = list(dict.fromkeys(mutant.loss for mutant in mutants))
    rows = [["loss", "mutants", *_COLUMNS]]
    rows += [[name, *_counts([m for m in mutants if m.loss == name])] for name in losses]
    sections = [_aligned(rows)]
    for status in _COLUMNS:
        listed = [m for m in mutants if m.status == status and (verbose or status != "refuted")]
        sections += [_listed(status, listed)] if listed else []
    _, *counts = _counts(mutants)
    outcome = ", ".join(f"{n} {name}" for n, name in zip(counts, _COLUMNS, strict=True))
    of = f"{count(len(mutants), 'mutant', 'mutants')} of {count(len(losses), 'loss', 'losses')}"
    sections.append(f"{of}: {outcome} in {seconds:.0f} s")
    return "\n\n".join(sections) + "\n"


def failures(mutants: Sequence[Mutant]) -> list[Mutant]:
    """The mutants about which the prover was wrong or did not know."""
    return [mutant for mutant in mutants if mutant.status in ("unknown", "error")]


def _counts(mutants: Sequence[Mutant]) -> list[str]:
    counts = Counter(mutant.status for mutant in mutants)
    return [str(len(mutants)), *(str(counts[status]) for status in _COLUMNS)]  # type: ignore[index]


def _listed(status: str, mutants: Sequence[Mutant]) -> str:
    lines = [f"{status}:"]
    for m in mutants:
        lines.append(f"  {m.loss}.{m.claim}: {m.operator}")
        lines.append(f"    {_short(m.before)} → {_short(m.after)}")
        lines.append(f"    {one_line(m.reason)}")
    return "\n".join(lines)


def _short(text: str, columns: int = 70) -> str:
    line = one_line(text)
    return line if width(line) <= columns else fit(line, columns - 1) + "…"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    sizes = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join((right if n else left)(cell, sizes[n]) for n, cell in enumerate(row)).rstrip()
        for row in rows
    )
