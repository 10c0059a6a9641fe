"""Functions of PyTorch with a backward pass of their own: is it the derivative of the forward pass?

Both passes run on tensors of symbolic shape. The loss is the result of the forward pass, or a loss
that is given, each element times the gradient that comes in.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from derive.auditing.arguments import Weighting
from derive.auditing.arrays import Traced
from derive.auditing.ask import audit
from derive.auditing.claims import untraceable
from derive.auditing.refusal import Refusal, Untraceable
from derive.auditing.tensors import Tensor
from derive.language import real
from derive.report.finding import Finding

INCOMING = "grad_output"
_CALL = "torch calls the static methods forward(ctx, ...) and backward(ctx, grad_output)"


class Context:
    """What stands for the context in which a forward pass leaves what its backward pass needs."""

    def __init__(self, inputs: int) -> None:
        self.saved_tensors: tuple[Any, ...] = ()
        self.needs_input_grad = (True,) * inputs

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors."""
        self.saved_tensors = tensors

    def mark_non_differentiable(self, *_: Any) -> None:
        """Nothing depends on it here."""

    def set_materialize_grads(self, _: bool) -> None:
        """Nothing depends on it here."""

    @property
    def saved_variables(self) -> tuple[Any, ...]:
        """The old name of what is saved."""
        return self.saved_tensors


def audit_autograd(function: Any, *, loss: Any = None, **settings: Any) -> list[Finding]:
    """Findings on the gradient in each input for which a backward pass gives one.

    ``loss`` is what the forward pass is to be, by default what it is.
    """
    try:
        found: list[Finding] = []
        for place, (name, parameter) in enumerate(_checked(function).items()):
            if parameter.default is not inspect.Parameter.empty:
                continue
            asked = _Backward(function, place)
            own = {**settings, "wrt": name, "returns": ("gradient",)}
            weighting = Weighting(INCOMING, real, of_output=True)
            theirs = loss if loss is not None else _Forward(function).as_function()
            findings = audit(asked.as_function(), loss=theirs, weight=weighting, **own)
            if asked.gave_nothing:
                continue
            found += [replace(f, claim=f"{f.claim}[{name}]") for f in findings]
            if any(finding.status == "invalid" for finding in findings):
                break
        if not found:
            raise Untraceable("the backward pass gives no gradient")
    except Untraceable as error:
        return [untraceable(getattr(function, "backward", function), error)]
    return found


def _checked(function: Any) -> dict[str, inspect.Parameter]:
    """The inputs of the forward pass; raises ``Untraceable`` for what has no such passes."""
    if not isinstance(function, type):
        raise Untraceable(f"{_CALL}: {type(function).__name__} is no class")
    for name in ("forward", "backward"):
        if not isinstance(inspect.getattr_static(function, name, None), staticmethod):
            raise Untraceable(f"{_CALL}: {function.__name__} has no static method {name}")
    there: Any = function
    if len(inspect.signature(there.backward).parameters) != 2:
        has = inspect.signature(there.backward)
        raise Untraceable(f"{_CALL}: backward of {function.__name__} is {has}")
    inputs = _inputs(function)
    kinds = {parameter.kind for parameter in inputs.values()}
    if not inputs or kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
        raise Untraceable(f"{_CALL}: forward of {function.__name__} names no inputs")
    return inputs


def _inputs(function: Any) -> dict[str, inspect.Parameter]:
    parameters = dict(inspect.signature(function.forward).parameters)
    if not _sets_context_up(function):
        parameters.pop(next(iter(parameters), ""), None)
    return parameters


def _sets_context_up(function: Any) -> bool:
    """Whether the context is filled by a method of its own, as PyTorch 2 allows."""
    return "setup_context" in vars(function)


class _Wrapped:
    """Tensors for what a pass is called with: an object, for functions are read as user's code."""

    def __call__(self, values: Sequence[Any]) -> list[Any]:
        return [self._of(value) for value in values]

    def _of(self, value: Any) -> Any:
        if isinstance(value, Traced):
            return Tensor(value) if value.axes else value
        if hasattr(value, "dtype"):
            import torch

            return torch.as_tensor(value)
        return value


