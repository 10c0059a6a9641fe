"""The guides work as they are written, step by step."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

GUIDE = Path(__file__).parent.parent / "docs" / "add-your-own-loss.md"
COMMAND = "import sys; from derive.cli import main; sys.exit(main(sys.argv[1:]))"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder / "generated")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_loss_of_your_own_is_proved_emitted_and_used_as_written(tmp_path: Path) -> None:
    spec, session = _blocks("python")
    commands = [line.split() for block in _blocks("console") for line in block.splitlines()]
    path = tmp_path / "specs" / "squared_log_error.py"
    path.parent.mkdir()
    path.write_text(spec, encoding="utf-8")
    (tmp_path / "session.txt").write_text(session, encoding="utf-8")
    for command in commands:
        assert command[0] == "lossproof"
        done = _run(tmp_path, "-c", COMMAND, *command[1:])
        assert done.returncode == 0, done.stdout + done.stderr
    used = _run(tmp_path, "-m", "doctest", "session.txt")
    assert used.returncode == 0, used.stdout
    assert (tmp_path / "docs" / "losses" / "squared_log_error.md").is_file()

    path.write_text(spec.replace("2 * ratio / pred", "2 * ratio"), encoding="utf-8")
    refuted = _run(tmp_path, "-c", COMMAND, "verify", "specs")
    assert refuted.returncode == 1
    assert "refuted[gradient]" in refuted.stdout
