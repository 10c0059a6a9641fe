"""The words of a specification: tensor elements, parameters, aggregates, domains.

A tensor is seen through its generic element. Every tensor has two axes: ``entry``, the one that a
loss may aggregate over (classes, vector components), and ``slice``, which stands for all the
others. Elements meet only through an aggregate over a named axis; everything else is elementwise.
That restriction is what lets one proof hold for every shape.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sympy import Abs, Expr, Interval, Max, Min, Piecewise, S, Symbol, oo, sign, sympify
from sympy.sets import Set

ENTRY = "entry"
SLICE = "slice"

real: Set = S.Reals
"""All real numbers."""
positive: Set = Interval.open(0, oo)
"""The numbers greater than 0."""
nonnegative: Set = Interval(0, oo)
"""The numbers from 0 on, 0 included."""
unit: Set = Interval(0, 1)
"""The numbers from 0 to 1, both included."""
unit_open: Set = Interval.open(0, 1)
"""The numbers between 0 and 1, neither included."""


class Element(Symbol):
    """The generic element of a tensor: a real symbol that varies along its axes."""

    __slots__ = ("axes",)
    axes: tuple[str, ...]

    def __new__(cls, name: str, axes: tuple[str, ...] = (SLICE, ENTRY), **flags: Any) -> Element:
        """Name a tensor and the axes along which it varies."""
        element: Element = Symbol.__xnew__(cls, name, real=True, **flags)
        element.axes = axes
        return element

    def _hashable_content(self) -> tuple[Any, ...]:
        return (*super()._hashable_content(), self.axes)


class Parameter(Symbol):
    """A scalar of the loss, such as a threshold: one value for the whole tensor.

    ``domain`` is a SymPy set of reals, ``default`` an exact number inside it.
    """

    __slots__ = ("default", "doc", "domain")

    def __new__(
        cls, name: str, *, default: Any = None, domain: Set = real, doc: str = ""
    ) -> Parameter:
        """Name a parameter; ``doc`` says in a few words what it does."""
        parameter: Parameter = Symbol.__xnew__(
            cls,
            name,
            real=True,
            positive=True if domain.is_subset(positive) else None,
            nonnegative=True if domain.is_subset(nonnegative) else None,
        )
        parameter.default = None if default is None else sympify(default)
        parameter.domain = domain
        parameter.doc = doc
        return parameter


class Size(Symbol):
    """The length of an axis: an unknown integer, at least one."""

    def __new__(cls, name: str) -> Size:
        """Name the length of an axis."""
        return Symbol.__xnew__(cls, name, integer=True, positive=True)


_SIZES = {ENTRY: Size("n"), SLICE: Size("m")}


def size(axis: str = ENTRY) -> Size:
    """The symbol for the length of ``axis``."""
    return _SIZES[axis]


class Aggregate(Expr):
    """A function of all elements along one axis; it binds that axis in its body."""

    is_commutative = True

    def __new__(cls, body: Any, axis: str | Symbol = ENTRY) -> Aggregate:
        """Aggregate ``body`` over ``axis``."""
        label = axis if isinstance(axis, Symbol) else Symbol(axis)
        if label.name not in _SIZES:
            raise ValueError(f"no axis is named {label.name!r}: there are {', '.join(_SIZES)}")
        return Expr.__new__(cls, sympify(body), label)

    @property
    def body(self) -> Expr:
        """The expression that is aggregated."""
        return self.args[0]

    @property
    def axis(self) -> str:
        """The name of the axis that is bound."""
        return str(self.args[1].name)

    @property
    def free_symbols(self) -> set[Symbol]:
        """The symbols of the body; the label of the axis is not one of them."""
        return self.body.free_symbols

    def _eval_is_extended_real(self) -> bool | None:
        return True if self.body.is_real else None

    def _eval_is_finite(self) -> bool | None:
        return True if self.body.is_finite else None

    def has(self, *patterns: Any) -> bool:
        """Whether something occurs; of cases, SymPy is told that there are none.

        ``Piecewise`` moves cases out of each condition in which it is told that there are some. Out
        of an aggregate they would take the bound element along.
        """
        return patterns != (Piecewise,) and bool(super().has(*patterns))

    def _eval_derivative(self, _symbol: Symbol) -> Expr:
        # SymPy knows nothing of bound axes: its chain rule would lose the sum.
        raise TypeError("differentiate aggregates with derive.calculus")

    def _eval_subs(self, _old: Expr, _new: Expr) -> Expr:
        raise TypeError("substitute in aggregates with xreplace, which replaces bound elements too")

    def _sympystr(self, printer: Any) -> str:
        return f"{type(self).__name__}({printer._print(self.body)})"


class Sum(Aggregate):
    """The sum over an axis."""

    def _eval_is_extended_positive(self) -> bool | None:
        return True if self.body.is_positive else None

    def _eval_is_extended_nonnegative(self) -> bool | None:
        return True if self.body.is_nonnegative else None


class Largest(Aggregate):
    """The maximum over an axis."""

    def _eval_is_extended_positive(self) -> bool | None:
        return True if self.body.is_positive else None


class Maximiser(Expr):
    """1 at the index where ``Largest(body, axis)`` is attained and 0 elsewhere, off ties.

    It is the derivative of a maximum and belongs to no specification: where two elements tie, a
    maximum has no derivative, so that nothing is ever proved about a formula in which it is left.
    """

    is_commutative = is_real = is_nonnegative = True

    @property
    def free_symbols(self) -> set[Symbol]:
        """The symbols of the body; the label of the axis is not one of them."""
        return self.args[0].free_symbols

    @property
    def axis(self) -> str:
        """The name of the axis over which the maximum is taken; it is not bound."""
        return str(self.args[1].name)

    def _eval_derivative(self, _symbol: Symbol) -> Expr:
        return Tie(*self.args)


class Tie(Maximiser):
    """The derivative of a ``Maximiser``: 0 off ties and undefined where elements tie."""


class Rounded(Expr):
    """An expression that floating point evaluates by itself, before what stands around it.

    SymPy sorts terms and factors, and takes them out of their parentheses: it may, since that
    changes no number, but it changes how the number is rounded.
    """

    is_commutative = True

    def __new__(cls, inner: Any) -> Rounded:
        """Keep ``inner`` together."""
        inner = sympify(inner)
        whole = isinstance(inner, Rounded) or not inner.args
        return inner if whole else Expr.__new__(cls, inner)

    @property
    def inner(self) -> Expr:
        """The expression that is kept together."""
        return self.args[0]

    def _eval_is_extended_real(self) -> bool | None:
        return True if self.inner.is_real else None

    def _eval_is_finite(self) -> bool | None:
        return True if self.inner.is_finite else None

    def _eval_is_extended_positive(self) -> bool | None:
        return True if self.inner.is_positive else None

    def _eval_is_extended_nonnegative(self) -> bool | None:
        return True if self.inner.is_nonnegative else None

    def _sympystr(self, printer: Any) -> str:
        return f"({printer._print(self.inner)})"


class RoundingError(Expr):
    """What rounding takes from a difference: ``x - y`` less what floating point makes of it.

    A formula that has the rounded difference r in it is made good to first order by it: as
    ``f(r) + f'(r) * RoundingError(x, y)``. In exact arithmetic, in which a formula is proved, it is
    0.
    """

    is_commutative = is_real = True

    def __new__(cls, left: Any, right: Any) -> RoundingError:
        """Take the difference of ``left`` and ``right``."""
        return Expr.__new__(cls, sympify(left), sympify(right))

    @property
    def difference(self) -> Expr:
        """The difference that is rounded."""
        return self.args[0] - self.args[1]

    def _sympystr(self, printer: Any) -> str:
        return f"error({printer._print(self.difference)})"


class RatioOfDifference(Expr):
    """``(x - y)/z``, which may be a number where ``x - y`` is none: there it is found by halves."""

    is_commutative = is_real = True

    def __new__(cls, left: Any, right: Any, divisor: Any) -> RatioOfDifference:
        """Divide the difference of ``left`` and ``right``."""
        return Expr.__new__(cls, sympify(left), sympify(right), sympify(divisor))

    @property
    def difference(self) -> Expr:
        """What is divided."""
        return self.args[0] - self.args[1]

    @property
    def quotient(self) -> Expr:
        """The same number as a quotient."""
        return self.difference / self.args[2]

    def _sympystr(self, printer: Any) -> str:
        return f"({printer._print(self.quotient)})"


@lru_cache(maxsize=4096)
def unrounded(expression: Expr) -> Expr:
    """The same number, without saying how it is rounded."""
    if not expression.has(Rounded, RoundingError, RatioOfDifference):
        return expression
    if isinstance(expression, RoundingError):
        return S.Zero
    if isinstance(expression, RatioOfDifference):
        return unrounded(expression.quotient)
    if isinstance(expression, Rounded):
        return unrounded(expression.inner)
    return expression.func(*map(unrounded, expression.args))


def Mean(body: Any, axis: str = ENTRY) -> Expr:
    """The mean over an axis: the sum divided by the length."""
    return Sum(body, axis) / size(axis)


def Tensor(name: str) -> Element:
    """A further tensor of the loss, of the same shape as the others: a variance, an anchor."""
    return Element(name)


pred = Element("pred")
"""The generic element of the predictions."""
target = Element("target")
"""The generic element of the targets."""
identity = Element("identity")
"""The identity matrix, for losses over square slices, with 1 where slice and entry coincide."""

direction = Element("direction")
"""The direction in which a Hessian-vector product is taken."""
other_direction = Element("direction'")
"""Another direction, to compare the product in it with that in ``direction``.

