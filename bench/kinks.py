"""Evaluates other libraries at the kinks of the losses, and keeps what they return for the book.

It needs PyTorch, scikit-learn, JAX and optax, and writes `docs/measured/kinks.json`. With `--check`
it needs none of them: it fails if the file is not about the kinks as they are now.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import sys
from collections.abc import Mapping
from typing import Any

from bench.measured import library_versions, read, write
from derive.accuracy.kinks import AtKink, at_kinks, functions_at_zero
from derive.registry import load

NAME = "kinks"
COMMAND = "python -m bench.kinks"
LIBRARIES = {
    "PyTorch": "torch",
    "scikit-learn": "scikit-learn",
    "JAX": "jax",
    "optax": "optax",
}


def main() -> int:
    """Measure, or check; the exit status is returned."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the file is stale")
    if parser.parse_args().check:
        stale = differences(read(NAME))
        print("\n".join(stale) or "up to date")
        return 1 if stale else 0
    try:
        versions = library_versions(LIBRARIES)
    except importlib.metadata.PackageNotFoundError as error:
        print(f"{COMMAND} needs {error.name}: make bench-peers", file=sys.stderr)
        return 2
    rows = [_encoded(row) for row in at_kinks(load([]).specs.values())]
    functions = [
        {"function": name, "legal": legal, "others": _texts(others)}
        for name, legal, others in functions_at_zero()
    ]
    write(NAME, COMMAND, versions, {"rows": rows, "functions": functions})
    return 0


def differences(measured: Mapping[str, Any]) -> list[str]:
    """In what a file of measurements is not about the losses and kinks as they are now."""
    now = [_encoded(row) for row in at_kinks(load([]).specs.values(), others=False)]
    then = [{**row, "others": {}} for row in measured.get("rows", [])]
    gone = [f"no longer a kink, or other numbers: {_title(row)}" for row in then if row not in now]
    new = [f"not measured: {_title(row)}" for row in now if row not in then]
    return gone + new


def _title(row: Mapping[str, Any]) -> str:
    return f"{row['loss']} {row['quantity']} at {row['at']}"


def _encoded(row: AtKink) -> dict[str, Any]:
    return {
        "loss": row.loss,
        "quantity": row.quantity,
        "at": {name: list(numbers) for name, numbers in row.at.items()},
        "parameters": dict(row.parameters),
        "legal": list(row.legal),
        "ours": row.ours,
        "ours_is_legal": row.is_legal(row.ours),
        "others": _texts(row.others),
    }


def _texts(numbers: Mapping[str, float]) -> dict[str, str]:
    """Numbers as text, since JSON has neither infinities nor NaN."""
    return {name: repr(number) for name, number in sorted(numbers.items())}


if __name__ == "__main__":
    raise SystemExit(main())
