"""How a function treats arrays: in memory, of other shapes and types, and without elements."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Rational

from derive.accuracy.numbers import simple
from derive.auditing.calls import Call, call_at, carried_out, chosen, copied, results, spread, text
from derive.auditing.remarks import Remark, Severity
from derive.auditing.trace import Trace
from derive.language import ENTRY, SLICE
from derive.loss import Loss
from derive.prove.points import contains

_PLAIN = (0.75, 0.25, 1.5, -1.25, 0.5, 2.5)
_WHOLE = (1.0, 0.0, 2.0, -1.0, 3.0, -2.0)


def remarks(trace: Trace, loss: Loss) -> Iterator[Remark]:
    """What a function does with arrays that somebody might not expect, at plain numbers."""
    call = _call(trace, loss, _PLAIN)
    try:
        usual = results(trace, call)
    except Exception:  # what it says of such numbers is for its author to know
        return
    yield from _changed(trace, call)
    yield from _in_memory(trace, call, usual)
    yield from _broadcast(trace, call, usual)
    yield from _single(trace, call)
    yield from _integers(trace, loss)
    yield from _empty(trace, call)


def _call(trace: Trace, loss: Loss, numbers: tuple[float, ...]) -> dict[str, Any]:
    slices = 2 if any(SLICE in a.axes for a in trace.arguments.values()) else 1
    tensors = {}
    for place, x in enumerate(loss.inputs):
        domain = loss.domain(x)
        plain = [y for y in numbers if contains(domain, Rational(y))] or simple(domain)
        tensors[x.name] = np.resize(np.roll(plain, -place), (slices, 3))
    for argument in trace.arguments.values():
        if argument.labels and argument.symbol is not None:
            tensors[argument.symbol.name] = np.eye(3)[np.arange(slices) + 1]
    return call_at(trace, tensors, {p.name: float(p.default) for p in loss.parameters})


def _arrays(call: Call) -> dict[str, NDArray[Any]]:
    return {n: value for n, value in call.items() if isinstance(value, np.ndarray)}


# Memory ------------------------------------------------------------------------------------------


def _changed(trace: Trace, call: Call) -> Iterator[Remark]:
    mine = copied(call)
    carried_out(trace, mine)
    for name, before in _arrays(call).items():
        if not np.array_equal(mine[name], before, equal_nan=True):
            lines = text(trace, call, written={name: name}).splitlines()
            shown = [*lines[:-1], f"{name} = array({before.tolist()})", lines[-1]]
            shown.append(f"{name}  # {mine[name].tolist()}")
            yield Remark("argument", "warning", f"{name} is changed in place", "\n".join(shown))


def _in_memory(trace: Trace, call: Call, usual: list[NDArray[Any]]) -> Iterator[Remark]:
    apart = copied(call)
    written = {}
    for name, array in _arrays(call).items():
        apart[name] = spread(array)
        written[name] = f"array({array.tolist()}).repeat(2, axis=-1)[..., ::2]"
    what = "for arrays that are not contiguous"
    yield from _compared(trace, "memory", what, (apart, written), usual)


def _compared(
    trace: Trace, rule: str, what: str, call: tuple[Call, Mapping[str, str]],
    usual: list[NDArray[Any]],
) -> Iterator[Remark]:  # fmt: skip
    """Warnings where results are not the usual numbers, if these are any."""
    arguments, written = call
    found = yield from _found(trace, rule, "warning", what, arguments, written)
    for place, (got, wanted) in enumerate(zip(found, usual, strict=False)):
        if not _agree(got, wanted):
            code = text(trace, arguments, written=written, after=chosen(trace, place))
            said = f"  # {_said(got)}, but otherwise {_said(wanted)}"
            yield Remark(rule, "warning", f"it returns other numbers {what}", code + said)


def _found(
    trace: Trace, rule: str, severity: Severity, what: str, call: Call,
    written: Mapping[str, str] | None = None,
) -> Generator[Remark, None, list[NDArray[Any]]]:  # fmt: skip
    """The results; none where the function raises an exception, which is a remark."""
    try:
        return results(trace, call)
    except Exception as error:
        shown = text(trace, call, written=written)
        yield Remark(rule, severity, f"it raises {_named(error)} {what}", shown)
        return []


def _agree(got: NDArray[Any], wanted: NDArray[Any]) -> bool:
    if not np.all(np.isfinite(wanted)):
        return True
    return got.shape == wanted.shape and np.allclose(got, wanted, rtol=1e-9, atol=1e-12)


def _said(array: NDArray[Any]) -> str:
    return repr(array.tolist())


def _named(error: Exception) -> str:
    return f"{type(error).__name__} ({str(error).splitlines()[0] if str(error) else ''})"


# Shapes and types --------------------------------------------------------------------------------


def _broadcast(trace: Trace, call: Call, usual: list[NDArray[Any]]) -> Iterator[Remark]:
    vectors = [n for n, array in _arrays(call).items() if trace.arguments[n].axes == (ENTRY,)]
    if len(vectors) < 2:
        return
    wide = {**call, vectors[1]: call[vectors[1]][:, np.newaxis]}
    try:
        found = results(trace, wide)
    except Exception:  # as it should be
        return
    for place, (got, wanted) in enumerate(zip(found, usual, strict=True)):
        shapes = f"{vectors[0]} of shape (n,) and {vectors[1]} of shape (n, 1)"
        shown = text(trace, wide, after=chosen(trace, place))
        if got.shape != wanted.shape:
            message = f"{shapes} give a result of shape ({', '.join('n' * got.ndim)})"
            yield Remark("broadcasting", "note", message, f"{shown}.shape  # {got.shape}")
        elif got.ndim == 0 and not _agree(got, wanted):
            message = f"{shapes} give another number, that of all pairs, and no error"
            said = f"  # {_said(got)}, but {_said(wanted)} for equal shapes"
            yield Remark("broadcasting", "warning", message, shown + said)


def _single(trace: Trace, call: Call) -> Iterator[Remark]:
    arrays = {n: array for n, array in _arrays(call).items() if array.dtype == np.float64}
    single = {**call, **{n: array.astype(np.float32) for n, array in arrays.items()}}
    found = yield from _found(trace, "dtype", "warning", "for arrays of float32", single)
    for place, got in enumerate(found):
        if got.ndim and got.dtype == np.float64:
            shown = text(trace, single, after=f"{chosen(trace, place)}.dtype  # float64")
            yield Remark("dtype", "note", "arrays of float32 give one of float64", shown)


def _integers(trace: Trace, loss: Loss) -> Iterator[Remark]:
    call = _call(trace, loss, _WHOLE)
    arrays = {n: array for n, array in _arrays(call).items() if array.dtype == np.float64}
    if not all(np.array_equal(array, np.round(array)) for array in arrays.values()):
        return
    try:
        usual = results(trace, call)
    except Exception:
        return
    whole = {**call, **{n: array.astype(np.int64) for n, array in arrays.items()}}
    yield from _compared(trace, "integers", "for arrays of integers", (whole, {}), usual)


def _empty(trace: Trace, call: Call) -> Iterator[Remark]:
    none = {n: v[:0] if isinstance(v, np.ndarray) else v for n, v in call.items()}
    found = yield from _found(trace, "empty", "note", "for empty arrays", none)
    for place, got in enumerate(found):
        if not np.all(np.isfinite(got)):
            shown = text(trace, none, after=f"{chosen(trace, place)}  # {_said(got)}")
            yield Remark("empty", "note", "it is not a number for empty arrays", shown)
