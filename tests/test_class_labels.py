"""Kernels for class labels: what they read, and that they are the dense ones at one-hot targets."""

import numpy as np
import pytest
from sympy import exp, log

import lossproof
from derive.emit.class_labels import AtLabel, Placed, at_label, for_labels
from derive.language import Largest, Sum, pred, target

THERE = AtLabel.of(pred)
LABELLED = [name for name, info in lossproof.losses().items() if info.labels]


def test_a_sum_over_the_target_is_its_term_at_the_label() -> None:
    assert for_labels(-Sum(target * log(pred)), target) == -log(THERE)
    assert for_labels(Sum(target), target) == 1
    assert for_labels(Sum(exp(pred)) * Sum(target), target) == Sum(exp(pred))


def test_other_formulas_have_two_values() -> None:
    placed = for_labels(exp(pred) * Sum(target) - target, target)
    assert isinstance(placed, Placed)
    assert (placed.elsewhere, placed.there) == (exp(pred), exp(THERE) - 1)


def test_what_a_sum_binds_is_not_at_the_label() -> None:
    assert at_label(pred - Largest(pred), target) == THERE - Largest(pred)


@pytest.mark.parametrize("body", [exp(target), target + pred, exp(target * pred)])
def test_sums_with_more_than_one_term_stay(body: object) -> None:
    assert for_labels(Sum(body), target) is None
    assert for_labels(1 + pred * Sum(body), target) is None


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("classes", [2, 10, 70])
@pytest.mark.parametrize("name", LABELLED)
def test_labels_give_the_bits_of_one_hot_distributions(
    name: str, classes: int, dtype: type
) -> None:
    rng = np.random.default_rng(classes)
    rows = 40_000 // classes  # more than one block
    given = rng.uniform(1e-8, 1, (rows, classes)) * 10.0 ** rng.integers(-3, 3, (rows, 1))
    given = given.astype(dtype)
    labels = rng.integers(0, classes, rows)
    hot = np.eye(classes, dtype=dtype)[labels]
    loss = getattr(lossproof, name)
    for method in ("value_gradient_hessian", "value_and_gradient", "gradient", "hessian", "value"):
        of_labels, of_distributions = (getattr(loss, method)(given, t) for t in (labels, hot))
        np.testing.assert_equal(of_labels, of_distributions)


def test_logits_of_impossible_classes_may_be_minus_infinity() -> None:
    pred, label = np.array([[0.0, -np.inf, 0.0]]), np.array([2])
    value, gradient = lossproof.cross_entropy_logits.value_and_gradient(pred, label)
    assert value == np.log(2)
    assert gradient.tolist() == [[0.5, 0.0, -0.5]]
