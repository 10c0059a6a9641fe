"""How each property is proved: by combining inequalities and equalities of the trusted kernel.

What is not proved is searched for a counterexample to the definition itself, in which no
derivative takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import cached_property
from typing import Any

from sympy import Dummy, Expr, Gt, Lt, Piecewise, Rational, S, diff

from derive import properties as vocabulary
from derive.language import Aggregate, Sum, as_cases, direction, has_aggregate, real, target
from derive.loss import Forms, Loss
from derive.properties import Comparison, Property, factor, shift
from derive.prove import inequality
from derive.prove.claim import Claim, derive
from derive.prove.counterexamples import Labels, moved_facts, violation
from derive.prove.field import OutsideClass, Undefined
from derive.prove.inequality import conjunction
from derive.prove.kinks import not_smooth, rising_at_zero
from derive.prove.points import Domain, domain_of
from derive.prove.prover import check
from derive.prove.sign import Sign
from derive.prove.verdict import Proved, Refuted, Unknown, Verdict, Witness

NEAR = Rational(1, 8)


class Subject:
    """A loss whose properties are examined; what several of them need is proved once."""

    def __init__(self, loss: Loss) -> None:
        self.loss = loss
        self.x = loss.inputs[0]
        self._known: dict[Hashable, Verdict] = {}

    def examine(self, claimed: Property) -> tuple[Verdict, Labels]:
        """The verdict on a property, and what the two numbers of a refutation are."""
        verdict = self.prove(claimed)
        if isinstance(verdict, Unknown):
            found = violation(self.loss, claimed)
            if found is None and isinstance(claimed, _WITH_LIMITS):
                found = _limits(self, claimed)
            if found is not None:
                witness, labels = found
                return Refuted(witness, "", ""), labels
        equalities = [c for c in claimed.comparisons(self.f, self.x) if c.relation == "=="]
        return verdict, equalities[0].labels if equalities else ("left", "right")

    def prove(self, claimed: Property) -> Verdict:
        """Proved, refuted where an equality is at stake, or unknown."""
        try:
            return _PROOFS[type(claimed)](self, claimed, self._domain(claimed))
        except (OutsideClass, Undefined) as problem:
            return Unknown(str(problem))

    def _domain(self, claimed: Property) -> Domain:
        return domain_of(self.loss, assuming=claimed.facts)

    def f(self, at: Expr) -> Expr:
        """The loss at a value of its first input."""
        return self.loss.value.xreplace({self.x: at})

    @cached_property
    def slope(self) -> Expr:
        """The derivative off the boundaries."""
        return derive(self.loss, "gradient", self.x)

    @cached_property
    def bend(self) -> Expr:
        """The second derivative off the boundaries."""
        return derive(self.loss, "hessian", self.x)

    def once(self, statement: Callable[..., Verdict], *arguments: Any, **options: Any) -> Verdict:
        """A verdict, looked up if the same was asked before."""
        name = (statement, arguments, tuple(options.items()))
        if name not in self._known:
            self._known[name] = statement(*arguments, **options)
        return self._known[name]

    def continuous(self, domain: Domain) -> Verdict:
        """The loss is continuous in its first input."""
        return self.once(inequality.continuous, self.loss.value, self.x, domain)

    def equal(self, comparison: Comparison, facts: tuple[Any, ...]) -> Verdict:
        """Both sides of a comparison are equal at every point."""
        used = comparison.left.free_symbols
        return check(
            Claim(
                self.loss,
                "form",
                self.x,
                comparison.left,
                facts,
                comparison.right,
                tuple(p for p in (shift, factor) if p in used),
            )
        )


# Convexity -------------------------------------------------------------------------------------


def _convex(subject: Subject, claimed: Property, domain: Domain) -> Verdict:
    if has_aggregate(subject.loss.value):
        return _convex_slices(subject, claimed)
    return subject.once(inequality.convex, subject.loss.value, subject.slope, subject.x, domain)


def _strictly_convex(subject: Subject, claimed: Property, domain: Domain) -> Verdict:
    return inequality.convex(subject.loss.value, subject.slope, subject.x, domain, strictly=True)


def _strongly_convex(subject: Subject, claimed: Property, domain: Domain) -> Verdict:
    assert isinstance(claimed, vocabulary.StronglyConvex)
    return conjunction(
        [
            inequality.signed(claimed.modulus, Sign.POSITIVE, domain),
            subject.continuous(domain),
            _rises(subject, subject.slope - claimed.modulus * subject.x, domain),
        ]
    )


def _convex_slices(subject: Subject, claimed: Property) -> Verdict:
    """The Hessian in any direction is a sum of squares with nonnegative weights."""
    loss, x = subject.loss, subject.x
    others = any(not isinstance(a, Sum) for a in loss.value.atoms(Aggregate))
    if others or as_cases(loss.value).atoms(Piecewise):
        raise OutsideClass("convexity of a slice whose loss has cases")
    facts = (*loss.assuming, *claimed.facts)
    if loss.domain(x) != real or any(x in fact.free_symbols for fact in facts):
        raise OutsideClass("convexity of a slice that not all real numbers may be in")
    product = derive(loss, "hvp", x)
    form = Sum(direction * product)
    weight, centres = _completed(loss.hvps.get(x, product))
    for centre in centres:
        square = Sum(weight * (direction - centre) ** 2)
        equal = check(Claim(loss, "form", x, square, claimed.facts, form))
        if isinstance(equal, Proved):
            domain = domain_of(loss, weight, assuming=claimed.facts)
            both = conjunction([equal, inequality.signed(weight, Sign.NONNEGATIVE, domain)])
            if isinstance(both, Proved) and both.assuming:
                raise OutsideClass(f"the loss is smooth only if {' and '.join(both.assuming)}")
            return both
    raise OutsideClass("the Hessian was not written as a sum of squares")


def _completed(product: Expr) -> tuple[Expr, list[Expr]]:
    """The weight and centres of squares that may add up to the quadratic form of a Hessian."""
    means = {s: Dummy() for s in product.atoms(Sum) if direction in s.free_symbols}
    weight = diff(product.xreplace(means), direction).xreplace({d: s for s, d in means.items()})
    return weight, [*sorted(means, key=str), S.Zero]


# Slopes ----------------------------------------------------------------------------------------


def _rises(subject: Subject, function: Expr, domain: Domain) -> Verdict:
    return subject.once(inequality.nondecreasing, function, subject.x, domain)


def _lipschitz(subject: Subject, claimed: Property, domain: Domain) -> Verdict:
    assert isinstance(claimed, vocabulary.Lipschitz)
    line, f = claimed.constant * subject.x, subject.loss.value
    return conjunction(_rises(subject, line + s * f, domain) for s in (1, -1))


def _smooth(subject: Subject, claimed: Property, domain: Domain) -> Verdict:
    assert isinstance(claimed, vocabulary.Smooth)
    line = claimed.constant * subject.x
    rises = [_rises(subject, line + s * subject.slope, domain) for s in (1, -1)]
    return conjunction([*rises, subject.continuous(domain)])


def _monotone(subject: Subject, claimed: Property, domain: Domain) -> Verdict:
    assert isinstance(claimed, vocabulary.NonincreasingIn | vocabulary.NondecreasingIn)
    steepness = diff(claimed.expression, subject.x)
    if subject.x in steepness.free_symbols:
        raise OutsideClass(f"{claimed.expression} is not affine in {subject.x}")
    sign = -1 if isinstance(claimed, vocabulary.NonincreasingIn) else 1
    return _rises(subject, sign * steepness * subject.loss.value, domain)


def _differentiable(subject: Subject, claimed: Property, domain: Domain) -> Verdict:
    assert isinstance(claimed, vocabulary.Differentiable | vocabulary.TwiceDifferentiable)
    if has_aggregate(subject.loss.value):
        raise OutsideClass("differentiability of a slice")
    but_at = claimed.but_at
    if isinstance(claimed, vocabulary.Differentiable):
        smooth = [inequality.smooth(subject.slope, subject.x, domain, but_at)]
    else:
        smooth = [
            inequality.smooth(subject.slope, subject.x, domain),
            inequality.smooth(subject.bend, subject.x, domain, but_at),
        ]
    return conjunction([subject.continuous(domain), *smooth])


# Bounds ----------------------------------------------------------------------------------------


def _bounded(subject: Subject, claimed: Property, domain: Domain) -> Verdict:
    assert isinstance(claimed, vocabulary.BoundedBelow | vocabulary.BoundedAbove)
    below = isinstance(claimed, vocabulary.BoundedBelow)
    sign = 1 if below else -1
    bound, at, f = claimed.bound, claimed.at, sign * subject.loss.value
    above = inequality.signed(f - sign * bound, Sign.NONNEGATIVE, domain)
    if at is None:
        return above
    if not isinstance(above, Proved) and not has_aggregate(f):
        above = inequality.least(f, sign * subject.slope, subject.x, at, domain)
    reached = list(claimed.comparisons(subject.f, subject.x))[-1]
    inside = inequality.lies_in_domain(at, subject.x, domain)
    return conjunction([above, inside, subject.equal(reached, claimed.facts)])


def _never_negative(subject: Subject, claimed: Property, domain: Domain) -> Verdict:
    direct = inequality.signed(subject.loss.value, Sign.NONNEGATIVE, domain)
    if isinstance(direct, Proved) or target not in subject.loss.inputs:
        return direct
    if has_aggregate(subject.loss.value):
        return direct
    least = inequality.least(subject.loss.value, subject.slope, subject.x, target, domain)
    there = inequality.signed(subject.f(target), Sign.NONNEGATIVE, domain)
    found = conjunction([least, there])
    return found if isinstance(found, Proved) else direct


def _zero_iff_equal(subject: Subject, claimed: Property, domain: Domain) -> Verdict:
    zero = next(iter(claimed.comparisons(subject.f, subject.x)))
    above, below = (
        replace(domain, assuming=(*domain.assuming, side(subject.x, target))) for side in (Gt, Lt)
    )
    if has_aggregate(subject.loss.value):
        raise OutsideClass("slices that are equal")
    f, x = subject.loss.value, subject.x
    sides = [inequality.signed(f, Sign.POSITIVE, side) for side in (above, below)]
    if not all(isinstance(side, Proved) for side in sides):
        sides = [inequality.least(f, subject.slope, x, target, domain, strictly=True)]
    return conjunction([subject.equal(zero, claimed.facts), *sides])


# Equalities ------------------------------------------------------------------------------------


def _invariant(subject: Subject, claimed: Property, domain: Domain) -> Verdict:
    if subject.loss.domain(subject.x) != real:
        raise OutsideClass(f"{subject.x} has a domain that may not stay the same")
    (comparison,) = claimed.comparisons(subject.f, subject.x)
    there = moved_facts(comparison, domain.assuming, subject.x)
    return subject.equal(comparison, (*claimed.facts, *there))


def _symmetric(subject: Subject, claimed: Property, domain: Domain) -> Verdict:
    if subject.loss.domain(subject.x) != subject.loss.domain(target):
        raise OutsideClass(f"{subject.x} and {target} have different domains")
    (comparison,) = claimed.comparisons(subject.f, subject.x)
    return subject.equal(comparison, claimed.facts)


def _calibrated(subject: Subject, claimed: Property, domain: Domain) -> Verdict:
    """By the theorem of Bartlett, Jordan and McAuliffe for convex functions of the margin."""
    x = subject.x
    (of_margin,) = claimed.comparisons(subject.f, x)
    labels = [subject.loss.domain(target).contains(label) for label in (-1, 1)]
    if subject.loss.domain(x) != real or labels != [S.true, S.true] or domain.assuming:
        raise OutsideClass(f"{x} is not any number, or {target} is not -1 or 1")
    winning = {target: S.One}
    phi, slope = (e.xreplace(winning) for e in (subject.loss.value, subject.slope))
    alone = inequality.without(domain, target)
    near = replace(alone, assuming=(*alone.assuming, Gt(x, -NEAR), Lt(x, NEAR)))
    at_zero = as_cases(slope).xreplace({x: S.Zero})
    return conjunction(
        [
            subject.equal(of_margin, claimed.facts),
            inequality.convex(phi, slope, x, alone),
            inequality.smooth(slope, x, near),
            inequality.signed(at_zero, Sign.NEGATIVE, alone),
        ]
    )


def _limits(subject: Subject, claimed: Property) -> tuple[Witness, Labels] | None:
    """A point at which a property that takes a limit is shown to fail."""
    if isinstance(claimed, vocabulary.ClassificationCalibrated):
        return _not_calibrated(subject, claimed)
    order = 1 if isinstance(claimed, vocabulary.Differentiable) else 2
    return not_smooth(subject.loss, order, claimed.facts, claimed.arguments)


def _not_calibrated(subject: Subject, claimed: Property) -> tuple[Witness, Labels] | None:
    """A corner at 0, or a slope that is not negative there, of a convex function of the margin."""
    (of_margin,) = claimed.comparisons(subject.f, subject.x)
    phi = replace(
        subject.loss,
        value=subject.loss.value.xreplace({target: S.One}),
        gradient=subject.slope.xreplace({target: S.One}),
        hessian=None,
        forms=Forms(),
        kinks=(),
        claims=(),
    )
    slope = next(iter(phi.gradients.values()))
    alone = domain_of(phi, assuming=claimed.facts)
    premises = [
        subject.equal(of_margin, claimed.facts),
        inequality.convex(phi.value, slope, subject.x, alone),
    ]
    if not all(isinstance(premise, Proved) for premise in premises):
        return None
    corner = not_smooth(phi, 1, claimed.facts, ())
    if corner is not None and corner[0].inputs[subject.x.name] == (S.Zero,):
        return corner
    return rising_at_zero(phi)


_WITH_LIMITS = (
    vocabulary.Differentiable,
    vocabulary.TwiceDifferentiable,
    vocabulary.ClassificationCalibrated,
)
_PROOFS: dict[type[Property], Callable[[Subject, Any, Domain], Verdict]] = {
    vocabulary.Convex: _convex,
    vocabulary.StrictlyConvex: _strictly_convex,
    vocabulary.StronglyConvex: _strongly_convex,
    vocabulary.Lipschitz: _lipschitz,
    vocabulary.Smooth: _smooth,
    vocabulary.BoundedBelow: _bounded,
    vocabulary.BoundedAbove: _bounded,
    vocabulary.NeverNegative: _never_negative,
    vocabulary.ZeroIffEqual: _zero_iff_equal,
    vocabulary.EvenIn: _invariant,
    vocabulary.OddIn: _invariant,
    vocabulary.Symmetric: _symmetric,
    vocabulary.NonincreasingIn: _monotone,
    vocabulary.NondecreasingIn: _monotone,
    vocabulary.ShiftInvariant: _invariant,
    vocabulary.ScaleInvariant: _invariant,
    vocabulary.Differentiable: _differentiable,
    vocabulary.TwiceDifferentiable: _differentiable,
    vocabulary.ClassificationCalibrated: _calibrated,
}
