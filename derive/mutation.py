"""Small edits of a formula, each with a name for the mistake that it makes.

Mutation testing applies them to a right formula, to see whether the prover refutes what comes out;
the search for a correction applies them to a wrong one. The edits come in a fixed order, that of
the formula read from the outside in, and none comes twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import sympy
from sympy import Abs, And, Basic, Expr, I, Max, Min, Or, Piecewise, Pow, nan, oo, sign, zoo
from sympy.codegen.cfunctions import expm1, log1p
from sympy.core.relational import (
    GreaterThan,
    LessThan,
    StrictGreaterThan,
    StrictLessThan,
)

from derive.language import (
    ENTRY,
    SLICE,
    Aggregate,
    Element,
    Parameter,
    Size,
    Sum,
    axes_of,
    identity,
    size,
)

Path = tuple[int, ...]
HALF = sympy.Rational(1, 2)


@dataclass(frozen=True)
class Vocabulary:
    """What an edited formula may speak of: symbols, the axes it varies along, whether it sums."""

    inputs: tuple[Element, ...]
    parameters: tuple[Parameter, ...] = ()
    axes: frozenset[str] = frozenset({SLICE, ENTRY})
    sums: bool = False


@dataclass(frozen=True)
class Edit:
    """One part of a formula with another one in its place, and the name of this mistake."""

    operator: str
    path: Path
    before: Any
    after: Any

    def of(self, formula: Expr, vocabulary: Vocabulary) -> Expr | None:
        """The formula so edited, or ``None`` if it is not well-formed."""
        edited = replaced(formula, self.path, self.after)
        return edited if is_well_formed(edited, vocabulary) else None


Replacement = tuple[str, Any]
Operator = Callable[[Any, Vocabulary], Iterator[Replacement]]


def mutants(
    formula: Expr, vocabulary: Vocabulary, limit: int | None = None
) -> Iterator[tuple[Edit, Expr]]:
    """Well-formed formulas that differ from ``formula`` in one part, each of them once.

    They are at most ``limit``, taken evenly from all edits, or all of them.
    """
    found = list(edits(formula, vocabulary))
    shares = len(found) if limit is None else min(limit, len(found))
    seen = {formula}
    for share in range(shares):
        first, after_last = (n * len(found) // shares for n in (share, share + 1))
        for edit in found[first:after_last]:
            mutant = edit.of(formula, vocabulary)
            if mutant is not None and mutant not in seen:
                seen.add(mutant)
                yield edit, mutant
                break


def edits(formula: Expr, vocabulary: Vocabulary) -> Iterator[Edit]:
    """Every edit of one part; some give the same formula, some give none."""
    for path, part in parts(formula):
        for operator in OPERATORS:
            for name, replacement in operator(part, vocabulary):
                yield Edit(name, path, part, replacement)


def parts(formula: Basic, path: Path = ()) -> Iterator[tuple[Path, Basic]]:
    """The formula and all its parts, each with the way to it, from the outside in."""
    yield path, formula
    for position, argument in enumerate(formula.args):
        if not _is_label(formula, position):
            yield from parts(argument, (*path, position))


def _is_label(formula: Basic, position: int) -> bool:
    """Whether an argument is no part by itself: the name of an axis, a number as exponent."""
    if isinstance(formula, Pow):
        return position == 1 and formula.exp.is_Rational is True
    return isinstance(formula, Aggregate) and position == 1


def replaced(formula: Any, path: Path, part: Any) -> Any:
    """The formula with one part replaced; ``None`` if SymPy refuses what would come of it."""
    try:
        return _replaced(formula, path, sympy.sympify(part))
    except (TypeError, ValueError):  # a comparison of what is not real
        return None


def _replaced(formula: Any, path: Path, part: Any) -> Any:
    if not path:
        return part
    position, *rest = path
    arguments = list(formula.args)
    arguments[position] = _replaced(arguments[position], tuple(rest), part)
    return rebuilt(formula, arguments)


def rebuilt(formula: Any, arguments: list[Any]) -> Any:
    """The same kind of expression with other arguments."""
    if isinstance(formula, Piecewise):
        return Piecewise(*arguments, evaluate=False)
    return formula.func(*arguments)


def is_well_formed(formula: Any, vocabulary: Vocabulary) -> bool:
    """Whether a formula is a real-valued expression that the vocabulary has the words for."""
    if not isinstance(formula, Expr) or formula.has(nan, oo, -oo, zoo, I):
        return False
    known = {*vocabulary.inputs, *vocabulary.parameters}
    if any(s not in known and not isinstance(s, Size) for s in formula.free_symbols):
        return False
    if not vocabulary.sums and formula.atoms(Aggregate, Size):
        return False
    return axes_of(formula) <= vocabulary.axes and not _has_idle_sum(formula)


def _has_idle_sum(formula: Expr) -> bool:
    """Whether something is summed over an axis along which it does not vary."""
    return any(a.axis not in axes_of(a.body) for a in formula.atoms(Aggregate))


# Operators -------------------------------------------------------------------------------------


def _sign(part: Any, _: Vocabulary) -> Iterator[Replacement]:
    if isinstance(part, Expr):
        yield "sign", -part


def _constant(part: Any, _: Vocabulary) -> Iterator[Replacement]:
    if isinstance(part, Expr) and part.is_Rational:
        for other in (part + 1, part - 1, part / 2, part * 2):
            yield "constant", other


def _exponent(part: Any, _: Vocabulary) -> Iterator[Replacement]:
    if isinstance(part, Pow) and part.exp.is_Rational:
        base, power = part.args
        for other in (
            power + 1,
            power - 1,
            power + HALF,
            power - HALF,
            power / 2,
            power * 2,
            -power,
        ):
            if other != 0:
                yield "exponent", base**other


def _term(part: Any, _: Vocabulary) -> Iterator[Replacement]:
    if isinstance(part, sympy.Add):
        for term in part.args:
            yield "dropped term", part - term
            yield "doubled term", part + term


def _factor(part: Any, _: Vocabulary) -> Iterator[Replacement]:
    if isinstance(part, sympy.Mul):
        for factor in part.args:
            yield "dropped factor", part / factor
            yield "doubled factor", part * factor
    elif isinstance(part, Expr) and not part.is_number and not part.is_Boolean:
        yield "doubled factor", part**2


def _scale(part: Any, vocabulary: Vocabulary) -> Iterator[Replacement]:
    if isinstance(part, Expr) and (part.is_Add or part.is_Mul or part.is_Function):
        yield "constant", part * 2
        yield "constant", part / 2
        for parameter in vocabulary.parameters:
            yield "added factor", part * parameter
            yield "added factor", part / parameter


def _cases(part: Any, _: Vocabulary) -> Iterator[Replacement]:
    if isinstance(part, Piecewise):
        pairs = list(part.args)
        for i, j in combinations(range(len(pairs)), 2):
            (first, when), (second, otherwise) = pairs[i], pairs[j]
            swapped = [*pairs]
            swapped[i], swapped[j] = (second, when), (first, otherwise)
            yield "swapped branches", Piecewise(*swapped, evaluate=False)
        for i in range(len(pairs)):
            rest = pairs[:i] + pairs[i + 1 :]
            values = [(value, condition) for value, condition in rest[:-1]]
            yield "dropped branch", Piecewise(*values, (rest[-1][0], True), evaluate=False)


_STRICTNESS: dict[type[Basic], type[Basic]] = {
    StrictLessThan: LessThan,
    LessThan: StrictLessThan,
    StrictGreaterThan: GreaterThan,
    GreaterThan: StrictGreaterThan,
}
_REVERSED: dict[type[Basic], type[Basic]] = {
    StrictLessThan: StrictGreaterThan,
    LessThan: GreaterThan,
    StrictGreaterThan: StrictLessThan,
    GreaterThan: LessThan,
}


def _condition(part: Any, _: Vocabulary) -> Iterator[Replacement]:
    if type(part) in _STRICTNESS:
        left, right = part.args
        yield "strict for non-strict, or back", _STRICTNESS[type(part)](left, right)
        yield "reversed condition", _REVERSED[type(part)](left, right)
        if right != 0:
            yield "negated threshold", part.func(left, -right)
            yield "dropped threshold", part.func(left, 0)
    elif isinstance(part, And | Or):
        other = Or if isinstance(part, And) else And
        yield "and for or, or back", other(*part.args)
        for argument in part.args:
            rest = [a for a in part.args if a != argument]
            yield "dropped condition", part.func(*rest)


def _aggregate(part: Any, vocabulary: Vocabulary) -> Iterator[Replacement]:
    if not vocabulary.sums or not isinstance(part, Expr) or part.is_Boolean:
        return
    if isinstance(part, Sum):
        yield "dropped sum", part.body
        yield "mean for sum", part / size(part.axis)
        yield "wrong axis", Sum(part.body, SLICE if part.axis == ENTRY else ENTRY)
    elif ENTRY in axes_of(part):
        yield "added sum", Sum(part)
        yield "added mean", Sum(part) / size()


def _length(part: Any, vocabulary: Vocabulary) -> Iterator[Replacement]:
    if vocabulary.sums and isinstance(part, sympy.Add | sympy.Mul):
        yield "divided by the length", part / size()
        yield "multiplied by the length", part * size()


def _symbol(part: Any, vocabulary: Vocabulary) -> Iterator[Replacement]:
    if isinstance(part, Element):
        for other in vocabulary.inputs:
            if other != part:
                yield f"{other} for {part}", other
    if isinstance(part, Parameter):
        if part.default is not None:
            yield "default for parameter", part.default
        for parameter in vocabulary.parameters:
            if parameter != part:
                yield "another parameter", parameter


_NEIGHBOURS: dict[type[Basic], tuple[type[Basic], ...]] = {
    sympy.exp: (expm1, sympy.log),
    sympy.log: (log1p, sympy.exp),
    expm1: (sympy.exp,),
    log1p: (sympy.log,),
    sympy.tanh: (sympy.sinh, sympy.cosh),
    sympy.sinh: (sympy.cosh, sympy.tanh),
    sympy.cosh: (sympy.sinh, sympy.tanh),
    Max: (Min,),
    Min: (Max,),
    Abs: (sign,),
    sign: (Abs,),
}


def _function(part: Any, _: Vocabulary) -> Iterator[Replacement]:
    for other in _NEIGHBOURS.get(type(part), ()):
        yield "another function", other(*part.args)
    if (isinstance(part, sympy.Function) and not isinstance(part, Piecewise)) or isinstance(
        part, Max | Min
    ):
        for argument in part.args:
            yield "argument for function", argument
    elif isinstance(part, sympy.Add | Element | Parameter) and part != identity:
        yield "added absolute value", Abs(part)
        if isinstance(sign(part), sign):
            yield "sign for argument", sign(part)


OPERATORS: tuple[Operator, ...] = (
    _sign,
    _constant,
    _exponent,
    _term,
    _factor,
    _scale,
    _cases,
    _condition,
    _aggregate,
    _length,
    _symbol,
    _function,
)
