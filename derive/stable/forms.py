"""The formulas that are evaluated in place of the declared ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from sympy import Expr, Symbol, log
from sympy.codegen.cfunctions import log1p

from derive.language import Element, Parameter, has_aggregate, unrounded
from derive.loss import Forms, Formula, Loss, by_input
from derive.stable.differences import halved, inputs_first
from derive.stable.patterns import less_one
from derive.stable.softmax import stable_softmax

Kind = Literal["value", "gradient", "hessian", "hvp"]


@dataclass(frozen=True)
class Form:
    """A formula to evaluate and the declared one that it equals.

    ``stated`` is the formula before the rules for slices were applied. A ``single`` form is for
    results that are computed in double precision and rounded to less.
    """

    kind: Kind
    wrt: Symbol
    formula: Expr
    declared: Expr
    stated: Expr
    single: bool = False

    @property
    def claimed(self) -> Expr:
        """What has to be proved equal to the declared formula."""
        return unrounded(self.formula)

    @property
    def is_new(self) -> bool:
        """Whether the formula differs from the declared one and has to be proved equal."""
        return bool(self.claimed != self.declared)


def forms(loss: Loss) -> list[Form]:
    """The formulas to evaluate for a loss: stated forms where there are any, then the rules."""
    found = [
        _form(kind, wrt, declared if stated is None else stated, declared)
        for kind, wrt, declared, stated in _stated(loss, loss.forms)
    ]
    near = near_one(loss.parameter_gradients)
    return found + [_form("gradient", p, near[p], e) for p, e in loss.parameter_gradients.items()]


def near_one(formulas: Mapping[Parameter, Expr]) -> dict[Symbol, Expr]:
    """Formulas with ``log1p(u)`` for ``log(1 + u)``: for those that no search improves."""

    def is_near(e: Expr) -> bool:
        return isinstance(e, log) and less_one(e.args[0]) is not None

    return {
        p: e.replace(is_near, lambda e: log1p(less_one(e.args[0]))) for p, e in formulas.items()
    }


def single_forms(loss: Loss) -> list[Form]:
    """The formulas to evaluate in double precision where less is asked for: stated ones only."""
    return [
        replace(_form(kind, wrt, stated, declared), single=True)
        for kind, wrt, declared, stated in _stated(loss, loss.forms.single or Forms())
        if stated is not None
    ]


def _stated(loss: Loss, stated: Forms) -> Iterator[tuple[Kind, Symbol, Expr, Expr | None]]:
    """What is declared of the inputs, and the form that is stated for it, if there is one."""
    yield "value", loss.inputs[0], loss.value, stated.value
    parts: tuple[tuple[Kind, dict[Element, Expr], Formula | None], ...] = (
        ("gradient", loss.gradients, stated.gradient),
        ("hessian", loss.hessians, stated.hessian),
        ("hvp", loss.hvps, stated.hvp),
    )
    for kind, declared, formulas in parts:
        better = by_input(formulas, loss.inputs)
        for wrt, formula in declared.items():
            yield kind, wrt, formula, better.get(wrt)


def _form(kind: Kind, wrt: Symbol, stated: Expr, declared: Expr) -> Form:
    return Form(kind, wrt, stable_slices(stated), declared, unrounded(stated))


def stable_slices(formula: Expr) -> Expr:
    """The formula after the rules for slices; it changes no other."""
    return by_rules(formula) if has_aggregate(formula) else formula


@lru_cache(maxsize=4096)
def by_rules(formula: Expr) -> Expr:
    """The formula, or a part of one, after the rules for slices."""
    return inputs_first(halved(stable_softmax(formula)))
