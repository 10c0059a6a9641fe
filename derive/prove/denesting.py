"""A search for the roots of polynomials that contain roots themselves.

Whoever uses what is found has to check that its square is the polynomial: nothing here is trusted.
"""

from __future__ import annotations

from collections.abc import Iterator

from flint.utils.flint_exceptions import DomainError

from derive.prove.field import ONE_POLYNOMIAL, Field, Fraction, Polynomial, integer, split_linear


def denested(field: Field, radicand: Polynomial) -> Iterator[tuple[Fraction, Fraction, int]]:
    """``u``, ``w`` and a sign such that ``(sqrt(u) + sign sqrt(w))**2`` may be the radicand.

    For ``a + b R`` these are ``(a + d)/2`` and ``(a - d)/2`` if ``a**2 - b**2 R**2`` is the square
    of ``d`` (Borodin, Fagin, Hopcroft and Tompa 1985). Their product is ``(b R)**2/4``.
    """
    for index in field.roots:
        degree, inner = field.generators[index].data
        if degree == 2 and radicand.degrees()[index] == 1:
            b, a = split_linear(radicand, index)
            d = _square_root(field.reduce(a * a - b * b * inner, ONE_POLYNOMIAL).numerator)
            if d is not None:
                u, w = field.reduce(a + d, integer(2)), field.reduce(a - d, integer(2))
                yield u, w, 1
                yield u, w, -1


def _square_root(polynomial: Polynomial) -> Polynomial | None:
    try:
        return polynomial.sqrt()
    except DomainError:
        return None
