"""What makes a specification ill-formed."""

from __future__ import annotations

from collections.abc import Mapping
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from sympy import Basic, Expr, Float, I, S, Symbol, nan, oo, sympify, zoo
from sympy.core.relational import Relational, Unequality
from sympy.sets import FiniteSet, Interval, Set, Union

from derive.language import (
    Maximiser,
    Parameter,
    Size,
    axes_of,
    direction,
    has_aggregate,
    identity,
    real,
    target,
)
from derive.properties import Property

if TYPE_CHECKING:
    from derive.loss import Formula, Loss

MODULE_NAMES = {
    *("np", "Array", "ArrayLike", "Evaluation", "Info", "Literal", "Loss", "Parameter", "Value"),
    *("ByPrecision", "ByTarget", "Indices", "Out", "together"),
    *("at_labels", "clip", "placed", "select", "with_nan"),
    *("euclidean_norm", "expm1", "exponentials", "log1p", "logcosh", "tanh"),
    *("ratio_of_difference", "rounding_error"),
}
"""What an emitted module imports."""

RESERVED = {
    *MODULE_NAMES,
    *("self", "weight", "reduction", "axis", "wrt", "out"),  # arguments of every emitted method
    *("ignore_index", "label_smoothing", "labels"),  # and of those that take class labels
    "name",  # of the loss, in a configuration
    *("direction", "identity"),  # tensors with a meaning
}
"""Names that no input or parameter can have; nor can one begin with an underscore."""


