"""What a specification can say of a loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

from sympy import Basic, Expr, S, Symbol, sympify
from sympy.core.relational import Relational
from sympy.sets import Set

from derive.language import Element, Parameter, has_aggregate, identity, pred, real, target
from derive.properties import Property
from derive.same import Same
from derive.well_formed import SpecError, as_expression, check_exact, check_facts, check_loss

Formula: TypeAlias = Expr | Mapping[Symbol, Expr]


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
    """Formulas equal to the declared ones that floating point evaluates more accurately.

    ``single`` are quicker ones, for results that are computed in double precision and rounded to
    less: where these are not finite, the others are evaluated.
    """

    value: Expr | None = None
    gradient: Formula | None = None
    hessian: Formula | None = None
    hvp: Formula | None = None
    single: Forms | None = None

    def stated(self) -> list[Any]:
        """All formulas that are stated, those of ``single``, too."""
        found: list[Any] = []
        for formula in (self.value, self.gradient, self.hessian, self.hvp):
            found += formula.values() if isinstance(formula, Mapping) else [formula]
        found += self.single.stated() if self.single else []
        return [formula for formula in found if formula is not None]


@dataclass(frozen=True)
class Loss:
    """A loss: its value at the generic element or slice, and derivatives written by hand.

    A value that aggregates belongs to a slice, any other value to an element. Formulas are SymPy
    expressions, and numbers in them exact. A formula for a derivative belongs to the first input;
    a mapping from inputs to expressions gives several their own.

    Args:
        value: The loss of one element or slice.
        gradient: Its derivative in an input, which is required; a mapping may name parameters too.
        hessian: The diagonal of the Hessian.
        hvp: The product of the Hessian with ``direction``.
        curvature: Makes a parabola that touches the loss lie above it, which is
            ``L(q) <= L(p) + L'(p) (q - p) + curvature(p) (q - p)**2 / 2`` for all p and q.
        inputs: The tensors, all of one shape, in the order in which they are passed.
        parameters: The scalars, each with a default and a domain.
        domains: The sets of values of inputs; all real numbers where none is given.
        assuming: Facts that hold of every input.
        kinks: The surfaces where a derivative jumps, with what is chosen there.
        forms: Equal formulas that floating point evaluates more accurately.
        reduction: The default among ``reductions``.
        labels: Whether the target may be given as integer class labels.
        claims: Properties of the value in the first input, such as ``convex``.
        same_as: By the name of another library's function, a factor, or a ``Same`` where its
            parameters have other names than ours. Its value is the factor times that of this loss;
            a ``Published`` formula for the name has to say what its value is.
        references: Where the formulas come from.

    Raises:
        SpecError: If a part is missing or contradicts another.
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
        check_loss(self)

    @cached_property
    def kind(self) -> Literal["elementwise", "slices"]:
        """Whether the value belongs to one element or to one slice."""
        return "slices" if has_aggregate(self.value) else "elementwise"

    @cached_property
    def square(self) -> bool:
        """Whether slices and entries are as many as each other, as for a similarity matrix."""
        return identity in self.value.free_symbols

    @cached_property
    def bare(self) -> Loss:
        """The loss without what is claimed of it, so that no claim has an effect on another."""
        return replace(
            self,
            gradient=S.Zero,
            hessian=None,
            hvp=None,
            curvature=None,
            forms=Forms(),
            reduction="mean",
            labels=False,
            claims=(),
            same_as={},
            references=(),
        )

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

    ``source`` says where, ``because`` what is wrong with it, and ``expected`` the verdict.

    With ``of``, a claim about our loss of that name: exactly one of ``value``, ``gradient`` and
    ``hessian``, or a ``claim`` of a property. Symbols are those of the loss; ``assuming`` states
    what the source assumes. A value is compared with the loss of one element or slice, or with its
    ``elementwise_mean`` if ``mean_over_elements``, and that with our inputs taken ``at``
    expressions, which may have further parameters.

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
    at: Mapping[Element, Expr] = field(default_factory=dict)
    entry: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "assuming", tuple(self.assuming))
        check_facts(self.assuming)
        given = [k for k in ("value", "gradient", "hessian") if getattr(self, k) is not None]
        if self.claim is not None and not isinstance(self.claim, Property):
            raise SpecError(f"claim must be a property such as convex, got {self.claim!r}", "claim")
        if len(given) != (0 if self.of and self.claim is not None else 1):
            raise SpecError(f"exactly one of value, gradient and hessian is needed, got {given}")
        if not self.of and (given != ["value"] or not (self.claim or self.function)):
            raise SpecError("without of, a value and a claim or a function are needed")
        for keyword in given:
            check_exact(as_expression(getattr(self, keyword), keyword), keyword)
        if self.at and not (self.of and given == ["value"]):
            raise SpecError("inputs are taken at expressions for the value of a loss alone", "at")
        for expression in self.at.values():
            check_exact(as_expression(expression, "at"), "at")
        if self.expected not in ("proved", "refuted"):
            raise SpecError(f"expected is proved or refuted, got {self.expected!r}", "expected")

    @property
    def parameters(self) -> list[Parameter]:
        """The parameters of the expressions at which inputs are taken, by name."""
        symbols = {s for e in self.at.values() for s in e.free_symbols if isinstance(s, Parameter)}
        return sorted(symbols, key=str)

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
