"""The world in which code runs under audit: its own functions, with our NumPy, SciPy and math."""

from __future__ import annotations

import builtins
import dis
import functools
import math
import numbers
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from derive.auditing.arrays import Length, Traced
from derive.auditing.functions import as_type, known
from derive.auditing.refusal import Refusal
from derive.auditing.types import StandIn, StandInType

_LIBRARIES = ("numpy", "scipy", "math", "torch")
_KNOWN = ("numpy", "scipy.special", "scipy.linalg", "math")


class World:
    """Stand-ins for what code refers to; the same one for the same thing."""

    def __init__(self, instead: Mapping[int, Any] | None = None) -> None:
        self._made: dict[int, Any] = dict(instead or {})
        self._kept: list[Any] = []  # so that no identity is used twice
        self.builtins = {**vars(builtins), **self._builtins()}

    def __call__(self, thing: Any) -> Any:
        """What stands for a thing that code refers to."""
        if id(thing) in self._made:
            return self._made[id(thing)]
        if isinstance(thing, types.ModuleType):
            return self._keep(thing, Module(thing, self))
        if isinstance(thing, type) and issubclass(thing, np.ndarray):
            return self._keep(thing, _Arrays("ndarray", (), {}))
        if _belongs_to_a_library(thing):
            return self._keep(thing, self._of_a_library(thing))
        if isinstance(thing, types.FunctionType):
            return self._function(thing)
        if isinstance(thing, types.MethodType):
            return types.MethodType(self(thing.__func__), thing.__self__)
        if isinstance(thing, functools.partial):
            return functools.partial(self(thing.func), *thing.args, **thing.keywords)
        return thing

    def _keep(self, thing: Any, made: Any) -> Any:
        self._kept.append(thing)
        self._made[id(thing)] = made
        return made

    def _function(self, function: types.FunctionType) -> types.FunctionType:
        code = function.__code__
        if any(i.opname in ("STORE_GLOBAL", "DELETE_GLOBAL") for i in dis.get_instructions(code)):
            raise Refusal(f"{function.__name__} changes a global variable", "a return value")
        scope: dict[str, Any] = {"__builtins__": self.builtins, "__name__": function.__module__}
        made = types.FunctionType(
            code, scope, function.__name__, function.__defaults__, function.__closure__
        )
        made.__kwdefaults__ = function.__kwdefaults__
        self._keep(function, made)
        for name in _names(code):
            if name in function.__globals__:
                scope[name] = self(function.__globals__[name])
        if function.__closure__:
            cells = tuple(types.CellType(self(cell.cell_contents)) for cell in function.__closure__)
            closed = types.FunctionType(
                code, scope, function.__name__, function.__defaults__, cells
            )
            closed.__kwdefaults__ = function.__kwdefaults__
            self._keep(function, closed)
            return closed
        return made

    def _of_a_library(self, thing: Any) -> Any:
        name = getattr(thing, "__name__", "")
        if getattr(thing, "__module__", "") == "numpy.random" or "random" in repr(thing):
            return _refusing(f"the random numbers of {name}", "a function of its arguments")
        if isinstance(thing, type):
            return thing
        ours = known(name) if _is_of(thing, _KNOWN) else None

        def stand_in(*inputs: Any, **options: Any) -> Any:
            if isinstance(thing, np.ufunc) and len(inputs) > thing.nin:
                inputs, options["out"] = inputs[: thing.nin], inputs[thing.nin :]
            if getattr(thing, "__module__", "") == "math" and any(map(_has_axes, inputs)):
                raise Refusal(f"math.{name} of an array", f"np.{name}")
            if ours is not None and (_symbolic(inputs, options) or _plain(inputs, thing)):
                return ours(*inputs, **options)
            if _symbolic(inputs, options):
                raise Refusal(f"{name} is not known here")
            return thing(*inputs, **options)

        return StandIn(thing, stand_in)

    def _builtins(self) -> dict[str, Any]:
        made = {
            kind.__name__: _type_made_by(kind, maker)
            for kind, maker in ((float, _to_float), (int, _to_int), (bool, bool))
        }
        return {
            **made,
            "isinstance": self._isinstance,
            "len": _len,
            "type": _type_made_by(type, _type),
            "__import__": self._import,
            "open": _refusing("open", "a function of its arguments"),
            "abs": lambda x: np.abs(x) if isinstance(x, Traced) else abs(x),
        }

    def _import(self, name: str, *arguments: Any, **options: Any) -> Any:
        return self(builtins.__import__(name, *arguments, **options))

    def _isinstance(self, value: Any, kinds: Any) -> bool:
        if isinstance(kinds, tuple):
            return any(self._isinstance(value, kind) for kind in kinds)
        if isinstance(kinds, _Arrays):
            return isinstance(value, np.ndarray) or (isinstance(value, Traced) and value.ndim > 0)
        if isinstance(kinds, StandInType):
            kinds = kinds.real
        if isinstance(kinds, types.UnionType):
            return any(self._isinstance(value, kind) for kind in kinds.__args__)
        if not isinstance(value, Traced):
            return isinstance(value, kinds)
        if value.ndim:
            return kinds is object
        like = {"bool": True, "float": 1.0}.get(value.kind, 1)
        return isinstance(like, kinds) or kinds in (numbers.Number, numbers.Real)


