"""What is wrong with an audit as it was asked for, before anything is audited."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from derive.commands.options import UsageError

_ABOUT_A_LOSS = (
    *("loss", "signature", "returns", "wrt", "at", "maximised", "weight", "convention"),
    "conventions",
)


def check_options(options: argparse.Namespace) -> None:
    """Raise ``UsageError`` for options that say too little, or do not go together."""
    if options.emitted:
        _refuse(options, ("functions", *_ABOUT_A_LOSS, "same_as", "shape", "domain"), "--emitted")
        _refuse(options, ("numerical", "strict"), "--emitted")
        return
    if not options.functions:
        raise UsageError("name a function as module:function, or say --emitted")
    if options.strict and not options.numerical:
        raise UsageError("--strict is about warnings: say --numerical, too")
    if options.same_as:
        _refuse(options, _ABOUT_A_LOSS, "--same-as")
    elif not options.loss and options.signature != "torch":
        raise UsageError(
            "say by --loss what loss it belongs to (module:function, or a name), "
            "or by --same-as what it is to be the same as"
        )


def _refuse(options: argparse.Namespace, names: Iterable[str], beside: str) -> None:
    for name in names:
        if getattr(options, name):
            said = f"--{name.replace('_', '-')}" if name != "functions" else options.functions[0]
            raise UsageError(f"{said} does not go with {beside}")


def check_arguments(
    function: Callable[..., Any], name: str, given: Sequence[tuple[str, Iterable[str]]]
) -> None:
    """Raise ``UsageError`` for an option about an argument that a function does not have."""
    try:
        known = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return
    for option, arguments in given:
        for argument in arguments:
            if argument not in known:
                raise UsageError(
                    f"{option} {argument}: the arguments of {name} are {', '.join(known)}"
                )


def check_returns(returns: Sequence[str], known: Sequence[str]) -> None:
    """Raise ``UsageError`` for a result that there is not."""
    for result in returns:
        if result not in known:
            raise UsageError(f"--returns {result}: there are {', '.join(known)}")


def check_shapes(shapes: Iterable[tuple[str, str]], known: Sequence[str]) -> None:
    """Raise ``UsageError`` for a shape that there is not."""
    for argument, shape in shapes:
        if shape.replace(" ", "").strip("()") not in known:
            raise UsageError(f"--shape {argument}={shape}: there are {', '.join(known)}")
