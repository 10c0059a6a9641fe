"""The guides work as they are written, block by block, in an empty folder."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guide_runner import Difference, blocks, carry_out

ROOT = Path(__file__).parent.parent
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
LIBRARIES = ("scipy", "sklearn", "torch", "jax", "xgboost", "lightgbm")


def needed(guide: Path) -> list[str]:
    """The libraries that a guide imports, other than those that every test has."""
    code = "".join(block.text for block in blocks(guide.read_text(encoding="utf-8")))
    return [name for name in LIBRARIES if re.search(rf"\b(import|from) {name}\b", code)]


ALONE = [guide for guide in GUIDES if not needed(guide)]
WITH_PEERS = [guide for guide in GUIDES if needed(guide)]


def by_name(guide: Path) -> str:
    return guide.stem


@pytest.mark.parametrize("guide", ALONE, ids=by_name)
def test_a_guide_works_as_written(guide: Path, tmp_path: Path) -> None:
    _carry_out(guide, tmp_path)


@pytest.mark.peers
@pytest.mark.parametrize("guide", WITH_PEERS, ids=by_name)
def test_a_guide_to_another_library_works_as_written(guide: Path, tmp_path: Path) -> None:
    for library in needed(guide):
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"needs {library}")
    _carry_out(guide, tmp_path)


def _carry_out(guide: Path, folder: Path) -> None:
    (folder / "work").mkdir()
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "guide_runner.py", guide],
        cwd=folder / "work",
        env={**os.environ, "LOSSPROOF_CACHE": str(folder / "cache")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_guide_is_in_the_contents() -> None:
    front = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert ALONE and WITH_PEERS
    for guide in GUIDES:
        assert f"\nguides/{guide.stem}\n" in front


@pytest.mark.parametrize(
    "guide",
    [
        "```python\n>>> 1 + 1\n3\n\n```\n",
        "```console\n$ echo one\ntwo\n```\n",
        "```console\n$ false\n```\n",
        "```console\n$ false\n$ echo more\n```\n",
        "```console\n$ false\nshown\n$ echo $?\n0\n```\n",
        "```python\nprint('neither a file nor a session')\n```\n",
        "```text\nwhat some command printed\n```\n",
    ],
)
def test_what_is_not_so_is_noticed(
    guide: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "guide.md"
    path.write_text(guide, encoding="utf-8")
    with pytest.raises(Difference):
        carry_out(path)
