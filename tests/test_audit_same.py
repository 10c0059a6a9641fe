"""Two functions are proved to be the same one, or a call of each shows that they are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.cli import main
from derive.report.finding import Finding

Code = Callable[..., Any]


def naive(z: Any, y: Any) -> Any:
    return np.log(1 + np.exp(z)) - y * z


def stable(z: Any, y: Any) -> Any:
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


def unstable_sign(z: Any, y: Any) -> Any:
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(np.abs(z)))


def softmax(x: Any) -> Any:
    e = np.exp(x)
    return e / e.sum(axis=1, keepdims=True)


def shifted(x: Any) -> Any:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def over_columns(x: Any) -> Any:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


def mean(x: Any) -> Any:
    return np.sum(x) / len(x)


def mean_of_method(x: Any) -> Any:
    return x.mean()


def squares(x: Any) -> Any:
    return np.sum(x**2)


def variance(x: Any) -> Any:
    return np.mean(x**2) - np.mean(x) ** 2


def variance_of_numpy(x: Any) -> Any:
    return x.var()


def huber(r: Any, delta: float = 1.0) -> Any:
    return np.where(np.abs(r) <= delta, r**2 / 2, delta * (np.abs(r) - delta / 2)), r + 0


def clipped(r: Any, delta: float = 2.0) -> Any:
    c = np.clip(r, -delta, delta)
    return c * (r - c / 2), r * 1


def statuses(findings: list[Finding]) -> list[str]:
    return [finding.status for finding in findings]


@pytest.mark.parametrize(
    ("one", "other"),
    [(naive, stable), (softmax, shifted), (mean, mean_of_method), (variance, variance_of_numpy)],
)
def test_functions_that_are_the_same_are_proved_so(one: Code, other: Code) -> None:
    assert statuses(derive.audit(one, same_as=other)) == ["proved"]
    assert statuses(derive.audit(other, same_as=one)) == ["proved"]


@pytest.mark.parametrize(
    ("one", "other"),
    [(stable, unstable_sign), (shifted, over_columns), (mean, squares), (squares, variance)],
)
def test_functions_that_are_not_are_shown_to_differ(one: Code, other: Code) -> None:
    (finding,) = derive.audit(one, same_as=other)
    assert finding.status == "refuted"
    assert finding.counterexample is not None
    scope = {"array": np.array, one.__name__: one, other.__name__: other}
    numbers = []
    for line in finding.snippet.splitlines()[-2:]:
        call, said = line.split("  # ")
        numbers.append(float(eval(call, scope)))
        assert repr(numbers[-1]) == said
    assert not np.isclose(*numbers)


def test_each_of_several_results_is_compared() -> None:
    assert statuses(derive.audit(huber, same_as=clipped)) == ["proved", "proved"]


def test_another_default_is_told() -> None:
    finding = derive.audit(huber, same_as=clipped)[0]
    assert "for equal delta, whose default is another one" in finding.message


def test_results_of_other_shapes_are_no_comparison() -> None:
    (finding,) = derive.audit(squares, same_as=lambda x: 2 * x)
    assert finding.status == "invalid"
    assert "it returns the shape (n,), the other function ()" in finding.message


def test_other_arguments_are_no_comparison() -> None:
    (finding,) = derive.audit(squares, same_as=naive)
    assert finding.status == "invalid"
    assert "that the other function lacks" in finding.message


def test_one_thing_to_compare_with_is_said() -> None:
    with pytest.raises(TypeError, match="loss= or same_as="):
        derive.audit(squares)
    with pytest.raises(TypeError, match="loss= or same_as="):
        derive.audit(squares, loss=squares, same_as=squares)


def test_remarks_go_with_a_comparison() -> None:
    findings = derive.audit(naive, same_as=stable, numerical=True)
    assert findings[0].status == "proved"
    assert "overflow" in {finding.rule for finding in findings if finding.is_remark}


# The command -------------------------------------------------------------------------------------

MODULE = """
import numpy as np

def f(x, y):
    return (x - y) ** 2

def g(x, y):
    return x * x - 2 * x * y + y * y

def h(x, y):
    return x * x - x * y + y * y
"""
OTHER = """
def f(x, y):
    return x * x - x * y + y * y
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"pairs_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(MODULE)
    (tmp_path / f"other_{name}.py").write_text(OTHER)
    (tmp_path / f"broken_{name}.py").write_text("1 / 0\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def test_the_command(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", f"{module}:f", "--same-as", f"{module}:g"]) == 0
    assert main(["audit", f"{module}:f", "--same-as", f"{module}:h"]) == 1
    assert "this function" in capsys.readouterr().out


def test_two_functions_of_one_name_are_both_called(module: str) -> None:
    functions = [__import__(name).f for name in (module, f"other_{module}")]
    (finding,) = derive.audit(functions[0], same_as=functions[1])
    *lines, first, second = finding.snippet.splitlines()
    scope: dict[str, Any] = {}
    exec("\n".join(lines), scope)
    for line in (first, second):
        call, said = line.split("  # ")
        assert repr(float(eval(call, scope))) == said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["f", "--same-as", "g", "--loss", "mse"], "--loss does not go with --same-as"),
        (["f", "--same-as", "g", "--wrt", "x"], "--wrt does not go with --same-as"),
        (["f", "--same-as", "g", "--shape", "q=n"], "--shape q: the arguments of"),
        (["f", "--same-as", "g", "--shape", "x=n,n,n"], "--shape x=n,n,n: there are n, m"),
        (["f", "--same-as", "g", "--domain", "q=real"], "--domain q: the arguments of"),
        (["f", "--same-as", "nothing"], "has no attribute 'nothing'"),
        (["f", "--loss", "mse", "--returns", "gradiant"], "--returns gradiant: there are value"),
        (["f", "--loss", "mse", "--wrt", "q"], "--wrt q: the arguments of"),
        (["f", "--loss", "mse", "--at", "q=pred"], "--at q: the arguments of"),
        (["f", "--loss", "mse", "--weight", "q"], "--weight q: the arguments of"),
        (["f", "--loss", "mae_"], "no loss is named 'mae_'; did you mean mae"),
        (["f", "--emitted"], "f does not go with --emitted"),
        (["--emitted", "--numerical"], "--numerical does not go with --emitted"),
        (["--emitted", "--jobs", "0"], "--jobs must be at least 1, got 0"),
        (["f"], "say by --loss what loss it belongs to"),
    ],
)
def test_what_is_wrong_with_a_command_is_one_line(
    module: str, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    named = [f"{module}:{a}" if a in ("f", "g", "nothing") else a for a in arguments]
    assert main(["audit", *named]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert told in said


def test_a_module_that_raises_is_named(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", f"broken_{module}:f", "--loss", "mse"]) == 2
    assert "raises ZeroDivisionError" in capsys.readouterr().err
