"""Whether the value of a loss is continuous: a derivative says nothing of a jump."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Abs, Add, Expr, Max, Min, Mul, Pow, atan, cosh, erf, exp, log, sinh, tanh
from sympy.codegen.cfunctions import expm1, log1p

from derive.calculus import Program
from derive.language import Element, Sum
from derive.loss import Loss
from derive.prove.cases import explore
from derive.prove.expression import expression_of
from derive.prove.field import OutsideClass, Polynomial, Undefined
from derive.prove.normal import NormalForm
from derive.prove.points import domain_of
from derive.prove.region import Empty, NeedSign, Region
from derive.prove.setting import Setting, relation_text
from derive.prove.sides import SIDES, Side, limit, settled, sign_on, vanishes, without_cases
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
    setting.start()  # contradictory facts are an error of their own
    if _is_composed(loss.value):
        return None
    for piece in pieces:
        jumps = _Jumps(setting, piece, moving)
        jump = setting.restarting(jumps.first)
        if jump:
            return jump
    return None


_CONTINUOUS = (Add, Mul, Abs, Max, Min, Sum, exp, log, sinh, cosh, tanh, atan, erf, log1p, expm1)


def _is_composed(value: Expr) -> bool:
    """Whether a value is a composition of functions that are continuous where they are defined."""
    if not value.args or isinstance(value, Sum):
        return not isinstance(value, Sum) or _is_composed(value.body)
    known = value.exp.is_Rational if isinstance(value, Pow) else isinstance(value, _CONTINUOUS)
    return known and all(map(_is_composed, value.args))


class _Jumps:
    """The jumps of one piece as any of the ``moving`` elements moves."""

    def __init__(self, setting: Setting, piece: Expr, moving: set[Element]) -> None:
        self.setting, self.piece, self.moving = setting, piece, moving
        self.unshown: list[Polynomial] = []

    def first(self) -> str | None:
        """A description of a jump; raises ``OutsideClass`` if continuity was not shown."""
        self.unshown = []
        start = self.setting.start()
        found = explore(lambda region: self.setting.form(region)(self.piece), start, self._is_fixed)
        for surface, divided in found.surfaces:
            strata = explore(
                lambda stratum, surface=surface, divided=divided: self._at(  # type: ignore[misc]
                    surface, divided, stratum
                ),
                divided.on_surface(surface),
                lambda _: True,
            )
            for _, jump in strata.regions:
                if jump:
                    return f"at {self._text(surface)}: {jump}"
        if self.unshown:
            where = self._text(self.unshown[0])
            raise OutsideClass(f"the value was not shown to be continuous at {where}")
        return None

    def _at(self, surface: Polynomial, divided: Region, stratum: Region) -> str | None:
        """The jump on a stratum of a surface, if there is one."""
        here = self.setting.form(stratum)
        try:
            value = settled(here, self.piece)
            sides = [s for sign in SIDES for s in self._sides(divided.given(surface, sign), here)]
            limits = [limit(side, here) for side, _ in sides]
        except Undefined:
            return None  # where the value is not finite, it is not claimed to be continuous
        gaps = [self.setting.field.subtract(value, one) for one in limits]
        jumps = [not vanishes(gap, stratum) for gap in gaps]
        if not any(jumps):
            if not limits:
                self.unshown.append(surface)
            return None
        if any(meets for _, meets in sides):
            self.unshown.append(surface)  # the sides that differ need not all be there
            return None
        stratum.decide(gaps[jumps.index(True)])
        ends = limits if len(limits) > 1 and limits[0] != limits[-1] else [limits[0], value]
        return f"from {self.setting.text(ends[0])} to {self.setting.text(ends[-1])}"

    def _sides(
        self, beside: Region, here: NormalForm, meets: bool = False
    ) -> Iterator[tuple[Side, bool]]:
        """Every side that there may be near a stratum, and whether surfaces meet in it."""
        if beside.is_empty:
            return
        try:
            yield Side(without_cases(self.piece, self.setting.form(beside)), beside), meets
            return
        except Empty:
            return
        except NeedSign as need:
            switch = need.polynomial
        sign = sign_on(here, switch)
        if sign is not Sign.ZERO:
            yield from self._sides(beside.given(switch, sign), here, meets)
        elif self._is_fixed(switch):
            yield from self._sides(beside.on_surface(switch), here, meets)
        else:
            for sign in SIDES:
                yield from self._sides(beside.given(switch, sign), here, True)

    def _is_fixed(self, switch: Polynomial) -> bool:
        return not self.moving & self.setting.field.symbols(switch)

    def _text(self, surface: Polynomial) -> str:
        return relation_text(expression_of(self.setting.field, surface), Sign.ZERO)
