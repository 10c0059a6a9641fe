"""Each command: its help, its options, what it prints, and what it makes of wrong use."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

pytest.importorskip("sympy")

from derive.cli import COMMANDS, main
from derive.commands import html

GOOD = '''"""A loss with nothing wrong."""

from derive import Loss, pred, target

good = Loss(value=(pred - target)**2, gradient=2 * (pred - target))
'''
FORGOTTEN = GOOD.replace("2 * (pred", "(pred").replace("good", "forgotten")
RAISES = GOOD + "raise ZeroDivisionError('of a spec')\n"
UNEQUAL = '''"""A loss with a mutant that nobody can tell."""

from sympy import atan, sqrt

from derive import Loss, pred, target

residual = pred - target
odd = Loss(
    value=atan(residual)**2 / 4,
    gradient=atan(residual / (1 + sqrt(1 + residual**2))) / (1 + residual**2),
)
'''

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("LOSSPROOF_SPECS", "LOSSPROOF_DEBUG", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LOSSPROOF_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(list(arguments))
        except SystemExit as stop:
            status = int(stop.code or 0)
        told = capsys.readouterr()
        return status, told.out, told.err

    return command


def write(text: str, name: str = "specs/it.py") -> str:
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return name


# Every command ------------------------------------------------------------------------------------


def test_the_help_lists_every_command(run: Run) -> None:
    status, out, err = run("--help")
    assert (status, err) == (0, "")
    for name, (_, text) in COMMANDS.items():
        assert f"    {name} " in out
        assert " ".join(text.split()) in " ".join(out.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(run: Run, name: str) -> None:
    command, text = COMMANDS[name]
    status, out, err = run(name, "--help")
    assert (status, err) == (0, "")
    assert out.startswith(f"usage: lossproof {name} [-h]")
    assert text in " ".join(out.split())
    assert command.__doc__ is not None
    assert command.__doc__.startswith(f"``lossproof {name}``: ")


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_takes_an_option_that_it_does_not_have(run: Run, name: str) -> None:
    needed = {"show": ["good"], "new": ["good"]}.get(name, [])
    status, out, err = run(name, *needed, "--no-such-option")
    assert (status, out) == (2, "")
    assert "unrecognized arguments: --no-such-option" in err


READERS = ("verify", "mutate", "codegen", "docs")


@pytest.mark.parametrize("name", READERS)
def test_a_folder_that_does_not_exist_is_named(run: Run, name: str) -> None:
    status, out, err = run(name, "absent/specs")
    assert (status, out) == (2, "")
    assert err.startswith("lossproof: ")
    assert "absent/specs" in err


@pytest.mark.parametrize("name", READERS)
def test_a_folder_without_specs_is_nothing_to_do(run: Run, folder: Path, name: str) -> None:
    (folder / "empty").mkdir()
    assert run(name, "empty") == (2, "", "lossproof: no specification found\n")


@pytest.mark.parametrize("name", READERS)
def test_a_spec_that_raises_is_invalid_where_it_does(run: Run, name: str) -> None:
    status, out, err = run(name, write(RAISES))
    assert status == 2
    assert "ZeroDivisionError: of a spec" in out + err
    assert "specs/it.py:6" in out + err


# mutate -------------------------------------------------------------------------------------------


def test_mutants_that_are_refuted_are_a_success(run: Run) -> None:
    status, out, err = run("mutate", write(GOOD), "--jobs=1", "--limit=4")
    assert (status, err) == (0, "")
    header, row = (line.split() for line in out.splitlines()[:2])
    assert header == ["loss", "mutants", "refuted", "equivalent", "unknown", "error"]
    assert row == ["good", "4", "4", "0", "0", "0"]
    assert "4 mutants of 1 loss: 4 refuted, 0 equivalent, 0 unknown, 0 error in" in out


def test_verbose_shows_each_mutant(run: Run) -> None:
    path = write(GOOD)
    brief = run("mutate", path, "--jobs=1", "--limit=3")[1]
    verbose = run("mutate", path, "--jobs=1", "--limit=3", "--verbose")[1]
    assert brief.count("good.gradient: ") == 0
    assert verbose.count("good.gradient: ") == verbose.count(" → ") == 3


def test_a_limit_of_nothing_takes_all_mutants(run: Run) -> None:
    path = write(GOOD)
    taken = [
        int(run("mutate", path, "--jobs=1", f"--limit={limit}")[1].splitlines()[1].split()[1])
        for limit in (1, 2, 0)
    ]
    assert taken[:2] == [1, 2]
    assert taken[2] > 2


def test_mutants_that_nobody_can_tell_are_a_failure(run: Run) -> None:
    status, out, _ = run("mutate", write(UNEQUAL), "--jobs=1", "--limit=12")
    unknown = int(out.splitlines()[1].split()[4])
    assert status == (1 if unknown else 0)
    assert ("unknown:" in out) == bool(unknown)


def test_one_process_or_two_examine_the_same_mutants(run: Run) -> None:
    path = write(GOOD)
    one, two = (
        run("mutate", path, f"--jobs={jobs}", "--limit=10", "-v")[1].rsplit(" in ", 1)[0]
        for jobs in (1, 2)
    )
    assert one == two


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--limit=-1",), "--limit must be at least 0, got -1"),
        (("--limit=many",), "argument --limit: invalid int value: 'many'"),
        (("--jobs=0",), "--jobs must be at least 1, got 0"),
        (("--format=json",), "unrecognized arguments: --format=json"),
        (("absent.py",), "absent.py"),
    ],
)
def test_mutate_refuses_what_it_cannot_do(run: Run, arguments: tuple[str, ...], said: str) -> None:
    status, out, err = run("mutate", write(GOOD), *arguments)
    assert (status, out) == (2, "")
    assert said in err


# Suggestions --------------------------------------------------------------------------------------


@pytest.fixture
def reports(run: Run) -> dict[str, str]:
    """What each format says of a gradient in which a factor was forgotten."""
    path = write(FORGOTTEN)
    found = {}
    for name in ("text", "json", "junit", "github", "sarif"):
        status, found[name], err = run("verify", path, "--jobs=1", f"--format={name}")
        assert (status, err) == (1, "")
    return found


def test_every_format_has_the_suggestion(reports: dict[str, str]) -> None:
    (finding,) = json.loads(reports["json"])["findings"]
    suggestion: dict[str, str] = finding["suggestion"]
    assert set(suggestion) == {"mistake", "before", "after", "formula"}
    assert suggestion["formula"] in ("2·(pred - target)", "2·pred - 2·target")
    (result,) = json.loads(reports["sarif"])["runs"][0]["results"]
    assert result["properties"] == {"suggestion": suggestion}
    (failure,) = ET.fromstring(reports["junit"]).iter("failure")
    for text in (reports["text"], reports["github"], failure.text or ""):
        assert "did you mean" in text
        assert suggestion["after"] in text
        assert suggestion["formula"] in text


def test_sarif_offers_no_edit_that_nobody_wrote(reports: dict[str, str]) -> None:
    """A fix replaces the bytes of a region; a formula is not the source that was written."""
    (result,) = json.loads(reports["sarif"])["runs"][0]["results"]
    assert "fixes" not in result


def test_what_is_right_has_no_suggestion(run: Run) -> None:
    out = run("verify", write(GOOD), "--jobs=1", "--format=json")[1]
    suggestions = [finding["suggestion"] for finding in json.loads(out)["findings"]]
    assert suggestions
    assert not any(suggestions)


# cache --------------------------------------------------------------------------------------------


def kilobytes(out: str) -> float:
    return float(out.rsplit(": ", 1)[1].removesuffix(" KB\n"))


def test_the_cache_is_shown_and_cleared(run: Run, folder: Path) -> None:
    status, out, err = run("cache")
    assert (status, out, err) == (0, f"{folder / 'cache'}: 0 KB\n", "")
    run("verify", write(GOOD), "--jobs=1")
    assert any((folder / "cache").rglob("*.*"))
    assert kilobytes(run("cache")[1]) > 0
    assert "1 unchanged" in run("verify", "specs/it.py", "--jobs=1")[1]
    status, out, err = run("cache", "clear")
    assert (status, out, err) == (0, f"{folder / 'cache'}: 0 KB\n", "")
    assert "unchanged" not in run("verify", "specs/it.py", "--jobs=1")[1]


def test_the_cache_has_no_other_action(run: Run) -> None:
    status, out, err = run("cache", "burn")
    assert (status, out) == (2, "")
    assert "invalid choice: 'burn'" in err


def test_without_a_folder_for_caches_that_is_said(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(*_: Any) -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr("derive.cache.default_folder", nowhere)
    said = "lossproof: there is no folder for caches: set LOSSPROOF_CACHE\n"
    assert run("cache") == (2, "", said)
    assert run("verify", write(GOOD), "--jobs=1")[0] == 0


# docs --html -------------------------------------------------------------------------------------


def test_html_of_own_specs_is_a_book_that_reads_without_a_network(run: Run, folder: Path) -> None:
    for name in html.NEEDED:
        pytest.importorskip(name, reason="needs make docs")
    (folder / "specs").mkdir()
    (folder / "specs" / "good.py").write_text(GOOD, encoding="utf-8")
    status, out, _ = run("docs", "specs", "--html", "--jobs=1")
    assert status == 0
    assert "wrote docs/index.md: a front page" in out
    assert out.endswith("wrote docs/_build/index.html\n")
    page = (folder / "docs" / "_build" / "losses" / "good.html").read_text(encoding="utf-8")
    assert 'class="tex display"' in page
    assert f"<title>good - {folder.name}</title>" in page
    for source in re.findall(r'(?:src|href)="([^"#?]+)', page):
        assert source.startswith("https://") or (page_folder(folder) / source).exists(), source
    for tag in ('<script src="http', '<link rel="stylesheet" href="http', '<img src="http'):
        assert tag not in page

    (folder / "docs" / "index.md").write_text("# Mine\n\n[x](losses/absent.md)\n", "utf-8")
    assert run("docs", "specs", "--html", "--jobs=1")[0] == 1
    assert "Mine" in (folder / "docs" / "index.md").read_text(encoding="utf-8")


def page_folder(folder: Path) -> Path:
    return folder / "docs" / "_build" / "losses"


def test_html_says_what_to_install(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "specs").mkdir()
    (folder / "specs" / "good.py").write_text(GOOD, encoding="utf-8")
    monkeypatch.setattr(html, "find_spec", lambda name: None if name == "furo" else name)
    status, _, error = run("docs", "specs", "--html", "--jobs=1")
    assert status == 2
    assert error == 'lossproof: --html needs furo: pip install "lossproof[docs]"\n'


def test_html_is_not_checked(run: Run) -> None:
    status, _, error = run("docs", "--html", "--check")
    assert status == 2
    assert "--html" in error
