"""Every emitted loss computes what its specification declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy
from catalogue import REGISTRY
from emitted import (
    SPECS,
    check,
    complete,
    compute,
    derivatives,
    direction,
    each_dtype,
    each_loss,
    each_reduction,
    generic,
    methods,
    point,
    points,
)
from reference import Reference, Slice, branch, formula, mp, reads

import lossproof

METHODS = (
    *("value", "gradient", "value_and_gradient", "value_gradient_hessian"),
    *("hessian", "hvp"),
)


def weights(at: Reference) -> list[Any]:
    drawn = np.random.default_rng(8).uniform(0, 2, at.value_shape)
    return [None, 0.75, np.where(drawn < 0.3, 0, drawn) if np.ndim(drawn) else drawn]


def along_ones(slice_: Slice) -> Slice:
    """The slice with a direction, for formulas that have one."""
    ones = (mp.mpf(1),) * slice_.length
    return replace(slice_, entries={**slice_.entries, "direction": ones})


def test_every_specification_is_emitted() -> None:
    assert not REGISTRY.problems
    assert list(lossproof.losses()) == list(SPECS)


@each_loss
def test_what_it_says_about_itself(name: str) -> None:
    info, loss = lossproof.losses()[name], SPECS[name].loss
    assert info.inputs == tuple(x.name for x in loss.inputs)
    differentiable = [x.name for x in (*loss.gradients, *loss.parameter_gradients)]
    assert info.differentiable == tuple(differentiable)
    assert [p.name for p in info.parameters] == [p.name for p in loss.parameters]
    assert [p.default for p in info.parameters] == [float(p.default) for p in loss.parameters]
    assert (info.kind, info.labels, info.square) == (loss.kind, loss.labels, loss.square)
    assert info.reductions == loss.reductions
    for told, peer in zip(info.same_as, loss.same_as, strict=True):
        assert told.startswith(peer)
    assert info.methods == METHODS
    assert all(callable(getattr(getattr(lossproof, name), method)) for method in METHODS)


@each_dtype
@each_reduction
def test_values_and_derivatives(name: str, reduction: str, dtype: Any) -> None:
    for at in points(name, dtype):
        for weight in weights(at):
            options = {"reduction": reduction, "weight": weight}
            value = compute(name, "value", at, **options)
            check(value, at.value(reduction, weight), dtype)
            for method, wrt in derivatives(name):
                way = [direction(at)] if method == "hvp" else []
                exact = getattr(at, method)(wrt, *way, reduction, weight)
                result = compute(name, method, at, wrt, **options)
                check(result, exact, dtype)
                out = np.full_like(result, 7)
                assert compute(name, method, at, wrt, out=out, **options) is out
                np.testing.assert_array_equal(out, result)
                if method == "gradient":
                    both = compute(name, "value_and_gradient", at, wrt, out=out, **options)
                    np.testing.assert_array_equal(both[0], value)
                    assert both[1] is out
                    np.testing.assert_array_equal(both[1], result)


@each_loss
def test_the_points_lie_in_every_branch(name: str) -> None:
    def choices(expression: sympy.Expr) -> Iterator[int]:
        for at in points(name, np.float64):
            for slice_ in at.slices:
                yield from (branch(expression, slice_, i) for i in range(slice_.length))

    for expression in SPECS[name].loss.value.atoms(sympy.Piecewise, sympy.Max, sympy.Min):
        assert set(choices(expression)) == set(range(len(expression.args))), expression


@each_loss
def test_single_precision_is_rounded_once(name: str) -> None:
    for at in points(name, np.float32):
        wide = {key: array.astype(np.float64) for key, array in at.inputs.items()}
        for method, wrt in methods(name):
            way = {"direction": np.float64(direction(at))} if method == "hvp" else {}
            expected = compute(name, method, at, wrt, **wide, **way)
            np.testing.assert_array_equal(
                compute(name, method, at, wrt), np.float32(expected), strict=True
            )


@each_loss
def test_integers_become_doubles(name: str) -> None:
    at = point(name)
    ones = {key: np.ones(array.shape) for key, array in at.inputs.items()}
    for dtype in [np.int64, np.uint8, np.bool_]:
        whole: dict[str, Any] = {key: array.astype(dtype) for key, array in ones.items()}
        for method, wrt in methods(name):
            expected = compute(name, method, at, wrt, **ones)
            result = compute(name, method, at, wrt, **whole)
            np.testing.assert_array_equal(result, expected, strict=True)


LAYOUTS: dict[str, Any] = {
    "columns": np.asfortranarray,
    "strided": lambda x: np.repeat(x, 2, axis=-1)[:, ::2],
    "reversed": lambda x: np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1],
    "read-only": lambda x: np.frombuffer(x.tobytes()).reshape(x.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@each_loss
def test_memory_layout_does_not_matter(name: str, layout: str) -> None:
    at = point(name)
    views = {key: LAYOUTS[layout](array) for key, array in at.inputs.items()}
    for method, wrt in methods(name):
        expected = compute(name, method, at, wrt)
        np.testing.assert_array_equal(compute(name, method, at, wrt, **views), expected)
        if method != "value":
            out = np.zeros((6, 6))[: expected.shape[0], ::2]
            compute(name, method, at, wrt, **views, out=out)
            np.testing.assert_array_equal(out, expected)


@each_reduction
def test_over_nothing_a_loss_is_zero(name: str, reduction: str) -> None:
    info = lossproof.losses()[name]
    square = [(0, 0), (0, 2, 2), (2, 0, 0)]
    for shape in square if info.square else [(0,), (2, 0), (0, 3), *square]:
        at = Reference(SPECS[name], dict.fromkeys(info.inputs, np.zeros(shape)), {})
        for method, wrt in methods(name):
            result = np.asarray(compute(name, method, at, wrt, reduction=reduction))
            kept = at.value_shape if reduction == "none" else ()
            assert result.shape == (kept if method == "value" else shape) and not result.any()


@pytest.mark.parametrize("name", [n for n, s in SPECS.items() if s.loss.kind == "elementwise"])
def test_nan_stays_in_its_place(name: str) -> None:
    loss = complete(name)
    declared: dict[str, Any] = {
        "value": {"": loss.value},
        "gradient": loss.gradients,
        "hessian": loss.hessians,
        "hvp": loss.hvps,
    }
    formulas = {(kind, str(wrt)): f for kind, fs in declared.items() for wrt, f in fs.items()}
    at = generic(SPECS[name], (40,))
    for method, wrt in methods(name):
        expression = formulas[method, wrt]
        for spoiled in at.inputs:
            for i in range(0, 40, 3):
                array = at.inputs[spoiled].copy()
                array[i] = np.nan
                result = compute(name, method, at, wrt, **{spoiled: array}, reduction="none")
                read = reads(expression, along_ones(at.slices[i]))
                expected = {i} if spoiled in read else set()
                assert set(np.flatnonzero(np.isnan(result))) == expected, (method, spoiled)


@pytest.mark.parametrize("name", [n for n, s in SPECS.items() if s.loss.labels])
def test_labels_are_one_hot_distributions(name: str) -> None:
    at = point(name)
    labels = np.array([2, 0, 1, 2])
    one_hot = np.eye(3)[labels]
    for method, wrt in methods(name):
        if wrt == "target":  # integers have no neighbours to differentiate towards
            with pytest.raises(ValueError, match="pass distributions"):
                compute(name, method, at, wrt, target=labels)
            continue
        np.testing.assert_array_equal(
            compute(name, method, at, wrt, target=labels),
            compute(name, method, at, wrt, target=one_hot),
        )


# Choices at kinks ------------------------------------------------------------------------------

KINKS: dict[str, list[dict[str, Any]]] = {
    "binary_cross_entropy": [
        {"pred": [0.25], "target": [0.5], "eps": 0.25},
        {"pred": [0.75], "target": [0.5], "eps": 0.25},
    ],
    "cosine_similarity": [{"pred": [3.0, 4.0], "target": [5.0, 12.0], "eps": 5.0}],
    "cross_entropy": [{"pred": [0.25, 0.75], "target": [0.5, 2.0], "eps": 0.25}],
    "hinge": [{"pred": [0.5], "target": [2.0]}],
    "huber": [{"pred": [3.0], "target": [t], "delta": 2.0} for t in (1.0, 5.0)],
    "mae": [{"pred": [2.0], "target": [2.0]}],
    "quantile": [{"pred": [2.0], "target": [2.0], "q": 0.25}],
    "smooth_l1": [{"pred": [3.0], "target": [t], "delta": 2.0} for t in (1.0, 5.0)],
    "squared_hinge": [{"pred": [0.5], "target": [2.0]}],
    "triplet_margin": [
        {"anchor": [0.0], "positive": [-0.5], "negative": [-1.5], "margin": 1.0, "eps": 0.5}
    ],
}


@each_loss
def test_derivatives_at_kinks_are_those_chosen(name: str) -> None:
    spec = SPECS[name]
    assert (name in KINKS) == bool(spec.loss.kinks)
    for numbers in KINKS.get(name, []):
        inputs = {x.name: np.array(numbers[x.name]) for x in spec.loss.inputs}
        at = Reference(spec, inputs, {p.name: numbers[p.name] for p in spec.loss.parameters})
        places = [(along_ones(slice_), i) for slice_ in at.slices for i in range(slice_.length)]
        for kink in spec.loss.kinks:
            assert all(formula(kink.at)(*place) == 0 for place in places)
            for method, wrt in derivatives(name):
                chosen = getattr(kink, method, None)
                declared = {str(x): f for x, f in getattr(complete(name), f"{method}s").items()}
                stated = formula(declared[wrt] if chosen is None else sympy.sympify(chosen))
                exact = np.array([stated(*place) for place in places], object)
                way = {"direction": np.ones(len(places))} if method == "hvp" else {}
                result = compute(name, method, at, wrt, reduction="sum", **way)
                check(result, exact, np.float64)
