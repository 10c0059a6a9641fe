"""Finding specifications, loading them, and saying where in the source a part stands."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import re
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from sympy import Expr, true

from derive.language import Parameter, Size, identity, nonnegative, positive, real
from derive.loss import Forms, Loss, Published
from derive.record import Unreadable, parsed, with_forms
from derive.same import Same
from derive.sources import Source, default_folder, read, record_path
from derive.well_formed import SpecError

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
    """A loss with its name, its source, and the names that its file gives to expressions.

    ``record`` is what a search has recorded of its forms, if that is about its formulas;
    ``stated`` are the forms that the file itself states, for which those of the record stand in.
    """

    name: str
    loss: Loss
    path: Path
    file: str
    source: str  # the path from the folder named specs on, wherever that lies
    doc: str
    digest: str
    names: dict[str, Expr]
    places: dict[str, Place]
    record: Mapping[str, Any] = field(default_factory=dict)
    stated: Forms = field(default_factory=Forms)

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
class Module:
    """What executing one source gave: its declarations in order, and what is wrong with it."""

    source: Source
    specs: dict[str, Spec] = field(default_factory=dict)
    published: dict[str, PublishedSpec] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is worth saying of it, though nothing is wrong with it."""

    @property
    def declarations(self) -> dict[str, Spec | PublishedSpec]:
        """Losses and published formulas by name."""
        return {**self.specs, **self.published}


@dataclass
class Registry:
    """Everything that was found, in order of name, and everything that was wrong."""

    specs: Mapping[str, Spec]
    published: Mapping[str, PublishedSpec]
    problems: Sequence[Problem] = ()
    shipped: set[str] = field(default_factory=set)
    """Functions whose formula was looked up among those that ship with this installation."""


def load(paths: Iterable[Path] = ()) -> Registry:
    """Load every specification under ``paths`` (files or folders; the default folder if none).

    A file that cannot be used becomes a problem; the others are loaded all the same.
    Raises ``FileNotFoundError`` for a path that does not exist.
    """
    return combine(map(execute, read(paths)))


def combine(modules: Iterable[Module]) -> Registry:
    """The declarations of all modules; a name that is declared twice belongs to the first."""
    specs: dict[str, Spec] = {}
    published: dict[str, PublishedSpec] = {}
    problems: list[Problem] = []
    for module in modules:
        problems += module.problems
        for name, declaration in module.declarations.items():
            taken = specs.get(name) or published.get(name)
            if taken:
                message = f"the name {name!r} is used twice: it is declared in {taken.file} too"
                problems.append(Problem(name, message, declaration.places[""]))
            elif isinstance(declaration, Spec):
                specs[name] = declaration
            else:
                published[name] = declaration
    return Registry(dict(sorted(specs.items())), dict(sorted(published.items())), problems)


def source_name(path: Path) -> str:
    """A path as it is printed in what is generated: the same from whatever folder it is named."""
    parts = path.resolve().parts
    if "specs" in parts[:-1]:
        last = max(i for i, part in enumerate(parts[:-1]) if part == "specs")
        return "/".join(parts[last:])
    return path.name


def execute(source: Source) -> Module:
    """Execute a source; whatever is wrong with it becomes a problem of the module.

    A plain one is executed once: another time it would declare the same.
    """
    return _executed_once(source, source.file) if source.is_plain else _executed(source)


@lru_cache(maxsize=256)
def _executed_once(source: Source, file: str) -> Module:
    """``file`` is how the source is called in messages, which depends on the working folder."""
    return _executed(source)


def _executed(source: Source) -> Module:
    if source.trouble:
        place = Place(source.file, 1, 1, 2, "")
        problem = Problem(source.path.stem, source.trouble, place)
        return Module(source, problems=[problem])
    lines = source.text.split("\n")  # as Python counts: splitlines() also breaks at form feeds
    try:
        tree = ast.parse(source.text, filename=str(source.path))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        place = _whole_line(source.file, lines, line)
        message = f"SyntaxError: {getattr(error, 'msg', error)}"
        return Module(source, problems=[Problem(source.path.stem, message, place)])
    calls = _declarations(tree, source.file, lines)
    try:
        module = _execute(source)
    except SpecError as error:
        line = _line_in(source.path, error)
        name, places = _enclosing(calls, line)
        whole = _whole_line(source.file, lines, line)
        place = places.get(error.field) or places.get("") or whole
        return Module(source, problems=[Problem(name or source.path.stem, str(error), place)])
    except (Exception, SystemExit) as error:
        place = _whole_line(source.file, lines, _line_in(source.path, error))
        message = f"{type(error).__name__}: {error}"
        return Module(source, problems=[Problem(source.path.stem, message, place)])
    return _declared(module, source, lines, calls)


def _declared(
    module: ModuleType, source: Source, lines: list[str], calls: dict[str, dict[str, Place]]
) -> Module:
    names = {name: v for name, v in vars(module).items() if isinstance(v, Expr)}
    found = Module(source)
    for name, value in vars(module).items():
        if not isinstance(value, Loss | Published) or name.startswith("_"):
            continue
        places = calls.get(name) or {"": _whole_line(source.file, lines, 1)}
        if name in RESERVED:
            message = f"{name!r} cannot be the name of a loss: the emitted package uses it"
            found.problems.append(Problem(name, message, places[""]))
        elif isinstance(value, Published):
            found.published[name] = PublishedSpec(name, value, source.file, places)
        else:
            digest = hashlib.sha256(source.text.encode()).hexdigest()
            doc, path, file = (module.__doc__ or "").strip(), source.path, source.file
            loss, record = _with_recorded_forms(name, value, found)
            spec = Spec(name, loss, path, file, source_name(path), doc, digest, names, places)
            found.specs[name] = replace(spec, record=record, stated=value.forms)
    if not (found.declarations or found.problems):
        place = _whole_line(source.file, lines, 1)
        message = "no loss is declared in this file"
        found.problems.append(Problem(source.path.stem, message, place))
    return found


