"""Objectives as functions of arrays alone, whatever it is that a library hands them."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from derive.auditing.refusal import Refusal, Untraceable
from derive.auditing.trace import where_defined

OF_DATA = ("labels_of_", "weights_of_")
"""What the arrays in a data set are called in reports."""


class Data:
    """What stands for ``DMatrix`` and ``Dataset``: labels, and weights if there are any."""

    def __init__(self, labels: Any, weights: Any = None) -> None:
        self._labels, self._weights = labels, weights

    def get_label(self) -> Any:
        """The labels."""
        return self._labels

    def get_weight(self) -> Any:
        """The weights."""
        return self._weights

    def __getattr__(self, name: str) -> Any:
        raise Refusal(f"{name} of the data set is not known here", "a function of arrays")


class Groups:
    """What stands for the groups of a ranking, which couple rows."""

    def _refused(self, *_: Any, **__: Any) -> Any:
        raise Refusal("groups of rows", "an objective of independent rows")

    __len__ = __iter__ = __getitem__ = __array__ = __bool__ = __getattr__ = _refused


class Caller:
    """Calls an objective as a library does, from arrays in the order of ``roles``.

    ``roles`` are those of its parameters: ``pred``, ``target``, ``weight``, ``data`` with labels
    and weights in it, ``groups``, and for further ones nothing. Without ``weighted`` the library
    says that there are no weights, by ``no_weights``.
    """

    def __init__(
        self, function: Callable[..., Any], roles: Mapping[str, str], *, weighted: bool,
        no_weights: Any = None,
    ) -> None:  # fmt: skip
        self.function, self.roles, self.weighted = function, roles, weighted
        self._no_weights = no_weights
        self.asked = False
        self.__wrapped__ = function
        self.__module__ = function.__module__
        self.__qualname__ = getattr(function, "__qualname__", type(function).__qualname__)
        parameters = inspect.signature(function).parameters
        self.__signature__ = inspect.Signature(
            [
                inspect.Parameter(name, p.KEYWORD_ONLY if p.kind == p.KEYWORD_ONLY else _PLAIN,
                                  default=p.default, annotation=p.annotation)
                for original, p in parameters.items()
                for name in self._arrays(original)
            ]
        )  # fmt: skip

    def _arrays(self, name: str) -> list[str]:
        """The arrays from which an argument is made."""
        role = self.roles.get(name, "")
        if role == "data":
            return [kind + name for kind in OF_DATA[: 2 if self.weighted else 1]]
        if role == "groups" or (role == "weight" and not self.weighted):
            return []
        return [name]

    @property
    def meaning(self) -> dict[str, str]:
        """The role of each array."""
        found: dict[str, str] = {}
        for name, role in self.roles.items():
            if role == "data":
                found |= dict(zip(self._arrays(name), ("target", "weight"), strict=False))
            else:
                found |= dict.fromkeys(self._arrays(name), role)
        return {name: role for name, role in found.items() if role}

    def arranged(self, arrays: Sequence[Any], data: Callable[..., Any] = Data) -> dict[str, Any]:
        """The arguments of the library by name, from arrays."""
        left = dict(zip(self.__signature__.parameters, arrays, strict=True))
        made: dict[str, Any] = {}
        for name in inspect.signature(self.function).parameters:
            role = self.roles.get(name, "")
            given = [left[n] for n in self._arrays(name)]
            if role == "data":
                made[name] = data(*given, *([] if self.weighted else [self._no_weights]))
            elif role == "groups":
                made[name] = Groups()
            elif role == "weight" and not self.weighted:
                made[name] = self._no_weights
            else:
                made[name] = given[0]
        return made

    def as_called(self, texts: Mapping[str, str]) -> tuple[list[str], str]:
        """The imports and the call that a reader can run."""
        first = self.__qualname__.split(".")[0]
        imports = [f"from {self.__module__} import {first}"]
        if "data" in self.roles.values():
            imports.insert(0, "from derive.auditing.callers import Data")
        arguments = self.arranged([texts[n] for n in self.__signature__.parameters], _data_text)
        kinds = inspect.signature(self.function).parameters
        written = ", ".join(
            f"{n}={v}" if kinds[n].kind == kinds[n].KEYWORD_ONLY else str(v)
            for n, v in arguments.items()
        )
        name = self.__qualname__
        if inspect.ismethod(self.function):
            name = f"{first}().{name.split('.')[-1]}"
        return imports, f"{name}({written})"


_PLAIN = inspect.Parameter.POSITIONAL_OR_KEYWORD


def _data_text(labels: str, weights: Any = None) -> str:
    if weights is None:
        return f"Data({labels})"
    return f"Data({labels}, {weights if isinstance(weights, str) else 'array([])'})"


def as_function(caller: Caller) -> Callable[..., Any]:
    """A function of arrays, to be run on symbolic ones."""
    function, kinds = caller.function, inspect.signature(caller.function).parameters

    def objective(*arrays: Any, **named: Any) -> Any:
        arguments = arranged(arrays, named)
        plain = [v for n, v in arguments.items() if kinds[n].kind != _KEYWORD]
        return function(*plain, **{n: v for n, v in arguments.items() if kinds[n].kind == _KEYWORD})

    arranged = _Arranged(caller)
    objective.__dict__.update(vars(caller))
    objective.__dict__["as_called"] = caller.as_called
    objective.__module__, objective.__qualname__ = caller.__module__, caller.__qualname__
    return objective


_KEYWORD = inspect.Parameter.KEYWORD_ONLY


class _Arranged:
    """Makes the arguments of a library; an object, for functions are read as code under audit."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def __call__(self, arrays: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
        names = [n for n in self._caller.__signature__.parameters if n not in named]
        values = {**dict(zip(names, arrays, strict=True)), **named}
        order = [values[n] for n in self._caller.__signature__.parameters]
        return self._caller.arranged(order, self._data)

    def _data(self, *arrays: Any) -> Data:
        return _Noting(self._caller, *arrays)


