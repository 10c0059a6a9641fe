"""The measurement of errors: exact values, units in the last place, and where it is measured."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from emitted import SPECS, each_loss
from reference import Slice, formula, mp
from sympy import Piecewise
from sympy.codegen.cfunctions import log1p

from derive.accuracy.exact import Exact, exact, exact_row
from derive.accuracy.measure import measure, references
from derive.accuracy.neighbours import around, numbers_at, ordinals, sign_changes
from derive.accuracy.points import Sample, samples
from derive.accuracy.promises import NONE, Promise
from derive.accuracy.quantities import quantities
from derive.accuracy.terms import magnitude_row
from derive.accuracy.ulp import Format, errors
from derive.language import Sum, pred, target

DTYPES = [np.float16, np.float32, np.float64]
each_format = pytest.mark.parametrize("dtype", DTYPES)


def known(*numbers: Fraction) -> Exact:
    """Exact rationals as nearest float64 and rest, by rational arithmetic."""
    nearest = np.array([float(x) for x in numbers])
    units = [Fraction(2) ** max(math.frexp(x)[1] - 53, -1074) for x in nearest]
    rest = [float((x - Fraction(n)) / u) for x, n, u in zip(numbers, nearest, units, strict=True)]
    return Exact(nearest, np.array(rest), np.zeros(len(numbers), bool))


# Exact values ------------------------------------------------------------------------------------


@each_loss
def test_exact_values_are_those_of_another_evaluator(name: str) -> None:
    spec, rng = SPECS[name], np.random.default_rng(11)
    places = samples(spec.loss, np.float64, count=20)
    for quantity in quantities(spec):
        other = formula(quantity.declared)
        for sample in [s for s in places if s.shape[-1] <= 3]:
            rows = {n: x.reshape(-1, x.shape[-1]) for n, x in sample.inputs.items()}
            for i in rng.choice(len(next(iter(rows.values()))), 3):
                row = {n: x[i].tolist() for n, x in rows.items()}
                position = int(i) % sample.shape[-1]
                found = exact_row(quantity.declared, row, sample.parameters, position)
                with mp.workdps(1400):  # 1e308 + 1e-308 is exact, and 1 + 1e-616 is not one
                    entries = {n: tuple(map(mp.mpf, x)) for n, x in row.items()}
                    numbers = {n: mp.mpf(x) for n, x in sample.parameters.items()}
                    at = Slice(entries, numbers, position)
                    for k, (nearest, rest) in enumerate(found):
                        _compare(other, at, k, nearest, rest)


def _compare(other: Any, at: Slice, k: int, nearest: float, rest: float) -> None:
    try:
        truth = other(at, k)
    except (ZeroDivisionError, ValueError):
        assert math.isnan(nearest)
        return
    if math.isinf(nearest):
        assert abs(truth) >= mp.mpf(2) ** 1024 * (1 - mp.mpf(2) ** -54) and truth * nearest > 0
        return
    unit = mp.mpf(2) ** max(math.frexp(nearest)[1] - 53, -1074)
    assert abs(mp.mpf(nearest) + rest * unit - truth) <= unit / 500, (nearest, rest, truth)


def test_what_has_no_value_has_none() -> None:
    assert math.isnan(exact_row(1 / pred, {"pred": [0.0]}, {})[0][0])
    assert exact_row(1 / pred, {"pred": [4.0]}, {}) == [(0.25, 0.0)]


def test_more_digits_are_taken_where_a_difference_needs_them() -> None:
    tiny = 2.0**-700
    (number,) = exact_row(Sum(pred) - 1, {"pred": [1.0, tiny]}, {})
    assert number == (tiny, 0.0)


def test_the_unit_of_the_rest_is_that_of_the_nearest_number() -> None:
    just_below_one = {"pred": [2.0**-60]}
    assert exact_row(1 - pred, just_below_one, {}) == [(1.0, -(2.0**-8))]


def test_the_rest_is_what_rounding_leaves() -> None:
    ((nearest, rest),) = exact_row(pred / 3, {"pred": [1.0]}, {})
    assert nearest == 1 / 3
    assert Fraction(nearest) + Fraction(rest) * Fraction(2) ** -54 == pytest.approx(
        Fraction(1, 3), rel=1e-19
    )


def test_terms_are_those_of_the_sum() -> None:
    row = {"pred": [3.0], "target": [-2.0]}
    for e, largest in [
        (pred + target, 3.0),
        (2 * (pred + target), 6.0),
        (target * (pred + target) ** 2, 12.0),  # 2 |f| t |b|
        (log1p(pred), math.log1p(3.0)),
    ]:
        assert magnitude_row(e, row, {}) == [(pytest.approx(largest), pytest.approx(0, abs=1))]


# Units in the last place -------------------------------------------------------------------------


@each_format
def test_correct_rounding_is_at_most_half_a_unit_off(dtype: Any) -> None:
    rng, form = np.random.default_rng(12), Format.of(dtype)
    scales = rng.integers(form.least - 3, form.greatest - 1, 300)
    exact_numbers = [
        Fraction(int(rng.integers(-(2**62), 2**62)), 2**62) * Fraction(2) ** int(s) for s in scales
    ]
    rounded = np.array([_rounded(x, form) for x in exact_numbers]).astype(dtype)
    off = errors(rounded, known(*exact_numbers))
    assert off.max() <= 0.5 + 1e-9
    next_up = numbers_at(ordinals(rounded) + 1, dtype)
    up = errors(next_up, known(*exact_numbers))
    assert np.all((up >= 0.25 - 1e-9) & (up <= 2.0))


def _rounded(x: Fraction, form: Format) -> float:
    nearest = float(x)
    unit = Fraction(2) ** max(math.frexp(nearest)[1] - form.digits, form.least)
    return float(round(x / unit) * unit)


@each_format
def test_overflow_is_right_where_the_exact_number_overflows(dtype: Any) -> None:
    largest = Fraction(float(np.finfo(dtype).max))
    unit = Fraction(2) ** (Format.of(dtype).greatest - Format.of(dtype).digits)
    got = np.array([np.inf, np.inf, -np.inf, np.finfo(dtype).max], dtype)
    if dtype is np.float64:
        beyond = Exact(np.array([np.inf]), np.zeros(1), np.zeros(1, bool))
        assert errors(got[:1], beyond) == 0 and np.isinf(errors(got[3:], beyond))
        return
    beyond = known(largest + unit, largest, largest + unit, largest)
    np.testing.assert_array_equal(errors(got, beyond), [0, np.inf, np.inf, 0])


def test_a_nan_is_no_number_and_needs_none() -> None:
    numbers = known(Fraction(1))
    assert errors(np.array([np.nan]), numbers) == np.inf
    nowhere = Exact(np.array([np.nan]), np.zeros(1), np.zeros(1, bool))
    assert np.isnan(errors(np.array([1.0]), nowhere))


@each_format
def test_steps_go_from_each_number_to_the_next(dtype: Any) -> None:
    for x in [0.0, 1.0, -1.0, np.finfo(dtype).tiny, 0.3]:
        steps = around(dtype(x), 3)
        assert steps[3] == dtype(x)
        np.testing.assert_array_equal(np.nextafter(steps[:-1], dtype(np.inf)), steps[1:])


@each_format
def test_a_sign_change_is_found_to_the_last_bit(dtype: Any) -> None:
    (found,) = sign_changes(lambda x: 1 if x > 0.3 else -1, np.array([-2, 0, 5], dtype))
    assert float(found) > 0.3 >= float(np.nextafter(found, dtype(0)))


# What is counted ---------------------------------------------------------------------------------


def test_each_failure_is_counted_by_its_kind() -> None:
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0])[:, np.newaxis]
    expected = references(pred, [Sample({"pred": x}, {})])
    wrong = np.array([np.nan, np.inf, -3.0, 0.0, np.nextafter(5, 6)])
    found = measure(lambda inputs, _: wrong, expected)
    assert found.failures == {"nan": 1, "infinite": 1, "sign": 1, "flushed": 1}
    assert found.examples["sign"] == {"pred": 3.0}
    assert not found.keeps(NONE)
    fine = measure(lambda inputs, _: np.nextafter(inputs["pred"], 9), expected)
    assert fine.worst == 1 and fine.at == {"pred": 1.0}
    assert fine.keeps(Promise(1)) and not fine.keeps(Promise(0.99))


def test_a_warning_is_a_failure() -> None:
    expected = references(pred, [Sample({"pred": np.ones((2, 1))}, {})])
    found = measure(lambda inputs, _: inputs["pred"] + 0 * np.log(inputs["pred"] - 2), expected)
    assert found.failures["warning"] == 1


def test_an_error_of_a_sum_that_cancels_is_seen_in_its_terms() -> None:
    sample = Sample({"pred": np.array([[1.0]]), "target": np.array([[-1 + 2.0**-40]])}, {})
    expected = references(pred + target, [sample])
    found = measure(lambda inputs, _: np.array([2.0**-40 + 2.0**-52]), expected)
    assert found.worst == 2.0**40 and found.of_terms == 1
    assert found.judged == found.worst
    promise = Promise(1, of_terms=True)
    assert (
        measure(lambda i, _: np.array([2.0**-40 + 2.0**-52]), expected, None, promise).judged == 1
    )


def test_what_double_precision_leaves_of_terms_that_cancel_is_no_error_of_a_narrow_result() -> None:
    inputs = {
        "pred": np.ones((1, 1), np.float32),
        "target": np.full((1, 1), -1 + 2**-24, np.float32),
    }
    expected = references(pred + target, [Sample(inputs, {})])
    next_one = np.nextafter(np.float32(2**-24), np.float32(1))  # 32 ulps of float64 at 1 away
    for remaining, judged in [(0, 1), (8, 0.75), (32, 0)]:
        promise = Promise(0.5, remaining=remaining)
        found = measure(lambda i, _: np.array([next_one]), expected, None, promise)
        assert (found.worst, found.judged) == (1, judged)


def test_the_other_side_of_a_jump_is_right_within_rounding_of_it() -> None:
    huber = SPECS["huber"]
    bend = next(q.declared for q in quantities(huber) if q.kind == "hessian")
    inputs = {"pred": np.array([[-1e-30], [-0.1]]), "target": np.array([[1.0], [1.0]])}
    expected = references(bend, [Sample(inputs, {"delta": 1.0})])
    found = measure(lambda i, p: np.array([1.0, 0.0]), expected, None, Promise(0.5))
    assert found.beside == 1 and found.keeps(Promise(0.5))
    far = measure(lambda i, p: np.array([1.0, 1.0]), expected, None, Promise(0.5))
    assert not far.keeps(Promise(0.5))


def test_on_the_other_side_of_a_jump_it_is_the_terms_there_that_count() -> None:
    jumping = Piecewise((pred + target, pred > 1), (0, True))
    sample = Sample({"pred": np.array([[1.0]]), "target": np.array([[-1 + 2.0**-40]])}, {})
    for error, kept in [(2.0**-52, True), (2.0**-51, False)]:
        promise = Promise(1, of_terms=True)
        result = np.array([2.0**-40 + error])
        found = measure(lambda i, _, r=result: r, references(jumping, [sample]), None, promise)
        assert found.keeps(promise) == kept


# Where it is measured ----------------------------------------------------------------------------


@each_format
def test_both_sides_of_a_switching_point_are_among_the_points(dtype: Any) -> None:
    (sample, *_) = samples(SPECS["huber"].loss, dtype, count=50)
    plain = sample.inputs["target"] == 1
    distance = np.abs(sample.inputs["pred"][plain].astype(float) - 1) - 1
    unit = float(np.finfo(dtype).eps)
    assert np.any(distance == 0)
    assert np.any((distance > 0) & (distance <= 2 * unit))
    assert np.any((distance < 0) & (distance >= -2 * unit))


@each_format
@each_loss
def test_points_lie_in_the_domains(name: str, dtype: Any) -> None:
    loss = SPECS[name].loss
    for sample in samples(loss, dtype, count=20):
        for x in loss.inputs:
            numbers = sample.inputs[x.name]
            assert numbers.dtype == dtype and np.all(np.isfinite(numbers))
            low, high = float(loss.domain(x).inf), float(loss.domain(x).sup)
            assert numbers.min() >= low and numbers.max() <= high


def test_points_are_the_same_every_time() -> None:
    first, second = (samples(SPECS["huber"].loss, np.float32, count=20) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.inputs["pred"], b.inputs["pred"])


@each_format
def test_no_point_is_measured_twice(dtype: Any) -> None:
    """Zeros of both signs are, since a formula may take them apart."""
    for sample in samples(SPECS["huber"].loss, dtype, count=20):
        columns = [np.ravel(numbers) for numbers in sample.inputs.values()]
        met = {b"".join(x.tobytes() for x in point) for point in zip(*columns, strict=True)}
        assert len(met) == sample.count
        zeros = sample.inputs["pred"][sample.inputs["pred"] == 0]
        assert set(np.signbit(zeros)) == {True, False}


def test_exact_values_keep_the_shape_of_the_inputs() -> None:
    x = np.arange(6.0).reshape(2, 3)
    assert exact(pred, {"pred": x}, {}).nearest.shape == (2, 3)
    assert exact(Sum(pred), {"pred": x}, {}).nearest.tolist() == [[3.0], [12.0]]
