"""Carries out a guide in an empty folder, block by block, as a reader would.

    python guide_runner.py GUIDE.md

There are three kinds of code blocks, and no others:

- ``python`` whose first line is ``# path/of/a/file.py`` is written to that file;
- ``python`` with prompts ``>>>`` is a session, whose results are compared; all sessions of a guide
  are one, and import what lies in the working folder and in ``generated``;
- ``console`` has commands after ``$``, and below each what it prints, if that is shown. Unless
  ``echo $?`` comes next, a command must succeed.

``...`` in what is shown stands for anything. The exit status is 1 if something else comes out.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"^```(\S*)[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"# ([\w/.-]+\.\w+)\n")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Difference(Exception):
    """A guide says something else than what happens."""


@dataclass(frozen=True)
class Block:
    """A piece of code of a guide; lines count from 1."""

    language: str
    text: str
    line: int


def blocks(guide: str) -> Iterator[Block]:
    """The code of a guide, in its order; what MyST reads as a directive is none."""
    for found in BLOCK.finditer(guide):
        if not found[1].startswith("{"):
            yield Block(found[1], found[2], guide[: found.start(2)].count("\n") + 1)


def carry_out(guide: Path) -> None:
    """Do all that a guide says, in the working folder; raises ``Difference``."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(guide.read_text(encoding="utf-8")):
        written = FILE.match(block.text)
        if block.language == "python" and ">>> " in block.text:
            _session(block, guide, names)
        elif block.language == "python" and written:
            path = Path(written[1])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            _commands(block, guide)
        else:
            raise Difference(f"{guide}:{block.line}: neither a file, a session nor commands")


def _session(block: Block, guide: Path, names: dict[str, Any]) -> None:
    test = doctest.DocTestParser().get_doctest(
        block.text, names, guide.name, str(guide), block.line - 1
    )
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    failed, _ = runner.run(test, clear_globs=False)
    names.update(test.globs)
    if failed:
        raise Difference(f"{guide}:{block.line}: another result, see above")


def _commands(block: Block, guide: Path) -> None:
    status = 0
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        if status and command != "echo $?":
            raise Difference(f"{guide}:{block.line}: status {status} before  {command}")
        done = subprocess.run(
            ["bash", "-c", f"(exit {status}); {command}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        status = done.returncode
        if shown.strip() and not doctest.OutputChecker().check_output(shown, done.stdout, FLAGS):
            raise Difference(f"{guide}:{block.line}: $ {command}\n{done.stdout}")
        if status and not shown.strip():
            raise Difference(f"{guide}:{block.line}: $ {command}\n{done.stdout}")
    if status:
        raise Difference(f"{guide}:{block.line}: the last command has status {status}")


if __name__ == "__main__":
    scripts = str(Path(sys.executable).parent)  # where the command lossproof is
    os.environ["PATH"] = os.pathsep.join([scripts, os.environ["PATH"]])
    sys.path[:1] = [os.getcwd(), os.path.join(os.getcwd(), "generated")]
    try:
        carry_out(Path(sys.argv[1]))
    except Difference as difference:
        sys.exit(str(difference))
