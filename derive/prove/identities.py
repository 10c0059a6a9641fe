"""Trusted. Identities by which a function is written with others, each as a textbook has it.

They hold for real arguments wherever the right side is defined, which the left side then is too;
those with the gamma function say nothing at the negative numbers, where the right side is not.
The sources are the chapters 4, 5, 7 and 8 of the NIST Digital Library of Mathematical Functions.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Expr, exp, log, loggamma, pi
from sympy.codegen.cfunctions import expm1, log1p

IDENTITIES: dict[type, Callable[..., Expr]] = {
    log1p: lambda x: log(1 + x),
    expm1: lambda x: exp(x) - 1,
    sympy.sinh: lambda x: (exp(x) - exp(-x)) / 2,
    sympy.cosh: lambda x: (exp(x) + exp(-x)) / 2,
    sympy.tanh: lambda x: (exp(x) - exp(-x)) / (exp(x) + exp(-x)),
    sympy.coth: lambda x: (exp(x) + exp(-x)) / (exp(x) - exp(-x)),
    sympy.sech: lambda x: 2 / (exp(x) + exp(-x)),
    sympy.csch: lambda x: 2 / (exp(x) - exp(-x)),
    sympy.tan: lambda x: sympy.sin(x) / sympy.cos(x),
    sympy.cot: lambda x: sympy.cos(x) / sympy.sin(x),
    sympy.sec: lambda x: 1 / sympy.cos(x),
    sympy.csc: lambda x: 1 / sympy.sin(x),
    sympy.acos: lambda x: pi / 2 - sympy.asin(x),
    sympy.acosh: lambda x: log(x + sympy.sqrt(x - 1) * sympy.sqrt(x + 1)),
    sympy.atanh: lambda x: (log(1 + x) - log(1 - x)) / 2,
    sympy.erfc: lambda x: 1 - sympy.erf(x),
    sympy.gamma: lambda x: exp(loggamma(x)),
    sympy.factorial: lambda x: exp(loggamma(x + 1)),
    sympy.beta: lambda x, y: exp(loggamma(x) + loggamma(y) - loggamma(x + y)),
    sympy.binomial: lambda n, k: exp(loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1)),
    sympy.uppergamma: lambda a, x: exp(loggamma(a)) - sympy.lowergamma(a, x),
}
"""What each function is written as."""
