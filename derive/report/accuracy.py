"""Measured accuracy as a table for people, and as JSON for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from derive import __version__
from derive.accuracy.measure import Measurement
from derive.accuracy.promises import NONE
from derive.accuracy.run import OURS, Reduced, Row
from derive.report.characters import left, width
from derive.report.table import BOLD, GREEN, RED
from derive.report.text import ansi, plain

SCHEMA = "lossproof-accuracy/1"


def render(rows: Sequence[Row], reduced: Sequence[Reduced] = (), *, color: bool) -> str:
    """One line for each quantity and dtype, then where each broken promise is broken."""
    paint = ansi if color else plain
    others = list(dict.fromkeys(name for row in rows for name in row.measured if name != OURS))
    header = ["loss", "quantity", "dtype", "promised", OURS, *others]
    lines = [_line(row, others) for row in rows]
    sizes = [max(map(width, column)) for column in zip(header, *lines, strict=True)]
    text = [paint(_aligned(header, sizes), BOLD)]
    for row, line in zip(rows, lines, strict=True):
        text.append(paint(_aligned(line, sizes), GREEN if row.kept else RED))
    broken = [row for row in rows if not row.kept]
    text += ["", "Errors in ulps, as promised of ours; the worst of all points. ! counts failures."]
    text += [line for row in broken for line in _told(row)]
    if reduced:
        text += ["", paint("mean and sum of 10,000,000 values: relative errors", BOLD)]
        text += [paint(_reduced(r), GREEN if r.kept else RED) for r in reduced]
    kept = [*(row.kept for row in rows), *(row.kept for row in reduced)]
    outcome = "promises kept" if any(row.promise != NONE for row in rows) else "without failures"
    text += ["", f"{sum(kept)} of {len(kept)} {outcome}"]
    return "\n".join(text) + "\n"


def _aligned(cells: Sequence[str], sizes: Sequence[int]) -> str:
    return "  ".join(map(left, cells, sizes)).rstrip()


def _line(row: Row, others: Sequence[str]) -> list[str]:
    cells = [_cell(row.measured[name]) if name in row.measured else "" for name in (OURS, *others)]
    return [row.loss, row.quantity, row.dtype, str(row.promise), *cells]


def _cell(measured: Measurement) -> str:
    failures = sum(measured.failures.values())
    return _ulps(measured.judged) + (f" !{failures}" if failures else "")


def _ulps(error: float) -> str:
    return f"{error:.3f}" if error < 100 else f"{error:.1e}"


def _reduced(row: Reduced) -> str:
    found = ", ".join(f"{name} {error:.1e}" for name, error in row.errors.items())
    return f"{row.loss} {row.dtype}: {found}; promised {row.promise:.0e}"


def _told(row: Row) -> list[str]:
    name = f"{row.loss}.{row.quantity} {row.dtype}"
    lines = []
    if row.ours.judged > row.promise.ulps:
        found = f"{_ulps(row.ours.judged)} ulps where {row.promise} are promised"
        lines.append(f"{name}: {found}, at {_point(row.ours.judged_at)}")
    for kind, number in row.ours.failures.items():
        lines.append(f"{name}: {kind} {number} times, as at {_point(row.ours.examples[kind])}")
    return lines


def _point(at: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {_numbers(x)}" for name, x in at.items())


def _numbers(x: Any) -> str:
    if isinstance(x, list):
        return f"[{', '.join(map(_numbers, x[:4]))}{', …' if len(x) > 4 else ''}]"
    return repr(x)


def render_json(rows: Sequence[Row], reduced: Sequence[Reduced], *, seconds: float) -> str:
    """One JSON object; numbers that JSON does not have are strings."""
    report = {
        "schema": SCHEMA,
        "tool": {"name": "lossproof", "version": __version__},
        "seconds": seconds,
        "kept": sum(row.kept for row in rows),
        "rows": [asdict(row) | {"kept": row.kept} for row in rows],
        "reductions": [asdict(row) | {"kept": row.kept} for row in reduced],
    }
    return json.dumps(_finite(report), indent=1) + "\n"


def _finite(x: Any) -> Any:
    if isinstance(x, dict):
        return {key: _finite(value) for key, value in x.items()}
    if isinstance(x, list | tuple):
        return [*map(_finite, x)]
    return str(x) if isinstance(x, float) and not math.isfinite(x) else x
