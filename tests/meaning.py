"""What expressions, claims and side conditions mean, in plain exact and multiple-precision numbers.

Nothing of the prover takes part: rational arithmetic is exact, everything else has 140 digits, and
a derivative is a difference quotient of the loss. A quantity without a real value is ``Undefined``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import mpmath
import sympy
from sympy import Expr, Symbol
from sympy.codegen.cfunctions import expm1, log1p

from derive.language import ENTRY, SLICE, Element, Size, Sum, axes_of, direction, identity, size
from derive.prove.claim import Claim
from derive.prove.verdict import Witness

mp = mpmath.MPContext()
mp.dps = 140
TINY = mp.mpf(10) ** -110
STEPS = Fraction(1, 10**20), Fraction(1, 10**24)
LARGEST = 200  # an exponential of more than that says nothing that a smaller one does not

Place = tuple[int, int]
Number = Any  # a Fraction or an mpf


class Undefined(Exception):
    """There is no real value, or none that this arithmetic can tell."""


@dataclass(frozen=True)
class World:
    """Exact values for all elements and parameters."""

    tensors: Mapping[str, tuple[tuple[Fraction, ...], ...]]
    parameters: Mapping[str, Fraction]

    @property
    def shape(self) -> Place:
        rows = next(iter(self.tensors.values()))
        return len(rows), len(rows[0])

    @property
    def places(self) -> list[Place]:
        slices, entries = self.shape
        return list(product(range(slices), range(entries)))

    def with_element(self, name: str, place: Place, number: Fraction) -> World:
        rows = [list(row) for row in self.tensors[name]]
        rows[place[0]][place[1]] = number
        return replace(self, tensors={**self.tensors, name: tuple(map(tuple, rows))})

    def moved(self, name: str, place: Place, step: Fraction) -> World:
        return self.with_element(name, place, self.tensors[name][place[0]][place[1]] + step)


def world_of(witness: Witness) -> tuple[World, Place]:
    """The inputs of a witness, and the index that it speaks of."""
    slices, entries = witness.sizes["slices"], witness.sizes["entries"]
    tensors = {
        name: tuple(
            tuple(_exact(v) for v in row[i * entries : (i + 1) * entries]) for i in range(slices)
        )
        for name, row in witness.inputs.items()
    }
    parameters = {name: _exact(v) for name, v in witness.parameters.items()}
    return World(tensors, parameters), divmod(witness.index, entries)


def _exact(number: Any) -> Fraction:
    return Fraction(int(number.p), int(number.q))


# Expressions -----------------------------------------------------------------------------------


def value(e: Expr, world: World, place: Place) -> Number:
    """The value of an expression at an index; raises ``Undefined``."""
    if e.is_Rational:
        return _exact(e)
    if isinstance(e, Element):
        if e == identity:
            return Fraction(place[0] == place[1])
        return world.tensors[e.name][place[0]][place[1]]
    if isinstance(e, Size):
        return Fraction(world.shape[1 if e == size(ENTRY) else 0])
    if isinstance(e, Symbol):
        return world.parameters[e.name]
    if isinstance(e, Sum):
        return _add(value(e.body, world, there) for there in _along(e.axis, world, place))
    if isinstance(e, sympy.Piecewise):
        for result, condition in e.args:
            if truth(condition, world, place):
                return value(result, world, place)
        raise Undefined("no case applies")
    arguments = [value(argument, world, place) for argument in e.args]
    return _apply(e, arguments)


def _along(axis: str, world: World, place: Place) -> list[Place]:
    slices, entries = world.shape
    if axis == ENTRY:
        return [(place[0], k) for k in range(entries)]
    return [(i, place[1]) for i in range(slices)]


def truth(condition: Any, world: World, place: Place) -> bool:
    """Whether a condition holds; a part that settles it need not wait for the others."""
    if isinstance(condition, sympy.And | sympy.Or):
        settles, undefined = isinstance(condition, sympy.Or), False
        for part in condition.args:
            try:
                if truth(part, world, place) is settles:
                    return settles
            except Undefined:
                undefined = True
        if undefined:
            raise Undefined
        return not settles
    if isinstance(condition, sympy.ITE):
        chosen = condition.args[1 if truth(condition.args[0], world, place) else 2]
        return truth(chosen, world, place)
    if isinstance(condition, sympy.Not):
        return not truth(condition.args[0], world, place)
    if condition in (sympy.true, sympy.false):
        return bool(condition)
    left, right = (value(side, world, place) for side in condition.args)
    return bool(condition.func(sympy.Integer(sign(_add([left, -right]))), 0))


def sign(number: Number) -> int:
    """The sign of a number; one too close to zero is zero."""
    if not isinstance(number, Fraction) and abs(number) < TINY:
        return 0
    return (number > 0) - (number < 0)


def _real(number: Number) -> Any:
    return mp.mpf(number.numerator) / number.denominator if isinstance(number, Fraction) else number


def _add(numbers: Any) -> Number:
    total: Number = Fraction(0)
    for number in numbers:
        both = isinstance(total, Fraction) and isinstance(number, Fraction)
        total = total + number if both else _real(total) + _real(number)
    return total


def _apply(e: Expr, arguments: list[Number]) -> Number:
    if e.is_Add:
        return _add(arguments)
    if e.is_Mul:
        result: Number = Fraction(1)
        for number in arguments:
            both = isinstance(result, Fraction) and isinstance(number, Fraction)
            result = result * number if both else _real(result) * _real(number)
        return result
    if e.is_Pow and e.base is not sympy.S.Exp1:
        return _power(*arguments)
    if e is sympy.S.Exp1:
        return mp.e
    if e is sympy.S.Pi:
        return mp.pi
    if isinstance(e, sympy.sign):
        return Fraction(sign(arguments[0]))
    if isinstance(e, sympy.Abs):
        return -arguments[0] if sign(arguments[0]) < 0 else arguments[0]
    if isinstance(e, sympy.Max | sympy.Min):
        better = 1 if isinstance(e, sympy.Max) else -1
        best, *others = arguments
        for number in others:
            best = number if sign(_add([number, -best])) == better else best
        return best
    return _function(e, arguments)


def _function(e: Expr, arguments: list[Number]) -> Number:
    x = _real(arguments[-1])
    if isinstance(e, sympy.log | log1p):
        return _logarithm(e, [_real(a) for a in arguments])
    if abs(x) > LARGEST:
        raise Undefined("too large")
    if isinstance(e, expm1):
        return mp.expm1(x)
    if isinstance(e, sympy.coth | sympy.csch) and not sign(arguments[0]):
        raise Undefined("a pole")
    known = {sympy.exp, sympy.tanh, sympy.sinh, sympy.cosh, sympy.coth, sympy.sech, sympy.csch}
    known |= {sympy.erf, sympy.erfc, sympy.atan, sympy.sin, sympy.cos, sympy.asinh, sympy.Pow}
    if type(e) not in known:
        raise Undefined(f"no rule for {type(e).__name__}")
    return mp.exp(x) if e.is_Pow else getattr(mp, type(e).__name__)(x)


def _logarithm(e: Expr, arguments: list[Any]) -> Number:
    if isinstance(e, log1p):
        arguments = [1 + arguments[0]]
    if any(sign(a) <= 0 for a in arguments):
        raise Undefined("the logarithm of what is not positive")
    logarithms = [mp.log(a) for a in arguments]
    if len(logarithms) == 1:
        return logarithms[0]
    return _real(logarithms[0]) * _power(logarithms[1], Fraction(-1))


def _power(base: Number, exponent: Number) -> Number:
    positive, whole = sign(base), isinstance(exponent, Fraction) and exponent.denominator == 1
    if positive == 0 and (not isinstance(exponent, Fraction) or exponent <= 0):
        raise Undefined("zero to a power that is not positive")
    if positive == 0:
        return Fraction(0)
    if whole and abs(exponent) > LARGEST:
        raise Undefined("too high a power")
    if whole and isinstance(base, Fraction):
        return base ** int(exponent)
    if whole:
        return base ** int(exponent)
    if positive < 0:
        raise Undefined("a root of what is negative")
    argument = _real(exponent) * mp.log(_real(base))
    if abs(argument) > LARGEST:
        raise Undefined("too large")
    return mp.exp(argument)


# Claims ----------------------------------------------------------------------------------------


def in_domain(claim: Claim, world: World) -> bool:
    """Whether a world lies in the declared domain and satisfies the stated facts."""
    for element in claim.loss.inputs:
        domain = claim.loss.domain(element)
        if not all(lies_in(domain, x) for row in world.tensors[element.name] for x in row):
            return False
    if not all(lies_in(q.domain, world.parameters[q.name]) for q in claim.loss.parameters):
        return False
    facts = (*claim.loss.assuming, *claim.assuming)
    try:
        return all(truth(fact, world, place) for fact in facts for place in world.places)
    except Undefined:
        return False


@cache
def _contains(domain: Any, number: Fraction) -> bool:
    return domain.contains(sympy.Rational(number.numerator, number.denominator)) is sympy.true


@cache
def _reaches(domain: Any) -> tuple[Any, Any, bool, bool] | None:
    """The rational ends of an interval and whether they are left out; none for other sets."""
    if not isinstance(domain, sympy.Interval):
        return None
    ends = [None if end.is_infinite else _exact(end) for end in (domain.start, domain.end)]
    return ends[0], ends[1], bool(domain.left_open), bool(domain.right_open)


def lies_in(domain: Any, number: Fraction) -> bool:
    """Whether a number lies in a set."""
    if domain is sympy.S.Reals:
        return True
    ends = _reaches(domain)
    if ends is None:
        return _contains(domain, number)
    low, high, low_open, high_open = ends
    above = low is None or number > low or (number == low and not low_open)
    return above and (high is None or number < high or (number == high and not high_open))


def legal(
    claim: Claim, world: World, place: Place, *, beyond: bool = True
) -> tuple[Number, Number]:
    """The interval of values that the claimed quantity may have; raises ``Undefined``.

    At the edge of the domain the formula outside counts as well if ``beyond``: which of the two
    derivatives is meant there, no convention says.
    """
    if claim.kind in ("value", "form"):
        exact = _real(value(claim.derived, world, place))
        return exact, exact
    coarse, fine = (_quotients(claim, world, place, step, beyond) for step in STEPS)
    unsettled = sum(abs(a - b) for a, b in zip(coarse, fine, strict=True))
    if unsettled > mp.mpf(10) ** -6 * (1 + max(map(abs, fine))):
        raise Undefined("the difference quotients do not converge")
    if claim.kind != "gradient" and max(fine) - min(fine) > mp.mpf(10) ** -8:
        raise Undefined("not differentiable often enough")
    return min(fine) - 10 * unsettled, max(fine) + 10 * unsettled


def total(claim: Claim, world: World) -> Number:
    """The sum of the loss over all slices or elements."""
    one_each = claim.loss.kind == "slices"
    rows = [(i, 0) for i in range(world.shape[0])] if one_each else world.places
    return _add(value(claim.loss.value, world, row) for row in rows)


def _quotients(
    claim: Claim, world: World, place: Place, step: Fraction, beyond: bool
) -> list[Number]:
    """Difference quotients to both sides, as far as the loss has a value."""
    name, h = claim.wrt.name, _real(step)

    def there(steps: int) -> Number:
        moved = world.moved(name, place, steps * step)
        if not beyond and not in_domain(claim, moved):
            raise Undefined("outside the domain")
        return _real(total(claim, moved))

    if claim.kind == "hvp":
        return [_mixed_quotient(claim, world, place, step)]
    here, found = there(0), []
    for side in (-1, 1):
        try:
            if claim.kind == "gradient":
                found.append((there(side) - here) / (side * h))
            else:
                found.append((there(2 * side) - 2 * there(side) + here) / h**2)
        except Undefined:
            continue
    if not found or (claim.kind != "gradient" and len(found) < 2):
        raise Undefined("no room for a difference quotient")
    return found


def _mixed_quotient(claim: Claim, world: World, place: Place, step: Fraction) -> Number:
    def there(along: int, across: int) -> Number:
        moved = world.moved(claim.wrt.name, place, across * step)
        for other in world.places:
            ways = world.tensors.get(direction.name)
            way = ways[other[0]][other[1]] if ways else Fraction(1)
            moved = moved.moved(claim.wrt.name, other, along * step * way)
        return _real(total(claim, moved))

    corners = there(1, 1) - there(1, -1) - there(-1, 1) + there(-1, -1)
    return corners / (4 * _real(step) ** 2)


# Side conditions -------------------------------------------------------------------------------

_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SIGNS: dict[str, Callable[[int], bool]] = {
    "> 0": lambda s: s > 0,
    "< 0": lambda s: s < 0,
    "= 0": lambda s: s == 0,
    "≥ 0": lambda s: s >= 0,
    "≤ 0": lambda s: s <= 0,
    "≠ 0": lambda s: s != 0,
}


def holds(text: str, claim: Claim, world: World, place: Place) -> bool:
    """Whether a side condition, as a verdict words it, holds; what cannot be read does not."""
    everywhere = text.endswith(" at every index") or _sums_over_slices(claim)
    text = text.removesuffix(" at every index")
    places = world.places if everywhere else [place]
    if text.startswith("not ("):
        facts = text.removeprefix("not (").removesuffix(")").split(" and ")
        return all(not all(_fact(f, claim, world, at) for f in facts) for at in places)
    return all(_fact(text, claim, world, at) for at in places)


def _sums_over_slices(claim: Claim) -> bool:
    formulas = (claim.loss.value, claim.written)
    return any(s.axis == SLICE for formula in formulas for s in formula.atoms(Sum))


def _fact(text: str, claim: Claim, world: World, place: Place) -> bool:
    expression = read(text[:-4], claim)
    if expression is None:
        return False
    try:
        return _SIGNS[text[-3:]](sign(value(expression, world, place)))
    except Undefined:
        return False


def read(text: str, claim: Claim) -> Expr | None:
    """An expression from the text that reports have for it; none for text with cases in it."""
    text = _RAISED.sub(lambda found: f"**({found[0].translate(_PLAIN)})", text)
    text = re.sub(r"\|([^|]*)\|", r"Abs(\1)", text)
    for written, plain in (("√", "sqrt"), ("Σ", "Sum"), ("·", "*"), ("^", "**")):
        text = text.replace(written, plain)
    text = text.replace("max(", "Max(").replace("min(", "Min(")
    symbols: list[Symbol] = [*claim.loss.inputs, *claim.loss.parameters, direction, identity]
    names: dict[str, Any] = {s.name: s for s in (*symbols, size(ENTRY), size(SLICE))}
    try:
        return sympy.sympify(text, locals={**names, "Sum": Sum})
    except (sympy.SympifyError, SyntaxError, TypeError, ValueError):
        return None


# Verdicts --------------------------------------------------------------------------------------


def differs(claim: Claim, world: World, place: Place, *, beyond: bool = True) -> str:
    """How the written formula contradicts the claimed quantity; empty if it does not."""
    try:
        low, high = legal(claim, world, place, beyond=beyond)
    except Undefined:
        return _lonely(claim, world, place) if claim.kind in ("value", "form") else ""
    try:
        written = _real(value(claim.written, world, place))
    except Undefined:
        return f"undefined, where {mp.nstr(low, 12)} is right"
    margin = mp.mpf(10) ** (-30 if low is high else -11) * (1 + abs(low) + abs(high))
    if low - margin <= written <= high + margin:
        return ""
    return f"{mp.nstr(written, 20)}, where {mp.nstr(low, 20)} to {mp.nstr(high, 20)} is right"


def _lonely(claim: Claim, world: World, place: Place) -> str:
    try:
        written = value(claim.written, world, place)
    except Undefined:
        return ""
    return f"{mp.nstr(_real(written), 12)}, where the reference is undefined"


def jumps(claim: Claim, world: World, place: Place) -> bool:
    """Whether the loss jumps as one element moves away, within the domain, from where it is."""
    try:
        here = _real(total(claim, world))
        for side in (-1, 1):
            moved = [world.moved(claim.wrt.name, place, side * step) for step in STEPS]
            if all(in_domain(claim, there) for there in moved):
                coarse, fine = (abs(_real(total(claim, there)) - here) for there in moved)
                if fine > mp.mpf(10) ** -6 and fine > coarse / 2:
                    return True
    except Undefined:
        return False
    return False


def switches(*formulas: Expr) -> Iterator[Expr]:
    """Quantities whose zeros are the surfaces where the formulas may have kinks."""
    for formula in formulas:
        for part in sympy.preorder_traversal(formula):
            if isinstance(part, sympy.Abs | sympy.sign):
                yield part.args[0]
            elif isinstance(part, sympy.Max | sympy.Min):
                yield from (a - part.args[0] for a in part.args[1:])
            elif isinstance(part, sympy.core.relational.Relational):
                yield part.lhs - part.rhs


def on_surface(surface: Expr, world: World, name: str, place: Place) -> World | None:
    """The world with one element moved to where a surface is met, if that is a rational number."""

    def at(number: Fraction) -> Number:
        return value(surface, world.with_element(name, place, number), place)

    try:
        zero, one, two = at(Fraction(0)), at(Fraction(1)), at(Fraction(2))
    except Undefined:
        return None
    if not all(isinstance(x, Fraction) for x in (zero, one, two)) or two - one != one - zero:
        return None
    return world.with_element(name, place, -zero / (one - zero)) if one != zero else None


def varies(formula: Expr) -> bool:
    """Whether a formula depends on the entry of its slice."""
    return ENTRY in axes_of(formula)
