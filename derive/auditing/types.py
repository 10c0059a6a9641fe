"""Types and functions that stand for those that code refers to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from derive.auditing.refusal import Refusal


class StandInType(type):
    """A type that code calls and asks about."""

    real: Any
    make: Callable[..., Any]

    def __call__(cls, *inputs: Any, **options: Any) -> Any:
        """Call what stands for the type."""
        return cls.make(*inputs, **options)

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, cls.real)

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls.real, name)


def real_type(dtype: Any) -> Any:
    """The type that NumPy knows for one that code refers to."""
    if isinstance(dtype, NumberType):
        return dtype.dtype
    return dtype.real if isinstance(dtype, StandInType) else dtype


class NumberType:
    """The type of the numbers of an array, to be compared and to be handed on."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype, self.kind, self.name = dtype, dtype.kind, dtype.name

    def __eq__(self, other: object) -> bool:
        return bool(self.dtype == np.dtype(real_type(other)))


class StandIn:
    """A function of a library: ours where a symbolic array is among its arguments."""

    def __init__(self, function: Any, call: Callable[..., Any]) -> None:
        self._function, self._call = function, call

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Call the one or the other."""
        return self._call(*inputs, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)


class Rows(tuple[Any, ...]):
    """Arrays as the rows of one, of which each may be taken out, and the whole be returned."""

    def _refused(self, *_: Any) -> Any:
        raise Refusal("arithmetic with stacked arrays", "np.stack at the end")

    __add__ = __mul__ = __rmul__ = __eq__ = __lt__ = __le__ = __gt__ = __ge__ = _refused
    __hash__ = None  # type: ignore[assignment]


class Columns(Rows):
    """Arrays as the columns of one, of which only the whole may be returned."""

    __getitem__ = Rows._refused
