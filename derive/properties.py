"""Properties that a specification can claim of a loss, each with its definition.

In what follows ``f(x)`` is the loss as a function of its first input, everywhere in its domain;
``x`` and ``x'`` are any two values of it, ``t`` is any number between 0 and 1. The other inputs and
the parameters have any value in their domains, and are the same on both sides. For a loss of
slices ``x`` is a whole slice and ``|x - x'|`` the Euclidean distance. Constants may depend on the
parameters and on the other inputs. ``property.where(facts)`` claims it only where facts hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, Self

from sympy import Abs, Expr, Gt, Ne, Rational, diff, sqrt, sympify
from sympy.core.relational import Relational

from derive.language import Element, Parameter, Sum, has_aggregate, positive, target, unit_open

other = Element("other'")
"""A second value ``x'`` of the first input."""
share = Parameter("share'", default=Rational(1, 2), domain=unit_open)
shift = Parameter("shift'", default=1)
factor = Parameter("factor'", default=2, domain=positive)

_ABOUT_EXPRESSIONS = {
    *("EvenIn", "OddIn", "NonincreasingIn", "NondecreasingIn"),
    *("Differentiable", "TwiceDifferentiable"),
}
_ABOUT_TARGET = {"ZeroIffEqual", "Symmetric", "ClassificationCalibrated"}

Values = Callable[[Expr], Expr]
"""The loss as a function of its first input."""


@dataclass(frozen=True)
class Comparison:
    """``left relation right`` at all points where ``given`` holds.

    ``at`` are the values of the first input at which the loss is taken, beside ``x`` and ``x'``:
    they too must lie in its domain.
    """

    left: Expr
    relation: Literal["<=", "<", "==", "!="]
    right: Expr
    labels: tuple[str, str]
    given: tuple[Relational, ...] = ()
    at: tuple[Expr, ...] = ()