class Module:
    """A module whose functions are those of a world."""

    def __init__(self, module: types.ModuleType, world: World) -> None:
        self._module, self._world = module, world

    def __getattr__(self, name: str) -> Any:
        thing = getattr(self._module, name)
        if self._module.__name__ == "numpy.random":
            raise Refusal("random numbers", "a function of its arguments")
        return self._world(thing)


class _Arrays(type):
    """The type of arrays, symbolic ones among them."""


def _type_made_by(kind: type, maker: Callable[..., Any]) -> StandInType:
    return StandInType(kind.__name__, (), {"real": kind, "make": staticmethod(maker)})


def _names(code: types.CodeType) -> set[str]:
    inner = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return set(code.co_names).union(*map(_names, inner))


def _belongs_to_a_library(thing: Any) -> bool:
    return callable(thing) and _is_of(thing, _LIBRARIES)


def _is_of(thing: Any, libraries: tuple[str, ...]) -> bool:
    if isinstance(thing, np.ufunc):
        return True
    module = getattr(thing, "__module__", None) or ""
    if isinstance(thing, types.BuiltinFunctionType) and not module:
        module = type(getattr(thing, "__self__", None)).__module__
    return any(module == name or module.startswith(f"{name}.") for name in libraries)


def _symbolic(inputs: Any, options: Mapping[str, Any]) -> bool:
    return any(map(_has_traced, (*inputs, *options.values())))


def _has_traced(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_has_traced, value))
    return isinstance(value, Traced)


def _has_axes(value: Any) -> bool:
    return isinstance(value, Traced) and any(axis is not None for axis in value.axes)


def _plain(inputs: Any, thing: Any) -> bool:
    """Whether a function of numbers is called on numbers, which are kept exact."""
    numbers_alone = all(isinstance(x, int | float | np.number) for x in inputs)
    elementwise = isinstance(thing, np.ufunc) or getattr(thing, "__module__", "") == "math"
    return bool(inputs) and numbers_alone and elementwise and _is_finite(inputs)


def _is_finite(inputs: Any) -> bool:
    return all(math.isfinite(x) for x in inputs)


def _refusing(what: str, instead: str) -> Any:
    def refuse(*_: Any, **__: Any) -> Any:
        raise Refusal(what, instead)

    return refuse


def _to_float(value: Any = 0.0) -> Any:
    if not isinstance(value, Traced):
        return float(value)
    if any(axis is not None for axis in value.axes):
        raise Refusal("an array becomes a Python number", "operations on arrays")
    return Traced(as_type(value, float).expression, lost=value.lost)


def _to_int(*arguments: Any) -> Any:
    if isinstance(arguments[0], Length):
        return arguments[0]
    if isinstance(arguments[0], Traced):
        return as_type(arguments[0], int)
    return int(*arguments)


def _len(value: Any) -> Any:
    if not isinstance(value, Traced):
        return len(value)
    if not value.ndim:
        raise TypeError("len() of unsized object")
    return value.shape[0]


def _type(*arguments: Any) -> Any:
    if len(arguments) == 1 and isinstance(arguments[0], Traced):
        raise Refusal("the type of an array is asked for", "isinstance(x, np.ndarray)")
    return type(*arguments)
