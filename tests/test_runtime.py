"""The laws that every emitted loss obeys, checked on a package rendered from hand-made views."""

from __future__ import annotations

import copy
import importlib
import inspect
import json
import math
import pickle
import subprocess
import sys
import tracemalloc
import warnings
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_type_hints

import jinja2
import numpy as np
import pytest

from derive.emit.view import FunctionView, ModuleView, ParameterView

TEMPLATES = Path(__file__).parent.parent / "derive" / "templates" / "numpy"
RUNTIME = (
    "_cases",
    "_configuration",
    "_functions",
    "_info",
    "_kernels",
    "_layout",
    "_results",
    "_runtime",
    "_threads",
    "_validation",
)
PACKAGE = "rendered_losses"


def view(name: str, **facts: Any) -> ModuleView:
    """A view with the facts that no law depends on filled in."""
    defaults: dict[str, Any] = {
        "class_name": name.title().replace("_", ""),
        "summary": f"The loss called {name}.",
        "formulas": (("value", "as in the kernel"), ("gradient", "its derivative")),
        "conventions": (),
        "proof": ("value, gradient: for every shape.",),
        "accuracy": (),
        "references": (),
        "same_as": (),
        "spec": f"specs/{name}.py",
        "spec_hash": "sha256:" + "0" * 64,
        "command": "lossproof codegen",
        "inputs": ("pred", "target"),
        "differentiable": ("pred",),
        "hessian_of": (),
        "hvp_of": (),
        "parameters": (),
        "reductions": ("mean", "sum", "none"),
        "labels": False,
        "square": False,
        "examples": {},
    }
    return ModuleView(name=name, **(defaults | facts))


HUBER_ARGUMENTS = ("pred", "target", "delta")
RESIDUAL = ("residual = pred - target",)
CLIPPED = "np.clip(residual, -delta, delta)"
QUADRATIC = ("size = np.abs(residual)", "inner = np.minimum(size, delta)")
HUBER = view(
    "huber",
    kind="elementwise",
    conventions=("|r| = δ: the Hessian is 1, the quadratic side, " + "as printed " * 9,),
    references=("Huber 1964, doi:10.1214/aoms/1177703732",),
    same_as=("torch.nn.functional.huber_loss",),
    hessian_of=("pred",),
    parameters=(ParameterView("delta", "1.0", "0.0", "inf", True, True, "Where it bends."),),
    functions=(
        FunctionView(
            "_value",
            HUBER_ARGUMENTS,
            "½·r² if |r| ≤ δ else δ·(|r| - ½·δ)",
            RESIDUAL + QUADRATIC,
            "inner * (size - 0.5 * inner)",
        ),
        FunctionView("_gradient", HUBER_ARGUMENTS, "clip(r, -δ, δ)", RESIDUAL, CLIPPED),
        FunctionView(
            "_value_and_gradient",
            HUBER_ARGUMENTS,
            "Both.",
            RESIDUAL + QUADRATIC,
            "inner * (size - 0.5 * inner), " + CLIPPED,
        ),
        FunctionView(
            "_hessian",
            HUBER_ARGUMENTS,
            "1 if |r| ≤ δ else 0",
            (),
            "np.where(np.abs(pred - target) <= delta, 1.0, 0.0)",
        ),
    ),
)

GAUSSIAN_ARGUMENTS = ("pred", "target", "variance")
ERROR = "residual * residual"
GAUSSIAN_VALUE = f"0.5 * (np.log(variance) + {ERROR} / variance)"
BY_VARIANCE = f"0.5 * (variance - {ERROR}) / (variance * variance)"
GAUSSIAN_NLL = view(
    "gaussian_nll",
    kind="elementwise",
    inputs=GAUSSIAN_ARGUMENTS,
    differentiable=("pred", "variance"),
    functions=(
        FunctionView("_value", GAUSSIAN_ARGUMENTS, "½(log v + r²/v)", RESIDUAL, GAUSSIAN_VALUE),
        FunctionView("_gradient", GAUSSIAN_ARGUMENTS, "r/v", RESIDUAL, "residual / variance"),
        FunctionView(
            "_gradient_variance", GAUSSIAN_ARGUMENTS, "(v - r²)/2v²", RESIDUAL, BY_VARIANCE
        ),
        FunctionView(
            "_value_and_gradient",
            GAUSSIAN_ARGUMENTS,
            "Both.",
            (*RESIDUAL, f"value = {GAUSSIAN_VALUE}"),
            "value, residual / variance",
        ),
    ),
)

LOG_SOFTMAX = (
    "shifted = pred - np.max(pred, axis=-1, keepdims=True)",
    "powers = np.exp(shifted)",
    "total = np.sum(powers, axis=-1, keepdims=True)",
    "log_softmax = shifted - np.log(total)",
)
MASS = "np.sum(target, axis=-1, keepdims=True)"
CROSS_ENTROPY_VALUE = "-np.sum(target * log_softmax, axis=-1, keepdims=True)"
CROSS_ENTROPY_GRADIENT = f"powers / total * {MASS} - target"
CROSS_ENTROPY = view(
    "cross_entropy_logits",
    kind="slices",
    hvp_of=("pred",),
    reductions=("mean", "sum", "none", "elementwise_mean"),
    labels=True,
    functions=(
        FunctionView(
            "_value", ("pred", "target"), "-Σ y·log_softmax(ŷ)", LOG_SOFTMAX, CROSS_ENTROPY_VALUE
        ),
        FunctionView(
            "_gradient",
            ("pred", "target"),
            "softmax(ŷ)·Σy - y",
            LOG_SOFTMAX[:3],
            CROSS_ENTROPY_GRADIENT,
        ),
        FunctionView(
            "_value_and_gradient",
            ("pred", "target"),
            "Both.",
            (*LOG_SOFTMAX, f"value = {CROSS_ENTROPY_VALUE}"),
            f"value, {CROSS_ENTROPY_GRADIENT}",
        ),
        FunctionView(
            "_hvp",
            ("pred", "target", "direction"),
            "s·(d - Σ s·d)·Σy",
            (*LOG_SOFTMAX[:3], "softmax = powers / total", f"mass = {MASS}"),
            "mass * softmax * (direction - np.sum(softmax * direction, axis=-1, keepdims=True))",
        ),
    ),
)

