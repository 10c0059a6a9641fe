"""Properties that losses claim: proved ones hold, false ones are refuted, never the reverse."""

from __future__ import annotations

import ast
from dataclasses import replace
from itertools import islice
from pathlib import Path

import mpmath
import pytest
from catalogue import REGISTRY, SPECS
from conftest import Findings
from sympy import Abs, Expr, Max, Piecewise, Rational, cosh, exp, log

from derive import (
    Loss,
    Parameter,
    bounded_above,
    bounded_below,
    classification_calibrated,
    convex,
    differentiable,
    differentiable_but_at,
    even_in,
    lipschitz,
    never_negative,
    nondecreasing_in,
    nonincreasing_in,
    odd_in,
    positive,
    pred,
    properties,
    scale_invariant,
    shift_invariant,
    smooth,
    strictly_convex,
    strongly_convex,
    symmetric,
    target,
    twice_differentiable,
    twice_differentiable_but_at,
    unit,
    zero_iff_equal,
)
from derive.language import has_aggregate
from derive.properties import Property
from derive.prove.counterexamples import DIGITS, comparison_domain, number
from derive.prove.points import points
from derive.prove.properties import Subject
from derive.prove.verdict import Proved, Refuted, Unknown
from derive.registry import load
from derive.verification import verify_one
from derive.well_formed import SpecError

residual = pred - target
margin = target * pred
delta = Parameter("delta", default=1, domain=positive)


CLAIMS = [(name, index) for name, spec in SPECS.items() for index in range(len(spec.loss.claims))]


def claim_of(name: str, index: int) -> tuple[Loss, Property]:
    loss = REGISTRY.specs[name].loss
    return loss, loss.claims[index]


def loss_of(value: Expr, **more: object) -> Loss:
    """A loss of which only the value matters here."""
    parameters = tuple(sorted(value.atoms(Parameter), key=str))
    return Loss(value=value, gradient=pred, parameters=parameters, **more)  # type: ignore[arg-type]


# The registry ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", REGISTRY.specs)
def test_every_claimed_property_is_proved(name: str, findings: Findings) -> None:
    found = [f for f in findings(name) if f.rule == "property"]
    assert len(found) == len(REGISTRY.specs[name].loss.claims)
    for finding in found:
        assert finding.status == "proved", finding
        assert finding.location is not None
        assert finding.location.line > 1


def test_most_losses_claim_properties_of_many_kinds() -> None:
    kinds = {type(claim_of(*key)[1]) for key in CLAIMS}
    assert len(kinds) >= 12
    assert len({name for name, _ in CLAIMS}) >= 15


@pytest.mark.parametrize(("name", "index"), CLAIMS)
def test_every_claimed_property_holds_at_exact_points(name: str, index: int) -> None:
    # The definition itself, in multiple precision: no derivative, no kernel, no ball.
    loss, claimed = claim_of(name, index)
    x = loss.inputs[0]
    for comparison in claimed.comparisons(lambda e: loss.value.xreplace({x: e}), x):
        domain = comparison_domain(loss, claimed, comparison)
        for shape in domain.shapes()[:2]:
            for point in islice(points(domain, shape, 24), 24):
                left, right = number(comparison.left, point), number(comparison.right, point)
                with mpmath.workdps(DIGITS):
                    error = mpmath.mpf(10) ** -50 * (1 + abs(left) + abs(right))
                    holds = {
                        "<=": left <= right + error,
                        "<": left < right,
                        "==": abs(left - right) <= error,
                        "!=": abs(left - right) > error,
                    }
                assert holds[comparison.relation], (comparison, point)


def perturbed(loss: Loss, claimed: Property) -> list[Property]:
    """Statements that are false because the claimed one, which is tight, is true."""
    more, less = Rational(101, 100), Rational(99, 100)
    if isinstance(claimed, properties.Lipschitz | properties.Smooth):
        return [replace(claimed, constant=claimed.constant * less)]
    if isinstance(claimed, properties.StronglyConvex):
        return [replace(claimed, modulus=claimed.modulus * more)]
    if isinstance(claimed, properties.BoundedBelow):
        slack = Rational(1, 100)
        sides = [replace(claimed, bound=claimed.bound + s * slack) for s in (1, -1)]
        return [*sides, replace(bounded_above(claimed.bound), facts=claimed.facts)]
    if isinstance(claimed, properties.NonincreasingIn):
        return [nondecreasing_in(claimed.expression)]
    if isinstance(claimed, properties.Differentiable | properties.TwiceDifferentiable):
        return [replace(claimed, but_at=())] if claimed.but_at else []
    if isinstance(claimed, properties.EvenIn):
        return [odd_in(claimed.expression)]
    if isinstance(claimed, properties.NeverNegative):
        return [bounded_above(0)]
    if claimed == convex and not has_aggregate(loss.value):
        return [strictly_convex]
    return []


