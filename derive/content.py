"""Floor 2: everything that a declaration says, as JSON: what is described alike is the same.

Objects are described by their classes and all their parts, in order. A class counts only if it is
one of SymPy's or ours: what an object of another class means is nowhere written in the object.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from sympy import Basic, Dummy, Rational, Symbol
from sympy.core.singleton import Singleton

from derive.language import Parameter
from derive.same import Same


class Indescribable(Exception):
    """An object that could mean something else another time and look the same."""


def described(part: Any) -> Any:
    """An expression, a formula with its loss, or whatever these consist of; see above.

    Raises ``Indescribable`` for what has no description of which all that it means can be told.
    """
    if part is None or isinstance(part, bool | int | str):
        return part
    if isinstance(part, tuple | list):
        return ["", *map(described, part)]
    if isinstance(part, Mapping):
        return ["of", *(described(pair) for pair in part.items())]
    kind = _name(type(part))
    if isinstance(part, Basic):
        return [kind, *_parts(part)]
    if isinstance(part, Same):
        return [kind, *map(described, (part.factor, part.parameters, part.facts))]
    if is_dataclass(part):
        return [kind, *(described(getattr(part, field.name)) for field in fields(part))]
    raise Indescribable(kind)


def _parts(part: Basic) -> list[Any]:
    if part.args:
        return [described(argument) for argument in part.args]
    if isinstance(part, Symbol) and not isinstance(part, Dummy):
        content = described(part._hashable_content())  # by which SymPy tells symbols apart
        if isinstance(part, Parameter):
            return [content, *map(described, (part.default, part.domain, part.doc))]
        return [content]
    if isinstance(part, Rational) or isinstance(type(part), Singleton):
        return [str(part)]
    raise Indescribable(str(part))


def _name(kind: type) -> str:
    module = sys.modules.get(kind.__module__)
    ours = str(kind.__module__).split(".")[0] in ("sympy", "derive")
    if not ours or getattr(module, kind.__qualname__, None) is not kind:
        raise Indescribable(kind.__qualname__)
    return f"{kind.__module__}.{kind.__qualname__}"
