"""What is promised of the emitted code's accuracy, measured; and what is not kept as yet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from emitted import SPECS, each_loss, function

import lossproof
from derive.accuracy.exact import Exact, exact
from derive.accuracy.measure import references
from derive.accuracy.numbers import simple
from derive.accuracy.points import opposite_ends
from derive.accuracy.promises import (
    NARROW,
    NONE,
    REDUCED,
    Promise,
    promise,
    promise_of_labels,
)
from derive.accuracy.quantities import emitted, quantities
from derive.accuracy.reductions import reduced_errors
from derive.accuracy.rows import rows
from derive.accuracy.run import accuracy
from derive.accuracy.ulp import errors
from derive.language import Parameter
from derive.report.accuracy import render, render_json

NARROWS = ("float16", "float32")
ALL = (*NARROWS, "float64")

UNMET: dict[str, tuple[str, ...]] = {
    # A power of e below the least normal number has few digits, and may be divided by little.
    "info_nce.gradient": ("float64",),
}
"""Quantities that do not keep their promise in these dtypes: forms to be mended."""

FEW, MANY, MOST = 20, 300, 1000  # how many points are asked for
ELEMENTWISE = [name for name, spec in SPECS.items() if spec.loss.kind == "elementwise"]


def check(name: str, dtypes: list[Any], count: int) -> None:
    """Each quantity keeps its promise, or is known not to."""
    rows = list(accuracy([SPECS[name]], dtypes=dtypes, count=count, others=False))
    assert len(rows) == len(dtypes) * len(quantities(SPECS[name]))
    for row in rows:
        assert row.ours.points > 0 and row.ours.undecided < row.ours.points / 100
        if row.dtype not in UNMET.get(f"{name}.{row.quantity}", ()):
            assert row.kept, (row.quantity, row.dtype, str(row.promise), row.ours)


@each_loss
def test_promises_are_kept(name: str) -> None:
    check(name, [np.float32, np.float64], FEW)


@pytest.mark.slow
@each_loss
def test_promises_are_kept_at_many_points(name: str) -> None:
    check(name, [np.float16, np.float32, np.float64], MANY)


@pytest.mark.slow
def test_what_is_not_kept_is_no_more_than_that() -> None:
    """An entry of UNMET that keeps its promise at all points of these tests has to go."""
    specs = [SPECS[name] for name in sorted({k.split(".")[0] for k in UNMET})]
    rows = [r for n in (FEW, MANY, MOST) for r in accuracy(specs, count=n, others=False)]
    broken = {f"{r.loss}.{r.quantity} {r.dtype}" for r in rows if not r.kept}
    assert {f"{key} {dtype}" for key, dtypes in UNMET.items() for dtype in dtypes} <= broken


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_what_is_a_number_is_one_for_opposite_ends_too(name: str) -> None:
    """Where a difference of inputs is too large for a number, a result may still be one."""
    loss = SPECS[name].loss
    for quantity in quantities(SPECS[name]):
        if quantity.kind != "hvp":
            for at in references(quantity.declared, opposite_ends(loss, np.float64)):
                result = emitted(quantity, loss)(at.sample.inputs, at.sample.parameters)
                assert np.all(np.isfinite(errors(result, at.exact))), (quantity, at.sample)


def test_something_is_promised_of_every_value_and_gradient() -> None:
    for name, spec in SPECS.items():
        for quantity in quantities(spec):
            if quantity.kind in ("value", "gradient"):
                assert promise(name, quantity.kind, np.float64) != NONE, quantity
            assert promise(name, quantity.kind, np.float32).ulps == NARROW


@pytest.mark.parametrize("name", [name for name, spec in SPECS.items() if spec.loss.labels])
@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_class_labels_lose_nothing_to_sums_and_zeros(name: str, classes: int) -> None:
    loss, rng = SPECS[name].loss, np.random.default_rng(classes)
    inputs = rows(loss, np.float64, rng, classes, 5000 // classes)
    labels = rng.integers(classes, size=len(inputs["target"]))
    truth = {**inputs, "target": np.eye(classes)[labels]}
    parameters = {p.name: float(p.default) for p in loss.parameters}
    found = function(name, "value_and_gradient")(inputs["pred"], labels, reduction="none")
    for result, kind, formula in zip(
        found, ("value", "gradient"), (loss.value, loss.gradients[loss.inputs[0]]), strict=True
    ):
        expected = exact(formula, truth, parameters)
        off = errors(result.reshape(expected.nearest.shape), expected)
        assert np.nanmax(off) <= promise_of_labels(kind).ulps, kind


# What is said of it ------------------------------------------------------------------------------


def test_the_table_says_what_is_kept_and_where_it_is_not() -> None:
    (row, *_) = accuracy([SPECS["mae"]], dtypes=[np.float32], count=10, others=False)
    assert row.kept and "1 of 1 promises kept" in render([row], color=False)
    broken = replace(row, promise=Promise(0.25))
    text = render([broken], color=False)
    assert "0 of 1 promises kept" in text
    assert "mae.value float32: 0.500 ulps where 0.25 are promised, at pred = " in text
    assert json.loads(render_json([broken], [], seconds=1.0))["kept"] == 0


def test_of_the_fast_precision_errors_are_measured_and_nothing_is_promised() -> None:
    rows = list(
        accuracy([SPECS["mse"]], dtypes=[np.float32], count=20, others=False, precision="fast")
    )
    assert {row.promise for row in rows} == {NONE}
    assert NARROW < rows[0].ours.worst < 4
    assert f"{len(rows)} of {len(rows)} without failures" in render(rows, color=False)


def test_a_loss_that_there_is_not_is_named() -> None:
    done = _command("no_such_loss")
    assert done.returncode == 2 and "no loss is named 'no_such_loss'" in done.stderr


# Every float16 -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_float16_is_rounded_once(name: str) -> None:
    """For every first input; that double precision is right is measured at samples, here too."""
    loss = SPECS[name].loss
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    every = every[np.isfinite(every)]
    low, high = float(loss.domain(loss.inputs[0]).inf), float(loss.domain(loss.inputs[0]).sup)
    every = every[(every >= low) & (every <= high)][:, np.newaxis]
    parameters = {p.name: float(p.default) for p in loss.parameters}
    plain = [simple(loss.domain(x)) for x in loss.inputs[1:]]
    for quantity in quantities(SPECS[name]):
        compute = emitted(quantity, loss)
        for i in range(3):
            others = [np.float16(values[i % len(values)]) for values in plain]
            inputs = {loss.inputs[0].name: every}
            inputs |= {
                x.name: np.full_like(every, v) for x, v in zip(loss.inputs[1:], others, strict=True)
            }
            result = compute(inputs, parameters)
            double = compute({n: x.astype(np.float64) for n, x in inputs.items()}, parameters)
            off = errors(result, Exact(double, np.zeros_like(double), np.isnan(double)))
            assert np.nanmax(off, initial=0.0) <= 0.5, quantity
            np.testing.assert_array_equal(np.isnan(result), np.isnan(double))
            few = slice(37 * i, None, 1009)
            truth = exact(quantity.declared, {n: x[few] for n, x in inputs.items()}, parameters)
            off = errors(result[few], truth)
            assert np.nanmax(off, initial=0.0) <= NARROW, quantity


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bce_with_logits", "log_cosh", "pseudo_huber", "cauchy"])
def test_every_float16_is_within_the_promise(name: str) -> None:
    """Against balls, for every first input."""
    loss = SPECS[name].loss
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    every = every[np.isfinite(every)][:, np.newaxis]
    inputs = {"pred": every, "target": np.zeros_like(every)}
    parameters = {p.name: float(p.default) for p in loss.parameters}
    for quantity in quantities(SPECS[name]):
        if quantity.wrt == loss.inputs[0]:
            truth = exact(quantity.declared, inputs, parameters)
            result = emitted(quantity, loss)(inputs, parameters)
            assert np.nanmax(errors(result, truth)) <= NARROW, quantity


# Every kind of processor -------------------------------------------------------------------------


def _dispatch_targets() -> list[str]:
    """What to disable, so that NumPy falls back to each of its slower variants in turn."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    present = [name for name in __cpu_dispatch__ if __cpu_features__.get(name)]
    return [" ".join(present[i:]) for i in range(len(present))]


