"""The emitted package is proved to compute what its specifications declare."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from catalogue import SPECS

import derive
from derive.auditing import emitted_run
from derive.auditing.emitted import euclidean_norm, exponentials, is_current, kernels, results
from derive.auditing.emitted_run import audit_emitted
from derive.cache import Cache, kernel
from derive.cli import main

QUICK = ("huber", "cross_entropy_logits", "info_nce", "hinge")


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in SPECS if name not in QUICK]


@pytest.mark.parametrize("name", [*QUICK, *SLOW])
def test_each_kernel_is_proved_equal_to_its_specification(name: str) -> None:
    module = importlib.import_module(f"lossproof.{name}")
    findings = audit_emitted((name,)).findings
    assert [f.claim for f in findings if f.status != "proved"] == []
    assert len(findings) == sum(len(results(kernel)) for kernel, _ in kernels(module)) > 3
    assert max(f.seconds for f in findings) < 10


@pytest.mark.parametrize("seed", range(5))
def test_what_stands_for_a_helper_is_what_it_computes(seed: int) -> None:
    helpers = importlib.import_module("lossproof._functions")
    x = np.random.default_rng(seed).integers(-3, 4, (5, 4)) / 2
    for arguments in ((x,), (x, 0.75)):
        pairs = zip(exponentials(*arguments), helpers.exponentials(*arguments), strict=True)
        for ours, theirs in pairs:
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
    for scale in (1.0, 2.0**-600, 2.0**600):
        with np.errstate(all="ignore"):  # as all kernels are called
            norms = helpers.euclidean_norm(scale * x)
        np.testing.assert_array_equal(norms, scale * euclidean_norm(x), strict=True)


def test_the_committed_package_belongs_to_the_specifications() -> None:
    assert [name for name, spec in SPECS.items() if not is_current(spec)] == []


def test_a_kernel_that_computes_something_else_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    from lossproof import huber as _  # noqa: F401

    module = importlib.import_module("lossproof.huber")

    def _gradient(pred: Any, target: Any, delta: float) -> Any:
        return np.sign(pred - target) * np.minimum(np.abs(pred - target), 1.0)

    _gradient.__module__ = module.__name__
    monkeypatch.setattr(module, "_gradient", _gradient)
    (finding,) = [f for f in audit_emitted(("huber",)).findings if f.claim.endswith("._gradient")]
    assert finding.status == "refuted"
    assert finding.counterexample is not None


# What has been audited ---------------------------------------------------------------------------

HERE = Path(derive.__file__).parents[1]
LOSSES = ("huber", "mse")


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a package of its own and the specifications of two losses."""
    shutil.copytree(HERE / "generated" / "lossproof", tmp_path / "lossproof")
    (tmp_path / "specs").mkdir()
    for name in LOSSES:
        shutil.copy(HERE / "specs" / "regression" / f"{name}.py", tmp_path / "specs")
    for name in [n for n in sys.modules if n.split(".")[0] == "lossproof"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("LOSSPROOF_SPECS", str(tmp_path / "specs"))
    monkeypatch.setenv("LOSSPROOF_CACHE", str(tmp_path / "cache"))
    yield tmp_path
    forget()


def forget() -> None:
    """Have what is imported of the emitted package imported again."""
    for name in [n for n in sys.modules if n.split(".")[0] == "lossproof"]:
        del sys.modules[name]
    importlib.invalidate_caches()


def told(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    """What the command says, but for the time that it takes, and its exit status."""
    forget()
    status = main(["audit", "--emitted", "--jobs", "1", *options])
    out = capsys.readouterr().out
    return status, out.rsplit("\n", 2)[-2]


def test_what_has_not_changed_is_not_audited_again(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "unchanged" not in told(capsys)[1]
    status, said = told(capsys)
    assert status == 0
    assert said.endswith("(2 unchanged)")
    assert "unchanged" not in told(capsys, "--no-cache")[1]


@pytest.mark.parametrize(
    ("file", "kept"),
    [
        ("lossproof/huber.py", "1 unchanged"),
        ("lossproof/mae.py", "2 unchanged"),
        ("lossproof/_cases.py", ""),
        ("lossproof/_runtime.py", ""),
    ],
)
def test_an_edit_invalidates_what_depends_on_it(
    copied: Path, capsys: pytest.CaptureFixture[str], file: str, kept: str
) -> None:
    told(capsys)
    path = copied / file
    path.write_text(path.read_text() + "\n# edited\n")
    said = told(capsys)[1]
    assert said.endswith(f"({kept})") if kept else "unchanged" not in said


def test_a_kernel_that_is_edited_is_refuted_after_it_was_proved(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys)[0] == 0
    path = copied / "lossproof" / "huber.py"
    text = path.read_text()
    edited = text.replace("slope = clip(residual, -delta, delta)", "slope = residual")
    assert edited != text
    path.write_text(edited)
    assert told(capsys)[0] == 1
    path.write_text(text)
    assert told(capsys)[0] == 0


def test_an_edit_of_the_specification_makes_the_module_stale(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys)
    path = copied / "specs" / "huber.py"
    path.write_text(path.read_text() + "\n")
    forget()
    assert main(["audit", "--emitted", "--format", "json"]) == 0
    said = capsys.readouterr()
    assert {f["loss"] for f in json.loads(said.out)["findings"]} == {"mse"}
    assert "huber is left out: run  lossproof codegen" in said.err


def test_an_edit_of_the_audit_or_another_library_invalidates(
    copied: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told(capsys)
    for attribute, value in (("fingerprint", lambda: "other"), ("version", lambda _: "0")):
        with monkeypatch.context() as patch:
            patch.setattr(emitted_run, attribute, value)
            assert "unchanged" not in told(capsys)[1]
    assert "derive/auditing/trace.py" in {f"derive/{file}" for file in kernel()}


def test_the_answer_to_each_claim_is_kept_too(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(copied / "cache")
    before = audit_emitted(cache=cache).findings
    for path in copied.glob("lossproof/*.py"):
        path.write_text(path.read_text() + "\n# edited\n")
    forget()
    emitted = importlib.import_module("derive.auditing.emitted")
    monkeypatch.setattr(emitted, "check", lambda claim: pytest.fail(f"{claim} is proved again"))
    again = audit_emitted(cache=cache)
    assert again.unchanged == 0
    assert [(f.claim, f.status, f.assuming) for f in again.findings] == [
        (f.claim, f.status, f.assuming) for f in before
    ]


def test_several_processes_find_the_same(copied: Path) -> None:
    alone, together = audit_emitted(jobs=1), audit_emitted(jobs=2)
    assert [(f.claim, f.status) for f in alone.findings] == [
        (f.claim, f.status) for f in together.findings
    ]


def test_damaged_entries_are_as_good_as_none(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys)
    for path in (copied / "cache").iterdir():
        entry = json.loads(path.read_text())
        entry["value"] = {"found": 3}
        path.write_text(json.dumps(entry))
    status, said = told(capsys)
    assert status == 0
    assert "unchanged" not in said


def test_progress_is_told_of_each_specification(copied: Path) -> None:
    begun: list[str] = []

    @contextmanager
    def watch(total: int) -> Iterator[Callable[[str], None]]:
        assert total == 2
        yield begun.append

    audit_emitted(watch=watch)
    assert sorted(Path(file).stem for file in begun) == sorted(LOSSES)
