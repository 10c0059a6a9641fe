"""Powers of two near a number, by which code scales: any positive number will do for a proof."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sympy import Expr

from derive.auditing import branches
from derive.auditing.arrays import Traced, lift, number, settled
from derive.auditing.refusal import Refusal
from derive.language import ENTRY, Element


class Exponent(Traced):
    """The exponent of the power of two next to each element of an array."""

    def __init__(self, of: Traced) -> None:
        if ENTRY in of.axes:
            raise Refusal("a power of two for each element", "one for each slice")
        super().__init__(Element("exponent'", ()), of.axes, "index")
        self.of: Expr = number(settled(of))


def frexp(array: Any) -> tuple[Any, Exponent]:
    """``np.frexp``, of which the exponent alone may be used."""
    return None, Exponent(lift(array))


def ldexp(factor: Any, exponent: Any) -> Traced:
    """``np.ldexp`` of a number and such an exponent: a positive number, for that factor."""
    if not isinstance(exponent, Exponent) or isinstance(factor, Traced) or not factor > 0:
        raise Refusal("np.ldexp of anything but a number and the exponent of np.frexp")
    scale = branches.current().scale((exponent.of, factor))
    return Traced(scale, exponent.axes)


SCALING: Mapping[str, Callable[..., Any]] = {"frexp": frexp, "ldexp": ldexp}
