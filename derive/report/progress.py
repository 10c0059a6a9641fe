"""A line that shows how far a long run has come, for as long as somebody is watching."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from derive.report.characters import fit, one_line

Advance = Callable[[str], None]


@contextmanager
def progress(
    total: int,
    *,
    stream: TextIO | None = None,
    patience: float = 2.0,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Advance]:
    """Yield ``advance(name)``, to be called as the work on each of ``total`` things begins.

    After ``patience`` seconds it keeps one line of ``stream`` (standard error) up to date, and
    erases that line at the end. Where no terminal is listening it never writes anything.
    """
    out = sys.stderr if stream is None else stream
    if not out.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda name: None
        return
    line = _Line(total, out, clock() + patience, clock)
    try:
        yield line.advance
    finally:
        line.erase()


class _Line:
    def __init__(
        self, total: int, out: TextIO, visible_from: float, clock: Callable[[], float]
    ) -> None:
        self._total, self._out, self._clock = total, out, clock
        self._visible_from = visible_from
        self._begun = 0
        self._shown = False

    def advance(self, name: str) -> None:
        self._begun += 1
        if self._clock() >= self._visible_from:
            self._write(f"[{self._begun}/{self._total}] {one_line(name)}")

    def erase(self) -> None:
        if self._shown:
            self._write("")
            self._out.write("\r")
            self._out.flush()

    def _write(self, text: str) -> None:
        # Padding erases what was there without escape codes; a full last column would wrap.
        self._out.write("\r" + fit(text, shutil.get_terminal_size().columns - 1))
        self._out.flush()
        self._shown = True
