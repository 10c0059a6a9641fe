"""Trusted. What a verdict says: regions, boundaries and side conditions, as text."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import sympify

from derive.formulas import text_line
from derive.loss import Kink
from derive.prove.boundaries import Crossing
from derive.prove.claim import Claim
from derive.prove.expression import expression_of, factored_expression
from derive.prove.field import Fraction, OutsideClass, Undefined
from derive.prove.normal import NormalForm
from derive.prove.region import NeedSign, Region, SideCondition
from derive.prove.setting import Setting, relation_text
from derive.prove.sides import vanishes
from derive.prove.sign import Sign
from derive.prove.verdict import Boundary


@dataclass(frozen=True)
class Wording:
    """Puts what was found of a claim into words."""

    claim: Claim
    setting: Setting

    def residual(self, difference: Fraction) -> str:
        """A difference, in factors."""
        return text_line(factored_expression(self.setting.field, difference))

    def where(self, region: Region) -> str:
        """What a region is beside the domain."""
        facts = [self.setting.fact_text(fact) for fact in region.local]
        return "where " + " and ".join(facts) if facts else "everywhere"

    def surface(self, crossing: Crossing) -> str:
        """The equation of a surface."""
        return relation_text(expression_of(self.setting.field, crossing.surface), Sign.ZERO)

    def values(self, crossing: Crossing) -> tuple[str, list[str]]:
        """The written value and the limits as texts."""
        chosen = crossing.written
        written = "undefined" if chosen is None else self.setting.text(chosen)
        return written, [self.setting.text(limit) for limit in crossing.limits.values()]

    def boundary(self, crossing: Crossing) -> Boundary:
        """What was found on a surface, and what the specification says of it."""
        own = [f for f in crossing.region.local if f.polynomial != crossing.surface]
        written, limits = self.values(crossing)
        return Boundary(
            self.surface(crossing),
            tuple(map(self.setting.fact_text, own)),
            "jumps" if crossing.outcome == "jumps" else "continuous",
            tuple(limits),
            written,
            *self._declared(crossing),
        )

    def _declared(self, crossing: Crossing) -> tuple[str, str]:
        """Why a specification chooses what it does here, and what it states wrongly."""
        form = self.setting.form(crossing.region)
        for kink in self.claim.loss.kinks:
            if self._is_at(kink, crossing, form):
                stated = getattr(kink, self.claim.kind, None)
                if stated is None or crossing.written is None:
                    return kink.because, ""
                try:
                    gap = self.setting.field.subtract(form(sympify(stated)), crossing.written)
                except (NeedSign, OutsideClass, Undefined):
                    return kink.because, text_line(sympify(stated))
                wrong = not vanishes(gap, crossing.region)
                return kink.because, text_line(sympify(stated)) if wrong else ""
        return "", ""

    def _is_at(self, kink: Kink, crossing: Crossing, form: NormalForm) -> bool:
        try:
            return vanishes(form(kink.at), crossing.region)
        except (NeedSign, OutsideClass, Undefined):
            return False

    def conditions(
        self, undefined: list[Region], conditions: list[SideCondition], crossings: list[Crossing]
    ) -> tuple[str, ...]:
        """The side conditions of a proof that do not follow from the domain.

        They exclude the regions on which a formula is ``undefined`` and the singular ``crossings``.
        """
        texts = [self._excluded(region) for region in undefined]
        for quantity, sign, region, source in conditions:
            if region.sign_of(quantity) & ~sign:
                text = relation_text(source, sign)
                texts.append(f"{text} at every index" if region.bound else text)
        for crossing in crossings:
            if crossing.outcome == "singular":
                surface = expression_of(self.setting.field, crossing.surface)
                texts.append(relation_text(surface, Sign.NONZERO))
        return tuple(dict.fromkeys(texts))

    def _excluded(self, region: Region) -> str:
        """That a point does not lie in a region where a formula is undefined."""
        *others, last = region.local
        if last.sign is Sign.ZERO:
            return relation_text(expression_of(self.setting.field, last.polynomial), Sign.NONZERO)
        facts = " and ".join(map(self.setting.fact_text, [*others, last]))
        return f"not ({facts})"
