"""Every emitted loss says what is wrong with an argument, and touches nothing before it does."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emitted import SPECS, arguments, compute, each_loss, function, methods, point
from reference import Reference

import lossproof

Fault = tuple[type[Exception], str, dict[str, Any]]
Arguments = dict[str, Any]


# Each of these yields an error, the argument that its message must name, and what provokes it.


def bad_tensors(name: str, at: Reference, good: Arguments) -> Iterator[Fault]:
    tensors = [key for key in (*at.inputs, "direction") if key in good]
    for key in tensors:
        yield TypeError, key, {key: good[key] * 1j}
        yield TypeError, key, {key: good[key].astype(str)}
        yield TypeError, key, {key: None}
        yield TypeError, key, {key: np.ma.masked_array(good[key])}
        yield ValueError, key, {key: [[1.0, 2.0], [3.0]]}
        if len(tensors) > 1:
            yield ValueError, key, {key: np.ones((4, 5))}
            yield ValueError, key, {key: np.ones((1, 1, *good[key].shape))}
    if SPECS[name].loss.kind == "slices":
        yield ValueError, tensors[0], dict.fromkeys(tensors, 1.0)
    if SPECS[name].loss.square:
        for shape in [(3,), (3, 4), (3, 3, 4)]:
            yield ValueError, tensors[0], dict.fromkeys(tensors, np.ones(shape))


def bad_parameters(name: str, _at: Reference, _good: Arguments) -> Iterator[Fault]:
    for parameter in lossproof.losses()[name].parameters:
        for number in [math.nan, math.inf, -math.inf]:
            yield ValueError, parameter.name, {parameter.name: number}
        for end, beyond in [(parameter.lower, -1), (parameter.upper, 1)]:
            if math.isfinite(end):
                yield ValueError, parameter.name, {parameter.name: end + beyond}
        if parameter.lower_open and math.isfinite(parameter.lower):
            yield ValueError, parameter.name, {parameter.name: parameter.lower}
        if parameter.upper_open and math.isfinite(parameter.upper):
            yield ValueError, parameter.name, {parameter.name: parameter.upper}
        for value in ["1", None, True, 1j, np.ones(2)]:
            yield TypeError, parameter.name, {parameter.name: value}


def bad_options(name: str, at: Reference, good: Arguments) -> Iterator[Fault]:
    for weight in [-1.0, math.nan, math.inf, np.full(at.value_shape, -0.1), np.ones(7)]:
        yield ValueError, "weight", {"weight": weight}
    yield TypeError, "weight", {"weight": 1j}
    yield TypeError, "weight", {"weight": "heavy"}
    for reduction in ["median", "", None, 1, ["mean"]]:
        yield ValueError, "reduction", {"reduction": reduction}
    if SPECS[name].loss.labels:
        for share in [-0.1, 1.5, math.nan]:
            yield ValueError, "label_smoothing", {"label_smoothing": share}
        for share in ["1", None, True, np.ones(2)]:
            yield TypeError, "label_smoothing", {"label_smoothing": share}
        for index in [None, 1.0, True, "0"]:
            yield TypeError, "ignore_index", {"ignore_index": index}
        yield ValueError, "ignore_index", {"ignore_index": 0}  # where there are no labels
    if "axis" in good:
        yield ValueError, "axis", {"axis": 2}
        yield ValueError, "axis", {"axis": -3}
        for axis in [None, 1.0, True, (0, 1)]:
            yield TypeError, "axis", {"axis": axis}
    if "wrt" in good:
        yield ValueError, "wrt", {"wrt": "nobody"}
        yield ValueError, "wrt", {"wrt": None}


def bad_labels(name: str, _at: Reference, good: Arguments) -> Iterator[Fault]:
    if SPECS[name].loss.labels:
        count, classes = good["pred"].shape
        for label in [-1, classes, 10**6]:
            wrong = np.array([0] * (count - 1) + [label])
            yield ValueError, rf"got {label} at index \({count - 1},\)", {"target": wrong}
            ignoring = {"target": np.array([7, -8, label, 7]), "ignore_index": 7}
            yield ValueError, r"got -8 at index \(1,\)", ignoring
        yield ValueError, "target", {"target": np.zeros(count + 1, int)}
        yield TypeError, "target", {"target": np.zeros(count)}
        yield TypeError, "target", {"target": np.zeros(count, bool)}


def bad_results(_name: str, at: Reference, good: Arguments) -> Iterator[Fault]:
    shape = next(iter(at.inputs.values())).shape
    for out in [np.zeros((*shape, 1)), np.zeros(shape[:1]), np.zeros(())]:
        yield ValueError, "out", {"out": out}
    for dtype in [np.float32, np.int64, np.complex128]:
        yield TypeError, "out", {"out": np.zeros(shape, dtype)}
    yield TypeError, "out", {"out": np.zeros(shape).tolist()}
    yield TypeError, "out", {"out": np.ma.masked_array(np.zeros(shape))}
    yield ValueError, "out", {"out": np.broadcast_to(1.0, shape)}
    for key in (*at.inputs, "direction"):
        if key in good:
            yield ValueError, "out", {"out": good[key]}
            yield ValueError, "out", {"out": good[key][::-1]}
    wide = np.ones((shape[0] + 1, *shape[1:]))
    yield ValueError, "out", {next(iter(at.inputs)): wide[1:], "out": wide[:-1]}
    if at.value_shape == shape:
        weight = np.ones(shape)
        yield ValueError, "out", {"weight": weight, "out": weight}


FAULTS = [bad_tensors, bad_parameters, bad_options, bad_labels, bad_results]


def calls(name: str, at: Reference) -> Iterator[tuple[Any, Arguments]]:
    for method, wrt in methods(name):
        yield function(name, method), arguments(name, method, at, wrt)
        if method == "gradient":
            fused = function(name, "value_and_gradient")
            yield fused, arguments(name, "value_and_gradient", at, wrt)


def refuse(call: Any, given: Arguments, error: type[Exception], named: str) -> None:
    """Exactly one error, whose message names the argument."""
    with pytest.raises(error, match=rf"(\b|^){named}(\b|$)") as caught:
        call(**given)
    assert caught.type is error
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.parametrize("faults", FAULTS, ids=lambda faults: faults.__name__)
@each_loss
def test_bad_arguments_are_named_and_nothing_is_written(name: str, faults: Any) -> None:
    at = point(name)
    for call, good in calls(name, at):
        gives_array = inspect.ismethod(call)
        if faults is bad_results and not gives_array:
            continue
        room = {"out": np.full(next(iter(at.inputs.values())).shape, 7.0)} if gives_array else {}
        before = {key: np.copy(array) for key, array in at.inputs.items()}
        for error, named, changes in faults(name, at, good):
            refuse(call, good | room | changes, error, named)
            assert not room or (room["out"] == 7.0).all()
            for key, array in at.inputs.items():
                np.testing.assert_array_equal(array, before[key])


@each_loss
def test_only_whole_inputs_are_differentiated(name: str) -> None:
    at = point(name)
    if len(at.inputs) == 1:
        return
    for call, good in calls(name, at):
        if inspect.ismethod(call):
            wrt = good.get("wrt", lossproof.losses()[name].differentiable[0])
            refuse(call, good | {wrt: 0.5}, ValueError, wrt)


# Configurations --------------------------------------------------------------------------------


def sources(name: str, options: Arguments, folder: Path) -> Iterator[Any]:
    config = {"name": name, **options}
    yield config
    yield json.dumps(config)
    toml = "".join(f"{key} = {json.dumps(value)}\n" for key, value in config.items())
    yield toml
    for text, ending in [(json.dumps(config), "json"), (toml, "toml")]:
        path = folder / f"{name}.{ending}"
        path.write_text(text, encoding="utf-8")
        yield path


@each_loss
def test_a_loss_from_its_name_is_the_loss_with_its_defaults(name: str) -> None:
    at = point(name)
    loss = lossproof.get(name)
    assert loss.info is lossproof.losses()[name]
    assert loss(*at.inputs.values()) == getattr(lossproof, name)(*at.inputs.values())


@each_loss
def test_a_loss_from_any_form_of_configuration(name: str, tmp_path: Path) -> None:
    at = point(name)
    axis = {"axis": -1} if SPECS[name].loss.kind == "slices" else {}
    labels = {"ignore_index": -100, "label_smoothing": 0.25} if SPECS[name].loss.labels else {}
    options = {**at.parameters, "reduction": "sum", **axis, **labels}
    expected = lossproof.get(name, **options)
    assert lossproof.get(expected.config()) == expected
    for source in sources(name, options, tmp_path):
        loss = lossproof.get(source)
        assert loss == expected and loss.config() == {"name": name, **options}
        inputs = list(at.inputs.values())
        assert loss(*inputs) == compute(name, "value", at, reduction="sum", **labels)
        first = loss.info.differentiable[0]
        gradient = compute(name, "gradient", at, first, reduction="sum", **labels)
        np.testing.assert_array_equal(loss.gradient(*inputs), gradient)


@each_loss
def test_bad_configurations_are_refused(name: str) -> None:
    def get(config: Arguments) -> Any:
        return lossproof.get(config)

    faults: list[Fault] = [
        (ValueError, f"{name}s", {"name": f"{name}s"}),
        (ValueError, "colour", {"colour": 1}),
        (ValueError, "reduction", {"reduction": "median"}),
        *bad_parameters(name, point(name), {}),
    ]
    for error, named, changes in faults:
        refuse(get, {"config": {"name": name, **changes}}, error, named)
