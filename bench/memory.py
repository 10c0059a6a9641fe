"""Measures the extra memory of a call: a few blocks, also for a memory-mapped file of any size."""

from __future__ import annotations

import argparse
import sys
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np

import lossproof


def peak(size: int, folder: Path) -> int:
    """The most bytes that a call needs at once, its inputs and its result being files."""

    def mapped(name: str) -> np.memmap:
        return np.memmap(folder / name, np.float32, "w+", shape=(size,))

    pred, target, out = (mapped(name) for name in ("pred", "target", "out"))
    rng = np.random.default_rng(0)
    for start in range(0, size, 2**20):
        stop = min(size, start + 2**20)
        pred[start:stop] = rng.standard_normal(stop - start)
    tracemalloc.start()
    lossproof.bce_with_logits.value_and_gradient(pred, target, out=out)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def main() -> int:
    """Print a line for each size; the exit status is returned."""
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    parser.add_argument("--sizes", nargs="+", default=["1e6", "1e7", "1e8"], help="elements")
    for size in parser.parse_args().sizes:
        with tempfile.TemporaryDirectory() as folder:
            found = peak(int(float(size)), Path(folder))
        print(f"{size} elements of float32, inputs and result mapped: {found / 2**20:.2f} MiB more")
    return 0


if __name__ == "__main__":
    sys.exit(main())
