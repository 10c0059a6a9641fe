"""``lossproof docs``: a page for each loss, the tables of a README, and all of it as HTML."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from derive.commands.html import write_html
from derive.commands.loading import declarations_and_findings
from derive.commands.options import UsageError, add_color, add_effort, add_specs, add_writing
from derive.commands.pages import pages
from derive.commands.writing import (
    beside_specs,
    bring_up_to_date,
    refuse_unproved,
    shown,
    write_file,
)

if TYPE_CHECKING:
    from derive.registry import Registry
    from derive.report.finding import Finding


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be said to the command."""
    add_specs(parser)
    add_writing(parser, "docs")
    parser.add_argument(
        "--html", action="store_true", help="make a book of them, too: docs/_build/index.html"
    )
    add_effort(parser)
    add_color(parser)
    parser.add_argument(
        "--gallery",
        type=Path,
        metavar="FOLDER",
        help="a package of published objectives: audit them, and write its index.md alone",
    )


def run(options: argparse.Namespace) -> int:
    """Carry out the command; the exit status is returned."""
    if options.gallery:
        return _update_gallery(options.gallery, check=options.check)
    if options.html and options.check:
        raise UsageError("--check writes nothing: leave out --html")
    registry, findings = declarations_and_findings(options)
    status = refuse_unproved(findings, options)
    if status:
        return status
    folder = options.output or beside_specs(options.specs, "docs")
    files = pages(options, registry, findings, folder)
    status = bring_up_to_date(files, folder, Path("losses"), options)
    status |= _update_readme(folder.parent / "README.md", registry, findings, options.check)
    return status | (write_html(folder) if options.html else 0)


def _update_gallery(folder: Path, *, check: bool) -> int:
    """The page of a gallery, which is the table of what comes of its entries."""
    from derive.auditing.gallery import load, missing
    from derive.emit.gallery import render_gallery

    try:
        entries, absent = load(folder), missing(folder)
    except ModuleNotFoundError as error:
        raise UsageError(f"--gallery {folder}: {error}") from None
    if absent:
        raise UsageError(f"--gallery {folder}: entries need {', '.join(absent)}")
    return _update(folder / "index.md", render_gallery(entries), check)


def _update(path: Path, new: str, check: bool) -> int:
    old = path.read_text(encoding="utf-8") if path.is_file() else ""
    if new == old:
        return 0
    if check:
        print(f"stale: {shown(path)}")
        return 1
    write_file(path, new)
    print(f"wrote {shown(path)}")
    return 0


def _update_readme(path: Path, registry: Registry, findings: list[Finding], check: bool) -> int:
    """The parts of a README that ask to be written."""
    from derive.emit.readme import updated

    if not path.is_file():
        return 0
    old = path.read_text(encoding="utf-8")
    return _update(path, updated(old, registry, findings), check)
