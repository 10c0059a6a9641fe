"""Floor 1: what a specification can say of a loss, and what makes it ill-formed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from keyword import iskeyword
from typing import Any, Literal, TypeAlias

from sympy import Basic, Expr, Float, I, S, Symbol, nan, oo, sympify, zoo
from sympy.core.relational import Relational, Unequality
from sympy.sets import FiniteSet, Interval, Set, Union

from derive.language import (
    Element,
    Maximiser,
    Parameter,
    Size,
    axes_of,
    has_aggregate,
    identity,
    pred,
    real,
    target,
)
from derive.properties import Property
from derive.same import Same

direction = Element("direction")
other_direction = Element("other_direction")
"""The direction in which a Hessian-vector product is taken, and another one to compare it with."""

COMPANIONS = (direction, other_direction)
"""Tensors that no loss has, and that formulas about its second derivatives may have."""

RESERVED = {
    *("self", "weight", "reduction", "axis", "wrt", "out"),  # arguments of every emitted method
    *("direction", "other_direction", "identity", "shift", "scale", "value", "gradient"),
    *("other", "share", "factor"),  # symbols with a meaning
    *("np", "Array", "ArrayLike", "Evaluation", "Info", "Literal", "Loss", "Parameter", "Value"),
}
"""Names that the emitted code, or the prover, has a meaning for."""

Formula: TypeAlias = Expr | Mapping[Symbol, Expr]


class SpecError(Exception):
    """An ill-formed specification; ``field`` is the keyword of ``Loss`` that is to blame."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Kink:
    """The values chosen on a surface where a derivative jumps, and the reason for the choice.

    ``at`` vanishes on the surface. A derivative that is not given is left to the formula.
    """

    at: Expr
    because: str
    gradient: Any = None
    hessian: Any = None


@dataclass(frozen=True)
class Forms:
    """Formulas equal to the declared ones that floating point evaluates more accurately."""

    value: Expr | None = None
    gradient: Formula | None = None
    hessian: Formula | None = None


@dataclass(frozen=True)
class Loss:
    """A loss: its value at the generic element or slice, and derivatives written by hand.

    ``gradient`` and ``hessian`` (the diagonal) are expressions, or mappings from an input to an
    expression where several inputs have one; the gradient may name parameters too. ``hvp`` is the
    product of the Hessian with ``direction``. ``curvature`` makes a parabola that touches the loss
    lie above it: ``L(q) <= L(p) + L'(p) (q - p) + curvature(p) (q - p)**2 / 2`` for all p and q.
    A value that aggregates belongs to a slice, any other value to an element.
    ``reduction`` is the default among ``reductions``; ``labels`` says that the target may be
    given as integer class labels. ``assuming`` states facts that hold of every input.
    ``claims`` are properties of the value in the first input, from ``derive.properties``.
    ``same_as`` maps the name of another library's function to a factor, or to a ``Same`` where its
    parameters have other names than ours: its value is the factor times the value of this loss,
    and a ``Published`` formula for that name has to say what its value is.

    Raises ``SpecError`` if a part is missing or contradicts another.
    """

    value: Expr
    gradient: Formula | None = None
    hessian: Formula | None = None
    hvp: Formula | None = None
    curvature: Formula | None = None
    inputs: tuple[Element, ...] = (pred, target)
    parameters: tuple[Parameter, ...] = ()
    domains: Mapping[Element, Set] = field(default_factory=dict)
    assuming: tuple[Relational, ...] = ()
    kinks: tuple[Kink, ...] = ()
    forms: Forms = Forms()
    reduction: Literal["mean", "sum", "none"] = "mean"
    labels: bool = False
    claims: tuple[Property, ...] = ()
    same_as: Mapping[str, Any] = field(default_factory=dict)
    references: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("inputs", "parameters", "assuming", "kinks", "claims", "references"):
            part = getattr(self, name)
            if isinstance(part, str | Basic) or not isinstance(part, Iterable):
                raise SpecError(f"{name} must be a list, got {part!r}", name)
            object.__setattr__(self, name, tuple(part))
        _check(self)

    @cached_property
    def kind(self) -> Literal["elementwise", "slices"]:
        """Whether the value belongs to one element or to one slice."""
        return "slices" if has_aggregate(self.value) else "elementwise"

    @cached_property
    def square(self) -> bool:
        """Whether slices and entries are as many as each other, as for a similarity matrix."""
        return identity in self.value.free_symbols

    @property
    def equivalents(self) -> dict[str, Same]:
        """The functions of other libraries that compute a multiple of this loss."""
        return {
            name: same if isinstance(same, Same) else Same(same)
            for name, same in self.same_as.items()
        }

    @property
    def reductions(self) -> tuple[str, ...]:
        """The reductions on offer, the default first."""
        others = [name for name in ("mean", "sum", "none") if name != self.reduction]
        extra = ["elementwise_mean"] if self.labels else []
        return (self.reduction, *others, *extra)

    @property
    def gradients(self) -> dict[Element, Expr]:
        """The hand-written gradient with respect to each input that has one."""
        return by_input(self.gradient, self.inputs)

    @property
    def parameter_gradients(self) -> dict[Parameter, Expr]:
        """The hand-written derivative of one element or slice in each parameter that has one."""
        stated = self.gradient if isinstance(self.gradient, Mapping) else {}
        return {p: sympify(stated[p]) for p in self.parameters if p in stated}

    @property
    def hessians(self) -> dict[Element, Expr]:
        """The hand-written diagonal of the Hessian with respect to each input that has one."""
        return by_input(self.hessian, self.inputs)

    @property
    def hvps(self) -> dict[Element, Expr]:
        """The hand-written Hessian-vector product for each input that has one."""
        return by_input(self.hvp, self.inputs)

    @property
    def curvatures(self) -> dict[Element, Expr]:
        """The hand-written curvature of a majorising parabola in each input that has one."""
        return by_input(self.curvature, self.inputs)

    def domain(self, symbol: Symbol) -> Set:
        """The declared set of values of an input or parameter; all reals if none is declared."""
        if isinstance(symbol, Parameter):
            return symbol.domain
        return self.domains.get(symbol, real)


