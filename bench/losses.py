"""Times the emitted losses: mean and gradient together, against other ways to compute them.

For each case all candidates run in one process, interleaved in random order, and every result is
checked against float64. A figure is how many times as long as the emitted code a candidate takes:
below 1 it is faster. `fast` is the emitted code with precision="fast"; `memory` moves the same
bytes; `functions` are NumPy's own times for the transcendental functions that the loss needs.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SIZES = ("1e2", "1e4", "1e6", "1e7")
COLUMNS = ("fast", "memory", "functions")
# The C library keeps what it has got from the system, so that nobody pays for page faults.
KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(2**32),
    "MALLOC_TRIM_THRESHOLD_": str(2**34),
    "MALLOC_TOP_PAD_": str(2**28),
}


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.losses", description=__doc__)
    parser.add_argument("losses", nargs="*", help="names of losses (default: all)")
    parser.add_argument("--sizes", nargs="+", default=SIZES, help="elements (1e2 1e4 1e6 1e7)")
    parser.add_argument("--dtypes", nargs="+", default=["float32", "float64"])
    parser.add_argument("--peers", nargs="*", help="textbook torch jax numexpr numba sklearn")
    parser.add_argument("--threads", type=int, default=1, help="of each candidate (default: 1)")
    parser.add_argument("--seconds", type=float, default=1.5, help="for each case (default: 1.5)")
    parser.add_argument("--default-allocator", action="store_true", help="with page faults")
    parser.add_argument("--json", type=Path, help="also write the times in seconds to this file")
    parser.add_argument("--list", action="store_true", help="list the cases and stop")
    return parser.parse_args()


def environment(chosen: argparse.Namespace) -> dict[str, str]:
    """What the libraries read when they are loaded."""
    threads = str(chosen.threads)
    names = ("OMP", "OPENBLAS", "MKL", "NUMBA", "NUMEXPR")
    found = {f"{name}_NUM_THREADS": threads for name in names} | {"LOSSPROOF_BENCH": "1"}
    return found | ({} if chosen.default_allocator else KEEP_MEMORY)


def run(chosen: argparse.Namespace) -> int:
    """Time all cases and print a table; the exit status is returned."""
    from bench.candidates import PEERS
    from bench.cases import CASES

    names = [
        c for c in CASES if not chosen.losses or c in chosen.losses or _loss(c) in chosen.losses
    ]
    peers = [name for name in PEERS if chosen.peers is None or name in chosen.peers]
    unknown = {*chosen.losses} - {*CASES, *map(_loss, CASES)} | {*(chosen.peers or ())} - {*PEERS}
    if unknown:
        raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; --list shows what there is")
    if chosen.list:
        print("\n".join([*CASES, "", *PEERS]))
        return 0
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-chosen.threads :])
    peers = [name for name in peers if _installed(name)]
    print(f"{chosen.threads} thread(s), {'default' if chosen.default_allocator else 'reused'} heap")
    columns = [*peers, *COLUMNS]
    print(
        " ".join(
            [f"{'loss':<26} {'dtype':<7} {'n':>5} {'ns/el':>8}", *(f"{c:>9}" for c in columns)]
        )
    )
    rows = []
    for dtype in chosen.dtypes:
        for size in chosen.sizes:
            for name in names:
                row = measure(name, dtype, int(float(size)), peers, chosen)
                rows.append(row)
                _print(row, columns)
    _summarise(rows, columns)
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 1 if any("lossproof" in row["wrong"] for row in rows) else 0


def measure(
    name: str, dtype: str, size: int, peers: list[str], chosen: argparse.Namespace
) -> dict[str, Any]:
    """Time all candidates of one case."""
    from bench import candidates
    from bench.cases import case
    from bench.timing import medians

    made = case(name, size, dtype)
    ways = {"lossproof": candidates.ours(made, chosen.threads)}
    if dtype == "float32":
        ways["fast"] = candidates.ours(made, chosen.threads, "fast")
    for peer in peers:
        way = candidates.PEERS[peer](made, chosen.threads)
        if way is not None:
            ways[peer] = way
    wrong = {}
    for label, way in ways.items():
        difference = made.disagreement(*way())
        if difference:
            wrong[label] = difference
    work = {label: getattr(way, "work", way) for label, way in ways.items()}
    work["memory"] = candidates.memory(made)
    functions = candidates.functions(made)
    if functions is not None:
        work["functions"] = functions
    elements = next(iter(made.inputs.values())).size
    clock = time.process_time if chosen.threads == 1 else time.perf_counter
    times = medians(work, 31, chosen.seconds, clock)
    facts = {"loss": name, "dtype": dtype, "size": size, "elements": elements}
    return {**facts, "seconds": times, "wrong": wrong}


def _print(row: dict[str, Any], columns: list[str]) -> None:
    own = row["seconds"]["lossproof"]
    head = f"{row['loss']:<26} {row['dtype']:<7} {row['size']:>5.0e}"
    cells = []
    for column in columns:
        ratio = _ratio(row, column)
        mark = "!" if column in row["wrong"] else " "
        cells.append(f"{'-':>8} " if ratio is None else f"{ratio:>8.2f}{mark}")
    print(" ".join([head, f"{1e9 * own / row['elements']:>8.2f}", *cells]), flush=True)
    for label, difference in row["wrong"].items():
        print(f"    ! {label}: {difference}")


def _summarise(rows: list[dict[str, Any]], columns: list[str]) -> None:
    print("\ngeometric means, and the rows where a peer is faster than the emitted code")
    for dtype, size in dict.fromkeys((row["dtype"], row["size"]) for row in rows):
        chosen = [row for row in rows if (row["dtype"], row["size"]) == (dtype, size)]
        cells, losing = [], []
        for column in columns:
            ratios = {row["loss"]: ratio for row in chosen if (ratio := _ratio(row, column))}
            logs = [math.log(ratio) for ratio in ratios.values()]
            cells.append(f"{math.exp(math.fsum(logs) / len(logs)) if logs else math.nan:>8.2f} ")
            if column not in COLUMNS:
                losing += [f"    {loss} {column} {r:.2f}" for loss, r in ratios.items() if r < 1]
        print(" ".join([f"{'':<26} {dtype:<7} {size:>5.0e} {'':>8}", *cells]))
        print("\n".join(losing))


def _ratio(row: dict[str, Any], column: str) -> float | None:
    times = row["seconds"]
    return times[column] / times["lossproof"] if column in times else None


def _loss(name: str) -> str:
    return name.partition("[")[0]


def _installed(name: str) -> bool:
    import importlib.util

    if name == "textbook" or importlib.util.find_spec(name) is not None:
        return True
    print(f"{name} is not installed and left out (make bench-peers installs all)")
    return False


def main() -> int:
    """Start again with the environment that the libraries need, then measure."""
    chosen = options()
    if "LOSSPROOF_BENCH" in os.environ:
        return run(chosen)
    command = [sys.executable, "-m", "bench.losses", *sys.argv[1:]]
    return subprocess.run(
        command, env={**os.environ, **environment(chosen)}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
