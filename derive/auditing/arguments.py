"""Which argument of a function is what: arrays of which shape, class labels, parameters."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any, TypeVar

from sympy import Eq, FiniteSet, Interval, S
from sympy.core.relational import Relational
from sympy.sets import Set

from derive.auditing.axes import Axes
from derive.auditing.constants import exact
from derive.auditing.refusal import Untraceable
from derive.auditing.trace import Argument, where_defined
from derive.formulas import text_line
from derive.language import ENTRY, SLICE, Element, Parameter, Sum, nonnegative, positive, real
from derive.loss import Loss
from derive.well_formed import RESERVED

SHAPES: Mapping[str, Axes] = {
    "n": (ENTRY,),
    "m": (SLICE,),
    "m,n": (SLICE, ENTRY),
    "m,1": (SLICE, None),
    "n,1": (ENTRY, None),
}
"""Shapes as they are stated, for example ``shapes={"x": "m,n", "y": "labels"}``."""

_TARGETS = ("target", "true", "label", "y", "t")
_NUMBERS = ("float", "int", "scalar")
T = TypeVar("T")


class Weight(Element):
    """The factor that the loss of each element, or of each row, is multiplied by."""


@dataclass(frozen=True)
class Weighting:
    """The argument that holds weights, and what they may be.

    Those ``of_output`` are as many as a loss has results, as the gradient that a backward pass is
    given; others one for each element, or for each row of a matrix.
    """

    argument: str
    domain: Set = nonnegative
    of_output: bool = False

    def shapes(self, others: str) -> tuple[str, ...]:
        """The shapes that they may have beside an array of this shape."""
        one_each = "n" if others == "n" else "m"
        return (others, one_each, "scalar") if self.of_output else (one_each,)


@dataclass(frozen=True)
class Layout:
    """The arguments of a function with what is known of their symbols."""

    arguments: Mapping[str, Argument]
    domains: Mapping[Any, Set] = field(default_factory=dict)
    facts: tuple[Relational, ...] = ()

    @property
    def inputs(self) -> tuple[Element, ...]:
        """The symbols of arrays."""
        symbols = (a.symbol for a in self.arguments.values())
        return tuple(dict.fromkeys(s for s in symbols if isinstance(s, Element)))

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The symbols of numbers."""
        symbols = (a.symbol for a in self.arguments.values())
        return tuple(dict.fromkeys(s for s in symbols if isinstance(s, Parameter)))


def layouts(
    function: Callable[..., Any],
    shapes: Mapping[str, str],
    domains: Mapping[str, Set],
    known: Mapping[str, Any],
    like: Mapping[str, Argument] | None = None,
    weighting: Weighting | None = None,
) -> Iterator[Layout]:
    """What the arguments of a function may be: as stated, else the few shapes that are usual.

    ``known`` are symbols of a declared loss by the argument that stands for them, ``like`` what
    another function has been found to take under the same names.
    """
    signature = _signature(function)
    weight = weighting.argument if weighting else ""
    scalars = {
        n: p for n, p in signature.items() if n != weight and _is_number(n, p, shapes, known)
    }
    constants = {
        n: p.default
        for n, p in signature.items()
        if n not in scalars
        and n not in shapes
        and n not in known
        and n != weight
        and p.default is not p.empty
    }
    arrays = [n for n in signature if n not in scalars and n not in constants]
    for shape in _usual(arrays, shapes, like or {}, weighting):
        arguments: dict[str, Argument] = {}
        found: dict[Any, Set] = {}
        facts: list[Relational] = []
        taken = {symbol.name for symbol in known.values()}
        for name, parameter in signature.items():
            if name in constants:
                arguments[name] = Argument(constant=constants[name])
            elif weighting and name == weight:
                arguments[name] = _weights(weighting, shape[name], taken)
                found[arguments[name].symbol] = weighting.domain
            elif name in scalars:
                symbol = known.get(name) or _parameter(name, parameter, domains, taken)
                arguments[name] = Argument(symbol)
            else:
                labels = shape[name] == "labels"
                element = known.get(name) or Element(_free(name, taken))
                axes = (SLICE,) if labels else SHAPES[shape[name]]
                arguments[name] = Argument(element, axes, labels)
                if labels:
                    found[element] = FiniteSet(0, 1)
                    facts.append(Eq(Sum(element), 1))
                elif name in domains:
                    if ENTRY not in axes and not isinstance(domains[name], Interval | type(real)):
                        raise Untraceable(f"the domain of {name}, one number a row, has gaps")
                    found[element] = domains[name]
        yield Layout(arguments, found, tuple(facts))


def first_that_works(found: Iterable[Layout], attempt: Callable[[Layout], T]) -> T:
    """What is made of the first layout with which that is possible."""
    first: Untraceable | None = None
    for layout in found:
        try:
            return attempt(layout)
        except Untraceable as error:
            # What was refused for one shape tells more than what is refused for all of them.
            first = first or error
    assert first is not None
    raise first


def arguments_of(function: Callable[..., Any]) -> list[str]:
    """The names of the arguments of a function, but for ``*args`` and ``**options``."""
    return list(_signature(function))


def _signature(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError) as error:
        raise Untraceable(f"{function!r} is no Python function: {error}") from None
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {n: p for n, p in parameters.items() if p.kind not in kinds}


def _is_number(
    name: str, parameter: inspect.Parameter, shapes: Mapping[str, str], known: Mapping[str, Any]
) -> bool:
    if name in shapes:
        return shapes[name] == "scalar"
    if name in known:
        return isinstance(known[name], Parameter)
    default = parameter.default
    stated = str(getattr(parameter.annotation, "__name__", parameter.annotation)) in _NUMBERS
    if isinstance(default, float) and not math.isfinite(default):
        return False
    return stated or (isinstance(default, int | float) and not isinstance(default, bool))


