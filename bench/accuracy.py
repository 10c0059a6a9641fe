"""Measures errors in ulps beside those of other libraries, and keeps the worst for the book.

It writes `docs/measured/accuracy.json`; `lossproof accuracy` says more about each.
"""

from __future__ import annotations

import argparse
import math

import numpy as np

from bench.measured import installed_versions, module_digest, write
from derive.accuracy.run import accuracy
from derive.registry import load

COMMAND = "python -m bench.accuracy"
DTYPES = (np.float32, np.float64)


def main() -> None:
    """Measure all losses."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--points", type=int, default=300, help="for each loss (default: 300)")
    points = parser.parse_args().points
    rows = []
    for row in accuracy(load([]).specs.values(), dtypes=DTYPES, count=points):
        measured = row.measured.items()
        rows.append(
            {
                "loss": row.loss,
                "digest": module_digest(row.loss),
                "quantity": row.quantity,
                "dtype": row.dtype,
                "ulps": {name: _short(m.worst) for name, m in measured},
                "failures": {name: sum(m.failures.values()) for name, m in measured},
            }
        )
    command = f"{COMMAND} --points {points}"
    write("accuracy", command, installed_versions(), {"rows": rows})


def _short(ulps: float) -> float | None:
    """Two digits, so that nobody takes the rest for a fact; ``None`` for what no number tells."""
    short = float(f"{ulps:.2g}")
    return short if math.isfinite(short) else None


if __name__ == "__main__":
    main()
