"""What floating point does to audited code is said beside its verdicts, and shown by a call."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sympy import FiniteSet

import derive
from derive.cli import main
from derive.report import text, to_github, to_json, to_junit, to_sarif
from derive.report.exit_code import exit_code
from derive.report.finding import Finding
from derive.testing import assert_gradient

Code = Callable[..., Any]


def softplus_loss(z: Any, y: Any) -> Any:
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


def naive_loss(z: Any, y: Any) -> Any:
    return np.log(1 + np.exp(z)) - y * z


def naive_gradient(z: Any, y: Any) -> Any:
    e = np.exp(z)
    return e / (1 + e) - y


def careful_gradient(z: Any, y: Any) -> Any:
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1 + e) - y


def squares(x: Any, y: Any) -> Any:
    return np.sum((x - y) ** 2)


def changes_its_argument(x: Any, y: Any) -> Any:
    x -= y
    return 2 * x


def needs_floats(x: Any, y: Any) -> Any:
    g = np.zeros_like(x)
    g += 2.0 * x
    g -= 2.0 * y
    return g


def without_fractions(x: Any, y: Any) -> Any:
    g = np.zeros_like(x)
    far = np.abs(x - y) >= 0
    g[far] = (x[far] - y[far]) / 2
    return g


def widens(x: Any, y: Any) -> Any:
    return np.multiply(2.0, x - y, dtype=np.float64)


def mean_and_gradient(x: Any, y: Any) -> Any:
    return np.mean((x - y) ** 2), 2 * (x - y) / len(x)


def value_and_gradient(x: Any, y: Any) -> Any:
    return (x - y) ** 2, 2 * (x - y)


@cache
def remarks(code: Code, loss: Code) -> tuple[Finding, ...]:
    """The remarks on code that is proved."""
    findings = derive.audit(code, loss=loss, numerical=True, **RETURNS.get(code, {}))
    verdicts = [f for f in findings if not f.is_remark]
    assert verdicts
    assert {f.status for f in verdicts} == {"proved"}
    assert exit_code(findings, allow_unknown=False) == 0
    return tuple(f for f in findings if f.is_remark)


def rules(code: Code, loss: Code) -> dict[str, Finding]:
    """The last remark by each rule."""
    return {f.rule: f for f in remarks(code, loss)}


CASES: list[tuple[Code, Code, str, str]] = [
    (naive_loss, softplus_loss, "overflow", "warning"),
    (naive_loss, softplus_loss, "digits", "warning"),
    (naive_gradient, naive_loss, "nan", "warning"),
    (careful_gradient, naive_loss, "digits", "note"),
    (changes_its_argument, squares, "argument", "warning"),
    (needs_floats, squares, "integers", "warning"),
    (widens, squares, "dtype", "note"),
    (value_and_gradient, squares, "broadcasting", "note"),
]

RETURNS: dict[Code, Any] = {
    softplus_loss: {"returns": ("value",)},
    naive_loss: {"returns": ("value",)},
    value_and_gradient: {"returns": ("value", "gradient")},
}


@pytest.mark.parametrize(("code", "loss", "rule", "severity"), CASES)
def test_what_floating_point_does_is_told(code: Code, loss: Code, rule: str, severity: str) -> None:
    told = rules(code, loss)
    assert told[rule].status == severity
    assert told[rule].location is not None


@pytest.mark.parametrize(
    "case", [case for case in CASES if case[2] in ("overflow", "digits", "nan")]
)
def test_the_snippet_shows_the_number_that_is_told(case: tuple[Code, Code, str, str]) -> None:
    code, loss, rule, _ = case
    *_, call = rules(code, loss)[rule].snippet.splitlines()
    expression, said = call.split("  # ")
    got, exact = said.split(", but it should be ")
    with np.errstate(all="ignore"):
        number = eval(expression, {"array": np.array, code.__name__: code})
    assert repr(float(number)) == got
    assert np.isfinite(float(exact))
    assert not np.isclose(float(number), float(exact), rtol=1e-9, atol=0)


def test_stable_code_has_no_faults() -> None:
    told = rules(softplus_loss, naive_loss)
    assert not {"overflow", "nan", "digits", "argument", "memory", "integers"} & told.keys()


def test_a_call_shows_the_argument_that_is_changed() -> None:
    *lines, shown = rules(changes_its_argument, squares)["argument"].snippet.splitlines()
    scope: dict[str, Any] = {"array": np.array, "changes_its_argument": changes_its_argument}
    exec("\n".join(lines[2:]), scope)
    name, said = shown.split("  # ")
    assert scope[name].tolist() == json.loads(said)
    assert scope[name].tolist() != json.loads(lines[2].split("array(")[1].strip(")"))


def test_integers_are_cut_off_where_floats_are_not() -> None:
    told = rules(without_fractions, lambda x, y: squares(x, y) / 4)
    assert "integers" in told
    assert "other numbers" in told["integers"].message


def test_a_mean_over_all_pairs_is_a_warning() -> None:
    told = remarks(mean_and_gradient, lambda x, y: np.mean((x - y) ** 2))
    found = [(f.rule, f.status) for f in told]
    assert ("broadcasting", "warning") in found
    assert ("broadcasting", "note") in found
    assert ("empty", "note") in found


def test_domains_are_respected() -> None:
    def logistic(z: Any, y: Any) -> Any:
        return np.log1p(np.exp(-y * z))

    told = derive.audit(
        lambda z, y: -y / (1 + np.exp(y * z)),
        loss=logistic,
        domains={"y": FiniteSet(-1, 1)},
        numerical=True,
    )
    assert [f.status for f in told if not f.is_remark] == ["proved"]
    for finding in told:
        if finding.rule in ("overflow", "nan", "digits"):
            assert "array([1.0])" in finding.snippet or "array([-1.0])" in finding.snippet


def test_class_labels_are_labels() -> None:
    def loss(z: Any, y: Any) -> Any:
        e = np.exp(z)
        return -np.log((e / e.sum(axis=1, keepdims=True))[np.arange(len(z)), y]).sum()

    def gradient(z: Any, y: Any) -> Any:
        e = np.exp(z)
        return e / e.sum(axis=1, keepdims=True) - np.eye(z.shape[1])[y]

    told = rules(gradient, loss)
    assert told["nan"].status == "warning"
    assert "array([[" in told["nan"].snippet


def test_a_run_is_repeated_to_the_last_byte() -> None:
    first = derive.audit(naive_gradient, loss=naive_loss, numerical=True)
    again = derive.audit(naive_gradient, loss=naive_loss, numerical=True)
    assert [(f.message, f.snippet) for f in first] == [(f.message, f.snippet) for f in again]


def test_warnings_count_where_they_are_to() -> None:
    settings: dict[str, Any] = {"loss": naive_loss, "numerical": True}
    strict = derive.audit(naive_gradient, strict=True, **settings)
    assert exit_code(strict, allow_unknown=False) == 1
    assert_gradient(naive_gradient, naive_loss, numerical=True)
    with pytest.raises(AssertionError, match="not a number"):
        assert_gradient(naive_gradient, naive_loss, numerical=True, strict=True)
    assert_gradient(careful_gradient, naive_loss, numerical=True, strict=True)


def test_each_format_carries_remarks() -> None:
    findings = derive.audit(naive_gradient, loss=naive_loss, numerical=True)
    shown = text.render(findings, verbose=False, color=False, seconds=1)
    assert "1 claim: 1 proved, 0 refuted, 0 unknown, " in shown
    assert "warning[nan]" in shown
    assert "run:  from numpy import array" in shown
    told = json.loads(to_json.render(findings, seconds=1))
    assert told["summary"]["claims"] == 1
    assert told["summary"]["warning"] >= 1
    assert "::warning " in to_github.render(findings, seconds=1)
    assert "::notice " in to_github.render(findings, seconds=1)
    assert "::error " not in to_github.render(findings, seconds=1)
    levels = {
        r["level"] for r in json.loads(to_sarif.render(findings, seconds=1))["runs"][0]["results"]
    }
    assert levels == {"warning", "note"}
    assert 'failures="0"' in to_junit.render(findings, seconds=1)
    assert "not a number" in to_junit.render(findings, seconds=1)


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"naive_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(
        "import numpy as np\n"
        "def loss(z, y):\n    return np.log(1 + np.exp(z)) - y * z\n"
        "def gradient(z, y):\n    return np.exp(z) / (1 + np.exp(z)) - y\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    arguments = ["audit", f"{name}:gradient", "--loss", f"{name}:loss"]
    assert main(arguments) == 0
    assert "warning" not in capsys.readouterr().out
    assert main([*arguments, "--numerical"]) == 0
    assert "warning[nan]" in capsys.readouterr().out
    assert main([*arguments, "--numerical", "--strict"]) == 1
    assert main([*arguments, "--strict"]) == 2
    assert "--numerical" in capsys.readouterr().err


def test_arguments_that_have_to_be_named_are_named() -> None:
    def gradient(z: Any, *, y: Any) -> Any:
        return naive_gradient(z, y)

    findings = derive.audit(gradient, loss=naive_loss, numerical=True)
    assert "nan" in {finding.rule for finding in findings}
