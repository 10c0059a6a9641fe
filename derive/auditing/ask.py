"""Asks whether functions are what they are said to be: gradients, Hessians, values of a loss."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sympy import Expr, S
from sympy.sets import Set

from derive.auditing.arguments import (
    Layout,
    Weight,
    Weighting,
    first_that_works,
    is_target,
    layouts,
    of_parameters,
    same_arguments,
    symbols_of,
)
from derive.auditing.axes import Axes, shape_text
from derive.auditing.claims import Question, untraceable
from derive.auditing.extraction import generic_loss, reduced
from derive.auditing.names import ANY, CONVENTIONS
from derive.auditing.numerical import numerical as remarks_on
from derive.auditing.reconciliation import Reconciliation, Usual
from derive.auditing.refusal import Untraceable
from derive.auditing.sameness import Comparison, compared
from derive.auditing.trace import Trace, trace, where_defined
from derive.language import ENTRY, SLICE, Element, Mean, Parameter, Sum, has_aggregate
from derive.loss import Loss
from derive.registry import combine, execute, load
from derive.report.finding import Finding
from derive.sources import read
from derive.well_formed import SpecError

Function = Callable[..., Any]
RESULTS = ("value", "gradient", "hessian", "curvature")


def audit(
    function: Function,
    *,
    loss: Function | Loss | str | None = None,
    same_as: Function | None = None,
    returns: Sequence[str] = (),
    wrt: str = "",
    shapes: Mapping[str, str] | None = None,
    domains: Mapping[str, Set] | None = None,
    at: Mapping[str, str] | None = None,
    maximised: bool = False,
    conventions: Sequence[str] = (),
    weight: str | Weighting = "",
    numerical: bool = False,
    strict: bool = False,
) -> list[Finding]:
    """Findings on each result of a NumPy function, for every length of its arrays.

    Code that cannot be read is a finding with status ``invalid``.

    Args:
        function: The code. Its arguments are arrays, class labels and numbers.
        loss: Another NumPy function, a ``Loss``, or the name of a declared one.
        same_as: Another function, in place of ``loss``: each result is compared with its.
        returns: What the function returns, of value, gradient, hessian and curvature. By default
            the gradient; with two results value and gradient, or gradient and hessian, as their
            shapes have it.
        wrt: The argument in which to differentiate, by default the first that does not sound like
            a target.
        shapes: The shapes of arguments, as in ``{"x": "m,n", "y": "labels", "delta": "scalar"}``.
        domains: The sets of values of arguments.
        at: Which input or parameter of a declared loss each argument is.
        maximised: Whether what is differentiated is minus the loss.
        conventions: Names from ``CONVENTIONS``, or ``any``. What is right by them counts as proved,
            and the finding says by which; what is right by others only is refuted, and the finding
            says so too.
        weight: The argument by which the loss of each element, or of each row, is multiplied.
        numerical: Whether to add warnings and notes on what the function does with floating point
            numbers, see ``derive.auditing.numerical``. They change no verdict.
        strict: Whether such a warning fails a run.

    Returns:
        One finding for each result.

    Raises:
        TypeError: Unless one of ``loss`` and ``same_as`` is given.
    """
    if (loss is None) == (same_as is None):
        raise TypeError("say either loss= or same_as=: what the function is to be compared with")
    asked: Comparison | Reconciliation
    try:
        if same_as is not None:
            asked = compared(function, same_as, shapes or {}, domains or {})
        else:
            asked = _asked(
                function,
                loss,
                returns,
                wrt,
                shapes or {},
                domains or {},
                at or {},
                maximised,
                permitted(conventions),
                Weighting(weight) if isinstance(weight, str) else weight,
            )
        findings = asked.findings()
        for question in asked.questions[:1] if numerical else ():
            findings += remarks_on(question.trace, question.loss, strict=strict)
        return findings
    except (Untraceable, SpecError) as error:
        return [untraceable(function, error)]


def permitted(conventions: Sequence[str]) -> frozenset[str]:
    """Conventions by their names; raises ``ValueError`` for a name that there is not."""
    unknown = {*conventions} - {ANY, *CONVENTIONS}
    if unknown:
        names = ", ".join(CONVENTIONS)
        raise ValueError(f"no convention is named {min(unknown)!r}: there are {names}, and any")
    return frozenset(CONVENTIONS if ANY in conventions else conventions)


def _asked(
    function: Function, loss: Function | Loss | str | None, returns: Sequence[str], wrt: str,
    shapes: Mapping[str, str], domains: Mapping[str, Set], at: Mapping[str, str], maximised: bool,
    conventions: frozenset[str], weighting: Weighting,
) -> Reconciliation:  # fmt: skip
    if isinstance(loss, str):
        loss = declared(loss)
    if isinstance(loss, Loss):
        known = symbols_of(function, loss, at, weighting.argument)
        layout, found = _first_that_traces(function, shapes, domains, known, weighting)
        own = [p for p in layout.parameters if p not in loss.parameters]
        conditions: tuple[str, ...] = of_parameters(own)
        theirs = None
        by_name = {n: a.symbol for n, a in layout.arguments.items()}
        input_: Any = by_name[wrt] if wrt else loss.inputs[0]
        array = next(a for a in layout.arguments.values() if a.symbol == input_)
        usual = _reductions(array.axes, found)
        loss = replace(
            loss.bare,
            inputs=tuple(dict.fromkeys((*loss.inputs, *layout.inputs))),
            parameters=tuple(dict.fromkeys((*loss.parameters, *layout.parameters))),
            domains={
                **loss.domains,
                **{x: s for x, s in layout.domains.items() if isinstance(x, Element)},
            },
            assuming=(*loss.assuming, *layout.facts),
        )
    else:
        assert loss is not None
        layout, found, theirs, input_ = _both(function, loss, shapes, domains, wrt, weighting)
        value = _value(theirs, layout, input_)
        conditions = (*theirs.conditions, *of_parameters(layout.parameters))
        loss = _loss(value, layout)
        usual = [Usual()]
    if weighting.argument:
        loss = _weighted(loss, layout, weighting)
    if maximised:
        loss = replace(loss.bare, value=-loss.value, kinks=())
    axes = next(a.axes for a in layout.arguments.values() if a.symbol == input_)
    questions = [
        Question(
            found, place, rule, loss, input_,
            reference=reduced(loss.value, output.axes, axes) if rule == "value" else None,
            conditions=conditions,
            maximised=maximised,
            theirs=theirs,
        )
        for place, (rule, output) in enumerate(
            zip(_named(found, returns, axes), found.outputs, strict=True)
        )
    ]  # fmt: skip
    return Reconciliation(questions, axes, usual, conventions)


def _reductions(axes: Axes, found: Trace) -> list[Usual]:
    """Those that a declared loss has: none is more its own than another."""
    usual = [Usual((), "of the sum"), Usual(("mean",), "of the mean over all elements")]
    if {SLICE, ENTRY} <= {*axes}:
        usual.append(Usual(("mean-of-rows",), "of the mean over slices"))
    divides = any(s.is_integer for output in found.outputs for s in output.expression.free_symbols)
    return usual[::-1] if divides else usual


def declared(name: str) -> Loss:
    """The declared loss of this name; raises ``Untraceable`` if there is none."""
    written = re.compile(rf"^{re.escape(name)}\b", re.MULTILINE)
    registry = combine(execute(source) for source in read() if written.search(source.text))
    if name not in registry.specs:
        registry = load()
    if name not in registry.specs:
        raise Untraceable(f"no loss is named {name!r}: there are {', '.join(registry.specs)}")
    return registry.specs[name].loss


def _first_that_traces(
    function: Function, shapes: Mapping[str, str], domains: Mapping[str, Set],
    known: Mapping[str, Any], weighting: Weighting,
) -> tuple[Layout, Trace]:  # fmt: skip
    """The arguments for which a function can be read: of the usual shapes, the first that work."""
    usual = layouts(function, shapes, domains, known, weighting=_if_any(weighting))
    return first_that_works(usual, lambda layout: (layout, trace(function, layout.arguments)))


def _both(
    function: Function, loss: Function, shapes: Mapping[str, str], domains: Mapping[str, Set],
    wrt: str, weighting: Weighting,
) -> tuple[Layout, Trace, Trace, Element]:  # fmt: skip
    """Gradient and loss for arguments of the same shapes, by name or else in order."""

    def attempt(layout: Layout) -> tuple[Layout, Trace, Trace, Element]:
        found = trace(function, layout.arguments)
        theirs = trace(loss, same_arguments(loss, layout, weighting.argument))
        if weighting.of_output:
            _same_shape(theirs, layout.arguments[weighting.argument].axes)
        input_ = _input(layout, wrt, function)
        _value(theirs, layout, input_)
        return layout, found, theirs, input_

    usual = layouts(function, shapes, domains, {}, weighting=_if_any(weighting))
    return first_that_works(usual, attempt)


def _if_any(weighting: Weighting) -> Weighting | None:
    return weighting if weighting.argument else None


def _same_shape(theirs: Trace, axes: Axes) -> None:
    returned = theirs.outputs[0].axes
    if returned != axes:
        raise Untraceable(
            f"a gradient of shape {shape_text(axes)} for a result of shape {shape_text(returned)}",
            *where_defined(theirs.function),
        )


def _weighted(loss: Loss, layout: Layout, weighting: Weighting) -> Loss:
    """The loss of each element or row times its weight."""
    argument = layout.arguments[weighting.argument]
    symbol = argument.symbol
    value: Expr = loss.value
    factor: Any = symbol
    if argument.axes and ENTRY not in argument.axes:
        factor = Mean(symbol)  # any number for each slice
        value = value if has_aggregate(value) else Sum(value)
    inputs, parameters = loss.inputs, loss.parameters
    domains = dict(loss.domains)
    if isinstance(symbol, Parameter):
        parameters = (*(p for p in parameters if p != symbol), symbol)
    else:
        assert isinstance(symbol, Element)
        inputs = (*(x for x in inputs if x != symbol), symbol)
        domains[symbol] = weighting.domain
    return replace(
        loss.bare,
        value=factor * value,
        kinks=(),
        inputs=inputs,
        parameters=parameters,
        domains=domains,
    )


def _input(layout: Layout, wrt: str, function: Function) -> Element:
    arrays = {
        n: a
        for n, a in layout.arguments.items()
        if isinstance(a.symbol, Element) and not isinstance(a.symbol, Weight) and not a.labels
    }
    if wrt:
        if wrt not in arrays:
            raise Untraceable(f"wrt={wrt!r} is no array: there are {', '.join(arrays)}")
        return arrays[wrt].symbol  # type: ignore[return-value]
    names = [n for n in arrays if not is_target(n)] or list(arrays)
    if not names:
        raise Untraceable("no argument is an array", *where_defined(function))
    return arrays[names[0]].symbol  # type: ignore[return-value]


def _value(theirs: Trace, layout: Layout, input_: Element) -> Expr:
    axes = next(a.axes for a in layout.arguments.values() if a.symbol == input_)
    output = theirs.outputs[0]
    value = generic_loss(output.expression, output.axes, axes)
    if value is None:
        raise Untraceable(
            f"the loss of shape {shape_text(output.axes)} is no sum over elements or slices",
            *where_defined(theirs.function),
        )
    return value


def _loss(value: Expr, layout: Layout) -> Loss:
    return Loss(
        value,
        S.Zero,
        inputs=layout.inputs,
        parameters=layout.parameters,
        domains={x: s for x, s in layout.domains.items() if isinstance(x, Element)},
        assuming=layout.facts,
    )


def _named(found: Trace, returns: Sequence[str], axes: Axes) -> Sequence[str]:
    """What each result is said to be, of an array with these axes."""
    if ENTRY not in axes:
        raise Untraceable("it is differentiated in an array with one number a row")
    whole = [output.axes == axes for output in found.outputs]
    if not returns:
        usual = {(True,): ["gradient"], (True, True): ["gradient", "hessian"]}
        usual[False, True] = ["value", "gradient"]
        usual[False, True, True] = ["value", "gradient", "hessian"]
        if tuple(whole) not in usual:
            shapes = ", ".join(shape_text(output.axes) for output in found.outputs)
            raise Untraceable(
                f"results of the shapes {shapes}, for an array of shape {shape_text(axes)}: "
                "say by returns what they are",
                *where_defined(found.function),
            )
        returns = usual[tuple(whole)]
    if len(returns) != len(found.outputs) or {*returns} - {*RESULTS}:
        raise Untraceable(f"returns={returns!r} for {len(found.outputs)} results")
    for rule, is_whole in zip(returns, whole, strict=True):
        if rule != "value" and not is_whole:
            raise Untraceable(
                f"the {rule} has another shape than the array", *where_defined(found.function)
            )
    return returns
