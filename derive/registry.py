"""Floor 1: finding specifications, loading them, and saying where in the source a part stands."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

from sympy import Expr

from derive.language import Parameter, Size, identity
from derive.loss import Loss, Published, SpecError

RESERVED = {
    *("get", "losses", "configure", "np", "Any", "Mapping", "MappingProxyType", "Literal"),
    *("Array", "ArrayLike", "ConfiguredLoss", "Evaluation", "Info", "Loss", "Parameter"),
    *("Source", "Value"),
}
"""Names that the emitted package has a meaning for."""


@dataclass(frozen=True)
class Place:
    """A stretch of one source line; line and columns count from 1, ``end`` is exclusive."""

    file: str
    line: int
    column: int
    end: int
    source: str


@dataclass(frozen=True)
class Problem:
    """Why a specification could not be used, and where."""

    name: str
    message: str
    place: Place


@dataclass(frozen=True)
class Spec:
    """A loss with its name, its source, and the names that its file gives to expressions."""

    name: str
    loss: Loss
    path: Path
    file: str
    source: str  # the path from the folder named specs on, wherever that lies
    doc: str
    digest: str
    names: dict[str, Expr]
    places: dict[str, Place]

    def place(self, keyword: str) -> Place:
        """Where a keyword of the declaration stands (``gradient`` or ``gradient[variance]``)."""
        return self.places.get(keyword) or self.places.get(keyword.split("[")[0]) or self.places[""]


@dataclass(frozen=True)
class PublishedSpec:
    """A published formula with its name and source."""

    name: str
    claim: Published
    file: str
    places: dict[str, Place]

    def place(self, keyword: str) -> Place:
        """Where a keyword of the declaration stands."""
        return self.places.get(keyword) or self.places[""]


@dataclass
class Registry:
    """Everything that was found, in order of name, and everything that was wrong."""

    specs: dict[str, Spec] = field(default_factory=dict)
    published: dict[str, PublishedSpec] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def default_folder() -> Path:
    """Where this installation keeps its specifications; ``LOSSPROOF_SPECS`` overrides it."""
    override = os.environ.get("LOSSPROOF_SPECS")
    if override:
        return Path(override)
    here = Path(__file__).resolve().parent
    installed = here / "_specs"
    return installed if installed.is_dir() else here.parent / "specs"


def load(paths: Iterable[Path] = ()) -> Registry:
    """Load every specification under ``paths`` (files or folders; the default folder if none).

    A file that cannot be used becomes a problem; the others are loaded all the same.
    Raises ``FileNotFoundError`` for a path that does not exist.
    """
    roots = [Path(path) for path in paths] or [default_folder()]
    registry, seen = Registry(), set[Path]()
    for root in roots:
        if not root.exists():
            raise FileNotFoundError(f"no specification at {root}")
        for path in _files(root):
            if path.resolve() not in seen:
                seen.add(path.resolve())
                _load_file(path, root, registry)
    registry.specs = dict(sorted(registry.specs.items()))
    registry.published = dict(sorted(registry.published.items()))
    return registry


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


def source_name(path: Path) -> str:
    """A path as it is printed in what is generated: the same from whatever folder it is named."""
    parts = path.resolve().parts
    if "specs" in parts[:-1]:
        last = max(i for i, part in enumerate(parts[:-1]) if part == "specs")
        return "/".join(parts[last:])
    return path.name


def _load_file(path: Path, root: Path, registry: Registry) -> None:
    file = _shown(path)
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        place = Place(file, 1, 1, 2, "")
        registry.problems.append(Problem(path.stem, f"cannot be read: {error.strerror}", place))
        return
    lines = text.split("\n")  # as Python counts lines: splitlines() also breaks at form feeds
    try:
        tree = ast.parse(text, filename=str(path))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        place = _whole_line(file, lines, line)
        message = f"SyntaxError: {getattr(error, 'msg', error)}"
        registry.problems.append(Problem(path.stem, message, place))
        return
    calls = _declarations(tree, file, lines)
    try:
        module = _execute(path)
    except SpecError as error:
        line = _line_in(path, error)
        name, places = _enclosing(calls, line)
        place = places.get(error.field) or places.get("") or _whole_line(file, lines, line)
        registry.problems.append(Problem(name or path.stem, str(error), place))
        return
    except (Exception, SystemExit) as error:
        place = _whole_line(file, lines, _line_in(path, error))
        message = f"{type(error).__name__}: {error}"
        registry.problems.append(Problem(path.stem, message, place))
        return
    _register(module, path, root, file, text, lines, calls, registry)


def _register(
    module: ModuleType,
    path: Path,
    root: Path,
    file: str,
    text: str,
    lines: list[str],
    calls: dict[str, dict[str, Place]],
    registry: Registry,
) -> None:
    names = {name: v for name, v in vars(module).items() if isinstance(v, Expr)}
    source = source_name(path)
    found = False
    for name, value in vars(module).items():
        if not isinstance(value, Loss | Published) or name.startswith("_"):
            continue
        found = True
        places = calls.get(name) or {"": _whole_line(file, lines, 1)}
        taken = registry.specs.get(name) or registry.published.get(name)
        if name in RESERVED:
            message = f"{name!r} cannot be the name of a loss: the emitted package uses it"
            registry.problems.append(Problem(name, message, places[""]))
        elif taken:
            message = f"the name {name!r} is used twice: it is declared in {taken.file} too"
            registry.problems.append(Problem(name, message, places[""]))
        elif isinstance(value, Published):
            registry.published[name] = PublishedSpec(name, value, file, places)
        else:
            digest = hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()
            doc = (module.__doc__ or "").strip()
            registry.specs[name] = Spec(name, value, path, file, source, doc, digest, names, places)
    if not found:
        place = _whole_line(file, lines, 1)
        registry.problems.append(Problem(path.stem, "no loss is declared in this file", place))


def resolve(published: Published, loss: Loss) -> Published:
    """The published formula with its parameters replaced by the loss's own of the same name."""
    known = {parameter.name: parameter for parameter in loss.parameters}
    if published.wrt not in loss.inputs:
        raise SpecError(f"{published.of} has no input {published.wrt}", "wrt")
    own: dict[Expr, Parameter] = {}
    parts = [(published.kind, published.formula), *(("assuming", f) for f in published.assuming)]
    for keyword, part in parts:
        for symbol in sorted(part.free_symbols - {*loss.inputs, identity}, key=str):
            kind = "parameter" if isinstance(symbol, Parameter) else "input"
            if isinstance(symbol, Size):
                continue
            if kind == "input" or symbol.name not in known:
                raise SpecError(f"{published.of} has no {kind} {symbol}", keyword)
            own[symbol] = known[symbol.name]
    changed = {
        published.kind: published.formula.xreplace(own),
        "assuming": tuple(fact.xreplace(own) for fact in published.assuming),
    }
    return Published(**{**vars(published), **changed})


