"""Times functions against each other: in random order, interleaved, in one process.

One thread is timed by the processor time that it uses, so that whatever else the machine does
delays nobody; several threads can only be timed by the clock on the wall.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Mapping

SHORTEST = 2e-4  # seconds for one measurement: a shorter call is repeated, the clock being coarse


def medians(
    candidates: Mapping[str, Callable[[], object]],
    rounds: int,
    seconds: float,
    clock: Callable[[], float],
) -> dict[str, float]:
    """The median time of a call of each candidate, in seconds.

    Every round times every candidate once, right after a call that is not counted, so that it
    finds its own data in the cache. Rounds end early, but not before five, when ``seconds`` are
    over.
    """
    calls = {name: _calls(candidate, clock) for name, candidate in candidates.items()}
    times: dict[str, list[float]] = {name: [] for name in candidates}
    names = list(candidates)
    shuffle = random.Random(0).shuffle
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    try:
        for number in range(rounds):
            shuffle(names)
            for name in names:
                candidates[name]()
                times[name].append(_time(candidates[name], calls[name], clock))
            if number >= 4 and time.perf_counter() - start > seconds:
                break
    finally:
        gc.enable()
    return {name: statistics.median(found) for name, found in times.items()}


def _calls(candidate: Callable[[], object], clock: Callable[[], float]) -> int:
    candidate()
    return max(1, min(1000, int(SHORTEST / max(_time(candidate, 1, clock), 1e-8))))


def _time(candidate: Callable[[], object], calls: int, clock: Callable[[], float]) -> float:
    start = clock()
    for _ in range(calls):
        candidate()
    return (clock() - start) / calls
