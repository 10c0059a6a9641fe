"""What the emitted code computes faster for results in single precision is accurate enough."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import sympy
from emitted import SPECS
from sympy.codegen.cfunctions import expm1, log1p

from derive.accuracy.bounds import bounds
from derive.accuracy.measure import measure, references
from derive.accuracy.points import samples
from derive.accuracy.promises import promise
from derive.accuracy.quantities import emitted, quantities
from derive.emit.templates import helpers
from derive.stable.forms import forms

F = SimpleNamespace(**helpers())
FUNCTIONS = ("expm1", "log1p", "tanh")
ENOUGH = 2.0**-32  # of the exact result: a 256th of half a unit of float32's last place
A_FEW = 6  # ulps: NumPy's exponentials and logarithms of single precision are off by 3 and more
SINGLE = np.dtype(np.float32)
QUICKER = [
    name
    for name, spec in SPECS.items()
    if any(form.formula.atoms(expm1, log1p, sympy.tanh) for form in forms(spec.loss))
]


def points(name: str) -> Any:
    """Numbers of all sizes, and those next to where the way of computing changes."""
    rng = np.random.default_rng(0)
    sizes = np.exp(rng.uniform(-700, 6, 200_000))
    near = (2.0**-20 * (1 + np.arange(-64, 65) * 2.0**-52)).ravel()
    found = np.concatenate([sizes, near, rng.uniform(0, 2, 200_000), [0.0, np.inf, 1e300]])
    both = np.concatenate([found, -found])
    return both[both >= -1] if name == "log1p" else both


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_as_accurate_as_single_precision_needs(name: str) -> None:
    x = points(name)
    found = F.rounded_to(SINGLE, getattr(F, name), x)
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(x)
        same = (found == expected) & (np.signbit(found) == np.signbit(expected))
        assert np.all(same | (np.abs(found - expected) <= ENOUGH * np.abs(expected)))
    assert np.isnan(F.rounded_to(SINGLE, getattr(F, name), np.array([np.nan]))).all()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_in_single_precision_has_ordinary_rounding_errors(name: str) -> None:
    switches = np.add.outer([-1.0, 1.0], np.arange(-64, 65) * 2.0**-24).ravel()
    with np.errstate(all="ignore"):
        x = np.concatenate([points(name), switches[switches >= -1]]).astype(np.float32)
        exact = getattr(np, name)(x.astype(np.float64))
        rounded = exact.astype(np.float32)
        found = F.rounded_to(SINGLE, getattr(F, name), x)
        close = np.abs(found - exact) <= A_FEW * np.spacing(np.abs(rounded))
    assert found.dtype == SINGLE and np.all(close | (found == rounded))
    assert np.isnan(F.rounded_to(SINGLE, getattr(F, name), np.array([np.nan], SINGLE))).all()


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", ["float16", "float64", "longdouble"])
def test_a_function_is_that_of_numpy_for_all_other_results(name: str, dtype: str) -> None:
    x = points(name)
    found = F.rounded_to(np.dtype(dtype), getattr(F, name), x)
    with np.errstate(all="ignore"):
        assert np.array_equal(found, getattr(np, name)(x), equal_nan=True)


def test_what_is_rounded_to_single_inside_is_so_nowhere_else() -> None:
    x = np.array([0.1, 0.2, 0.3])

    def outer() -> tuple[Any, Any]:
        return F.rounded_to(np.dtype(np.float64), F.tanh, x, 0.5 * x), F.tanh(x, 0.5 * x)

    inner, after = F.rounded_to(SINGLE, outer)
    assert np.array_equal(inner, np.tanh(x)) and not np.array_equal(after, np.tanh(x))
    assert np.array_equal(F.tanh(x, 0.5 * x), np.tanh(x))


def test_errors_pass_inside_and_nowhere_else() -> None:
    with np.errstate(all="raise"):
        assert np.isneginf(F.rounded_to(SINGLE, np.log, np.zeros(2))).all()
        with pytest.raises(FloatingPointError, match="divide by zero"):
            np.log(np.zeros(2))


def test_what_is_known_is_not_computed_again() -> None:
    x = points("tanh")
    with np.errstate(all="ignore"):
        both = (("tanh", np.exp(-2 * np.abs(x))), ("expm1", np.exp(x)))
    for name, power in both:
        found = F.rounded_to(SINGLE, getattr(F, name), x, power)
        assert np.array_equal(found, F.rounded_to(SINGLE, getattr(F, name), x))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_exponentials_leave_out_one_of_the_largest(dtype: str) -> None:
    rows = [[1.0, 1.0, 1.0], [0.0, -50.0, -60.0], [5.0, 5.0, -1e300], [-3.0, -2.0, 700.0]]
    x = np.array(rows)
    largest, shifted, power, others = F.rounded_to(np.dtype(dtype), F.exponentials, x)
    assert np.array_equal(largest, [[1], [0], [5], [700]])
    assert np.array_equal(shifted, x - largest)
    assert np.allclose(power, np.exp(x - largest), rtol=1e-15, atol=0)
    expected = [2.0, np.exp(-50.0) + np.exp(-60.0), 1.0, np.exp(-702.0) + np.exp(-703.0)]
    assert np.allclose(others[:, 0], expected, rtol=1e-15, atol=0)


@pytest.mark.parametrize("name", QUICKER)
def test_many_single_numbers_keep_the_promise(name: str) -> None:
    """Few numbers do not use the quicker functions."""
    loss = SPECS[name].loss
    measured = [q for q in quantities(SPECS[name]) if q.kind in ("value", "gradient")]
    formulas = [quantity.evaluated for quantity in measured]
    found = samples(loss, np.float32, formulas=formulas, count=1500, seed=1)
    many = [s for s in found if next(iter(s.inputs.values())).size >= 2**10]
    assert many
    for quantity in measured:
        kept = promise(name, quantity.kind, np.float32)
        expected = references(quantity.declared, many)
        compute = emitted(quantity, loss)
        found_errors = measure(compute, expected, quantity.evaluated, kept, bounds(quantity, loss))
        assert found_errors.keeps(kept), (quantity, found_errors)
