"""The measurements that the book shows: small files in `docs/measured/`, free of dates."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from derive.emit.measured import digest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "measured"
LIBRARIES = {
    "NumPy": "numpy",
    "PyTorch": "torch",
    "scikit-learn": "scikit-learn",
    "SciPy": "scipy",
    "JAX": "jax",
    "optax": "optax",
    "numexpr": "numexpr",
}


def library_versions(libraries: Mapping[str, str]) -> dict[str, str]:
    """The versions of libraries by the names that people know them by.

    Raises ``PackageNotFoundError`` if one is not installed.
    """
    found = {label: importlib.metadata.version(name) for label, name in libraries.items()}
    return {label: version.partition("+")[0] for label, version in found.items()}


def installed_versions() -> dict[str, str]:
    """The versions of those libraries that are installed of all that we compare with."""
    found = {}
    for label, name in LIBRARIES.items():
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found |= library_versions({label: name})
    return found


def machine() -> str:
    """The processor and the number of its cores, and what runs on it."""
    model = platform.processor() or platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.is_file():
        lines = cpus.read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {_python()}"


def _python() -> str:
    return ".".join(platform.python_version_tuple()[:2])


def module_digest(loss: str) -> str:
    """A digest of the emitted module of a loss."""
    return digest(ROOT / "generated" / "lossproof" / f"{loss}.py")


def read(name: str) -> dict[str, Any]:
    """The measurements of a name; empty if there are none."""
    path = FOLDER / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def write(name: str, command: str, versions: Mapping[str, str], parts: Mapping[str, Any]) -> None:
    """Keep measurements under a name, a row to a line."""
    head = {"command": command, "machine": machine(), "versions": dict(versions)}
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    for key, rows in parts.items():
        body = ",\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
        lines.append(f"{json.dumps(key)}: [\n{body}\n]")
    path = FOLDER / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"wrote {path.relative_to(ROOT)}")
