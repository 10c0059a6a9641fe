"""Trusted. What is known of functions that the normal form takes as they are.

Each is smooth on the interior of the set where it is defined and continuous on all of it. The
sources are the chapters of the NIST Digital Library of Mathematical Functions (dlmf.nist.gov)
that are named with the entries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import sympy
from flint import acb, arb
from sympy import Expr, S, pi
from sympy.codegen.cfunctions import expm1, log1p

from derive.prove.sign import Sign

Conditions = list[tuple[Expr, Sign]]
Bounds = list[tuple[Expr, bool]]


def _nothing(*_: Expr) -> list[tuple[Expr, bool]]:
    return []


def _everywhere(*_: Expr) -> Conditions:
    return []


@dataclass(frozen=True)
class Function:
    """What is known of a function: its symmetry in the last argument, its domain, its bounds.

    ``ball`` is its enclosure in Arb. ``defined`` maps the arguments to the signs that quantities
    must have, ``bounds`` maps the value and the other arguments to quantities that are positive
    (``True``) or at least not negative.
    """

    ball: Callable[..., arb]
    parity: Literal["odd", "even", "none"] = "none"
    defined: Callable[..., Conditions] = _everywhere
    bounds: Callable[..., Bounds] = _nothing


def _method(name: str) -> Callable[..., arb]:
    return lambda x: getattr(x, name)()


def _within(bound: Expr, strict: bool) -> Callable[..., Bounds]:
    """Between ``-bound`` and ``bound``."""
    return lambda value, *_: [(bound - value, strict), (bound + value, strict)]


def _unit(strict: bool) -> Callable[..., Conditions]:
    sign = Sign.POSITIVE if strict else Sign.NONNEGATIVE
    return lambda x: [(1 - x, sign), (1 + x, sign)]


def _positive(*arguments: Expr) -> Conditions:
    return [(arguments[-1], Sign.POSITIVE)]


def _polygamma(n: arb, x: arb) -> arb:
    return x.digamma() if n == 0 else acb(x).polygamma(n).real


def _polygamma_bounds(value: Expr, n: Expr, _: Expr) -> Bounds:
    if n == 0:
        return []
    return [(value if n % 2 else -value, True)]  # DLMF 5.15.1, a series of terms of one sign


def _bessel_domain(order: Expr, x: Expr) -> Conditions:
    return [] if order.is_Integer else [(x, Sign.POSITIVE)]


def _bessel_i_bounds(value: Expr, order: Expr, _: Expr) -> Bounds:
    return [(value - 1, False)] if order == 0 else []  # DLMF 10.25.2


FUNCTIONS: dict[type, Function] = {
    # error functions, DLMF 7
    sympy.erf: Function(_method("erf"), "odd", bounds=_within(S.One, True)),
    sympy.erfi: Function(_method("erfi"), "odd"),
    sympy.erfinv: Function(_method("erfinv"), "odd", _unit(True)),
    # inverse trigonometric and hyperbolic functions, DLMF 4.23 and 4.37
    sympy.asin: Function(_method("asin"), "odd", _unit(False), _within(pi / 2, False)),
    sympy.atan: Function(_method("atan"), "odd", bounds=_within(pi / 2, True)),
    sympy.asinh: Function(_method("asinh"), "odd"),
    # gamma functions, DLMF 5 and 8
    sympy.loggamma: Function(_method("lgamma"), defined=_positive),
    sympy.polygamma: Function(_polygamma, defined=_positive, bounds=_polygamma_bounds),
    sympy.lowergamma: Function(
        lambda a, x: x.gamma_lower(a),
        defined=lambda a, x: [(a, Sign.POSITIVE), (x, Sign.NONNEGATIVE)],
        bounds=lambda value, *_: [(value, False)],
    ),
    # integrals of elementary functions, DLMF 6 and 25.12
    sympy.Ei: Function(_method("ei"), defined=lambda x: [(x, Sign.NONZERO)]),
    sympy.Si: Function(_method("si"), "odd"),
    sympy.polylog: Function(
        lambda s, x: x.polylog(s), defined=lambda _, x: [(1 - x, Sign.POSITIVE)]
    ),
    # Lambert's function on its principal branch, DLMF 4.13
    sympy.LambertW: Function(
        _method("lambertw"),
        defined=lambda x: [(sympy.E * x + 1, Sign.NONNEGATIVE)],
        bounds=lambda value, _: [(value + 1, False)],
    ),
    # Bessel functions, DLMF 10
    sympy.besseli: Function(
        lambda n, x: x.bessel_i(n), defined=_bessel_domain, bounds=_bessel_i_bounds
    ),
    sympy.besselk: Function(
        lambda n, x: x.bessel_k(n),
        defined=_positive,
        bounds=lambda value, *_: [(value, True)],
    ),
    sympy.besselj: Function(lambda n, x: x.bessel_j(n), defined=_bessel_domain),
}
"""The functions that stay as they are, up to symmetry and recurrences."""

BALLS: dict[type, Callable[..., arb]] = {
    **{function: known.ball for function, known in FUNCTIONS.items()},
    **{
        function: _method(function.__name__)
        for function in (
            *(sympy.log, sympy.tanh, sympy.sinh, sympy.cosh, sympy.coth, sympy.sech, sympy.csch),
            *(sympy.sin, sympy.cos, sympy.tan, sympy.cot, sympy.sec, sympy.csc),
            *(sympy.acos, sympy.acosh, sympy.atanh, sympy.erfc, sympy.gamma),
            *(log1p, expm1),
        )
    },
    sympy.atan2: lambda y, x: arb.atan2(y, x),
    sympy.uppergamma: lambda a, x: x.gamma_upper(a),
    sympy.beta: lambda a, b: (a.lgamma() + b.lgamma() - (a + b).lgamma()).exp(),
    sympy.factorial: lambda x: (x + 1).gamma(),
    sympy.binomial: lambda n, k: (n + 1).gamma() * (k + 1).rgamma() * (n - k + 1).rgamma(),
}
"""Enclosures of functions, those that the normal form rewrites included."""

CONSTANTS: dict[Expr, Callable[[], arb]] = {
    pi: arb.pi,
    S.EulerGamma: arb.const_euler,
    S.Catalan: arb.const_catalan,
}
"""Numbers of which nothing is known but their value."""
