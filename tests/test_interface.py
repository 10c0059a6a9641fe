"""Laws of the interface that hold for every emitted loss: weights, reductions, axes, results."""

from __future__ import annotations

import copy
import doctest
import importlib
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emitted import (
    SPECS,
    TOLERANCE,
    arguments,
    check,
    compute,
    derivatives,
    direction,
    each_loss,
    function,
    generic,
    methods,
    point,
)
from reference import Reference, mp

import lossproof

GENERATED = Path(lossproof.__file__).parent.parent
LABELLED = [name for name, spec in SPECS.items() if spec.loss.labels]
each_labelled = pytest.mark.parametrize("name", LABELLED)
FUSED = {"value_and_gradient": ["gradient"], "value_gradient_hessian": ["gradient", "hessian"]}


def close(found: Any, expected: Any) -> None:
    """Equal but for the rounding of a sum in another order."""
    scale = max(1.0, np.max(np.abs(expected), initial=0))
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE * scale)


def fused(name: str) -> Iterator[tuple[str, str, list[str]]]:
    """Each method with several results, what it differentiates in, and which derivatives it has."""
    parameters = SPECS[name].loss.parameter_gradients
    offered = {*derivatives(name), *(("gradient", p.name) for p in parameters)}
    for method, parts in FUSED.items():
        for wrt in lossproof.losses()[name].differentiable:
            if all((part, wrt) in offered for part in parts):
                yield method, wrt, parts


def weights(at: Reference) -> Any:
    """Weights of values, some of them zero."""
    drawn = np.random.default_rng(3).uniform(0.5, 2, at.value_shape)
    return np.where(np.arange(drawn.size).reshape(drawn.shape) % 3 == 1, 0.0, drawn)


# Several results of one call ---------------------------------------------------------------------


@each_loss
def test_every_derivative_is_offered_of_every_loss(name: str) -> None:
    info = lossproof.losses()[name]
    for method in info.methods:
        compute(name, method, point(name), info.differentiable[0])
    assert {"gradient", "hessian", "hvp", *FUSED} < set(info.methods)


@each_loss
def test_several_results_are_those_of_the_separate_calls(name: str) -> None:
    at = point(name)
    for reduction in lossproof.losses()[name].reductions:
        options = {"reduction": reduction, "weight": weights(at)}
        value = compute(name, "value", at, **options)
        for method, wrt, parts in fused(name):
            results = compute(name, method, at, wrt, **options)
            expected = [value, *(compute(name, part, at, wrt, **options) for part in parts)]
            assert isinstance(results, tuple) and len(results) == len(expected)
            for result, alone in zip(results, expected, strict=True):
                np.testing.assert_array_equal(result, alone, strict=True)


@each_loss
def test_calling_a_loss_is_asking_for_its_value(name: str) -> None:
    at = point(name)
    loss = getattr(lossproof, name)
    given = arguments(name, "value", at)
    assert loss(**given) == loss.value(**given)


# Reductions and weights --------------------------------------------------------------------------


@each_loss
def test_a_reduction_divides_by_what_it_says(name: str) -> None:
    at = point(name)
    weight = weights(at)
    values = compute(name, "value", at, reduction="none")
    length = at.slices[0].length
    divisors = {"sum": 1, "mean": weight.sum(), "elementwise_mean": weight.sum() * length}
    for reduction in lossproof.losses()[name].reductions:
        if reduction != "none":
            reduced = compute(name, "value", at, reduction=reduction, weight=weight)
            close(reduced, (values * weight).sum() / divisors[reduction])
    np.testing.assert_array_equal(
        compute(name, "value", at, reduction="none", weight=weight), values * weight
    )


@each_loss
def test_weights_scale_what_they_weigh(name: str) -> None:
    at = point(name)
    weight = weights(at)
    for method, wrt in methods(name):
        for reduction in lossproof.losses()[name].reductions:
            once = compute(name, method, at, wrt, reduction=reduction, weight=weight)
            twice = compute(name, method, at, wrt, reduction=reduction, weight=2 * weight)
            scale = 1 if "mean" in reduction else 2
            np.testing.assert_array_equal(twice, scale * once)


