"""How a call is cut and shared does not show in its results, nor how its inputs lie in memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emitted import SPECS, each_loss, function, generic

import lossproof
from lossproof import _layout, _threads
from lossproof._cases import select, with_nan
from lossproof._functions import euclidean_norm

BLOCK = 64
SIZES = (1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 1)
Results = list[np.ndarray]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_layout, "_BLOCK", BLOCK)


@pytest.fixture
def two_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(_threads, "_LEAST", 1)
    yield lossproof.set_num_threads(2)
    lossproof.set_num_threads(1)


def inputs(name: str, size: int, dtype: Any = np.float64) -> dict[str, np.ndarray]:
    """At least ``size`` random elements; slices have 12, or form square matrices."""
    spec = SPECS[name]
    few = generic(spec, (3, 3) if spec.loss.square else (4, 3), dtype=dtype, defaults=True)
    if spec.loss.square:
        shape: tuple[int, ...] = (max(1, size // 9), 3, 3)
    else:
        shape = (size,) if spec.loss.kind == "elementwise" else (max(1, size // 4), 12)
    rng = np.random.default_rng(size)
    return {key: rng.choice(x.ravel(), shape) for key, x in few.inputs.items()}


def results(
    name: str, arrays: dict[str, np.ndarray], reduction: str = "none", **options: Any
) -> Results:
    return list(function(name, "value_and_gradient")(**arrays, reduction=reduction, **options))


def assert_same_bits(found: Results, expected: Results) -> None:
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape and one.tobytes() == other.tobytes()


@each_loss
@pytest.mark.parametrize("size", SIZES)
def test_where_blocks_end_does_not_show(
    name: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = inputs(name, size)
    expected = results(name, arrays)
    monkeypatch.setattr(_layout, "_BLOCK", BLOCK)
    assert_same_bits(results(name, arrays), expected)


@each_loss
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("precision", ["accurate", "fast"])
def test_the_short_way_of_small_arrays_does_not_show(name: str, dtype: Any, precision: str) -> None:
    arrays = inputs(name, 100, dtype)
    shape = next(iter(arrays.values())).shape
    for reduction in ("mean", "sum"):
        options: dict[str, Any] = {**arrays, "reduction": reduction, "precision": precision}
        for method, shapes in (
            ("value", [()]),
            ("gradient", [shape]),
            ("value_and_gradient", [(), shape]),
        ):
            out = tuple(np.empty(each, dtype) for each in shapes)
            call = function(name, method)
            short = call(**options)
            call(**options, out=out if len(out) > 1 else out[0])
            assert_same_bits(list(short) if len(out) > 1 else [short], list(out))


@each_loss
def test_threads_do_not_show(name: str, small_blocks: None, two_threads: None) -> None:
    arrays = inputs(name, 20 * BLOCK)
    shared = [results(name, arrays, reduction) for reduction in ("none", "mean", "sum")]
    lossproof.set_num_threads(1)
    for found, reduction in zip(shared, ("none", "mean", "sum"), strict=True):
        assert_same_bits(found, results(name, arrays, reduction))


def strided(array: np.ndarray, folder: Path) -> np.ndarray:
    apart = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    apart[..., ::2] = array
    return apart[..., ::2]


def reversed_in_memory(array: np.ndarray, folder: Path) -> np.ndarray:
    return np.asfortranarray(array[::-1])[::-1]


def mapped(array: np.ndarray, folder: Path) -> np.ndarray:
    name = folder / f"{len(list(folder.iterdir()))}"
    file = np.memmap(name, array.dtype, "w+", shape=array.shape)
    file[...] = array
    return file


@each_loss
@pytest.mark.parametrize("lying", [strided, reversed_in_memory, mapped])
def test_the_layout_in_memory_does_not_show(
    name: str, lying: Callable[..., np.ndarray], small_blocks: None, tmp_path: Path
) -> None:
    arrays = inputs(name, 3 * BLOCK + 1)
    found = results(name, {key: lying(x, tmp_path) for key, x in arrays.items()})
    assert_same_bits(found, results(name, arrays))


@each_loss
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_memory_does_not_grow_with_the_input(name: str, dtype: Any) -> None:
    peaks = []
    for size in (2**17, 2**19):
        arrays = inputs(name, size, dtype)
        out = np.empty_like(next(iter(arrays.values())))
        tracemalloc.start()
        function(name, "value_and_gradient")(**arrays, out=out)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0] + 2**16


@each_loss
def test_fast_is_another_rounding_of_the_same(name: str) -> None:
    arrays = inputs(name, 200)
    assert_same_bits(results(name, arrays, precision="fast"), results(name, arrays))
    # Terms of order 10 meet in a result (a similarity of 3 over a temperature of 0.1: of order 30),
    # after some ten roundings to 2**-24 or, of float16, rounded once more to 2**-11.
    for dtype, error in ((np.float32, 2e-5), (np.float16, 2e-3)):
        narrow = {key: x.astype(dtype) for key, x in inputs(name, 200).items()}
        for reduction in ("none", "mean"):
            exact = results(name, narrow, reduction)
            fast = results(name, narrow, reduction, precision="fast")
            for one, other in zip(fast, exact, strict=True):
                assert one.dtype == other.dtype == dtype
                largest = max(1.0, float(np.max(np.abs(other))))
                np.testing.assert_allclose(one, other, rtol=0, atol=error * largest)


def test_means_of_many_are_accurate_though_fast() -> None:
    pred = np.full(3_000_001, 0.1, np.float32)
    mean = lossproof.mse(pred, 0.0, precision="fast")
    assert mean == np.float32(np.float32(0.1) ** 2)


@each_loss
def test_a_precision_is_one_of_two(name: str) -> None:
    with pytest.raises(ValueError, match=r"precision must be one of 'accurate', 'fast', got 'x'"):
        results(name, inputs(name, 9), precision="x")


def test_a_number_of_threads_is_a_positive_integer() -> None:
    assert lossproof.get_num_threads() == 1
    for wrong in (0, -1):
        with pytest.raises(ValueError, match="count must be positive"):
            lossproof.set_num_threads(wrong)
    for kind in (1.5, "2", None, True):
        with pytest.raises(TypeError, match="count must be an integer"):
            lossproof.set_num_threads(kind)  # type: ignore[arg-type]
    assert lossproof.get_num_threads() == 1


def test_what_fails_in_a_thread_fails_the_call(two_threads: None) -> None:
    def work(items: Iterator[int]) -> None:
        for item in items:
            if item == 7:
                raise MemoryError

    with pytest.raises(MemoryError):
        _threads.share(work, iter(range(10)), 10)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("size", [3, 5000])
def test_selection_is_that_of_where(dtype: Any, size: int) -> None:
    rng = np.random.default_rng(size)
    special = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-7, 1.0], dtype)
    condition, x, y = rng.random(size) < 0.5, rng.choice(special, size), rng.choice(special, size)
    column = condition[:1000, np.newaxis]
    for c, a, b in [
        (condition, x, y),
        (condition, 0.0, y),
        (condition, x, 0.0),
        (condition, 2.5, y),
        (condition, x, -1.0),
        (condition, 2.0, 0.0),
        (column, x[:7], y[:7]),
        (column, 0.0, y[:7]),
    ]:
        expected, found = np.where(c, a, b), select(c, a, b)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))


def test_nans_are_written_into_a_result() -> None:
    found = with_nan(np.array([1.0, 2.0, np.inf]), np.array([np.nan, 0.0, np.nan]))
    np.testing.assert_array_equal(found, [np.nan, 2.0, np.nan])


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_a_norm_is_found_where_squares_leave_the_range(dtype: Any) -> None:
    limits = np.finfo(dtype)
    rows = np.random.default_rng(0).standard_normal((6, 50)).astype(dtype)
    sizes = np.array([1, limits.smallest_normal, limits.max / 64, 0, np.nan, np.inf], dtype)
    with np.errstate(all="ignore"):  # as all kernels are called
        found = euclidean_norm(rows * sizes[:, np.newaxis])
        exact = euclidean_norm(rows[:3])
    np.testing.assert_array_equal(found[:1], exact[:1])
    np.testing.assert_allclose(found[1:3] / sizes[1:3, np.newaxis], exact[1:3], rtol=1e-5)
    np.testing.assert_array_equal(found[3:, 0], [0, np.nan, np.inf])
