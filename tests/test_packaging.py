"""What a user gets by `pip install lossproof`: two import packages, with the specs inside."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Build the wheel and list the files in it."""
    folder = tmp_path_factory.mktemp("wheel")
    # without isolation: the build then uses the locked hatchling and no network
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*command, "--wheel-dir", folder, ROOT], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("lossproof-*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def sources(folder: str) -> set[str]:
    """Every Python file of a source folder, relative to it."""
    root = ROOT / folder
    return {path.relative_to(root).as_posix() for path in root.rglob("*.py")}


@pytest.mark.slow
def test_only_the_two_packages_are_importable(wheel: set[str]) -> None:
    top = {name.split("/")[0] for name in wheel}
    (info,) = (name for name in top if name.endswith(".dist-info"))
    assert top == {"derive", "lossproof", info}
    assert f"{info}/licenses/LICENSE" in wheel


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "package"),
    [("derive", "derive"), ("generated/lossproof", "lossproof"), ("specs", "derive/_specs")],
)
def test_no_source_file_is_left_behind(wheel: set[str], folder: str, package: str) -> None:
    expected = {f"{package}/{name}" for name in sources(folder)}
    assert expected, f"{folder} has no Python files"
    shipped = {n for n in wheel if n.startswith(f"{package}/") and n.endswith(".py")}
    assert expected <= shipped
    if folder != "derive":  # which also holds the specs
        assert shipped == expected


@pytest.mark.slow
def test_the_settings_of_the_book_are_inside(wheel: set[str]) -> None:
    docs = ROOT / "docs"
    parts = [
        docs / "conf.py",
        *(docs / "_static").rglob("*"),
        *(docs / "_extensions").rglob("*.py"),
    ]
    expected = {f"derive/_book/{p.relative_to(docs).as_posix()}" for p in parts if p.is_file()}
    assert "derive/_book/_static/katex/katex.min.js" in expected
    assert expected <= wheel