PERTURBED = [
    (name, index, number)
    for name, index in CLAIMS
    for number in range(len(perturbed(*claim_of(name, index))))
]


@pytest.mark.parametrize(("name", "index", "number"), PERTURBED)
def test_no_claim_can_be_tightened(name: str, index: int, number: int) -> None:
    loss, claimed = claim_of(name, index)
    verdict, _ = Subject(loss).examine(perturbed(loss, claimed)[number])
    assert isinstance(verdict, Refuted), verdict
    assert verdict.witness.confirmed_by


# True and false ones, of every kind ---------------------------------------------------------------

HUBER = Piecewise(
    (residual**2 / 2, Abs(residual) <= delta), (delta * (Abs(residual) - delta / 2), True)
)
SIGMOID = 1 / (1 + exp(-pred))
TRUE: dict[str, tuple[Expr, Property]] = {
    "convex by jumps alone": (Max(pred, 2 * pred, 5 * pred - 3), convex),
    "strictly convex with an isolated zero": (residual**4, strictly_convex),
    "convex and infinite curvature": (Abs(residual) ** Rational(3, 2), convex),
    "once differentiable": (Abs(residual) ** Rational(3, 2), differentiable),
    "the slope of a sigmoid": (SIGMOID, lipschitz(Rational(1, 4))),
    "increasing": (SIGMOID, nondecreasing_in(pred)),
    "bounded above": (SIGMOID, bounded_above(1)),
    "odd": (residual**3, odd_in(residual)),
    "scales": (Abs(pred) / pred, scale_invariant.where(pred > 0)),
    "calibrated": (log(1 + exp(-margin)), classification_calibrated),
    "calibrated exponential": (exp(-margin), classification_calibrated),
    "above its tangent": (exp(pred), bounded_below(0)),
    "least by convexity": (exp(pred) - pred, bounded_below(1, at=0)),
    "an exact set of corners": (Max(0, Abs(pred) - 1), differentiable_but_at(Abs(pred) - 1)),
}

FALSE: dict[str, tuple[Expr, Property]] = {
    "concave": (-(residual**2), convex),
    "a corner downwards": (-Abs(residual), convex),
    "a corner downwards between parabolas": (Max(0, 1 - Abs(pred)) ** 2, convex),
    "straight": (Abs(residual), strictly_convex),
    "flat in the middle": (Max(0, Abs(residual) - 1), strictly_convex),
    "straight far away": (log(cosh(residual)), strongly_convex(Rational(1, 100))),
    "steeper at the ends": (residual**2, lipschitz(10)),
    "a threshold forgotten": (HUBER, lipschitz(1)),
    "a jump": (Piecewise((1, margin < 0), (0, True)), lipschitz(2)),
    "no second derivative": (Abs(residual), smooth(50)),
    "negative": (residual, never_negative),
    "zero elsewhere": (Max(0, Abs(residual) - 1), zero_iff_equal),
    "not zero at the target": (residual**2 + 1, zero_iff_equal),
    "not tight": (residual**2, bounded_below(-1, at=target)),
    "not a bound": (residual**2 - 1, bounded_below(0)),
    "no upper bound": (residual**2, bounded_above(10)),
    "lopsided": (Max(2 * residual, -residual), even_in(residual)),
    "even": (residual**2, odd_in(residual)),
    "one way only": (exp(residual), symmetric),
    "rising": (residual**2, nonincreasing_in(pred)),
    "falling": (residual**2, nondecreasing_in(pred)),
    "moves": (residual**2, shift_invariant),
    "grows": (residual**2, scale_invariant),
    "a corner": (Abs(residual), differentiable),
    "a second corner": (Max(0, Abs(pred) - 1), differentiable_but_at(pred - 1)),
    "a jump of curvature": (HUBER, twice_differentiable),
    "the other threshold": (HUBER, twice_differentiable_but_at(residual - delta)),
    "infinite curvature": (Abs(residual) ** Rational(3, 2), twice_differentiable),
    "perceptron": (Max(0, -margin), classification_calibrated),
    "wrong way": (log(1 + exp(margin)), classification_calibrated),
    "no function of the margin": (Max(0, residual), classification_calibrated),
}


@pytest.mark.parametrize("kind", TRUE)
def test_true_claims_are_proved(kind: str) -> None:
    value, claimed = TRUE[kind]
    verdict, _ = Subject(loss_of(value)).examine(claimed)
    assert isinstance(verdict, Proved), verdict
    assert any(region.sample for region in verdict.regions)


@pytest.mark.parametrize("kind", FALSE)
def test_false_claims_are_refuted(kind: str) -> None:
    value, claimed = FALSE[kind]
    verdict, labels = Subject(loss_of(value)).examine(claimed)
    assert isinstance(verdict, Refuted), verdict
    assert verdict.witness.confirmed_by
    assert len(labels) == 2


