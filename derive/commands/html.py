"""The pages of a docs folder as a book in HTML, which reads without a network."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from derive.commands.options import UsageError
from derive.commands.writing import shown, write_file

NEEDED = ("sphinx", "furo", "myst_parser")


def settings_folder() -> Path:
    """Where this installation keeps the settings of Sphinx, and what they need."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_book"
    return installed if installed.is_dir() else package.parent / "docs"


def write_html(docs: Path) -> int:
    """Have Sphinx build ``docs/_build``; the exit status is returned.

    A folder without a front page gets one to start from. A ``conf.py`` in it replaces ours.
    Raises ``UsageError`` if Sphinx is not installed.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError(f'--html needs {", ".join(missing)}: pip install "lossproof[docs]"')
    title = docs.resolve().parent.name
    if not any((docs / f"index.{suffix}").is_file() for suffix in ("md", "rst")):
        _write_front_page(docs / "index.md", title)
    settings = ["-c", str(settings_folder())]
    settings += ["-D", f"project={title}", "-D", f"html_title={title}"]
    if (docs / "conf.py").is_file():
        settings = []
    built = docs / "_build"
    command = [sys.executable, "-m", "sphinx", "-W", "-E", "--keep-going", "-q"]
    done = subprocess.run([*command, *settings, docs, built], check=False)
    if done.returncode == 0:
        print(f"wrote {shown(built / 'index.html')}")
    return 1 if done.returncode else 0


def _write_front_page(path: Path, title: str) -> None:
    from derive.emit.templates import environment

    write_file(path, environment("docs").get_template("front.md.jinja").render(title=title))
    print(f"wrote {shown(path)}: a front page, which is yours to change")
