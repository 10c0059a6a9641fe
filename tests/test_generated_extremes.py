"""No emitted loss overflows, or loses digits, where its exact value is an ordinary number."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from emitted import (
    SPECS,
    TOLERANCE,
    check,
    compute,
    derivatives,
    direction,
    each_dtype,
    each_loss,
    methods,
    point,
)
from reference import Reference, mp

import lossproof

LARGE = np.array([0.0, 1e-3, 1.0, 30.0, 40.0, 700.0, 746.0, 1000.0])


@pytest.mark.parametrize(
    "name", ["bce_with_logits", "log_cosh", "cross_entropy_logits", "info_nce"]
)
def test_exponentials_do_not_overflow(name: str) -> None:
    rng = np.random.default_rng(9)
    for _ in range(3):
        pred = rng.permutation(np.concatenate([LARGE, -LARGE])).reshape(4, 4)
        inputs = {"pred": pred, "target": rng.choice([0.0, 1.0], (4, 4))}
        info = lossproof.losses()[name]
        parameters = {p.name: p.default for p in info.parameters}
        at = Reference(SPECS[name], {x: inputs[x] for x in info.inputs}, parameters)
        scale = 1000.0 / parameters.get("tau", 1.0)  # the largest term of any value
        check(compute(name, "value", at, reduction="none"), at.value("none"), np.float64, scale)
        for method, wrt in derivatives(name):
            way = [direction(at)] if method == "hvp" else []
            exact = getattr(at, method)(wrt, *way, "sum")
            check(compute(name, method, at, wrt, reduction="sum"), exact, np.float64)


@pytest.mark.parametrize("name", ["bce_with_logits", "log_cosh"])
def test_small_values_keep_their_digits(name: str) -> None:
    pred = np.array([1e-150, 1e-9, 1e-3, 0.3, 1.0, 5.0, 38.0])
    pred = np.concatenate([pred, -pred])
    inputs = {"pred": pred, "target": np.where(pred > 0, 1.0, 0.0) * (name == "bce_with_logits")}
    at = Reference(SPECS[name], inputs, {})
    result = compute(name, "value", at, reduction="none")
    with mp.workdps(400):  # log(cosh(1e-150)) is 1 + 5e-301 before its logarithm is taken
        exact = at.value("none")
        for number, truth in zip(result, exact, strict=True):
            assert abs(mp.mpf(number) - truth) <= TOLERANCE * abs(truth), (number, truth)


@pytest.mark.parametrize("power", [-664, 664])  # norms of about 1e-200 and 1e200
def test_lengths_of_vectors_do_not_overflow(power: int) -> None:
    factor = 2.0**power  # a power of two: scaling rounds nothing, so nothing may change
    at = point("cosine_similarity")
    pred, target, way = at.inputs["pred"], at.inputs["target"], direction(at)
    loss = lossproof.cosine_similarity
    for other in [1.0, factor, 1 / factor]:
        near, far = (pred, target), (factor * pred, other * target)
        assert loss(*far, eps=1e-300) == loss(*near, eps=1e-300)
        slope = loss.gradient(*near, eps=1e-300) / factor
        np.testing.assert_array_equal(loss.gradient(*far, eps=1e-300), slope)
        bend = loss.hvp(*near, way, eps=1e-300) / factor
        np.testing.assert_array_equal(loss.hvp(*far, factor * way, eps=1e-300), bend)


@each_dtype
@each_loss
def test_no_floating_point_warnings(name: str, dtype: Any) -> None:
    rng, large = np.random.default_rng(10), np.finfo(dtype).max
    numbers = [0, -0.0, 1, -1, 300, large, -large, 1e-40, np.nan, np.inf, -np.inf]
    info = lossproof.losses()[name]
    inputs = {x: rng.choice(np.array(numbers, dtype), (20, 20)) for x in info.inputs}
    at = Reference(SPECS[name], inputs, {p.name: p.default for p in info.parameters})
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        for method, wrt in methods(name):
            for reduction in info.reductions:
                for weight in [None, np.full(at.value_shape, 1e-300)]:
                    compute(name, method, at, wrt, reduction=reduction, weight=weight)


@pytest.mark.parametrize("value", [5e-324, 1e-200, 1e200, 1.7e308])
@each_loss
def test_any_parameter_of_the_domain_is_computed_with(name: str, value: float) -> None:
    """Powers and quotients of Python numbers raise where those of arrays overflow."""
    info, at = lossproof.losses()[name], point(name)
    for parameter in info.parameters:
        if value not in parameter:
            continue
        for dtype in (np.float32, np.float64):
            inputs = {x: array.astype(dtype) for x, array in at.inputs.items()}
            chosen = Reference(SPECS[name], inputs, {parameter.name: value})
            with np.errstate(all="raise"):
                for method, wrt in [*methods(name), ("gradient", parameter.name)]:
                    if method != "gradient" or wrt in info.differentiable:
                        compute(name, method, chosen, wrt)


@each_dtype
@pytest.mark.parametrize("name", ["binary_cross_entropy", "cross_entropy"])
def test_a_clamp_nearer_to_one_than_rounding_is_one(name: str, dtype: Any) -> None:
    """1 - eps is rounded to 1, which is beyond it all the same."""
    ends = np.array([0.0, 1.0], dtype)
    loss = getattr(lossproof, name)
    for target in (ends, 1 - ends):
        for derivative in (loss.gradient, loss.hessian):
            assert not np.any(derivative(ends, target, eps=1e-20, reduction="sum"))


def test_unit_vectors_are_numbers_where_differences_are_too_large_for_one() -> None:
    loss = lossproof.triplet_margin
    anchor, negative = np.array([[1e308, -1e308]]), np.array([[3.0, 4.0]])
    far = loss(anchor, -anchor, negative, reduction="none")
    np.testing.assert_allclose(far, [np.sqrt(2) * 1e308])
    toward = np.array([[1.0, -1.0]]) / np.sqrt(2)
    for wrt, slope in [("anchor", 0 * toward), ("positive", -toward), ("negative", toward)]:
        found = loss.gradient(anchor, -anchor, negative, wrt=wrt, reduction="sum")
        np.testing.assert_allclose(found, slope, atol=1e-15)
    assert np.all(np.isfinite(loss.hvp(anchor, -anchor, negative, toward)))
