"""Does the same to many names in several processes, all of which end when this one does."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Any, TypeVar

from derive.library import Library, Outcome

T = TypeVar("T")
Work = Callable[[str], T]
Begin = Callable[[str], None]

_work: Work[Any] | None = None


def verify(
    library: Library,
    names: Sequence[str],
    jobs: int | None = None,
    begin: Begin = lambda _: None,
) -> dict[str, Outcome]:
    """What was found about each of the names; ``begin`` is told of each in turn."""
    return each(library.verify, _longest_first(library, names), jobs, begin)


def each(
    work: Work[T],
    names: Sequence[str],
    jobs: int | None = None,
    begin: Begin = lambda _: None,
) -> dict[str, T]:
    """What the work on each of the names returns, the first of which should be the longest.

    ``begin`` is told of each in turn. ``work`` can be sent to another process, as can its results.
    """
    jobs = min(jobs or os.cpu_count() or 1, len(names))
    if jobs > 1:
        return _in_processes(work, names, jobs, begin)
    results = {}
    for name in names:
        begin(name)
        results[name] = work(name)
    return results


def _longest_first(library: Library, names: Sequence[str]) -> list[str]:
    """The names in the order in which no process is left with much at the end.

    What takes long to prove takes many characters to declare.
    """
    shared = Counter(library.owners[name] for name in names)
    return sorted(names, key=lambda n: -len(library.owners[n].data) / shared[library.owners[n]])


def _in_processes(work: Work[T], names: Sequence[str], jobs: int, begin: Begin) -> dict[str, T]:
    # A forked process has all that we imported and executed; others must do it again. Elsewhere
    # than on Linux, libraries of the system do not survive a fork.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    results: dict[str, T] = {}
    others = {*threading.enumerate()}
    with ProcessPoolExecutor(jobs, context, _begin, (work,)) as pool:
        try:
            with _signals_held_back():
                futures = [(name, pool.submit(_done, name)) for name in names]
            for name, future in futures:
                begin(name)
                results[name] = future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            # Python's own end must not meet the pool's thread while that closes its pipes.
            for thread in {*threading.enumerate()} - others:
                if thread.is_alive():
                    thread.join()
            raise
    return results


@contextmanager
def _signals_held_back() -> Iterator[None]:
    """Start processes and threads without signals that they must not meet.

    An interruption would be lost in what Python does around a fork. The threads of the pool, which
    inherit what is held back, close pipes that others of them write to: an error that they expect.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGPIPE})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(work: Work[Any]) -> None:
    global _work
    _work = work
    # What was inherited is never garbage, and little of what a short life makes is, too: looking
    # for it takes a tenth of the time.
    gc.freeze()
    gc.set_threshold(10**5)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever interrupts is answered by the parent
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _done(name: str) -> Any:
    assert _work is not None
    return _work(name)
