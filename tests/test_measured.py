"""What the book shows as measured is about the losses as they are now."""

from __future__ import annotations

import math

from bench.kinks import differences
from bench.measured import read
from derive.accuracy.kinks import at_kinks
from derive.registry import load

KINKS = read("kinks")


def test_every_kink_is_measured_and_no_other() -> None:
    assert differences(KINKS) == []


def test_a_kink_that_is_not_measured_is_missed() -> None:
    (first, *others) = KINKS["rows"]
    assert differences({**KINKS, "rows": others}) == [
        f"not measured: {first['loss']} {first['quantity']} at {first['at']}"
    ]


def test_what_we_choose_at_kinks_is_legal_by_difference_quotients() -> None:
    assert all(row["ours_is_legal"] for row in KINKS["rows"])


def test_a_number_beside_the_interval_is_not_legal() -> None:
    specs = load([]).specs
    (row,) = at_kinks([specs["hinge"]], others=False)
    assert row.legal == (-1, 0)
    assert row.is_legal(-0.5)
    assert not row.is_legal(0.5)
    assert not row.is_legal(math.nan)