class _Noting(Data):
    """A data set that tells its caller when weights are asked for."""

    def __init__(self, caller: Caller, *arrays: Any) -> None:
        super().__init__(*arrays)
        self._caller = caller

    def get_weight(self) -> Any:
        self._caller.asked = True
        return super().get_weight()


def reads(function: Callable[..., Any], name: str) -> bool:
    """Whether the code of a function looks at one of its arguments at all."""
    code = inspect.unwrap(getattr(function, "__func__", function)).__code__
    loads = (i for i in dis.get_instructions(code) if i.opname.startswith("LOAD"))
    return any(
        name == i.argval or (isinstance(i.argval, tuple) and name in i.argval) for i in loads
    )


def roles_of(function: Callable[..., Any], usual: Sequence[str], call: str) -> dict[str, str]:
    """The roles of parameters in their order; raises ``Untraceable`` where they do not fit.

    ``usual`` are the roles that a library gives by position, optional ones with a question mark;
    ``call`` is how it calls.
    """
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        raise Untraceable(f"{function!r} is no Python function: {call}") from None
    needed = [n for n, p in parameters.items() if p.default is p.empty and p.kind in _POSITIONAL]
    least = sum(not role.endswith("?") for role in usual)
    if any(p.kind == p.VAR_POSITIONAL for p in parameters.values()) or not (
        least <= len([n for n, p in parameters.items() if p.kind in _POSITIONAL])
        and len(needed) <= len(usual)
    ):
        text = f"{call}: this function is {inspect.signature(function)}"
        raise Untraceable(text, *where_defined(function))
    names = [n for n, p in parameters.items() if p.kind in _POSITIONAL]
    roles: dict[str, str] = {}
    for name, role in zip(names, usual, strict=False):
        optional = role.endswith("?")
        if not optional or parameters[name].default in (None, inspect.Parameter.empty):
            roles[name] = role.removesuffix("?")
    for name, parameter in parameters.items():
        if parameter.kind == _KEYWORD and name == "sample_weight":
            roles[name] = "weight"
    return roles


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