@pytest.mark.parametrize("disabled", _dispatch_targets())
def test_promises_are_kept_on_older_processors(disabled: str) -> None:
    """The functions that NumPy has in several variants are exp, log and their like."""
    losses = ["bce_with_logits", "poisson_nll", "cross_entropy_logits"]
    rows = _measured_without(disabled, *losses, "--points", "10")
    for row in rows:
        if row["dtype"] not in UNMET.get(f"{row['loss']}.{row['quantity']}", ()):
            assert row["kept"], row


@pytest.mark.slow
@pytest.mark.parametrize("disabled", _dispatch_targets())
def test_all_promises_are_kept_on_older_processors(disabled: str) -> None:
    for row in _measured_without(disabled, "--points", "100"):
        if row["dtype"] not in UNMET.get(f"{row['loss']}.{row['quantity']}", ()):
            assert row["kept"], row


def _measured_without(disabled: str, *arguments: str) -> list[dict[str, Any]]:
    options = ("--ours", "--format", "json", "--dtype", "float64")
    done = _command(*options, *arguments, NPY_DISABLE_CPU_FEATURES=disabled)
    assert done.returncode in (0, 1), done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)["rows"]
    return rows


def _command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    program = "import sys; from derive.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", program, "accuracy", *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=300,
    )


# Reductions --------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [10**6, pytest.param(10**7, marks=pytest.mark.slow)])
@pytest.mark.parametrize("dtype", REDUCED)
def test_a_mean_of_so_many_is_as_near_as_promised(dtype: Any, count: int) -> None:
    off = reduced_errors(SPECS["mae"], dtype, count=count)
    assert set(off) == {"mean", "sum"}
    assert max(off.values()) <= REDUCED[dtype], off


def test_the_interface_that_is_measured_is_the_emitted_one() -> None:
    for name, spec in SPECS.items():
        kinds = {quantity.kind for quantity in quantities(spec)}
        assert kinds - {"value"} <= set(lossproof.losses()[name].methods)
        assert all(isinstance(p, Parameter) for p in spec.loss.parameters)
