"""``lossproof audit``: prove NumPy code as it is, or show where it is wrong."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from derive.auditing.names import ANY, CONVENTIONS
from derive.commands.audit_usage import (
    check_arguments,
    check_options,
    check_returns,
    check_shapes,
)
from derive.commands.loading import no_loss, user_cache
from derive.commands.options import UsageError, add_effort, check_jobs
from derive.commands.reporting import add_report, report

if TYPE_CHECKING:
    from derive.report.finding import Finding

DOMAINS = {
    "real": "real numbers",
    "positive": "positive",
    "nonnegative": "zero or positive",
    "unit": "from 0 to 1",
    "unit_open": "between 0 and 1",
}
"""Names of sets; others are listed by their numbers, as in ``0,1`` or ``-1,1``."""

_EPILOG = """\
conventions:
  What is right by a convention alone is refuted, with advice that names it. Under --convention NAME
  it counts as proved, and the report says by which conventions. Those of the loss must be the same
  ones for all that a function returns.

""" + "\n".join(f"  {name:21} {said}" for name, said in CONVENTIONS.items())


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be said to the command."""
    parser.add_argument(
        "functions", nargs="*", metavar="MODULE:FUNCTION", help="what is to be audited"
    )
    parser.add_argument(
        "--loss", metavar="LOSS", help="module:function, or the name of a declared loss"
    )
    parser.add_argument(
        "--same-as",
        metavar="FUNCTION",
        help="module:function that is to be the same, in all results",
    )
    parser.add_argument(
        "--signature",
        metavar="NAME",
        help="who calls: xgboost, XGBModel, lightgbm, LGBMModel, "
        "catboost, scipy, sklearn, or torch for an autograd.Function (then --loss may be left out)",
    )
    parser.add_argument(
        "--returns", metavar="LIST", help="what is returned, for example gradient,hessian"
    )
    parser.add_argument("--wrt", default="", metavar="ARGUMENT", help="in what to differentiate")
    for option, text in (
        ("shape", "x=m,n or y=labels or delta=scalar"),
        ("domain", f"y=0,1 or one of {', '.join(DOMAINS)}"),
        ("at", "score=pred: the input of the declared loss that an argument is"),
    ):
        parser.add_argument(
            f"--{option}", action="append", default=[], metavar="ARGUMENT=...", help=text
        )
    parser.add_argument(
        "--weight",
        default="",
        metavar="ARGUMENT",
        help="the argument that the loss of each element, or row, is multiplied by",
    )
    parser.add_argument("--maximised", action="store_true", help="minus the loss is differentiated")
    parser.add_argument(
        "--convention",
        action="append",
        default=[],
        metavar="NAME",
        help="count as proved what is right by this convention (see below)",
    )
    parser.add_argument(
        "--conventions", choices=[ANY], help="count as proved what is right by any convention"
    )
    parser.add_argument(
        "--numerical",
        action="store_true",
        help="run the code, too: warn of overflow, NaN, lost digits, changed arguments, other "
        "shapes and types; warnings change neither a verdict nor the exit status",
    )
    parser.add_argument(
        "--strict", action="store_true", help="warnings of --numerical (not its notes) exit with 1"
    )
    parser.add_argument(
        "--emitted", action="store_true", help="audit the modules that codegen has written"
    )
    add_effort(parser)
    add_report(parser)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG


def run(options: argparse.Namespace) -> int:
    """Carry out the command; the exit status is returned."""
    start = time.perf_counter()
    check_options(options)
    findings, unchanged = _emitted(options) if options.emitted else (_findings(options), 0)
    seconds = time.perf_counter() - start
    return report(options, findings, seconds=seconds, unchanged=unchanged)


def _emitted(options: argparse.Namespace) -> tuple[Sequence[Finding], int]:
    from derive.auditing.emitted_run import audit_emitted
    from derive.report.progress import progress

    check_jobs(options)
    cache = None if options.no_cache else user_cache()
    found = audit_emitted(watch=progress, jobs=options.jobs, cache=cache)
    for name in found.stale:
        print(f"lossproof: {name} is left out: run  lossproof codegen", file=sys.stderr)
    return found.findings, found.unchanged


