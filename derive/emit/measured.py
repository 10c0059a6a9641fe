"""Reads what was measured of losses, beside other libraries, and makes tables of it for the pages.

The measurements are files of JSON beside the pages. Those of code that has been emitted anew since
are shown all the same, and said to be of an earlier form.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OURS = "lossproof"
MEANINGLESS = 1_000_000  # ulps beyond which a number of them says no more


@dataclass(frozen=True)
class Table:
    """A table for a page, with the sentences below it."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """The measurements of each kind, and the digests of the modules that are emitted now."""

    files: Mapping[str, Mapping[str, Any]]
    digests: Mapping[str, str]

    def kinks(self, loss: str = "") -> Table | None:
        """Derivatives at the kinks of a loss, or of all losses, by library."""
        title = ("loss",) if not loss else ()
        heads = (*title, "derivative", "at", "legal", OURS)

        def cells(row: Mapping[str, Any], libraries: Sequence[str]) -> tuple[str, ...]:
            own = _judged(row["ours"], row["legal"])
            others = [_judged(row["others"].get(name), row["legal"]) for name in libraries]
            name = (f"[`{row['loss']}`](../{row['loss']}.md)",) if not loss else ()
            return *name, row["quantity"], _point(row), _interval(row["legal"]), own, *others

        return self._table("kinks", loss, "others", heads, cells)

    def functions(self) -> Table | None:
        """Derivatives of single functions at zero."""
        file = self.files.get("kinks", {})
        rows = [
            (
                f"`{row['function']}`".replace("|", "\\|"),
                _interval(row["legal"]),
                f"`{name}`",
                _judged(x, row["legal"]),
            )
            for row in file.get("functions", ())
            for name, x in row["others"].items()
        ]
        heads = ("function", "legal at 0", "as", "derivative at 0")
        notes = (_how(file, {"PyTorch", "JAX"}),)
        return Table(heads, tuple(rows), notes) if rows else None

    def accuracy(self, loss: str) -> Table | None:
        """The largest errors of a loss in ulps."""

        def cells(row: Mapping[str, Any], libraries: Sequence[str]) -> tuple[str, ...]:
            found = (_errors(row["ulps"], row["failures"], name) for name in libraries)
            return row["quantity"], row["dtype"], *found

        return self._table("accuracy", loss, "ulps", ("quantity", "dtype"), cells)

    def speed(self, loss: str) -> Table | None:
        """How long value and gradient take, and how many times as long elsewhere."""

        def cells(row: Mapping[str, Any], libraries: Sequence[str]) -> tuple[str, ...]:
            others = (row["ratios"].get(name) for name in libraries)
            ratios = ("—" if x is None else f"{x:g} ×" for x in others)
            return row["case"], row["dtype"], f"{row['nanoseconds']:g} ns", *ratios

        return self._table("speed", loss, "ratios", ("case", "dtype", OURS), cells)

    def _table(
        self,
        kind: str,
        loss: str,
        compared: str,
        heads: tuple[str, ...],
        cells: Callable[[Mapping[str, Any], Sequence[str]], tuple[str, ...]],
    ) -> Table | None:
        file = self.files.get(kind, {})
        rows = [row for row in file.get("rows", ()) if loss in ("", row["loss"])]
        if not rows:
            return None
        libraries = list(dict.fromkeys(name for row in rows for name in row[compared]))
        libraries.sort(key=lambda name: (name != OURS, name))
        notes = [_how(file, {*libraries, "NumPy"})]
        if any(self._is_of_an_earlier_form(row) for row in rows):
            notes.append("The code has changed since: this was measured on an earlier form of it.")
        body = tuple(cells(row, libraries) for row in rows)
        return Table((*heads, *libraries), body, tuple(notes))

    def _is_of_an_earlier_form(self, row: Mapping[str, Any]) -> bool:
        """Whether code was measured that is not what is emitted now."""
        return "digest" in row and row["digest"] != self.digests.get(row["loss"])


NOTHING = Measured({}, {})


def read_measured(folder: Path, package: Path) -> Measured:
    """The measurements in a folder, and the digests of the modules of a package."""
    paths = sorted(folder.glob("*.json"))
    files = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}
    return Measured(files, {path.stem: digest(path) for path in sorted(package.glob("*.py"))})


def digest(module: Path) -> str:
    """What tells an emitted module from an earlier form of it."""
    return hashlib.sha256(module.read_bytes()).hexdigest()[:16]


def _how(file: Mapping[str, Any], libraries: set[str]) -> str:
    versions = file.get("versions", {})
    told = [f"{name} {versions[name]}" for name in sorted(versions) if name in libraries]
    return f"Measured by `{file.get('command')}` with {', '.join(told)}, on {file.get('machine')}."


def _judged(number: Any, legal: Sequence[float]) -> str:
    """A number, and that it is outside of what is legal if it is."""
    if number is None:
        return "—"
    found = float(number)
    margin = 1e-9 * (1 + abs(legal[0]) + abs(legal[1]))
    inside = legal[0] - margin <= found <= legal[1] + margin
    return _number(found) if inside else f"**{_number(found)}**, outside"


def _number(x: float) -> str:
    return "NaN" if x != x else f"{x:.6g}".replace("-", "−").replace("inf", "∞")


def _interval(legal: Sequence[float]) -> str:
    return f"[{_number(legal[0])}, {_number(legal[1])}]"


def _point(row: Mapping[str, Any]) -> str:
    def text(numbers: Sequence[float]) -> str:
        told = ", ".join(map(_number, numbers))
        return told if len(numbers) == 1 else f"({told})"

    parts = [f"{name} = {text(numbers)}" for name, numbers in row["at"].items()]
    parts += [f"{name} = {_number(x)}" for name, x in row["parameters"].items()]
    return "; ".join(parts)


def _errors(ulps: Mapping[str, Any], failures: Mapping[str, int], name: str) -> str:
    if name not in ulps:
        return "—"
    number, failed = ulps[name], failures[name]
    lost = number is None or number > MEANINGLESS
    text = f"> {MEANINGLESS:,}" if lost else f"{number:,.2g}" if number < 100 else f"{number:,.0f}"
    return f"{text}; {failed} failed" if failed else text
