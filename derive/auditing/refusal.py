"""What cannot be audited, and what to write instead."""

from __future__ import annotations

import dis
import traceback
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType

OWN = Path(__file__).parent


REFUSED: ContextVar[list[Refusal]] = ContextVar("refused")
"""What was refused in the run at hand, so that no bare ``except`` can hide it."""


class Refusal(BaseException):
    """Raised while code runs on symbolic arrays; ``except Exception`` in that code lets it pass."""

    def __init__(self, message: str, instead: str = "") -> None:
        super().__init__(message)
        self.message, self.instead = message, instead
        REFUSED.get([]).append(self)


class Untraceable(Exception):
    """Code whose formula was not obtained: what it does, in which line, what to write instead."""

    def __init__(self, message: str, file: str = "", line: int = 0, instead: str = "") -> None:
        place = f"{file}:{line}: " if file else ""
        super().__init__(place + message + (f"; write {instead}" if instead else ""))
        self.message, self.file, self.line, self.instead = message, file, line, instead


def place_of(trace: TracebackType | None) -> tuple[str, int]:
    """The innermost line that belongs to the code under audit."""
    frames = [f for f in traceback.extract_tb(trace) if not _is_ours(f.filename)]
    return (frames[-1].filename, frames[-1].lineno or 0) if frames else ("", 0)


def is_raised(trace: TracebackType | None) -> bool:
    """Whether the code under audit raises this exception itself, by ``raise`` or ``assert``."""
    last = None
    while trace is not None:
        last, trace = trace, trace.tb_next
    if last is None or _is_ours(last.tb_frame.f_code.co_filename):
        return False
    instructions = dis.get_instructions(last.tb_frame.f_code)
    return any(i.offset == last.tb_lasti and i.opname == "RAISE_VARARGS" for i in instructions)


def _is_ours(filename: str) -> bool:
    path = Path(filename)
    return OWN in path.parents or "site-packages" in path.parts or filename.startswith("<")
