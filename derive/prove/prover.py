"""Claims about a loss and their verdicts: equal on every region, legal on every boundary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from sympy import Add, Expr, Interval, Rational, S, Symbol, oo, sympify
from sympy.core.relational import Equality, GreaterThan, LessThan, Relational
from sympy.core.relational import StrictGreaterThan, StrictLessThan
from sympy.sets import FiniteSet, Set

from derive.calculus import Program, directional_derivative, gradient
from derive.language import ENTRY, SLICE, Element, Parameter, Sum, as_cases, has_aggregate
from derive.loss import Kink, Loss, direction
from derive.formulas import text_line
from derive.prove import witness as witnesses
from derive.prove.balls import OnBoundary, Point, evaluate, is_zero_at, unroll
from derive.prove.boundaries import Crossing, crossings, vanishes, without_cases
from derive.prove.cases import explore
from derive.prove.explain import hint
from derive.prove.field import Field, Fraction, OutsideClass, Undefined
from derive.prove.judge import opinion
from derive.prove.normal import (
    Exponents,
    FinerExponent,
    NormalForm,
    expression_of,
    fraction_expression,
)
from derive.prove.points import Domain
from derive.prove.region import Fact, NeedSign, Region, SideCondition
from derive.prove.sign import Sign
from derive.prove.verdict import (
    Boundary,
    Disagreement,
    Proved,
    ProvedRegion,
    Refuted,
    Unknown,
    Verdict,
)
from derive.prove.witness import Comparison

T = TypeVar("T")
Kind = Literal["value", "gradient", "hessian", "hvp", "form"]
_ORDERS: dict[Kind, int] = {"value": 0, "gradient": 1, "hessian": 2, "hvp": -1, "form": 0}
_RELATIONS = {Sign.POSITIVE: ">", Sign.NEGATIVE: "<", Sign.ZERO: "="}
_RELATIONS |= {Sign.NONNEGATIVE: "≥", Sign.NONPOSITIVE: "≤", Sign.NONZERO: "≠"}
_WEIGHT = {"elementwise": Element("weight"), "slices": Element("weight", (SLICE,))}
_DIVISOR = Symbol("divisor", positive=True)
SCOPES = {
    "elementwise": "for every shape, weight and reduction",
    "slices": "for every number and length of slices, every weight and reduction",
}


@dataclass(frozen=True)
class Claim:
    """``written`` is the quantity of this ``kind`` of ``loss`` with respect to ``wrt``.

    A value or a form has a ``reference`` that it must equal at every point, boundaries included;
    derivatives are derived from the value. ``free`` are symbols that stand for any real number.
    """

    loss: Loss
    kind: Kind
    wrt: Element
    written: Expr
    assuming: tuple[Relational, ...] = ()
    reference: Expr | None = None
    free: tuple[Parameter, ...] = ()

    @property
    def derived(self) -> Expr:
        """What the written formula must equal."""
        if self.reference is not None:
            return self.reference
        return derive(self.loss, self.kind, self.wrt)


def reduced_gradient(loss: Loss, wrt: Element) -> tuple[Expr, Expr]:
    """The gradient of the weighted sum of everything over any divisor, and the factor that this
    puts before the gradient of the plain sum: every reduction at once.
    """
    weight = _WEIGHT[loss.kind]
    value = weight * loss.value / _DIVISOR
    total = Sum(value if loss.kind == "slices" else Sum(value, ENTRY), SLICE)
    return gradient(total, wrt), weight / _DIVISOR


def derive(loss: Loss, kind: Kind, wrt: Element) -> Expr:
    """The value, gradient, Hessian diagonal or Hessian-vector product of a loss.

    Raises ``OutsideClass`` for the diagonal of a Hessian that couples elements.
    """
    if kind in ("value", "form"):
        return loss.value
    reduced, _ = reduced_gradient(loss, wrt)
    first = reduced.xreplace({_WEIGHT[loss.kind]: S.One, _DIVISOR: S.One})
    if kind == "gradient":
        return first
    if kind == "hvp":
        return directional_derivative(first, {wrt: direction})
    if any(wrt in aggregate.free_symbols for aggregate in first.atoms(Sum)):
        raise OutsideClass("the Hessian couples elements: declare a Hessian-vector product")
    return directional_derivative(first, {wrt: direction}).xreplace({direction: S.One})


def check(claim: Claim) -> Verdict:
    """Prove the claim, refute it, or say why neither succeeds. Never raises for a hard claim."""
    try:
        return _Prover(claim).verdict()
    except (OutsideClass, Undefined) as problem:
        return Unknown(str(problem))
    except RecursionError:
        return Unknown("the expression is nested too deeply")


@dataclass(frozen=True)
class Branch:
    """What was derived on one open region."""

    where: tuple[Relational, ...]
    derived: Expr


def derivation(loss: Loss, kind: Kind, wrt: Element) -> list[Branch]:
    """The derived formula region by region, each in the shorter of two forms.

    Raises ``OutsideClass`` or ``Undefined`` where the prover does not reach.
    """
    prover = _Prover(Claim(loss, kind, wrt, S.Zero))
    return prover.restarting(prover.branches)


def discontinuity(loss: Loss) -> str | None:
    """A surface across which the value jumps as an input moves that has a gradient, if any."""
    written = Claim(loss, "value", loss.inputs[0], loss.value)
    prover = _Prover(written)
    return prover.restarting(prover.jump_of_value)


@dataclass
class _Findings:
    regions: list[tuple[Region, Fraction]] = field(default_factory=list)
    crossings: list[Crossing] = field(default_factory=list)
    conditions: list[SideCondition] = field(default_factory=list)


class _Prover:
    def __init__(self, claim: Claim) -> None:
        self.claim, self.loss = claim, claim.loss
        self.field = Field()
        self.exponents = Exponents()
        self.written = claim.written
        self.derived = as_cases(claim.derived)
        extra = direction in self.written.free_symbols | self.derived.free_symbols
        self.tensors = (*self.loss.inputs, direction) if extra else self.loss.inputs
        self.facts = (*self.loss.assuming, *claim.assuming)
        self.parameters = (*self.loss.parameters, *claim.free)
        self.pointwise = claim.kind in ("value", "form")
        self.reduced = (
            reduced_gradient(self.loss, claim.wrt) if claim.kind == "gradient" else None
        )
        self.domain = Domain(
            self.tensors,
            self.parameters,
            tuple(self.loss.domain(s) for s in (*self.tensors, *self.parameters)),
            self.facts,
            self.loss.square,
            has_aggregate(self.loss.value) or has_aggregate(claim.written),
        )
        self.comparison = Comparison(
            self.loss.value,
            self.written,
            self.derived,
            None if self.pointwise else claim.wrt,
            _ORDERS[claim.kind],
            self.domain,
        )

    def restarting(self, job: Callable[[], T]) -> T:
        """Run ``job`` until it needs no finer exponent."""
        for _ in range(12):
            try:
                return job()
            except FinerExponent:
                continue
        raise OutsideClass("exponents with too many denominators")

    # The domain --------------------------------------------------------------------------------

    def start(self) -> Region:
        """The declared domain as a region."""
        region = Region(self.field)
        for symbol, domain in zip(
            (*self.tensors, *self.parameters), self.domain.sets, strict=True
        ):
            for fact in _membership(symbol, domain):
                region = self._assume(region, fact)
        for fact in self.facts:
            region = self._assume(region, fact)
        if region.is_empty:
            raise OutsideClass("the stated facts contradict each other")
        return region

    def _assume(self, region: Region, fact: Relational) -> Region:
        difference = NormalForm(region, self.exponents)(fact.lhs - fact.rhs)
        if region.sign(difference.denominator) is not Sign.POSITIVE:
            raise OutsideClass(f"the stated fact {fact} has a denominator of unknown sign")
        signs = {
            StrictGreaterThan: Sign.POSITIVE,
            GreaterThan: Sign.NONNEGATIVE,
            StrictLessThan: Sign.NEGATIVE,
            LessThan: Sign.NONPOSITIVE,
            Equality: Sign.ZERO,
        }
        sign = signs[type(fact)]
        region = region.given_everywhere(difference.numerator, sign)
        if sign is Sign.ZERO and (solution := region.solve(difference.numerator)):
            region = replace(region, equalities=(*region.equalities, solution))
        return region

    # The verdict -------------------------------------------------------------------------------

    def verdict(self) -> Verdict:
        findings = self.restarting(self._findings)
        different = [(r, d) for r, d in findings.regions if not vanishes(d, r)]
        if different:
            return self._different(different)
        if not findings.regions:
            return Unknown("no region of the domain is known to be inhabited")
        for crossing in findings.crossings:
            if crossing.outcome in ("illegal", "undecided"):
                return self._illegal(crossing)
        return self._proved(findings)

    def _findings(self) -> _Findings:
        found = _Findings()
        exploration = explore(self._difference, self.start(), self._is_fixed)
        for region, (difference, conditions) in exploration.regions:
            found.regions.append((region, difference))
            found.conditions += conditions
        if not self.pointwise:
            for surface, divided in exploration.surfaces:
                found.crossings += crossings(
                    surface,
                    divided,
                    self.derived,
                    self.written,
                    self.exponents,
                    self._is_fixed,
                    self.loss.kind == "slices",
                )
        return found

    def _difference(self, region: Region) -> tuple[Fraction, list[SideCondition]]:
        form = NormalForm(region, self.exponents)
        # Apart: SymPy would cancel equal cases before anyone had looked at their boundaries.
        difference = self.field.subtract(form(self.derived), form(self.written))
        if self.reduced is not None and difference.is_zero:
            reduced, factor = self.reduced
            difference = form(reduced - factor * self.written)
        return difference, list(form.conditions.values())

    def _is_fixed(self, switch: object) -> bool:
        """Whether a surface stays put as the input moves with respect to which we differentiate."""
        moves = self.claim.wrt in self.field.symbols(switch)  # type: ignore[arg-type]
        return self.pointwise or not moves

    def _proved(self, findings: _Findings) -> Verdict:
        regions = []
        for region, difference in findings.regions:
            point = self._sample(region)
            self._cross_examine(region, point)
            facts = tuple(map(self._fact_text, region.local))
            regions.append(ProvedRegion(facts, None if point is None else _point_text(point)))
            del difference
        if not any(region.sample for region in regions):
            return Unknown("no sample point was found in any region")
        boundaries = tuple(
            self._boundary(c) for c in findings.crossings if c.outcome != "singular"
        )
        return Proved(tuple(regions), boundaries, self._assuming(findings), SCOPES[self.loss.kind])

    def _sample(self, region: Region) -> Point | None:
        facts = [(expression_of(self.field, f.polynomial), f.sign) for f in region.local]

        def inside(point: Point) -> bool:
            try:
                return all(_has_sign(expression, sign, point) for expression, sign in facts)
            except (OutsideClass, OnBoundary):
                return False

        return witnesses.sample(self.domain, inside)

    def _cross_examine(self, region: Region, point: Point | None) -> None:
        """The other judges on a region where the kernel found equality."""
        form = NormalForm(region, self.exponents)
        difference = without_cases(as_cases(self.derived - self.written), form)
        if opinion(difference) == "nonzero":
            raise Disagreement(f"SymPy finds {difference} nonzero where the kernel finds zero")
        if point is not None:
            try:
                value = evaluate(difference, point, strict=False)
            except (OnBoundary, OutsideClass, ZeroDivisionError):
                return
            if value.is_finite() and not value.contains(0):
                raise Disagreement(f"the formulas differ by {value} at {point}")

    def branches(self) -> list[Branch]:
        """The derived formula on each open region."""

        def branch(region: Region) -> Expr:
            form = NormalForm(region, self.exponents)
            normal = fraction_expression(self.field, form(self.derived))
            resolved = without_cases(self.derived, form)
            return min(normal, resolved, key=lambda e: (e.count_ops(), str(e)))

        found = explore(branch, self.start(), self._is_fixed).regions
        return [
            Branch(tuple(self._relation(fact) for fact in region.local), derived)
            for region, derived in found
            if all(fact.sign is not Sign.ZERO for fact in region.local)
        ]

    def _relation(self, fact: Fact) -> Relational:
        """A strict fact as an inequality between what is added and what is subtracted."""
        positive = fact.sign is Sign.POSITIVE
        terms = Add.make_args(expression_of(self.field, fact.polynomial))
        left = Add(*[t for t in terms if not t.could_extract_minus_sign()])
        right = Add(*[-t for t in terms if t.could_extract_minus_sign()])
        return StrictGreaterThan(left, right) if positive else StrictLessThan(left, right)

    # Refutation --------------------------------------------------------------------------------

    def _different(self, different: list[tuple[Region, Fraction]]) -> Verdict:
        region, difference = different[0]
        residual = self._residual(difference)
        witness = witnesses.find(self.comparison)
        if witness is None:
            return Unknown("the formulas do not look equal, and no counterexample was found", residual)
        return Refuted(witness, self._where(region), residual, self._hint(region))

    def _residual(self, difference: Fraction) -> str:
        return text_line(fraction_expression(self.field, difference).factor(deep=False))

    def _where(self, region: Region) -> str:
        facts = [self._fact_text(fact) for fact in region.local]
        return "where " + " and ".join(facts) if facts else "everywhere"

    def _hint(self, region: Region) -> str:
        form = NormalForm(region, self.exponents)
        try:
            return hint(self.field, form(self.derived), form(self.written))
        except (NeedSign, FinerExponent, OutsideClass, Undefined):
            return ""

    def _illegal(self, crossing: Crossing) -> Verdict:
        text = self._fact_text_of(expression_of(self.field, crossing.surface), Sign.ZERO)
        limits = [self._text(limit) for limit in crossing.limits.values()]
        written = self._text(crossing.written) if crossing.written is not None else "undefined"
        witness = witnesses.find_on_surface(self.comparison, self._onto(crossing))
        if witness is None:
            return Unknown(f"at the boundary {text} the written value {written} was not shown legal")
        allowed = "anything between " + " and ".join(limits) if len(limits) > 1 else limits[0]
        return Refuted(witness, f"at the boundary {text}", f"{written}, allowed is {allowed}")

    def _onto(self, crossing: Crossing) -> Callable[[Point], Point | None]:
        """Moves a point onto the boundary, exactly, or rejects it."""
        surface = expression_of(self.field, crossing.surface)
        facts = [(expression_of(self.field, f.polynomial), f.sign) for f in crossing.region.facts]
        solved = [
            (self.field.generators[index].data, fraction_expression(self.field, value))
            for index, value in crossing.region.equalities
            if self.field.generators[index].kind == "symbol"
        ]

        def move(point: Point) -> Point | None:
            for symbol, value in solved:
                exact = unroll(value, point)
                if not exact.is_Rational:
                    return None
                point = _with_value(point, symbol, exact)
            try:
                inside = all(_has_sign(e, s, point) for e, s in facts)
                return point if inside and is_zero_at(surface, point) else None
            except (OutsideClass, OnBoundary):
                return None

        return move

    # Texts -------------------------------------------------------------------------------------

    def _boundary(self, crossing: Crossing) -> Boundary:
        surface = self._fact_text_of(expression_of(self.field, crossing.surface), Sign.ZERO)
        own = [f for f in crossing.region.local if f.polynomial != crossing.surface]
        assert crossing.written is not None
        return Boundary(
            surface,
            tuple(map(self._fact_text, own)),
            "jumps" if crossing.outcome == "jumps" else "continuous",
            tuple(self._text(limit) for limit in crossing.limits.values()),
            self._text(crossing.written),
            *self._declared(crossing),
        )

    def _declared(self, crossing: Crossing) -> tuple[str, str]:
        """Why a specification chooses what it does here, and what it states wrongly, if anything."""
        form = NormalForm(crossing.region, self.exponents)
        for kink in self.loss.kinks:
            if self._is_at(kink, crossing, form):
                stated = getattr(kink, self.claim.kind, None)
                if stated is None or crossing.written is None:
                    return kink.because, ""
                gap = self.field.subtract(form(sympify(stated)), crossing.written)
                wrong = not vanishes(gap, crossing.region)
                return kink.because, text_line(sympify(stated)) if wrong else ""
        return "", ""

    def _is_at(self, kink: Kink, crossing: Crossing, form: NormalForm) -> bool:
        try:
            return vanishes(form(kink.at), crossing.region)
        except (NeedSign, OutsideClass, Undefined):
            return False

    def _assuming(self, findings: _Findings) -> tuple[str, ...]:
        texts = []
        for quantity, sign, region, source in findings.conditions:
            if region.sign_of(quantity) & ~sign:
                text = self._fact_text_of(source, sign)
                texts.append(f"{text} at every index" if region.bound else text)
        for crossing in findings.crossings:
            if crossing.outcome == "singular":
                surface = expression_of(self.field, crossing.surface)
                texts.append(self._fact_text_of(surface, Sign.NONZERO))
        return tuple(dict.fromkeys(texts))

    def _text(self, quantity: Fraction) -> str:
        return text_line(fraction_expression(self.field, quantity))

    def _fact_text(self, fact: Fact) -> str:
        return self._fact_text_of(expression_of(self.field, fact.polynomial), fact.sign)

    def _fact_text_of(self, expression: Expr, sign: Sign) -> str:
        return f"{text_line(expression)} {_RELATIONS[sign]} 0"

    # Continuity --------------------------------------------------------------------------------

    def jump_of_value(self) -> str | None:
        """The first surface across which a piece of the value jumps."""
        program = Program(self.loss.value)
        pieces = [program.result, *(a.body for a in program.aggregates.values())]
        moving = {*self.loss.gradients}
        moving |= {s for s in program.aggregates if moving & program.lift(s).free_symbols}
        for piece in pieces:
            surface = self._jump_of(piece, moving)
            if surface:
                return surface
        return None

    def _jump_of(self, piece: Expr, moving: set[Element]) -> str | None:
        def fixed(switch: object) -> bool:
            return not moving & self.field.symbols(switch)  # type: ignore[arg-type]

        exploration = explore(
            lambda region: NormalForm(region, self.exponents)(piece), self.start(), fixed
        )
        for surface, divided in exploration.surfaces:
            for crossing in crossings(
                surface, divided, piece, piece, self.exponents, fixed, whole_slice=False
            ):
                if crossing.outcome in ("jumps", "illegal"):
                    limits = [self._text(limit) for limit in crossing.limits.values()]
                    where = self._fact_text_of(expression_of(self.field, surface), Sign.ZERO)
                    return f"at {where}: from {limits[0]} to {limits[-1]}"
        return None


def _membership(symbol: Symbol, domain: Set) -> list[Relational]:
    """Inequalities that hold of every number in a set; of a finite set only its hull."""
    if isinstance(domain, FiniteSet):
        domain = Interval(min(domain), max(domain))
    if not isinstance(domain, Interval):
        domain = Interval(domain.inf, domain.sup)
    facts: list[Relational] = []
    if domain.start != -oo:
        low = StrictGreaterThan if domain.left_open else GreaterThan
        facts.append(low(symbol, domain.start, evaluate=False))
    if domain.end != oo:
        high = StrictLessThan if domain.right_open else LessThan
        facts.append(high(symbol, domain.end, evaluate=False))
    return facts


def _has_sign(expression: Expr, sign: Sign, point: Point) -> bool:
    value = evaluate(expression, point, strict=False)
    if value > 0:
        return bool(sign & Sign.POSITIVE)
    if value < 0:
        return bool(sign & Sign.NEGATIVE)
    return bool(sign & Sign.ZERO) and is_zero_at(expression, point)


def _with_value(point: Point, symbol: Symbol, value: Rational) -> Point:
    if isinstance(symbol, Element):
        row = list(point.tensors[symbol.name])
        row[point.index[0] * point.entries + point.index[1]] = value
        return replace(point, tensors={**point.tensors, symbol.name: tuple(row)})
    return replace(point, parameters={**point.parameters, symbol.name: value})


def _point_text(point: Point) -> str:
    tensors = [f"{name} = [{', '.join(map(str, v))}]" for name, v in point.tensors.items()]
    return ", ".join(tensors + [f"{name} = {v}" for name, v in point.parameters.items()])