@each_loss
def test_what_has_no_weight_is_absent(name: str) -> None:
    at = point(name)
    weight = weights(at)
    for wrong in (np.nan, np.inf):
        spoiled = {key: array.copy() for key, array in at.inputs.items()}
        for array in spoiled.values():
            array[weight == 0] = wrong
        for method, wrt in methods(name):
            for reduction in lossproof.losses()[name].reductions:
                options = {"reduction": reduction, "weight": weight}
                expected = compute(name, method, at, wrt, **options)
                result = compute(name, method, at, wrt, **options, **spoiled)
                np.testing.assert_array_equal(result, expected)


@each_loss
def test_what_has_no_weight_may_be_left_out(name: str) -> None:
    if SPECS[name].loss.square:
        return  # a row is a column, too
    at = point(name)
    weight = weights(at)
    kept = weight != 0 if SPECS[name].loss.kind == "slices" else (weight != 0).all(axis=-1)
    weight[~kept] = 0
    rows = {key: array[kept] for key, array in at.inputs.items()}
    for method, wrt in methods(name):
        way = {"direction": direction(at)} if method == "hvp" else {}
        left = {key: array[kept] for key, array in way.items()}
        whole = compute(name, method, at, wrt, weight=weight, **way)
        part = compute(name, method, at, wrt, weight=weight[kept], **rows, **left)
        close(whole if method == "value" else whole[kept], part)


@each_loss
def test_the_order_of_slices_does_not_matter(name: str) -> None:
    at = point(name)
    order = np.array([2, 0, 1] if SPECS[name].loss.square else [2, 0, 3, 1])

    def permuted(array: Any) -> Any:
        both = SPECS[name].loss.square and array.ndim == 2
        return array[np.ix_(order, order)] if both else array[order]

    inputs = {key: permuted(array) for key, array in at.inputs.items()}
    weight = weights(at)
    for method, wrt in methods(name):
        way = {"direction": permuted(direction(at))} if method == "hvp" else {}
        expected = compute(name, method, at, wrt, weight=weight)
        result = compute(name, method, at, wrt, weight=weight[order], **inputs, **way)
        close(result, expected if method == "value" else permuted(expected))


@pytest.mark.parametrize("name", [n for n, s in SPECS.items() if s.loss.kind == "slices"])
def test_an_axis_may_be_anywhere(name: str) -> None:
    at = generic(SPECS[name], (2, 3, 3))
    for axis in range(3):
        if SPECS[name].loss.square and axis == 0:
            continue
        moved = {key: np.moveaxis(array, -1, axis) for key, array in at.inputs.items()}
        for method, wrt in methods(name):
            way = {"direction": direction(at)} if method == "hvp" else {}
            there = {key: np.moveaxis(array, -1, axis) for key, array in way.items()}
            expected = compute(name, method, at, wrt, **way)
            result = compute(name, method, at, wrt, axis=axis, **moved, **there)
            here = expected if method == "value" else np.moveaxis(expected, -1, axis)
            close(result, here)


# Second derivatives, and derivatives in parameters -----------------------------------------------


@each_loss
def test_the_diagonal_is_the_product_with_unit_vectors(name: str) -> None:
    at = point(name)
    shape = direction(at).shape
    for method, wrt in derivatives(name):
        if method == "hessian":
            diagonal = compute(name, "hessian", at, wrt)
            for index in np.ndindex(shape):
                unit = np.zeros(shape)
                unit[index] = 1
                close(compute(name, "hvp", at, wrt, direction=unit)[index], diagonal[index])


@each_loss
def test_derivatives_in_parameters_are_difference_quotients(name: str) -> None:
    at = point(name)
    step = mp.mpf(10) ** -20
    for parameter in SPECS[name].loss.parameter_gradients:
        for reduction in lossproof.losses()[name].reductions:
            ahead, behind = (
                Reference(
                    SPECS[name],
                    at.inputs,
                    at.parameters | {parameter.name: at.parameters[parameter.name] + sign * step},
                    at.axis,
                ).value(reduction, weights(at))
                for sign in (1, -1)
            )
            exact = np.asarray(np.sum(ahead - behind) / (2 * step), object)
            options = {"reduction": reduction, "weight": weights(at)}
            result = compute(name, "gradient", at, parameter.name, **options)
            assert isinstance(result, np.ndarray)
            check(result, exact, np.float64)


