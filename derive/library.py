"""The declarations of all sources, each source executed only when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from derive.answers import Answers
from derive.consequences import hessians, second_order
from derive.prove.prover import TOO_DEEP
from derive.registry import Module, Registry, execute
from derive.report.finding import Finding
from derive.sources import EVERYTHING, Source
from derive.verification import verify_one

T = TypeVar("T")
Topic = Literal["claims", "second order", "hessians"]
TOPICS: dict[Topic, Callable[[str, Registry, Answers], list[Finding]]] = {
    "claims": verify_one,
    "second order": second_order,
    "hessians": hessians,
}
"""What can be asked of a declaration: see ``derive.verification`` and ``derive.consequences``."""


@dataclass(frozen=True)
class Outcome:
    """The findings on one declaration, and the names that were looked up to come to them.

    ``repeatable`` says that another run would find the same, however much stack it has left, and
    with whatever installation. ``answers`` are those to its single questions, to be kept.
    """

    published: bool
    findings: tuple[Finding, ...]
    asked: frozenset[str]
    repeatable: bool
    answers: Mapping[str, Any]


class Library:
    """A registry that executes a source when something of it is asked for, and notes what was.

    ``owners`` says which source declares a name, ``modules`` are those already executed, and
    ``answers`` has what is known about declarations by name; without it nothing is to be kept.
    ``topic`` is what is asked of each.
    """

    def __init__(
        self,
        owners: Mapping[str, Source],
        modules: Iterable[Module] = (),
        answers: Mapping[str, Mapping[str, Any]] | None = None,
        topic: Topic = "claims",
    ) -> None:
        self.owners = dict(owners)
        self._answers, self._topic = answers, topic
        self._modules = {module.source: module for module in modules}
        self._asked: set[str] = set()

    def __reduce__(self) -> Any:
        # For a process that does not share our memory: what was executed cannot be sent.
        return Library, (self.owners, (), self._answers, self._topic)

    def verify(self, name: str) -> Outcome:
        """Find out about one declaration what is asked for."""
        self._asked = set()
        registry = Registry(_Shelf(self, "specs"), _Shelf(self, "published"))
        answers = Answers(self._known(name))
        findings = tuple(TOPICS[self._topic](name, registry, answers))
        too_deep = any(finding.message == TOO_DEEP for finding in findings)
        repeatable = not (too_deep or registry.shipped)
        published = name in registry.published
        asked = frozenset(self._asked - {name})
        return Outcome(published, findings, asked, repeatable, answers.given)

    def _known(self, name: str) -> Mapping[str, Any] | None:
        """What is known of a declaration, if nothing executed has an effect that is not seen."""
        if self._answers is None or not self.owners[name].is_plain:
            return None
        if not all(source.is_plain for source in self._modules):
            return None
        return self._answers.get(name, {})

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
