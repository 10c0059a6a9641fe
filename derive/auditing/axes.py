"""Axes of symbolic length, and how NumPy aligns them for every length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sympy import Expr, S

from derive.auditing.refusal import Refusal
from derive.language import size


@dataclass(frozen=True)
class Chosen:
    """The axis of what a boolean mask selects from an array with ``axes``."""

    condition: Any
    axes: tuple[str, ...]


Axis: TypeAlias = str | Chosen | None
"""The name of an axis, a selection, or nothing for an axis of length one."""
Axes: TypeAlias = tuple[Axis, ...]


def length(axis: Axis) -> Expr:
    """The length of an axis; raises ``Refusal`` for that of a selection."""
    if axis is None:
        return S.One
    if isinstance(axis, Chosen):
        raise Refusal("the number of elements that a mask selects is used", "np.sum(mask)")
    return size(axis)


def shape_text(axes: Axes) -> str:
    """A shape as NumPy prints it, with letters for lengths."""
    lengths = ["k" if isinstance(axis, Chosen) else str(length(axis)) for axis in axes]
    return f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"


def broadcast(*shapes: Axes) -> Axes:
    """The axes of the result of an elementwise operation.

    Raises ``Refusal`` where shapes fit for some lengths only, or an axis would occur twice.
    """
    result: list[Axis] = []
    for place in range(1, max(map(len, shapes), default=0) + 1):
        here = {shape[-place] for shape in shapes if len(shape) >= place} - {None}
        if len(here) > 1:
            raise Refusal(f"the shapes {_listed(shapes)} do not fit for every length")
        result.append(here.pop() if here else None)
    named = [axis for axis in result if axis is not None]
    if len(set(named)) < len(named):
        raise Refusal(
            f"the shapes {_listed(shapes)} broadcast to every pair of elements",
            "both operands with the same shape",
        )
    return tuple(reversed(result))


def _listed(shapes: Sequence[Axes]) -> str:
    return " and ".join(dict.fromkeys(map(shape_text, shapes)))


def position(axis: Any, dimensions: int) -> int:
    """A place among so many axes, counted from zero."""
    if not isinstance(axis, int) or isinstance(axis, bool):
        raise Refusal(f"axis={axis!r} is no integer", "axis=0 or axis=-1")
    if not -dimensions <= axis < dimensions:
        raise Refusal(f"axis={axis} of an array with {dimensions} axes")
    return axis % dimensions


def positions(axis: Any, dimensions: int) -> tuple[int, ...]:
    """The places of the axes that a reduction names: all if it names none."""
    if axis is None:
        return tuple(range(dimensions))
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    return tuple(sorted({position(a, dimensions) for a in axes}))
