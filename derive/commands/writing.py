"""What commands write: files that follow from the specs, and only where all is proved."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from derive.commands.options import UsageError, is_colored

if TYPE_CHECKING:
    from derive.report.finding import Finding


def refuse_unproved(findings: list[Finding], options: argparse.Namespace) -> int:
    """A loss that is not proved is neither emitted nor documented."""
    from derive.report import text
    from derive.report.exit_code import exit_code

    status = exit_code(findings, allow_unknown=False)
    if status:
        bad = [finding for finding in findings if not finding.as_expected]
        color = is_colored(options.color)
        sys.stdout.write(text.render(bad, verbose=False, color=color, seconds=0.0))
        print("lossproof: nothing written: only proved losses are", file=sys.stderr)
    return status


def bring_up_to_date(
    files: dict[str, str], folder: Path, owned: Path, options: argparse.Namespace
) -> int:
    """Write ``files``, or with ``--check`` say which are stale; the exit status is returned.

    ``owned`` is the part of the folder in which nothing else may be left. Raises ``UsageError`` if
    only some of the specs were named, and what the others gave would be deleted.
    """
    from derive.emit.package import leftovers, stale, write

    others = leftovers(files, folder, owned)
    if others and any(map(_is_a_part, options.specs)):
        raise UsageError(
            f"{shown(folder)} also holds {others[0]}, which the specs named here do not give: "
            "name the whole folder of specs"
        )
    if options.check:
        names = stale(files, folder, owned)
        for name in names:
            print(f"stale: {shown(folder / name)}")
        return 1 if names else 0
    try:
        written = write(files, folder, owned)
    except OSError as error:
        raise UsageError(f"cannot write to {shown(folder)}: {error.strerror}") from None
    for name in written:
        print(f"wrote {shown(folder / name)}")
    return 0


def _is_a_part(specs: Path) -> bool:
    """Whether a path names less than a whole folder of specs."""
    return specs.is_file() or any(p.name == "specs" for p in specs.resolve().parents)


def beside_specs(specs: list[Path], name: str) -> Path:
    """The folder ``name`` beside that of the specs."""
    from derive.sources import default_folder

    first = specs[0] if specs else default_folder()
    folder = first if first.is_dir() else first.parent
    while folder.name != "specs" and any(p.name == "specs" for p in folder.resolve().parents):
        folder = folder.resolve().parent
    return folder.resolve().parent / name


def certificates_beside(specs: list[Path]) -> dict[str, str]:
    """By the names of losses, the files in which theorems for Coq are kept beside the specs."""
    folder = beside_specs(specs, "generated") / "proofs"
    paths = sorted(folder.glob("*.v"))
    return {path.stem: path.relative_to(folder.parent.parent).as_posix() for path in paths}


def write_file(path: Path, text: str) -> None:
    """Write a file and the folders above it; raises ``UsageError`` where that is impossible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def shown(path: Path) -> str:
    """A path as it is seen from the working folder."""
    with contextlib.suppress(ValueError):
        return path.resolve().relative_to(Path.cwd()).as_posix()
    return path.as_posix()
