"""Trusted. Inequalities on every region of a domain, and what they say of a function of one input.

Three statements are proved, each for all inputs and parameters of the declared domain: a quantity
has a sign throughout; a function does not decrease as one input grows; a function is continuous in
one input. They are proved region by region; on the surfaces between regions the limits from both
sides are compared. Rules used beyond the normal form, with their reasons:

1. ``q`` and ``exp(q) - 1`` have one sign: the exponential increases and is 1 at 0.
2. A function that is affine in an input from a closed interval is nonnegative, or does not decrease
   in another input, if it is so at both ends of the interval: it is a mean of the two.
3. A function does not decrease along a line if its slope is nonnegative between surfaces, which
   the line meets at isolated points, and it does not jump downwards there.
4. ``f`` is least at ``a`` if it is continuous, its derivative does not decrease and is 0 at ``a``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from sympy import Expr, Interval, Piecewise, S, Symbol, diff, exp

from derive.language import Element, as_cases, has_aggregate, real
from derive.prove.book import REJECTED, Rejected
from derive.prove.boundaries import Crossing, Crossings
from derive.prove.cases import explore
from derive.prove.checker import certify, together
from derive.prove.expression import expression_of
from derive.prove.field import (
    ONE,
    Fraction,
    OutsideClass,
    Polynomial,
    Undefined,
)
from derive.prove.lines import check_elementwise, check_line, is_apart, is_isolated
from derive.prove.points import Domain, point_text
from derive.prove.region import NeedSign, Region, SideCondition
from derive.prove.setting import Setting, relation_text
from derive.prove.sides import vanishes
from derive.prove.sign import Sign
from derive.prove.verdict import Boundary, Proved, ProvedRegion, Unknown, Verdict

EVERYWHERE = "at every point of the domain"
_WORDS = {
    Sign.POSITIVE: "positive",
    Sign.NEGATIVE: "negative",
    Sign.ZERO: "zero",
    Sign.NONNEGATIVE: "nonnegative",
    Sign.NONPOSITIVE: "nonpositive",
    Sign.NONZERO: "nonzero",
}


def signed(quantity: Expr, sign: Sign, domain: Domain) -> Verdict:
    """``quantity`` has one of these signs at every point of the domain, boundaries included."""
    verdict = _attempt(domain, lambda setting: _signed(setting, quantity, sign))
    if isinstance(verdict, Proved):
        return verdict
    ends = _ends(quantity, domain) if sign in (Sign.NONNEGATIVE, Sign.POSITIVE) else None
    if ends is not None:
        other = conjunction(signed(end, sign, rest) for end, rest in ends)
    else:
        rising = exp(as_cases(quantity), evaluate=False) - 1  # keeps its conditions
        other = _attempt(domain, lambda setting: _signed(setting, rising, sign))
    return other if isinstance(other, Proved) else verdict


def nondecreasing(
    function: Expr, wrt: Element, domain: Domain, *, strictly: bool = False
) -> Verdict:
    """``function`` does not decrease (or does increase) as ``wrt`` grows within the domain."""
    verdict = _attempt(domain, lambda setting: _nondecreasing(setting, function, wrt, strictly))
    ends = None if isinstance(verdict, Proved) else _ends(function, domain, but=wrt)
    if ends is None:
        return verdict
    return conjunction(nondecreasing(e, wrt, d, strictly=strictly) for e, d in ends)


def continuous(function: Expr, wrt: Element, domain: Domain) -> Verdict:
    """``function`` is continuous in ``wrt`` at every point of the domain."""
    return _attempt(domain, lambda setting: _continuous(setting, function, wrt))


def smooth(function: Expr, wrt: Element, domain: Domain, but_at: tuple[Expr, ...] = ()) -> Verdict:
    """A ``function`` given off the boundaries has one limit from both sides on each of them.

    Except where one of ``but_at`` vanishes, at every point of which the limits differ.
    """
    return _attempt(domain, lambda setting: _smooth(setting, function, wrt, but_at))


def convex(
    function: Expr, slope: Expr, wrt: Element, domain: Domain, *, strictly: bool = False
) -> Verdict:
    """``function``, whose derivative is ``slope`` off the boundaries, is convex in ``wrt``."""
    rising = nondecreasing(slope, wrt, domain, strictly=strictly)
    return conjunction([rising, continuous(function, wrt, domain)])


def least(
    function: Expr, slope: Expr, wrt: Element, at: Expr, domain: Domain, *, strictly: bool = False
) -> Verdict:
    """``function``, whose derivative is ``slope`` off the boundaries, is least at ``wrt = at``.

    With ``strictly`` it is greater everywhere else.
    """
    stationary = signed(as_cases(slope).xreplace({wrt: at}), Sign.ZERO, domain)
    bowl = convex(function, slope, wrt, domain, strictly=strictly)
    return conjunction([bowl, stationary, lies_in_domain(at, wrt, domain)])


def lies_in_domain(at: Expr, wrt: Element, domain: Domain) -> Verdict:
    """The expression ``at`` of the other inputs is a value that ``wrt`` may have."""
    allowed = domain.sets[domain.symbols.index(wrt)]
    if any(wrt in fact.free_symbols for fact in domain.assuming):
        return Unknown(f"a stated fact restricts {wrt}")
    if not isinstance(allowed, Interval) and allowed != real:
        return Unknown(f"the domain of {wrt} is no interval")
    inside = signed(S.Zero * at, Sign.ZERO, domain)
    if allowed == real:
        return inside
    parts = [inside]
    if allowed.start.is_finite:
        above = Sign.POSITIVE if allowed.left_open else Sign.NONNEGATIVE
        parts.append(signed(at - allowed.start, above, domain))
    if allowed.end.is_finite:
        below = Sign.POSITIVE if allowed.right_open else Sign.NONNEGATIVE
        parts.append(signed(allowed.end - at, below, domain))
    return conjunction(parts)


def without(domain: Domain, wrt: Element) -> Domain:
    """The domain of the other inputs and the parameters."""
    kept = [(s, d) for s, d in zip(domain.symbols, domain.sets, strict=True) if s != wrt]
    inputs = tuple(element for element in domain.inputs if element != wrt)
    return replace(domain, inputs=inputs, sets=tuple(d for _, d in kept))


def conjunction(verdicts: Iterable[Verdict]) -> Verdict:
    """All of several statements; the first that is not proved decides, and ends the search."""
    proved: list[Proved] = []
    for verdict in verdicts:
        if not isinstance(verdict, Proved):
            return verdict
        proved.append(verdict)
    if not proved:
        return Unknown("nothing was claimed")
    return Proved(
        max((p.regions for p in proved), key=len),
        max((p.boundaries for p in proved), key=len),
        tuple(dict.fromkeys(text for p in proved for text in p.assuming)),
        proved[0].scope,
        together(p.certificate for p in proved),
    )


# Signs -----------------------------------------------------------------------------------------


def _attempt(domain: Domain, job: Callable[[Setting], Verdict]) -> Verdict:
    setting = Setting(domain)
    try:
        return setting.restarting(lambda: job(setting))
    except (OutsideClass, Undefined, NeedSign) as problem:
        return Unknown(str(problem))
    except RecursionError:
        return Unknown("the expression is nested too deeply")
    except Rejected as problem:
        return Unknown(f"{REJECTED}: {problem}")


@dataclass
class _Region:
    """What is known on one region: the quantity, its possible signs, what makes it defined."""

    quantity: Fraction
    sign: Sign
    conditions: list[SideCondition]


def _signed(setting: Setting, quantity: Expr, sign: Sign) -> Verdict:
    cases = as_cases(quantity)
    found = explore(_sign_on(setting, [cases], sign), setting.start(), lambda _: True)
    return _verdict(setting, found.regions, [], sign, None)


def _sign_on(setting: Setting, formulas: list[Expr], sign: Sign) -> Callable[[Region], _Region]:
    """The sign of the last formula on a region that decides the cases of all of them."""

    def job(region: Region) -> _Region:
        form = setting.form(region)
        quantity = [form(formula) for formula in formulas][-1]
        possible = region.sign_of(quantity)
        if possible & ~sign:
            possible = region.decide(quantity)
        return _Region(quantity, possible, list(form.conditions.values()))

    return job


def _verdict(
    setting: Setting,
    regions: list[tuple[Region, _Region]],
    boundaries: list[Crossing],
    sign: Sign,
    wrt: Element | None,
) -> Verdict:
    for region, found in regions:
        if found.sign & ~sign:
            where = " and ".join(map(setting.fact_text, region.local)) or "everywhere"
            text = setting.text(found.quantity)
            return Unknown(f"not shown {_WORDS[sign]} where {where}", text)
    conditions = [c for _, found in regions for c in found.conditions]
    conditions += [c for crossing in boundaries for c in crossing.conditions]
    assuming = _assuming(conditions, wrt)
    samples = [(region, setting.sample(region)) for region, _ in regions]
    proved = tuple(
        ProvedRegion(
            tuple(map(setting.fact_text, region.local)),
            None if point is None else point_text(point),
        )
        for region, point in samples
    )
    if not any(region.sample for region in proved):
        return Unknown("no sample point was found in any region")
    surfaces = tuple(_boundary(setting, c) for c in boundaries)
    return Proved(proved, surfaces, assuming, EVERYWHERE, certify(setting.field))


def _assuming(conditions: list[SideCondition], wrt: Symbol | None) -> tuple[str, ...]:
    """The conditions that remain; along a line there must be none that depends on the input."""
    texts = []
    for quantity, sign, region, source in conditions:
        if region.sign_of(quantity) & ~sign:
            if wrt is not None and wrt in source.free_symbols:
                text = relation_text(source, sign)
                raise OutsideClass(f"defined only where {text}, which depends on {wrt}")
            text = relation_text(source, sign)
            texts.append(f"{text} at every index" if region.bound else text)
    return tuple(dict.fromkeys(texts))


def _ends(
    quantity: Expr, domain: Domain, but: Symbol | None = None
) -> list[tuple[Expr, Domain]] | None:
    """The quantity at both ends of the interval of an input in which it is affine, if any."""
    cases = as_cases(quantity)
    if has_aggregate(cases) or len(domain.inputs) < 2:
        return None
    for symbol, allowed in zip(domain.symbols, domain.sets, strict=True):
        closed = isinstance(allowed, Interval) and not (allowed.left_open or allowed.right_open)
        stated = any(symbol in fact.free_symbols for fact in domain.assuming)
        if (
            isinstance(symbol, Element)
            and symbol != but
            and closed
            and not stated
            and _is_affine(cases, symbol)
        ):
            others = without(domain, symbol)
            return [(cases.xreplace({symbol: end}), others) for end in allowed.args[:2]]
    return None


def _is_affine(expression: Expr, symbol: Symbol) -> bool:
    """Whether an expression is affine in a symbol, on which none of its cases depends."""
    if symbol not in expression.free_symbols:
        return False
    slope = diff(expression, symbol)
    conditions = [c for cases in expression.atoms(Piecewise) for _, c in cases.args]
    if any(symbol in condition.free_symbols for condition in conditions):
        return False
    return symbol not in slope.free_symbols or diff(slope, symbol).expand() == 0


# Along a line ----------------------------------------------------------------------------------


def _nondecreasing(setting: Setting, function: Expr, wrt: Element, strictly: bool) -> Verdict:
    check_line(setting.domain, wrt)
    cases = as_cases(function)
    check_elementwise(cases)
    sign = Sign.POSITIVE if strictly else Sign.NONNEGATIVE
    job = _sign_on(setting, [cases, diff(cases, wrt)], sign)
    regions, met = _along(setting, job, cases, wrt)
    for crossing in met:
        problem = _downward(setting, crossing, wrt)
        if problem is not None:
            return problem
    return _verdict(setting, regions, met, sign, wrt)


def _continuous(setting: Setting, function: Expr, wrt: Element) -> Verdict:
    cases = as_cases(function)
    check_elementwise(cases)
    regions, met = _along(setting, _sign_on(setting, [cases], Sign.ANY), cases, wrt)
    for crossing in met:
        if crossing.outcome != "continuous":
            return Unknown(f"not shown continuous where {_surface_text(setting, crossing)}")
    return _verdict(setting, regions, met, Sign.ANY, wrt)


def _smooth(setting: Setting, function: Expr, wrt: Element, but_at: tuple[Expr, ...]) -> Verdict:
    cases = as_cases(function)
    check_elementwise(cases)
    regions, met = _along(setting, _sign_on(setting, [*but_at, cases], Sign.ANY), cases, wrt)
    for region, _ in regions:
        if any(region.sign_of(setting.form(region)(e)) & Sign.ZERO for e in but_at):
            return Unknown("an excepted expression was not shown nonzero off the boundaries")
    reached: set[Expr] = set()
    for crossing in met:
        form = setting.form(crossing.region)
        excepted = {e for e in but_at if vanishes(form(e), crossing.region)}
        limits = list(crossing.limits.values())
        if crossing.outcome == "singular" or not limits:
            return Unknown(f"not shown to have limits where {_surface_text(setting, crossing)}")
        gap = setting.field.subtract(limits[0], limits[-1])
        apart = is_apart(crossing, gap)
        if not (apart if excepted else vanishes(gap, crossing.region)):
            return Unknown(f"not shown to be so where {_surface_text(setting, crossing)}")
        reached |= excepted
    if reached != set(but_at):
        return Unknown("an excepted surface is not among the boundaries")
    return _verdict(setting, regions, met, Sign.ANY, wrt)


def _along(
    setting: Setting, job: Callable[[Region], _Region], cases: Expr, wrt: Element
) -> tuple[list[tuple[Region, _Region]], list[Crossing]]:
    """The open regions with what holds there, and the surfaces that a line meets."""

    def is_fixed(switch: Polynomial) -> bool:
        return wrt not in setting.field.symbols(switch)

    found = explore(job, setting.start(), is_fixed)
    # A side that no sample shows to exist may still do.
    examined = Crossings(cases, cases, wrt, setting.exponents, lambda _: True)
    met = [
        crossing
        for surface, divided in found.surfaces
        for crossing in examined.on(surface, divided)
    ]
    return found.regions, met


def _downward(setting: Setting, crossing: Crossing, wrt: Element) -> Unknown | None:
    """Why a surface was not shown to be met at isolated points without a jump downwards."""
    where = _surface_text(setting, crossing)
    if crossing.outcome not in ("continuous", "jumps"):
        return Unknown(f"not shown to be defined and between its limits where {where}")
    field, region = setting.field, crossing.region
    form = setting.form(region)
    surface = expression_of(field, crossing.surface)
    steepness = form(diff(surface, wrt))
    if region.sign_of(steepness) & Sign.ZERO and not is_isolated(setting, crossing, wrt):
        return Unknown(f"a line may lie in the boundary {where}")
    if crossing.outcome == "continuous":
        return None
    jump = field.subtract(crossing.limits[Sign.POSITIVE], crossing.limits[Sign.NEGATIVE])
    # The jump as the input grows is this multiple of the size of the steepness.
    along = ONE if crossing.by_direction else field.power(steepness, -1)
    multiple = field.multiply(jump, along)
    bounded = not region.sign(multiple.denominator) & Sign.ZERO
    if bounded and not region.sign_of(multiple) & Sign.NEGATIVE:
        return None
    return Unknown(f"may jump downwards where {where}", setting.text(multiple))


def _surface_text(setting: Setting, crossing: Crossing) -> str:
    return relation_text(expression_of(setting.field, crossing.surface), Sign.ZERO)


def _boundary(setting: Setting, crossing: Crossing) -> Boundary:
    own = [f for f in crossing.region.local if f.polynomial != crossing.surface]
    written = "" if crossing.written is None else setting.text(crossing.written)
    return Boundary(
        _surface_text(setting, crossing),
        tuple(map(setting.fact_text, own)),
        "jumps" if crossing.outcome == "jumps" else "continuous",
        tuple(setting.text(limit) for limit in crossing.limits.values()),
        written,
    )
