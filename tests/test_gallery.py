"""The gallery of published objectives: each gets the verdicts that it is listed with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import derive
from derive.auditing.gallery import Entry, load, missing
from derive.cli import main
from derive.emit.gallery import render_gallery, row, told_apart

FOLDER = Path(derive.__file__).parents[1] / "docs" / "gallery"
ENTRIES = load(FOLDER)

QUICK = {
    *("logistic_of_lightgbm", "exponential", "exponential_gradient", "twice_softmax"),
    *("lightgbm_softmax", "reversed_squared_error", "mape", "half_squared_error", "expectile"),
    *("geman_mcclure_weight", "doubled_kl", "softmax_minus_one_hot", "target_minus_softmax"),
    *("dice_gradient", "dice_gradient_without_two", "tversky_gradient", "contrastive_gradient"),
    *("deviance_gradient", "DiceWithoutSmoothing", "StraightThrough"),
}


def _marked(entry: Entry) -> object:
    marks = [] if entry.name in QUICK else [pytest.mark.slow]
    return pytest.param(entry, id=f"{entry.name}-{entry.shown}", marks=marks)


@pytest.mark.parametrize("entry", [_marked(entry) for entry in ENTRIES])
def test_each_objective_gets_its_verdicts(entry: Entry) -> None:
    findings = entry.findings()
    told = [(f.message, f.hint, f.residual) for f in findings]
    assert [f.status for f in findings] == entry.verdicts.split(), told
    for finding in findings:
        assert (finding.status == "refuted") == bool(finding.snippet)


def test_there_are_many_and_of_both_kinds() -> None:
    assert {entry.name for entry in ENTRIES} >= QUICK or missing(FOLDER)
    assert len({re.split("[#@:]", entry.source)[0] for entry in ENTRIES}) >= 30
    refuted = [entry for entry in ENTRIES if "refuted" in entry.verdicts]
    assert len(refuted) >= 30
    assert len(ENTRIES) - len(refuted) >= 25


def test_what_is_refuted_says_what_is_right_and_all_say_where() -> None:
    for entry in ENTRIES:
        assert bool(entry.right) == ("refuted" in entry.verdicts), entry.name
        assert entry.link.startswith("https://")
    assert len({(e.published, e.source) for e in ENTRIES}) == len(ENTRIES)


def test_a_source_without_a_place_needs_an_url() -> None:
    entry = Entry("a book", "a gradient", len, len, "proved")
    with pytest.raises(ValueError, match="no link is known for 'a book'"):
        print(entry.link)
    assert Entry("a/b@0123456789", "", len, len, "").shown == "a/b@01234567"


@pytest.mark.parametrize("name", ["geman_mcclure_weight", "half_squared_error"])
def test_the_page_has_a_row_for_each_entry(name: str) -> None:
    entries = [entry for entry in ENTRIES if entry.name == name]
    page = render_gallery(entries)
    rows = [line for line in page.splitlines() if line.startswith("| ") and name in line]
    assert len(rows) == len(entries)
    for entry, line in zip(
        sorted(entries, key=lambda e: "refuted" not in e.verdicts), rows, strict=True
    ):
        assert entry.link in line
        assert entry.published in line


def test_the_tables_of_the_page_are_tables() -> None:
    text = (FOLDER / "index.md").read_text()
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table
    assert text.count("\n| ") == len(ENTRIES) + 2 or missing(FOLDER)


def test_a_convention_is_named_beside_the_verdict() -> None:
    (entry,) = [e for e in ENTRIES if e.settings.get("conventions") == ["half"]]
    made = row(entry, entry.findings())
    assert made.is_right
    assert made.conventions == ("derivatives of half the loss",)


def test_numbers_are_told_apart() -> None:
    assert told_apart("0.42328679 +/- 1e-9", "[0.42328680 +/- 4.87e-9]") == (
        "0.42328679",
        "0.4232868",
    )
    assert told_apart("1", "[2.0000000 +/- 1e-9]") == ("1", "2")
    assert told_apart("undefined", "1") == ("undefined", "1")


def test_a_gallery_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["docs", "--gallery", str(tmp_path / "no_gallery")]) == 2
    assert "No module named 'no_gallery'" in capsys.readouterr().err
    folder = tmp_path / "a_gallery_in_need"
    folder.mkdir()
    (folder / "__init__.py").write_text('ENTRIES = ()\nNEEDED = ("no_such_library",)\n')
    assert main(["docs", "--gallery", str(folder)]) == 2
    assert "entries need no_such_library" in capsys.readouterr().err


def test_the_page_of_somebody_elses_gallery(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "somebodys_gallery"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from derive.auditing.gallery import Entry\n\n\n"
        "def loss(x):\n    return x**2\n\n\n"
        "def gradient(x):\n    return 2 * x\n\n\n"
        'ENTRIES = (Entry("a/b#1", "a square", gradient, loss, "proved"),)\n'
    )
    options = ["docs", "--gallery", str(folder)]
    assert main([*options, "--check"]) == 1
    assert main(options) == 0
    assert (
        "| a square | [a/b#1](https://github.com/a/b/issues/1) | `gradient` |"
        in (folder / "index.md").read_text()
    )
    assert main([*options, "--check"]) == 0
    assert "wrote" in capsys.readouterr().out


@pytest.mark.slow
def test_the_committed_page_is_that_of_the_entries() -> None:
    if missing(FOLDER):
        pytest.skip(f"needs {missing(FOLDER)}")
    assert main(["docs", "--gallery", str(FOLDER), "--check"]) == 0
