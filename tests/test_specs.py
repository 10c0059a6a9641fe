"""Every specification that ships is proved, states its kinks, and gives its reasons."""

from __future__ import annotations

from functools import cache

import pytest
from catalogue import REGISTRY
from conftest import Findings

from derive.answers import as_checked
from derive.language import has_aggregate
from derive.prove.prover import check
from derive.prove.verdict import Proved, Verdict
from derive.second_order import derived, with_derived
from derive.verification import claims

REFERENCE = {
    "mse",
    "mae",
    "smooth_l1",
    "cross_entropy",
    "cross_entropy_logits",
    "hinge",
    "poisson_nll",
    "cosine_similarity",
    "log_cosh",
    "binary_cross_entropy",
}


@cache
def verdicts(name: str) -> dict[str, Verdict]:
    return {keyword: check(as_checked(claim)) for _, keyword, claim in claims(REGISTRY.specs[name])}


SPECS = sorted(REGISTRY.specs)
PUBLISHED = sorted(name for name, spec in REGISTRY.published.items() if not spec.claim.function)


def test_nothing_is_wrong_with_any_file() -> None:
    assert REGISTRY.problems == []


def test_the_losses_of_the_reference_are_all_there() -> None:
    assert set(SPECS) >= REFERENCE


@pytest.mark.parametrize("name", SPECS)
def test_every_claim_is_proved_and_no_proof_is_vacuous(name: str) -> None:
    assert verdicts(name)
    for keyword, verdict in verdicts(name).items():
        assert isinstance(verdict, Proved), (keyword, verdict)
        assert any(region.sample for region in verdict.regions), keyword


@pytest.mark.parametrize("name", SPECS)
def test_every_jump_is_declared_with_a_reason(name: str) -> None:
    for keyword, verdict in verdicts(name).items():
        assert isinstance(verdict, Proved)
        for boundary in verdict.boundaries:
            assert boundary.declared or boundary.behaviour == "continuous", (keyword, boundary)
            assert not boundary.contradiction


@pytest.mark.parametrize("name", SPECS)
def test_a_spec_is_data_that_fits_on_a_screen(name: str) -> None:
    spec = REGISTRY.specs[name]
    text = spec.path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    assert len(spec.doc.splitlines()[0]) <= 78
    assert spec.loss.references


@pytest.mark.parametrize("name", SPECS)
def test_every_loss_has_second_derivatives_of_the_right_kind(name: str, findings: Findings) -> None:
    loss = REGISTRY.specs[name].loss
    complete = with_derived(loss, derived(loss))
    assert set(complete.hessians) == set(complete.hvps) == set(loss.gradients)
    if loss.kind == "elementwise":
        assert not any(has_aggregate(h) for h in complete.hessians.values())
    keywords = [finding.claim.split(".", 1)[1] for finding in findings(name)]
    assert {part.keyword for part in derived(loss)} <= set(keywords)  # and so they are proved


def test_most_losses_have_a_hand_written_hessian() -> None:
    with_hessian = [name for name in SPECS if REGISTRY.specs[name].loss.hessian is not None]
    assert 2 * len(with_hessian) >= len(SPECS)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_published_formula_gets_the_verdict_it_deserves(
    name: str, findings: Findings
) -> None:
    (finding,) = findings(name)
    assert finding.status == REGISTRY.published[name].claim.expected


def test_the_known_defects_of_the_reference_are_refuted() -> None:
    refuted = {
        spec.claim.entry
        for spec in REGISTRY.published.values()
        if spec.claim.expected == "refuted" and spec.claim.entry
    }
    assert refuted == {
        "torchlean-cosine-radial-power",
        "torchlean-cosine-clamped-norm",
        "torchlean-ce-logits-mass",
        "torchlean-ce-prob-clip",
        "torchlean-bce-clip",
        "torchlean-ce-mean-all-elements",
        "torchlean-huber-smoothl1-naming",
    }


def test_the_wrong_cosine_gradient_has_a_small_exact_witness(findings: Findings) -> None:
    (finding,) = findings("torchlean_cosine_gradient")
    assert finding.counterexample is not None
    assert dict(finding.counterexample.inputs)["pred"] == "[2]"
    assert "right if" in finding.hint
