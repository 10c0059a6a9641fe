"""Several threads for one call: NumPy lets others run while it computes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ._validation import whole_number

__all__ = ["get_num_threads", "set_num_threads", "share"]

T = TypeVar("T")

_LEAST = 2**18  # elements for each thread, below which it takes longer to start one
_count = 1


def set_num_threads(count: int) -> None:
    """Let each call on large arrays use up to `count` threads from now on; at first it is one.

    Results do not depend on it. It pays for losses with exponentials and logarithms; those that
    only add and multiply soon wait for the memory.

    Raises
    ------
    TypeError, ValueError
        If `count` is not a positive integer.
    """
    global _count
    number = whole_number("count", count)
    if number < 1:
        raise ValueError(f"count must be positive, got {number}")
    _count = number


def get_num_threads() -> int:
    """Return how many threads a call on large arrays may use."""
    return _count


def share(work: Callable[[Iterator[T]], None], items: Iterator[T], elements: int) -> None:
    """Have the items worked through by as many threads as their elements are worth."""
    count = min(_count, elements // _LEAST)
    if count < 2:
        work(items)
        return
    lock = threading.Lock()

    def take() -> Iterator[T]:
        while True:
            with lock:
                item = next(items, lock)
            if item is lock:
                return
            yield item  # type: ignore[misc]

    with ThreadPoolExecutor(count - 1) as pool:
        others = [pool.submit(work, take()) for _ in range(count - 1)]
        work(take())
        for other in others:
            other.result()