def _findings(options: argparse.Namespace) -> list[Finding]:
    from derive.auditing.arguments import SHAPES
    from derive.auditing.ask import RESULTS, audit

    sys.path.insert(0, os.getcwd())
    settings: dict[str, Any] = {
        "returns": options.returns.split(",") if options.returns else (),
        "wrt": options.wrt,
        "shapes": _pairs(options.shape, "--shape"),
        "domains": {n: _domain(text) for n, text in _pairs(options.domain, "--domain").items()},
        "at": _pairs(options.at, "--at"),
        "maximised": options.maximised,
        "conventions": _conventions(options),
        "numerical": options.numerical,
        "strict": options.strict,
    }
    check_returns(settings["returns"], RESULTS)
    check_shapes(settings["shapes"].items(), (*SHAPES, "labels", "scalar"))
    if options.same_as:
        settings = {n: settings[n] for n in ("shapes", "domains", "numerical", "strict")}
        settings["same_as"] = function_named(options.same_as)
    else:
        settings["loss"] = _loss(options)
    if options.signature:
        found = [thing_named(name) for name in options.functions]
        return _by_signature(found, options.signature, settings)
    functions = {name: function_named(name) for name in options.functions}
    about = [(f"--{o}", settings.get(f"{o}s", ())) for o in ("shape", "domain")]
    if options.loss:
        about += [("--at", settings["at"]), ("--wrt", filter(None, [options.wrt]))]
        about += [("--weight", filter(None, [options.weight]))]
        settings["weight"] = options.weight
    for name, function in functions.items():
        check_arguments(function, name, [(option, [*names]) for option, names in about])
    return [f for function in functions.values() for f in audit(function, **settings)]


def _loss(options: argparse.Namespace) -> Any:
    if not options.loss or ":" in options.loss:
        return options.loss and function_named(options.loss)
    from derive.registry import load

    known = load().specs
    if options.loss not in known:
        raise no_loss(options.loss, list(known))
    return known[options.loss].loss


def _conventions(options: argparse.Namespace) -> list[str]:
    for name in options.convention:
        if name not in (ANY, *CONVENTIONS):
            raise UsageError(f"--convention {name}: there are {', '.join(CONVENTIONS)}, and any")
    return [*options.convention, *filter(None, [options.conventions])]


def _by_signature(functions: Sequence[Any], name: str, settings: dict[str, Any]) -> list[Finding]:
    from derive.auditing.signatures import NAMES, audit_objective

    if name not in NAMES:
        raise UsageError(f"--signature {name}: there are {', '.join(NAMES)}")
    return [f for function in functions for f in audit_objective(function, name, **settings)]


def function_named(name: str) -> Callable[..., Any]:
    """The function that ``module:function`` names; raises ``UsageError`` if there is none."""
    found = thing_named(name)
    if not callable(found):
        raise UsageError(f"{name} is no function")
    return found


def thing_named(name: str) -> Any:
    """What ``module:name`` or ``module:object.method`` names; raises ``UsageError``."""
    module, _, path = name.partition(":")
    if not path:
        raise UsageError(f"{name!r} is no module:function")
    try:
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"{name}: {error}") from None
    except Exception as error:  # of the module's own
        raise UsageError(f"{name}: {module} raises {type(error).__name__}: {error}") from None
    return found


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    for text in texts:
        if "=" not in text:
            raise UsageError(f"{option} {text}: write {option} argument=...")
    return {name: value for name, _, value in (text.partition("=") for text in texts)}


def _domain(text: str) -> Any:
    from sympy import FiniteSet, Rational

    from derive import language

    if text in DOMAINS:
        return getattr(language, text)
    try:
        return FiniteSet(*[Rational(part) for part in text.split(",")])
    except (TypeError, ValueError):
        raise UsageError(
            f"--domain {text}: write numbers, or one of {', '.join(DOMAINS)}"
        ) from None