def _with_recorded_forms(name: str, loss: Loss, module: Module) -> tuple[Loss, Mapping[str, Any]]:
    """The loss with the forms of the record, and the record, if it is about its formulas."""
    source = module.source
    try:
        table = parsed(source.record).get(name, {}) if source.record else {}
        return (with_forms(loss, table) if table else loss), table
    except (Unreadable, SpecError) as error:
        module.notes.append(
            f"{record_path(source.path)} is ignored: {error}; run  lossproof search {name}"
        )
        return loss, {}


def function(name: str, registry: Registry) -> Published | None:
    """What a function of another library computes, by the published formula for it.

    That is bound to the function's ``identifier``. One that is loaded comes before those that ship
    with this installation.
    """
    spec = registry.published.get(identifier(name))
    if spec is None:
        registry.shipped.add(name)
        spec = _shipped().get(identifier(name))
    return spec.claim if spec is not None and spec.claim.function == name else None


def identifier(name: str) -> str:
    """A function's name with underscores for all that is no letter or digit."""
    return re.sub(r"\W+", "_", name).strip("_0123456789")


@cache
def _shipped() -> Mapping[str, PublishedSpec]:
    folder = default_folder() / "published"
    return load([folder]).published if folder.is_dir() else {}


def equivalent(published: Published, loss: Loss, same: Same) -> Expr:
    """The published value in terms of a loss's own parameters.

    Raises ``SpecError`` if the formula has an input or a parameter that the loss does not have, or
    one that may not have the value that it has there.
    """
    known: dict[str, Expr] = {p.name: p for p in loss.parameters} | same.parameters
    theirs = {s.name for s in published.formula.free_symbols if isinstance(s, Parameter)}
    for name in sorted(same.parameters.keys() - theirs):
        raise SpecError(f"{published.function} has no parameter {name}", "same_as")
    own: dict[Expr, Expr] = {}
    for symbol in sorted(published.formula.free_symbols - {*loss.inputs, identity}, key=str):
        if isinstance(symbol, Size):
            continue
        if not isinstance(symbol, Parameter) or symbol.name not in known:
            raise SpecError(
                f"{published.function} depends on {symbol}: say what that is in this loss, "
                f"as in Same(1, {symbol}=...)",
                "same_as",
            )
        own[symbol] = _within(symbol, known[symbol.name], "same_as")
    return published.formula.xreplace(own)


def resolve(published: Published, loss: Loss) -> Published:
    """The published formula with its parameters replaced by the loss's own of the same name."""
    known = {p.name: p for p in (*published.parameters, *loss.parameters)}
    for keyword, element in (("wrt", published.wrt), *(("at", x) for x in published.at)):
        if element not in loss.inputs:
            raise SpecError(f"{published.of} has no input {element}", keyword)
    own: dict[Expr, Expr] = {}
    parts = [(published.kind, published.formula), *(("assuming", f) for f in published.assuming)]
    parts += [("at", expression) for expression in published.at.values()]
    for keyword, part in parts:
        for symbol in sorted(part.free_symbols - {*loss.inputs, identity}, key=str):
            kind = "parameter" if isinstance(symbol, Parameter) else "input"
            if isinstance(symbol, Size):
                continue
            if kind == "input" or symbol.name not in known:
                raise SpecError(f"{published.of} has no {kind} {symbol}", keyword)
            own[symbol] = _within(symbol, known[symbol.name], keyword)
    changed = {
        published.kind: published.formula.xreplace(own),
        "assuming": tuple(fact.xreplace(own) for fact in published.assuming),
        "at": {x: expression.xreplace(own) for x, expression in published.at.items()},
    }
    return Published(**{**vars(published), **changed})


def _within(theirs: Parameter, value: Expr, keyword: str) -> Expr:
    """The value of a published parameter, if that is known to lie in its domain.

    SymPy wrote the formula for that domain alone: ``sqrt(beta**2)`` is ``beta`` where that is
    positive, and would be wrong elsewhere.
    """
    if isinstance(value, Parameter):
        inside = value.domain.is_subset(theirs.domain)
    elif value.is_number:
        inside = theirs.domain.contains(value) is true
    else:
        signs = ((real, True), (positive, value.is_positive), (nonnegative, value.is_nonnegative))
        inside = any(holds and known.is_subset(theirs.domain) for known, holds in signs)
    if not inside:
        raise SpecError(
            f"{theirs} is published for values in {theirs.domain}, among which {value} may not be",
            keyword,
        )
    return value


def _execute(source: Source) -> ModuleType:
    """Run the bytes that were read, not what the file may hold by now."""
    place = str(source.path.resolve())
    module = ModuleType(f"lossproof_spec_{hashlib.sha256(place.encode()).hexdigest()[:12]}")
    module.__file__ = str(source.path)
    code = compile(source.data, str(source.path), "exec", dont_inherit=True)
    writing, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        with contextlib.redirect_stdout(sys.stderr):
            exec(code, vars(module))
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
                    elif isinstance(key, ast.Constant) and isinstance(key.value, str):
                        places[f"{keyword.arg}[{key.value}]"] = _place(key, file, lines)
            if isinstance(keyword.value, ast.List | ast.Tuple):
                for index, value in enumerate(keyword.value.elts):
                    places[f"{keyword.arg}[{index}]"] = _place(value, file, lines)
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
