"""Floor 4: formulas equal to the declared ones that floating point evaluates better.

A specification may state such forms; the rules here find the rest. Each result is claimed equal
to what it replaces, and the claim goes through the prover like any other before code is emitted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sympy import Expr, Mul, Piecewise, Pow, S, Symbol, exp, log, sqrt

from derive.language import ENTRY, Aggregate, Element, Parameter, Sum, positive
from derive.loss import Loss, by_input

Kind = Literal["value", "gradient", "hessian", "hvp"]


@dataclass(frozen=True)
class Form:
    """A formula to evaluate and the declared one that it equals.

    ``stated`` is the formula before the rules were applied.
    ``shifts`` are symbols for which any number may be chosen; the code chooses the maximum of the
    expression along the axis, so that no exponential overflows.
    """

    kind: Kind
    wrt: Symbol
    formula: Expr
    stated: Expr
    declared: Expr
    shifts: dict[Parameter, Expr]

    @property
    def is_new(self) -> bool:
        """Whether the formula differs from the declared one and has to be proved equal."""
        return bool(self.formula != self.declared)


def forms(loss: Loss) -> list[Form]:
    """The formulas to evaluate for a loss: stated forms where there are any, then the rules."""
    first = loss.inputs[0]
    stated = loss.forms
    value = loss.value if stated.value is None else stated.value
    found = [_form("value", first, value, loss.value)]
    for kind, declared, better in (
        ("gradient", loss.gradients, by_input(stated.gradient, loss.inputs)),
        ("hessian", loss.hessians, by_input(stated.hessian, loss.inputs)),
        ("hvp", loss.hvps, {}),
        ("gradient", loss.parameter_gradients, {}),
    ):
        for wrt, formula in declared.items():
            found.append(_form(kind, wrt, better.get(wrt, formula), formula))  # type: ignore[arg-type]
    return found


def norms(loss: Loss) -> list[Element | Expr]:
    """The vectors whose norm a formula to evaluate contains; the code computes them scaled.

    sqrt(sum(v**2)) = c sqrt(sum((v/c)**2)) for every c > 0, and a power of two near the largest
    element keeps the squares from overflowing and from vanishing.
    """
    found = {
        vector
        for form in forms(loss)
        for root in form.formula.atoms(Pow)
        if (vector := vector_of_norm(root)) is not None
    }
    return sorted(found, key=str)


def vector_of_norm(expression: Expr) -> Expr | None:
    """``v`` if the expression is ``sqrt(sum(v**2))`` over the axis of the slice."""
    base, exponent = expression.as_base_exp()
    if exponent == S.Half and isinstance(base, Sum) and base.axis == ENTRY:
        inner, power = base.body.as_base_exp()
        if power == 2:
            return inner
    return None


def scaled_norm(vector: Expr) -> tuple[Expr, Expr, Parameter]:
    """The norm as it is evaluated, as it is declared, and the free scale."""
    scale = Parameter("scale'", domain=positive)
    return (
        scale * sqrt(Sum((vector / scale) ** 2)),
        sqrt(Sum(vector**2)),
        scale,
    )


def _form(kind: Kind, wrt: Symbol, formula: Expr, declared: Expr) -> Form:
    shifts: dict[Expr, Parameter] = {}
    shifted = shift_exponentials(formula, shifts)
    return Form(kind, wrt, shifted, formula, declared, {symbol: e for e, symbol in shifts.items()})


def shift_exponentials(expression: Expr, shifts: dict[Expr, Parameter]) -> Expr:
    """Factor ``exp(m)`` out of ``sum(exp(e))`` for a free number ``m``, where it cancels.

    log(sum(exp(e)))     = m + log(sum(exp(e - m)))
    exp(e)/sum(exp(e))   = exp(e - m)/sum(exp(e - m))
    """
    if not expression.args:
        return expression
    if isinstance(expression, log):
        exponent = _exponent(expression.args[0])
        if exponent is not None:
            shift = _shift(exponent, shifts)
            return shift + log(Sum(exp(exponent - shift), expression.args[0].axis))
    if isinstance(expression, Mul):
        expression = _shift_quotient(expression, shifts)
    if isinstance(expression, Aggregate):
        body = shift_exponentials(expression.body, shifts)
        return expression if body is expression.body else type(expression)(body, expression.axis)
    if isinstance(expression, Piecewise):
        pairs = [(shift_exponentials(value, shifts), c) for value, c in expression.args]
        return Piecewise(*pairs)
    arguments = [shift_exponentials(argument, shifts) for argument in expression.args]
    same = all(new is old for new, old in zip(arguments, expression.args, strict=True))
    return expression if same else expression.func(*arguments)


def _shift_quotient(product: Expr, shifts: dict[Expr, Parameter]) -> Expr:
    factors = list(product.args)
    for divisor in list(factors):
        if not (isinstance(divisor, Pow) and divisor.exp is S.NegativeOne):
            continue
        exponent = _exponent(divisor.base)
        if exponent is not None and exp(exponent) in factors:
            shift = _shift(exponent, shifts)
            shifted = exp(exponent - shift)
            factors[factors.index(divisor)] = 1 / Sum(shifted, divisor.base.axis)
            factors[factors.index(exp(exponent))] = shifted
    return Mul(*factors)


def _exponent(expression: Expr) -> Expr | None:
    """``e`` if the expression is ``sum(exp(e))``."""
    if isinstance(expression, Sum) and isinstance(expression.body, exp):
        exponent: Expr = expression.body.args[0]
        return None if exponent.has(_Shift) else exponent
    return None


class _Shift(Parameter):
    """A number that may be chosen freely."""

    __slots__ = ()


def _shift(exponent: Expr, shifts: dict[Expr, Parameter]) -> Parameter:
    if exponent not in shifts:
        shifts[exponent] = _Shift("shift" + "'" * (len(shifts) + 1))
    return shifts[exponent]
