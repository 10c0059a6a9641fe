"""What an edit leaves as it was is not proved again, and never is an old answer given."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sympy")

import sympy
from sympy import Dummy, Float, Function, Symbol

import derive.answers
import derive.library
import derive.property_findings
from derive import Parameter, pred, real, target, unit
from derive.cache import Cache
from derive.cli import main
from derive.content import Indescribable, described
from derive.prove.prover import TOO_DEEP
from derive.report.finding import Finding
from derive.sources import Source

ROOT = Path(__file__).resolve().parent.parent
SPEC = '''"""A loss for a test."""

from sympy import Abs, Piecewise, Rational, sign

from derive import Kink, Loss, Parameter, Published, convex, lipschitz, positive, pred, real, target

delta = Parameter("delta", default=1, domain=positive)
residual = pred - target
small = Abs(residual) <= delta

huber = Loss(
    value=Piecewise((residual**2 / 2, small), (delta * (Abs(residual) - delta / 2), True)),
    gradient=Piecewise((residual, small), (delta * sign(residual), True)),
    hessian=Piecewise((1, small), (0, True)),
    curvature=1,
    parameters=[delta],
    kinks=[Kink(at=Abs(residual) - delta, hessian=1, because="the quadratic side")],
    claims=[convex, lipschitz(delta)],
    same_as={"library.huber": 1},
)
library_huber = Published(
    source="a library",
    function="library.huber",
    value=Piecewise((residual**2 / 2, small), (delta * (Abs(residual) - delta / 2), True)),
)
printed = Published(of="huber", source="a book", expected="proved", gradient=residual)
# the end
'''
UNSEEN = {
    "comment": ("residual =", "# what is left\nresidual ="),
    "name": ("small", "is_small"),
    "order": ("    curvature=1,\n    parameters=[delta],", "    parameters=[delta], curvature=1,"),
    "references": ("    curvature", '    references=["Huber 1964"],\n    curvature'),
    "reduction": ("    curvature", '    reduction="sum",\n    curvature'),
}
"""Edits after which nothing has to be proved."""
EDITS = {
    "value": ("value=Piecewise((residual**2 / 2", "value=Piecewise((residual**2 / 3"),
    "gradient": ("gradient=Piecewise((residual,", "gradient=Piecewise((2 * residual,"),
    "sign": ("(delta * sign(residual), True)", "(-delta * sign(residual), True)"),
    "hessian": ("hessian=Piecewise((1,", "hessian=Piecewise((2,"),
    "curvature": ("curvature=1", "curvature=Rational(1, 2)"),
    "condition": ("small = Abs(residual) <= delta", "small = Abs(residual) <= 2 * delta"),
    "strictness": ("small = Abs(residual) <= delta", "small = Abs(residual) < delta"),
    "domain": ("domain=positive", "domain=real"),
    "input's domain": ("parameters=[delta]", "parameters=[delta], domains={pred: positive}"),
    "fact": ("parameters=[delta]", "parameters=[delta], assuming=[pred > target]"),
    "kink's value": ("hessian=1, because", "hessian=2, because"),
    "kink's place": ("Kink(at=Abs(residual) - delta", "Kink(at=Abs(residual) - 2 * delta"),
    "kink's reason": ("the quadratic side", "any side"),
    "claim": ("lipschitz(delta)", "lipschitz(delta / 2)"),
    "fewer claims": ("[convex, lipschitz(delta)]", "[lipschitz(delta)]"),
    "factor": ('"library.huber": 1', '"library.huber": 2'),
    "printed": ("gradient=residual)", "gradient=residual / delta)"),
    "expected": ('expected="proved"', 'expected="refuted"'),
}
EDITS["what a library computes"] = (
    'function="library.huber",\n    value=',
    'function="library.huber",\n    value=2 * ',
)


@pytest.fixture(autouse=True)
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A specification in a working folder, and an empty cache beside it."""
    path = tmp_path / "work" / "specs" / "huber.py"
    path.parent.mkdir(parents=True)
    path.write_text(SPEC, encoding="utf-8")
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("LOSSPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LOSSPROOF_SPECS", raising=False)
    return path


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[], list[Path]]:
    """The entries of the cache that have answers."""
    return lambda: sorted((tmp_path / "cache").glob("answers-*.json"))


