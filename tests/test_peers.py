"""Where a specification says ``same_as``, ours and theirs are the same, derivatives included.

That is of PyTorch and scikit-learn, of whose functions we have recorded what they compute.
"""

from __future__ import annotations

import importlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from catalogue import SPECS

import lossproof

RECORDED = json.loads((Path(__file__).parent / "peers" / "recorded.json").read_text("utf-8"))
CASES = RECORDED["cases"]
ENTRIES = [
    (name, peer)
    for name, spec in SPECS.items()
    for peer, same in spec.loss.equivalents.items()
    if any(library in peer for library in ("torch.", "sklearn.", "scipy."))
    and not same.factor.free_symbols
]
LIVE = [(name, peer) for name, peer in ENTRIES if "torch." in peer]

SEED = 5  # other than that of the recorded cases

each_entry = pytest.mark.parametrize(("name", "peer"), ENTRIES)
each_live = pytest.mark.parametrize(("name", "peer"), LIVE)


def close(
    ours: Any, theirs: Any, dtype: Any = np.float64, factor: float = 1.0, error: float = 0.0
) -> None:
    """Agreement relative to the largest number: each side rounds a few dozen times."""
    expected = np.asarray(theirs, np.float64) * factor
    largest = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
    tolerance = (200 * float(np.finfo(dtype).eps) + error) * largest
    assert np.shape(ours) == np.shape(expected)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=tolerance)


def factor_of(name: str, peer: str) -> float:
    """Ours is theirs times this."""
    return 1 / float(SPECS[name].loss.equivalents[peer].factor)


def options(name: str, case: dict[str, Any]) -> dict[str, Any]:
    """What is passed to ours: for slices, the axis; for the rest, what the peer was told."""
    sliced = {"axis": case["axis"]} if SPECS[name].loss.kind == "slices" else {}
    chosen = {"reduction": case["reduction"], "weight": case["weight"]}
    return {**case["parameters"], **chosen, **sliced}


def with_respect_to(name: str, wrt: str, method: str = "gradient") -> dict[str, str]:
    loss = SPECS[name].loss
    choices = {"gradient": loss.gradients, "hessian": loss.hessians, "hvp": loss.hvps}[method]
    return {"wrt": wrt} if len(choices) > 1 else {}


# Recorded --------------------------------------------------------------------------------------


def test_nothing_is_recorded_of_what_nobody_claims() -> None:
    assert {(case["loss"], case["peer"]) for case in CASES} == set(ENTRIES)


@each_entry
def test_ours_is_what_was_recorded(name: str, peer: str) -> None:
    cases = [case for case in CASES if (case["loss"], case["peer"]) == (name, peer)]
    reductions = {"mean", "sum", "none"} if "torch." in peer else {"mean"}
    assert {case["reduction"] for case in cases} == reductions
    loss, factor = getattr(lossproof, name), factor_of(name, peer)
    for case in cases:
        inputs = [np.array(case["inputs"][x]) for x in lossproof.losses()[name].inputs]
        close(loss(*inputs, **options(name, case)), case["value"], factor=factor)
        info = lossproof.losses()[name]
        real = {x for x, a in zip(info.inputs, inputs, strict=True) if a.dtype.kind == "f"}
        assert set(case["gradients"]) in ({*info.differentiable} & real, set())
        assert case["gradients"] or "torch." not in peer
        for wrt, gradient in case["gradients"].items():
            chosen = options(name, case) | with_respect_to(name, wrt)
            close(loss.gradient(*inputs, **chosen), gradient, factor=factor)


# Live ------------------------------------------------------------------------------------------


@pytest.fixture
def record() -> Any:
    """The peers themselves; some of them warn of how they will change."""
    pytest.importorskip("torch")
    pytest.importorskip("sklearn")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield importlib.import_module("peers.record")


def layouts(kind: str) -> list[tuple[tuple[int, ...], int, Any]]:
    """Shapes, axes and orders: scalars, rank four, views that are not contiguous."""
    if kind == "elementwise":
        return [((), -1, "C"), ((7,), -1, "C"), ((2, 1, 3, 2), -1, "C"), ((4, 3), -1, "F")]
    sliced = [((5,), 0), ((3, 4), 0), ((3, 4), 1), ((2, 3, 4, 2), 1), ((2, 3, 4, 2), 3)]
    return [(*sliced[i], order) for i, order in enumerate("CCFCF")]


def second_derivative(torch: Any, gradient: Any, x: Any, direction: Any) -> np.ndarray:
    if not gradient.requires_grad:
        return np.zeros(x.shape)
    product = (gradient * direction).sum()
    (second,) = torch.autograd.grad(product, [x], allow_unused=True)
    return np.zeros(x.shape) if second is None else second.numpy(force=True)


