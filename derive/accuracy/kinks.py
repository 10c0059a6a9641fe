"""Derivatives at kinks: what is legal there, what ours is, and what other libraries return.

A point on each kink is found among simple numbers that floating point has exactly, and only where
the derivative differs between the two sides. What is legal is measured too, by difference quotients
in many digits: the interval between the derivatives on both sides.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from sympy import Abs, Expr, Max, Min, Rational, S, lambdify, sqrt

from derive.accuracy.peers import peers
from derive.accuracy.quantities import Quantity, emitted, quantities
from derive.language import Parameter, pred
from derive.loss import Loss
from derive.numeric import NotReal, Place, between, lies_within, mp, place, value
from derive.registry import Spec

SIMPLE = tuple(Rational(n, 4) for n in (0, 4, -4, 2, 1, 3, 8))
"""Numbers that inputs are chosen from; the most natural ones first."""

ENTRIES, OURS = 2, "lossproof"
SMALLEST = Rational(1, 100)  # a parameter below is chosen larger, so that rounding is out of sight


@dataclass(frozen=True)
class AtKink:
    """A derivative at a point of a kink: the interval that is legal, ours, and those of others."""

    loss: str
    quantity: str
    at: Mapping[str, tuple[float, ...]]
    parameters: Mapping[str, float]
    legal: tuple[float, float]
    ours: float
    others: Mapping[str, float]

    def is_legal(self, number: float) -> bool:
        """Whether a number lies in the interval, as far as rounding can tell."""
        return bool(np.isfinite(number)) and lies_within(mp.mpf(number), self.legal)


def at_kinks(specs: Iterable[Spec], *, others: bool = True) -> Iterator[AtKink]:
    """The derivatives of losses at their kinks; ``others`` asks other libraries, too."""
    for spec in specs:
        loss = spec.loss
        parameters = {p.name: _parameter(p) for p in loss.parameters}
        asked = [q for q in quantities(spec) if q.kind in ("gradient", "hessian")]
        for kink in loss.kinks:
            for quantity in asked:
                found = _crossing(loss, kink.at, quantity, parameters)
                if found is not None:
                    yield _measured(quantity, loss, *found, others)


def _parameter(parameter: Parameter) -> Rational:
    default = Rational(parameter.default)
    is_exact = Rational(float(default)) == default
    return default if default >= SMALLEST and is_exact else Rational(1, 4)


def _crossing(
    loss: Loss, surface: Expr, quantity: Quantity, parameters: Mapping[str, Any]
) -> tuple[Place, tuple[float, float]] | None:
    """A point on a surface where the derivative in the first element jumps, with both sides."""
    shape = (1, 1) if loss.kind == "elementwise" else (1, ENTRIES)
    choices = [
        [x for x in SIMPLE if x in loss.domain(e)] for e in loss.inputs for _ in range(shape[1])
    ]
    derivative: Literal["gradient", "hessian"] = (
        "hessian" if quantity.kind == "hessian" else "gradient"
    )
    for numbers in itertools.product(*choices):
        rows = {
            e.name: numbers[n * shape[1] : (n + 1) * shape[1]] for n, e in enumerate(loss.inputs)
        }
        at = place(shape, rows, parameters, (0, 0))
        try:
            if value(surface, at) != 0:
                continue
            low, high = between(loss.value, quantity.wrt, derivative, at)
        except NotReal:
            continue
        if not lies_within(low, (high, high)):
            return at, (_short(low), _short(high))
    return None


def _short(number: Any) -> float:
    """A number without the error of the difference quotient that it comes from."""
    return float(mp.nstr(number, 12)) + 0.0


def _measured(
    quantity: Quantity, loss: Loss, at: Place, legal: tuple[float, float], others: bool
) -> AtKink:
    at = replace(at, slices=1)
    rows = {name: tuple(map(float, row)) for name, row in at.tensors.items()}
    parameters = {name: float(x) for name, x in at.parameters.items()}
    inputs = {
        name: np.array(row if loss.kind == "elementwise" else [row]) for name, row in rows.items()
    }
    theirs = peers(quantity, loss, np.float64) if others else {}
    there = _values(quantity, loss, inputs, parameters) if others else {}
    numbers = {
        name: _first(compute(inputs, parameters))
        for name, compute in sorted(theirs.items())
        if np.isclose(there[name], there[OURS], rtol=1e-9, atol=1e-12)
    }
    if others and loss.kind == "elementwise":
        numbers["JAX"] = _differentiated(quantity, loss, inputs, parameters)
    ours = _first(emitted(quantity, loss)(inputs, parameters))
    return AtKink(quantity.loss, str(quantity), rows, parameters, legal, ours, numbers)


def _values(
    quantity: Quantity, loss: Loss, inputs: Mapping[str, Any], parameters: Mapping[str, float]
) -> dict[str, float]:
    """The values there: a function that has another one has its kinks elsewhere."""
    of_value = replace(quantity, kind="value", wrt=loss.inputs[0], only=True)
    computes = peers(of_value, loss, np.float64) | {OURS: emitted(of_value, loss)}
    return {name: _first(compute(inputs, parameters)) for name, compute in computes.items()}


def _first(array: Any) -> float:
    return float(np.ravel(array)[0]) + 0.0  # without a minus before a zero


def _differentiated(
    quantity: Quantity, loss: Loss, inputs: Mapping[str, Any], parameters: Mapping[str, float]
) -> float:
    """What JAX makes of our own formula: it has no losses, its users write theirs."""
    import jax

    jax.config.update("jax_enable_x64", True)
    names = [*loss.inputs, *loss.parameters]
    function = lambdify(names, loss.value, modules="jax")
    derivative = jax.grad(function, loss.inputs.index(quantity.wrt))
    if quantity.kind == "hessian":
        derivative = jax.grad(derivative, loss.inputs.index(quantity.wrt))
    numbers = [float(inputs[x.name][0]) for x in loss.inputs]
    return float(derivative(*numbers, *parameters.values())) + 0.0


def functions_at_zero() -> Iterator[tuple[str, tuple[float, float], dict[str, float]]]:
    """Functions that losses are made of, at their kink: what is legal, and what others return."""
    at = place((1, 1), {"pred": (S.Zero,)}, {}, (0, 0))
    theirs = _torch_functions() | _jax_functions()
    for name, formula in {
        "|x|": Abs(pred),
        "max(x, 0)": Max(pred, 0),
        "min(x, 0)": Min(pred, 0),
        "√(x²)": sqrt(pred**2),
    }.items():
        low, high = between(formula, pred, "gradient", at)
        found = {label: slope() for (of, label), slope in theirs.items() if of == name}
        yield name, (_short(low), _short(high)), found


def _torch_functions() -> dict[tuple[str, str], Any]:
    import torch

    def slope(function: Any) -> Any:
        def found() -> float:
            x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
            (result,) = torch.autograd.grad(function(x).sum(), x)
            return _first(result.numpy(force=True))

        return found

    zero = torch.zeros(1, dtype=torch.float64)
    return {
        ("|x|", "torch.abs(x)"): slope(torch.abs),
        ("max(x, 0)", "torch.relu(x)"): slope(torch.relu),
        ("max(x, 0)", "torch.clamp(x, min=0)"): slope(lambda x: x.clamp(min=0)),
        ("max(x, 0)", "torch.maximum(x, 0)"): slope(lambda x: torch.maximum(x, zero)),
        ("min(x, 0)", "torch.clamp(x, max=0)"): slope(lambda x: x.clamp(max=0)),
        ("min(x, 0)", "torch.minimum(x, 0)"): slope(lambda x: torch.minimum(x, zero)),
        ("√(x²)", "torch.linalg.norm(x)"): slope(torch.linalg.norm),
        ("√(x²)", "torch.sqrt(x**2)"): slope(lambda x: torch.sqrt(x**2)),
    }


def _jax_functions() -> dict[tuple[str, str], Any]:
    import jax
    import jax.numpy as jnp

    def slope(function: Any) -> Any:
        return lambda: _first(jax.grad(lambda x: function(x).sum())(jnp.zeros(1)))

    return {
        ("|x|", "jax.numpy.abs(x)"): slope(jnp.abs),
        ("max(x, 0)", "jax.nn.relu(x)"): slope(jax.nn.relu),
        ("max(x, 0)", "jax.numpy.maximum(x, 0)"): slope(lambda x: jnp.maximum(x, 0)),
        ("max(x, 0)", "jax.numpy.clip(x, min=0)"): slope(lambda x: jnp.clip(x, min=0)),
        ("min(x, 0)", "jax.numpy.minimum(x, 0)"): slope(lambda x: jnp.minimum(x, 0)),
        ("√(x²)", "jax.numpy.linalg.norm(x)"): slope(jnp.linalg.norm),
        ("√(x²)", "jax.numpy.sqrt(x**2)"): slope(lambda x: jnp.sqrt(x**2)),
    }
