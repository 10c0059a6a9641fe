"""Measures `lossproof verify`: cold, warm, after one edit, and for many more specs.

Beside it stands what PyTorch's gradcheck and gradgradcheck take for the losses that PyTorch has,
if it is installed. Each figure is the median of interleaved runs, with the smallest beside it:
other work on the machine can only add. Many copies of the specs are measured once: a hundred take
minutes.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EDITED = ("regression/mse.py", "regression/huber.py", "similarity/triplet_margin.py")
COMMAND = [sys.executable, "-c", "import sys; from derive.cli import main; sys.exit(main())"]
Job = Callable[[], None]


class Workshop:
    """Copies of the catalogue in a folder of their own, and a cache that belongs to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "LOSSPROOF_CACHE": str(folder / "cache")}
        self.edits = 0

    def specs(self, copies: int) -> Path:
        """A folder with the catalogue so many times, each time under other names."""
        target = self.folder / f"{copies}" / "specs"
        for number in range(copies):
            for source in sorted((ROOT / "specs").rglob("*.py")):
                path = target / f"copy{number}" / source.relative_to(ROOT / "specs")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(_renamed(source.read_text("utf-8"), number), encoding="utf-8")
        return target

    def verify(self, specs: Path, *options: str) -> None:
        """Run the command in a process of its own; raises unless all is as expected."""
        subprocess.run(
            [*COMMAND, "verify", str(specs), *options],
            check=True,
            env=self.environment,
            stdout=subprocess.DEVNULL,
        )

    def verify_edited(self, specs: Path, name: str, *, everything: bool = False) -> None:
        """Change one specification, and run the command.

        With ``everything``, change what all its verdicts depend on: the default of a parameter.
        """
        self.edits += 1
        path = specs / "copy0" / name
        text = path.read_text("utf-8")
        if everything:
            changed = re.sub(r"default=\d+", f"default={1 + self.edits}", text, count=1)
            assert changed != text
        else:
            changed = f"{text}# edit {self.edits}\n"
        path.write_text(changed, encoding="utf-8")
        self.verify(specs)

    def forget(self) -> None:
        """Empty the cache."""
        shutil.rmtree(self.folder / "cache", ignore_errors=True)


def _renamed(text: str, number: int) -> str:
    """The source of a specification with other names for what it declares."""
    text = re.sub(r"^(\w+) = (Loss|Published)\(", rf"\1_{number} = \2(", text, flags=re.MULTILINE)
    return re.sub(r'\bof="(\w+)"', rf'of="\1_{number}"', text)


def measure(jobs: dict[str, Job], runs: int) -> dict[str, list[tuple[float, float]]]:
    """Elapsed and processor time of each job, the runs of all jobs interleaved."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}
    for _ in range(runs):
        for name, job in jobs.items():
            start, before = time.perf_counter(), _processor()
            job()
            times[name].append((time.perf_counter() - start, _processor() - before))
    return times


def _processor() -> float:
    """The processor time of this process and of those that it has waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def show(times: dict[str, list[tuple[float, float]]]) -> None:
    """Print a line for each job."""
    print(f"{'':<34} {'elapsed':>9} {'smallest':>9} {'processor':>9}")
    for name, runs in times.items():
        elapsed, processor = zip(*runs, strict=True)
        figures = (statistics.median(elapsed), min(elapsed), statistics.median(processor))
        print(f"{name:<34} " + " ".join(f"{figure:>7.2f} s" for figure in figures), flush=True)


def everyday(workshop: Workshop, runs: int) -> None:
    """Print what a user waits for."""
    specs = workshop.specs(1)

    def cold() -> None:
        workshop.forget()
        workshop.verify(specs)

    jobs: dict[str, Job] = {
        "cold": cold,
        "warm": lambda: workshop.verify(specs),
    }
    for name in EDITED:
        jobs[f"a comment in {Path(name).stem}"] = partial(workshop.verify_edited, specs, name)
    for name in EDITED[1:]:
        jobs[f"a parameter of {Path(name).stem}"] = partial(
            workshop.verify_edited, specs, name, everything=True
        )
    jobs |= {
        "without a cache, one process": lambda: workshop.verify(specs, "--no-cache", "--jobs=1"),
    }
    show(measure(jobs, runs))


def scaling(workshop: Workshop, copies: list[int]) -> None:
    """Print how the time grows with the number of specifications."""
    print(f"\n{'copies':>6} {'cold':>9} {'each':>9} {'warm':>9} {'each':>9} {'edited':>9}")
    folders = {number: workshop.specs(number) for number in copies}
    jobs: dict[str, Job] = {}
    for number, specs in folders.items():
        jobs[f"cold {number}"] = lambda s=specs: (workshop.forget(), workshop.verify(s))[-1]  # type: ignore[misc]
        jobs[f"warm {number}"] = lambda s=specs: workshop.verify(s)  # type: ignore[misc]
        jobs[f"edited {number}"] = partial(workshop.verify_edited, specs, EDITED[1])
    times = {name: found[0][0] for name, found in measure(jobs, 1).items()}
    for number in copies:
        cold, warm, edited = (times[f"{kind} {number}"] for kind in ("cold", "warm", "edited"))
        print(
            f"{number:>6} {cold:>7.2f} s {cold / number:>7.2f} s "
            f"{warm:>7.2f} s {warm / number:>7.3f} s {edited:>7.2f} s"
        )
    first, last = copies[0], copies[-1]
    ratio = (times[f"cold {last}"] / last) / (times[f"cold {first}"] / first)
    print(f"cold, each of {last} takes {ratio:.2f} times what each of {first} takes")


def peer(runs: int) -> None:
    """Print what PyTorch's numerical checks take, and what they and we check."""
    print()
    if importlib.util.find_spec("torch") is None:
        print("PyTorch's gradcheck: not installed (make .venv/.peers)")
        return
    from bench.gradcheck import LOSSES, check

    show(measure({f"gradcheck of {len(LOSSES)} losses": lambda: check(LOSSES)}, runs))
    print(
        "gradcheck and gradgradcheck: first and second derivatives of PyTorch's functions at one\n"
        "random point of one shape, by finite differences. lossproof: hand-written derivatives,\n"
        "their kinks and the emitted forms, by proof for all shapes. Its time holds the start of\n"
        "the process, that of gradcheck does not hold the import of PyTorch."
    )


def main() -> int:
    """Print the tables; the exit status is returned."""
    parser = argparse.ArgumentParser(prog="python -m bench.verify", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each (default: 3)")
    parser.add_argument(
        "--copies", type=int, nargs="+", default=[1, 10, 100], help="default: 1 10 100"
    )
    options = parser.parse_args()
    if options.runs < 1 or min(options.copies) < 1:
        parser.error("--runs and --copies must be positive")
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder))
        everyday(workshop, options.runs)
        peer(options.runs)
        scaling(workshop, sorted(options.copies))
    return 0


if __name__ == "__main__":
    sys.exit(main())
