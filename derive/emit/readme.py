"""Brings the parts of a README up to date that a command has to write.

A part stands between two marks, ``<!-- name: begin ... -->`` and ``<!-- name: end -->``; a README
without the marks is left alone.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from derive.emit.pages import loss_table
from derive.registry import Registry, Spec, load
from derive.report import text
from derive.report.finding import Finding
from derive.verification import verify_spec

# The mistake of the tour: the threshold forgotten outside the quadratic part of Huber's loss.
TOUR_LOSS = "huber"
RIGHT, WRONG = "(delta * sign(residual), True)", "(sign(residual), True)"


def updated(readme: str, registry: Registry, findings: Sequence[Finding]) -> str:
    """The text of a README with its written parts renewed."""
    readme = _with_part(readme, "losses", loss_table(findings, "docs/losses/"))
    if TOUR_LOSS in registry.specs and "<!-- refutation: begin" in readme:
        readme = _with_part(readme, "refutation", _refutation(registry.specs[TOUR_LOSS]))
    return readme


def _with_part(readme: str, name: str, content: str) -> str:
    marks = rf"(<!-- {name}: begin[^\n]*-->\n).*?(<!-- {name}: end -->)"
    return re.sub(marks, lambda m: m[1] + content + m[2], readme, flags=re.DOTALL)


def _refutation(spec: Spec) -> str:
    """What the prover says when the tour's mistake is made in the source of a spec."""
    source = spec.path.read_text(encoding="utf-8")
    assert RIGHT in source, f"the tour's mistake no longer fits {spec.path}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / spec.path.name
        path.write_text(source.replace(RIGHT, WRONG), encoding="utf-8")
        wrong = load([path]).specs[spec.name]
        shown = path.resolve().as_posix()
        refuted = [f for f in verify_spec(wrong) if f.claim == f"{spec.name}.gradient"]
        report = text.render(refuted, verbose=False, color=False, seconds=0.0)
    detail = next(part for part in report.split("\n\n") if part.startswith("refuted["))
    detail = detail.replace(shown, spec.source)
    return f"```\n{detail}\n```\n"
