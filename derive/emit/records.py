"""Writes what a search has found as a record: for people to review, and to be read again."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from sympy import Expr

from derive.formulas import text_line
from derive.record import SINGLE, digest, written
from derive.registry import Spec
from derive.stable.closure import Candidate

if TYPE_CHECKING:
    from derive.search import Choice, Ranked
    from derive.search_single import SingleChoice

HEADER = (
    "# Written by `lossproof search`. Each form is proved again whenever code is emitted from it.\n"
)


def render_record(
    spec: Spec, choices: Mapping[str, Choice], singles: Mapping[str, SingleChoice]
) -> str:
    """What was found for one loss, by kind of formula: in double precision, and for less."""
    lines = [f"[{spec.name}]", f"formulas = {_text(digest(spec.loss))}"]
    lines.append(f"measured = {_text(machine())}")
    for key, choice in choices.items():
        chosen = choice.chosen
        lines += _form(f"{spec.name}.{_key(key)}", chosen.candidate)
        proof = f"{spec.name}.forms.{key.split()[0]}"
        declared = choice.declared.candidate.formula
        lines.append(f"proof = {_text(_proof(chosen.candidate.formula, declared, proof))}")
        lines.append(f"ulp = {_number(chosen.worst)}")
        lines.append(f"bits_lost = {chosen.lost:.2f}")
        lines.append(f"failures = {chosen.failures}")
        lines.append(f"worst_at = {{ {', '.join(f'{k} = {v!r}' for k, v in choice.at.items())} }}")
        lines.append(f"points = {chosen.errors.size}")
        lines.append(f"declared = {_text(_errors(choice.declared))}")
        if choice.others:
            lines.append("runners_up = [")
            lines += [f"  {_text(_runner_up(other))}," for other in choice.others]
            lines.append("]")
    for key, single in singles.items():
        lines += _form(f"{spec.name}.{SINGLE}.{_key(key)}", single.candidate)
        proof = f"{spec.name}.forms.{SINGLE}.{key.split()[0]}"
        lines.append(f"proof = {_text(_proof(single.candidate.formula, single.declared, proof))}")
        lines.append(f"ulp = {_number(single.measured.judged)}")
        lines.append(f"points = {single.measured.points}")
        lines.append(f"cost = {single.cost:g}")
        lines.append(f"cost_in_double = {single.double_cost:g}")
    return HEADER + "\n" + "\n".join(lines) + "\n"


def machine() -> str:
    """What accuracy depends on besides the formula: NumPy, and the instructions that it uses."""
    found = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    return f"float64, NumPy {np.__version__}, {platform.machine()} {(found or ['baseline'])[-1]}"


def _key(key: str) -> str:
    return _text(key) if " " in key else key


def _form(table: str, candidate: Candidate) -> list[str]:
    return [
        "",
        f"[{table}]",
        f"form = {_text(written(candidate.formula))}",
        f"shown = {_text(text_line(candidate.formula))}",
        f"rules = [{', '.join(map(_text, candidate.steps))}]",
    ]


def _proof(form: Expr, declared: Expr, claim: str) -> str:
    return "the declared formula itself" if form == declared else claim


def _errors(ranked: Ranked) -> str:
    failures = f", {ranked.failures} failures" if ranked.failures else ""
    return f"{_number(ranked.worst)} ulp, {ranked.lost:.2f} bits lost{failures}"


def _runner_up(ranked: Ranked) -> str:
    return f"{_errors(ranked)}: {text_line(ranked.candidate.formula)}"


def _number(number: float) -> str:
    return f"{number:.2f}" if number < 1e4 else f"{number:.1e}"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a TOML string as well