@dataclass(frozen=True)
class Published:
    """A formula or a property that was printed elsewhere, and the verdict that it deserves.

    With ``of``, a claim about our loss of that name: exactly one of ``value``, ``gradient`` and
    ``hessian``, or a ``claim`` of a property. Symbols are those of the loss; ``assuming`` states
    what the source assumes. A value is compared with the loss of one element or slice, or with its
    ``elementwise_mean`` if ``mean_over_elements``.

    With ``value`` and ``claim`` but no ``of``, a property of a loss that is not one of ours;
    ``domains`` are those of its inputs. With ``value`` and ``function``, what a function of that
    name computes, for our losses to be the ``same_as``.
    """

    source: str
    of: str = ""
    expected: Literal["proved", "refuted"] = "proved"
    because: str = ""
    value: Expr | None = None
    gradient: Expr | None = None
    hessian: Expr | None = None
    claim: Property | None = None
    function: str = ""
    domains: Mapping[Element, Set] = field(default_factory=dict)
    wrt: Element = pred
    assuming: tuple[Relational, ...] = ()
    mean_over_elements: bool = False
    entry: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "assuming", tuple(self.assuming))
        _check_facts(self.assuming)
        given = [k for k in ("value", "gradient", "hessian") if getattr(self, k) is not None]
        if self.claim is not None and not isinstance(self.claim, Property):
            raise SpecError(f"claim must be a property such as convex, got {self.claim!r}", "claim")
        if len(given) != (0 if self.of and self.claim is not None else 1):
            raise SpecError(f"exactly one of value, gradient and hessian is needed, got {given}")
        if not self.of and (given != ["value"] or not (self.claim or self.function)):
            raise SpecError("without of, a value and a claim or a function are needed")
        for keyword in given:
            _check_exact(_as_expression(getattr(self, keyword), keyword), keyword)
        if self.expected not in ("proved", "refuted"):
            raise SpecError(f"expected is proved or refuted, got {self.expected!r}", "expected")

    @property
    def kind(self) -> Literal["value", "gradient", "hessian"]:
        """Which quantity the formula claims to be."""
        kinds: tuple[Literal["value", "gradient"], ...] = ("value", "gradient")
        for kind in kinds:
            if getattr(self, kind) is not None:
                return kind
        return "hessian"

    @property
    def formula(self) -> Expr:
        """The formula as printed."""
        return sympify(getattr(self, self.kind))


