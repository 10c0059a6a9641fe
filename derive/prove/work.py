"""Trusted. How much work one claim may take: counted, never timed, so that all machines agree."""

from __future__ import annotations

from collections.abc import Callable
from math import comb, prod

from flint import fmpz_mpoly

LONGEST = 10**5  # terms of a polynomial
MOST = {
    "products of terms": 10**7,
    "terms to factor or cancel": 10**6,
    "case distinctions": 10**3,
    "inequalities": 10**5,
}
"""How much there may be of each kind of work."""


class Work:
    """What was done for one claim; more than may be is refused, with an exception that says so."""

    def __init__(self, refusal: Callable[[str], Exception]) -> None:
        self.spent = dict.fromkeys(MOST, 0)
        self._refusal = refusal

    def spend(self, kind: str, amount: int) -> None:
        """Count work of a kind."""
        self.spent[kind] += amount
        if self.spent[kind] > MOST[kind]:
            raise self._refusal(f"too much work: more than {MOST[kind]} {kind}")

    def on_terms(self, *polynomials: fmpz_mpoly) -> None:
        """Count the factoring, or the cancelling of common factors, of polynomials."""
        self.spend("terms to factor or cancel", sum(map(len, polynomials)))

    def on_product(self, a: fmpz_mpoly, b: fmpz_mpoly) -> None:
        """Count a multiplication."""
        self.spend("products of terms", len(a) * len(b))

    def on_power(self, polynomial: fmpz_mpoly, exponent: int) -> None:
        """Count the multiplications of a power, with no fewer terms than it can have."""
        products = comb(len(polynomial) + exponent - 1, exponent) if len(polynomial) else 0
        by_degrees = prod(degree * exponent + 1 for degree in polynomial.degrees() if degree)
        self.spend("products of terms", len(polynomial) * min(products, by_degrees))

    def on_length(self, *polynomials: fmpz_mpoly) -> None:
        """Refuse polynomials that are too long."""
        if max(map(len, polynomials)) > LONGEST:
            raise self._refusal(f"too much work: a polynomial of more than {LONGEST} terms")