class _Whole:
    """A tensor, also for a single number."""

    def __call__(self, value: Any) -> Any:
        if isinstance(value, Traced):
            return Tensor(value)
        if isinstance(value, float):
            import torch

            return torch.as_tensor(value, dtype=torch.float64)
        return value


class _Bare:
    """The array that a tensor holds."""

    def __call__(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            return value.array
        return value.detach().numpy() if hasattr(value, "detach") else value


class _Forward:
    """The forward pass as a function of arrays."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def as_function(self) -> Callable[..., Any]:
        """To be run on symbolic arrays."""
        function, wrapped, bare = self.function, _Wrapped(), _Bare()
        forward, fresh = function.forward, _Contexts(function)
        takes_context = not _sets_context_up(function)

        def passed(*arrays: Any) -> Any:
            inputs = wrapped(arrays)
            return bare(forward(fresh(), *inputs) if takes_context else forward(*inputs))

        parameters = list(_inputs(function).values())
        passed.__dict__.update(__signature__=inspect.Signature(parameters), __wrapped__=forward)
        passed.__module__, passed.__qualname__ = function.__module__, function.__qualname__
        return passed


class _Backward:
    """The gradient in one input, as a function of the inputs and the gradient that comes in."""

    def __init__(self, function: Any, place: int) -> None:
        self.function, self.place = function, place
        self.gave_nothing = False

    def as_function(self) -> Callable[..., Any]:
        """To be run on symbolic arrays."""
        function, wrapped, bare, chosen = self.function, _Wrapped(), _Bare(), _Chosen(self)
        forward, backward = function.forward, function.backward
        set_up = function.setup_context if _sets_context_up(function) else None
        fresh, tensor = _Contexts(function), _Whole()

        def gradient(*arrays: Any) -> Any:
            *inputs, incoming = wrapped(arrays)
            incoming = tensor(incoming)
            context = fresh()
            if set_up is None:
                forward(context, *inputs)
            else:
                set_up(context, tuple(inputs), forward(*inputs))
            return bare(chosen(backward(context, incoming)))

        parameters = list(_inputs(function).values())
        last = inspect.Parameter(INCOMING, inspect.Parameter.KEYWORD_ONLY)
        last = last.replace(kind=parameters[-1].kind) if parameters else last
        if parameters and parameters[-1].default is not inspect.Parameter.empty:
            last = last.replace(default=None)
        gradient.__dict__.update(
            __signature__=inspect.Signature([*parameters, last]),
            __wrapped__=backward,
            as_called=self.as_called,
        )
        gradient.__module__ = function.__module__
        gradient.__qualname__ = f"{function.__qualname__}.backward"
        return gradient

    def as_called(self, texts: Mapping[str, str]) -> tuple[list[str], str]:
        """The imports and the call that a reader can run."""
        name = self.function.__qualname__
        imports = [
            "from derive.auditing.autograd import backward",
            f"from {self.function.__module__} import {name.split('.')[0]}",
        ]
        return imports, f"backward({name}, {self.place})({', '.join(texts.values())})"


class _Contexts:
    """New contexts, one for each call."""

    def __init__(self, function: Any) -> None:
        self._inputs = len(_inputs(function))

    def __call__(self) -> Context:
        return Context(self._inputs)


class _Chosen:
    """One of the gradients that a backward pass returns."""

    def __init__(self, asked: _Backward) -> None:
        self._asked = asked
        self._names = list(_inputs(asked.function))

    def __call__(self, found: Any) -> Any:
        gradients = found if isinstance(found, tuple) else (found,)
        if len(gradients) != len(self._names):
            raise Refusal(
                f"backward returns {len(gradients)} gradients for the {len(self._names)} inputs "
                f"{', '.join(self._names)}",
                "one for each, and None where there is none",
            )
        chosen = gradients[self._asked.place]
        if chosen is None:
            self._asked.gave_nothing = True
            raise Refusal(f"there is no gradient in {self._names[self._asked.place]}")
        return chosen


def backward(function: Any, place: int) -> Callable[..., Any]:
    """The gradient in an input, as a function of NumPy arrays and the gradient that comes in."""
    return _Backward(function, place).as_function()