def _execute(path: Path) -> ModuleType:
    name = f"lossproof_spec_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    loader = SourceFileLoader(name, str(path))
    specification = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    writing, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        with contextlib.redirect_stdout(sys.stderr):
            specification.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = writing
    return module


# Places ----------------------------------------------------------------------------------------


def _declarations(tree: ast.Module, file: str, lines: list[str]) -> dict[str, dict[str, Place]]:
    """For each name bound to a call, where the call and each of its keywords stand."""
    found: dict[str, dict[str, Place]] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Call):
            continue
        name = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if not isinstance(name, ast.Name):
            continue
        places = {"": _place(node, file, lines)}
        for keyword in node.value.keywords:
            places[keyword.arg or ""] = _place(keyword.value, file, lines)
            if isinstance(keyword.value, ast.Dict):
                for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                    if isinstance(key, ast.Name):
                        places[f"{keyword.arg}[{key.id}]"] = _place(value, file, lines)
        found[name.id] = places
    return found


def _place(node: ast.stmt | ast.expr, file: str, lines: list[str]) -> Place:
    source = lines[node.lineno - 1]
    start = len(source.encode()[: node.col_offset].decode(errors="replace"))
    single = node.end_lineno == node.lineno and node.end_col_offset is not None
    end = (
        len(source.encode()[: node.end_col_offset].decode(errors="replace"))
        if single
        else len(source.rstrip())
    )
    return Place(file, node.lineno, start + 1, max(end, start + 1) + 1, source)


def _whole_line(file: str, lines: list[str], line: int) -> Place:
    line = min(max(line, 1), len(lines))
    source = lines[line - 1]
    start = len(source) - len(source.lstrip())
    return Place(file, line, start + 1, max(len(source.rstrip()), start + 1) + 1, source)


def _line_in(path: Path, error: BaseException) -> int:
    frames = traceback.extract_tb(error.__traceback__)
    own = [f.lineno for f in frames if Path(f.filename).resolve() == path.resolve() and f.lineno]
    return own[-1] if own else 1


def _enclosing(calls: dict[str, dict[str, Place]], line: int) -> tuple[str, dict[str, Place]]:
    """The last declaration that begins at or before a line."""
    before = [(places[""].line, name) for name, places in calls.items() if places[""].line <= line]
    if not before:
        return "", {}
    name = max(before)[1]
    return name, calls[name]


def _shown(path: Path) -> str:
    """The path as a person would write it: relative to the working folder if it lies below."""
    try:
        return path.resolve().relative_to(Path.cwd().resolve()).as_posix()
    except ValueError:
        return path.as_posix()