def _parameter(
    name: str, parameter: inspect.Parameter, domains: Mapping[str, Set], taken: set[str]
) -> Parameter:
    has_default = isinstance(parameter.default, int | float)
    default = exact(float(parameter.default)) if has_default else S.One
    usual = positive if default > 0 else nonnegative if default == 0 else real
    domain = domains.get(name, usual)
    if domain.contains(default) is not S.true:
        raise Untraceable(f"the default {default} of {name} lies outside its domain {domain}")
    return Parameter(_free(name, taken), default=default, domain=domain)


def _weights(weighting: Weighting, shape: str, taken: set[str]) -> Argument:
    name = _free(weighting.argument, taken)
    if shape == "scalar":
        return Argument(Parameter(name, default=1, domain=weighting.domain))
    return Argument(Weight(name), SHAPES[shape])


def _free(name: str, taken: set[str]) -> str:
    """A name that a symbol may have, and that no other has: they would be one symbol."""
    name = name.strip("_") or "x"
    while name in RESERVED or iskeyword(name) or name in taken:
        name += "_"
    taken.add(name)
    return name


def _usual(
    arrays: list[str],
    stated: Mapping[str, str],
    like: Mapping[str, Argument],
    weighting: Weighting | None,
) -> Iterator[dict[str, str]]:
    for name, text in stated.items():
        if text.replace(" ", "").strip("()") not in (*SHAPES, "labels", "scalar"):
            raise Untraceable(
                f"the shape of {name} is {text!r}: there are {', '.join(SHAPES)}, labels, scalar"
            )
    tidy = {name: text.replace(" ", "").strip("()") for name, text in stated.items()}
    for name, argument in like.items():
        if name in arrays and name not in tidy and argument.axes:
            texts = {axes: name for name, axes in SHAPES.items()}
            tidy[name] = "labels" if argument.labels else texts[argument.axes]
    seen: list[dict[str, str]] = []
    weight = weighting.argument if weighting else ""
    own = [n for n in arrays if n != weight]
    first = next((n for n in own if not is_target(n)), own[0] if own else "")
    for big, others in (("n", "n"), ("m,n", "m,n"), ("m,n", "labels"), ("m,n", "m")):
        shape = {n: tidy.get(n, big if n == first else others) for n in own}
        for form in weighting.shapes(shape[first]) if weighting and own else ("",):
            whole = {**shape, weight: tidy.get(weight, form)} if weight else shape
            if whole not in seen:
                seen.append(whole)
                yield whole


def is_target(name: str) -> bool:
    """Whether an argument sounds like what is to be predicted."""
    plain = name.lower().strip("_")
    return any(plain == t or (len(t) > 1 and t in plain) for t in _TARGETS)


def symbols_of(
    function: Callable[..., Any], loss: Loss, at: Mapping[str, str], weight: str = ""
) -> dict[str, Any]:
    """The inputs and parameters of a declared loss by the arguments that stand for them.

    As stated by ``at``, else by name, else what sounds like a target, else in order.
    Raises ``Untraceable`` for a name that the loss does not have.
    """
    symbols: list[Any] = [*loss.inputs, *loss.parameters]
    own = {symbol.name: symbol for symbol in symbols}
    found: dict[str, Any] = {}
    signature = {n: p for n, p in _signature(function).items() if n != weight}
    for name, meant in at.items():
        if meant not in own or name not in signature:
            raise Untraceable(f"{name}={meant}: the loss has {', '.join(own)}")
        found[name] = own[meant]
    for name in signature:
        if name in own and name not in found and own[name] not in found.values():
            found[name] = own[name]
    waiting: list[Any] = [s for s in loss.inputs if s not in found.values()]
    names = [
        n for n, p in signature.items() if n not in found and p.default is inspect.Parameter.empty
    ]
    for name in [n for n in names if is_target(n)]:
        if any(s.name == "target" for s in waiting):
            found[name] = next(s for s in waiting if s.name == "target")
            waiting.remove(found[name])
    for name, symbol in zip([n for n in names if n not in found], waiting, strict=False):
        found[name] = symbol
    missing = [s.name for s in loss.inputs if s not in found.values()]
    if missing:
        file, line = where_defined(function)
        raise Untraceable(f"no argument stands for {', '.join(missing)}", file, line)
    return found


def same_arguments(
    function: Callable[..., Any], layout: Layout, but: str = ""
) -> dict[str, Argument]:
    """The arguments of another function: by name, else targets for targets, else in order.

    Those that are left over have their defaults; raises ``Untraceable`` where they have none.
    ``but`` is one that it does not have.
    """
    signature = _signature(function)
    left = {n: a for n, a in layout.arguments.items() if n != but}
    found = {name: left.pop(name) for name in signature if name in left}
    asked = [name for name in signature if name not in found]
    theirs, ours = ([n for n in some if is_target(n)] for some in (asked, left))
    if len(theirs) == len(ours):
        found.update({name: left.pop(same) for name, same in zip(theirs, ours, strict=True)})
        asked = [name for name in asked if name not in found]
    found.update(zip(asked, left.values(), strict=False))
    for name in asked[len(left) :]:
        default = signature[name].default
        if default is inspect.Parameter.empty:
            raise Untraceable(
                f"it has an argument {name} that the other function lacks", *where_defined(function)
            )
        found[name] = Argument(constant=default)
    return {name: found[name] for name in signature}


def of_parameters(parameters: Sequence[Parameter]) -> tuple[str, ...]:
    """The domains that parameters were given for their default."""
    return tuple(
        f"{text_line(p)} {'>' if p.domain == positive else '≥'} 0"
        for p in parameters
        if p.is_nonnegative
    )
