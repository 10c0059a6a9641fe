"""Who may state that something is proved, and on what that rests."""

from __future__ import annotations

import ast
import copy
import dataclasses
import importlib.util
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

import derive
from derive.certificates.certificate import LIBRARY
from derive.floors import FLOORS, floors_of, modules, plan
from derive.language import pred
from derive.loss import Loss
from derive.properties import convex
from derive.prove.book import REJECTED
from derive.prove.checker import Certificate
from derive.prove.claim import Claim
from derive.prove.inequality import nondecreasing
from derive.prove.points import domain_of
from derive.prove.prover import check
from derive.prove.trusted import ADVISERS, SEARCHES, TRUSTED, lines
from derive.prove.verdict import ISSUERS, Proved, Unknown

ROOT = Path(derive.__file__).parent
SOURCES = {
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
    if "_specs" not in path.parts
}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in SOURCES.items()}


@pytest.fixture(scope="module")
def proved() -> Proved:
    verdict = check(Claim(Loss(value=pred**2, gradient=2 * pred), "gradient", pred, 2 * pred))
    assert isinstance(verdict, Proved)
    return verdict


# Who may say it ----------------------------------------------------------------------------------


def test_nobody_else_can_construct_a_proof(proved: Proved) -> None:
    with pytest.raises(TypeError, match="may state"):
        Proved(proved.regions, (), (), "everywhere", proved.certificate)


def test_a_module_that_takes_the_name_of_the_prover_cannot(proved: Proved) -> None:
    names = {"__name__": ISSUERS[0], "Proved": Proved, "old": proved}
    with pytest.raises(TypeError, match="may state"):
        exec('Proved(old.regions, (), (), "everywhere", old.certificate)', names)


def test_a_proof_cannot_be_changed_or_copied(proved: Proved) -> None:
    with pytest.raises(TypeError, match="may state"):
        dataclasses.replace(proved, assuming=())
    with pytest.raises(dataclasses.FrozenInstanceError):
        proved.assuming = ()  # type: ignore[misc]
    for trick in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="not copied"):
            trick(proved)


def test_only_the_checker_makes_certificates(proved: Proved) -> None:
    assert proved.certificate.steps > 0
    with pytest.raises(TypeError, match="only the checker"):
        Certificate(1)
    with pytest.raises(TypeError, match="only the checker"):
        dataclasses.replace(proved.certificate, steps=7)
    for trick in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="not copied"):
            trick(proved.certificate)
    with pytest.raises(TypeError, match="no other kinds"):
        type("Claimed", (Certificate,), {})


def test_nothing_is_proved_without_a_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("derive.prove.prover.certify", lambda _: None)
    verdict = check(Claim(Loss(value=pred**2, gradient=2 * pred), "gradient", pred, 2 * pred))
    assert isinstance(verdict, Unknown)
    assert "has a certificate" in verdict.reason


def test_what_is_not_confirmed_is_not_proved(
    monkeypatch: pytest.MonkeyPatch, rejected: list[str]
) -> None:
    monkeypatch.setattr("derive.prove.checker.same", lambda *_: False)
    loss = Loss(value=pred**2, gradient=2 * pred, claims=[convex])
    for verdict in (
        check(Claim(loss, "gradient", pred, 2 * pred)),
        nondecreasing(2 * pred, pred, domain_of(loss)),
    ):
        assert isinstance(verdict, Unknown)
        assert REJECTED in verdict.reason
    assert rejected


def test_there_are_no_other_kinds_of_proof() -> None:
    with pytest.raises(TypeError, match="no other kinds"):
        type("Claimed", (Proved,), {})


def test_only_the_issuers_name_the_constructor() -> None:
    """No call, no alias, no cast and no bare object: else a reader could not be sure."""
    named = {name for name, tree in TREES.items() if any(_constructions(tree))}
    assert named == set(ISSUERS)