Report = tuple[int, list[dict[str, Any]]]
Verify = Callable[..., Report]


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Verify:
    """Run ``lossproof verify``; its exit status and findings, which took no time."""

    def run(*arguments: str) -> Report:
        status = main(["verify", "specs", "--jobs=1", "--format=json", *arguments])
        findings = json.loads(capsys.readouterr().out)["findings"]
        return status, [finding | {"seconds": 0} for finding in findings]

    return run


@pytest.fixture
def proved(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked of the prover, in turn."""
    asked: list[str] = []

    def note(kind: Callable[[Any], str], ask: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments: asked.append(kind(arguments[-1])) or ask(*arguments)

    subject = derive.property_findings.Subject
    monkeypatch.setattr(
        derive.answers, "check", note(lambda claim: claim.kind, derive.answers.check)
    )
    monkeypatch.setattr(subject, "examine", note(lambda each: each.name, subject.examine))
    return asked


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# What is not proved again -------------------------------------------------------------------------


@pytest.mark.parametrize(("old", "new"), UNSEEN.values(), ids=UNSEEN)
def test_after_an_edit_without_effect_nothing_is_proved(
    verify: Verify, proved: list[str], spec: Path, old: str, new: str
) -> None:
    before = verify()
    assert {"gradient", "hessian", "curvature", "form", "convex", "lipschitz"} <= {*proved}
    proved.clear()
    edit(spec, old, new)
    after = verify()
    assert proved == []
    assert after == verify("--no-cache")
    told = [[{**f, "location": None} for f in report[1]] for report in (before, after)]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("name", "expected"),
    {
        "gradient": {"gradient", "hessian", "hvp", "form"},
        "hessian": {"hessian", "hvp", "form"},
        "curvature": {"curvature"},
        "claim": {"lipschitz"},
        "fewer claims": set(),
        "factor": {"form"},
        "printed": {"gradient"},
    }.items(),
)
def test_an_edit_of_one_claim_concerns_no_other(
    verify: Verify, proved: list[str], spec: Path, name: str, expected: set[str]
) -> None:
    verify()
    proved.clear()
    edit(spec, *EDITS[name])
    verify()
    assert {*proved} <= expected
    assert bool(proved) == bool(expected)


# What is ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that has the answers about the specification."""
    folder = tmp_path_factory.mktemp("filled")
    (folder / "specs").mkdir()
    (folder / "specs" / "huber.py").write_text(SPEC, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("LOSSPROOF_CACHE", str(folder / "cache"))
        main(["verify", "specs", "--jobs=1"])
    return folder / "cache"


@pytest.mark.parametrize(("old", "new"), EDITS.values(), ids=EDITS)
def test_no_answer_outlives_what_it_is_about(
    verify: Verify, proved: list[str], filled: Path, tmp_path: Path, spec: Path, old: str, new: str
) -> None:
    shutil.copytree(filled, tmp_path / "cache")
    before = verify()
    assert proved == []
    edit(spec, old, new)
    assert verify() == verify("--no-cache")
    edit(spec, old=new, new=old)
    edit(spec, "# the end", "# as it was")
    assert verify() == before


def test_answers_that_are_kept_are_those_that_are_found(
    verify: Verify, filled: Path, tmp_path: Path, spec: Path
) -> None:
    shutil.copytree(filled, tmp_path / "cache")
    edit(spec, "# the end", "# as it was")
    assert verify() == verify("--no-cache")


def test_answers_about_a_loss_are_those_about_a_loss_of_that_content(
    verify: Verify, spec: Path
) -> None:
    verify()
    text = spec.read_text("utf-8").replace("library", "other_library").replace("huber", "hubert")
    spec.write_text(text.replace("residual**2 / 2", "residual**2"), encoding="utf-8")
    spec.with_name("huber_again.py").write_text(SPEC, encoding="utf-8")
    assert verify() == verify("--no-cache")


IMPURE = {
    "a changed class": "import sympy\nsympy.exp.fdiff = None",
    "a changed object": "residual = pred\nresidual.cache = 1",
    "an entry": "table = {}\ntable[1] = 2",
    "a class": "class Odd(Abs):\n    pass",
    "a decorator": "@positive\ndef f(): ...",
    "a method": "names = []\nnames.append(1)",
    "a function that does more": "from sympy import init_printing\ninit_printing()",
    "a helper": "from helper import factor",
}


@pytest.mark.parametrize("line", IMPURE.values(), ids=IMPURE)
def test_a_source_with_effects_has_no_answers_kept(
    monkeypatch: pytest.MonkeyPatch, kept: Callable[[], list[Path]], spec: Path, line: str
) -> None:
    text = SPEC.replace("\ndelta =", f"\n{line}\ndelta =")
    source = Source(spec, text.encode())
    assert not source.is_plain
    monkeypatch.setattr(Source, "is_plain", source.is_plain)
    main(["verify", "specs", "--jobs=1"])
    assert kept() == []


def test_nothing_is_kept_beside_a_source_with_effects(
    kept: Callable[[], list[Path]], spec: Path
) -> None:
    text = '"""Another."""\n\nfrom derive import Loss, pred\n\nnames = []\nnames.append(1)\n'
    other = f"{text}other = Loss(inputs=[pred], value=pred**2, gradient=2 * pred)\n"
    spec.with_name("other.py").write_text(other, encoding="utf-8")
    main(["verify", "specs", "--jobs=1"])
    assert kept() == []


@pytest.mark.parametrize("path", sorted((ROOT / "specs").rglob("*.py")), ids=lambda p: p.stem)
def test_the_catalogue_is_plain(path: Path) -> None:
    assert Source(path, path.read_bytes()).is_plain


def test_what_depends_on_the_stack_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, kept: Callable[[], list[Path]]
) -> None:
    deep = derive.answers.Answer(Finding("", "", "gradient", "unknown", TOO_DEEP))
    monkeypatch.setattr(derive.answers, "_answer", lambda *_: deep)
    main(["verify", "specs", "--jobs=1"])
    values = [json.loads(path.read_bytes())["value"] for path in kept()]
    messages = [a["finding"]["message"] for value in values for a in value.values()]
    assert messages
    assert TOO_DEEP not in messages


def test_without_the_cache_no_answer_is_kept(
    verify: Verify, kept: Callable[[], list[Path]]
) -> None:
    verify("--no-cache")
    assert kept() == []


@pytest.mark.parametrize("value", [None, [], {"finding": {}}, {"finding": None}, "proved", 7])
def test_an_answer_of_another_form_is_none(
    verify: Verify, kept: Callable[[], list[Path]], spec: Path, value: Any
) -> None:
    expected = verify()
    for path in kept():
        entry = json.loads(path.read_bytes())
        Cache(path.parent).put(entry["key"], dict.fromkeys(entry["value"], value))
    edit(spec, "# the end", "# as it was")
    assert verify() == expected


# Descriptions -------------------------------------------------------------------------------------

x = Symbol("x", real=True)
DIFFERENT = [
    *(x, Symbol("x"), Symbol("x", positive=True), pred, target, x + 1, 2 * x, x**2),
    *(sympy.exp(x), sympy.log(x), x < 1, x <= 1, sympy.Eq(x, 1, evaluate=False), sympy.true),
    *(1, True, "1", None, (1,), (1, (1,)), ((1, 1),), {1: 1}, sympy.Integer(1)),
    *(Parameter("a"), Parameter("a", default=1), Parameter("a", default=1, domain=unit)),
    Parameter("a", default=1, domain=real, doc="a number"),
]


def test_what_is_different_is_described_differently() -> None:
    assert len({described(part) for part in DIFFERENT}) == len(DIFFERENT)


def test_what_is_made_of_the_same_parts_is_described_alike() -> None:
    def build() -> Any:
        a = Parameter("a", default=1, domain=unit)
        return (sympy.Piecewise((a * pred, pred > a), (sympy.exp(target), True)), {pred: a})

    assert described(build()) == described(build())


class _Imposter(Function):
    pass


_Imposter.__module__, _Imposter.__qualname__ = "sympy", "exp"


@pytest.mark.parametrize("part", [Function("f")(x), Dummy("x"), Float(1.5), 1.5, {1}, _Imposter(x)])
def test_what_may_mean_something_else_is_not_described(part: Any) -> None:
    with pytest.raises(Indescribable):
        described((x, part))


def test_descriptions_do_not_depend_on_the_process() -> None:
    code = (
        "import hashlib\nfrom derive.content import described\nfrom derive.registry import load\n"
        "for name, spec in load(['specs']).specs.items():\n"
        "    print(name, hashlib.sha256(described(spec.loss).encode()).hexdigest())\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
