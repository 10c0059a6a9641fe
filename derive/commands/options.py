"""Options that several commands have, and what is wrong with a command as given."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

FORMATS = ("text", "json", "junit", "github", "sarif")


class UsageError(Exception):
    """A command that cannot be carried out as given."""


def add_specs(parser: argparse.ArgumentParser) -> None:
    """Name the specifications that the command is about."""
    parser.add_argument(
        "specs",
        nargs="*",
        type=Path,
        metavar="SPEC",
        help="files or folders (default: those of this installation, or LOSSPROOF_SPECS)",
    )


def add_effort(parser: argparse.ArgumentParser) -> None:
    """Say how much work may be done, and what is not done again."""
    parser.add_argument("--jobs", type=int, metavar="N", help="processes (default: all cores)")
    parser.add_argument(
        "--no-cache", action="store_true", help="verify also what has not changed since it was"
    )


def check_jobs(options: argparse.Namespace) -> None:
    """Raise ``UsageError`` for a number of processes that is none."""
    if options.jobs is not None and options.jobs < 1:
        raise UsageError(f"--jobs must be at least 1, got {options.jobs}")


def add_writing(parser: argparse.ArgumentParser, folder: str) -> None:
    """Say where files that follow from the specs go, or that none is to be written."""
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help=f"default: {folder}/ beside the specs"
    )
    parser.add_argument("--check", action="store_true", help="write nothing, say what is stale")


def add_color(parser: argparse.ArgumentParser) -> None:
    """Say whether text is coloured."""
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")


def is_colored(choice: str) -> bool:
    """Whether text for the standard output is coloured."""
    if choice == "auto":
        return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return bool(choice == "always")
