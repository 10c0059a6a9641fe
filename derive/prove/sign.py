"""Sets of possible signs, with the arithmetic that they obey."""

from __future__ import annotations

from enum import IntFlag
from itertools import product


class Sign(IntFlag):
    """Which signs a real quantity may have; the empty set belongs to no quantity."""

    NONE = 0
    NEGATIVE = 1
    ZERO = 2
    NONPOSITIVE = 3
    POSITIVE = 4
    NONZERO = 5
    NONNEGATIVE = 6
    ANY = 7

    def __and__(self, other: int) -> Sign:
        """The signs in both sets; asked for so often that the general way takes too long."""
        return _SETS[int.__and__(self, other)]

    @property
    def decided(self) -> bool:
        """Whether one sign is left."""
        return self in _DECIDED

    def negate(self) -> Sign:
        """The signs of the negative."""
        return _PRODUCT[Sign.NEGATIVE][self]

    def times(self, other: Sign) -> Sign:
        """The signs of a product."""
        return _PRODUCT[self][other]

    def plus(self, other: Sign) -> Sign:
        """The signs of a sum."""
        return _SUM[self][other]

    def power(self, exponent: int) -> Sign:
        """The signs of an integer power (of a nonzero quantity if the exponent is negative)."""
        return self if exponent % 2 else _PRODUCT_WITH_ITSELF[self]


_DECIDED = (Sign.NEGATIVE, Sign.ZERO, Sign.POSITIVE)
_NUMBER = {Sign.NEGATIVE: -1, Sign.ZERO: 0, Sign.POSITIVE: 1}
_OF_NUMBER = {number: sign for sign, number in _NUMBER.items()}
_SETS = [Sign(bits) for bits in range(8)]


def _all(a: Sign, b: Sign, rule: dict[tuple[Sign, Sign], Sign]) -> Sign:
    """The union of a rule over all pairs of single signs."""
    result = Sign.NONE
    for s, t in product(_DECIDED, repeat=2):
        if s & a and t & b:
            result |= rule[s, t]
    return result


_MULTIPLIED = {(s, t): _OF_NUMBER[_NUMBER[s] * _NUMBER[t]] for s, t in product(_DECIDED, repeat=2)}
_ADDED = {
    (s, t): Sign.ANY
    if s | t == Sign.NONZERO
    else _OF_NUMBER[max(-1, min(1, _NUMBER[s] + _NUMBER[t]))]
    for s, t in product(_DECIDED, repeat=2)
}
_PRODUCT = [[_all(a, b, _MULTIPLIED) for b in _SETS] for a in _SETS]
_SUM = [[_all(a, b, _ADDED) for b in _SETS] for a in _SETS]
_PRODUCT_WITH_ITSELF = [
    (Sign.ZERO & a) | (Sign.POSITIVE if a & Sign.NONZERO else Sign.NONE) for a in _SETS
]