A symbol that no specification mentions has a prime in its name, so that no input or parameter can
have the same.
"""

COMPANIONS = (direction, other_direction)
"""Tensors that no loss has, and that formulas about its second derivatives may have."""


def axes_of(expression: Expr) -> frozenset[str]:
    """The axes along which the value of ``expression`` varies."""
    if isinstance(expression, Element):
        return frozenset(expression.axes)
    if isinstance(expression, Aggregate):
        return axes_of(expression.body) - {expression.axis}
    return frozenset().union(*(axes_of(argument) for argument in expression.args))


def has_aggregate(expression: Expr) -> bool:
    """Whether elements meet in ``expression``."""
    return bool(expression.atoms(Aggregate))


def cases(*pairs: tuple[Any, Any]) -> Piecewise:
    """Cases as they are written, before SymPy has merged or dropped any."""
    # Evaluation would turn an absolute value inside a condition into a logical if-then-else.
    return Piecewise(*pairs, evaluate=False)


@lru_cache(maxsize=4096)
def as_cases(expression: Expr) -> Expr:
    """Write absolute values, signs, maxima and minima as cases, so that SymPy can differentiate.

    SymPy's own derivatives of these functions bring in Dirac and Heaviside functions, whose
    values at the kink are conventions that no specification asked for.
    """
    # Conditions keep the original functions: they are not differentiated, and cases nested in a
    # condition would be rewritten by SymPy into logic that nobody can read.
    if isinstance(expression, Abs):
        (inner,) = expression.args
        return cases((as_cases(inner), inner >= 0), (-as_cases(inner), True))
    if isinstance(expression, sign):
        (inner,) = expression.args
        return cases((S.One, inner > 0), (S.NegativeOne, inner < 0), (S.Zero, True))
    if isinstance(expression, Max | Min):
        first, *others = expression.args
        chosen, value = first, as_cases(first)
        for position, other in enumerate(others, start=2):
            # Against zero: SymPy goes round in circles over `-x - y <= x - y`.
            ahead = chosen - other
            wins = ahead >= 0 if isinstance(expression, Max) else ahead <= 0
            value = cases((value, wins), (as_cases(other), True))
            if position < len(expression.args):
                chosen = expression.func(chosen, other)
        return value
    if isinstance(expression, Piecewise):
        return cases(*((as_cases(value), condition) for value, condition in expression.args))
    if not expression.args:
        return expression
    arguments = [as_cases(argument) for argument in expression.args]
    same = all(new is old for new, old in zip(arguments, expression.args, strict=True))
    return expression if same else expression.func(*arguments)
