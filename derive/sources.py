"""The files that specifications are written in, found and read without executing them."""

from __future__ import annotations

import ast
import builtins
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from derive import VOCABULARY

EVERYTHING = "*"
"""In place of the name of a declaration: all that there are."""

_WORDS = {"__version__", *(word for words in VOCABULARY.values() for word in words)}
_PURE = {"__future__", "fractions", "functools", "itertools", "math", "operator", "typing"}
_HARMLESS = {
    *("abs", "all", "any", "bool", "dict", "enumerate", "filter", "frozenset", "int", "len"),
    *("list", "map", "max", "min", "pow", "range", "reversed", "round", "set", "sorted", "str"),
    *("sum", "tuple", "zip"),
}


_EXPRESSIONS = {
    *("Abs", "And", "E", "Eq", "FiniteSet", "Ge", "Gt", "Integer", "Interval", "Le", "Lt", "Max"),
    *("Min", "Ne", "Not", "Or", "Piecewise", "Rational", "Union", "acos", "asin", "atan", "cbrt"),
    *("ceiling", "cos", "cosh", "coth", "digamma", "erf", "erfc", "exp", "expm1", "floor"),
    *("gamma", "log", "log1p", "loggamma", "oo", "pi", "sign", "sin", "sinh", "sqrt", "tan"),
    *("tanh", "true", "false"),
}
"""What a plain source may import from SymPy."""

_METHODS = {"where", "open", "Lopen", "Ropen"}
"""What a plain source may look up in an object: facts of a claim, ends of an interval."""


@dataclass(frozen=True)
class Source:
    """A file with its bytes, or with the reason why it could not be read.

    ``record`` is what is kept of the forms found for the losses in it.
    """

    path: Path
    data: bytes = b""
    trouble: str = ""
    record: bytes = b""

    @cached_property
    def file(self) -> str:
        """The path as a person would write it: relative to the working folder if it lies below."""
        try:
            return self.path.resolve().relative_to(Path.cwd().resolve()).as_posix()
        except ValueError:
            return self.path.as_posix()

    @cached_property
    def text(self) -> str:
        """The characters, with line breaks as Python counts them."""
        text = self.data.decode("utf-8-sig", errors="replace")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the bytes, and of the record if there is one."""
        found = hashlib.sha256(self.data)
        if self.record:
            found.update(hashlib.sha256(self.record).digest())
        return found.hexdigest()

    @property
    def stands_alone(self) -> bool:
        """Whether executing the source reads nothing but the source, SymPy and our vocabulary.

        Decided by what it imports and by which builtins it names; when in doubt, it does not.
        """
        try:
            nodes = list(ast.walk(ast.parse(self.data)))
        except (SyntaxError, ValueError):
            return False
        mentioned = sum(isinstance(n, ast.Name) and n.id == "derive" for n in nodes)
        return mentioned == sum(map(_names_a_word, nodes)) and all(map(_reads_nothing, nodes))

    @cached_property
    def is_plain(self) -> bool:
        """Whether executing the source does nothing but define what it names, by expressions.

        Then all that it does is to be seen in what it declares. Decided like ``stands_alone``: it
        calls what makes expressions, builtins and what it defines itself, and changes no object.
        """
        return self.stands_alone and all(map(_changes_nothing, ast.walk(ast.parse(self.data))))


def _changes_nothing(node: ast.AST) -> bool:
    match node:
        case ast.ClassDef() | ast.AsyncFunctionDef() | ast.FunctionDef(decorator_list=[_, *_]):
            return False
        case ast.Import(names):
            return all(alias.name == "derive" for alias in names)
        case ast.ImportFrom("derive" | "__future__"):
            return True
        case ast.ImportFrom(_, names):
            return all(alias.name in _EXPRESSIONS for alias in names)
        case ast.Attribute(_, name, ast.Load()):
            return name in _METHODS or _names_a_word(node)
        case ast.Attribute() | ast.Subscript(ctx=ast.Store() | ast.Del()):
            return False
    return True


def _names_a_word(node: ast.AST) -> bool:
    """Whether this is ``derive.`` with a word of our vocabulary, not one of our modules."""
    match node:
        case ast.Attribute(ast.Name("derive"), word):
            return word in _WORDS
    return False


def _reads_nothing(node: ast.AST) -> bool:
    match node:
        case ast.Import(names):
            plain = [alias.name for alias in names if alias.name != "derive" or alias.asname]
            return all(map(_is_covered, plain))
        case ast.ImportFrom("derive", names, 0):
            return all(alias.name in _WORDS for alias in names)
        case ast.ImportFrom(str(module), _, 0):
            return _is_covered(module)
        case ast.ImportFrom():
            return False
        case ast.Name(name):
            return name in _HARMLESS or not (hasattr(builtins, name) or name.startswith("__"))
        case ast.Attribute(_, name):
            return not name.startswith("__")
    return True


def _is_covered(module: str) -> bool:
    return module.split(".")[0] == "sympy" or module in _PURE


def default_folder() -> Path:
    """Where this installation keeps its specifications; ``LOSSPROOF_SPECS`` overrides it."""
    override = os.environ.get("LOSSPROOF_SPECS")
    if override:
        return Path(override)
    here = Path(__file__).resolve().parent
    installed = here / "_specs"
    return installed if installed.is_dir() else here.parent / "specs"


def read(paths: Iterable[Path] = ()) -> list[Source]:
    """Every source under ``paths`` (files or folders; the default folder if none), each once.

    Raises ``FileNotFoundError`` for a path that does not exist.
    """
    found: dict[Path, Source] = {}
    for root in [Path(path) for path in paths] or [default_folder()]:
        if not root.exists():
            raise FileNotFoundError(f"no specification at {root}")
        for path in _files(root):
            if path.resolve() not in found:
                found[path.resolve()] = _read(path)
    return list(found.values())


def record_path(path: Path) -> Path:
    """Where the forms found for the losses of a file are kept: beside the emitted code."""
    parents = path.resolve().parents
    here = Path(__file__).resolve().parent
    if here / "_specs" in parents:
        return here / "_forms" / f"{path.stem}.toml"
    folder = next((parent for parent in parents if parent.name == "specs"), parents[0])
    return folder.parent / "generated" / "forms" / f"{path.stem}.toml"


def _read(path: Path) -> Source:
    try:
        kept = record_path(path)
        record = kept.read_bytes() if kept.is_file() else b""
        return Source(path, path.read_bytes(), record=record)
    except OSError as error:
        return Source(path, trouble=f"cannot be read: {error.strerror}")


def _files(root: Path) -> list[Path]:
    """The specifications in a folder: neither private nor hidden files, nor those of caches."""
    if not root.is_dir():
        return [root]
    found = [path for path in sorted(root.rglob("*.py")) if not path.is_dir()]
    return [
        path
        for path in found
        if not path.name.startswith("_")
        and not any(part.startswith((".", "__")) for part in path.relative_to(root).parts)
    ]
