"""Sets of possible signs, with the arithmetic that they obey."""

from __future__ import annotations

from enum import IntFlag


class Sign(IntFlag):
    """Which signs a real quantity may have; the empty set belongs to no quantity."""

    NEGATIVE = 1
    ZERO = 2
    POSITIVE = 4
    NONPOSITIVE = 3
    NONNEGATIVE = 6
    NONZERO = 5
    ANY = 7

    @property
    def decided(self) -> bool:
        """Whether one sign is left."""
        return self in (Sign.NEGATIVE, Sign.ZERO, Sign.POSITIVE)

    def negate(self) -> Sign:
        """The signs of the negative."""
        return Sign((self & Sign.ZERO) | (self & 1) << 2 | (self & 4) >> 2)

    def times(self, other: Sign) -> Sign:
        """The signs of a product."""
        result = Sign(0)
        for a in (Sign.NEGATIVE, Sign.ZERO, Sign.POSITIVE):
            if a & self:
                part = other.negate() if a is Sign.NEGATIVE else other
                result |= Sign.ZERO if a is Sign.ZERO else part
        return result

    def power(self, exponent: int) -> Sign:
        """The signs of an integer power (of a nonzero quantity if the exponent is negative)."""
        if exponent % 2:
            return self
        square = Sign.POSITIVE if self & Sign.NONZERO else Sign(0)
        return square | (self & Sign.ZERO)

    def plus(self, other: Sign) -> Sign:
        """The signs of a sum."""
        result = Sign(0)
        for a in (Sign.NEGATIVE, Sign.ZERO, Sign.POSITIVE):
            for b in (Sign.NEGATIVE, Sign.ZERO, Sign.POSITIVE):
                if a & self and b & other:
                    opposite = a | b == Sign.NONZERO
                    result |= Sign.ANY if opposite else (a | b if a == b else (a | b) & Sign.NONZERO)
        return result