# Labels ------------------------------------------------------------------------------------------

CLASSES = np.array([2, 0, 1, 2])


@each_labelled
def test_smoothing_mixes_in_the_uniform_distribution(name: str) -> None:
    at = point(name)
    share = 0.25
    for target in (np.eye(3)[CLASSES], at.inputs["target"]):
        mixed = (1 - share) * target + share / 3
        for method, wrt in methods(name):
            smooth = compute(name, method, at, wrt, target=target, label_smoothing=share)
            chain = (1 - share) ** (1 if method == "gradient" else 2) if wrt == "target" else 1
            close(smooth, chain * compute(name, method, at, wrt, target=mixed))
            if wrt != "target":
                labels = {"target": CLASSES, "label_smoothing": share}
                hot = {"target": np.eye(3)[CLASSES], "label_smoothing": share}
                np.testing.assert_array_equal(
                    compute(name, method, at, wrt, **labels), compute(name, method, at, wrt, **hot)
                )


@each_labelled
@pytest.mark.parametrize("index", [-100, -1, 0, 7])
def test_an_ignored_label_removes_its_slice(name: str, index: int) -> None:
    at = point(name)
    labels = np.array([2, index, 1, index])
    kept = labels != index
    spoiled = at.inputs["pred"].copy()
    spoiled[~kept] = np.nan
    for method, wrt in methods(name):
        if wrt == "target":
            continue
        way = {"direction": direction(at)} if method == "hvp" else {}
        left = {key: array[kept] for key, array in way.items()}
        for reduction in lossproof.losses()[name].reductions:
            options = {"reduction": reduction, "label_smoothing": 0.125}
            given = {"pred": spoiled, "target": labels, "ignore_index": index, **way}
            whole = compute(name, method, at, wrt, **given, **options)
            rows = {"pred": at.inputs["pred"][kept], "target": labels[kept], **left}
            part = compute(name, method, at, wrt, **rows, **options)
            if np.ndim(whole):
                assert not whole[~kept].any()
                whole = whole[kept]
            close(whole, part)


@each_labelled
def test_a_mean_over_ignored_labels_alone_is_zero(name: str) -> None:
    at = point(name)
    ignored = np.full(4, -100)
    value, gradient = compute(name, "value_and_gradient", at, "pred", target=ignored)
    assert value == 0 and not gradient.any()


# Room for results --------------------------------------------------------------------------------


@each_loss
def test_every_result_has_room(name: str) -> None:
    at = point(name)
    for method, wrt in methods(name):
        for reduction in lossproof.losses()[name].reductions:
            expected = np.asarray(compute(name, method, at, wrt, reduction=reduction))
            out = np.full_like(expected, 7)
            assert compute(name, method, at, wrt, reduction=reduction, out=out) is out
            np.testing.assert_array_equal(out, expected)
            for method_, wrt_, _ in fused(name):
                results = compute(name, method_, at, wrt_, reduction=reduction)
                room = tuple(np.full_like(result, 7) for result in results)
                filled = compute(name, method_, at, wrt_, reduction=reduction, out=room)
                for result, place, given in zip(results, room, filled, strict=True):
                    assert place is given
                    np.testing.assert_array_equal(place, result)


@each_loss
def test_room_for_some_results_is_enough(name: str) -> None:
    at = point(name)
    for method, wrt, parts in fused(name):
        results = compute(name, method, at, wrt)
        out = np.empty_like(results[-1])
        filled = compute(name, method, at, wrt, out=(*(None,) * len(parts), out))
        assert filled[-1] is out
        for result, given in zip(results, filled, strict=True):
            np.testing.assert_array_equal(given, result)
        if parts == ["gradient"]:
            assert compute(name, method, at, wrt, out=out)[1] is out