DIAGONAL = "np.diagonal(log_softmax, axis1=-2, axis2=-1)[..., np.newaxis]"
INFO_NCE = view(
    "info_nce",
    kind="slices",
    inputs=("pred",),
    square=True,
    functions=(
        FunctionView("_value", ("pred",), "-log_softmax(ŷ)ᵢᵢ", LOG_SOFTMAX, f"-{DIAGONAL}"),
        FunctionView(
            "_gradient",
            ("pred",),
            "softmax(ŷ) - 1",
            LOG_SOFTMAX[:3],
            "powers / total - np.eye(pred.shape[-1])",
        ),
        FunctionView(
            "_value_and_gradient",
            ("pred",),
            "Both.",
            (*LOG_SOFTMAX, f"value = -{DIAGONAL}"),
            "value, powers / total - np.eye(pred.shape[-1])",
        ),
    ),
)

MODULES = (HUBER, GAUSSIAN_NLL, CROSS_ENTROPY, INFO_NCE)


def render(folder: Path) -> None:
    """Write the package as ``lossproof codegen`` does."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )

    def write(name: str, template: str, **context: Any) -> None:
        text = environment.get_template(f"{template}.py.jinja").render(context)
        (folder / f"{name}.py").write_text(text, encoding="utf-8")

    folder.mkdir()
    for name in RUNTIME:
        write(name, name)
    for module in MODULES:
        write(module.name, "module", module=module)
    write("__init__", "__init__", modules=list(MODULES), version="1.2.3")
    (folder / "py.typed").touch()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated") / PACKAGE
    render(folder)
    return folder


@pytest.fixture(scope="module")
def lp(folder: Path) -> Iterator[Any]:
    """The rendered package, imported."""
    sys.path.insert(0, str(folder.parent))
    yield importlib.import_module(PACKAGE)
    sys.path.remove(str(folder.parent))
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def kernel(lp: Any, loss: str, name: str) -> Any:
    return getattr(sys.modules[f"{PACKAGE}.{loss}"], name)


def central_difference(function: Any, x: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """Differentiate a function of an array numerically, entry by entry."""
    result = np.empty_like(x)
    for index in np.ndindex(x.shape):
        ahead, behind = x.copy(), x.copy()
        ahead[index] += step
        behind[index] -= step
        result[index] = (function(ahead) - function(behind)) / (2 * step)
    return result


def gaussian(rng: np.random.Generator, *shape: int) -> tuple[np.ndarray, ...]:
    return rng.normal(size=shape), rng.normal(size=shape), rng.uniform(0.5, 2, size=shape)


# What is emitted


def test_rendering_is_formatted_linted_and_reproducible(folder: Path, tmp_path: Path) -> None:
    ruff = [sys.executable, "-m", "ruff"]
    options = ["--isolated", "--no-cache", "--line-length=100", str(folder)]
    subprocess.run([*ruff, "format", "--check", *options], check=True)
    rules = "--select=E,F,W,I,B,UP,C4,SIM,RUF022,RUF100"
    subprocess.run([*ruff, "check", rules, "--target-version=py311", *options], check=True)
    render(tmp_path / "again")
    for file in folder.glob("*.py"):
        assert file.read_text("utf-8") == (tmp_path / "again" / file.name).read_text("utf-8")


def test_the_package_needs_numpy_alone(folder: Path) -> None:
    allowed = {"numpy", PACKAGE}
    code = (
        "import sys\n"
        f"import numpy; before = set(sys.modules); import {PACKAGE}\n"
        "names = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        f"assert names - set(sys.stdlib_module_names) <= {allowed!r}, names\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=folder.parent, check=True)


def test_signatures_are_explicit(lp: Any) -> None:
    signature = inspect.signature(lp.huber)
    options = ["weight", "reduction", "precision", "out"]
    assert list(signature.parameters) == ["pred", "target", "delta", *options]
    assert signature.parameters["delta"].default == 1.0
    assert signature.parameters["delta"].kind is inspect.Parameter.KEYWORD_ONLY
    hints = get_type_hints(type(lp.huber).gradient)
    assert hints["reduction"] == Literal["mean", "sum", "none"]
    wrt = inspect.signature(lp.gaussian_nll.gradient).parameters["wrt"]
    assert wrt.default == "pred"
    assert "wrt" not in inspect.signature(lp.huber.gradient).parameters
    assert inspect.signature(lp.cross_entropy_logits.hvp).parameters["axis"].default == -1


def test_only_what_exists_is_offered(lp: Any) -> None:
    assert hasattr(lp.huber, "hessian")
    assert not hasattr(lp.huber, "hvp")
    assert not hasattr(lp.cross_entropy_logits, "hessian")
    assert not hasattr(lp.get("cross_entropy_logits"), "hessian")
    assert lp.__version__ == "1.2.3"
    assert set(lp.__all__) >= {"get", "losses", "huber", "gaussian_nll"}


def test_documentation_says_where_a_module_comes_from(lp: Any) -> None:
    text = sys.modules[f"{PACKAGE}.huber"].__doc__ or ""
    for part in ("specs/huber.py", "sha256:0000", "do not edit"):
        assert part in text
    for part in ("doi:10.1214", "Proved", "torch.nn.functional.huber_loss"):
        assert part in type(lp.huber).__doc__
    assert "In (0, inf). Where it bends." in lp.huber.__call__.__doc__


def test_losses_survive_copies_and_pickles(lp: Any) -> None:
    assert pickle.loads(pickle.dumps(lp.huber)) is lp.huber
    assert copy.deepcopy(lp.huber) is lp.huber
    assert repr(lp.huber) == "<loss huber(pred, target, delta=1.0)>"


# Values and derivatives


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weighted", [False, True])
def test_elementwise_derivatives_are_those_of_the_reduced_loss(
    lp: Any, rng: np.random.Generator, reduction: str, weighted: bool
) -> None:
    pred, target, variance = gaussian(rng, 3, 4)
    options: dict[str, Any] = {"reduction": reduction}
    if weighted:
        options["weight"] = rng.uniform(size=(3, 4))

    def huber(x: np.ndarray) -> Any:
        return np.sum(lp.huber(x, target, delta=0.7, **options))

    gradient = lp.huber.gradient(pred, target, delta=0.7, **options)
    np.testing.assert_allclose(gradient, central_difference(huber, pred), atol=1e-8)
    hessian = lp.huber.hessian(pred, target, delta=0.7, **options)
    expected = central_difference(
        lambda x: np.sum(lp.huber.gradient(x, target, delta=0.7, **options)), pred
    )
    np.testing.assert_allclose(hessian, expected, atol=1e-8)

    for wrt, at in (("pred", pred), ("variance", variance)):

        def nll(x: np.ndarray, name: str = wrt) -> Any:
            inputs = {"pred": pred, "target": target, "variance": variance, name: x}
            return np.sum(lp.gaussian_nll(**inputs, **options))

        gradient = lp.gaussian_nll.gradient(pred, target, variance, wrt=wrt, **options)
        np.testing.assert_allclose(gradient, central_difference(nll, at), atol=1e-7)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none", "elementwise_mean"])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("weighted", [False, True])
def test_slice_derivatives_are_those_of_the_reduced_loss(
    lp: Any, rng: np.random.Generator, reduction: str, axis: int, weighted: bool
) -> None:
    pred, target, direction = gaussian(rng, 3, 4, 2)
    options: dict[str, Any] = {"reduction": reduction, "axis": axis}
    if weighted:
        options["weight"] = rng.uniform(size=np.delete(pred.shape, axis))
    loss = lp.cross_entropy_logits

    gradient = loss.gradient(pred, target, **options)
    expected = central_difference(lambda x: np.sum(loss(x, target, **options)), pred)
    np.testing.assert_allclose(gradient, expected, atol=1e-8)

    product = loss.hvp(pred, target, direction, **options)
    expected = central_difference(
        lambda x: np.sum(loss.gradient(x, target, **options) * direction), pred
    )
    np.testing.assert_allclose(product, expected, atol=1e-8)


@pytest.mark.parametrize("axis", [-1, -2, 2])
def test_square_losses_pair_slices_with_positions(
    lp: Any, rng: np.random.Generator, axis: int
) -> None:
    pred = rng.normal(size=(2, 3, 3))
    values = lp.info_nce(pred, axis=axis, reduction="none")
    rows = pred.swapaxes(-1, -2) if axis == -2 else pred
    expected = np.log(np.sum(np.exp(rows), axis=-1)) - np.diagonal(rows, axis1=-2, axis2=-1)
    np.testing.assert_allclose(values, expected)
    gradient = lp.info_nce.gradient(pred, axis=axis)
    difference = central_difference(lambda x: lp.info_nce(x, axis=axis), pred)
    np.testing.assert_allclose(gradient, difference, atol=1e-8)


def test_matrices_of_square_losses_are_never_cut(lp: Any, rng: np.random.Generator) -> None:
    pred = rng.normal(size=(3, 300, 300))
    values = lp.info_nce(pred, reduction="none")
    np.testing.assert_array_equal(values, [lp.info_nce(x, reduction="none") for x in pred])


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_fused_equals_separate_to_the_bit(
    lp: Any, rng: np.random.Generator, reduction: str
) -> None:
    inputs = gaussian(rng, 70_001)
    value, gradient = lp.gaussian_nll.value_and_gradient(
        *inputs, reduction=reduction, wrt="variance"
    )
    np.testing.assert_array_equal(value, lp.gaussian_nll(*inputs, reduction=reduction))
    np.testing.assert_array_equal(
        gradient, lp.gaussian_nll.gradient(*inputs, reduction=reduction, wrt="variance")
    )


SHAPES = [(), (1,), (2**16,), (2**16 + 1,), (200_003,), (2, 80_000), (70_000, 3), (41, 29, 83)]


@pytest.mark.parametrize("shape", SHAPES)
def test_blocks_cover_every_element_once(
    lp: Any, rng: np.random.Generator, shape: tuple[int, ...]
) -> None:
    pred, target, weight = gaussian(rng, *shape)
    expected = kernel(lp, "huber", "_value")(pred, target, 1.0)
    values = lp.huber(pred, target, reduction="none")
    np.testing.assert_array_equal(values, expected)
    assert values.shape == shape
    np.testing.assert_allclose(lp.huber(pred, target), expected.mean(), rtol=1e-13)
    total = lp.huber(pred, target, weight=weight, reduction="sum")
    np.testing.assert_allclose(total, (weight * expected).sum(), rtol=1e-13)
    gradient = lp.huber.gradient(pred, target, reduction="sum")
    np.testing.assert_array_equal(gradient, kernel(lp, "huber", "_gradient")(pred, target, 1.0))
    assert gradient.shape == shape


@pytest.mark.parametrize("shape", [(50_000, 5), (3, 80_000), (300, 7, 90), (2, 3)])
def test_no_slice_is_cut(lp: Any, rng: np.random.Generator, shape: tuple[int, ...]) -> None:
    pred, _, target = gaussian(rng, *shape)
    loss = lp.cross_entropy_logits
    values = loss(pred, target, reduction="none")
    expected = kernel(lp, "cross_entropy_logits", "_value")(pred, target)[..., 0]
    np.testing.assert_array_equal(values, expected)
    moved = [np.ascontiguousarray(np.moveaxis(x, -1, 0)) for x in (pred, target)]
    np.testing.assert_array_equal(loss(*moved, reduction="none", axis=0), values)
    np.testing.assert_array_equal(
        loss.gradient(*moved, axis=0), np.moveaxis(loss.gradient(pred, target), -1, 0)
    )


@pytest.mark.parametrize("block", [1, 2, 5, 7, 12, 13, 60])
def test_the_size_of_a_block_does_not_matter(
    lp: Any, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    pred, _, target = gaussian(rng, 2, 3, 5, 5)
    weight = target[..., 0]
    calls = [
        lambda: lp.huber.value_and_gradient(pred, target, weight=target),
        lambda: lp.cross_entropy_logits.value_and_gradient(pred, target, weight=weight),
        lambda: lp.cross_entropy_logits.value_and_gradient(pred, 0, weight=weight),
        lambda: lp.info_nce.value_and_gradient(pred, weight=weight, axis=-2),
        lambda: lp.info_nce.value_and_gradient(pred[0, 0], weight=weight[0, 0]),
    ]
    expected = [call() for call in calls]
    monkeypatch.setattr(sys.modules[f"{PACKAGE}._layout"], "_BLOCK", block)
    for (value, gradient), call in zip(expected, calls, strict=True):
        np.testing.assert_allclose(call()[0], value, rtol=1e-14)
        np.testing.assert_array_equal(call()[1], gradient)


def test_sums_are_accurate(lp: Any) -> None:
    pred = np.full(3_000_001, 0.1)
    exact = math.fsum(kernel(lp, "huber", "_value")(pred, 0.0, 1.0))
    assert abs(lp.huber(pred, 0.0, reduction="sum") / exact - 1) < 1e-15
    single = np.full(3_000_001, 0.1, np.float32)
    exact = math.fsum(kernel(lp, "huber", "_value")(single.astype(float), 0.0, 1.0))
    assert lp.huber(single, 0.0, reduction="sum") == np.float32(exact)


# Reductions and weights


def test_weights_count_repetitions(lp: Any, rng: np.random.Generator) -> None:
    pred, target, _ = gaussian(rng, 50)
    counts = rng.integers(0, 4, size=50)
    repeated = np.repeat(pred, counts), np.repeat(target, counts)
    np.testing.assert_allclose(lp.huber(pred, target, weight=counts), lp.huber(*repeated))
    gradient = lp.huber.gradient(pred, target, weight=counts)
    assert not np.any(gradient[counts == 0])
    np.testing.assert_allclose(
        np.repeat(gradient / np.maximum(counts, 1), counts), lp.huber.gradient(*repeated)
    )


def test_a_scalar_weight_scales_sums_but_not_means(lp: Any, rng: np.random.Generator) -> None:
    pred, target, _ = gaussian(rng, 2, 9)
    for loss in (lp.huber, lp.cross_entropy_logits):
        np.testing.assert_allclose(loss(pred, target, weight=3), loss(pred, target))
        for reduction in ("sum", "none"):
            np.testing.assert_allclose(
                loss(pred, target, weight=3, reduction=reduction),
                3 * loss(pred, target, reduction=reduction),
            )


@pytest.mark.parametrize("exponent", [-1072, -600, 600, 1020])
@pytest.mark.parametrize("precision", ["accurate", "fast"])
def test_a_mean_takes_weights_of_any_size(
    lp: Any, rng: np.random.Generator, exponent: int, precision: str
) -> None:
    weight = rng.choice([0.0, 1.0, 2.0, 3.0], 6)
    for dtype in (np.float32, np.float64):
        inputs = rng.normal(size=(2, 6)).astype(dtype) * 8
        with np.errstate(all="raise"):
            found, expected = (
                lp.huber.value_and_gradient(*inputs, delta=3.0, weight=w, precision=precision)
                for w in (np.ldexp(weight, exponent), weight)
            )
        for result, exact in zip(found, expected, strict=True):
            assert np.array_equal(result, exact)


def test_elementwise_mean_divides_by_all_elements(lp: Any, rng: np.random.Generator) -> None:
    pred, _, target = gaussian(rng, 6, 5)
    weight = rng.uniform(size=6)
    for options in ({}, {"weight": weight}):
        mean, fine = (
            lp.cross_entropy_logits.value_and_gradient(pred, target, reduction=reduction, **options)
            for reduction in ("mean", "elementwise_mean")
        )
        np.testing.assert_allclose(fine[0], mean[0] / 5)
        np.testing.assert_allclose(fine[1], mean[1] / 5)


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 3)])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_over_nothing_a_loss_is_zero(lp: Any, shape: tuple[int, ...], reduction: str) -> None:
    nothing = np.empty(shape, np.float32)
    for loss in (lp.huber, lp.cross_entropy_logits):
        for weight in (None, 2.0):
            value, gradient = loss.value_and_gradient(
                nothing, nothing, reduction=reduction, weight=weight
            )
            assert value == 0
            assert type(value) is np.float32
            assert gradient.shape == shape
    values = lp.cross_entropy_logits(nothing, nothing, reduction="none")
    np.testing.assert_array_equal(values, np.zeros(shape[:-1]), strict=False)


def test_a_mean_with_zero_weights_is_zero(lp: Any) -> None:
    value, gradient = lp.huber.value_and_gradient([1.0, -2.0], 0.0, weight=[0, 0])
    assert value == 0
    np.testing.assert_array_equal(gradient, [0, 0])


# Shapes


def test_scalars_stand_for_arrays_of_equal_numbers(lp: Any, rng: np.random.Generator) -> None:
    pred = rng.normal(size=(4, 3))
    full = np.full((4, 3), 0.25)
    for loss in (lp.huber, lp.cross_entropy_logits):
        for scalar in (0.25, np.float64(0.25), np.array(0.25)):
            np.testing.assert_array_equal(loss(pred, scalar), loss(pred, full))
            np.testing.assert_array_equal(loss.gradient(pred, scalar), loss.gradient(pred, full))
    np.testing.assert_array_equal(lp.huber(0.25, pred), lp.huber(full, pred))
    direction = lp.cross_entropy_logits.hvp(pred, full, 1.0)
    np.testing.assert_array_equal(
        direction, lp.cross_entropy_logits.hvp(pred, full, np.ones((4, 3)))
    )


def test_scalars_alone_have_a_value(lp: Any) -> None:
    assert lp.huber(2.0, 0.0) == 1.5
    value, gradient = lp.huber.value_and_gradient(2.0, 0.0)
    assert (value, gradient) == (1.5, 1.0)
    assert gradient.shape == ()
    assert type(lp.huber(2, 0)) is np.float64


@pytest.mark.parametrize(
    "layout",
    [
        lambda x: np.asfortranarray(x),
        lambda x: np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1],
        lambda x: np.repeat(x, 2, axis=1)[:, ::2],
        lambda x: x.astype(">f8"),
    ],
    ids=["fortran", "reversed", "strided", "swapped"],
)
def test_memory_layout_does_not_matter(lp: Any, rng: np.random.Generator, layout: Any) -> None:
    pred, target, weight = gaussian(rng, 400, 300)
    for loss in (lp.huber, lp.cross_entropy_logits):
        w = weight if loss is lp.huber else weight[:, 0]
        expected = loss.value_and_gradient(pred, target, weight=w)
        out = np.zeros((300, 800))[:, ::2].T
        value, gradient = loss.value_and_gradient(layout(pred), layout(target), weight=w, out=out)
        assert value == expected[0]
        assert gradient is out
        np.testing.assert_array_equal(gradient, expected[1])


def test_no_input_is_copied_as_a_whole(lp: Any) -> None:
    pred = np.ones((2000, 2000), np.float32)[::2].T
    target, weight, out = np.zeros_like(pred), np.ones_like(pred), np.empty_like(pred)
    lp.huber.value_and_gradient(pred[:5], target[:5])
    tracemalloc.start()
    lp.huber.value_and_gradient(pred, target, weight=weight, out=out)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < pred.nbytes


# Precision


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_dtype_is_kept(lp: Any, rng: np.random.Generator, dtype: Any) -> None:
    pred, target, variance = (x.astype(dtype) for x in gaussian(rng, 4, 3))
    weight = np.ones((4, 3))
    for reduction in ("mean", "sum", "none"):
        value, gradient = lp.gaussian_nll.value_and_gradient(
            pred, target, variance, reduction=reduction, weight=weight
        )
        assert value.dtype == gradient.dtype == dtype
    assert lp.huber.hessian(pred, target).dtype == dtype
    assert lp.cross_entropy_logits.hvp(pred, target, pred).dtype == dtype


def test_results_are_rounded_once(lp: Any, rng: np.random.Generator) -> None:
    pred, target, variance = (x.astype(np.float32) for x in gaussian(rng, 5000))
    double = [x.astype(np.float64) for x in (pred, target, variance)]
    for reduction in ("mean", "sum", "none"):
        for got, exact in zip(
            lp.gaussian_nll.value_and_gradient(pred, target, variance, reduction=reduction),
            lp.gaussian_nll.value_and_gradient(*double, reduction=reduction),
            strict=True,
        ):
            np.testing.assert_array_equal(got, exact.astype(np.float32))


def test_longdouble_is_computed_in_longdouble(lp: Any) -> None:
    epsilon = np.finfo(np.longdouble).eps
    pred = np.array([1 + epsilon], np.longdouble)
    assert lp.huber.gradient(pred, 1.0)[0] == epsilon
    assert lp.huber(pred, 1.0, weight=[2], reduction="sum") == epsilon**2


ONE_TWO = np.array([1.0, 2.0])


@pytest.mark.parametrize(
    ("pred", "target", "dtype"),
    [
        (ONE_TWO.astype("f4"), ONE_TWO.astype("i8"), np.float32),
        (ONE_TWO.astype("f4"), ONE_TWO.astype("?"), np.float32),
        (ONE_TWO.astype("f4"), 0.5, np.float32),
        (ONE_TWO.astype("f2"), 3, np.float16),
        (ONE_TWO.astype("f4"), np.float64(0.5), np.float64),
        (ONE_TWO.astype("f4"), ONE_TWO, np.float64),
        (ONE_TWO.astype("f2"), ONE_TWO.astype("f4"), np.float32),
        (ONE_TWO.astype("i1"), ONE_TWO.astype("i8"), np.float64),
        (ONE_TWO.astype("?"), 0.5, np.float64),
        ([1, 2], [3.0, 4.0], np.float64),
        (1.0, 2, np.float64),
    ],
)
def test_integers_and_python_numbers_adapt(lp: Any, pred: Any, target: Any, dtype: Any) -> None:
    value, gradient = lp.huber.value_and_gradient(pred, target)
    assert value.dtype == gradient.dtype == dtype


def test_half_precision_means_do_not_overflow(lp: Any) -> None:
    assert lp.huber(np.full(1000, 300, np.float16), 0.0) == np.float16(299.5)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_nan_stays_in_its_place(lp: Any, rng: np.random.Generator, dtype: Any) -> None:
    pred, _, target = (x.astype(dtype) for x in gaussian(rng, 6, 4))
    pred[2, 1] = np.nan
    for loss, lost in ((lp.huber, (2, 1)), (lp.cross_entropy_logits, 2)):
        values = loss(pred, target, reduction="none")
        _, gradient = loss.value_and_gradient(pred, target)
        assert np.isnan(loss(pred, target))
        for result in (values, gradient):
            nan = np.isnan(result)
            assert np.all(nan[lost])
            nan[lost] = False
            assert not np.any(nan)


def test_no_floating_point_warnings(lp: Any) -> None:
    extreme = np.array([np.inf, -np.inf, np.nan, 1e308, -1e308, 1e-320, 0.0])
    with warnings.catch_warnings(), np.errstate(all="warn"):
        warnings.simplefilter("error")
        for reduction in ("mean", "sum", "none"):
            lp.gaussian_nll.value_and_gradient(extreme, 0.0, extreme, reduction=reduction)
            lp.cross_entropy_logits.hvp(extreme, extreme, extreme, reduction=reduction)
        half = np.array([6e4, 1.0], np.float16)
        lp.huber.gradient(half, half[::-1], delta=1e300, weight=[3, 0], reduction="sum")
        with pytest.raises(ValueError, match="finite"):
            lp.huber(extreme, 0.0, weight=extreme)
        with pytest.raises(ValueError, match="finite sum"):
            lp.huber([1.0, 2.0], 0.0, weight=[1e308, 1e308])
        assert np.geterr()["over"] == "warn"


@pytest.mark.parametrize("size", [(), 5, 70_000])
def test_a_sum_beyond_the_range_is_infinite_without_a_warning(lp: Any, size: Any) -> None:
    pred, target = np.full(size, 3e38, np.float32), np.zeros(size, np.float32)
    out = np.zeros((), np.float32)
    with warnings.catch_warnings(), np.errstate(all="warn"):
        warnings.simplefilter("error")
        for reduction in ("mean", "sum"):
            options = {"delta": 1e300, "reduction": reduction}
            assert lp.huber(pred, target, **options) == np.inf
            assert lp.huber(pred, target, **options, out=out) == np.inf


# Class labels


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.intp])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_labels_are_one_hot_distributions(
    lp: Any, rng: np.random.Generator, dtype: Any, axis: int
) -> None:
    pred = rng.normal(size=(4, 300, 40)).astype(np.float32)
    labels = rng.integers(0, pred.shape[axis], size=np.delete(pred.shape, axis)).astype(dtype)
    one_hot = np.zeros(pred.shape, np.float32)
    np.put_along_axis(one_hot, np.expand_dims(labels, axis).astype(np.intp), 1, axis)
    for reduction in ("mean", "none", "elementwise_mean"):
        got, expected = (
            lp.cross_entropy_logits.value_and_gradient(pred, target, reduction=reduction, axis=axis)
            for target in (labels, one_hot)
        )
        np.testing.assert_array_equal(got[0], expected[0])
        np.testing.assert_array_equal(got[1], expected[1])
        assert got[1].dtype == np.float32


def test_one_label_for_one_slice(lp: Any) -> None:
    loss = lp.cross_entropy_logits
    assert loss([0.0, 1.0, 2.0], 2) == loss([0.0, 1.0, 2.0], [0, 0, 1])


def test_integers_of_the_full_shape_are_distributions(lp: Any) -> None:
    loss = lp.cross_entropy_logits
    pred = [[0.0, 1.0], [2.0, 3.0]]
    assert loss(pred, [[0, 1], [1, 0]]) == loss(pred, [[0.0, 1.0], [1.0, 0.0]])


# Errors


def rejected(
    error: type[Exception], message: str, function: Any, *args: Any, **options: Any
) -> None:
    """Check that a call fails, and says why."""
    with pytest.raises(error) as caught:
        function(*args, **options)
    assert message in str(caught.value)


ARRAY = np.arange(3.0)


@pytest.mark.parametrize(
    ("error", "message", "pred", "target"),
    [
        (ValueError, "pred has shape (3,) but target has shape (3, 1)", ARRAY, ARRAY[:, None]),
        (ValueError, "pred has shape (3,) but target has shape (1,)", ARRAY, [1.0]),
        (TypeError, "pred must hold real numbers", 1j * ARRAY, ARRAY),
        (TypeError, "target must hold real numbers", ARRAY, ["a", "b", "c"]),
        (TypeError, "target must hold real numbers, got None", ARRAY, None),
        (TypeError, "pred must hold real numbers", np.array(["2020-01-01"], "M8[D]"), 0.0),
        (ValueError, "pred must be an array of real numbers", [[1.0], [1.0, 2.0]], 0.0),
        (TypeError, "target is a masked array", ARRAY, np.ma.array(ARRAY, mask=ARRAY == 1)),
    ],
)
def test_bad_tensors(lp: Any, error: Any, message: str, pred: Any, target: Any) -> None:
    rejected(error, message, lp.huber, pred, target)


@pytest.mark.parametrize(
    ("error", "value", "message"),
    [
        (ValueError, -1, "delta must be in (0, inf), got -1.0"),
        (ValueError, 0.0, "delta must be in (0, inf), got 0.0"),
        (ValueError, math.nan, "delta must be in (0, inf), got nan"),
        (ValueError, math.inf, "delta must be in (0, inf), got inf"),
        (ValueError, 10**400, "delta must fit a float"),
        (TypeError, True, "delta must be a real number, got True of type bool"),
        (TypeError, "1", "delta must be a real number, got '1' of type str"),
        (TypeError, 1j, "delta must be a real number"),
        (TypeError, None, "delta must be a real number"),
        (TypeError, ARRAY, "delta must be a real number, got an array of shape (3,)"),
    ],
)
def test_bad_parameters(lp: Any, error: Any, value: Any, message: str) -> None:
    for function in (lp.huber, lp.huber.gradient, lp.huber.hessian):
        rejected(error, message, function, ARRAY, ARRAY, delta=value)
    rejected(error, message, lp.get, "huber", delta=value)


@pytest.mark.parametrize("value", [2, np.float32(2), np.array(2.0), np.array([2]), Fraction(2)])
def test_good_parameters(lp: Any, value: Any) -> None:
    assert lp.huber(ARRAY, 0.0, delta=value) == lp.huber(ARRAY, 0.0, delta=2.0)


@pytest.mark.parametrize(
    ("weight", "error", "message"),
    [
        ([1, -1, 2], ValueError, "weight must be nonnegative and finite, got -1 at index (1,)"),
        ([1, 1, np.nan], ValueError, "got nan at index (2,)"),
        (math.inf, ValueError, "weight must be nonnegative and finite, got inf"),
        ([1.0], ValueError, "one entry per element, shape (3,), got shape (1,)"),
        ([[1], [1], [1]], ValueError, "got shape (3, 1)"),
        ("1", TypeError, "weight must hold real numbers"),
    ],
)
def test_bad_weights(lp: Any, weight: Any, error: Any, message: str) -> None:
    rejected(error, message, lp.huber, ARRAY, ARRAY, weight=weight)


def test_weights_of_slices_have_the_shape_of_the_values(lp: Any) -> None:
    pred = np.ones((4, 3))
    rejected(
        ValueError,
        "one entry per slice, shape (4,), got shape (4, 3)",
        lp.cross_entropy_logits,
        pred,
        pred,
        weight=pred,
    )


@pytest.mark.parametrize("reduction", ["average", None, 1, ["mean"]])
def test_bad_reductions(lp: Any, reduction: Any) -> None:
    message = f"reduction must be one of 'mean', 'sum', 'none', got {reduction!r}"
    rejected(ValueError, message, lp.huber, ARRAY, ARRAY, reduction=reduction)


def test_bad_axes(lp: Any) -> None:
    loss, pred = lp.cross_entropy_logits, np.ones((4, 3))
    message = "axis must be in [-2, 1] for pred of shape (4, 3), got 2"
    rejected(ValueError, message, loss, pred, pred, axis=2)
    rejected(ValueError, "got -3", loss, pred, pred, axis=-3)
    rejected(TypeError, "axis must be an integer", loss, pred, pred, axis=1.0)
    rejected(TypeError, "axis must be an integer", loss, pred, pred, axis=True)
    rejected(ValueError, "pred must have at least one axis", loss, 1.0, 1.0)
    assert loss(pred, pred, axis=np.int8(-1)) == loss(pred, pred)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (3, 3, 2)])
def test_bad_squares(lp: Any, shape: tuple[int, ...]) -> None:
    rejected(ValueError, "pred must hold square matrices", lp.info_nce, np.ones(shape))


def test_bad_labels(lp: Any) -> None:
    loss, pred = lp.cross_entropy_logits, np.ones((2, 2, 3))
    labels = np.array([[0, 1], [3, -1]])
    message = "target must hold class labels in [0, 3), got 3 at index (1, 0)"
    rejected(ValueError, message, loss, pred, labels)
    rejected(ValueError, "got -1 at index (1, 1)", loss, pred, labels.clip(max=2))
    message = "target holds class labels of shape (2, 3), expected (2, 2)"
    rejected(ValueError, message, loss, pred, np.zeros((2, 3), int))
    message = "target must hold integers as class labels, got dtype float64"
    rejected(TypeError, message, loss, pred, np.zeros((2, 2)))
    rejected(ValueError, "got 0 at index (0,)", loss, np.ones((2, 0)), np.array([0, 0]))


def test_scalars_cannot_be_differentiated_against_arrays(lp: Any) -> None:
    message = "pred is a scalar; to differentiate, it must have the shape (3,)"
    rejected(ValueError, message, lp.huber.gradient, 1.0, ARRAY)
    message = "variance is a scalar; to differentiate, it must have the shape (3,)"
    nll = lp.gaussian_nll.gradient
    rejected(ValueError, message, nll, ARRAY, ARRAY, 1.0, wrt="variance")
    assert nll(ARRAY, 0.0, 1.0).shape == (3,)
    rejected(
        ValueError,
        "wrt must be one of 'pred', 'variance', got 'target'",
        nll,
        *(ARRAY, ARRAY, ARRAY),
        wrt="target",
    )


def bad_outs() -> list[Any]:
    read_only = np.zeros(3)
    read_only.flags.writeable = False
    return [
        (TypeError, "out must be a NumPy array, got [0, 0, 0]", [0, 0, 0]),
        (TypeError, "out must have dtype float64, got float32", np.zeros(3, np.float32)),
        (ValueError, "out must have shape (3,), got (3, 1)", np.zeros((3, 1))),
        (ValueError, "out must be writeable", read_only),
    ]


@pytest.mark.parametrize(("error", "message", "out"), bad_outs())
def test_bad_outs(lp: Any, error: Any, message: str, out: Any) -> None:
    before = np.array(out)
    for function in (lp.huber.gradient, lp.huber.hessian):
        rejected(error, message, function, ARRAY, ARRAY, out=out)
    if isinstance(out, np.ndarray):  # an array alone is for the gradient
        rejected(error, message, lp.huber.value_and_gradient, ARRAY, ARRAY, out=out)
    np.testing.assert_array_equal(out, before)


def test_out_may_not_overlap_an_input(lp: Any) -> None:
    memory = np.arange(8.0)
    pred, target, weight = memory[:3], np.ones(3), np.ones(3)
    for out, name in ((memory[2:5], "pred"), (target, "target"), (weight[::-1], "weight")):
        kept = memory.copy()
        rejected(
            ValueError,
            f"out overlaps {name}",
            lp.huber.gradient,
            pred,
            target,
            weight=weight,
            out=out,
        )
        np.testing.assert_array_equal(memory, kept)
    interleaved = lp.huber.gradient(memory[::2], 0.0, out=memory[1::2])
    np.testing.assert_array_equal(interleaved, memory[1::2])
    memory, hvp = np.ones((2, 3)), lp.cross_entropy_logits.hvp
    rejected(ValueError, "out overlaps direction", hvp, memory + 1, 0.5, memory, out=memory)


def test_nothing_is_written_before_all_is_checked(lp: Any) -> None:
    out = np.full(3, 7.0)
    for options in ({"delta": -1}, {"weight": [-1, 1, 1]}, {"reduction": "all"}):
        with pytest.raises(ValueError, match="must be"):
            lp.huber.gradient(ARRAY, 0.0, out=out, **options)
    with pytest.raises(ValueError, match="labels"):
        lp.cross_entropy_logits.gradient(ARRAY, 3, out=out)
    np.testing.assert_array_equal(out, 7.0)


def test_inputs_are_never_changed(lp: Any, rng: np.random.Generator) -> None:
    inputs = gaussian(rng, 5)
    kept = [x.copy() for x in inputs]
    for reduction in ("mean", "sum", "none"):
        lp.gaussian_nll.value_and_gradient(*inputs, weight=inputs[2], reduction=reduction)
    for array, before in zip(inputs, kept, strict=True):
        np.testing.assert_array_equal(array, before)


# Configuration


CONFIG = {"name": "huber", "delta": 1.35, "reduction": "sum"}


def test_a_loss_from_any_form_of_configuration(lp: Any, tmp_path: Path) -> None:
    file = tmp_path / "loss.toml"
    toml = 'name = "huber"\ndelta = 1.35\nreduction = "sum"\n'
    file.write_text(toml, encoding="utf-8")
    sources = [CONFIG, MappingProxyType(CONFIG), json.dumps(CONFIG, indent=2), toml, file]
    losses = [lp.get(source) for source in sources]
    losses.append(lp.get("huber", delta=1.35, reduction="sum"))
    losses.append(lp.get({"name": "huber", "delta": 9}, delta=np.float64(1.35), reduction="sum"))
    for loss in losses:
        assert loss == losses[0]
        assert hash(loss) == hash(losses[0])
        assert loss.config() == CONFIG
        assert lp.get(loss.config()) == loss
        assert pickle.loads(pickle.dumps(loss)) == loss
        assert copy.deepcopy(loss) == loss
    assert repr(losses[0]) == "get('huber', delta=1.35, reduction='sum')"
    assert eval(repr(losses[0]), {"get": lp.get}) == losses[0]
    assert losses[0] != lp.get("huber")
    assert lp.get("huber") == lp.get("huber", delta=1)
    assert json.loads(json.dumps(lp.get("cross_entropy_logits").config()))["axis"] == -1


def test_a_configured_loss_computes_the_same(lp: Any, rng: np.random.Generator) -> None:
    pred, target, _ = gaussian(rng, 4, 3)
    loss = lp.get(CONFIG)
    options = {"delta": 1.35, "reduction": "sum"}
    assert loss(pred, target) == lp.huber(pred, target, **options)
    out = np.empty_like(pred)
    assert loss.gradient(pred, target, out=out) is out
    np.testing.assert_array_equal(out, lp.huber.gradient(pred, target, **options))
    np.testing.assert_array_equal(
        loss.hessian(pred, target), lp.huber.hessian(pred, target, **options)
    )
    assert loss(pred, target, reduction="mean") == lp.huber(pred, target, delta=1.35)
    columns = lp.get("cross_entropy_logits", axis=0)
    np.testing.assert_array_equal(
        columns.hvp(pred, target, pred), lp.cross_entropy_logits.hvp(pred, target, pred, axis=0)
    )
    nll = lp.get("gaussian_nll")
    np.testing.assert_array_equal(
        nll.gradient(pred, target, 1 + pred**2, wrt="variance"),
        lp.gaussian_nll.gradient(pred, target, 1 + pred**2, wrt="variance"),
    )
    assert set(lp.huber.info.methods) <= set(dir(loss))


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("hubber", ["no loss is named 'hubber'", "did you mean 'huber'?", "'gaussian_nll'"]),
        ("xyz", ["no loss is named 'xyz'.", "'huber'"]),
        ({"name": 3}, ["no loss is named 3"]),
        ({"name": ["huber"]}, ["no loss is named ['huber']"]),
        ({"delta": 1.0}, ["must have a 'name'", "'delta'"]),
        (
            {"name": "huber", "detla": 1},
            ["huber has no option 'detla'", "did you mean 'delta'?", "'reduction'"],
        ),
        ({"name": "huber", "axis": 0}, ["huber has no option 'axis'"]),
        ({"name": "huber", "reduction": "avg"}, ["reduction must be one of 'mean'"]),
        ('{"name": "huber",', ["not a JSON configuration"]),
        ("name = huber", ["not a TOML configuration"]),
    ],
)
def test_bad_configurations(lp: Any, source: Any, parts: list[str]) -> None:
    with pytest.raises(ValueError) as caught:
        lp.get(source)
    for part in parts:
        assert part in str(caught.value)


def test_configurations_of_wrong_type(lp: Any) -> None:
    rejected(TypeError, "a configuration is a mapping or text, got int", lp.get, 3)
    rejected(TypeError, "axis must be an integer", lp.get, "cross_entropy_logits", axis="0")


def test_the_registry_tells_what_there_is(lp: Any) -> None:
    losses = lp.losses()
    assert list(losses) == ["cross_entropy_logits", "gaussian_nll", "huber", "info_nce"]
    huber = losses["huber"]
    assert huber.summary == "The loss called huber."
    assert huber.inputs == ("pred", "target")
    assert huber.differentiable == ("pred",)
    assert huber.reductions == ("mean", "sum", "none")
    assert huber.same_as == ("torch.nn.functional.huber_loss",)
    (delta,) = huber.parameters
    assert (delta.name, delta.default, delta.domain) == ("delta", 1.0, "(0, inf)")
    assert 1.0 in delta
    assert 0.0 not in delta
    assert losses["gaussian_nll"].differentiable == ("pred", "variance")
    assert losses["cross_entropy_logits"].labels
    assert losses["info_nce"].square
    with pytest.raises(TypeError):
        losses["huber"] = huber
