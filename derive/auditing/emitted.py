"""The emitted package audits itself: each kernel is traced and proved to be what its spec says."""

from __future__ import annotations

import importlib
import inspect
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
from sympy import Eq, Expr, FiniteSet

from derive.answers import Answer, Answers, finding_of, texts_of
from derive.auditing.axes import Axes
from derive.auditing.claims import location_of, untraceable
from derive.auditing.elementary import apply, where
from derive.auditing.functions import put_along_axis, take_along_axis
from derive.auditing.refusal import Untraceable
from derive.auditing.trace import Argument, Trace, trace
from derive.language import ENTRY, SLICE, Sum, direction
from derive.loss import Loss
from derive.prove.claim import Claim, derive
from derive.prove.field import OutsideClass
from derive.prove.prover import check
from derive.registry import Spec
from derive.report.finding import Finding

_WHOLE: Axes = (SLICE, ENTRY)
_PREFIXES = ("_value", "_gradient", "_hessian", "_hvp")
_APPROXIMATE = {"logcosh": "logcosh(x) = log(cosh(x)), to within 2**-57 of it"}
"""What is assumed of functions that compute no identity; their docstrings say how near they are."""


def is_current(spec: Spec) -> bool:
    """Whether there is a module that was written from the specification as it is."""
    try:
        module = importlib.import_module(f"lossproof.{spec.name}")
    except ModuleNotFoundError:
        return False
    return spec.digest in (module.__doc__ or "")


def audit_module(spec: Spec, answers: Answers) -> list[Finding]:
    """Findings on each kernel of the module of one loss, and each of its results.

    ``answers`` are asked before the prover is.
    """
    module = importlib.import_module(f"lossproof.{spec.name}")
    found: list[Finding] = []
    for name, function in kernels(module):
        start = time.perf_counter()
        try:
            made = _trace(function, spec.loss)
            parts = enumerate(results(name))
            told = [_finding(spec, name, made, place, result, answers) for place, result in parts]
        except Untraceable as error:
            told = [replace(untraceable(function, error), loss=spec.name)]
        seconds = (time.perf_counter() - start) / len(told)
        found += [replace(finding, seconds=seconds) for finding in told]
    return found


