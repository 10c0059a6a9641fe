"""``lossproof cache``: where verdicts are kept."""

from __future__ import annotations

import argparse

from derive.commands.loading import user_cache
from derive.commands.options import UsageError


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be said to the command."""
    parser.add_argument("action", nargs="?", choices=("clear",), help="delete what is kept")


def run(options: argparse.Namespace) -> int:
    """Carry out the command; the exit status is returned."""
    cache = user_cache()
    if cache is None:
        raise UsageError("there is no folder for caches: set LOSSPROOF_CACHE")
    if options.action == "clear":
        cache.clear()
    print(f"{cache.folder}: {cache.size() / 1024:.0f} KB")
    return 0
