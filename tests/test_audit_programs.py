"""Random NumPy programs: their formulas give the numbers that they compute, or they are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from random_programs import Program
from sympy import S

from derive.auditing.agreement import disagreement
from derive.auditing.arguments import layouts
from derive.auditing.refusal import Untraceable
from derive.auditing.trace import trace
from derive.language import real
from derive.loss import Loss
from derive.prove.points import domain_of

FEW, MANY = 50, 400


def difference(source: str, shape: str) -> str | None:
    """How the formula of a program differs from it; nothing if it is refused."""
    scope: dict[str, Any] = {"np": np}
    exec(source, scope)
    layout = next(iter(layouts(scope["f"], {"x": shape, "y": shape}, {}, {})))
    try:
        found = trace(scope["f"], layout.arguments)
    except Untraceable:
        return None
    domains = dict.fromkeys(layout.inputs, real)
    loss = Loss(S.Zero * layout.inputs[0], S.Zero, inputs=layout.inputs, domains=domains)
    return disagreement(found, domain_of(loss, *(o.expression for o in found.outputs)))


def differences(seeds: range) -> dict[str, str | None]:
    """How random programs differ from their formulas."""
    found: dict[str, str | None] = {}
    for seed in seeds:
        dimensions = 1 + seed % 2
        source = Program(seed, dimensions).source
        found[source] = difference(source, "n" if dimensions == 1 else "m,n")
    return found


def test_formulas_of_random_programs_give_their_numbers() -> None:
    found = differences(range(FEW))
    assert {source: told for source, told in found.items() if told} == {}
    assert sum(told == "" for told in found.values()) > FEW / 2


@pytest.mark.slow
def test_formulas_of_many_random_programs_give_their_numbers() -> None:
    found = differences(range(FEW, FEW + MANY))
    assert {source: told for source, told in found.items() if told} == {}


def test_a_program_that_differs_is_noticed() -> None:
    source = "def f(x, y):\n    return x + 1e-3 * (len([0] * len(x)) > 2)\n"
    assert difference(source, "n")
