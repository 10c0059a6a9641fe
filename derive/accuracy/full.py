"""All 2**32 numbers of float32 as first input of a loss, the others fixed: ``make accuracy-full``.

The reference is the same code in double precision, whose own error is measured against balls at
some numbers of every block: where it is ``DOUBLE`` ulps of float64, the reference is off by
``DOUBLE * 2**-29`` ulps of float32.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from derive.accuracy.exact import Exact, Numbers, exact
from derive.accuracy.numbers import Array, Range
from derive.accuracy.promises import NARROW
from derive.accuracy.quantities import emitted, quantities
from derive.accuracy.ulp import errors
from derive.registry import Spec, load
from derive.report.progress import progress

BLOCK, PIECE = 2**24, 2**18
CHECKED = 32  # numbers of a block at which the reference is checked
DOUBLE = 8


@dataclass(frozen=True)
class Found:
    """The largest error among some numbers, in ulps, where it is, and how many were measured.

    ``reference`` is the largest error of the reference, in ulps of float64, where it was checked.
    """

    worst: float = 0.0
    at: float = 0.0
    points: int = 0
    reference: float = 0.0

    def __add__(self, other: Found) -> Found:
        worse = other if other.worst > self.worst else self
        reference = max(self.reference, other.reference)
        return Found(worse.worst, worse.at, self.points + other.points, reference)


def block(name: str, label: str, others: Sequence[float], start: int) -> Found:
    """Measure a quantity at the numbers with the bit patterns from ``start`` on."""
    spec = _specs()[name]
    loss = spec.loss
    quantity = next(q for q in quantities(spec) if str(q) == label)
    compute, parameters = (
        emitted(quantity, loss),
        {p.name: float(p.default) for p in loss.parameters},
    )
    inside = Range.of(loss.domain(loss.inputs[0]))

    def inputs(first: Array) -> dict[str, Array]:
        fixed = zip(loss.inputs[1:], others, strict=True)
        return {loss.inputs[0].name: first} | {x.name: np.full_like(first, v) for x, v in fixed}

    found = Found()
    for begin in range(start, start + BLOCK, PIECE):
        bits = np.arange(begin, begin + PIECE, dtype=np.uint64).astype(np.uint32)
        first = inside.keep(bits.view(np.float32))
        if first.size:
            double = compute(inputs(first.astype(np.float64)), parameters)
            off = quick_errors(compute(inputs(first), parameters), double)
            worst = int(off.argmax())
            found += Found(float(off[worst]), float(first[worst]), first.size)
    few = inside.keep(
        np.arange(start, start + BLOCK, BLOCK // CHECKED).astype(np.uint32).view(np.float32)
    )
    if few.size:
        at = inputs(few.astype(np.float64)[:, np.newaxis])
        truth = exact(quantity.declared, at, parameters)
        found += Found(reference=float(np.nanmax(errors(compute(at, parameters), truth))))
    return found


@cache
def _specs() -> Mapping[str, Spec]:
    return load().specs


def quick_errors(result: Array, double: Numbers) -> Numbers:
    """Errors of float32 numbers in ulps; infinite where one is NaN or infinite by mistake."""
    exponents = (np.abs(double).view(np.int64) >> 52) - 1023
    units = np.maximum(exponents - 23, -149)
    scales = ((1023 - units) << 52).view(np.float64)  # 2**-unit, which is a normal number
    with np.errstate(all="ignore"):
        off = np.abs((result - double) * scales)
    odd = ~np.isfinite(off)
    if odd.any():
        numbers = Exact(double[odd], np.zeros(odd.sum()), np.zeros(odd.sum(), bool))
        slow = errors(result[odd], numbers)
        off[odd] = np.where(
            np.isnan(slow) & np.isnan(result[odd]), 0.0, np.nan_to_num(slow, nan=np.inf)
        )
    return off


def main() -> int:
    """Measure the quantities of a loss; 1 if an error is larger than promised."""
    parser = argparse.ArgumentParser(prog="python -m derive.accuracy.full", description=__doc__)
    parser.add_argument("loss", nargs="?", default="bce_with_logits")
    parser.add_argument("others", nargs="*", type=float, help="the other inputs (default: all 0)")
    parser.add_argument("--quantity", default="value", help="such as gradient[pred]")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    options = parser.parse_args()
    specs = _specs()
    if options.loss not in specs or specs[options.loss].loss.kind != "elementwise":
        parser.error(f"no elementwise loss is named {options.loss}")
    spec = specs[options.loss]
    labels = [str(q) for q in quantities(spec)]
    if options.quantity not in labels:
        parser.error(f"the quantities of {spec.name} are {', '.join(labels)}")
    others = options.others or [0.0] * (len(spec.loss.inputs) - 1)
    if len(others) != len(spec.loss.inputs) - 1:
        parser.error(f"the other inputs are {', '.join(x.name for x in spec.loss.inputs[1:])}")
    begun = time.perf_counter()
    found = _all(partial(block, spec.name, options.quantity, others), options.jobs)
    seconds = time.perf_counter() - begun
    names = [x.name for x in spec.loss.inputs[1:]]
    fixed = ", ".join(f"{name} = {v:g}" for name, v in zip(names, others, strict=True))
    print(
        f"{spec.name}.{options.quantity} ({fixed}): {found.worst:.7f} ulps at most, "
        f"at {found.at!r}, of all {found.points} numbers; "
        f"reference checked to {found.reference:.2f} ulps of float64; {seconds:.0f} s"
    )
    return int(found.worst > NARROW or found.reference > DOUBLE)


def _all(measure: partial[Found], jobs: int) -> Found:
    starts = range(0, 2**32, BLOCK)
    found = Found()
    with ProcessPoolExecutor(jobs) as pool, progress(len(starts)) as advance:
        for start, part in zip(starts, pool.map(measure, starts), strict=True):
            advance(f"{start / 2**32:.0%}, {found.worst:.7f} ulps so far")
            found += part
    return found


if __name__ == "__main__":
    sys.exit(main())
