"""Floor 6: the declarations of all sources, each source executed only when it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from derive.prove.prover import TOO_DEEP
from derive.registry import Module, Registry, execute
from derive.report.finding import Finding
from derive.sources import EVERYTHING, Source
from derive.verification import verify_one

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome:
    """The findings on one declaration, and the names that were looked up to come to them.

    ``repeatable`` says that another run would find the same, however much stack it has left, and
    with whatever installation.
    """

    published: bool
    findings: tuple[Finding, ...]
    asked: frozenset[str]
    repeatable: bool


class Library:
    """A registry that executes a source when something of it is asked for, and notes what was.

    ``owners`` says which source declares a name, ``modules`` are those already executed.
    """

    def __init__(self, owners: Mapping[str, Source], modules: Iterable[Module] = ()) -> None:
        self.owners = dict(owners)
        self._modules = {module.source: module for module in modules}
        self._asked: set[str] = set()

    def __reduce__(self) -> Any:
        # For a process that does not share our memory: what was executed cannot be sent.
        return Library, (self.owners,)

    def verify(self, name: str) -> Outcome:
        """Verify one declaration."""
        self._asked = set()
        registry = Registry(_Shelf(self, "specs"), _Shelf(self, "published"))
        findings = tuple(verify_one(name, registry))
        too_deep = any(finding.message == TOO_DEEP for finding in findings)
        repeatable = not (too_deep or registry.shipped)
        published = name in registry.published
        return Outcome(published, findings, frozenset(self._asked - {name}), repeatable)

    def module(self, source: Source) -> Module:
        """What executing a source gives."""
        if source not in self._modules:
            self._modules[source] = execute(source)
        return self._modules[source]

    def note(self, name: str) -> None:
        """Remember that a name was looked up, or ``EVERYTHING``."""
        self._asked.add(name)


class _Shelf(Mapping[str, T]):
    """The declarations of one kind, by name."""

    def __init__(self, library: Library, kind: str) -> None:
        self._library, self._kind = library, kind

    def __getitem__(self, name: str) -> T:
        self._library.note(name)
        source = self._library.owners.get(name)
        if source is None:
            raise KeyError(name)
        declarations: dict[str, T] = getattr(self._library.module(source), self._kind)
        return declarations[name]

    def __iter__(self) -> Iterator[str]:
        self._library.note(EVERYTHING)
        return (name for name in sorted(self._library.owners) if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)
