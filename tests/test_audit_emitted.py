"""The emitted package is proved to compute what its specifications declare."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from derive.auditing.emitted import audit_emitted, exponentials, kernels, results, stale
from derive.registry import load

QUICK = ("huber", "cross_entropy_logits", "info_nce", "hinge")


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in load().specs if name not in QUICK]


@pytest.mark.parametrize("name", [*QUICK, *SLOW])
def test_each_kernel_is_proved_equal_to_its_specification(name: str) -> None:
    module = importlib.import_module(f"lossproof.{name}")
    findings = audit_emitted((name,))
    assert [f.claim for f in findings if f.status != "proved"] == []
    assert len(findings) == sum(len(results(kernel)) for kernel, _ in kernels(module)) > 3
    assert max(f.seconds for f in findings) < 10


@pytest.mark.parametrize("seed", range(5))
def test_what_stands_for_a_helper_is_what_it_computes(seed: int) -> None:
    helper = importlib.import_module("lossproof._functions").exponentials
    x = np.random.default_rng(seed).integers(-3, 4, (5, 4)) / 2
    for ours, theirs in zip(exponentials(x), helper(x), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_the_committed_package_belongs_to_the_specifications() -> None:
    assert stale() == []


def test_a_kernel_that_computes_something_else_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    from lossproof import huber as _  # noqa: F401

    module = importlib.import_module("lossproof.huber")

    def _gradient(pred: Any, target: Any, delta: float) -> Any:
        return np.sign(pred - target) * np.minimum(np.abs(pred - target), 1.0)

    _gradient.__module__ = module.__name__
    monkeypatch.setattr(module, "_gradient", _gradient)
    (finding,) = [f for f in audit_emitted(("huber",)) if f.claim.endswith("._gradient")]
    assert finding.status == "refuted"
    assert finding.counterexample is not None