def kernels(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The functions of an emitted module that hold its formulas."""
    for name, function in vars(module).items():
        own = inspect.isfunction(function) and function.__module__ == module.__name__
        if own and name.startswith(_PREFIXES):
            yield name, function


def results(kernel: str) -> list[tuple[str, str]]:
    """What a kernel returns: quantities, each with the name of an input unless it is the first."""
    words = kernel.removesuffix("_at_labels").removesuffix("_in_single").removeprefix("_")
    found = [("value", "")] if words.startswith("value_and_") else []
    words = words.removeprefix("value_and_")
    kind, _, wrt = words.partition("_")
    return [*found, (kind, wrt)]


def _trace(function: Callable[..., Any], loss: Loss) -> Trace:
    """A kernel on arrays whose last axis is that of a slice."""
    symbols: dict[str, Any] = {s.name: s for s in (*loss.inputs, direction)}
    parameters = {s.name: s for s in loss.parameters}
    arguments: dict[str, Argument] = {}
    for name in inspect.signature(function).parameters:
        if name == "labels":
            arguments[name] = Argument(symbols["target"], (SLICE, None), labels=True)
        elif name in parameters:
            arguments[name] = Argument(parameters[name])
        else:
            arguments[name] = Argument(symbols[name], _WHOLE)
    return trace(function, arguments, square=loss.square, instead=_stand_ins())


def _stand_ins() -> dict[int, Any]:
    """What the helpers of the emitted package compute of real numbers.

    Tests compare ``select`` with ``np.where`` to the last bit; there is no NaN among real numbers.
    """
    helpers = importlib.import_module("lossproof._cases")
    functions = importlib.import_module("lossproof._functions")

    def placed(result: Any, labels: Any, values: Any) -> Any:
        put_along_axis(result, labels, values)
        return result

    return {
        id(helpers.select): where,
        id(helpers.with_nan): lambda result, source: result,
        id(helpers.at_labels): take_along_axis,
        id(helpers.placed): placed,
        id(functions.euclidean_norm): euclidean_norm,
        id(functions.exponentials): exponentials,
        id(functions.log1p): lambda x, power=None: apply("log1p", x),
        id(functions.expm1): lambda x, power=None: apply("expm1", x),
        id(functions.logcosh): lambda x: apply("log", apply("cosh", x)),
        id(functions.ratio_of_difference): lambda difference, x, y, divisor: difference / divisor,
        id(functions.rounding_error): lambda difference, x, y: 0 * difference,
        id(functions.tanh): lambda x, power=None: apply("tanh", x),
    }


def euclidean_norm(vectors: Any) -> Any:
    """What ``lossproof._functions.euclidean_norm`` returns, of real numbers.

    That a scaled norm is the same for every scale is a claim of each loss that contains one.
    """
    return np.sqrt(np.sum(vectors**2, axis=-1, keepdims=True))


def exponentials(exponents: Any, divisor: Any = 1) -> tuple[Any, ...]:
    """What ``lossproof._functions.exponentials`` returns, of real numbers.

    It counts the largest powers, each of them 1, by rounding the difference of two sums.
    """
    exponents = exponents / divisor
    largest = np.max(exponents, axis=-1, keepdims=True)
    shifted = exponents - largest
    power = np.exp(shifted)
    return largest, shifted, power, np.sum(power, axis=-1, keepdims=True) - 1


def _finding(
    spec: Spec, kernel: str, made: Trace, place: int, result: tuple[str, str], answers: Answers
) -> Finding:
    claim = _claim(spec.loss, kernel, made, place, result)
    finding = answers.to(("emitted", claim), lambda: Answer(_judged(claim))).finding
    name = f"lossproof.{spec.name}.{kernel}" + (f"[{place}]" if made.many else "")
    called = made.function.__code__.co_names
    assumed = [text for function, text in _APPROXIMATE.items() if function in called]
    conditions = (*made.conditions, *assumed) if finding.status == "proved" else ()
    return replace(
        finding,
        loss=spec.name,
        claim=name,
        location=location_of(made.function),
        assuming=tuple(dict.fromkeys((*finding.assuming, *conditions))),
    )


def _claim(loss: Loss, kernel: str, made: Trace, place: int, result: tuple[str, str]) -> Claim:
    """That a result of a kernel is the quantity of the loss that it is named after."""
    kind, wrt = result
    declared = loss.bare
    if kernel.endswith("_at_labels"):
        one_hot = next(a.symbol for a in made.arguments.values() if a.labels)
        declared = replace(
            declared,
            domains={**loss.domains, one_hot: FiniteSet(0, 1)},  # type: ignore[dict-item]
            assuming=(*loss.assuming, Eq(Sum(one_hot), 1)),
        )
    written = made.outputs[place].expression
    free = tuple(scale for scale in made.scales if scale in written.free_symbols)
    stated = _stated(loss, kind, wrt)
    return Claim(declared, "form", _input(loss, wrt), written, (), stated, free)


def _judged(claim: Claim) -> Finding:
    verdict = check(claim)
    labels = ("emitted code", "its specification")
    texts = texts_of(verdict, "emit a form that the prover can follow")
    return finding_of("emitted", verdict, labels, texts)


def _input(loss: Loss, name: str) -> Any:
    symbols: list[Any] = [*loss.inputs, *loss.parameters]
    return next((s for s in symbols if s.name == name), loss.inputs[0])


def _stated(loss: Loss, kind: str, name: str) -> Expr:
    """The formula of the specification, or what is derived where it states none."""
    wrt = _input(loss, name)
    if kind == "value":
        return loss.value
    stated: dict[str, dict[Any, Expr]] = {
        "gradient": {**loss.gradients, **loss.parameter_gradients},
        "hessian": {**loss.hessians},
        "hvp": {**loss.hvps},
    }
    if wrt in stated[kind]:
        return stated[kind][wrt]
    try:
        return derive(loss, kind, wrt)  # type: ignore[arg-type]
    except OutsideClass as error:
        raise Untraceable(f"the {kind} in {wrt} is not known: {error}") from None
