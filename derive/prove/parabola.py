"""The search for two points between which a curvature fails: a parabola that falls below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import mpmath
from sympy import Expr, S, Symbol

from derive.language import as_cases
from derive.properties import other
from derive.prove.balls import OnBoundary, Point, evaluate, unroll
from derive.prove.claim import Claim, derive
from derive.prove.field import OutsideClass
from derive.prove.points import Domain, contains, domain_of, holds, points, value_of, with_value
from derive.prove.verdict import Refuted, Witness
from derive.prove.witness import BUDGET, DIGITS, STEP, Comparison, find_undefined, number, one_sided


def falls_below(claim: Claim) -> Refuted | None:
    """The simplest pair of points at which the parabola falls below the loss."""
    loss, wrt = claim.loss, claim.wrt
    domain = domain_of(loss, assuming=claim.assuming)
    count = len(domain.inputs)
    pairs = replace(
        domain,
        inputs=(*domain.inputs, other),
        sets=(*domain.sets[:count], loss.domain(wrt), *domain.sets[count:]),
        assuming=(*domain.assuming, *(f.xreplace({wrt: other}) for f in domain.assuming)),
    )
    step = other - wrt
    slope = derive(loss, "gradient", wrt)
    parabola = loss.value + slope * step + claim.written * step**2 / 2
    there = as_cases(loss.value).xreplace({wrt: other})
    comparison = Comparison(loss.value, slope, slope, wrt, 1, domain)
    centres = (*(element for element in loss.inputs if element != wrt), S.Zero)
    for point in _with_mirror_images(points(pairs, (1, 1), BUDGET), centres, wrt, pairs):
        try:
            above, below = evaluate(parabola, point), evaluate(there, point)
            if above < below and _is_confirmed(comparison, claim.written, there, point):
                break
        except (OnBoundary, OutsideClass, ZeroDivisionError, ValueError):
            continue
    else:
        return None
    witness = Witness(
        {"slices": 1, "entries": 1},
        dict(point.tensors),
        dict(point.parameters),
        0,
        str(above.str(8)),
        str(below.str(8)),
        "difference quotients of the loss in mpmath",
    )
    where = f"where the parabola that touches at {wrt} falls below the loss at other"
    return Refuted(witness, where, f"the parabola less the loss is {(above - below).str(8)}")


def has_a_gap(claim: Claim) -> Refuted | None:
    """The simplest point at which the loss is real and the curvature has no value."""
    value, domain = claim.loss.value, domain_of(claim.loss, assuming=claim.assuming)
    witness = find_undefined(Comparison(value, claim.written, value, claim.wrt, 0, domain))
    if witness is None:
        return None
    return Refuted(witness, f"at a point {claim.wrt}", "", "the curvature is undefined there")


def _with_mirror_images(
    found: Iterator[Point], centres: tuple[Expr, ...], wrt: Symbol, pairs: Domain
) -> Iterator[Point]:
    """Each pair and those of its first point with an image: there the best parabola touches too."""
    for point in found:
        yield point
        for centre in centres:
            image = with_value(point, other, unroll(2 * centre - wrt, point))
            values = pairs.sets[pairs.inputs.index(other)]
            if contains(values, value_of(image, other)) and holds(pairs.assuming, image):
                yield image


def _is_confirmed(comparison: Comparison, curvature: Expr, there: Expr, point: Point) -> bool:
    """Whether the parabola, with difference quotients for a slope, is below the loss."""
    with mpmath.workdps(DIGITS):
        here, below = (number(unroll(e, point)) for e in (comparison.value, there))
        weight = number(unroll(curvature, point))
        step = number(unroll(other - comparison.wrt, point))
        slopes = one_sided(comparison, point)
        above = max(here + slope * step + weight * step**2 / 2 for slope in slopes)
        return bool(above < below - mpmath.sqrt(STEP) * (1 + abs(above) + abs(below)))
