"""A broken specification gives one diagnostic in the right place and hides no other loss."""

from __future__ import annotations

import importlib
import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sympy")

import derive
from derive.cli import main
from derive.registry import load

HEAD = '''"""A loss that somebody got wrong."""

from sympy import (
    Abs, Eq, Float, Gt, I, Integer, Interval, Lt, Max, Min, Piecewise, Rational, S, Symbol,
    exp, log, oo, sign, sqrt, zoo,
)

from derive import (
    Forms, Kink, Loss, Mean, Parameter, Published, Sum, Tensor, direction, nonnegative, positive,
    pred, real, target, unit,
)

residual = pred - target
small = Abs(residual) <= 1
'''

GOOD = '''"""A loss with nothing wrong."""

from derive import Loss, pred, target

good = Loss(value=(pred - target)**2, gradient=2 * (pred - target))
'''


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty specs folder below the working folder."""
    monkeypatch.chdir(tmp_path)
    specs = tmp_path / "specs"
    specs.mkdir()
    handler = signal.getsignal(signal.SIGPIPE) if hasattr(signal, "SIGPIPE") else None
    yield specs
    if handler is not None:
        signal.signal(signal.SIGPIPE, handler)  # which the command line changes for its process


Verify = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Verify:
    """Run ``lossproof verify`` here; its exit status and its findings are returned."""

    def run(*paths: str) -> tuple[int, list[dict[str, Any]]]:
        status = main(["verify", "--jobs=1", "--format=json", *(paths or ("specs",))])
        output = capsys.readouterr()
        assert output.err == ""
        return status, json.loads(output.out)["findings"]

    return run


def surprises(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [finding for finding in findings if not finding["as_expected"]]


def marked(text: str) -> tuple[str, tuple[int, int, int]]:
    """``text`` without its marks « and », and the line, column and end column between them."""
    before, _, rest = text.partition("«")
    inside, _, after = rest.partition("»")
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    end = column + len(inside.split("\n")[0])
    return before + inside + after, (line, column, end)


def place(finding: dict[str, Any]) -> tuple[int, int, int]:
    at = finding["location"]
    return at["line"], at["column"], at["end_column"]


# Each case: what the one diagnostic says, and the file after HEAD with the blamed part marked.

DECLARATIONS = {
    "gradient missing": ("the gradient is missing", "«broken = Loss(value=residual**2)»"),
    "gradient of nothing": (
        "the gradient is missing",
        "«broken = Loss(value=residual**2, gradient={})»",
    ),
    "value missing": ("value", "«broken = Loss(gradient=2 * residual)»"),
    "unknown keyword": ("grad", "«broken = Loss(value=residual**2, grad=2 * residual)»"),
}

SYMBOLS = {
    "value": (
        "unknown symbol w in the value",
        'broken = Loss(value=«Symbol("w") * residual**2», gradient=2 * residual)',
    ),
    "gradient": (
        "unknown symbol w in the gradient",
        'broken = Loss(value=residual**2, gradient=«Symbol("w") * residual»)',
    ),
    "hessian": (
        "unknown symbol w in the hessian",
        'broken = Loss(value=residual**2, gradient=2 * residual, hessian=«Symbol("w")»)',
    ),
    "one gradient of two": (
        "unknown symbol w in the gradient",
        "broken = Loss(\n    value=residual**2,\n"
        '    gradient=«{pred: 2 * residual, target: -2 * Symbol("w")}»,\n)',
    ),
    "condition": (
        "unknown symbol w in the value",
        'broken = Loss(value=«Piecewise((residual, pred > Symbol("w")), (0, True))», gradient=1)',
    ),
    "look-alike of an input": (
        "unknown symbol pred in the gradient",
        'broken = Loss(value=residual**2, gradient=«2 * (Symbol("pred") - target)»)',
    ),
    "undeclared parameter": (
        "unknown symbol a in the value",
        'a = Parameter("a", default=1)\nbroken = Loss(value=«a * pred», gradient=1)',
    ),
    "undeclared input": (
        "unknown symbol weight in the value",
        'broken = Loss(value=«Tensor("weight") * pred», gradient=1)',
    ),
    "direction outside a product": (
        "unknown symbol direction in the gradient",
        "broken = Loss(value=residual**2, gradient=«direction * 2 * residual»)",
    ),
    "kink": (
        "unknown symbol w in the kinks",
        "broken = Loss(\n    value=Abs(residual),\n    gradient=sign(residual),\n"
        '    kinks=«[Kink(at=residual - Symbol("w"), gradient=0, because="it is there")]»,\n)',
    ),
    "form": (
        "unknown symbol w in the forms",
        "broken = Loss(value=residual**2, gradient=2 * residual,\n"
        '    forms=«Forms(value=residual * Symbol("w"))»)',
    ),
    "fact": (
        "unknown symbol w",
        "broken = Loss(value=residual**2, gradient=2 * residual,\n"
        '    assuming=«[Gt(Symbol("w"), 0)]»)',
    ),
}

FLOATS = {
    "value": "broken = Loss(value=«0.5 * residual**2», gradient=residual)",
    "value alone": "broken = Loss(value=«0.5», gradient=0)",
    "piecewise": "broken = Loss(value=«Piecewise((0.5 * pred, small), (pred, True))», gradient=1)",
    "condition": "broken = Loss(value=«Piecewise((1, pred > 0.5), (pred, True))», gradient=1)",
    "exponent": "broken = Loss(value=«Abs(residual)**1.5», gradient=1)",
    "inside a sum": "broken = Loss(value=«Sum(0.5 * pred)», gradient=Rational(1, 2))",
    "gradient": "broken = Loss(value=residual**2, gradient=«2.0 * residual»)",
    "hessian": "broken = Loss(value=residual**2, gradient=2 * residual, hessian=«2.0»)",
    "kink": "broken = Loss(value=Abs(residual), gradient=sign(residual),\n"
    '    kinks=«[Kink(at=residual, gradient=0.5, because="half way")]»)',
    "place of a kink": "broken = Loss(value=Abs(residual), gradient=sign(residual),\n"
    '    kinks=«[Kink(at=residual - 0.5, gradient=0, because="half way")]»)',
    "form": "broken = Loss(value=residual**2, gradient=2 * residual,\n"
    "    forms=«Forms(value=1.0 * residual**2)»)",
    "domain": "broken = Loss(value=residual**2, gradient=2 * residual,\n"
    "    domains=«{target: Interval(0, 0.5)}»)",
    "fact": "broken = Loss(value=residual**2, gradient=2 * residual,\n"
    "    assuming=«[Gt(pred, 0.5)]»)",
    "default": 'a = Parameter("a", default=0.5)\n'
    "broken = Loss(value=a * residual**2, gradient=2 * a * residual, parameters=«[a]»)",
    "domain of a parameter": 'a = Parameter("a", default=1, domain=Interval(0.5, 2))\n'
    "broken = Loss(value=a * residual**2, gradient=2 * a * residual, parameters=«[a]»)",
}

NO_FORMULAS = {
    "value is a string": ("value", 'broken = Loss(value=«"pred**2"», gradient=2 * pred)'),
    "gradient is a string": ("gradient", 'broken = Loss(value=pred**2, gradient=«"2 * pred"»)'),
    "hessian is a string": (
        "hessian",
        'broken = Loss(value=pred**2, gradient=2 * pred, hessian=«"2"»)',
    ),
    "form is a string": (
        "forms",
        'broken = Loss(value=pred**2, gradient=2 * pred, forms=«Forms(gradient="pred + pred")»)',
    ),
    "value is a list": ("value", "broken = Loss(value=«[pred, target]», gradient=1)"),
    "gradient is a list": ("gradient", "broken = Loss(value=pred**2, gradient=«[2 * pred]»)"),
    "hessian is a tuple": (
        "hessian",
        "broken = Loss(value=pred**2, gradient=2 * pred, hessian=«(2,)»)",
    ),
    "value is a relation": ("value", "broken = Loss(value=«pred > target», gradient=0)"),
    "value is true": ("value", "broken = Loss(value=«True», gradient=0)"),
    "value is none": ("value", "broken = Loss(value=«None», gradient=0)"),
    "value is a function": ("value", "broken = Loss(value=«lambda pred: pred**2», gradient=0)"),
    "one gradient is none": (
        "gradient",
        "broken = Loss(\n    value=residual**2,\n    gradient=«{pred: None}»,\n)",
    ),
    "value is not a number": ("value", "broken = Loss(value=«S.NaN», gradient=0)"),
    "value is infinite": ("value", "broken = Loss(value=«oo», gradient=0)"),
    "value is a pole": ("value", "broken = Loss(value=«pred + zoo», gradient=1)"),
    "value is imaginary": ("value", "broken = Loss(value=«I * pred», gradient=I)"),
}

PARAMETERS = {
    "default outside": (
        "the default -1 of a lies outside its domain",
        'Parameter("a", default=-1, domain=positive)',
    ),
    "default on an open end": (
        "the default 0 of a lies outside its domain",
        'Parameter("a", default=0, domain=positive)',
    ),
    "no default": ("parameter a has no default", 'Parameter("a", domain=positive)'),
    "empty domain": (
        "the domain of a is empty",
        'Parameter("a", default=1, domain=Interval(1, 0))',
    ),
    "default is infinite": ("default", 'Parameter("a", default=oo)'),
    "default is imaginary": ("default", 'Parameter("a", default=I)'),
    "default depends on an input": ("default", 'Parameter("a", default=pred)'),
    "named like an input": ("the name 'pred' is used twice", 'Parameter("pred", default=1)'),
    "not a parameter": ("a is not a Parameter", 'Symbol("a")'),
}

DOMAINS = {
    "empty": ("the domain of target is empty", "{target: Interval(1, 0)}"),
    "not a set": ("the domain of target must be a set of reals", "{target: (0, 1)}"),
    "not real": ("the domain of target must be a set of reals", "{target: S.Complexes}"),
    "of no input": ("which is not an input", '{Tensor("weight"): positive}'),
    "of a look-alike": ("which is not an input", '{Symbol("pred"): positive}'),
}

STRUCTURE = {
    "gradient in no input": (
        "with respect to weight, not an input",
        "broken = Loss(value=residual**2,\n"
        '    gradient=«{pred: 2 * residual, Tensor("weight"): 1}»)',
    ),
    "hessian in no input": (
        "with respect to weight, not an input",
        "broken = Loss(value=residual**2, gradient=2 * residual,\n"
        '    hessian=«{Tensor("weight"): 1}»)',
    ),
    "aggregate in a gradient": (
        "no aggregate in its derivatives",
        "broken = Loss(value=residual**2, gradient=«2 * Mean(residual)»)",
    ),
    "aggregate in a hessian": (
        "no aggregate in its derivatives",
        "broken = Loss(value=residual**2, gradient=2 * residual, hessian=«Sum(2 * pred / pred)»)",
    ),
    "bare element beside an aggregate": (
        "mixes an aggregate with a bare element",
        "broken = Loss(value=«pred * Sum(target)», gradient=Sum(target))",
    ),
    "input twice": (
        "the name 'pred' is used twice",
        "broken = Loss(inputs=«[pred, pred]», value=pred**2, gradient=2 * pred)",
    ),
    "inputs are no list": (
        "inputs must be a list",
        "broken = Loss(inputs=«pred», value=pred**2, gradient=2 * pred)",
    ),
    "no inputs": (
        "input",
        "broken = Loss(inputs=«[]», value=3, gradient=0)",
    ),
    "contradictory facts": (
        "contradict",
        "broken = Loss(value=residual**2, gradient=2 * residual,\n"
        "    assuming=«[Gt(pred, 1), Lt(pred, 0)]»)",
    ),
    "facts against the domain": (
        "contradict",
        "broken = Loss(value=residual**2, gradient=2 * residual, domains={pred: unit},\n"
        "    assuming=«[Gt(pred, 2)]»)",
    ),
    "a fact that is no relation": (
        "assuming",
        "broken = Loss(value=residual**2, gradient=2 * residual, assuming=«[pred]»)",
    ),
    "unknown reduction": (
        "reduction",
        'broken = Loss(value=residual**2, gradient=2 * residual, reduction=«"average"»)',
    ),
}

BEHAVIOUR = {
    "discontinuous value": (
        "the value is discontinuous",
        "broken = Loss(value=«Piecewise((residual, small), (0, True))»,\n"
        "    gradient=Piecewise((1, small), (0, True)))",
    ),
    "undeclared kink": (
        "the gradient jumps",
        "«broken = Loss(value=Abs(residual), gradient=sign(residual))»",
    ),
    "undeclared kink beside a declared one": (
        "the gradient jumps",
        "further = residual - 1\n"
        "slope = sign(residual) + sign(further)\n"
        "broken = Loss(value=Abs(residual) + Abs(further), gradient=slope,\n"
        '    kinks=«[Kink(at=residual, because="the middle")]»)',
    ),
    "kink where nothing happens": (
        "there is no boundary at",
        "broken = Loss(value=residual**2, gradient=2 * residual,\n"
        '    kinks=«[Kink(at=residual - 1, gradient=2, because="imagined")]»)',
    ),
    "kink against the formula": (
        "the formula has 0",
        "broken = Loss(value=Abs(residual), gradient=sign(residual),\n"
        '    kinks=«[Kink(at=residual, gradient=1, because="from the right")]»)',
    ),
}

PYTHON = {
    "syntax": ("SyntaxError", "«broken = Loss(value=residual**2,, gradient=2 * residual)»"),
    "unclosed": ("SyntaxError", "«broken = Loss(value=residual**2,»\n"),
    "indentation": ("SyntaxError", "broken = 1\n  «worse = 2»"),
    "unknown name": ("NameError: name 'epsilon'", "«scale = epsilon * 2»\nbroken = 1"),
    "unknown name in a formula": (
        "NameError: name 'prde'",
        "broken = Loss(\n    value=residual**2,\n    «gradient=2 * prde,»\n)",
    ),
    "unknown import": ("ImportError", "«from derive import Losss»"),
    "unknown module": ("ModuleNotFoundError: No module named", "«import no_such_module_anywhere»"),
    "division by zero": ("ZeroDivisionError", "«half = 1 / 0»"),
    "recursion": ("RecursionError", "def f():\n    «return f()»\n\nf()"),
    "assertion": ("AssertionError", "«assert small is None»"),
    "exit": ("SystemExit", "«raise SystemExit(0)»"),
    "no loss": ("no loss is declared", "scale = 2"),
    "only a private loss": ("no loss is declared", "_broken = Loss(value=pred, gradient=1)"),
}


def declared(cases: dict[str, tuple[str, str]]) -> list[Any]:
    return [pytest.param(message, text, id=name) for name, (message, text) in cases.items()]


PARAMETER = "a = {}\nbroken = Loss(value=a * pred, gradient=a, parameters=«[a]»)"
DOMAIN = "broken = Loss(value=residual**2, gradient=2 * residual, domains=«{}»)"
FLOAT = "is a float where an exact number belongs"

CASES = [
    *declared(DECLARATIONS),
    *declared({f"symbol in {name}": case for name, case in SYMBOLS.items()}),
    *declared({f"float in {name}": (FLOAT, text) for name, text in FLOATS.items()}),
    *declared(NO_FORMULAS),
    *declared({k: (m, PARAMETER.format(text)) for k, (m, text) in PARAMETERS.items()}),
    *declared({f"domain {k}": (m, DOMAIN.format(text)) for k, (m, text) in DOMAINS.items()}),
    *declared(STRUCTURE),
    *declared(BEHAVIOUR),
    *declared({k: c for k, c in PYTHON.items() if "«" in c[1]}),
]


@pytest.mark.parametrize(("message", "text"), CASES)
def test_one_diagnostic_in_the_right_place(
    folder: Path, verify: Verify, message: str, text: str
) -> None:
    source, where = marked(HEAD + text + "\n")
    (folder / "broken.py").write_text(source, encoding="utf-8")
    (folder / "good.py").write_text(GOOD, encoding="utf-8")
    status, findings = verify()
    (wrong,) = surprises(findings)
    assert status == 2
    assert (wrong["status"], wrong["rule"], wrong["loss"]) == ("invalid", "spec", "broken")
    assert message in wrong["message"]
    assert wrong["location"]["file"] == "specs/broken.py"
    assert place(wrong) == where
    assert wrong["location"]["source"] == source.splitlines()[where[0] - 1]
    assert [f["status"] for f in findings if f["loss"] == "good"] == ["proved"]


@pytest.mark.parametrize("text", ["", "\n", '"""Only words."""\n', HEAD, HEAD + "_x = 1\n"])
def test_a_file_without_a_loss_is_blamed_at_its_first_line(
    folder: Path, verify: Verify, text: str
) -> None:
    (folder / "broken.py").write_text(text, encoding="utf-8")
    (folder / "good.py").write_text(GOOD, encoding="utf-8")
    status, findings = verify()
    (wrong,) = surprises(findings)
    assert (status, wrong["status"], wrong["location"]["line"]) == (2, "invalid", 1)
    assert wrong["message"] == "no loss is declared in this file"
    assert len(findings) == 2


BYTES = {
    "not utf-8": b'"""Pr\xe4diktion"""\nx = 1\n',
    "null bytes": b"x = 1\n\x00\n",
    "binary": bytes(range(256)),
    "utf-16": HEAD.encode("utf-16"),
}


@pytest.mark.parametrize("content", BYTES.values(), ids=BYTES)
def test_a_file_that_is_no_text_is_one_diagnostic(
    folder: Path, verify: Verify, content: bytes
) -> None:
    (folder / "broken.py").write_bytes(content)
    (folder / "good.py").write_text(GOOD, encoding="utf-8")
    status, findings = verify()
    (wrong,) = surprises(findings)
    assert (status, wrong["status"], wrong["loss"]) == (2, "invalid", "broken")
    assert wrong["location"]["file"] == "specs/broken.py"
    assert "SyntaxError" in wrong["message"]
    assert len(findings) == 2


# What Python reads, a specification may be --------------------------------------------------------

WRITTEN = {
    "byte order mark": b"\xef\xbb\xbf" + GOOD.encode(),
    "windows line ends": GOOD.replace("\n", "\r\n").encode(),
    "no line end": GOOD.rstrip().encode(),
    "latin-1": b'# -*- coding: latin-1 -*-\n"""Pr\xe4diktion."""\n' + GOOD.encode(),
}


@pytest.mark.parametrize("content", WRITTEN.values(), ids=WRITTEN)
def test_whatever_python_reads_is_read(folder: Path, verify: Verify, content: bytes) -> None:
    (folder / "good.py").write_bytes(content)
    status, findings = verify()
    assert (status, [f["claim"] for f in findings]) == (0, ["good.gradient"])


@pytest.mark.parametrize("separator", ["\x0c", "\x1c", "\x85", "\u2028"], ids=ascii)
def test_lines_are_counted_as_python_counts_them(
    folder: Path, verify: Verify, separator: str
) -> None:
    text, (line, column, end) = marked("# §\nbroken = Loss(value=residual**2, gradient=«2.5»)\n")
    text = HEAD + text.replace("§", f"before{separator}after")
    (folder / "broken.py").write_text(text, encoding="utf-8")
    (wrong,) = surprises(verify()[1])
    assert place(wrong) == (HEAD.count("\n") + line, column, end)
    assert wrong["location"]["source"] == "broken = Loss(value=residual**2, gradient=2.5)"


@pytest.mark.parametrize("before", ["ŷ = ", "損失 = ", "𝛿 = "])
def test_columns_are_counted_in_characters(folder: Path, verify: Verify, before: str) -> None:
    source, where = marked(f"{HEAD}{before}Loss(value=residual**2, gradient=«2.5 * residual»)\n")
    (folder / "broken.py").write_text(source, encoding="utf-8")
    (wrong,) = surprises(verify()[1])
    assert place(wrong) == where


@pytest.mark.parametrize("declaration", ["broken: Loss =", "x = 1; broken ="])
def test_every_way_to_bind_a_name_has_a_place(
    folder: Path, verify: Verify, declaration: str
) -> None:
    source, where = marked(f"{HEAD}{declaration} Loss(value=2 * pred, gradient=«2.5»)\n")
    (folder / "broken.py").write_text(source, encoding="utf-8")
    (wrong,) = surprises(verify()[1])
    assert place(wrong) == where


def test_the_declaration_at_fault_is_blamed_among_several(folder: Path, verify: Verify) -> None:
    first = "first = Loss(value=pred**2, gradient=2 * pred)\n"
    last = "\nlast = Loss(value=pred**2, gradient=2 * pred)\n"
    source, where = marked(f"{HEAD}{first}second = Loss(\n  value=«0.5»,\n  gradient=0,\n){last}")
    (folder / "broken.py").write_text(source, encoding="utf-8")
    (wrong,) = surprises(verify()[1])
    assert (wrong["loss"], place(wrong)) == ("second", where)


# Names --------------------------------------------------------------------------------------------


def test_two_parameters_of_one_name(folder: Path, verify: Verify) -> None:
    text = (
        'a, b = Parameter("a", default=1), Parameter("a", default=2, domain=positive)\n'
        "broken = Loss(value=a * b * pred, gradient=a * b, parameters=«[a, b]»)\n"
    )
    source, where = marked(HEAD + text)
    (folder / "broken.py").write_text(source, encoding="utf-8")
    status, (wrong,) = verify()
    assert (status, place(wrong)) == (2, where)
    assert "the name 'a' is used twice" in wrong["message"]


def test_one_name_in_two_files(folder: Path, verify: Verify) -> None:
    (folder / "again.py").write_text(GOOD, encoding="utf-8")
    (folder / "good.py").write_text(GOOD, encoding="utf-8")
    status, findings = verify()
    (wrong,) = surprises(findings)
    assert (status, wrong["loss"], wrong["location"]["file"]) == (2, "good", "specs/good.py")
    assert "specs/again.py" in wrong["message"]
    assert [f["claim"] for f in findings if f["as_expected"]] == ["good.gradient"]


@pytest.mark.parametrize(
    "paths",
    [("specs", "specs"), ("specs", "specs/good.py"), ("specs/good.py", "./specs/../specs/good.py")],
    ids=str,
)
def test_a_file_that_is_asked_for_twice_is_read_once(
    folder: Path, verify: Verify, paths: tuple[str, ...]
) -> None:
    (folder / "good.py").write_text(GOOD, encoding="utf-8")
    status, findings = verify(*paths)
    assert (status, [f["claim"] for f in findings]) == (0, ["good.gradient"])


# Files and folders --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["absent.py", "absent", "specs/absent.py"])
def test_a_path_that_does_not_exist(
    folder: Path, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    (folder / "good.py").write_text(GOOD, encoding="utf-8")
    assert main(["verify", "specs", path]) == 2
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", f"lossproof: no specification at {path}\n")


def test_a_folder_without_specifications(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "README.md").write_text("No specifications here.", encoding="utf-8")
    (folder / "_private.py").write_text("broken = 1", encoding="utf-8")
    assert main(["verify", "specs"]) == 2
    assert capsys.readouterr().err == "lossproof: no specification found\n"


@pytest.mark.parametrize(
    "name", [".#good.py", "._good.py", ".ipynb_checkpoints/good-checkpoint.py", "__pycache__/x.py"]
)
def test_hidden_files_are_nobodys_specifications(folder: Path, verify: Verify, name: str) -> None:
    (folder / "good.py").write_text(GOOD, encoding="utf-8")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).symlink_to("nowhere")  # what Emacs leaves beside a file that is being edited
    status, findings = verify()
    assert (status, len(findings)) == (0, 1)


@pytest.mark.parametrize("kind", ["folder", "dangling link"])
def test_what_cannot_be_read_is_one_diagnostic(folder: Path, verify: Verify, kind: str) -> None:
    broken = folder / "broken.py"
    broken.mkdir() if kind == "folder" else broken.symlink_to("nowhere")
    (folder / "good.py").write_text(GOOD, encoding="utf-8")
    status, findings = verify()
    assert [f["claim"] for f in findings if f["as_expected"]] == ["good.gradient"]
    assert len(surprises(findings)) == (0 if kind == "folder" else 1)
    assert status == (0 if kind == "folder" else 2)


def test_a_file_of_another_kind_is_read_or_refused_in_words(folder: Path, verify: Verify) -> None:
    (folder / "loss.txt").write_text(GOOD, encoding="utf-8")
    _, (finding,) = verify("specs/loss.txt")
    assert finding["status"] == "proved" or not finding["message"].endswith(": ")


def test_files_outside_the_working_folder_keep_their_path(
    folder: Path, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "broken.py").write_text("", encoding="utf-8")
    monkeypatch.chdir(Path(__file__).parent)
    (wrong,) = verify(str(folder))[1]
    assert wrong["location"]["file"] == (folder / "broken.py").as_posix()


def test_nothing_is_left_behind(folder: Path, verify: Verify) -> None:
    (folder / "family").mkdir()
    (folder / "family" / "good.py").write_text(GOOD, encoding="utf-8")
    (folder / "broken.py").write_text("1 / 0", encoding="utf-8")
    verify()
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert files == {"family/good.py", "broken.py"}


def test_a_source_is_named_from_the_folder_of_specs_on(folder: Path) -> None:
    for path in ("good.py", "family/other.py"):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(GOOD.replace("good", Path(path).stem), encoding="utf-8")
    specs = load([folder]).specs
    sources = {name: spec.source for name, spec in specs.items()}
    assert sources == {"good": "specs/good.py", "other": "specs/family/other.py"}


# Published formulas -------------------------------------------------------------------------------

CLAIM = 'of="good", source="a book", expected="proved", because="it is"'

PUBLISHED = {
    "unknown loss": (
        "there is no loss named 'goood'",
        "broken = Published(of=«'goood'», value=pred, source='', expected='proved', because='')",
    ),
    "unknown parameter": (
        "good has no parameter a",
        f'a = Parameter("a")\nbroken = Published({CLAIM}, value=«a * residual**2»)',
    ),
    "unknown parameter in a fact": (
        "good has no parameter a",
        f'a = Parameter("a")\nbroken = Published({CLAIM}, value=residual**2,\n'
        "    assuming=«[Gt(a, 0)]»)",
    ),
    "unknown symbol": (
        " w",
        f'broken = Published({CLAIM}, value=«Symbol("w") * residual**2»)',
    ),
    "nothing claimed": ("exactly one of value", f"«broken = Published({CLAIM})»"),
    "two claims": (
        "exactly one of value",
        f"«broken = Published({CLAIM}, value=residual**2, gradient=2 * residual)»",
    ),
    "float": (FLOAT, f"broken = Published({CLAIM}, gradient=«2.0 * residual»)"),
    "string": ("gradient", f'broken = Published({CLAIM}, gradient=«"2 * (pred - target)"»)'),
    "relation": ("value", f"broken = Published({CLAIM}, value=«pred > 0»)"),
    "no such input": (
        "weight",
        f'broken = Published({CLAIM}, gradient=2 * residual, wrt=«Tensor("weight")»)',
    ),
    "taken at something of no input": (
        "good has no input weight",
        f'broken = Published({CLAIM}, value=residual**2, at=«{{Tensor("weight"): pred}}»)',
    ),
    "taken at an unknown symbol": (
        " w",
        f'broken = Published({CLAIM}, value=residual**2, at=«{{target: Symbol("w")}}»)',
    ),
    "a gradient taken elsewhere": (
        "for the value of a loss alone",
        f"broken = Published({CLAIM}, gradient=residual, at=«{{target: pred}}»)",
    ),
    "no such verdict": (
        "expected",
        'broken = Published(of="good", source="", because="", value=pred, expected=«"prooved"»)',
    ),
}


@pytest.mark.parametrize(("message", "text"), declared(PUBLISHED))
def test_a_published_claim_that_makes_no_sense(
    folder: Path, verify: Verify, message: str, text: str
) -> None:
    source, where = marked(HEAD + text + "\n")
    (folder / "broken.py").write_text(source, encoding="utf-8")
    (folder / "good.py").write_text(GOOD, encoding="utf-8")
    status, findings = verify()
    (wrong,) = surprises(findings)
    assert (status, wrong["status"], wrong["loss"]) == (2, "invalid", "broken")
    assert message in wrong["message"]
    assert (wrong["location"]["file"], place(wrong)) == ("specs/broken.py", where)
    assert [f["claim"] for f in findings if f["as_expected"]] == ["good.gradient"]


def test_every_word_of_a_specification_has_its_home() -> None:
    words = {word: home for home, words in derive.VOCABULARY.items() for word in words}
    assert {"__version__", *words} == set(derive.__all__)
    for word, home in words.items():
        assert getattr(derive, word) is vars(importlib.import_module(home))[word]
    assert not hasattr(derive, "Element")
