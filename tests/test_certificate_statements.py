"""What pages show of a certificate: all that it defines, and what it states of the loss."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from catalogue import SPECS

from derive.certificates.statements import statements

PROOFS = Path(__file__).resolve().parent.parent / "generated" / "proofs"


@pytest.mark.parametrize("name", SPECS)
def test_statements_are_those_of_the_certificate(name: str) -> None:
    text = (PROOFS / f"{name}.v").read_text("utf-8")
    shown = statements(text)
    assert all(sentence in text for sentence in shown.split("\n\n"))
    assert re.findall(r"^Definition \w+", shown, re.M) == re.findall(r"^Definition \w+", text, re.M)
    left = {*re.findall(r"^Theorem (\w+)", text, re.M)}
    left -= {*re.findall(r"^Theorem (\w+)", shown, re.M)}
    assert all(re.search(r"_(reduced|mean|sum)(_at_kink)?$", theorem) for theorem in left)
    assert "_is_derivative :" in shown
    assert "Proof." not in shown and "Qed." not in shown


def test_of_nothing_nothing_is_shown() -> None:
    assert statements("") == ""