@each_loss
def test_room_that_does_not_fit_is_refused(name: str) -> None:
    at = point(name)
    for method, wrt, parts in fused(name):
        results = compute(name, method, at, wrt)
        rooms = [np.full_like(result, 7) for result in results]
        faults: list[tuple[type[Exception], str, Any]] = [
            (TypeError, r"out must be a tuple of", tuple(rooms[:-1])),
            (TypeError, r"out must be a tuple of", rooms),
            (TypeError, r"out\[1\] must be a NumPy array", (None, [1.0], *rooms[2:])),
            (TypeError, r"out\[0\] must have dtype", (np.zeros((), np.float32), *rooms[1:])),
            (ValueError, r"out\[0\] must have shape \(\)", (np.zeros(5), *rooms[1:])),
            (ValueError, r"out\[1\] must have shape", (None, np.zeros(77), *rooms[2:])),
        ]
        if len(parts) == 2:
            faults.append((ValueError, r"out\[1\] overlaps out\[2\]", (None, rooms[1], rooms[1])))
        for error, message, out in faults:
            with pytest.raises(error, match=message):
                compute(name, method, at, wrt, out=out)
        assert all((room == 7).all() for room in rooms)
    with pytest.raises(ValueError, match=r"out must have shape \(\)"):
        compute(name, "value", at, out=np.zeros(3))
    kept = np.zeros(at.value_shape)
    with pytest.raises(ValueError, match="out overlaps weight"):
        compute(name, "value", at, reduction="none", weight=kept, out=kept)


# What counts as an array -------------------------------------------------------------------------


class Column:
    """What a data frame gives: something that knows how to become an array."""

    def __init__(self, data: np.ndarray) -> None:
        self._data = data

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array(self._data, dtype)


class Tagged(np.ndarray):
    """A subclass; its results are plain arrays."""


@each_loss
def test_whatever_becomes_an_array_will_do(name: str, tmp_path: Path) -> None:
    at = point(name)

    def mapped(key: str) -> np.memmap:
        array = at.inputs[key]
        (tmp_path / key).write_bytes(array.tobytes())
        return np.memmap(tmp_path / key, array.dtype, mode="r", shape=array.shape)

    kinds: list[Any] = [np.ndarray.tolist, Column, lambda array: array.view(Tagged)]
    kinds += [lambda array: [*map(np.float64, array.flat)] if array.ndim == 1 else list(array)]
    on_disk = {key: mapped(key) for key in at.inputs}
    for method, wrt in methods(name):
        expected = compute(name, method, at, wrt)
        np.testing.assert_array_equal(compute(name, method, at, wrt, **on_disk), expected)
        for kind in kinds:
            given = {key: kind(array) for key, array in at.inputs.items()}
            result = compute(name, method, at, wrt, **given)
            np.testing.assert_array_equal(result, expected)
            assert type(result) is type(expected)


@each_loss
def test_what_is_no_array_of_real_numbers_is_refused(name: str) -> None:
    at = point(name)
    (first, *_) = at.inputs
    array = at.inputs[first]
    for wrong in (array * 1j, array.astype(object), array.astype(str), None, "text", {1: 2}):
        with pytest.raises(TypeError, match=f"{first} must hold real numbers"):
            compute(name, "value", at, **{first: wrong})
    with pytest.raises(TypeError, match=f"{first} is a masked array: pass its data, and weight 0"):
        compute(name, "value", at, **{first: np.ma.masked_array(array)})


@each_loss
@pytest.mark.parametrize("dtype", [np.float16, np.longdouble])
def test_other_precisions_are_kept(name: str, dtype: Any) -> None:
    at = point(name)
    narrow = {key: array.astype(dtype) for key, array in at.inputs.items()}
    wide = {key: array.astype(np.float64) for key, array in narrow.items()}
    for method, wrt in methods(name):
        way = {"direction": direction(at).astype(dtype)} if method == "hvp" else {}
        double = {key: array.astype(np.float64) for key, array in way.items()}
        result = compute(name, method, at, wrt, **narrow, **way)
        assert result.dtype == dtype
        expected = compute(name, method, at, wrt, **wide, **double)
        limit = 2.0**-10 if dtype is np.float16 else TOLERANCE
        np.testing.assert_allclose(result, np.asarray(expected, dtype), rtol=limit, atol=limit)


# Objects and documentation -----------------------------------------------------------------------


