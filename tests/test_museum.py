"""Every published formula gets the verdict that it deserves, with a witness that holds up."""

from __future__ import annotations

import pytest

from derive.prove.verdict import Refuted
from tests.museum import Entry, conjunction, entries

ENTRIES = {entry.id: entry for entry in entries()}
CLAIMS = [(entry.id, role) for entry in ENTRIES.values() for role in entry.roles]
FURTHER = [
    pytest.param(claims, expected, id=f"{entry.id}: {name}")
    for entry in ENTRIES.values()
    for name, claims, expected in entry.further()
]


@pytest.mark.parametrize(("id_", "role"), CLAIMS)
def test_a_published_formula_gets_the_verdict_that_it_deserves(id_: str, role: str) -> None:
    entry = ENTRIES[id_]
    verdict = entry.verdict(role)
    assert isinstance(verdict, entry.expected(role)), verdict
    if isinstance(verdict, Refuted):
        lies_in_the_domain(entry, verdict)


@pytest.mark.parametrize(("claims", "expected"), FURTHER)
def test_what_else_an_entry_states_is_so(claims: list, expected: type) -> None:
    assert isinstance(conjunction(claims), expected)


def lies_in_the_domain(entry: Entry, verdict: Refuted) -> None:
    """Every number of a witness is one that the entry allows."""
    numbers = {name: row[0] for name, row in verdict.witness.inputs.items()}
    numbers |= verdict.witness.parameters
    point = {symbol: numbers[symbol.name] for symbol in entry.symbols.values()}
    for name, symbol in entry.symbols.items():
        assert entry.sets[name].contains(point[symbol]) == True  # noqa: E712 - SymPy's own truth
    assert all(fact.xreplace(point) == True for fact in entry.facts)  # noqa: E712
