"""The command ``lossproof``. No mathematics here, and no heavy import before it is needed.

Exit status: 0 all as expected, 1 something refuted or stale, 2 usage or an invalid specification,
3 only unknowns, 4 an error of ours, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from derive import __version__
from derive.commands import (
    accuracy,
    audit,
    cache,
    certify,
    codegen,
    docs,
    mutate,
    new,
    search,
    show,
    verify,
)
from derive.commands.options import UsageError

COMMANDS = {
    "verify": (verify, "prove every claim, or show why not"),
    "mutate": (mutate, "change every formula a little, and see what is refuted"),
    "codegen": (codegen, "write NumPy modules for proved losses"),
    "certify": (certify, "write certificates in Coq for proved losses, and have them checked"),
    "search": (search, "look for the form of each formula that rounds best (slow)"),
    "show": (show, "print a loss, its derivatives and its boundaries"),
    "new": (new, "write a specification to fill in"),
    "docs": (docs, "write a page for each loss"),
    "audit": (audit, "prove NumPy code as it is, or show where it is wrong"),
    "accuracy": (accuracy, "measure the errors of the emitted code, and of others"),
    "cache": (cache, "say where verdicts are kept, or forget them"),
}
"""Each command by its name: the module that declares its options and runs it, and its help."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status is returned."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except UsageError as error:
        print(f"lossproof: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("lossproof: interrupted", file=sys.stderr)
        return 130
    except ModuleNotFoundError as error:
        if error.name in ("sympy", "flint", "jinja2", "mpmath", "rich"):
            print(
                f'lossproof: {error.name} is missing: pip install "lossproof[toolkit]"',
                file=sys.stderr,
            )
            return 2
        raise
    except Exception as error:
        if os.environ.get("LOSSPROOF_DEBUG"):
            raise
        print(
            f"lossproof: internal error: {type(error).__name__}: {error}\n"
            "This is a mistake of ours; LOSSPROOF_DEBUG=1 shows where.",
            file=sys.stderr,
        )
        return 4


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lossproof",
        description="Prove hand-written gradients of loss functions, and emit NumPy.",
    )
    parser.add_argument("--version", action="version", version=f"lossproof {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, (command, text) in COMMANDS.items():
        options = commands.add_parser(name, help=text, description=text)
        command.add_options(options)
        options.set_defaults(run=command.run)
    return parser