@each_loss
def test_losses_survive_copies_and_pickles(name: str) -> None:
    loss, configured = getattr(lossproof, name), lossproof.get(name, reduction="sum")
    for same in (copy.copy(loss), copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):
        assert same is loss
    for other in (copy.copy(configured), pickle.loads(pickle.dumps(configured))):
        assert other == configured and repr(other) == repr(configured)
    assert name in repr(loss) and all(p.name in repr(loss) for p in loss.info.parameters)


@each_loss
def test_a_configured_loss_has_all_options_and_methods(name: str) -> None:
    at = point(name)
    info = lossproof.losses()[name]
    options: dict[str, Any] = {"reduction": "sum", **at.parameters}
    options |= {"ignore_index": -100, "label_smoothing": 0.5} if info.labels else {}
    configured = lossproof.get(name, **options)
    assert set(info.methods) <= set(dir(configured))
    for method in info.methods:
        given = arguments(name, method, at, info.differentiable[0])
        plain = {key: x for key, x in given.items() if key not in options}
        expected = compute(name, method, at, info.differentiable[0], **options)
        result = getattr(configured, method)(**plain)
        both = (result, expected) if isinstance(result, tuple) else ((result,), (expected,))
        for one, other in zip(*both, strict=True):
            np.testing.assert_array_equal(one, other)


@each_loss
def test_the_examples_are_true(name: str) -> None:
    module = importlib.import_module(f"lossproof.{name}")
    info = lossproof.losses()[name]
    found = doctest.DocTestFinder().find(module, name, globs=vars(module).copy())
    shown = {test.name.rsplit(".", 1)[1] for test in found if test.examples and "." in test.name}
    assert set(info.methods) <= shown
    runner = doctest.DocTestRunner()
    for test in found:
        runner.run(test)
    assert runner.failures == 0


@each_loss
def test_every_argument_is_documented(name: str) -> None:
    info = lossproof.losses()[name]
    for method in info.methods:
        offered = function(name, method) if method != "value" else getattr(lossproof, name).value
        doc = offered.__doc__
        for argument in arguments(name, method, point(name), "pred"):
            assert argument in doc.split("Returns")[0], (method, argument)
        assert "Parameters\n" in doc and "Returns\n" in doc and "Examples\n" in doc
    text = type(getattr(lossproof, name)).__doc__
    assert all(part in text for part in ("Value\n", "Gradient", "Proved", "References"))


SCRIPT = """
import numpy as np
import lossproof
from lossproof import cross_entropy_logits, huber

pred, target = np.zeros(3, np.float32), [1.0, 2.0, 3.0]
value = huber(pred, target, delta=2.0)
number: float = float(value)
gradient = huber.gradient(pred, target, reduction="sum", out=np.zeros(3))
total, slope = huber.value_and_gradient(pred, target, out=(None, gradient))
_, slope, bend = huber.value_gradient_hessian(pred, target)
shape: tuple[int, ...] = (slope + bend).shape
labelled = cross_entropy_logits([[0.0, 1.0]], [1], label_smoothing=0.1, ignore_index=-1)
loss = lossproof.get("huber", delta=1.5)
names: tuple[str, ...] = lossproof.losses()["huber"].methods
huber(pred, target, reduction="median")  # arg-type
huber.gradient(pred, target, wrt="delta")  # call-arg
cross_entropy_logits([[0.0]], [0], wrong=1)  # call-arg
"""


CONFIGURATION = """
[mypy]
strict = true
mypy_path = {}
[mypy-lossproof.*]  # as for any installed package
follow_imports = silent
"""


def test_code_that_uses_the_package_is_checked(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    assert (GENERATED / "lossproof" / "py.typed").is_file()
    (tmp_path / "mypy.ini").write_text(CONFIGURATION.format(GENERATED), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", f"--cache-dir={tmp_path}", "script.py"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    found = re.findall(r"^script\.py:(\d+): error: .*\[(.*)\]$", done.stdout, re.MULTILINE)
    lines = enumerate(SCRIPT.splitlines(), start=1)
    expected = [(str(n), line.split("# ")[1]) for n, line in lines if "# " in line]
    assert found == expected, done.stdout + done.stderr
    assert done.stdout.count("error:") == len(expected), done.stdout
