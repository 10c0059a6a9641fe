"""The pages that ``lossproof docs`` writes, from the cache if nothing has changed."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from derive.commands.loading import sources_of, user_cache
from derive.commands.writing import beside_specs, certificates_beside

if TYPE_CHECKING:
    from derive.registry import Registry
    from derive.report.finding import Finding


def pages(
    options: argparse.Namespace, registry: Registry, findings: list[Finding], folder: Path
) -> dict[str, str]:
    """The text of all pages, from the cache if nothing that they depend on has changed."""
    cache = None if options.no_cache else user_cache()
    inputs = _inputs(options, findings, folder)
    if cache is None or inputs is None:
        return _rendered(options, registry, findings, folder)
    key = {"topic": "pages", "inputs": inputs}
    known = cache.get(key)
    if isinstance(known, dict) and all(isinstance(text, str) for text in known.values()):
        return known
    files = _rendered(options, registry, findings, folder)
    if _inputs(options, findings, folder) == inputs:
        cache.put(key, files)
    return files


def _rendered(
    options: argparse.Namespace, registry: Registry, findings: list[Finding], folder: Path
) -> dict[str, str]:
    from derive.emit.choosing import render_choosing
    from derive.emit.measured import read_measured
    from derive.emit.pages import render_pages
    from derive.emit.tables import render_tables

    package = beside_specs(options.specs, "generated") / "lossproof"
    measured = read_measured(folder / "measured", package)
    return {
        **render_pages(registry, findings, _certificates(options), measured),
        **render_tables(registry, findings, measured),
        **render_choosing(registry, findings),
    }


def _certificates(options: argparse.Namespace) -> dict[str, str]:
    """What each certificate states, by the name of its loss."""
    from derive.certificates.statements import statements

    root = beside_specs(options.specs, "generated").parent
    files = certificates_beside(options.specs)
    return {
        name: statements((root / file).read_text(encoding="utf-8")) for name, file in files.items()
    }


def _inputs(options: argparse.Namespace, findings: list[Finding], folder: Path) -> str | None:
    """A digest of all that pages depend on; ``None`` if that cannot be known."""
    from derive.cache import fingerprint
    from derive.emit.templates import FOLDER
    from derive.report.finding import encoded

    sources, version = sources_of(options), fingerprint()
    if version is None or not all(source.stands_alone for source in sources):
        return None
    package = beside_specs(options.specs, "generated") / "lossproof"
    files = [*FOLDER.rglob("*.jinja"), *(folder / "measured").glob("*"), *package.glob("*.py")]
    parts = [
        version,
        [(source.file, source.digest) for source in sources],
        [encoded(finding) for finding in findings],
        _certificates(options),
        [
            (path.as_posix(), hashlib.sha256(path.read_bytes()).hexdigest())
            for path in sorted(files)
        ],
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