def check_second(
    record: Any, name: str, peer: str, inputs: dict[str, np.ndarray], case: dict[str, Any]
) -> None:
    """Differentiate their gradient: along ones for a diagonal, else along a direction."""
    torch, loss, dtype = record.torch, getattr(lossproof, name), next(iter(inputs.values())).dtype
    method = "hvp" if SPECS[name].loss.hvps else "hessian"
    for x in SPECS[name].loss.hvps or SPECS[name].loss.hessians:
        tensors = {key: torch.from_numpy(array) for key, array in inputs.items()}
        here = tensors[x.name].requires_grad_()
        told = {"axis": case["axis"], "reduction": case["reduction"], **case["parameters"]}
        value = record.TORCH[peer].call(*tensors.values(), **told)
        (gradient,) = torch.autograd.grad(value.sum(), [here], create_graph=True)
        direction = np.ones_like(inputs[x.name])
        if method == "hvp":
            direction = np.random.default_rng(1).normal(size=direction.shape).astype(dtype)
        theirs = second_derivative(torch, gradient, here, torch.from_numpy(direction))
        extra = {"direction": direction} if method == "hvp" else {}
        chosen = options(name, case) | with_respect_to(name, x.name, method) | extra
        ours = getattr(loss, method)(**inputs, **chosen)
        close(ours, theirs, dtype, factor_of(name, peer), record.TORCH[peer].second)


@pytest.mark.peers
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@each_live
def test_ours_is_what_pytorch_computes(record: Any, name: str, peer: str, dtype: Any) -> None:
    rng, spec = np.random.default_rng([SEED, *name.encode()]), SPECS[name]
    theirs, loss, factor = record.TORCH[peer], getattr(lossproof, name), factor_of(name, peer)
    for shape, axis, order in layouts(spec.loss.kind):
        drawn = record.draw_inputs(spec, theirs, shape, rng)
        inputs = {key: np.asarray(x, dtype, order=order) for key, x in drawn.items()}
        parameters = record.draw_parameters(theirs, rng)
        for reduction in ("mean", "sum", "none"):
            case = {"parameters": parameters, "axis": axis, "reduction": reduction, "weight": None}
            computed = record.torch_case(spec, theirs, inputs, parameters, axis, reduction)
            close(loss(**inputs, **options(name, case)), computed["value"], dtype, factor)
            for wrt, gradient in computed["gradients"].items():
                chosen = options(name, case) | with_respect_to(name, wrt)
                close(loss.gradient(**inputs, **chosen), gradient, dtype, factor)
            check_second(record, name, peer, inputs, case)


@pytest.mark.peers
def test_class_weights_are_weights_of_slices(record: Any) -> None:
    # With labels, PyTorch's mean divides by the sum of the weights that the labels pick: so does
    # ours, given those. (With class probabilities it divides by their number, as ours does not.)
    rng, torch = np.random.default_rng(SEED), record.torch
    pred, labels, weight = rng.normal(size=(6, 4)), rng.integers(0, 4, 6), rng.uniform(1, 2, 4)
    theirs = record.functional.cross_entropy(
        *map(torch.from_numpy, (pred, labels)), weight=torch.from_numpy(weight)
    )
    close(lossproof.cross_entropy_logits(pred, labels, weight=weight[labels]), theirs)


@pytest.mark.peers
@pytest.mark.parametrize("share", [0.0, 0.1, 1.0])
def test_smoothed_and_ignored_labels_are_those_of_pytorch(record: Any, share: float) -> None:
    rng, torch = np.random.default_rng(SEED), record.torch
    pred, labels = rng.normal(size=(6, 4)), np.array([3, -100, 0, 1, -100, 2])
    soft = rng.dirichlet(np.ones(4), 6)
    for target in (labels, soft):
        for reduction in ("mean", "sum", "none"):
            given = torch.from_numpy(pred).requires_grad_()
            theirs = record.functional.cross_entropy(
                given, torch.from_numpy(target), reduction=reduction, label_smoothing=share
            )
            value, gradient = lossproof.cross_entropy_logits.value_and_gradient(
                pred, target, reduction=reduction, label_smoothing=share
            )
            close(value, theirs.detach())
            theirs.sum().backward()
            close(gradient, given.grad)


@pytest.mark.peers
def test_below_eps_the_gradient_of_pytorch_is_not_that_of_its_cosine(record: Any) -> None:
    # Why Peer draws norms above eps: the values agree below it, too, but the gradient that
    # PyTorch gives there keeps the radial term of a norm that its value has clamped.
    pred, target, eps = np.array([0.3, 0.4]), np.array([1.0, 3.0]), 2.0
    spec, peer = SPECS["cosine_similarity"], record.TORCH["1 - " + record.COSINE]
    inputs, told = {"pred": pred, "target": target}, {"eps": eps}
    theirs = record.torch_case(spec, peer, inputs, told, -1, "sum")
    close(lossproof.cosine_similarity(pred, target, eps=eps), theirs["value"])

    def value(x: np.ndarray) -> Any:
        case = record.torch_case(spec, peer, {**inputs, "pred": x}, told, -1, "sum")
        return case["value"]

    steps = 1e-6 * np.eye(2)
    slope = np.array([(value(pred + h) - value(pred - h)) / 2e-6 for h in steps])
    ours = lossproof.cosine_similarity.gradient(pred, target, eps=eps)
    np.testing.assert_allclose(ours, slope, atol=1e-9)
    assert np.max(np.abs(theirs["gradients"]["pred"] - slope)) > 1e-2


@pytest.mark.peers
def test_the_peers_still_compute_what_was_recorded(record: Any) -> None:
    def compare(new: Any, old: Any) -> None:
        if isinstance(old, dict):
            assert new.keys() == old.keys()
            for key, part in old.items():
                compare(new[key], part)
        elif isinstance(old, list | float):
            close(new, old)
        else:
            assert new == old

    again = json.loads(record.text())["cases"]
    assert len(again) == len(CASES)
    for new, old in zip(again, CASES, strict=True):
        compare(new, old)
