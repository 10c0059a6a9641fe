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

from sympy import Expr, GreaterThan, S

from derive.language import Element, as_cases, real
from derive.prove.claim import Claim, derive
from derive.prove.inequality import conjunction, continuous, nondecreasing, signed
from derive.prove.points import Domain, domain_of
from derive.prove.sign import Sign
from derive.prove.verdict import Proved, Unknown, Verdict


def majorises(claim: Claim) -> Verdict:
    """Prove that the written curvature majorises the loss, or say what was not shown."""
    verdicts = []
    for verdict in _arguments(claim):
        if isinstance(verdict, Proved):
            return verdict
        verdicts.append(verdict)
    return verdicts[0]


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
