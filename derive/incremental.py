"""Verifies what has changed since an earlier run; other verdicts come from the cache.

The verdicts on what a source declares are kept under the digest of its bytes and the fingerprint
of all else that they depend on. Verifying may look up declarations of other sources (a published
formula, the loss that it is about): which, is kept too, with the digests of those sources, and a
verdict counts only while they are what they were. Of a source that has changed, the answers to
those questions about it that have not are kept too, see ``derive.answers``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from derive.cache import Cache, fingerprint
from derive.report.finding import Finding, decoded, encoded
from derive.sources import EVERYTHING, Source

if TYPE_CHECKING:
    from derive.library import Topic
    from derive.registry import Module

Watch = Callable[[int], AbstractContextManager[Callable[[str], None]]]


@dataclass(frozen=True)
class Run:
    """The findings of a run, and on how many declarations they came from the cache.

    ``notes`` are what is worth saying of the sources besides, ``modules`` those executed for it.
    """

    findings: list[Finding]
    unchanged: int = 0
    notes: tuple[str, ...] = ()
    modules: tuple[Module, ...] = ()


@dataclass(frozen=True)
class Known:
    """What was found about a declaration, and the digests of the sources looked at for that."""

    published: bool
    reads: Mapping[str, str]
    findings: tuple[Finding, ...]
    repeatable: bool = True


Verdicts = dict[str, Known]


def verify(
    sources: Sequence[Source],
    watch: Watch,
    *,
    jobs: int | None = None,
    cache: Cache | None = None,
    modules: Iterable[Module] = (),
    topic: Topic = "claims",
) -> Run:
    """One finding for each problem and each claim of the sources, in order of name.

    Of another ``topic``, which is kept apart in the cache, the findings are what they say.
    ``modules`` are those that were executed already. ``watch`` is given the number of
    declarations that have to be verified, and is then told as the work on each begins.
    """
    memory = _Memory(cache, topic)
    known = {s: verdicts for s in sources if (verdicts := memory.recall(s)) is not None}
    executed = {module.source: module for module in modules}
    problems = _execute([source for source in sources if source not in known], executed)
    declared = [
        (name, source)
        for source in sources
        for name in known.get(source) or executed[source].declarations
    ]
    owners = dict(reversed(declared))
    if len(owners) < len(declared) and known:
        # A name is declared twice: whose it is depends on sources that no verdict has looked at.
        return verify(sources, watch, jobs=jobs, modules=executed.values(), topic=topic)
    verdicts = {
        name: verdict
        for part in known.values()
        for name, verdict in part.items()
        if all(_digest(read, owners) == digest for read, digest in verdict.reads.items())
    }
    unchanged = len(verdicts)
    missing = [name for name in owners if name not in verdicts]
    if missing:
        verdicts |= _verify(missing, owners, executed, watch, jobs, memory)
    if len(owners) == len(declared):
        memory.remember(_complete(missing, owners, executed, verdicts))
    ordered = sorted(verdicts.items(), key=lambda item: (item[1].published, item[0]))
    findings = [finding for _, verdict in ordered for finding in verdict.findings]
    notes = tuple(note for module in executed.values() for note in module.notes)
    return Run(problems + findings, unchanged, notes, tuple(executed.values()))


def _execute(sources: Sequence[Source], executed: dict[Source, Module]) -> list[Finding]:
    """Execute what was not executed yet; what is wrong with the sources is returned."""
    if not sources:
        return []
    from derive.registry import combine, execute
    from derive.verification import problem_finding

    for source in sources:
        if source not in executed:
            executed[source] = execute(source)
    return [problem_finding(p) for p in combine(executed[source] for source in sources).problems]


def _verify(
    names: Sequence[str],
    owners: Mapping[str, Source],
    executed: Mapping[Source, Module],
    watch: Watch,
    jobs: int | None,
    memory: _Memory,
) -> Verdicts:
    from derive import parallel
    from derive.library import Library

    library = Library(owners, executed.values(), memory.recall_answers(names), memory.topic)
    with watch(len(names)) as begin:
        outcomes = parallel.verify(library, names, jobs, begin)
    memory.remember_answers({name: outcome.answers for name, outcome in outcomes.items()})
    verdicts = {}
    for name, outcome in outcomes.items():
        reads = {read: _digest(read, owners) for read in sorted(outcome.asked)}
        verdicts[name] = Known(outcome.published, reads, outcome.findings, outcome.repeatable)
    return verdicts


def _digest(name: str, owners: Mapping[str, Source]) -> str:
    """The digest of the source that declares a name, of all sources, or of none."""
    if name == EVERYTHING:
        everything = sorted((name, source.digest) for name, source in owners.items())
        return hashlib.sha256(json.dumps(everything).encode()).hexdigest()
    return owners[name].digest if name in owners else ""


def _complete(
    changed: Iterable[str],
    owners: Mapping[str, Source],
    executed: Mapping[Source, Module],
    verdicts: Verdicts,
) -> dict[Source, Verdicts]:
    """The verdicts on each source of which some are new and all will be the same another time."""
    parts: dict[Source, Verdicts] = {owners[name]: {} for name in changed}
    for name, verdict in verdicts.items():
        if owners[name] in parts:
            parts[owners[name]][name] = verdict
    return {
        source: part
        for source, part in parts.items()
        if all(verdict.repeatable for verdict in part.values())
        and not (source in executed and (executed[source].problems or executed[source].notes))
    }


class _Memory:
    """The cache as it is used here: verdicts by source. Without a cache it knows nothing."""

    def __init__(self, cache: Cache | None, topic: Topic) -> None:
        self._cache, self.topic = cache, topic
        self._fingerprint = fingerprint() if cache else None

    def recall(self, source: Source) -> Verdicts | None:
        """The verdicts on what a source declares."""
        if self._cache is None or self._fingerprint is None:
            return None
        value = self._cache.get(self._key(source))
        try:
            return {name: _decoded(part, source) for name, part in value.items()} or None
        except (AttributeError, KeyError, TypeError, ValueError):
            return None

    def remember(self, parts: Mapping[Source, Verdicts]) -> None:
        """Keep verdicts, unless we were changed while they were found."""
        if self._cache is None or not parts or not self._is_current():
            return
        for source, part in parts.items():
            value = {name: _encoded(known) for name, known in part.items()}
            if source.stands_alone and _returns(value, part, source):
                self._cache.put(self._key(source), value)
        self._cache.prune()

    def recall_answers(self, names: Iterable[str]) -> dict[str, dict[str, Any]] | None:
        """The answers about declarations of these names, as they were when last verified.

        Each is about what its digest is of, whatever the declaration may say by now.
        """
        if self._cache is None or self._fingerprint is None:
            return None
        found = {name: self._cache.get(self._key_of_answers(name)) for name in names}
        return {name: value for name, value in found.items() if isinstance(value, dict)}

    def remember_answers(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep answers in place of those from before, unless we were changed meanwhile."""
        if self._cache is None or not any(answers.values()) or not self._is_current():
            return
        for name, value in answers.items():
            if value:
                self._cache.put(self._key_of_answers(name), value)

    def _is_current(self) -> bool:
        return self._fingerprint is not None and fingerprint() == self._fingerprint

    def _key(self, source: Source) -> dict[str, str]:
        return self._key_of("source", source.digest)

    def _key_of_answers(self, name: str) -> dict[str, str]:
        return self._key_of("answers", name)

    def _key_of(self, kind: str, name: str) -> dict[str, str]:
        return {"fingerprint": str(self._fingerprint), "topic": self.topic, kind: name}


def _returns(value: dict[str, Any], part: Verdicts, source: Source) -> bool:
    """Whether what was encoded is decoded to what it was, but for the time that it took."""
    again = {name: _decoded(each, source) for name, each in json.loads(json.dumps(value)).items()}
    return again == {
        name: replace(known, findings=tuple(replace(f, seconds=0.0) for f in known.findings))
        for name, known in part.items()
    }


def _encoded(known: Known) -> dict[str, Any]:
    findings = [encoded(finding) for finding in known.findings]
    return {"published": known.published, "reads": dict(known.reads), "findings": findings}


def _decoded(value: dict[str, Any], source: Source) -> Known:
    findings = tuple(decoded(finding, source.file) for finding in value["findings"])
    return Known(value["published"], value["reads"], findings)