def by_input(formula: Formula | None, inputs: tuple[Element, ...]) -> dict[Element, Expr]:
    """A formula as a mapping: one that names no input belongs to the first."""
    if formula is None:
        return {}
    if isinstance(formula, Mapping):
        return {wrt: sympify(formula[wrt]) for wrt in formula if isinstance(wrt, Element)}
    return {inputs[0]: sympify(formula)}


def _check(loss: Loss) -> None:
    _check_names(loss)
    _check_facts(loss.assuming)
    if loss.reduction not in ("mean", "sum", "none"):
        raise SpecError(f"reduction is mean, sum or none, got {loss.reduction!r}", "reduction")
    if loss.gradient is None or loss.gradient == {}:
        raise SpecError("the gradient is missing: write it by hand, the prover will check it")
    known = {*loss.inputs, *loss.parameters}
    if identity in _as_expression(loss.value, "value").free_symbols:
        known.add(identity)
    for keyword, formula in _formulas(loss):
        _check_exact(formula, keyword)
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
            _check_exact(expression, "same_as")
            _check_symbols(expression, {*loss.parameters}, "same_as", loss)
        _check_facts(same.facts, "same_as")
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
        _check_exact(_as_expression(argument, "claims"), "claims")
        _check_symbols(argument, known, "claims", loss)
    for constant in claimed.constants:
        if loss.inputs[0] in constant.free_symbols:
            raise SpecError(f"the constant {constant} depends on {loss.inputs[0]}", "claims")
    if claimed.needs_target and target not in loss.inputs:
        raise SpecError(f"{claimed.name} is about the target, which is not an input", "claims")
    _check_facts(claimed.facts, "claims")
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


def _check_facts(facts: tuple[Any, ...], keyword: str = "assuming") -> None:
    for fact in facts:
        if not isinstance(fact, Relational) or isinstance(fact, Unequality):
            raise SpecError(
                f"{keyword} must state equations or inequalities that may hold, got {fact}",
                keyword,
            )
        _check_exact(fact, keyword)


def _check_names(loss: Loss) -> None:
    if not loss.inputs:
        raise SpecError("a loss needs at least one input", "inputs")
    for keyword, symbols in (("inputs", loss.inputs), ("parameters", loss.parameters)):
        for symbol in symbols:
            name = symbol.name
            if not name.isidentifier() or iskeyword(name) or name in RESERVED:
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
        _check_exact(parameter.default, "parameters")
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
    _check_exact(domain, keyword)
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
    found += [("forms", loss.forms.value)] if loss.forms.value is not None else []
    for formula in (loss.forms.gradient, loss.forms.hessian):
        found += [("forms", part) for part in _parts(formula)]
    found += [("kinks", kink.at) for kink in loss.kinks]
    found += [("kinks", v) for k in loss.kinks for v in (k.gradient, k.hessian) if v is not None]
    return [(keyword, _as_expression(formula, keyword)) for keyword, formula in found]


def _parts(formula: Formula | None) -> list[Any]:
    if isinstance(formula, Mapping):
        return list(formula.values())
    return [] if formula is None else [formula]


def _as_expression(formula: Any, keyword: str) -> Expr:
    if isinstance(formula, float):
        _check_exact(Float(formula), keyword)
    try:
        expression = sympify(formula, strict=True)
    except Exception:
        raise SpecError(f"{keyword} must be a SymPy expression, got {formula!r}", keyword) from None
    if expression.has(Maximiser):
        raise SpecError("a maximum has no derivative where elements tie", keyword)
    if not isinstance(expression, Expr) or expression.has(nan, oo, -oo, zoo, I):
        raise SpecError(f"{keyword} must be a number-valued expression, got {formula!r}", keyword)
    return expression


def _check_exact(expression: Any, keyword: str) -> None:
    floats = sympify(expression).atoms(Float)
    if floats:
        number = min(floats)
        raise SpecError(
            f"{number} is a float where an exact number belongs: write Rational(...) or an integer",
            keyword,
        )
