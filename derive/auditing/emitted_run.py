"""Audits the emitted package in several processes, and again only what has changed since.

What is found is kept for each specification under its digest and those of all else that it depends
on: the modules written from it, what all modules share, and the code of the audit itself. Of what
has changed, the answers to those questions that have not are kept too, see ``derive.answers``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from derive.cache import Cache, fingerprint, version
from derive.report.finding import Finding, decoded, encoded
from derive.sources import Source, read

Watch = Callable[[int], AbstractContextManager[Callable[[str], None]]]

_WRITTEN_FROM = re.compile(rb"^sha256:([0-9a-f]{64})$", re.MULTILINE)


def _unwatched(_: int) -> AbstractContextManager[Callable[[str], None]]:
    return nullcontext(lambda _: None)


@dataclass(frozen=True)
class Audited:
    """What came of auditing the modules that were written from specifications.

    ``stale`` are the losses that have no module written from their specification as it is: they
    are left out. ``unchanged`` is the number of losses whose findings are those of an earlier run.
    """

    findings: tuple[Finding, ...] = ()
    stale: tuple[str, ...] = ()
    unchanged: int = 0


@dataclass(frozen=True)
class _Outcome:
    """The findings on the modules of one source, its stale losses, and what is wrong with it."""

    found: Mapping[str, tuple[Finding, ...]]
    stale: tuple[str, ...]
    problems: tuple[Finding, ...] = ()
    repeatable: bool = True
    answers: Mapping[str, Any] = field(default_factory=dict, compare=False)


def audit_emitted(
    names: Sequence[str] = (),
    *,
    watch: Watch = _unwatched,
    jobs: int | None = 1,
    cache: Cache | None = None,
) -> Audited:
    """Findings on every kernel of the emitted package, or of the modules of some losses.

    ``watch`` is given the number of specifications whose modules have to be audited, and is then
    told as the work on each begins. By default nothing is looked up or kept. Raises ``KeyError``
    for the name of a loss that has no module of its own.
    """
    package = _Package()
    sources = {source.file: source for source in read()}
    if names:
        named = {name: f for f, source in sources.items() for name in package.modules(source)}
        sources = {named[name]: sources[named[name]] for name in names}
    memory = _Memory(cache, package)
    recalled = {file: memory.recall(source) for file, source in sources.items()}
    known = {file: outcome for file, outcome in recalled.items() if outcome is not None}
    missing = {file: source for file, source in sources.items() if file not in known}
    outcomes = {**known, **_audited(missing, package, memory, jobs, watch)}
    found = {name: part for outcome in outcomes.values() for name, part in outcome.found.items()}
    problems = [f for outcome in outcomes.values() for f in outcome.problems]
    return Audited(
        (*problems, *(f for name in names or sorted(found) for f in found[name])),
        tuple(sorted(name for outcome in outcomes.values() for name in outcome.stale)),
        sum(len(outcome.found) for outcome in known.values()),
    )


def _audited(
    sources: Mapping[str, Source], package: _Package, memory: _Memory, jobs: int | None,
    watch: Watch,
) -> dict[str, _Outcome]:  # fmt: skip
    if not sources:
        return {}
    from derive import parallel
    from derive.auditing import emitted  # noqa: F401  (before processes are made, which share it)

    longest = sorted(sources, key=lambda file: -package.size(sources[file]))
    work = _Work(sources, {file: memory.answers(source) for file, source in sources.items()})
    with watch(len(longest)) as begin:
        outcomes = parallel.each(work, longest, jobs, begin)
    memory.remember({sources[file]: outcome for file, outcome in outcomes.items()})
    return outcomes


@dataclass(frozen=True)
class _Work:
    """Audits the modules of a source, which is executed for that."""

    sources: Mapping[str, Source]
    answers: Mapping[str, Mapping[str, Any] | None]

    def __call__(self, file: str) -> _Outcome:
        from derive.answers import Answers
        from derive.auditing.emitted import audit_module, is_current
        from derive.prove.prover import TOO_DEEP
        from derive.registry import execute
        from derive.verification import problem_finding

        module = execute(self.sources[file])
        answers = Answers(self.answers[file])
        current = {name: spec for name, spec in module.specs.items() if is_current(spec)}
        found = {name: tuple(audit_module(spec, answers)) for name, spec in current.items()}
        findings = [finding for part in found.values() for finding in part]
        return _Outcome(
            found,
            tuple(name for name in module.specs if name not in current),
            tuple(map(problem_finding, module.problems)),
            not any(f.status == "invalid" or f.message == TOO_DEEP for f in findings),
            answers.given,
        )


class _Package:
    """The files of the emitted package as they are now."""

    def __init__(self) -> None:
        found = importlib.util.find_spec("lossproof")
        folders = list(found.submodule_search_locations or ()) if found else []
        paths = [path for folder in folders for path in sorted(Path(folder).glob("*.py"))]
        self._files = {path.stem: Source(path, path.read_bytes()) for path in paths}
        self._origins = {name: _origin(s) for name, s in self._files.items() if name[0] != "_"}

    def modules(self, source: Source) -> list[str]:
        """The modules that say that they were written from a source as it is."""
        digest = hashlib.sha256(source.text.encode()).hexdigest()
        return [name for name, origin in self._origins.items() if origin == digest]

    def size(self, source: Source) -> int:
        """How many characters those modules have, as a measure of the work."""
        return sum(len(self._files[name].data) for name in self.modules(source))

    def file(self, name: str) -> str:
        """Where a module is, as a person would write it."""
        return self._files[name].file

    def digests(self, source: Source) -> dict[str, str]:
        """The digests of those modules, and of all files that are no module of a loss."""
        names = [*self.modules(source), *(n for n in self._files if n not in self._origins)]
        return {name: self._files[name].digest for name in names}


def _origin(module: Source) -> str:
    found = _WRITTEN_FROM.search(module.data)
    return found[1].decode() if found else ""


class _Memory:
    """The cache as it is used here. Without a cache it knows nothing, and keeps nothing."""

    def __init__(self, cache: Cache | None, package: _Package) -> None:
        self._cache, self._package = cache, package
        self._fingerprint = _fingerprint() if cache else None

    def recall(self, source: Source) -> _Outcome | None:
        """What was found on the modules of a source, if nothing has changed since."""
        if self._cache is None or self._fingerprint is None:
            return None
        try:
            return self._decoded(self._cache.get(self._key(source, self._package)))
        except (AttributeError, KeyError, TypeError, ValueError):
            return None

    def answers(self, source: Source) -> Mapping[str, Any] | None:
        """The answers about a source as it was, if executing it has no effect that is not seen."""
        if self._cache is None or self._fingerprint is None or not source.is_plain:
            return None
        found = self._cache.get(self._key_of_answers(source))
        return found if isinstance(found, dict) else {}

    def remember(self, outcomes: Mapping[Source, _Outcome]) -> None:
        """Keep what was found, unless a file was changed meanwhile."""
        if self._cache is None or self._fingerprint is None:
            return
        if _fingerprint() != self._fingerprint:
            return
        now = _Package()
        for source, outcome in outcomes.items():
            key = self._key(source, self._package)
            if outcome.answers:
                self._cache.put(self._key_of_answers(source), dict(outcome.answers))
            if self._is_lasting(source, outcome) and self._key(source, now) == key:
                self._cache.put(key, _encoded(outcome))
        self._cache.prune()

    def _is_lasting(self, source: Source, outcome: _Outcome) -> bool:
        """Whether another run would find the same, and it is read as it was written."""
        if not (source.stands_alone and outcome.repeatable) or outcome.problems:
            return False
        untimed = {n: tuple(replace(f, seconds=0.0) for f in p) for n, p in outcome.found.items()}
        again = self._decoded(json.loads(json.dumps(_encoded(outcome))))
        return again == _Outcome(untimed, outcome.stale)

    def _decoded(self, value: dict[str, Any]) -> _Outcome:
        found = {
            name: tuple(decoded(part, self._package.file(name)) for part in parts)
            for name, parts in value["found"].items()
        }
        return _Outcome(found, tuple(value["stale"]))

    def _key(self, source: Source, package: _Package) -> dict[str, str]:
        files = hashlib.sha256(json.dumps(package.digests(source)).encode()).hexdigest()
        return {**self._topic(), "source": source.digest, "files": files}

    def _key_of_answers(self, source: Source) -> dict[str, str]:
        return {**self._topic(), "answers": source.path.stem}

    def _topic(self) -> dict[str, str]:
        return {"fingerprint": str(self._fingerprint), "topic": "emitted"}


def _encoded(outcome: _Outcome) -> dict[str, Any]:
    found = {name: [encoded(f) for f in findings] for name, findings in outcome.found.items()}
    return {"found": found, "stale": list(outcome.stale)}


def _fingerprint() -> str | None:
    """That of the prover, with the versions of the libraries that emitted code calls."""
    ours = fingerprint()
    numpy, scipy = version("numpy"), version("scipy")
    return f"{ours} numpy {numpy} scipy {scipy}" if ours and numpy else None