@dataclass(frozen=True)
class Property:
    """A statement about a loss, true or false; ``facts`` restrict the points that it is about."""

    facts: tuple[Relational, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        for each in fields(self):
            part = getattr(self, each.name)
            if isinstance(part, int | Expr) and not isinstance(part, bool):
                object.__setattr__(self, each.name, sympify(part))

    def where(self, *facts: Relational) -> Self:
        """The same property, claimed only where these facts hold of every input."""
        return replace(self, facts=(*self.facts, *facts))

    @property
    def name(self) -> str:
        """The name in the vocabulary, such as ``strongly_convex``."""
        excepted = "_but_at" if getattr(self, "but_at", ()) else ""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower() + excepted

    @property
    def arguments(self) -> tuple[Expr, ...]:
        """The constants and expressions that the property is about."""
        values = [getattr(self, f.name) for f in fields(self) if f.name != "facts"]
        parts = [v if isinstance(v, tuple) else (v,) for v in values if v is not None]
        return tuple(sympify(e) for part in parts for e in part)

    @property
    def constants(self) -> tuple[Expr, ...]:
        """The arguments that must not depend on the first input."""
        return () if type(self).__name__ in _ABOUT_EXPRESSIONS else self.arguments

    @property
    def needs_target(self) -> bool:
        """Whether the definition speaks of the target."""
        return type(self).__name__ in _ABOUT_TARGET

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """The definition, as comparisons that hold at all points; empty if it takes a limit."""
        raise NotImplementedError


def _distance(f: Values, x: Element) -> tuple[Expr, Expr]:
    """The distance of the two values and its square."""
    if has_aggregate(f(x)):
        square = Sum((x - other) ** 2)
        return sqrt(square), square
    return Abs(x - other), (x - other) ** 2


def _chord(f: Values, x: Element) -> tuple[Expr, Expr]:
    """The loss at a mean of the two values, and the mean of the losses."""
    return f(_between(x)), share * f(x) + (1 - share) * f(other)


def _between(x: Element) -> Expr:
    return share * x + (1 - share) * other


_CHORD = ("loss of the mean", "mean of the losses")


@dataclass(frozen=True)
class Convex(Property):
    """For all x, x', t: ``f(t x + (1 - t) x') <= t f(x) + (1 - t) f(x')``."""

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """One comparison of the loss with its chord."""
        at, mean = _chord(f, x)
        yield Comparison(at, "<=", mean, _CHORD, at=(_between(x),))


@dataclass(frozen=True)
class StrictlyConvex(Property):
    """For all x != x', 0 < t < 1: ``f(t x + (1 - t) x') < t f(x) + (1 - t) f(x')``."""

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """One strict comparison of the loss with its chord."""
        at, mean = _chord(f, x)
        _, square = _distance(f, x)
        yield Comparison(at, "<", mean, _CHORD, (Gt(square, 0),), (_between(x),))


@dataclass(frozen=True)
class StronglyConvex(Property):
    """``f(x) - modulus/2 |x|^2`` is convex, with a positive ``modulus``.

    For all x, x', t: ``f(t x + (1 - t) x') + modulus/2 t (1 - t) |x - x'|^2
    <= t f(x) + (1 - t) f(x')``.
    """

    modulus: Any

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """One comparison of the loss, lifted, with its chord."""
        at, mean = _chord(f, x)
        _, square = _distance(f, x)
        lifted = at + self.modulus / 2 * share * (1 - share) * square
        labels = ("loss of the mean, lifted", _CHORD[1])
        yield Comparison(lifted, "<=", mean, labels, at=(_between(x),))


@dataclass(frozen=True)
class Lipschitz(Property):
    """For all x, x': ``|f(x) - f(x')| <= constant |x - x'|``."""

    constant: Any

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """One comparison; the absolute value comes of exchanging x and x'."""
        distance, _ = _distance(f, x)
        labels = ("difference of the losses", "constant times distance")
        yield Comparison(f(x) - f(other), "<=", self.constant * distance, labels)


@dataclass(frozen=True)
class Smooth(Property):
    """``f`` is differentiable, its gradient Lipschitz with this constant.

    For all x, x', t: ``|t f(x) + (1 - t) f(x') - f(t x + (1 - t) x')|
    <= constant/2 t (1 - t) |x - x'|^2``, which is equivalent.
    """

    constant: Any

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """A comparison for each direction in which the loss may bend."""
        at, mean = _chord(f, x)
        _, square = _distance(f, x)
        bound = self.constant / 2 * share * (1 - share) * square
        labels = ("gap between chord and loss", "constant times square of the distance")
        yield Comparison(mean - at, "<=", bound, labels, at=(_between(x),))
        yield Comparison(at - mean, "<=", bound, labels, at=(_between(x),))


@dataclass(frozen=True)
class BoundedBelow(Property):
    """For all x: ``f(x) >= bound``; and ``f(at) = bound``, so that the bound is tight, if given."""

    bound: Any
    at: Any = None

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """The bound, and where it is attained."""
        yield Comparison(self.bound, "<=", f(x), ("bound", "loss"))
        if self.at is not None:
            yield Comparison(f(self.at), "==", self.bound, ("loss there", "bound"), at=(self.at,))


@dataclass(frozen=True)
class BoundedAbove(Property):
    """For all x: ``f(x) <= bound``; and ``f(at) = bound``, so that the bound is tight, if given."""

    bound: Any
    at: Any = None

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """The bound, and where it is attained."""
        yield Comparison(f(x), "<=", self.bound, ("loss", "bound"))
        if self.at is not None:
            yield Comparison(f(self.at), "==", self.bound, ("loss there", "bound"), at=(self.at,))


@dataclass(frozen=True)
class NeverNegative(Property):
    """For all x: ``f(x) >= 0``."""

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """The bound."""
        yield Comparison(sympify(0), "<=", f(x), ("bound", "loss"))


@dataclass(frozen=True)
class ZeroIffEqual(Property):
    """For all x: ``f(x) = 0`` if and only if ``x = target``."""

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """Zero at the target, not zero elsewhere."""
        labels = ("loss", "zero")
        yield Comparison(f(target), "==", sympify(0), labels, at=(target,))
        yield Comparison(f(x), "!=", sympify(0), labels, (Ne(x, target),))


def mirrored(expression: Expr, x: Element) -> Expr:
    """The value of ``x`` at which ``expression``, which is affine in it, has the other sign."""
    steepness = diff(expression, x)
    return (-x - 2 * (expression - steepness * x) / steepness).expand()


@dataclass(frozen=True)
class EvenIn(Property):
    """For all x, with x' where the affine ``expression`` is minus what it is at x: f(x') = f(x)."""

    expression: Expr

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """One equality of the loss and its mirror image."""
        labels = ("loss mirrored", "loss")
        image = mirrored(self.expression, x)
        yield Comparison(f(image), "==", f(x), labels, at=(image,))


@dataclass(frozen=True)
class OddIn(Property):
    """As ``EvenIn``, with ``f(x') = -f(x)`` for the mirror image x' of x."""

    expression: Expr

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """One equality of the loss and its mirror image."""
        labels = ("loss mirrored", "minus the loss")
        image = mirrored(self.expression, x)
        yield Comparison(f(image), "==", -f(x), labels, at=(image,))


@dataclass(frozen=True)
class Symmetric(Property):
    """The loss stays the same as the first input and the target change places."""

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """One equality."""
        swapped = f(x).xreplace({x: target, target: x})
        yield Comparison(swapped, "==", f(x), ("loss exchanged", "loss"))


def _monotone(f: Values, x: Element, rises: Expr, falls: bool) -> Comparison:
    ahead = Gt(rises.xreplace({x: other}), rises)
    if falls:
        return Comparison(f(other), "<=", f(x), ("loss further on", "loss"), (ahead,))
    return Comparison(f(x), "<=", f(other), ("loss", "loss further on"), (ahead,))


@dataclass(frozen=True)
class NonincreasingIn(Property):
    """For all x, x': if the affine ``expression`` is less at x than at x', ``f(x) >= f(x')``."""

    expression: Expr

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """One comparison of two values."""
        yield _monotone(f, x, self.expression, falls=True)


@dataclass(frozen=True)
class NondecreasingIn(Property):
    """For all x, x': if the affine ``expression`` is less at x than at x', ``f(x) <= f(x')``."""

    expression: Expr

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """One comparison of two values."""
        yield _monotone(f, x, self.expression, falls=False)


@dataclass(frozen=True)
class ShiftInvariant(Property):
    """For all x and every number c: ``f(x + c) = f(x)``; c is added to every entry of a slice."""

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """One equality."""
        yield Comparison(f(x + shift), "==", f(x), ("loss shifted", "loss"), at=(x + shift,))


@dataclass(frozen=True)
class ScaleInvariant(Property):
    """For all x and every number c > 0: ``f(c x) = f(x)``."""

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """One equality."""
        yield Comparison(f(factor * x), "==", f(x), ("loss scaled", "loss"), at=(factor * x,))


@dataclass(frozen=True)
class Differentiable(Property):
    """``f`` has a derivative at every x, except exactly where an expression of ``but_at`` is 0."""

    but_at: tuple[Expr, ...] = ()

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """No comparison of finitely many values says it."""
        return ()


@dataclass(frozen=True)
class TwiceDifferentiable(Property):
    """``f`` has a second derivative at every x, except exactly where one of ``but_at`` is 0."""

    but_at: tuple[Expr, ...] = ()

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """No comparison of finitely many values says it."""
        return ()


@dataclass(frozen=True)
class ClassificationCalibrated(Property):
    """With targets -1 and 1, least risk chooses the likelier class.

    The loss is ``phi(target x)`` for a convex ``phi``; it is calibrated if and only if ``phi`` is
    differentiable at 0 and ``phi'(0) < 0`` (Bartlett, Jordan and McAuliffe 2006, theorem 2,
    doi:10.1198/016214505000000907). Losses that are not convex in the margin are not covered.
    """

    def comparisons(self, f: Values, x: Element) -> Iterable[Comparison]:
        """That the loss depends on the margin alone."""
        losing, winning = f(x).xreplace({target: sympify(-1)}), f(-x).xreplace({target: sympify(1)})
        labels = ("loss for the target -1", "loss of the opposite for the target 1")
        yield Comparison(losing, "==", winning, labels)


convex = Convex()
strictly_convex = StrictlyConvex()
strongly_convex = StronglyConvex
lipschitz = Lipschitz
smooth = Smooth
bounded_below = BoundedBelow
bounded_above = BoundedAbove
never_negative = NeverNegative()
zero_iff_equal = ZeroIffEqual()
even_in = EvenIn
odd_in = OddIn
symmetric = Symmetric()
nonincreasing_in = NonincreasingIn
nondecreasing_in = NondecreasingIn
shift_invariant = ShiftInvariant()
scale_invariant = ScaleInvariant()
differentiable = Differentiable()
twice_differentiable = TwiceDifferentiable()
classification_calibrated = ClassificationCalibrated()


def differentiable_but_at(*surfaces: Expr) -> Differentiable:
    """Differentiable exactly where none of these expressions is zero."""
    return Differentiable(tuple(surfaces))


def twice_differentiable_but_at(*surfaces: Expr) -> TwiceDifferentiable:
    """Twice differentiable exactly where none of these expressions is zero."""
    return TwiceDifferentiable(tuple(surfaces))
