"""Convexity and Lipschitz constants are certified where derivatives exist everywhere."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

pytest.importorskip("sympy")

from catalogue import SPECS

from derive import Loss, convex, lipschitz, positive, pred, target
from derive.certificates.certificate import certificate
from derive.certificates.coqc import check, theorems

CONVEX = {"convex", "strictly_convex", "strongly_convex"}
CURVED = ["bce_with_logits", "kl_divergence", "log_cosh", "mse", "poisson_nll", "pseudo_huber"]
BOUNDED = ["bce_with_logits", "huber", "kl_divergence", "log_cosh", "smooth_l1"]


@pytest.mark.parametrize("name", SPECS)
def test_only_what_is_claimed_is_certified(name: str) -> None:
    proved = theorems(certificate(SPECS[name]).text)
    claimed = {claim.name for claim in SPECS[name].loss.claims}
    assert "convex" not in proved or claimed & CONVEX
    assert "lipschitz" not in proved or "lipschitz" in claimed
    assert "convex" in proved or name not in CURVED
    assert "lipschitz" in proved or name not in BOUNDED


@pytest.mark.parametrize(
    "changes",
    [
        {"domains": {pred: positive}},
        {"assuming": [pred > target]},
        {"claims": [convex.where(pred > 0), lipschitz(2).where(pred > 0)]},
    ],
)
def test_what_holds_in_part_of_the_line_is_not_certified(changes: dict[str, object]) -> None:
    loss = Loss(value=(pred - target) ** 2, gradient=2 * (pred - target), hessian=2)
    claimed = replace(loss, claims=(convex, lipschitz(2)))
    spec = SPECS["mse"]
    assert {"convex", "lipschitz"} <= set(theorems(certificate(replace(spec, loss=claimed)).text))
    fewer = replace(spec, loss=replace(claimed, **changes))  # type: ignore[arg-type]
    assert not {"convex", "lipschitz"} & set(theorems(certificate(fewer).text))


@pytest.mark.slow
@pytest.mark.coq
@pytest.mark.skipif(shutil.which("coqc") is None, reason="coqc is not installed")
def test_coq_rejects_a_constant_that_is_too_small_and_what_is_not_convex() -> None:
    text = certificate(SPECS["log_cosh"]).text
    small = text.replace("1 * Rabs (pred - other)", "9 / 10 * Rabs (pred - other)")
    concave = text.replace("(1 - share) * other) target <=", "(1 - share) * other) target >=")
    assert len({text, small, concave}) == 3
    right, *wrong = check({"right": text, "small": small, "concave": concave})
    assert right.accepted
    assert all(one.error for one in wrong)