def test_every_property_has_a_false_claim_and_a_definition() -> None:
    kinds = {type(claimed) for _, claimed in FALSE.values()}
    assert kinds == set(Property.__subclasses__())
    assert all(kind.__doc__ and "self" not in kind.__doc__ for kind in kinds)


def test_what_is_beyond_reach_is_unknown() -> None:
    # False, but only closer to 0 than the search goes.
    subject = Subject(loss_of(Abs(residual) ** 3))
    verdict, _ = subject.examine(strongly_convex(Rational(1, 10**6)))
    assert isinstance(verdict, Unknown)


# Domains and facts --------------------------------------------------------------------------------


def test_a_property_may_hold_on_part_of_the_domain_alone() -> None:
    subject = Subject(loss_of(pred**3))
    assert isinstance(subject.examine(convex)[0], Refuted)
    assert isinstance(subject.examine(convex.where(pred >= 0))[0], Proved)
    assert isinstance(subject.examine(lipschitz(3).where(pred >= -1, pred <= 1))[0], Proved)


def test_moved_values_stay_within_the_facts() -> None:
    subject = Subject(loss_of(Max(pred, 1)))
    assert not isinstance(subject.examine(scale_invariant.where(pred <= 1))[0], Refuted)
    assert isinstance(subject.examine(scale_invariant)[0], Refuted)


def test_a_closed_interval_counts_with_its_ends() -> None:
    subject = Subject(loss_of(target * pred**2 + (1 - target) * pred**4, domains={target: unit}))
    assert isinstance(subject.examine(convex)[0], Proved)
    wider = Subject(loss_of(target * pred**2 + (1 - target) * pred**4))
    assert isinstance(wider.examine(convex)[0], Refuted)


def test_a_domain_with_a_hole_has_no_lines() -> None:
    verdict, _ = Subject(loss_of(1 / pred**2)).examine(convex)
    assert not isinstance(verdict, Proved)


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ([1], "claims must be properties"),
        ([lipschitz(pred)], "depends on pred"),
        ([lipschitz(delta)], "unknown symbol delta"),
        ([lipschitz(0.5)], "float"),
        ([convex.where(delta > 1)], "unknown symbol delta"),
    ],
)
def test_ill_formed_claims_are_errors(claims: list[Property], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        loss_of(residual**2, claims=claims)


# Equivalences -------------------------------------------------------------------------------------

SAME = """
from sympy import Abs
from derive import Loss, Parameter, Published, Same, positive, pred, target

w = Parameter("w", default=2, domain=positive)
v = Parameter("v", domain=positive)
theirs_f = Published(function="theirs.f", source="a book", value=v * (pred - target) ** 2)
ours = Loss(
    value=w * (pred - target) ** 2 / 2,
    gradient=w * (pred - target),
    parameters=[w],
    same_as={{
        "{name}": {same},
    }},
)
"""


@pytest.mark.parametrize(
    ("name", "same", "status", "word"),
    [
        ("theirs.f", "Same(2, v=w)", "proved", "a book"),
        ("theirs.f", "Same(1, v=w / 2)", "proved", "a book"),
        ("theirs.f", "Same(2 * w, v=w**2).where(pred >= target)", "proved", "a book"),
        ("theirs.f", "Same(1, v=w)", "refuted", "wrong"),
        ("theirs.f", "1", "invalid", "depends on v"),
        ("theirs.f", "Same(1, v=w, u=w)", "invalid", "no parameter u"),
        ("theirs.g", "1", "invalid", "no published formula"),
    ],
)
def test_an_equivalence_is_proved_from_the_published_formula(
    tmp_path: Path, name: str, same: str, status: str, word: str
) -> None:
    path = tmp_path / "ours.py"
    path.write_text(SAME.format(name=name, same=same), encoding="utf-8")
    loaded = load([path])
    (finding,) = [f for f in verify_one("ours", loaded) if "same_as" in f.claim]
    assert finding.status == status, finding
    assert word in finding.message
    assert finding.location is not None
    assert finding.location.source.strip().startswith(f'"{name}"')
    assert verify_one("theirs_f", loaded) == []


@pytest.mark.parametrize("name", REGISTRY.specs)
def test_every_equivalence_is_proved(name: str, findings: Findings) -> None:
    found = [f for f in findings(name) if f.rule == "equivalence"]
    assert len(found) == len(REGISTRY.specs[name].loss.same_as)
    assert all(finding.status == "proved" for finding in found)


def test_every_documented_function_is_the_same_as_something() -> None:
    said = {p.claim.function for p in REGISTRY.published.values() if p.claim.function}
    assert said == {name for spec in REGISTRY.specs.values() for name in spec.loss.same_as}


# Trust --------------------------------------------------------------------------------------------


def test_proofs_are_made_in_two_modules_alone() -> None:
    makers = set()
    for path in (Path(__file__).parent.parent / "derive").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Proved":
                makers.add(path.name)
    assert makers == {"prover.py", "inequality.py"}
