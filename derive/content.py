"""Everything that a declaration says, as text: what is described alike is the same.

Objects are described by their classes and all their parts, in order. A class counts only if it is
one of SymPy's or ours: what an object of another class means is nowhere written in the object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from sympy import Basic, Dummy, Rational, Symbol
from sympy.core.singleton import Singleton

from derive.language import Parameter
from derive.same import Same


class Indescribable(Exception):
    """An object that could mean something else another time and look the same."""


def described(whole: Any) -> str:
    """An expression, a formula with its loss, or whatever these consist of; see above.

    Raises ``Indescribable`` for what has no description of which all that it means can be told.
    """
    table = _Table()
    table.row_of(whole)
    return json.dumps(list(table.rows))


class _Table:
    """A row for each distinct part, after those of its own parts, which it refers to by number."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str | int, ...], int] = {}
        self._known: dict[int, tuple[int, Any]] = {}  # with the object, whose number is taken

    def row_of(self, part: Any) -> int:
        """The number of the row that describes a part."""
        if id(part) not in self._known:
            row = self._row(part)
            self._known[id(part)] = self.rows.setdefault(row, len(self.rows)), part
        return self._known[id(part)][0]

    def _row(self, part: Any) -> tuple[str | int, ...]:
        if part is None or type(part) in (bool, int, str):
            return type(part).__name__, repr(part)
        if isinstance(part, Basic) and not part.args:
            return _kind(part), *self._of_leaf(part)
        return _kind(part), *map(self.row_of, _parts(part))

    def _of_leaf(self, leaf: Basic) -> Iterable[str | int]:
        if isinstance(leaf, Rational) or isinstance(type(leaf), Singleton):
            return (str(leaf),)
        if not isinstance(leaf, Symbol) or isinstance(leaf, Dummy):
            raise Indescribable(str(leaf))
        content = [leaf._hashable_content()]  # by which SymPy tells symbols apart
        if isinstance(leaf, Parameter):
            content += [leaf.default, leaf.domain, leaf.doc]
        return tuple(map(self.row_of, content))


def _parts(part: Any) -> Iterable[Any]:
    if isinstance(part, Basic):
        return part.args
    if isinstance(part, tuple | list):
        return part
    if isinstance(part, Mapping):
        return part.items()
    if isinstance(part, Same):
        return (part.factor, part.parameters, part.facts)
    if is_dataclass(part):
        return (getattr(part, field.name) for field in fields(part))
    raise Indescribable(str(part))


def _kind(part: Any) -> str:
    kind = type(part)
    home = str(kind.__module__)
    known = home.split(".")[0] in ("builtins", "sympy", "derive")
    if not known or getattr(sys.modules.get(home), kind.__qualname__, None) is not kind:
        raise Indescribable(kind.__qualname__)
    return f"{home}.{kind.__qualname__}"
