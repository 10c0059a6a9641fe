"""Looks for the cheapest forms that double precision evaluates well enough for results of less.

Double precision has digits and range to spare for them. What a form still cannot do is left to that
for double precision, which is evaluated where a result is not finite. Nowhere else may one be less
accurate than it would be by that. The precision "fast" evaluates the same forms with numbers of
single precision: where these are of ordinary size, they must do there, too.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Piecewise, tanh
from sympy.codegen.cfunctions import expm1

from derive.accuracy.bounds import bounds
from derive.accuracy.measure import Measurement, Reference, measure, references
from derive.accuracy.numbers import Array, simple
from derive.accuracy.points import Compute, Sample, opposite_ends, samples, settings
from derive.accuracy.promises import NARROW, promise
from derive.accuracy.quantities import Quantity
from derive.accuracy.special import special_failures
from derive.accuracy.ulp import errors
from derive.emit.numpy_code import NotPrintable
from derive.emit.parts import power_for
from derive.language import Element, unrounded
from derive.registry import Spec
from derive.search import COSTS, Choice, compiled, cost, is_sound, key, searched
from derive.stable.closure import Candidate, closure
from derive.stable.forms import Kind
from derive.stable.quick import QUICK_RULES
from derive.stable.rules import RULES

SINGLE_COSTS = COSTS | {"log1p": 22, "logcosh": 55, "RoundingError": 1}
SINGLE_COSTS |= {"expm1": 4, "tanh": 9}  # of a known exponential
MENDING = 2  # the cost of asking whether results are finite
FEW = 4  # forms of a value are paired with as many of a gradient
GAIN = 0.95  # of the cost, above which another form is not worth being there
SINGLE = np.dtype(np.float32)
WORKING = (np.float64, SINGLE)  # precisions: accurate, and fast
ORDINARY = 2.0**-30, 2.0**30  # sizes of inputs
FAIR, POOR = 16.0, 64.0  # ulps, in single precision, of one form and of what is not as good


@dataclass(frozen=True)
class SingleChoice:
    """A form that was chosen for results of less than double precision, and how it fares."""

    candidate: Candidate
    declared: Expr
    measured: Measurement
    cost: float
    double_cost: float  # of the form for double precision


def singles(spec: Spec, choices: Mapping[str, Choice]) -> dict[str, SingleChoice]:
    """The forms of a value and of gradients that are worth being there, by their names in records.

    ``choices`` are the forms for double precision. The value and a gradient are evaluated together
    mostly: what counts is the cost of both, where parts in common are free.
    """
    found: dict[str, SingleChoice] = {}
    good: dict[str, list[SingleChoice]] = {}
    for kind, wrt, declared, _ in searched(spec):
        name = key(spec.loss, kind, wrt)
        if kind != "hessian" and name in choices:
            double = choices[name].chosen.candidate.formula
            good[name] = good_enough(spec, kind, wrt, declared, double)
    if "value" not in good:
        return {}
    values: list[SingleChoice | None] = [None, *good.pop("value")]
    for name in good:
        both = [choices[n].chosen.candidate.formula for n in ("value", name)]
        pairs = itertools.product(values, [None, *good[name]])
        value, gradient = min(pairs, key=lambda pair: _cost_of_pair(pair, both))
        values = [value]  # is chosen beside the first gradient
        found |= {n: c for n, c in (("value", value), (name, gradient)) if c is not None}
    return found


def _cost_of_pair(pair: Sequence[SingleChoice | None], double: Sequence[Expr]) -> float:
    """What evaluating a value and a gradient takes, each by a single form or by the double one."""
    forms = [e if c is None else c.candidate.formula for c, e in zip(pair, double, strict=True)]
    price = single_cost(forms)
    return GAIN * price if pair == (None, None) else price + MENDING


def good_enough(
    spec: Spec, kind: Kind, wrt: Element, declared: Expr, double: Expr, *, count: int = 1000
) -> list[SingleChoice]:
    """The cheapest forms that are proved, and no less accurate than that for double precision."""
    loss = spec.loss
    quantity = Quantity(spec.name, kind, wrt, declared, unrounded(double), only=True)
    most = single_cost([double])
    found = sorted(
        (single_cost([c.formula]), number, c)
        for number, c in enumerate(_candidates(declared, double))
    )
    cheaper = [(price, c) for price, _, c in found if price < most]
    if not cheaper:
        return []
    formulas = [unrounded(c.formula) for _, c in cheaper[:12]]
    places = samples(loss, SINGLE, formulas=[*formulas, quantity.evaluated], count=count)
    expected = references(declared, [*places, *opposite_ends(loss, SINGLE)])
    off = [_all_errors(rounded(double, double, spec, wrt, w), expected) for w in WORKING]
    good: list[SingleChoice] = []
    for price, candidate in cheaper:
        measured = _judged(candidate.formula, double, spec, quantity, expected, off)
        if measured is not None and is_sound(candidate.formula, declared, loss, wrt):
            good.append(SingleChoice(candidate, declared, measured, price, most))
        if len(good) == FEW:
            break
    return good


def single_cost(formulas: Iterable[Expr]) -> float:
    """What evaluating formulas takes where results are rounded to single precision."""
    all_formulas = list(formulas)
    functions = {e for f in all_formulas for e in f.atoms(expm1, tanh)}
    powers = [power for e in functions if (power := power_for(e)) is not None]
    return cost([*all_formulas, *powers], SINGLE_COSTS)


def rounded(
    form: Expr, double: Expr, spec: Spec, wrt: Element, working: Any = np.float64
) -> Compute:
    """What the emitted package computes of inputs of less than double precision.

    That is a form in the ``working`` precision, and another one where that gives no number.
    """
    quick, exact = (compiled(formula, spec, wrt, SINGLE) for formula in (form, double))

    def compute(inputs: Mapping[str, Array], parameters: Mapping[str, float]) -> Array:
        (dtype,) = {x.dtype for x in inputs.values()}
        converted = {name: x.astype(working) for name, x in inputs.items()}
        result = quick(converted, parameters)
        wrong = ~np.isfinite(result)
        if wrong.any():
            result = np.where(wrong, exact(converted, parameters), result)
        with np.errstate(all="ignore"):
            return result.astype(dtype)

    return compute


def _candidates(declared: Expr, double: Expr) -> Iterator[Candidate]:
    rules = (*RULES, *QUICK_RULES)
    found = {c.formula: c for c in closure(declared, rules=rules)}
    wholes = list(found.values())
    for c in [*closure(double, rules=rules), *_with_other_cases(double, wholes)]:
        found.setdefault(c.formula, Candidate(c.formula, ("double", *c.steps)))
    return iter(found.values())


def _with_other_cases(double: Expr, wholes: Iterable[Candidate]) -> Iterator[Candidate]:
    """A form of two cases, with another formula in one of them."""
    if not isinstance(double, Piecewise) or len(double.args) != 2:
        return
    (first, condition), (last, _) = double.args
    for c in wholes:
        yield Candidate(
            Piecewise((c.formula, condition), (last, True)), (*c.steps, f"where {condition}")
        )
        yield Candidate(
            Piecewise((first, condition), (c.formula, True)), (*c.steps, f"unless {condition}")
        )


def _is_at_home(form: Expr, spec: Spec, wrt: Element) -> bool:
    """Whether a form gives numbers by itself for plain inputs: others may be rare, not these."""
    loss = spec.loss
    names = [x.name for x in loss.inputs]
    plain = np.array(list(itertools.product(*(simple(loss.domain(x)) for x in loss.inputs))))
    inputs = dict(zip(names, plain.astype(np.float64).T, strict=True))
    result = compiled(form, spec, wrt, SINGLE)(inputs, settings(loss)[0])
    return bool(np.isfinite(result).all())


def _is_fair_in_single(
    compute: Compute, expected: Sequence[Reference], off: Sequence[Array]
) -> bool:
    """Whether a form does in single precision where that for double precision does, by ``off``."""
    for reference, before in zip(expected, off, strict=True):
        worse = (_errors(compute, reference) > POOR) & (before <= FAIR)
        if np.any(worse.ravel() & _are_ordinary(reference.sample)):
            return False
    return True


def _are_ordinary(sample: Sample) -> NDArray[np.bool_]:
    sizes = np.abs(np.stack([x.ravel() for x in sample.inputs.values()]))
    low, high = ORDINARY
    ordinary: NDArray[np.bool_] = ((sizes == 0) | (low <= sizes) & (sizes <= high)).all(axis=0)
    return ordinary


def _judged(
    formula: Expr,
    double: Expr,
    spec: Spec,
    quantity: Quantity,
    expected: Sequence[Reference],
    off: Sequence[Sequence[Array]],
) -> Measurement | None:
    """The errors of a form, unless there are worse ones than those of the other form, ``off``.

    These are in double and in single precision.
    """
    try:
        if not _is_at_home(formula, spec, quantity.wrt):
            return None
        compute, fast = (rounded(formula, double, spec, quantity.wrt, w) for w in WORKING)
        for reference, before in zip(expected, off[0], strict=True):
            found = _errors(compute, reference)
            if np.any((found > NARROW) & (before <= NARROW)):
                return None
        if not _is_fair_in_single(fast, expected, off[1]):
            return None
        special = special_failures(compute, quantity, spec.loss, SINGLE)
    except (NotPrintable, ArithmeticError, ValueError):
        return None
    kept = promise(spec.name, quantity.kind, SINGLE)
    limits = bounds(quantity, spec.loss)
    measured = measure(compute, expected, quantity.evaluated, kept, limits)
    return measured if measured.keeps(kept) and not special else None


def _all_errors(compute: Compute, expected: Sequence[Reference]) -> list[Array]:
    return [_errors(compute, reference) for reference in expected]


def _errors(compute: Compute, reference: Reference) -> Array:
    result = compute(reference.sample.inputs, reference.sample.parameters)
    found: Any = errors(result.reshape(reference.exact.nearest.shape), reference.exact)
    return np.where(np.isnan(found), 0.0, found)
