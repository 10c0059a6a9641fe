"""The reference says something of everything that is public, and links lead somewhere."""

from __future__ import annotations

import importlib.util
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import derive
import lossproof

BOOK = Path(__file__).parent.parent / "docs"
DOCUMENTED = re.compile(r"^\.\. auto\w+:: (\S+)$", re.MULTILINE)


def documented(page: str) -> list[str]:
    """The last parts of the names that a page of the reference has an entry for."""
    names = DOCUMENTED.findall((BOOK / "reference" / page).read_text(encoding="utf-8"))
    return [name.rpartition(".")[2] for name in names]


def test_every_name_of_lossproof_has_an_entry() -> None:
    others = set(lossproof.__all__) - set(lossproof.losses())
    assert sorted(documented("lossproof.md")) == sorted(others)


def test_every_word_of_a_spec_has_an_entry() -> None:
    words = {
        word
        for module, names in derive.VOCABULARY.items()
        if module != "derive.properties"
        for word in names
    }
    assert words <= set(documented("derive.md"))
    assert "audit" in documented("derive.md")


@pytest.mark.parametrize("word", derive.VOCABULARY["derive.properties"])
def test_every_property_is_defined(word: str) -> None:
    found = getattr(derive, word)
    kind = found if isinstance(found, type) or inspect.isfunction(found) else type(found)
    assert inspect.getdoc(kind)
    assert kind.__doc__ != derive.properties.Property.__doc__


# What Sphinx makes of it -------------------------------------------------------------------------


def built(folder: Path, text: str, address: str) -> tuple[str, str]:
    """A page in the book of a small repository, and the warnings, with the book's own settings."""
    if not all(map(importlib.util.find_spec, ("sphinx", "furo", "myst_parser"))):
        pytest.skip("needs make docs")
    docs = folder / "docs"
    docs.mkdir()
    (folder / "code.py").write_text("", encoding="utf-8")
    (folder / "results").mkdir()
    (docs / "index.md").write_text(f"# Page\n\n{text}\n", encoding="utf-8")
    settings = ["-c", BOOK, "-D", f"repository_url={address}"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", *settings, docs, folder / "out"],
        capture_output=True,
        text=True,
        check=True,
    )
    return (folder / "out" / "index.html").read_text(encoding="utf-8"), done.stderr


def test_a_link_to_a_file_of_the_repository_leads_to_the_code_host(tmp_path: Path) -> None:
    text = "[a file](../code.py) [a folder](../results)"
    page, warnings = built(tmp_path, text, "https://host/owner/name/blob/main/")
    assert 'href="https://host/owner/name/blob/main/code.py"' in page
    assert 'href="https://host/owner/name/blob/main/results"' in page
    assert not warnings


def test_without_a_code_host_its_text_stays(tmp_path: Path) -> None:
    page, warnings = built(tmp_path, "[a file](../code.py) [a folder](../results)", "")
    article = page[page.index("<article") : page.index("</article>")]
    assert "a file" in article
    assert "code.py" not in article
    assert "download" not in article
    assert not warnings


def test_a_link_that_leads_nowhere_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text("", encoding="utf-8")
    folder = tmp_path / "repository"
    folder.mkdir()
    targets = ("../nowhere.py", "absent.md", "../../outside.py", "#absent")
    text = " ".join(f"[x]({target})" for target in targets)
    _, warnings = built(folder, text, "https://host/owner/name/blob/main")
    assert warnings.count("xref_missing") == len(targets)
    for target in targets:
        assert target.lstrip("#") in warnings
