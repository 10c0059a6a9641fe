"""Galleries: published objectives with their sources, and the verdicts that they get."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from derive.auditing.ask import audit
from derive.auditing.signatures import audit_objective
from derive.report.finding import Finding

_CODE_HOST = "https://github.com/"
_PLACES = {"#": "issues", "@": "commit", ":": "blob/HEAD"}


@dataclass(frozen=True)
class Entry:
    """Published code with its loss (a function, or the name of a declared one) and its verdicts.

    ``source`` is ``owner/repository#number``, ``...@commit`` or ``...:path``, or anything else
    with an ``url`` of its own. ``published`` says what the code is meant to be, ``right`` what
    would have been right where it is not. ``verdicts`` are separated by blanks. ``signature`` is
    who calls the code, ``settings`` are those of ``derive.audit``.
    """

    source: str
    published: str
    code: Any
    loss: Any
    verdicts: str
    right: str = ""
    signature: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""

    @property
    def link(self) -> str:
        """Where to read it; raises ``ValueError`` for a source that does not say."""
        if self.url:
            return self.url
        for mark, place in _PLACES.items():
            if mark in self.source:
                repository, _, what = self.source.partition(mark)
                return f"{_CODE_HOST}{repository}/{place}/{what}"
        raise ValueError(f"no link is known for {self.source!r}: give its url")

    @property
    def shown(self) -> str:
        """The source as it is printed: hashes of commits are short."""
        repository, mark, what = self.source.partition("@")
        return f"{repository}{mark}{what[:8]}"

    @property
    def name(self) -> str:
        """The name of the code."""
        code = self.code if hasattr(self.code, "__name__") else type(self.code)
        return str(code.__name__)

    def findings(self) -> list[Finding]:
        """What comes of the code."""
        if self.signature:
            return audit_objective(self.code, self.signature, loss=self.loss, **self.settings)
        return audit(self.code, loss=self.loss, **self.settings)


def load(folder: Path) -> Sequence[Entry]:
    """The ``ENTRIES`` of the package in a folder; raises ``ModuleNotFoundError`` without one."""
    entries: Sequence[Entry] = _package(folder).ENTRIES
    return entries


def missing(folder: Path) -> list[str]:
    """The modules that a gallery lists as ``NEEDED`` for all its entries, and that are not here."""
    return [name for name in getattr(_package(folder), "NEEDED", ()) if find_spec(name) is None]


def _package(folder: Path) -> ModuleType:
    parent = str(folder.resolve().parent)
    if parent not in sys.path:
        sys.path.insert(0, parent)
    return importlib.import_module(folder.resolve().name)
