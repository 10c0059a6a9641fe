"""Whether the value of a loss is continuous: a derivative says nothing of a jump."""

from __future__ import annotations

from sympy import Expr

from derive.calculus import Program
from derive.language import Element
from derive.loss import Loss
from derive.prove.boundaries import crossings
from derive.prove.cases import explore
from derive.prove.expression import expression_of
from derive.prove.field import OutsideClass, Polynomial
from derive.prove.points import domain_of
from derive.prove.setting import Setting, relation_text
from derive.prove.sign import Sign


def discontinuity(loss: Loss) -> str | None:
    """A surface across which the value jumps as an input moves that has a gradient, if any.

    The value is a program of pieces, one for each aggregate; it is continuous if they are.
    Raises ``OutsideClass`` or ``Undefined`` where the prover does not reach.
    """
    program = Program(loss.value)
    pieces = [program.result, *(a.body for a in program.aggregates.values())]
    moving = {*loss.gradients}
    moving |= {s for s in program.aggregates if moving & program.lift(s).free_symbols}
    setting = Setting(domain_of(loss))
    for piece in pieces:
        jump = setting.restarting(lambda piece=piece: _jump(setting, piece, moving))  # type: ignore[misc]
        if jump:
            return jump
    return None


def _jump(setting: Setting, piece: Expr, moving: set[Element]) -> str | None:
    def is_fixed(switch: Polynomial) -> bool:
        return not moving & setting.field.symbols(switch)

    found = explore(lambda region: setting.form(region)(piece), setting.start(), is_fixed)
    for surface, divided in found.surfaces:
        strata = crossings(
            surface,
            divided,
            piece,
            piece,
            setting.exponents,
            is_fixed,
            lambda _: True,  # a side that no sample shows to exist may still do
        )
        for crossing in strata:
            if crossing.outcome == "undecided":
                where = relation_text(expression_of(setting.field, surface), Sign.ZERO)
                raise OutsideClass(f"the value was not shown to be continuous at {where}")
            if crossing.outcome in ("jumps", "illegal"):
                limits = [setting.text(limit) for limit in crossing.limits.values()]
                where = relation_text(expression_of(setting.field, surface), Sign.ZERO)
                return f"at {where}: from {limits[0]} to {limits[-1]}"
    return None
