"""``lossproof audit``, the signatures of libraries, and audits inside a test suite."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from derive.cli import main
from derive.testing import assert_gradient

OBJECTIVES = """
import numpy as np

def logistic(predt, dtrain):
    y = dtrain.get_label()
    p = 1.0 / (1.0 + np.exp(-predt))
    return p - y, p * (1.0 - p)

def squared_sigmoid(predt, dtrain):
    p = 1.0 / (1.0 + np.exp(-predt))
    return p - dtrain.get_label(), p * p

def reversed_sign(y_true, y_pred):
    p = 1.0 / (1.0 + np.exp(-y_pred))
    return y_true - p, p * (1.0 - p)

class Logistic:
    def calc_ders_range(self, approxes, targets, weights):
        p = 1 / (1 + np.exp(-np.asarray(approxes)))
        return np.column_stack([targets - p, -p * (1 - p)])

catboost = Logistic()

def bowl(x, a=2.0):
    return a / 2 * np.sum((x - 1) ** 2), a * (x - 1)

def value(x, a=2.0):
    return bowl(x, a)[0]

def looping(x, y):
    return np.array([a - b for a, b in zip(x, y)])
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"objectives_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(OBJECTIVES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return name


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["logistic", "--loss", "bce_with_logits", "--signature", "xgboost"], 0),
        (["squared_sigmoid", "--loss", "bce_with_logits", "--signature", "xgboost"], 1),
        (["reversed_sign", "--loss", "bce_with_logits", "--signature", "LGBMModel"], 1),
        (["catboost", "--loss", "bce_with_logits", "--signature", "catboost"], 0),
        (["bowl", "--loss", "value", "--signature", "scipy"], 0),
        (["looping", "--loss", "mse"], 2),
        (["nothing", "--loss", "mse"], 2),
        (["logistic", "--loss", "no_such_loss"], 2),
        (["logistic", "--loss", "mse", "--signature", "no_such_library"], 2),
        (["logistic", "--loss", "mse", "--domain", "predt=some"], 2),
        (["logistic"], 2),
        ([], 2),
    ],
)
def test_the_exit_status_is_that_of_verify(
    module: str, arguments: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    places = [i for i, a in enumerate(arguments) if i == 0 or a == "value"]
    named = [f"{module}:{a}" if i in places else a for i, a in enumerate(arguments)]
    assert main(["audit", *named]) == status
    told = capsys.readouterr()
    assert told.out or told.err


def test_a_counterexample_is_code_that_shows_it(
    module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"{module}:squared_sigmoid"
    options = ["--loss", "bce_with_logits", "--signature", "xgboost", "--format", "json"]
    assert main(["audit", name, *options]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [f["status"] for f in findings] == ["proved", "refuted"]
    *imports, call = findings[1]["snippet"].splitlines()
    scope: dict[str, object] = {}
    exec("\n".join(imports), scope)
    expression, said = call.split("  # ")
    assert repr(float(eval(expression, scope))) == said.split(",")[0]


def test_an_audit_in_a_test_suite() -> None:
    assert_gradient(lambda x: 2 * x, lambda x: np.sum(x**2))
    with pytest.raises(AssertionError, match="wrong everywhere"):
        assert_gradient(lambda x: x, lambda x: np.sum(x**2))
