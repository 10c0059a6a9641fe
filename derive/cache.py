"""Keeps results on disk under everything that they depend on; no entry outlives what it is about.

An entry is a file of JSON that states its whole key and a checksum of its value. Whatever cannot
be read, or says that it is about something else, is as good as absent.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import sys
import tempfile
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

LIMIT = 64 * 2**20
"""How many bytes the entries may take together; the oldest are deleted."""

_HERE = Path(__file__).resolve().parent
_PREFIXES = ("verdicts-", "answers-", "consequences-")  # the folder may not be ours alone
_REQUIRED = ("sympy", "python-flint", "mpmath")


def default_folder() -> Path:
    """Where a user's caches are on this system; ``LOSSPROOF_CACHE`` overrides it.

    Raises ``RuntimeError`` for a user without a home.
    """
    override = os.environ.get("LOSSPROOF_CACHE")
    if override:
        return Path(override)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        chosen = Path(os.environ.get("XDG_CACHE_HOME", ""))  # to be ignored unless absolute
        base = chosen if chosen.is_absolute() else Path.home() / ".cache"
    return base / "lossproof"


def fingerprint() -> str | None:
    """A digest of all that verdicts depend on besides the specifications.

    That is the source of ``derive``, Python, and the libraries that calculate, with the variables
    that they heed. ``None`` if the version of one of them cannot be known.
    """
    versions = {name: version(name) for name in (*_REQUIRED, "gmpy2")}
    if not all(versions[name] for name in _REQUIRED):
        return None
    variables = {k: v for k, v in os.environ.items() if k.startswith(("SYMPY_", "MPMATH_"))}
    parts = [kernel(), sys.version, sys.platform, sys.flags.optimize, versions, variables]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def kernel() -> dict[str, str]:
    """The digest of each Python file of ``derive``, the specifications that it ships excepted."""
    found = {}
    for folder, folders, files in os.walk(_HERE):
        if folder == str(_HERE) and "_specs" in folders:
            folders.remove("_specs")
        for file in files:
            if file.endswith(".py"):
                path = os.path.join(folder, file)
                name = path.removeprefix(f"{_HERE}{os.sep}").replace(os.sep, "/")
                found[name] = _digest(path, _state(path))
    return dict(sorted(found.items()))


def _state(path: str) -> tuple[int, ...]:
    """What is another after each time that a file was written."""
    status = os.stat(path)
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


@lru_cache(maxsize=1024)
def _digest(path: str, state: tuple[int, ...]) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@cache
def version(name: str) -> str:
    """The version of a library, or nothing where none is known."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


class Cache:
    """Entries in a folder. A folder that cannot be read or written is an empty cache."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.folder, self.limit = folder, limit

    def get(self, key: dict[str, str]) -> Any:
        """The value that was put under exactly this key, or ``None``."""
        try:
            entry = json.loads(self._path(key).read_bytes())
            known = entry["key"] == key and entry["checksum"] == _checksum(entry["value"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return entry["value"] if known else None

    def put(self, key: dict[str, str], value: Any) -> None:
        """Keep a value; whoever reads meanwhile sees the old entry or the new one, never a part."""
        entry = {"key": key, "checksum": _checksum(value), "value": value}
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(".part", _PREFIXES[0], self.folder)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(json.dumps(entry).encode())
                os.replace(name, self._path(key))
            except BaseException:
                os.unlink(name)
                raise

    def prune(self) -> None:
        """Delete the oldest entries until the others are within the limit."""
        files = sorted(self._files(), key=lambda file: -file[1])
        total = 0
        for path, _, size in files:
            total += size
            if total > self.limit:
                with contextlib.suppress(OSError):
                    path.unlink()

    def clear(self) -> None:
        """Delete every entry, and nothing else."""
        for path, _, _ in self._files():
            with contextlib.suppress(OSError):
                path.unlink()

    def size(self) -> int:
        """How many bytes the entries take."""
        return sum(size for _, _, size in self._files())

    def _files(self) -> list[tuple[Path, float, int]]:
        """Our files with their time and size, also those that an interrupted run left behind."""
        found = []
        for path in (path for prefix in _PREFIXES for path in self.folder.glob(f"{prefix}*")):
            with contextlib.suppress(OSError):
                status = path.stat()
                found.append((path, status.st_mtime, status.st_size))
        return found

    def _path(self, key: dict[str, str]) -> Path:
        prefix = _PREFIXES[2 if key.get("topic", "claims") != "claims" else "answers" in key]
        return self.folder / f"{prefix}{_checksum(key)}.json"


def _checksum(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
