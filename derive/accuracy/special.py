"""NaN and infinity as inputs: a NaN stays one, and at infinity a result is the limit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from derive.accuracy.evaluation import Undecided
from derive.accuracy.exact import exact_row
from derive.accuracy.measure import Failure
from derive.accuracy.numbers import Range, simple
from derive.accuracy.points import Compute, settings
from derive.accuracy.quantities import Quantity
from derive.language import Element, real
from derive.loss import Loss

FAR = (2**1100, 2**1500)
"""Numbers beyond float64: where a formula rounds to the same at both, that is its limit."""


def special_failures(
    compute: Compute, quantity: Quantity, loss: Loss, dtype: Any
) -> dict[Failure, list[dict[str, float]]]:
    """Inputs for which a NaN is lost, or the limit at infinity missed, of an elementwise loss."""
    found: dict[Failure, list[dict[str, float]]] = {}
    if loss.kind == "slices":
        return found
    parameters = settings(loss)[0]
    for x in loss.inputs:
        for plain in _plain(loss, dtype):
            at = {**plain, x.name: math.nan}
            kept = np.isnan(_result(compute, at, parameters, dtype))
            if not kept and _matters(quantity, x, plain, parameters):
                found.setdefault("nan lost", []).append(at)
            for end in _ends(loss, x):
                limit = limit_at(quantity, x, end, plain, parameters)
                at = {**plain, x.name: end}
                if limit is not None and not _agree(
                    _result(compute, at, parameters, dtype), limit, dtype
                ):
                    found.setdefault("limit", []).append(at)
    return found


def limit_at(
    quantity: Quantity,
    x: Element,
    end: float,
    plain: Mapping[str, float],
    parameters: Mapping[str, float],
) -> float | None:
    """The limit as one input goes to an infinity, if it is seen."""
    values = set()
    for far in FAR:
        row: dict[str, list[Any]] = {name: [value] for name, value in plain.items()}
        row[x.name] = [far if end > 0 else -far]
        try:
            values.add(exact_row(quantity.declared, row, parameters)[0][0])
        except Undecided:
            return None
    value = values.pop()
    return None if values or math.isnan(value) else value


def _matters(
    quantity: Quantity, x: Element, plain: Mapping[str, float], parameters: Mapping[str, float]
) -> bool:
    """Whether an input is looked at, in the branch that the others alone decide on."""
    values = set()
    for number in (*simple(real), 1e3, -1e3):
        row = {**{n: [v] for n, v in plain.items()}, x.name: [number]}
        values.add(exact_row(quantity.declared, row, parameters)[0][0])
    return len(values) > 1


def _ends(loss: Loss, x: Element) -> list[float]:
    inside = Range.of(loss.domain(x))
    return [end for end in (inside.low, inside.high) if math.isinf(end)]


def _plain(loss: Loss, dtype: Any) -> list[dict[str, float]]:
    choices = {x.name: simple(loss.domain(x)) for x in loss.inputs}
    longest = max(map(len, choices.values()))
    return [
        {n: float(np.dtype(dtype).type(values[i % len(values)])) for n, values in choices.items()}
        for i in range(longest)
    ]


def _result(
    compute: Compute, at: Mapping[str, float], parameters: Mapping[str, float], dtype: Any
) -> Any:
    inputs = {name: np.array([[value]], dtype) for name, value in at.items()}
    return compute(inputs, parameters).reshape(())[()]


def _agree(result: Any, limit: float, dtype: Any) -> bool:
    with np.errstate(over="ignore"):
        rounded = np.dtype(dtype).type(limit)
    near = np.nextafter(np.nextafter(rounded, result), result)
    return bool(result == rounded or min(rounded, near) <= result <= max(rounded, near))
