"""The elementwise functions of NumPy, SciPy and math, in exact arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy
from sympy import Abs, Eq, Expr, Integer, Max, Min, Ne, Piecewise, Rational, S, exp, log, sqrt
from sympy.core.relational import Relational

from derive.auditing.arrays import (
    NUMBERS,
    Kind,
    Traced,
    elementwise,
    joined,
    lift,
    number,
    together,
    truth,
)
from derive.auditing.axes import broadcast
from derive.auditing.conditions import conditions_of
from derive.auditing.refusal import Refusal
from derive.language import ENTRY, cases


def _is_plain(*parts: Expr) -> bool:
    """Whether SymPy may compare them: it goes round in circles over cases."""
    return not any(part.has(Piecewise, Max, Min) for part in parts)


def compare(relation: type[Relational], a: Expr, b: Expr) -> Any:
    """A comparison, which SymPy decides only where that is plain."""
    if a == b:
        return relation(S.Zero, S.Zero)
    return relation(a, b) if _is_plain(a, b) else relation(a, b, evaluate=False)


def absolute(a: Expr) -> Expr:
    """The absolute value."""
    if _is_plain(a):
        return Abs(a)
    return cases((a, compare(sympy.Ge, a, S.Zero)), (-a, True))


def sign(a: Expr) -> Expr:
    """The sign: 0 at 0."""
    if _is_plain(a):
        return sympy.sign(a)
    positive, negative = compare(sympy.Gt, a, S.Zero), compare(sympy.Lt, a, S.Zero)
    return cases((S.One, positive), (S.NegativeOne, negative), (S.Zero, True))


def larger(a: Expr, b: Expr) -> Expr:
    """The larger of two numbers."""
    if _is_plain(a, b):
        return Max(a, b)
    return a if a == b else cases((a, compare(sympy.Ge, a - b, S.Zero)), (b, True))


def smaller(a: Expr, b: Expr) -> Expr:
    """The smaller of two numbers."""
    if _is_plain(a, b):
        return Min(a, b)
    return a if a == b else cases((a, compare(sympy.Le, a - b, S.Zero)), (b, True))


def where_zero(a: Expr, there: Expr, elsewhere: Expr) -> Expr:
    """Cases by whether a number is zero."""
    condition = compare(Eq, a, S.Zero)
    if condition in (S.true, S.false):
        return there if condition == S.true else elsewhere
    return cases((there, condition), (elsewhere, True))


def divide(a: Expr, b: Expr) -> Expr:
    """A quotient; raises ``Refusal`` for one by the number zero."""
    if b == 0:
        raise Refusal("this divides by zero", "the cases in which it does not")
    return a / b


def power(a: Expr, b: Expr) -> Expr:
    """A power; raises ``Refusal`` for a negative power of the number zero."""
    if a == 0 and not b.is_nonnegative:
        raise Refusal("zero has no negative power", "the cases in which it is not zero")
    return a**b


def expit(a: Expr) -> Expr:
    """The logistic function."""
    return 1 / (1 + exp(-a))


def _softplus(a: Expr) -> Expr:
    return log(1 + exp(a))


def _huber(delta: Expr, r: Expr) -> Expr:
    size = absolute(r)
    inside = compare(sympy.Le, size, delta)
    return cases((r**2 / 2, inside), (delta * (size - delta / 2), True))


FLOAT: Mapping[str, Callable[..., Expr]] = {
    "divide": divide,
    "true_divide": divide,
    "reciprocal": lambda a: divide(S.One, a),
    "exp": exp,
    "exp2": lambda a: Integer(2) ** a,
    "expm1": lambda a: exp(a) - 1,
    "log": log,
    "log2": lambda a: log(a) / log(2),
    "log10": lambda a: log(a) / log(10),
    "log1p": lambda a: log(1 + a),
    "sqrt": sqrt,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "arctan": sympy.atan,
    "atan": sympy.atan,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "hypot": lambda a, b: sqrt(a**2 + b**2),
    "logaddexp": lambda a, b: log(exp(a) + exp(b)),
    "heaviside": lambda a, b: where_zero(a, b, (1 + sign(a)) / 2),
    "erf": sympy.erf,
    "erfc": lambda a: 1 - sympy.erf(a),
    "ndtr": lambda a: (1 + sympy.erf(a / sqrt(2))) / 2,
    "gammaln": sympy.loggamma,
    "expit": expit,
    "logit": lambda a: log(a / (1 - a)),
    "log_expit": lambda a: -_softplus(-a),
    "softplus": _softplus,
    "xlogy": lambda a, b: where_zero(a, S.Zero, a * log(b)),
    "xlog1py": lambda a, b: where_zero(a, S.Zero, a * log(1 + b)),
    "entr": lambda a: where_zero(a, S.Zero, -a * log(a)),
    "rel_entr": lambda a, b: where_zero(a, S.Zero, a * log(a / b)),
    "kl_div": lambda a, b: where_zero(a, b, a * log(a / b) - a + b),
    "huber": _huber,
    "pseudo_huber": lambda d, r: d**2 * (sqrt(1 + (r / d) ** 2) - 1),
    "exprel": lambda a: where_zero(a, S.One, (exp(a) - 1) / a),
    "cbrt": lambda a: sign(a) * absolute(a) ** Rational(1, 3),
}
"""Functions whose result is floating point."""

SAME: Mapping[str, Callable[..., Expr]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "power": power,
    "pow": power,
    "float_power": power,
    "negative": lambda a: -a,
    "positive": lambda a: a,
    "square": lambda a: a**2,
    "absolute": absolute,
    "abs": absolute,
    "fabs": absolute,
    "sign": sign,
    "maximum": larger,
    "minimum": smaller,
    "fmax": larger,
    "fmin": smaller,
}
"""Functions whose result is of the kind of what it is made from."""

RELATIONS: Mapping[str, type[Relational]] = {
    "greater": sympy.Gt,
    "greater_equal": sympy.Ge,
    "less": sympy.Lt,
    "less_equal": sympy.Le,
    "equal": Eq,
    "not_equal": Ne,
}

LOGIC: Mapping[str, Callable[..., Any]] = {
    "logical_and": sympy.And,
    "logical_or": sympy.Or,
    "logical_not": sympy.Not,
    "bitwise_and": sympy.And,
    "bitwise_or": sympy.Or,
    "bitwise_not": sympy.Not,
    "invert": sympy.Not,
    "logical_xor": sympy.Xor,
    "bitwise_xor": sympy.Xor,
}

_OF_BOOLEANS = {
    **dict.fromkeys(("multiply", "minimum", "fmin"), "logical_and"),
    **dict.fromkeys(("maximum", "fmax"), "logical_or"),
}

DEFINED = {"isnan": S.false, "isinf": S.false, "isfinite": S.true}
"""What is known of every real number."""


def knows(name: str) -> bool:
    """Whether this is an elementwise function of which the formula is known."""
    return any(name in table for table in (FLOAT, SAME, RELATIONS, LOGIC, DEFINED))


def apply(name: str, *operands: Any) -> Traced:
    """The function of this name at each element; raises ``Refusal`` for one that is not known."""
    arrays = [lift(operand) for operand in operands]
    if name in RELATIONS:
        return _compared(name, arrays)
    if name in LOGIC:
        return _logical(name, arrays)
    if name in DEFINED:
        if arrays[0].lost or conditions_of(arrays[0].expression):
            raise Refusal(f"{name} asks whether a formula is defined", "np.where on its arguments")
        return Traced(DEFINED[name], arrays[0].axes, "bool")
    if name in FLOAT:
        return elementwise(FLOAT[name], "float", *arrays)
    if name not in SAME:
        raise Refusal(f"the function {name} is not known here")
    return _of_the_same_kind(name, arrays)


def _of_the_same_kind(name: str, arrays: list[Traced]) -> Traced:
    kinds = [array.kind for array in arrays]
    if all(kind == "bool" for kind in kinds):
        if name not in _OF_BOOLEANS:
            raise Refusal(f"{name} of booleans is not their arithmetic", "mask.astype(float)")
        return _logical(_OF_BOOLEANS[name], arrays)
    kind: Kind = "int"
    if "float" in kinds or name == "float_power":
        kind = "float"
    if name in ("power", "pow") and kind == "int" and not number(arrays[1]).is_nonnegative:
        raise Refusal("NumPy has no negative powers of integers", "a power of x.astype(float)")
    if name == "fabs":
        kind = "float"
    return elementwise(SAME[name], kind, *arrays)


def _compared(name: str, arrays: list[Traced]) -> Traced:
    kinds = {array.kind for array in arrays}
    if kinds & {"labels", "index"}:
        return _at_classes(name, arrays)
    joint, at = together(*arrays)
    parts = [number(array) for array in joint]
    return joined(compare(RELATIONS[name], *parts), "bool", joint, at, parts)


def _at_classes(name: str, arrays: list[Traced]) -> Traced:
    labels = [array for array in arrays if array.kind == "labels"]
    index = [array for array in arrays if array.kind == "index"]
    if len(labels) != 1 or len(index) != 1 or name not in ("equal", "not_equal"):
        raise Refusal("class labels are compared", "np.eye(classes)[labels]")
    axes = broadcast(labels[0].axes, index[0].axes)
    if ENTRY not in axes:
        raise Refusal("class labels are compared with places of rows", "np.eye(classes)[labels]")
    relation = Eq if name == "equal" else Ne
    return Traced(relation(labels[0].expression, 1), axes, "bool")


def _logical(name: str, arrays: list[Traced]) -> Traced:
    if name.startswith(("bitwise", "invert")) and any(array.kind != "bool" for array in arrays):
        raise Refusal(f"{name} of numbers works on their bits", "np.logical_and and its like")
    joint, at = together(*arrays)
    parts = [truth(array) for array in joint]
    return joined(LOGIC[name](*parts), "bool", joint, at, parts)


def where(condition: Any, a: Any, b: Any) -> Traced:
    """``np.where``: one of two elements, by a condition."""
    arrays, at = together(lift(condition), lift(a), lift(b))
    chosen = truth(arrays[0])
    kinds = [array.kind for array in arrays[1:]]
    if {*kinds} & {"labels", "index"}:
        raise Refusal("class labels or indices are chosen by a condition")
    if kinds == ["bool", "bool"]:
        one, other = arrays[1].expression, arrays[2].expression
        result = (chosen & one) | (~chosen & other)
        return joined(result, "bool", arrays, at, (chosen, one, other))
    kind = NUMBERS[max(map(NUMBERS.index, kinds))]
    one, other = number(arrays[1]), number(arrays[2])
    if chosen in (S.true, S.false):
        left = arrays[1] if chosen == S.true else arrays[2]
        result = one if chosen == S.true else other
        found = joined(result, kind, arrays, at, (result,))
        found.lost = arrays[0].lost | left.lost
        return found
    result = one if one == other else cases((one, chosen), (other, True))
    return joined(result, kind, arrays, at, (chosen, one, other))