class SpecError(Exception):
    """An ill-formed specification; ``field`` is the keyword of ``Loss`` that is to blame."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def check_loss(loss: Loss) -> None:
    """Raise ``SpecError`` if a part of a loss is missing or contradicts another."""
    _check_names(loss)
    check_facts(loss.assuming)
    if loss.reduction not in ("mean", "sum", "none"):
        raise SpecError(f"reduction is mean, sum or none, got {loss.reduction!r}", "reduction")
    if loss.gradient is None or loss.gradient == {}:
        raise SpecError("the gradient is missing: write it by hand, the prover will check it")
    known = {*loss.inputs, *loss.parameters}
    if identity in as_expression(loss.value, "value").free_symbols:
        known.add(identity)
    for keyword, formula in _formulas(loss):
        check_exact(formula, keyword)
        _check_symbols(formula, known | {direction} if keyword == "hvp" else known, keyword, loss)
    if not loss.gradients:
        raise SpecError("the gradient names no input", "gradient")
    for keyword, formula in _formulas(loss):
        if loss.kind == "elementwise" and has_aggregate(formula):
            raise SpecError("an elementwise value has no aggregate in its derivatives", keyword)
    if loss.curvatures and loss.kind == "slices":
        raise SpecError("only an elementwise loss has a curvature", "curvature")
    for fact in loss.assuming:
        _check_symbols(fact, known, "assuming", loss)
    for same in loss.equivalents.values():
        for expression in (same.factor, *same.parameters.values()):
            check_exact(expression, "same_as")
            _check_symbols(expression, {*loss.parameters}, "same_as", loss)
        check_facts(same.facts, "same_as")
        for fact in same.facts:
            _check_symbols(fact, known, "same_as", loss)
    for claimed in loss.claims:
        check_property(claimed, loss)
    if loss.kind == "slices" and "entry" in axes_of(loss.value):
        raise SpecError("the value mixes an aggregate with a bare element of the slice", "value")


def check_property(claimed: Any, loss: Loss) -> None:
    """Raise ``SpecError`` if a property cannot be claimed of a loss."""
    if not isinstance(claimed, Property):
        raise SpecError(f"claims must be properties such as convex, got {claimed!r}", "claims")
    known: set[Symbol] = {*loss.inputs, *loss.parameters}
    for argument in claimed.arguments:
        check_exact(as_expression(argument, "claims"), "claims")
        _check_symbols(argument, known, "claims", loss)
    for constant in claimed.constants:
        if loss.inputs[0] in constant.free_symbols:
            raise SpecError(f"the constant {constant} depends on {loss.inputs[0]}", "claims")
    if claimed.needs_target and target not in loss.inputs:
        raise SpecError(f"{claimed.name} is about the target, which is not an input", "claims")
    check_facts(claimed.facts, "claims")
    for fact in claimed.facts:
        _check_symbols(fact, known, "claims", loss)


def _check_symbols(formula: Basic, known: set[Symbol], keyword: str, loss: Loss) -> None:
    unknown = [s for s in formula.free_symbols if s not in known and not isinstance(s, Size)]
    if unknown:
        names = ", ".join(sorted(map(str, unknown)))
        raise SpecError(
            f"unknown symbol {names} in the {keyword}: inputs are "
            f"{', '.join(map(str, loss.inputs))}, parameters are "
            f"{', '.join(map(str, loss.parameters)) or 'none'}",
            keyword,
        )


def check_facts(facts: tuple[Any, ...], keyword: str = "assuming") -> None:
    """Raise ``SpecError`` unless facts are exact relations that may hold."""
    for fact in facts:
        if not isinstance(fact, Relational) or isinstance(fact, Unequality):
            raise SpecError(
                f"{keyword} must state equations or inequalities that may hold, got {fact}",
                keyword,
            )
        check_exact(fact, keyword)


def _check_names(loss: Loss) -> None:
    if not loss.inputs:
        raise SpecError("a loss needs at least one input", "inputs")
    for keyword, symbols in (("inputs", loss.inputs), ("parameters", loss.parameters)):
        for symbol in symbols:
            name = symbol.name
            if not name.isidentifier() or iskeyword(name) or name in RESERVED or name[0] == "_":
                raise SpecError(f"{name!r} cannot be the name of an argument", keyword)
    names: set[str] = set()
    for keyword, symbols in (("inputs", loss.inputs), ("parameters", loss.parameters)):
        for symbol in symbols:
            if symbol.name in names:
                raise SpecError(f"the name {symbol.name!r} is used twice", keyword)
            names.add(symbol.name)
    for parameter in loss.parameters:
        if not isinstance(parameter, Parameter):
            raise SpecError(f"{parameter} is not a Parameter", "parameters")
        _check_domain(parameter.domain, parameter.name, "parameters")
        if parameter.default is None:
            raise SpecError(f"parameter {parameter} has no default", "parameters")
        check_exact(parameter.default, "parameters")
        if not parameter.default.is_number:
            raise SpecError(f"the default of {parameter} must be a number", "parameters")
        if parameter.domain.contains(parameter.default) is not S.true:
            raise SpecError(
                f"the default {parameter.default} of {parameter} lies outside its domain "
                f"{parameter.domain}",
                "parameters",
            )
    for element, domain in loss.domains.items():
        if element not in loss.inputs:
            raise SpecError(f"domain of {element}, which is not an input", "domains")
        _check_domain(domain, str(element), "domains")


_DOMAINS = (Interval, FiniteSet, type(S.EmptySet), type(real))


def _check_domain(domain: Set, name: str, keyword: str) -> None:
    parts = domain.args if isinstance(domain, Union) else (domain,)
    if not all(isinstance(part, _DOMAINS) for part in parts):
        raise SpecError(
            f"the domain of {name} must be a set of reals (an interval, a finite set, or a union "
            f"of such), got {domain}",
            keyword,
        )
    check_exact(domain, keyword)
    if domain.is_empty:
        raise SpecError(f"the domain of {name} is empty", keyword)


def _formulas(loss: Loss) -> list[tuple[str, Expr]]:
    """Each formula of the specification with the keyword that states it."""
    found: list[tuple[str, Any]] = [("value", loss.value)]
    for keyword in ("gradient", "hessian", "hvp", "curvature"):
        formula = getattr(loss, keyword)
        if isinstance(formula, Mapping):
            for wrt in formula:
                if wrt in loss.parameters and keyword != "gradient":
                    raise SpecError(f"{keyword} with respect to the parameter {wrt}", keyword)
                if wrt not in (*loss.inputs, *loss.parameters):
                    raise SpecError(f"{keyword} with respect to {wrt}, not an input", keyword)
        found += [(keyword, part) for part in _parts(formula)]
    found += [("forms", formula) for formula in loss.forms.stated()]
    found += [("kinks", kink.at) for kink in loss.kinks]
    found += [("kinks", v) for k in loss.kinks for v in (k.gradient, k.hessian) if v is not None]
    return [(keyword, as_expression(formula, keyword)) for keyword, formula in found]


def _parts(formula: Formula | None) -> list[Any]:
    if isinstance(formula, Mapping):
        return list(formula.values())
    return [] if formula is None else [formula]


def as_expression(formula: Any, keyword: str) -> Expr:
    """A formula as a number-valued expression; raises ``SpecError`` if it is none."""
    if isinstance(formula, float):
        check_exact(Float(formula), keyword)
    try:
        expression = sympify(formula, strict=True)
    except Exception:
        raise SpecError(f"{keyword} must be a SymPy expression, got {formula!r}", keyword) from None
    if expression.has(Maximiser):
        raise SpecError("a maximum has no derivative where elements tie", keyword)
    if not isinstance(expression, Expr) or expression.has(nan, oo, -oo, zoo, I):
        raise SpecError(f"{keyword} must be a number-valued expression, got {formula!r}", keyword)
    return expression


def check_exact(expression: Any, keyword: str) -> None:
    """Raise ``SpecError`` if an expression contains a float."""
    floats = sympify(expression).atoms(Float)
    if floats:
        number = min(floats)
        raise SpecError(
            f"{number} is a float where an exact number belongs: write Rational(...) or an integer",
            keyword,
        )
