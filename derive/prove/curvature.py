"""Whether a curvature majorises: a parabola that touches the loss lies above it everywhere.

With ``w`` the curvature, ``g`` the gradient, and ``p`` where the parabola touches, the claim is

    L(q) <= L(p) + g(p) (q - p) + w(p) (q - p)**2 / 2    for all p and q.

The right side less the left vanishes at ``q = p``, and its derivative in ``q`` is
``D(q) = g(p) - g(q) + w(p) (q - p)``. Either of two arguments shows that it is never negative:

1. ``w`` does not depend on the input, and ``w q - g(q)`` does not decrease: then ``D`` has the sign
   of ``q - p``.
2. About a centre ``c``, ``g(q) = g(c) + w(q) (q - c)`` where ``w`` is even and does not increase
   away from ``c``: then ``D(q) = (w(p) - w(q)) (q - c)`` has the sign of ``q - p`` on the side of
   ``p``, and is odd about ``c``, so that the difference is least at ``p`` and at its mirror image,
   where it is the same. (Hunter and Lange 2004, doi:10.1198/0003130042836.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import mpmath
from sympy import Expr, GreaterThan, S

from derive.language import Element, as_cases, real
from derive.properties import other
from derive.prove.balls import OnBoundary, Point, evaluate, unroll
from derive.prove.claim import Claim, derive
from derive.prove.field import OutsideClass
from derive.prove.inequality import conjunction, continuous, nondecreasing, signed
from derive.prove.points import Domain, domain_of, points
from derive.prove.sign import Sign
from derive.prove.verdict import Proved, Refuted, Unknown, Verdict, Witness
from derive.prove.witness import BUDGET, DIGITS, STEP, Comparison, number, one_sided


def majorises(claim: Claim) -> Verdict:
    """Prove that the written curvature majorises the loss, or find where it does not."""
    verdicts = []
    for verdict in _arguments(claim):
        if isinstance(verdict, Proved):
            return verdict
        verdicts.append(verdict)
    refutation = _refutation(claim)
    return verdicts[0] if refutation is None else refutation


def _arguments(claim: Claim) -> Iterator[Verdict]:
    loss, wrt, curvature = claim.loss, claim.wrt, as_cases(claim.written)
    assert isinstance(wrt, Element)
    slope = as_cases(derive(loss, "gradient", wrt))
    domain = domain_of(loss, assuming=claim.assuming)
    if wrt not in curvature.free_symbols:
        rising = nondecreasing(curvature * wrt - slope, wrt, domain)
        yield conjunction([rising, continuous(loss.value, wrt, domain)])
        return
    if loss.domain(wrt) != real or any(wrt in fact.free_symbols for fact in domain.assuming):
        yield Unknown(f"the mirror image of {wrt} may lie outside the domain")
        return
    for centre in (*(e for e in loss.inputs if e != wrt), S.Zero):
        yield conjunction(_about(centre, curvature, slope, loss.value, wrt, domain))


def _about(
    centre: Expr, curvature: Expr, slope: Expr, value: Expr, wrt: Element, domain: Domain
) -> Iterator[Verdict]:
    """The parts of the second argument."""
    chord = slope - slope.xreplace({wrt: centre})
    yield signed(curvature * (wrt - centre) - chord, Sign.ZERO, domain)
    mirrored = curvature.xreplace({wrt: 2 * centre - wrt})
    yield signed(curvature - mirrored, Sign.ZERO, domain)
    beyond = GreaterThan(wrt, centre, evaluate=False)
    yield nondecreasing(-curvature, wrt, replace(domain, assuming=(*domain.assuming, beyond)))
    yield continuous(curvature, wrt, domain)
    yield continuous(value, wrt, domain)


# Refutation ------------------------------------------------------------------------------------


def _refutation(claim: Claim) -> Refuted | None:
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
    for point in points(pairs, (1, 1), BUDGET):
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


def _is_confirmed(comparison: Comparison, curvature: Expr, there: Expr, point: Point) -> bool:
    """Whether the parabola, with difference quotients for a slope, is below the loss."""
    with mpmath.workdps(DIGITS):
        here, below = (number(unroll(e, point)) for e in (comparison.value, there))
        weight = number(unroll(curvature, point))
        step = number(unroll(other - comparison.wrt, point))
        slopes = one_sided(comparison, point)
        above = max(here + slope * step + weight * step**2 / 2 for slope in slopes)
        return bool(above < below - mpmath.sqrt(STEP) * (1 + abs(above) + abs(below)))
