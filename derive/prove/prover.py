"""Claims about a loss and their verdicts: equal on every region, legal on every boundary."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from flint import arb
from sympy import Expr, Interval
from sympy.core.relational import Unequality

from derive.language import Element, as_cases, direction, real
from derive.prove import witness as witnesses
from derive.prove.balls import OnBoundary, Point, evaluate
from derive.prove.book import REJECTED, Rejected
from derive.prove.boundaries import Crossing, Crossings, with_one_combination
from derive.prove.cases import explore
from derive.prove.checker import certify
from derive.prove.claim import Claim, Kind, reduced_gradient, unreduced
from derive.prove.curvature import majorises
from derive.prove.explain import NO_FORM, SIGN, confusion, hint
from derive.prove.field import Contradictory, Fraction, OutsideClass, Polynomial, Undefined
from derive.prove.judge import opinion
from derive.prove.norm import NormKink, norm_of, norms
from derive.prove.on_surface import find_different, find_illegal, moving_onto
from derive.prove.parabola import falls_below, has_a_gap
from derive.prove.points import domain_of, point_text
from derive.prove.region import NeedSign, Region, SideCondition
from derive.prove.setting import Setting
from derive.prove.sides import is_coupled, vanishes, without_cases
from derive.prove.sign import Sign
from derive.prove.verdict import (
    Disagreement,
    Proved,
    ProvedRegion,
    Refuted,
    Unknown,
    Verdict,
    Witness,
)
from derive.prove.witness import Comparison
from derive.prove.wording import Wording

_ORDERS: dict[Kind, int] = {"value": 0, "gradient": 1, "hessian": 2, "hvp": -1, "form": 0}
FEW = 200  # points tried for a formula that has no normal form
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
    except Rejected as problem:
        return Unknown(f"{REJECTED}: {problem}")
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
        self.field.pointwise = self.pointwise
        self.wording = Wording(claim, self.setting)
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
        try:
            return self.setting.restarting(self._verdict)
        except Contradictory:
            raise
        except OutsideClass as problem:
            witness = self._any_witness()
            if witness is None:
                return Unknown(str(problem))
            return Refuted(witness, "at this point", "")

    def _verdict(self) -> Verdict:
        if self._is_pinned(self.setting.start()):
            return Unknown("the domain leaves an input no room to differentiate in")
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
                where = self.wording.where(gap)
                return Refuted(witness, where, "", "the formula is undefined there")
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
            point = self.setting.sample(
                region, self.derived, self.written, conditions=findings.conditions
            )
            self._cross_examine(region, point)
            facts = tuple(map(self.setting.fact_text, region.local))
            regions.append(ProvedRegion(facts, None if point is None else point_text(point)))
        if not any(region.sample for region in regions):
            return Unknown("no sample point was found in any region")
        regular = (c for c in findings.crossings if c.outcome != "singular")
        boundaries = tuple(map(self.wording.boundary, regular))
        assuming, scope = self._conditions(findings), SCOPES[self.loss.kind]
        return Proved(tuple(regions), boundaries, assuming, scope, certify(self.field))

    def _cross_examine(self, region: Region, point: Point | None) -> None:
        """The other judges on a region where the kernel found equality."""
        form = self.setting.form(region)
        difference = without_cases(as_cases(self.derived - self.written), form)
        value = None if point is None else _value(difference, point)
        if value is not None and not value.contains(0):
            raise Disagreement(f"the formulas differ by {value} at {point}")
        on_surface = any(fact.sign is Sign.ZERO for fact in region.local)
        if value is None and not on_surface and opinion(difference) == "nonzero":
            raise Disagreement(f"SymPy finds {difference} nonzero where the kernel finds zero")

    def _conditions(self, findings: _Findings) -> tuple[str, ...]:
        conditions = [*findings.conditions]
        for crossing in findings.crossings:
            conditions += crossing.conditions
        return self.wording.conditions(findings.undefined, conditions, findings.crossings)

    # Refutation --------------------------------------------------------------------------------

    def _any_witness(self) -> Witness | None:
        """A point where the formulas differ, found without a normal form."""
        try:
            return witnesses.find(self.comparison, FEW)
        except witnesses.NOT_EVALUATED:
            return None

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
            self.wording.residual(different[0][1]),
        )

    def _refuted(self, witness: Witness, region: Region, difference: Fraction) -> Verdict:
        where, residual = self.wording.where(region), self.wording.residual(difference)
        return Refuted(witness, where, residual, self._hint(region))

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
                written, limits = self.wording.values(crossing)
                if len(limits) == 2:
                    allowed = f"anything between {' and '.join(limits)}"
                else:
                    allowed = "".join(limits) or witness.derived
                where = f"at the boundary {self.wording.surface(crossing)}"
                return Refuted(witness, where, f"{written}, allowed is {allowed}")
        text, (written, _) = self.wording.surface(doubtful[0]), self.wording.values(doubtful[0])
        return Unknown(f"at the boundary {text} the written value {written} was not shown legal")

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


def _value(expression: Expr, point: Point) -> arb | None:
    """An enclosure of a value, where it has one."""
    try:
        value = evaluate(expression, point)
    except (OnBoundary, OutsideClass, ZeroDivisionError):
        return None
    return value if value.is_finite() else None


def _is_surface(region: Region) -> bool:
    return any(fact.sign is Sign.ZERO for fact in region.local)