def _constructions(tree: ast.AST) -> Iterator[ast.AST]:
    tests = {
        id(part)
        for node in ast.walk(tree)
        for part in _where_a_type_is_only_compared(node)
        for part in ast.walk(part)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and id(node) not in tests:
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name == "Proved":
                yield node


def _where_a_type_is_only_compared(node: ast.AST) -> Iterator[ast.AST]:
    """The types in isinstance and in annotations, which construct nothing."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "isinstance":
            yield node.args[1]
    elif isinstance(node, ast.AnnAssign | ast.arg) and node.annotation:
        yield node.annotation
    elif isinstance(node, ast.FunctionDef) and node.returns:
        yield node.returns
    elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "Verdict":
        yield node.value


@pytest.mark.parametrize("trick", ["__new__", "__class__", "__setattr__", "cast", "setattr"])
def test_no_module_that_handles_verdicts_goes_around_a_constructor(trick: str) -> None:
    for name, tree in TREES.items():
        if "derive.prove.verdict" not in imports(name):
            continue
        uses = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and _called(n) == trick]
        sets = [
            target
            for n in ast.walk(tree)
            if isinstance(n, ast.Assign)
            for target in n.targets
            if isinstance(target, ast.Attribute) and target.attr == trick
        ]
        assert not uses + sets, f"{name} uses {trick}"


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def test_the_search_for_constructions_finds_them() -> None:
    for source in ("Proved(1)", "verdict.Proved", "f = Proved", "replace(x, kind=Proved)"):
        assert any(_constructions(ast.parse(source))), source
    for source in ("isinstance(v, Proved | Unknown)", "def f(v: Proved) -> Proved: ..."):
        assert not any(_constructions(ast.parse(source))), source


def test_an_unknown_verdict_is_open_to_all() -> None:
    assert Unknown("a reason") == copy.copy(Unknown("a reason"))


# What it rests on --------------------------------------------------------------------------------


def imports(name: str) -> set[str]:
    """The modules of derive that a module imports at run time."""
    found: set[str] = set()
    for node in _at_run_time(TREES[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            submodules = {f"{node.module}.{alias.name}" for alias in node.names} & set(SOURCES)
            found |= submodules or {node.module}
    return {other for other in found if other in SOURCES}


def _at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _at_run_time(node)


def floor(name: str) -> int:
    (height,) = floors_of(name.removeprefix("derive."))
    return height


def test_each_module_has_its_floor() -> None:
    assert {f"derive.{name}" for name in modules()} == set(SOURCES) - {"derive"}
    for name in modules():
        assert len(floors_of(name)) == 1, f"{name}: give it a floor in derive/floors.py"
    said = [name for _, names in FLOORS for name in names]
    assert sorted(set(said)) == sorted(said)
    for name in said:
        assert name.removesuffix(".*") in modules(), f"there is no {name}"


@pytest.mark.parametrize("name", [name for name in SOURCES if name != "derive"])
def test_imports_run_downwards(name: str) -> None:
    above = {m for m in imports(name) - {"derive"} if floor(m) > floor(name)}
    assert not above, f"{name} imports {above}"


def test_the_plan_names_every_floor_and_what_is_there() -> None:
    text = plan()
    for height, (purpose, names) in enumerate(FLOORS):
        assert f"**{height}: {purpose}**" in text
        for name in names:
            assert f"`derive/{name.removesuffix('.*').replace('.', '/')}" in text


def test_no_import_goes_round_in_a_circle() -> None:
    known: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " imports ".join((*path, name))
        if name not in known:
            for other in imports(name) - {"derive"}:
                visit(other, (*path, name))
            known.add(name)

    for name in SOURCES:
        visit(name, ())


@pytest.mark.parametrize("name", TRUSTED)
def test_trusted_modules_import_trusted_ones(name: str) -> None:
    assert importlib.util.find_spec(name)
    assert imports(name) <= {*TRUSTED, *ADVISERS, "derive.prove.normal"}


@pytest.mark.parametrize("name", sorted({*TRUSTED} - {*ISSUERS, "derive.prove.linear"}))
def test_advisers_are_asked_by_few(name: str) -> None:
    """By those who check what comes of them, and by those who refute."""
    assert not imports(name) & set(ADVISERS)


CHECKING = [
    f"derive.prove.{name}"
    for name in ("checker", "checked_sums", "checked_functions", "book", "steps", "identities")
]


@pytest.mark.parametrize("name", CHECKING)
def test_what_checks_a_search_does_not_stand_on_it(name: str) -> None:
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        reached.add(waiting[-1])
        waiting += imports(waiting.pop()) - reached
    assert not reached & set(SEARCHES)


def test_each_proof_asks_the_checker() -> None:
    for name in ISSUERS:
        assert "derive.prove.checker" in imports(name)


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_cannot_say_that_a_region_is_empty(name: str) -> None:
    """A value that it finds is checked; but a region that is empty is left out unseen."""
    raised = [n.exc for n in ast.walk(TREES[name]) if isinstance(n, ast.Raise) and n.exc]
    assert not [exc for exc in raised if ast.unparse(exc).startswith("Empty")]


def test_the_lines_of_trusted_modules_are_counted() -> None:
    counted = lines()
    assert set(counted) == set(TRUSTED)
    for name, number in counted.items():
        assert number == len(SOURCES[name].read_text(encoding="utf-8").splitlines())


def test_whoever_proves_is_trusted() -> None:
    assert set(ISSUERS) <= set(TRUSTED)
    assert not set(TRUSTED) & {*ADVISERS, *SEARCHES}
    assert not set(ADVISERS) & set(SEARCHES)


def test_the_documentation_lists_what_is_trusted() -> None:
    text = (ROOT.parent / "docs" / "how-it-works.md").read_text(encoding="utf-8")
    for name in TRUSTED:
        assert f"`{SOURCES[name].relative_to(ROOT.parent)}`" in text, name


def test_the_documentation_compiles_every_file_that_certificates_stand_on() -> None:
    text = (ROOT.parent / "docs" / "how-it-works.md").read_text(encoding="utf-8")
    assert f"for file in {' '.join(LIBRARY)}; do" in text
