"""What rounding and overflow do to a function: its numbers beside the exact ones of its formula."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Add, Expr, FiniteSet, S

from derive.accuracy.evaluation import Undecided
from derive.accuracy.exact import Exact, exact_row
from derive.accuracy.jumps import Jumps
from derive.accuracy.numbers import Range, simple
from derive.accuracy.points import samples, settings
from derive.accuracy.terms import magnitude_row
from derive.accuracy.ulp import errors, errors_of_terms
from derive.auditing.calls import call_at, chosen_number, results, text
from derive.auditing.remarks import Remark, Severity
from derive.auditing.trace import Trace
from derive.language import SLICE, Aggregate, Sum, has_aggregate, size
from derive.loss import Loss
from derive.prove.field import OutsideClass

LOST = 2.0**26
"""Of the 53 binary digits of a number, half are wrong."""

_POINTS, _WIDEST = 240, 10
_ORDINARY = (1e-30, 1e6)
_NEXT_TO_NOTHING = 1e-150  # a factor underflows, or nearly

Row = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class _Fault:
    rule: str
    inputs: Row
    parameters: Mapping[str, float]
    place: int
    entry: int
    got: float
    exact: float
    ulps: float
    of_terms: float

    @property
    def strangeness(self) -> float:
        """How far the inputs are from numbers as they are met; 0 for those that are near one."""
        numbers = np.concatenate([np.abs(x) for x in self.inputs.values()])
        return float(np.abs(np.log2(numbers[numbers > 0])).sum())


def remarks(trace: Trace, loss: Loss) -> Iterator[Remark]:
    """Overflow, underflow, NaN and lost digits, each where it is met most easily.

    Formulas are evaluated on one slice. What is no function of known formula is left out.
    """
    formulas = [_on_one_slice(trace, output.expression) for output in trace.outputs]
    found: dict[tuple[str, int], _Fault] = {}
    for row, parameters in _rows(trace, loss, formulas):
        for fault in _faults(trace, formulas, row, parameters):
            key = (fault.rule, fault.place)
            if key not in found or fault.strangeness < found[key].strangeness:
                found[key] = fault
    for key in sorted(found):
        yield _remark(trace, _simpler(trace, formulas, found[key]))


def _on_one_slice(trace: Trace, formula: Expr) -> Expr:
    """The formula where there is but one slice, and powers of two by which code scales are 1."""
    alone = formula.replace(
        lambda e: isinstance(e, Aggregate) and e.axis == SLICE, lambda e: e.body
    )
    return alone.xreplace({size(SLICE): S.One, **dict.fromkeys(trace.scales, S.One)})


def _rows(
    trace: Trace, loss: Loss, formulas: Sequence[Expr]
) -> Iterator[tuple[Row, Mapping[str, float]]]:
    """Inputs of one slice each, of all strata and around every switching point."""
    total = Add(*(place * formula for place, formula in enumerate(formulas, 1)))
    whole = Loss(
        Sum(total) if has_aggregate(total) else total,
        S.Zero,
        inputs=loss.inputs,
        parameters=loss.parameters,
        domains={x: s for x, s in loss.domains.items() if x in loss.inputs},
    )
    for sample in samples(whole, np.float64, formulas=formulas, count=_POINTS):
        if sample.shape[-1] > _WIDEST:
            continue
        names = [x.name for x in loss.inputs]
        arrays = [sample.inputs[name].reshape(-1, sample.shape[-1]) for name in names]
        for place, parts in enumerate(zip(*arrays, strict=True)):
            drawn = dict(zip(names, parts, strict=True))
            yield _fitted(trace, loss, drawn, place), sample.parameters
    for place, row in enumerate(_large(loss, 3 if has_aggregate(total) else 1)):
        yield _fitted(trace, loss, row, place), settings(whole)[0]


def _large(loss: Loss, width: int) -> Iterator[Row]:
    """Plain inputs, but the first of which grows: beyond what an exponential has room for."""
    first, *others = loss.inputs
    plain = {x.name: simple(loss.domain(x)) for x in others}
    for exponent in range(24):
        for number in (-(1.5 * 2.0**exponent), 1.5 * 2.0**exponent):
            if not Range.of(loss.domain(first)).holds(number):
                continue
            row = {n: np.resize(np.roll(xs, exponent), width) for n, xs in plain.items()}
            yield {first.name: np.resize([number, 0.5 * number, number], width), **row}


def _fitted(trace: Trace, loss: Loss, row: Row, place: int) -> Row:
    """The row with class labels, numbers for a whole slice and finite sets respected."""
    fitted = dict(row)
    for x in loss.inputs:
        domain = loss.domain(x)
        if isinstance(domain, FiniteSet):
            members = np.array([float(member) for member in domain.args])
            fitted[x.name] = np.resize(np.roll(members, place), len(row[x.name]))
    for argument in trace.arguments.values():
        name = getattr(argument.symbol, "name", "")
        if argument.labels:
            fitted[name] = np.eye(len(row[name]))[place % len(row[name])]
        elif argument.axes and "entry" not in argument.axes:
            fitted[name] = np.full_like(row[name], row[name][0])
    return fitted


def _faults(
    trace: Trace, formulas: Sequence[Expr], row: Row, parameters: Mapping[str, float]
) -> Iterator[_Fault]:
    try:
        returned = results(
            trace, call_at(trace, {n: x[np.newaxis] for n, x in row.items()}, parameters)
        )
    except Exception:  # it refuses these numbers
        return
    for place, (formula, result) in enumerate(zip(formulas, returned, strict=True)):
        yield from _of_result(formula, row, parameters, place, result)


def _of_result(
    formula: Expr, row: Row, parameters: Mapping[str, float], place: int, result: NDArray[Any]
) -> Iterator[_Fault]:
    got = result.astype(np.float64).reshape(-1)
    at = {name: x.tolist() for name, x in row.items()}
    try:
        known = _exact(exact_row(formula, at, parameters))
    except (Undecided, OutsideClass, ZeroDivisionError):
        return
    if len(known) != len(got):
        return
    off = errors(got, known)
    wrong = np.isfinite(known.nearest) & (off >= LOST)
    if not wrong.any():
        return
    terms = _terms(formula, at, parameters, len(got))
    of_terms = errors_of_terms(got, known, terms) if terms is not None else off
    jumps = Jumps(formula, formula, at, parameters, 0)
    for entry in map(int, np.flatnonzero(wrong)):
        number, exact = float(got[entry]), float(known.nearest[entry])
        if math.isnan(number):
            rule = "nan"
        elif math.isinf(number):
            rule = "overflow"
        elif _is_beside(jumps, entry, got) or (
            has_aggregate(formula) and of_terms[entry] < LOST  # sums cancel in any code
        ):
            continue
        else:
            nothing = number == 0 and abs(exact) < _NEXT_TO_NOTHING
            rule = "underflow" if nothing else "digits"
        ulps, relative = float(off[entry]), float(of_terms[entry])
        yield _Fault(rule, row, parameters, place, entry, number, exact, ulps, relative)


def _exact(values: Sequence[tuple[float, float]]) -> Exact:
    nearest, rest = np.array(values, np.float64).T
    return Exact(nearest, rest, np.zeros(len(nearest), bool))


def _terms(
    formula: Expr, at: Mapping[str, Sequence[float]], parameters: Mapping[str, float], length: int
) -> Exact | None:
    try:
        terms = magnitude_row(formula, at, parameters)
    except (Undecided, OutsideClass, ZeroDivisionError):
        return None
    return _exact(terms) if len(terms) == length else None


def _is_beside(jumps: Jumps, entry: int, got: NDArray[np.float64]) -> bool:
    """Whether the number is that of the other side of a jump nearby, as rounding decides it."""
    try:
        sides = [values for values, *_ in jumps.other_sides(entry)]
    except (Undecided, OutsideClass, ZeroDivisionError):
        return False
    return any(
        errors(got[entry : entry + 1], _exact(v[min(entry, len(v) - 1) :][:1]))[0] < LOST
        for v in sides
    )


# What is said ------------------------------------------------------------------------------------


def _simpler(trace: Trace, formulas: Sequence[Expr], fault: _Fault) -> _Fault:
    """The same fault at inputs of fewer digits, if it is met there, too."""
    for digits in (1, 2, 3, 5):
        row = {n: np.array([_rounded(v, digits) for v in x]) for n, x in fault.inputs.items()}
        for other in _faults(trace, formulas, row, fault.parameters):
            same = (other.rule, other.place) == (fault.rule, fault.place)
            if same and _severity(other) == _severity(fault):
                return other
    return fault


def _rounded(number: float, digits: int) -> float:
    return float(f"{number:.{digits - 1}e}")


def _severity(fault: _Fault) -> Severity:
    numbers = np.concatenate([np.abs(x) for x in fault.inputs.values()])
    low, high = _ORDINARY
    ordinary = np.all((numbers == 0) | ((numbers >= low) & (numbers <= high)))
    harmless = fault.rule == "underflow" or (fault.rule == "digits" and fault.of_terms < LOST)
    return "warning" if ordinary and not harmless else "note"


def _remark(trace: Trace, fault: _Fault) -> Remark:
    tensors = {n: x[np.newaxis] for n, x in fault.inputs.items()}
    call = call_at(trace, tensors, fault.parameters)
    said = f"  # {fault.got!r}, but it should be {fault.exact!r}"
    snippet = text(trace, call, after=chosen_number(trace, fault.place, (0, fault.entry)) + said)
    return Remark(fault.rule, _severity(fault), _message(fault), snippet)


def _message(fault: _Fault) -> str:
    if fault.rule == "nan":
        return f"not a number where the exact value is {fault.exact!r}"
    if fault.rule in ("overflow", "underflow"):
        return f"{fault.rule}: {fault.got!r} where the exact value is {fault.exact!r}"
    lost = "all" if fault.ulps >= 2.0**52 else "more than half"
    message = f"{lost} digits are lost: an error of {fault.ulps:.1e} ulps"
    cancels = fault.of_terms < LOST
    return message + ("; it is small beside the terms that cancel" if cancels else "")
