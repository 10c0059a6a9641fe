"""Random claims: no verdict on them is wrong; and the regions of a proof cover the domain."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from catalogue import SPECS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from derive.answers import as_checked
from derive.language import pred, target
from derive.prove.claim import Claim
from derive.prove.prover import check
from derive.prove.verdict import Proved
from derive.verification import verify_spec
from derive.well_formed import SpecError
from tests import meaning
from tests.fuzzing import laws
from tests.fuzzing.campaign import campaign
from tests.fuzzing.claims import random_derivative, random_form
from tests.fuzzing.expressions import FREE, LINEAR, PATIENCE, Maker, usable
from tests.fuzzing.laws import Slow, judged, misread, patience, uncovered, worlds
from tests.fuzzing.minimising import as_test

QUICK = settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
WRONG = ("proved", "refuted", "disagreement")


def verdict_is_right(claim: Claim | None, seed: int) -> None:
    if claim is None:
        return
    kind, wrong = judged(claim, seed)
    assert not (wrong and kind in WRONG), as_test(claim, kind, wrong)


def drawn(make: object, seed: int) -> Claim | None:
    try:
        with patience(PATIENCE):
            return make(random.Random(seed))  # type: ignore[operator, no-any-return]
    except (Slow, ValueError, TypeError, KeyError, AttributeError):
        return None  # SymPy does not build every expression


@QUICK
@given(st.integers(0, 10**6))
def test_equal_and_unequal_formulas(seed: int) -> None:
    verdict_is_right(drawn(random_form, seed), seed)


@QUICK
@given(st.integers(0, 10**6))
def test_derivatives_right_and_wrong(seed: int) -> None:
    verdict_is_right(drawn(random_derivative, seed), seed)


@QUICK
@given(st.integers(0, 10**6), st.booleans())
def test_normal_forms_have_the_value_of_the_expression(seed: int, sums: bool) -> None:
    choose = random.Random(seed)
    try:
        expression = Maker(choose, sums=sums).expression(choose.choice([1, 2]), FREE)
    except (ValueError, TypeError, KeyError, AttributeError):
        return
    if usable(expression):
        kind, wrong = misread(expression, seed)
        assert kind != "form" or not wrong, f"{expression}: {wrong}"


@QUICK
@given(st.integers(0, 10**6))
def test_whole_specifications(seed: int) -> None:
    """Where nothing is found wrong, the loss is continuous as well."""
    claim = drawn(random_derivative, seed)
    if claim is None or claim.kind != "gradient":
        return
    try:
        loss = replace(claim.loss, gradient={claim.wrt: claim.written})
        with patience(PATIENCE):
            findings = verify_spec(replace(SPECS["mse"], loss=loss))
    except (Slow, SpecError):
        return
    if any(finding.status != "proved" for finding in findings):
        return
    assuming = [text for finding in findings for text in finding.assuming]
    for world in worlds(claim, random.Random(seed), 40):
        for place in world.places:
            if all(meaning.holds(text, claim, world, place) for text in assuming):
                assert not meaning.jumps(claim, world, place), as_test(claim, "jump", str(world))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_a_longer_campaign(seed: int) -> None:
    failures: list[str] = []
    counts = campaign(seed, 30, failures.append)
    assert sum(counts.values()) > 10
    assert not counts["FAILURES"], "\n".join(failures)


def test_the_attack_can_succeed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A prover that believes everything is caught."""
    right = Claim(LINEAR, "gradient", pred, target)
    wrong = Claim(LINEAR, "gradient", pred, target + 1)
    believed = check(right)
    assert isinstance(believed, Proved)
    monkeypatch.setattr(laws, "check", lambda _: believed)
    assert judged(right, 0) == ("proved", "")
    assert judged(wrong, 0)[1]


# Proofs of the registry --------------------------------------------------------------------------


def proofs(name: str) -> list[Claim]:
    loss = SPECS[name].loss
    derivatives = (("gradient", loss.gradients), ("hessian", loss.hessians), ("hvp", loss.hvps))
    claims = (Claim(loss, k, wrt, e) for k, found in derivatives for wrt, e in found.items())  # type: ignore[arg-type]
    return [as_checked(claim) for claim in claims]


@pytest.mark.parametrize("name", SPECS)
def test_each_region_claimed_has_a_point_where_the_formulas_have_a_value(name: str) -> None:
    for claim in proofs(name):
        verdict = check(claim)
        assert isinstance(verdict, Proved)
        for region in verdict.regions:
            assert region.sample is not None, region


@pytest.mark.parametrize("name", SPECS)
def test_each_point_lies_in_one_region_on_a_boundary_or_where_nothing_is_claimed(name: str) -> None:
    for claim in proofs(name):
        wrong, examined = uncovered(claim, random.Random(name))
        assert not wrong
        assert examined


@pytest.mark.parametrize("name", SPECS)
def test_proved_derivatives_are_difference_quotients(name: str) -> None:
    for claim in proofs(name):
        assert judged(claim, 0, 15) == ("proved", "")
