"""Claims about a loss and their verdicts: equal on every region, legal on every boundary."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sympy import Interval, sympify
from sympy.core.relational import Unequality

from derive.formulas import text_line
from derive.language import Element, as_cases, real
from derive.loss import Kink, direction
from derive.prove import witness as witnesses
from derive.prove.balls import OnBoundary, Point, evaluate
from derive.prove.boundaries import Crossing, Crossings, with_one_combination
from derive.prove.cases import explore
from derive.prove.claim import Claim, Kind, reduced_gradient, unreduced
from derive.prove.curvature import majorises
from derive.prove.explain import NO_FORM, SIGN, confusion, hint
from derive.prove.expression import expression_of, factored_expression
from derive.prove.field import Fraction, OutsideClass, Polynomial, Undefined
from derive.prove.judge import opinion
from derive.prove.norm import NormKink, norm_of, norms
from derive.prove.normal import NormalForm
from derive.prove.on_surface import find_different, find_illegal, moving_onto
from derive.prove.parabola import falls_below, has_a_gap
from derive.prove.points import domain_of, point_text
from derive.prove.region import NeedSign, Region, SideCondition
from derive.prove.setting import Setting, relation_text
from derive.prove.sides import is_coupled, vanishes, without_cases
from derive.prove.sign import Sign
from derive.prove.verdict import (
    Boundary,
    Disagreement,
    Proved,
    ProvedRegion,
    Refuted,
    Unknown,
    Verdict,
    Witness,
)
from derive.prove.witness import Comparison

_ORDERS: dict[Kind, int] = {"value": 0, "gradient": 1, "hessian": 2, "hvp": -1, "form": 0}
TOO_DEEP = "the expression is nested too deeply"
FAILED = "the prover failed"
SCOPES = {
    "elementwise": "for every shape, weight and reduction",
    "slices": "for every number and length of slices, every weight and reduction",
}


def check(claim: Claim) -> Verdict:
    """Prove the claim, refute it, or say why neither succeeds. Never raises for a hard claim."""
    try:
        return _of_curvature(claim) if claim.kind == "curvature" else _Prover(claim).verdict()
    except (OutsideClass, Undefined) as problem:
        return Unknown(str(problem))
    except RecursionError:
        return Unknown(TOO_DEEP)
    except Disagreement:
        raise
    except Exception as error:  # whatever goes wrong in SymPy or here, no verdict comes of it
        return Unknown(f"{FAILED}: {type(error).__name__}: {error}")


def _of_curvature(claim: Claim) -> Verdict:
    try:
        verdict = majorises(claim)
    except (OutsideClass, Undefined) as problem:
        verdict = Unknown(str(problem))
    if isinstance(verdict, Proved):
        return verdict
    for search in (falls_below, has_a_gap):
        refuted = search(claim)
        if refuted is not None:
            return refuted
    return verdict


@dataclass
class _Findings:
    regions: list[tuple[Region, Fraction]] = field(default_factory=list)
    undefined: list[Region] = field(default_factory=list)
    gaps: list[Region] = field(default_factory=list)  # where only the written formula is undefined
    crossings: list[Crossing] = field(default_factory=list)
    conditions: list[SideCondition] = field(default_factory=list)

    @property
    def different(self) -> list[tuple[Region, Fraction]]:
        """The regions where the formulas were not shown to agree."""
        return [(r, d) for r, d in self.regions if not vanishes(d, r)]

    @property
    def doubtful(self) -> list[Crossing]:
        """The strata of boundaries where the written value was not shown to be legal."""
        return [c for c in self.crossings if c.outcome in ("illegal", "undecided")]


class _Prover:
    def __init__(self, claim: Claim) -> None:
        self.claim, self.loss = claim, claim.loss
        self.written = claim.written
        self.pointwise = claim.kind in ("value", "form")
        # In a parameter the derivative is that of one element or slice: a reduction adds them up.
        self.in_input = claim.kind == "gradient" and isinstance(claim.wrt, Element)
        self.reduced = reduced_gradient(self.loss, claim.wrt) if self.in_input else None
        derived = unreduced(self.reduced[0], self.loss) if self.reduced else claim.derived
        self.derived = as_cases(derived)
        formulas = (self.written, self.derived, *([direction] if claim.kind == "hvp" else []))
        domain = domain_of(self.loss, *formulas, assuming=claim.assuming, free=claim.free)
        self.setting = Setting(domain)
        self.field = self.setting.field
        self.exempt = [f.lhs - f.rhs for f in domain.assuming if isinstance(f, Unequality)]
        self.comparison = Comparison(
            self.loss.value,
            self.written,
            self.derived,
            None if self.pointwise else claim.wrt,
            _ORDERS[claim.kind],
            domain,
        )

    # The verdict -------------------------------------------------------------------------------

    def verdict(self) -> Verdict:
        """The verdict on the claim; raises ``OutsideClass`` or ``Undefined`` for an unknown one."""
        return self.setting.restarting(self._verdict)

    def _verdict(self) -> Verdict:
        if self._is_pinned(self.setting.start()):
            raise OutsideClass("the domain leaves an input no room to differentiate in")
        findings = self._findings([self.setting.start()])
        if findings.different or findings.doubtful:
            parts = self.setting.parts(but=None if self.pointwise else self.claim.wrt)
            if len(parts) > 1:
                findings = self._findings(parts)
        if findings.different:
            return self._different(findings.different)
        for gap in findings.gaps:
            witness = witnesses.find_undefined(self.comparison)
            if witness is not None:
                return Refuted(witness, self._where(gap), "", "the formula is undefined there")
        if not findings.regions:
            return Unknown("the formulas are defined nowhere on the domain")
        return self._illegal(findings.doubtful) if findings.doubtful else self._proved(findings)

    def _findings(self, parts: list[Region]) -> _Findings:
        found = _Findings()
        surfaces: list[tuple[Polynomial, Region]] = []
        for part in parts:
            exploration = explore(self._difference, part, self._is_fixed)
            surfaces += exploration.surfaces
            for region, (difference, conditions) in exploration.regions:
                if difference is None:
                    found.undefined.append(region)
                    if self._is_gap(region):
                        found.gaps.append(region)
                    continue
                found.regions.append((region, difference))
                found.conditions += conditions
        if found.regions and not found.different and not self.pointwise:
            found.crossings = self._crossings(surfaces)
        return found

    def _crossings(self, surfaces: list[tuple[Polynomial, Region]]) -> list[Crossing]:
        crossings = Crossings(
            self.derived,
            self.written,
            self.claim.wrt,
            self.setting.exponents,
            lambda region: self.setting.sample(region) is not None,
            self._is_exempt,
        )
        found: list[Crossing] = []
        lengths = norms(self.loss.value, self.claim.wrt) if self.in_input else []
        for surface, divided in surfaces:
            norm = norm_of(surface, lengths, self.setting.form(divided))
            if norm is None:
                found += crossings.on(surface, divided)
            else:
                kink = NormKink(
                    self.loss.value, self.written, self.claim.wrt, self.setting.exponents
                )
                found += kink.on(surface, norm, divided)
        if self.loss.kind == "slices":
            found = with_one_combination(found, self.field)
        if not isinstance(self.loss.domain(self.claim.wrt), Interval | type(real)):
            # Of a union of intervals only the hull is known: a side may lie in a gap.
            found = [replace(c, outcome="undecided") if c.outcome == "jumps" else c for c in found]
        return found

    def _difference(self, region: Region) -> tuple[Fraction | None, list[SideCondition]]:
        """What the formulas differ by on a region, or nothing where one of them is undefined."""
        if self._is_pinned(region) or self._is_exempt(region):
            return None, []
        form = self.setting.form(region)
        try:
            # Apart: SymPy would cancel equal cases before anyone had looked at their boundaries.
            difference = self.field.subtract(form(self.derived), form(self.written))
            if self.reduced is not None and difference.is_zero:
                reduced, factor = self.reduced
                difference = form(reduced - factor * self.written)
        except Undefined:
            return None, []
        return difference, list(form.conditions.values())

    def _is_pinned(self, region: Region) -> bool:
        """Whether the domain leaves the input no room there: nothing can be differentiated."""
        return any(
            not self._is_fixed(fact.polynomial) and region.sign(fact.polynomial) is Sign.ZERO
            for fact in region.universal
        )

    def _is_gap(self, region: Region) -> bool:
        """Whether a region is open and the loss and its derivative are defined there."""
        if any(fact.sign & Sign.ZERO for fact in region.local):
            return False
        form = self.setting.form(region)
        try:
            form(self.derived), form(self.loss.value)
        except (NeedSign, OutsideClass, Undefined):
            return False
        return True

    def _is_fixed(self, switch: Polynomial) -> bool:
        """Whether a surface stays put as the input moves with respect to which we differentiate."""
        return self.pointwise or self.claim.wrt not in self.field.symbols(switch)

    def _is_exempt(self, region: Region) -> bool:
        """Whether a region lies on a surface at which nothing is claimed."""
        if not any(fact.sign is Sign.ZERO for fact in region.local):
            return False
        form = self.setting.form(region)
        try:
            return any(vanishes(form(surface), region) for surface in self.exempt)
        except (OutsideClass, Undefined):
            return False

    def _proved(self, findings: _Findings) -> Verdict:
        regions = []
        for region, _ in findings.regions:
            point = self.setting.sample(region, self.derived, self.written)
            self._cross_examine(region, point)
            facts = tuple(map(self.setting.fact_text, region.local))
            regions.append(ProvedRegion(facts, None if point is None else point_text(point)))
        if not any(region.sample for region in regions):
            return Unknown("no sample point was found in any region")
        boundaries = tuple(self._boundary(c) for c in findings.crossings if c.outcome != "singular")
        return Proved(tuple(regions), boundaries, self._assuming(findings), SCOPES[self.loss.kind])

    def _cross_examine(self, region: Region, point: Point | None) -> None:
        """The other judges on a region where the kernel found equality."""
        form = self.setting.form(region)
        difference = without_cases(as_cases(self.derived - self.written), form)
        on_surface = any(fact.sign is Sign.ZERO for fact in region.local)
        if not on_surface and opinion(difference) == "nonzero":
            raise Disagreement(f"SymPy finds {difference} nonzero where the kernel finds zero")
        if point is not None:
            try:
                value = evaluate(difference, point)
            except (OnBoundary, OutsideClass, ZeroDivisionError):
                return
            if value.is_finite() and not value.contains(0):
                raise Disagreement(f"the formulas differ by {value} at {point}")

    # Refutation --------------------------------------------------------------------------------

    def _different(self, different: list[tuple[Region, Fraction]]) -> Verdict:
        on_surface = [(r, d) for r, d in different if _is_surface(r)]
        if len(on_surface) < len(different) or self.setting.is_discrete:
            region, difference = next(
                ((r, d) for r, d in different if not _is_surface(r)), different[0]
            )
            witness = witnesses.find(self.comparison)
            if witness is not None:
                return self._refuted(witness, region, difference)
        for region, difference in on_surface:
            witness = find_different(self.comparison, moving_onto(region))
            if witness is not None:
                return self._refuted(witness, region, difference)
        return Unknown(
            "the formulas do not look equal, and no counterexample was found",
            self._residual(different[0][1]),
        )

    def _refuted(self, witness: Witness, region: Region, difference: Fraction) -> Verdict:
        return Refuted(witness, self._where(region), self._residual(difference), self._hint(region))

    def _residual(self, difference: Fraction) -> str:
        return text_line(factored_expression(self.field, difference))

    def _where(self, region: Region) -> str:
        facts = [self.setting.fact_text(fact) for fact in region.local]
        return "where " + " and ".join(facts) if facts else "everywhere"

    def _hint(self, region: Region) -> str:
        form = self.setting.form(region)
        try:
            derived, written = form(self.derived), form(self.written)
            told = hint(self.field, self.claim.kind, derived, written)
            return told if told == SIGN else confusion(form, self.claim, derived) or told
        except NO_FORM:
            return ""

    def _illegal(self, doubtful: list[Crossing]) -> Verdict:
        for crossing in sorted(doubtful, key=lambda c: c.outcome != "illegal"):
            witness = self._illegal_point(crossing)
            if witness is not None:
                written, limits = self._values(crossing)
                if len(limits) == 2:
                    allowed = f"anything between {' and '.join(limits)}"
                else:
                    allowed = "".join(limits) or witness.derived
                where = f"at the boundary {self._surface(crossing)}"
                return Refuted(witness, where, f"{written}, allowed is {allowed}")
        text, (written, _) = self._surface(doubtful[0]), self._values(doubtful[0])
        return Unknown(f"at the boundary {text} the written value {written} was not shown legal")

    def _surface(self, crossing: Crossing) -> str:
        return relation_text(expression_of(self.field, crossing.surface), Sign.ZERO)

    def _values(self, crossing: Crossing) -> tuple[str, list[str]]:
        """The written value and the limits as texts."""
        chosen = crossing.written
        written = "undefined" if chosen is None else self.setting.text(chosen)
        return written, [self.setting.text(limit) for limit in crossing.limits.values()]

    def _illegal_point(self, crossing: Crossing) -> Witness | None:
        """A point at which a difference quotient in one element settles what is legal."""
        in_ball = bool(crossing.region.everywhere and crossing.limits)
        if crossing.outcome == "undecided" and self.loss.kind == "slices" and not in_ball:
            zeros = [f.polynomial for f in crossing.region.local if f.sign is Sign.ZERO]
            if any(is_coupled(self.field, zero, self.claim.wrt) for zero in zeros):
                return None
        onto = moving_onto(crossing.region, crossing.surface)
        edge = len(crossing.limits) == 1
        return find_illegal(self.comparison, onto, at_edge=edge, in_ball=in_ball)

    # Texts -------------------------------------------------------------------------------------

    def _boundary(self, crossing: Crossing) -> Boundary:
        own = [f for f in crossing.region.local if f.polynomial != crossing.surface]
        written, limits = self._values(crossing)
        return Boundary(
            self._surface(crossing),
            tuple(map(self.setting.fact_text, own)),
            "jumps" if crossing.outcome == "jumps" else "continuous",
            tuple(limits),
            written,
            *self._declared(crossing),
        )

    def _declared(self, crossing: Crossing) -> tuple[str, str]:
        """Why a specification chooses what it does here, and what it states wrongly."""
        form = self.setting.form(crossing.region)
        for kink in self.loss.kinks:
            if self._is_at(kink, crossing, form):
                stated = getattr(kink, self.claim.kind, None)
                if stated is None or crossing.written is None:
                    return kink.because, ""
                try:
                    gap = self.field.subtract(form(sympify(stated)), crossing.written)
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

    def _assuming(self, findings: _Findings) -> tuple[str, ...]:
        texts = [self._excluded(region) for region in findings.undefined]
        conditions = [*findings.conditions]
        for crossing in findings.crossings:
            conditions += crossing.conditions
        for quantity, sign, region, source in conditions:
            if region.sign_of(quantity) & ~sign:
                text = relation_text(source, sign)
                texts.append(f"{text} at every index" if region.bound else text)
        for crossing in findings.crossings:
            if crossing.outcome == "singular":
                surface = expression_of(self.field, crossing.surface)
                texts.append(relation_text(surface, Sign.NONZERO))
        return tuple(dict.fromkeys(texts))

    def _excluded(self, region: Region) -> str:
        """That a point does not lie in a region where a formula is undefined."""
        *others, last = region.local
        if last.sign is Sign.ZERO:
            return relation_text(expression_of(self.field, last.polynomial), Sign.NONZERO)
        facts = " and ".join(map(self.setting.fact_text, [*others, last]))
        return f"not ({facts})"


def _is_surface(region: Region) -> bool:
    return any(fact.sign is Sign.ZERO for fact in region.local)
