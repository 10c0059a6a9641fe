"""Prints how long each loss takes to derive and to prove, and what the whole run takes.

Each figure is the median of several runs in one process, after one that is not counted.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable

from derive.language import as_cases
from derive.prove.claim import derive
from derive.prove.prover import check
from derive.registry import Spec, load
from derive.verification import claims


def seconds(job: Callable[[], object], runs: int) -> float:
    """The median time of ``job``; SymPy's cache is emptied before each run."""
    from sympy.core.cache import clear_cache

    times = []
    for _ in range(runs + 1):
        clear_cache()
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def derive_all(spec: Spec) -> None:
    """Derive everything that the specification writes by hand."""
    for rule, _, claim in claims(spec):
        if rule != "form":
            as_cases(derive(claim.loss, claim.kind, claim.wrt))


def prove_all(spec: Spec) -> None:
    """Check every claim of the specification, forms included."""
    for _, _, claim in claims(spec):
        check(claim)


def main() -> int:
    """Print the table; the exit status is returned."""
    parser = argparse.ArgumentParser(prog="python -m bench.claims", description=__doc__)
    parser.add_argument("losses", nargs="*", help="names of losses (default: all)")
    parser.add_argument("--runs", type=int, default=3, help="counted runs (default: 3)")
    options = parser.parse_args()
    specs = load().specs
    unknown = [name for name in options.losses if name not in specs]
    if unknown or options.runs < 1:
        parser.error(f"no loss is named {unknown[0]}" if unknown else "--runs must be positive")
    names = options.losses or list(specs)
    print(f"{'loss':<22} {'claims':>6} {'derive':>10} {'prove':>10} {'total':>10}")
    totals = [0.0, 0.0]
    for name in names:
        deriving = seconds(lambda spec=specs[name]: derive_all(spec), options.runs)  # type: ignore[misc]
        proving = seconds(lambda spec=specs[name]: prove_all(spec), options.runs)  # type: ignore[misc]
        totals = [totals[0] + deriving, totals[1] + proving]
        print(_row(name, len(list(claims(specs[name]))), deriving, proving), flush=True)
    print(_row("all", sum(len(list(claims(specs[n]))) for n in names), *totals))
    return 0


def _row(name: str, count: int, deriving: float, proving: float) -> str:
    # Proving derives too: its time holds the other.
    figures = (deriving, proving - deriving, proving)
    return f"{name:<22} {count:>6} " + " ".join(f"{1000 * t:>7.1f} ms" for t in figures)


if __name__ == "__main__":
    sys.exit(main())
