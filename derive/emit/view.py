"""The small view of a loss that the templates need: strings and tuples, no mathematics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ParameterView:
    """One loss parameter: its name, default as a Python literal, and allowed interval."""

    name: str
    default: str
    lower: str  # a Python expression: "0.0", "-inf"
    upper: str
    lower_open: bool
    upper_open: bool
    doc: str


@dataclass(frozen=True)
class FunctionView:
    """One pure function of arrays: assignments in order, then the returned expression."""

    name: str  # "_value", "_gradient", "_gradient_variance", "_value_and_gradient", "_hvp", ...
    arguments: tuple[str, ...]  # tensors, then parameters (then "direction" for "_hvp")
    doc: str  # one line: the formula in Unicode
    lines: tuple[str, ...]  # "residual = pred - target"
    result: str  # "0.5 * residual * residual", or "value, gradient"


@dataclass(frozen=True)
class ExampleView:
    """A call and what it prints, as at a prompt."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class ModuleView:
    """Everything that one emitted module says."""

    name: str  # "huber": the module, and the public object in it
    class_name: str  # "Huber"
    summary: str  # one sentence
    formulas: tuple[tuple[str, str], ...]  # ("value", "..."), ("gradient", "...") in Unicode
    conventions: tuple[str, ...]  # one line per kink
    proof: tuple[str, ...]  # what is proved and under which assumptions, one line each
    references: tuple[str, ...]
    same_as: tuple[str, ...]
    spec: str  # "specs/regression/huber.py"
    spec_hash: str  # "sha256:..."
    command: str  # "lossproof codegen"
    kind: Literal["elementwise", "slices"]
    inputs: tuple[str, ...]  # every tensor argument in order: ("pred", "target")
    differentiable: tuple[str, ...]  # what has a gradient: inputs, the default first, parameters
    hessian_of: tuple[str, ...]  # the inputs that have an elementwise second derivative
    hvp_of: tuple[str, ...]  # the inputs that have a Hessian-vector product
    parameters: tuple[ParameterView, ...]
    reductions: tuple[str, ...]  # ("mean", "sum", "none"), default first
    labels: bool  # target may also be integer class labels along the axis
    square: bool  # the last two axes (slices and axis) have one length
    functions: tuple[FunctionView, ...]
    examples: Mapping[str, ExampleView]  # by the name of the method
    accuracy: tuple[str, ...] = ()  # what was measured, one line each
