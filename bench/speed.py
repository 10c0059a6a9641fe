"""Times the losses on a million elements, and keeps how others compare for the book.

It runs `bench.losses` and writes `docs/measured/speed.json`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.measured import ROOT, installed_versions, module_digest, write

COMMAND = "python -m bench.speed"
PEERS = {
    "textbook": "textbook NumPy",
    "torch": "PyTorch",
    "jax": "JAX",
    "numexpr": "numexpr",
    "sklearn": "scikit-learn",
}


def main() -> None:
    """Time all losses."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.7, help="for each case (default: 0.7)")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "times.json"
        options = ["--sizes", "1e6", "--seconds", str(seconds), "--json", str(path)]
        module = [sys.executable, "-m", "bench.losses", *options, "--peers", *PEERS]
        subprocess.run(module, cwd=ROOT, check=True)
        measured = json.loads(path.read_text(encoding="utf-8"))
    command = f"{COMMAND} --seconds {seconds:g}"
    write("speed", command, installed_versions(), {"rows": [_row(row) for row in measured]})


def _row(measured: dict[str, Any]) -> dict[str, Any]:
    times = measured["seconds"]
    own = times["lossproof"]
    return {
        "loss": measured["loss"].partition("[")[0],
        "case": measured["loss"],
        "digest": module_digest(measured["loss"].partition("[")[0]),
        "dtype": measured["dtype"],
        "nanoseconds": float(f"{1e9 * own / measured['elements']:.3g}"),
        "ratios": {
            label: float(f"{times[name] / own:.2g}")
            for name, label in PEERS.items()
            if name in times and name not in measured["wrong"]
        },
    }


if __name__ == "__main__":
    main()
