"""Every published formula gets the verdict that it deserves, with a witness that holds up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sympy import Rational

from derive.prove.verdict import Refuted
from tests.constructed import CONSTRUCTED
from tests.museum import Entry, conjunction, entries, main

PUBLISHED = entries()
ENTRIES = {entry.id: entry for entry in (*PUBLISHED, *CONSTRUCTED)}
MANY_REGIONS = {"box-iou", "box-giou"}
FURTHER = [
    pytest.param(claims, expected, id=f"{entry.id}: {name}")
    for entry in PUBLISHED
    for name, claims, expected in entry.further()
]


def formulas() -> Iterator[object]:
    """The id of each entry with each of its roles."""
    for id_, entry in ENTRIES.items():
        marks = [pytest.mark.slow] if id_ in MANY_REGIONS else []
        for role in entry.roles:
            yield pytest.param(id_, role, id=f"{id_}: {role}", marks=marks)


@pytest.mark.parametrize(("id_", "role"), [*formulas()])
def test_a_formula_gets_the_verdict_that_it_deserves(id_: str, role: str) -> None:
    entry = ENTRIES[id_]
    verdict = entry.verdict(role)
    assert isinstance(verdict, entry.expected(role)), verdict
    if isinstance(verdict, Refuted):
        lies_in_the_domain(entry, verdict)


@pytest.mark.parametrize(("stated", "expected"), FURTHER)
def test_what_else_an_entry_states_is_so(stated: list, expected: type) -> None:
    assert isinstance(conjunction(stated), expected)


def lies_in_the_domain(entry: Entry, verdict: Refuted) -> None:
    """Every number of a witness is one that the entry allows."""
    numbers = {name: row[0] for name, row in verdict.witness.inputs.items()}
    numbers |= verdict.witness.parameters
    point = {symbol: numbers[symbol.name] for symbol in entry.symbols.values()}
    for name, symbol in entry.symbols.items():
        assert entry.sets[name].contains(point[symbol]) == True  # noqa: E712 - SymPy's own truth
    assert all(fact.xreplace(point) == True for fact in entry.facts)  # noqa: E712


def test_every_entry_names_its_source() -> None:
    assert all(entry.data["source"]["ref"] for entry in PUBLISHED)


def test_a_wrong_expectation_shows_in_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (entry,) = (entry for entry in PUBLISHED if entry.id == "cunn-distkldiv-factor2")
    file = tmp_path / "museum.json"
    for data, status in ((entry.data, 0), ({**entry.data, "wrong": entry.data["right"]}, 1)):
        file.write_text(json.dumps([data]), encoding="utf-8")
        assert main([str(file)]) == status
        assert entry.id in capsys.readouterr().out


def test_what_cannot_be_expressed_is_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (entry,) = (entry for entry in PUBLISHED if entry.id == "cunn-distkldiv-factor2")
    file = tmp_path / "museum.json"
    file.write_text(json.dumps([{**entry.data, "what": "colour"}]), encoding="utf-8")
    assert main([str(file)]) == 1
    assert "not expressible: a claim about a colour" in capsys.readouterr().out


def test_decimals_are_the_fractions_that_they_are_written_as() -> None:
    (fact,) = ENTRIES["torch7-pairwisedistance-p2"].facts
    assert fact.rhs == Rational(1, 10)
