"""Trusted. What the search for a normal form writes down, so that each of its steps can be checked.

A value is a fraction of the field. What the checker can tell from the expression and the values of
its parts is not written down: sums, products, powers, the case that applies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from sympy import Expr

from derive.prove.book import Recorded
from derive.prove.field import Fraction, Polynomial


class Pieces(NamedTuple):
    """Arguments that add up to that of an exponential, each with the value of its exponential."""

    parts: tuple[tuple[Fraction, Fraction], ...]


class Factors(NamedTuple):
    """Factors of the argument of a logarithm: each with its multiplicity and its logarithm.

    For a root there are also the factors of what it is the root of.
    """

    parts: tuple[tuple[Polynomial, int, Fraction, Factors | None], ...]


class RealPower(NamedTuple):
    """``f**e = exp(e log f)``: the logarithm of ``f`` and the exponential of its multiple."""

    logarithm: Fraction
    factors: Factors
    pieces: Pieces


class Rewritten(NamedTuple):
    """An expression that has the same value, or with ``flipped`` its negative."""

    expression: Expr
    flipped: bool = False


class Turn(NamedTuple):
    """A multiple of an angle whose cosine and sine are known."""

    angle: Fraction
    cosine: Fraction
    sine: Fraction
    times: int


class Turned(NamedTuple):
    """Angles that add up to one, and the cosine and the sine of that one."""

    turns: tuple[Turn, ...]
    cosine: Fraction
    sine: Fraction


class Whole(NamedTuple):
    """The body of an aggregate that needs no indicator."""

    form: Recorded
    expression: Expr


@dataclass(frozen=True)
class Divided:
    """The body of an aggregate by cases: on both sides of a surface, and on it.

    What is missing lies in an empty part; ``on_surface`` has the values of the sides on the
    surface. The body ``jumps`` if its value there is another, and an indicator tells.
    """

    form: Recorded
    switch: Polynomial
    above: Body | None
    below: Body | None
    surface: Body | None
    on_surface: Recorded | None
    value: Fraction
    jumps: bool = False


Body: TypeAlias = Whole | Divided


@dataclass(frozen=True)
class Summed:
    """``sum(body) = sum of scale * sum(part)``, each scale constant along the axis."""

    axis: str
    body: Fraction
    terms: tuple[tuple[Fraction, Fraction, Fraction, Exchanged | None], ...]
    total: Fraction


@dataclass(frozen=True)
class Exchanged:
    """A sum over one axis of a sum over another: first over the one, then over the other."""

    inside: Recorded
    inner: Summed
    outer: Summed


class Scaled(NamedTuple):
    """``max(body) = shift + scale * max(rest)``, where the body is ``shift + scale * rest``."""

    shift: Fraction
    scale: Fraction
    rest: Fraction | None
    largest: Fraction


class OverAxis(NamedTuple):
    """An aggregate: its body and, for a sum or a maximum, what was taken out of it."""

    body: Body
    taken_out: Summed | Scaled | None


class Square(NamedTuple):
    """A polynomial is not negative as an even power of another."""

    base: Fraction
    exponent: int


class SumOfSigns(NamedTuple):
    """A polynomial is not negative as a multiple of a sum over an axis whose terms are not."""

    form: Recorded
    summed: Summed


class AtMostLargest(NamedTuple):
    """A polynomial is not negative as a maximum over an axis less what it is the maximum of."""

    generator: int


class AtMostTotal(NamedTuple):
    """A polynomial is not negative as a sum over an axis less a term, where no term is negative."""

    generator: int


class Bound(NamedTuple):
    """A quantity is positive or not negative as a bound of a function, or of a sine."""

    function: type | None
    arguments: tuple[Fraction, ...]
    value: Fraction


class OwnSign(NamedTuple):
    """A polynomial is positive by what it is made of, whatever the region."""


class LogarithmBound(NamedTuple):
    """A polynomial is not negative as ``1 - 1/f <= log f <= f - 1``."""

    form: Recorded
    argument: Fraction
    factors: Factors
    logarithm: Fraction


Signed: TypeAlias = OwnSign | LogarithmBound | SumOfSigns | AtMostLargest | AtMostTotal
Reason: TypeAlias = Signed | Square | Bound
