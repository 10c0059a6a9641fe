"""Runs Coq over certificates, and looks at what each theorem rests on."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from derive.cache import Cache
from derive.certificates.certificate import LIBRARY

PACKAGES = "coq libcoq-coquelicot"
"""What Debian and Ubuntu call Coq and the one library that is needed."""

AXIOMS = {
    "ClassicalDedekindReals.sig_forall_dec",
    "ClassicalDedekindReals.sig_not_dec",
    "Classical_Prop.classic",
    "FunctionalExtensionality.functional_extensionality_dep",
}
"""Those of the real numbers in Coq's standard library: no theorem may rest on another."""

TIME_LIMIT = 900
"""Seconds after which a file is given up; none of ours needs ten on an idle machine."""

FOLDER = Path(__file__).resolve().parent


class CoqMissing(Exception):
    """There is no usable Coq on this machine; the message says what to install."""


@dataclass(frozen=True)
class Checked:
    """What Coq made of one file. An empty ``error`` means that every theorem has its proof."""

    name: str
    error: str
    axioms: tuple[str, ...]
    seconds: float
    megabytes: int
    cached: bool = False

    @property
    def accepted(self) -> bool:
        """Whether everything was proved, and from the axioms of the real numbers alone."""
        return not self.error and set(self.axioms) <= AXIOMS


def check(
    files: Mapping[str, str],
    jobs: int | None = None,
    cache: Cache | None = None,
    begin: Callable[[str], object] = lambda _: None,
) -> list[Checked]:
    """Have Coq check the texts of certificates, by name; ``begin`` is told of each in turn.

    Raises ``CoqMissing`` where Coq or Coquelicot is not installed.
    """
    common = (_version(), *library_texts().values())
    results: dict[str, Checked] = {}
    keys = {name: _key((*common, text)) for name, text in files.items()}
    for name, key in keys.items():
        known = cache.get(key) if cache else None
        if known is not None:
            begin(name)
            known["axioms"] = tuple(known["axioms"])
            results[name] = Checked(**{**known, "name": name, "cached": True})
    waiting = [name for name in files if name not in results]
    if waiting:
        with _library() as folder, ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
            futures = {name: pool.submit(_check, name, files[name], folder) for name in waiting}
            for name, future in futures.items():
                begin(name)
                results[name] = future.result()
                if cache and results[name].accepted:
                    cache.put(keys[name], asdict(results[name]))
    return [results[name] for name in files]


def library_texts() -> dict[str, str]:
    """The files that every certificate stands on."""
    return {name: (FOLDER / f"{name}.v").read_text(encoding="utf-8") for name in LIBRARY}


def theorems(text: str) -> list[str]:
    """The names of what a file proves."""
    return re.findall(r"^(?:Theorem|Lemma|Corollary) (\w+)", text, re.MULTILINE)


def _check(name: str, text: str, folder: Path) -> Checked:
    """Check one file, and ask what all its theorems together rest on."""
    proved = ", ".join(f"@{theorem}" for theorem in theorems(text)) or "I"
    path = folder / f"{name}.v"
    question = (
        f"Definition everything_proved := ({proved}).\nPrint Assumptions everything_proved.\n"
    )
    path.write_text(f"{text}\n{question}", encoding="utf-8")
    return _run(path, folder)


def _run(path: Path, folder: Path) -> Checked:
    start = time.perf_counter()
    command = ["coqc", "-q", "-w", "none", "-Q", str(folder), "Lossproof", str(path)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        cwd=folder,  # Coq leaves files about what it tried
    )
    timer = threading.Timer(TIME_LIMIT, process.kill)
    timer.start()
    try:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        timer.cancel()
    seconds = time.perf_counter() - start
    peak = usage.ru_maxrss // (2**20 if sys.platform == "darwin" else 2**10)
    error = "" if process.returncode == 0 else _error(output, process.returncode)
    axioms = () if error else _axioms(output)
    return Checked(path.stem, error, axioms, round(seconds, 2), peak)


def _axioms(output: str) -> tuple[str, ...]:
    """What ``Print Assumptions`` lists; types are indented, names are not."""
    listed = output.partition("Axioms:\n")[2]
    return tuple(sorted(line.split()[0] for line in listed.splitlines() if line[:1].strip()))


def _error(output: str, code: int) -> str:
    """What Coq complains of, without the folder in which it was run."""
    if code < 0:
        return f"not finished after {TIME_LIMIT} seconds"
    text = re.sub(r'File "[^"]*?([\w]+\.v)"', r"\1", output)
    return " ".join(text.split()) or f"coqc ended with status {code}"


@contextmanager
def _library() -> Iterator[Path]:
    """A folder in which the library is compiled, for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="lossproof-coq-") as name:
        folder = Path(name)
        for module, text in library_texts().items():
            path = folder / f"{module}.v"
            path.write_text(text, encoding="utf-8")
            found = _run(path, folder)
            if "Coquelicot" in found.error and "Cannot find" in found.error:
                raise CoqMissing(f"Coquelicot is missing: apt-get install {PACKAGES}")
            if found.error:
                raise RuntimeError(f"Coq rejects the library: {found.error}")
        yield folder


def _version() -> str:
    if shutil.which("coqc") is None:
        raise CoqMissing(f"coqc is missing: apt-get install {PACKAGES}")
    run = subprocess.run(["coqc", "--version"], capture_output=True, text=True, check=True)
    return run.stdout.strip()


def _key(parts: Sequence[str]) -> dict[str, str]:
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return {"topic": "coq", "certificate": digest}
