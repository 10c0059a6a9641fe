"""Second order and all inputs: laws of every loss, by numbers that the calculus has no part in."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import sympy
from catalogue import REGISTRY, SPECS
from emitted import generic
from reference import Slice, formula, mp
from sympy import Abs, Eq, Expr, Max, Piecewise, Rational, exp, log, sign, tanh

from derive.answers import Answers
from derive.calculus import own_derivative
from derive.consequences import hessians, second_order
from derive.emit.show import show
from derive.language import (
    ENTRY,
    SLICE,
    Largest,
    Parameter,
    Sum,
    direction,
    other_direction,
    pred,
    target,
)
from derive.loss import Loss
from derive.prove.claim import Claim, couples, derive, symmetry
from derive.prove.field import OutsideClass
from derive.prove.prover import check
from derive.prove.structure import linear_parts, structure_line, structures
from derive.prove.verdict import Proved, Refuted, Unknown
from derive.verification import verify_spec
from derive.well_formed import SpecError

INPUTS = [(name, wrt) for name, spec in SPECS.items() for wrt in spec.loss.gradients]
COUPLED = [(n, x) for n, x in INPUTS if couples(derive(SPECS[n].loss, "hvp", x))]
CURVED = [name for name, spec in SPECS.items() if spec.loss.curvature is not None]
PARAMETERS = [(name, p) for name, spec in SPECS.items() for p in spec.loss.parameters]

each_input = pytest.mark.parametrize(("name", "wrt"), INPUTS)
each_coupled = pytest.mark.parametrize(("name", "wrt"), COUPLED)
each_curved = pytest.mark.parametrize("name", CURVED)


@cache
def reference(name: str, n: int, seed: int = 0) -> Any:
    spec = SPECS[name]
    square = (n, n) if spec.loss.square else (2, n)
    return generic(spec, square if spec.loss.kind == "slices" else (n,), seed=seed)


def along(slice_: Slice, way: tuple[Any, ...]) -> Slice:
    return replace(slice_, entries={**slice_.entries, "direction": way})


def everywhere(expression: Expr, slice_: Slice) -> list[Any]:
    return [formula(expression)(slice_, entry) for entry in range(slice_.length)]


def close(found: Any, expected: Any) -> None:
    scale = max([mp.mpf(1), *map(abs, expected)])
    assert all(abs(a - b) < scale * mp.mpf(10) ** -25 for a, b in zip(found, expected, strict=True))


# The Hessian -----------------------------------------------------------------------------------


@each_input
@pytest.mark.parametrize("n", [1, 2, 3])
def test_derived_second_derivatives_are_second_differences(name: str, wrt: Any, n: int) -> None:
    loss, at = SPECS[name].loss, reference(name, n)
    diagonals = [derive(loss, "hessian", wrt), loss.hessians.get(wrt)]
    products = [derive(loss, "hvp", wrt), loss.hvps.get(wrt)]
    ways = np.random.default_rng(n).normal(size=at.inputs[wrt.name].shape)
    exact = at.hessian(wrt.name, "sum"), at.hvp(wrt.name, ways, "sum")
    for row, (slice_, way) in enumerate(zip(at.slices, at._rows(ways), strict=True)):
        here = along(slice_, way)
        for expressions, numbers in zip((diagonals, products), exact, strict=True):
            expected = np.reshape(numbers, (-1, here.length))[row]
            for expression in [e for e in expressions if e is not None]:
                close(everywhere(expression, here), expected)


@each_input
def test_the_diagonal_is_the_product_with_unit_vectors(name: str, wrt: Any) -> None:
    loss = SPECS[name].loss
    diagonal, product = derive(loss, "hessian", wrt), derive(loss, "hvp", wrt)
    for slice_ in reference(name, 3, seed=1).slices:
        for k in range(slice_.length):
            unit = tuple(mp.mpf(i == k) for i in range(slice_.length))
            close([formula(product)(along(slice_, unit), k)], [formula(diagonal)(slice_, k)])


@each_input
def test_every_derived_hessian_is_symmetric(name: str, wrt: Any) -> None:
    verdict = check(symmetry(SPECS[name].loss, wrt))
    assert isinstance(verdict, Proved)


def test_a_product_that_is_not_symmetric_is_refuted() -> None:
    loss = SPECS["cross_entropy_logits"].loss
    lopsided = pred * Sum(target * direction)
    other = lopsided.xreplace({direction: other_direction})
    one, two = Sum(other_direction * lopsided), Sum(direction * other)
    assert isinstance(check(Claim(loss, "form", pred, one, reference=two)), Refuted)


def test_a_diagonal_through_nested_sums() -> None:
    nested = Sum(pred * Sum(pred * target) * exp(pred / Sum(pred**2))) * pred
    derived = own_derivative(nested, pred)
    at = reference("cross_entropy_logits", 3)
    step = mp.mpf(10) ** -25
    for slice_ in at.slices:
        for k in range(3):
            ahead, behind = (slice_.moved("pred", {k: s}) for s in (step, -step))
            quotient = (formula(nested)(ahead, k) - formula(nested)(behind, k)) / (2 * step)
            close([formula(derived)(slice_, k)], [quotient])


def test_a_diagonal_that_cannot_be_told_apart_is_not_derived() -> None:
    columns = Sum(pred * Sum(Sum(pred, SLICE), ENTRY), SLICE)
    with pytest.raises(ValueError, match="other indices"):
        own_derivative(Sum(columns**2, ENTRY), pred)


def test_a_maximum_that_cancels_leaves_no_trace_in_the_second_order() -> None:
    shifted = pred - Largest(pred)
    softmax = exp(pred) / Sum(exp(pred))
    loss = Loss(
        value=-Sum(target * (shifted - log(Sum(exp(shifted))))),
        gradient=Sum(target) * softmax - target,
    )
    diagonal = Sum(target) * softmax * (1 - softmax)
    assert isinstance(check(Claim(loss, "hessian", pred, diagonal)), Proved)
    assert isinstance(check(Claim(loss, "hessian", pred, diagonal * softmax)), Refuted)
    assert isinstance(check(symmetry(loss, pred)), Proved)
    assert [structure.kind for structure in structures(loss, pred)] == ["diagonal plus rank 1"]


# Its structure ---------------------------------------------------------------------------------


@each_input
def test_the_structure_is_that_of_the_hessian(name: str, wrt: Any) -> None:
    loss = SPECS[name].loss
    found, product = structures(loss, wrt), derive(loss, "hvp", wrt)
    for slice_ in reference(name, 3, seed=2).slices:
        way = tuple(mp.mpf(i + 1) / 3 for i in range(slice_.length))
        here = along(slice_, way)
        for k in range(slice_.length):
            fitting = [s for s in found if all(formula(fact)(here, k) for fact in s.where)]
            assert len(fitting) == 1
            close([formula(fitting[0].product)(here, k)], [formula(product)(here, k)])


@each_input
def test_only_what_couples_elements_has_outer_products(name: str, wrt: Any) -> None:
    kinds = {structure.kind for structure in structures(SPECS[name].loss, wrt)}
    assert any("rank" in kind for kind in kinds) == ((name, wrt) in COUPLED)


def test_structures_in_words() -> None:
    (found,) = structures(SPECS["cross_entropy_logits"].loss, pred)
    assert structure_line(found) == (
        "diagonal plus rank 1: diag(exp(pred)·Σ(target)/Σ(exp(pred)))"
        " + (-Σ(target)/Σ(exp(pred))²)·(exp(pred))(exp(pred))ᵀ"
    )


def test_what_is_not_linear_has_no_structure() -> None:
    for product in (direction**2, direction * Sum(direction), Sum(Sum(direction, SLICE))):
        with pytest.raises(OutsideClass):
            linear_parts(product)


# Curvature -------------------------------------------------------------------------------------


def pairs(name: str, count: int) -> Iterator[tuple[Slice, Slice]]:
    """Random exact points, and the same with another prediction."""
    numbers = random.Random(3)
    loss = SPECS[name].loss

    def draw(symbol: Any) -> Any:
        domain = loss.domain(symbol)
        while True:
            number = Rational(numbers.randint(-200, 200), numbers.choice([1, 2, 7, 50]))
            if domain.contains(number) == sympy.true:
                return mp.mpf(int(number.p)) / int(number.q)

    for _ in range(count):
        parameters = {p.name: draw(p) for p in loss.parameters}
        entries = {x.name: (draw(x),) for x in loss.inputs}
        yield (
            Slice(entries, parameters),
            Slice({**entries, "pred": (draw(pred),)}, parameters),
        )


def gap(loss: Loss, curvature: Expr, here: Slice, there: Slice) -> Any:
    """How far the parabola that touches here lies above the loss there."""
    step = there.entries["pred"][0] - here.entries["pred"][0]
    value, slope, bend = (
        formula(e)(here, 0) for e in (loss.value, loss.gradients[pred], curvature)
    )
    return value + slope * step + bend * step**2 / 2 - formula(loss.value)(there, 0)


@each_curved
def test_a_curvature_majorises_between_random_points(name: str) -> None:
    loss = SPECS[name].loss
    for here, there in pairs(name, 100):
        size = 1 + abs(formula(loss.value)(there, 0))
        assert gap(loss, loss.curvatures[pred], here, there) > -size * mp.mpf(10) ** -60


def assert_refuted(loss: Loss, curvature: Any) -> None:
    verdict = check(Claim(loss, "curvature", pred, sympy.sympify(curvature)))
    assert isinstance(verdict, Refuted), verdict
    inputs = {
        x: tuple(mp.mpf(int(v.p)) / int(v.q) for v in r) for x, r in verdict.witness.inputs.items()
    }
    parameters = {x: mp.mpf(int(v.p)) / int(v.q) for x, v in verdict.witness.parameters.items()}
    here = Slice(inputs, parameters)
    there = replace(here, entries={**inputs, "pred": inputs["other'"]})
    assert gap(loss, sympy.sympify(curvature), here, there) < 0


@each_curved
def test_less_than_the_declared_curvature_is_refuted(name: str) -> None:
    loss = SPECS[name].loss
    assert_refuted(loss, loss.curvatures[pred] * Rational(9, 10))
    assert_refuted(loss, -loss.curvatures[pred])


@pytest.mark.parametrize("name", ["huber", "smooth_l1", "pseudo_huber", "cauchy", "log_cosh"])
def test_an_exact_hessian_that_falls_off_is_no_curvature(name: str) -> None:
    assert_refuted(SPECS[name].loss, SPECS[name].loss.hessians[pred])


@pytest.mark.parametrize("curvature", [0, 1])
def test_a_convex_kink_has_no_curvature(curvature: int) -> None:
    assert_refuted(SPECS["mae"].loss, curvature)
    assert_refuted(SPECS["hinge"].loss, curvature)


def test_a_larger_curvature_majorises_too() -> None:
    assert isinstance(check(Claim(SPECS["mse"].loss, "curvature", pred, Rational(3))), Proved)
    concave = Loss(value=-Abs(pred), gradient=-sign(pred))
    assert isinstance(check(Claim(concave, "curvature", pred, Rational(0))), Proved)


def test_a_curvature_must_have_a_value_everywhere() -> None:
    has_a_limit = tanh(pred / 2) / (2 * pred)
    verdict = check(Claim(SPECS["bce_with_logits"].loss, "curvature", pred, has_a_limit))
    assert isinstance(verdict, Refuted)
    assert verdict.hint == "the curvature is undefined there"


@pytest.mark.parametrize(
    ("name", "curvature"),
    [
        ("mae", 1 / Abs(pred - target)),  # not defined where the residual is zero
        ("mse", 2 + pred**2),  # true, by neither argument
    ],
)
def test_what_no_argument_covers_stays_unknown(name: str, curvature: Expr) -> None:
    verdict = check(Claim(SPECS[name].loss, "curvature", pred, curvature))
    assert isinstance(verdict, Unknown)
    assert verdict.reason


# Parameters and targets ------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_derivatives_in_parameters_are_difference_quotients(
    name: str, parameter: Parameter
) -> None:
    loss = SPECS[name].loss
    derived = derive(loss, "gradient", parameter)
    step = mp.mpf(10) ** -25
    for slice_ in reference(name, 3, seed=4).slices:
        value, moved = slice_.parameters[parameter.name], []
        for shift in (step, -step):
            parameters = {**slice_.parameters, parameter.name: value + shift}
            moved.append(formula(loss.value)(replace(slice_, parameters=parameters), 0))
        quotient = (moved[0] - moved[1]) / (2 * step)
        close([formula(derived)(slice_, 0)], [quotient])
        if parameter in loss.parameter_gradients:
            close([formula(loss.parameter_gradients[parameter])(slice_, 0)], [quotient])


def test_some_losses_declare_gradients_in_targets_and_parameters() -> None:
    assert any(spec.loss.parameter_gradients for spec in SPECS.values())
    assert any(target in spec.loss.gradients for spec in SPECS.values())


DELTA = Parameter("delta", default=1)


def with_gradient(in_delta: Any, value: Expr) -> Loss:
    return Loss(
        value=value,
        gradient={pred: own_derivative(value, pred), DELTA: in_delta},
        parameters=(DELTA,),
    )


@pytest.mark.parametrize(
    ("value", "in_delta", "expected"),
    [
        (DELTA * pred**2, pred**2, Proved),
        (DELTA * pred**2, 2 * pred, Refuted),
        (Abs(pred - DELTA), -sign(pred - DELTA), Proved),
        (Abs(pred - DELTA), Piecewise((5, Eq(pred, DELTA)), (-sign(pred - DELTA), True)), Refuted),
        (Max(pred, DELTA), Piecewise((1, pred <= DELTA), (0, True)), Proved),
        (Sum(exp(DELTA * pred)), Sum(pred * exp(DELTA * pred)), Proved),
        (Sum(exp(DELTA * pred)), pred * exp(DELTA * pred), Refuted),
    ],
)
def test_derivatives_in_parameters_are_checked(value: Expr, in_delta: Any, expected: type) -> None:
    loss = with_gradient(in_delta, value)
    verdict = check(Claim(loss, "gradient", DELTA, loss.parameter_gradients[DELTA]))
    assert isinstance(verdict, expected), verdict


# What a specification may say ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "field", "message"),
    [
        ({"hessian": {DELTA: 1}}, "hessian", "with respect to the parameter delta"),
        ({"gradient": {DELTA: pred}}, "gradient", "names no input"),
        ({"gradient": {direction: pred}}, "gradient", "not an input"),
        ({"value": Sum(pred), "gradient": 1, "curvature": 1}, "curvature", "elementwise"),
        ({"curvature": 0.5}, "curvature", "float"),
    ],
)
def test_a_contradictory_declaration_is_refused(
    declared: dict[str, Any], field: str, message: str
) -> None:
    keywords = {"value": DELTA * pred, "gradient": DELTA, "parameters": [DELTA], **declared}
    with pytest.raises(SpecError, match=message) as error:
        Loss(**keywords)
    assert error.value.field == field


# Reports ---------------------------------------------------------------------------------------


def test_findings_name_what_follows_for_the_second_order() -> None:
    findings = [f for n in ("huber", "cosine_similarity") for f in verify_spec(SPECS[n])]
    assert {"symmetry", "curvature"} <= {finding.rule for finding in findings}
    assert {finding.status for finding in findings} == {"proved"}


def test_what_follows_for_the_second_order_is_found_when_it_is_asked_for() -> None:
    found = second_order("huber", REGISTRY, Answers())
    assert [(f.claim, f.status) for f in found] == [("huber.hvp", "proved")]
    names = ("huber", "cosine_similarity")
    lines = [f.hessian for name in names for f in hessians(name, REGISTRY, Answers())]
    assert lines[0][0].startswith("diagonal: diag(1) where")
    assert any(line.startswith("diagonal plus rank 2") for line in lines[1])


def test_a_loss_without_a_written_hessian_shows_the_derived_one() -> None:
    text = show(SPECS["triplet_margin"], in_latex=False)
    assert "second order in anchor" in text
    assert "diagonal plus rank 2" in text
