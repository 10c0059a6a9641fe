"""Arrays of symbolic shape: what NumPy code is run on to learn the formula that it computes."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np
from sympy import Expr, Integer, Ne, S, sympify
from sympy.logic.boolalg import Boolean

from derive.auditing import branches
from derive.auditing.axes import Axes, Axis, broadcast, length, shape_text
from derive.auditing.conditions import (
    Condition,
    conditions_for,
    conditions_of,
    forgotten,
    is_sound,
)
from derive.auditing.constants import exact
from derive.auditing.refusal import Refusal
from derive.auditing.types import NumberType
from derive.language import ENTRY, Sum, axes_of, cases

Kind: TypeAlias = Literal["bool", "int", "float", "labels", "index"]
NUMBERS: tuple[Kind, ...] = ("bool", "int", "float")

OPERATIONS: dict[str, Any] = {"methods": {}}
"""What arrays do when they are asked; the modules that know it stand on this one."""


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """An array through its generic element, along named axes of every length.

    ``expression`` is that element: a number, or a statement for an array of booleans; of class
    labels it is the element of their one-hot matrix. With ``at``, such an element too, the array
    holds what the expression is at the label of each slice. ``lost`` are conditions under which
    the code computes a number and that the expression does not show.
    """

    __array_priority__ = 1000.0
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self,
        expression: Any,
        axes: Axes = (),
        kind: Kind = "float",
        *,
        at: Expr | None = None,
        lost: Iterable[Condition] = (),
        root: Traced | None = None,
        name: str = "",
    ) -> None:
        self.expression: Any = sympify(expression)
        if not is_sound(self.expression):
            raise Refusal("this divides by zero, or is not a real number", "the other cases alone")
        self.axes, self.kind, self.at = axes, kind, at
        self.lost = frozenset(lost)
        self.root, self.name = root, name
        self.in_memory = bool(axes)
        self._views: list[weakref.ref[Traced]] = []
        if root is not None:
            root._views.append(weakref.ref(self))

    # What an array tells of itself -------------------------------------------------------------

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.axes)

    @property
    def shape(self) -> tuple[Any, ...]:
        """The lengths of the axes."""
        return tuple(1 if axis is None else Length(axis) for axis in self.axes)

    @property
    def size(self) -> Any:
        """The number of elements."""
        total: Any = 1
        for n in self.shape:
            total = n * total
        return total

    @property
    def dtype(self) -> NumberType:
        """Floating point is double precision here."""
        return NumberType(np.dtype({"bool": bool, "float": float}.get(self.kind, int)))

    @property
    def T(self) -> Traced:
        """The transposed array."""
        return self.view_as(self.axes[::-1])

    def __repr__(self) -> str:
        return f"Traced({self.expression}, {shape_text(self.axes)})"

    def __len__(self) -> int:
        raise Refusal("the length of an array is used as a fixed number", "x.shape[0]")

    def __bool__(self) -> bool:
        if self.ndim:
            raise Refusal("Python branches on an array", "np.where(condition, a, b)")
        condition = self.expression if self.kind == "bool" else truth(self)
        return branches.decide(settled(self).expression if self.kind == "bool" else condition)

    def __iter__(self) -> Any:
        raise Refusal("Python loops over an array", "operations on whole arrays")

    def _refused(self, *_: Any, **__: Any) -> Any:
        raise Refusal("an array becomes a Python number", "operations on arrays")

    __float__ = __int__ = __index__ = __complex__ = __round__ = __array__ = _refused
    __contains__ = __reduce_ex__ = __deepcopy__ = tolist = tobytes = view = _refused

    def __getattr__(self, name: str) -> Any:
        if name in OPERATIONS["methods"]:
            return partial(OPERATIONS["methods"][name], self)
        if not name.startswith("__") and hasattr(np.ndarray, name):
            raise Refusal(f"the method or attribute {name} of arrays is not known here")
        raise AttributeError(f"'numpy.ndarray' object has no attribute {name!r}")

    # Memory ------------------------------------------------------------------------------------

    def view_as(self, axes: Axes) -> Traced:
        """The same elements along other axes, in the same memory."""
        root = self if self.root is None else self.root
        return Traced(
            self.expression, axes, self.kind, at=self.at, lost=self.lost, root=root, name=self.name
        )

    def copied(self) -> Traced:
        """The same elements in memory of their own."""
        return Traced(self.expression, self.axes, self.kind, at=self.at, lost=self.lost)

    def write(self, new: Traced) -> None:
        """Take the elements of another array, in place."""
        if self.root is not None or any(view() is not None for view in self._views):
            raise Refusal("memory is written to that two arrays share", "x = x + ... or x.copy()")
        if not self.in_memory:
            raise Refusal("a number is written to as an array")
        if self.kind in ("labels", "index") or new.kind in ("labels", "index"):
            raise Refusal("class labels or indices are written in place", "a copy")
        if NUMBERS.index(new.kind) > NUMBERS.index(self.kind):
            raise Refusal(
                f"numbers of kind {new.kind} are written to an array of kind {self.kind}",
                "an array made with dtype=float",
            )
        if broadcast(self.axes, new.axes) != self.axes:
            raise Refusal(
                f"shape {shape_text(new.axes)} is written to shape {shape_text(self.axes)}"
            )
        if ENTRY in self.axes or self.at is None:
            new = settled(new)
        if self.name:
            branches.note(f"{self.name} is changed in place, for whoever passed it, too")
        as_number = self.kind != "bool" and new.kind == "bool"
        self.expression = number(new) if as_number else new.expression
        self.at, self.lost = new.at, self.lost | new.lost

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return OPERATIONS["ufunc"](ufunc, method, inputs, options)

    def __array_function__(self, function: Any, _types: Any, inputs: Any, options: Any) -> Any:
        return OPERATIONS["function"](function, inputs, options)

    def __getitem__(self, key: Any) -> Any:
        return OPERATIONS["read"](self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        OPERATIONS["write"](self, key, value)

    def __matmul__(self, other: Any) -> Any:
        return np.matmul(self, other)


class Length(Traced):
    """The length of an axis, as an integer that is not known."""

    def __init__(self, axis: Axis) -> None:
        super().__init__(length(axis), (), "int")
        self.axis = axis

    def __index__(self) -> int:
        raise Refusal("Python counts along an axis", "operations on whole arrays")

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(self.axis)


def lift(value: Any) -> Traced:
    """A value as an array; raises ``Refusal`` for what is neither number nor array."""
    if isinstance(value, Traced):
        return value
    if isinstance(value, bool | np.bool_):
        return Traced(S.true if value else S.false, (), "bool")
    if isinstance(value, int | np.integer):
        return Traced(Integer(int(value)), (), "int")
    if isinstance(value, float | np.floating):
        return Traced(exact(float(value)))
    if isinstance(value, np.ndarray | list | tuple):
        if any(isinstance(part, Traced) for part in np.ravel(np.array(value, dtype=object))):
            raise Refusal("a list holds arrays", "np.stack or np.column_stack")
        array = np.asarray(value)
        if array.size == 1:
            made = lift(array.reshape(-1)[0].item())
            return Traced(made.expression, (None,) * array.ndim, made.kind)
        raise Refusal(f"an array of the fixed shape {array.shape} meets one of any length")
    shown = repr(value) if isinstance(value, str | complex | None) else type(value).__name__
    raise Refusal(f"an array meets {shown}", "a number or an array")


def truth(array: Traced) -> Boolean:
    """Whether an element is not zero."""
    if array.kind == "bool":
        return array.expression
    return Ne(array.expression, 0)


def number(array: Traced) -> Expr:
    """An element as a number: 1 for true and 0 for false."""
    if array.kind in ("labels", "index"):
        raise Refusal("class labels or indices are used as numbers", "np.eye(classes)[labels]")
    if array.kind != "bool":
        return array.expression
    if array.expression == S.true:
        return S.One
    if array.expression == S.false:
        return S.Zero
    return cases((S.One, array.expression), (S.Zero, True))


def settled(array: Traced) -> Traced:
    """An array at labels as a sum over the classes, in which one term counts."""
    if array.at is None:
        return array
    total = Sum(array.at * number(array), ENTRY)
    if array.kind == "bool":
        return Traced(Ne(total, 0, evaluate=False), array.axes, "bool", lost=array.lost)
    return Traced(total, array.axes, array.kind, lost=array.lost)


def together(*arrays: Traced) -> tuple[list[Traced], Expr | None]:
    """Arrays that an elementwise operation joins, and the labels at which all of them are."""
    labels = {array.at for array in arrays if array.at is not None}
    others = [array for array in arrays if array.at is None]
    varies = any(ENTRY in array.axes or ENTRY in _axes(array) for array in others)
    if len(labels) == 1 and not varies:
        return list(arrays), labels.pop()
    return [settled(array) for array in arrays], None


def _axes(array: Traced) -> frozenset[str]:
    return axes_of(array.expression)


def elementwise(function: Callable[..., Any], kind: Kind, *operands: Any) -> Traced:
    """What a function of numbers makes of each element of operands that are numbers."""
    arrays, at = together(*map(lift, operands))
    parts = [number(array) for array in arrays]
    result = joined(function(*parts), kind, arrays, at, parts)
    asked = conditions_for(function, parts) - conditions_of(result.expression)
    result.lost |= asked
    return result


def joined(
    result: Any, kind: Kind, arrays: list[Traced], at: Expr | None, parts: Iterable[Any]
) -> Traced:
    """The array of a result, with what its operands know beside their expressions."""
    result = sympify(result)
    axes = broadcast(*(array.axes for array in arrays))
    lost = frozenset().union(*(array.lost for array in arrays)) | forgotten(result, *parts)
    return Traced(result, axes, kind, at=at, lost=lost)
