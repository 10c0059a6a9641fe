"""What the book shows as measured is about the losses as they are now."""

from __future__ import annotations

import math

from catalogue import SPECS

from bench.kinks import differences
from bench.measured import read
from derive.accuracy.kinks import at_kinks
from derive.emit.measured import Measured

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
    (row,) = at_kinks([SPECS["hinge"]], others=False)
    assert row.legal == (-1, 0)
    assert row.is_legal(-0.5)
    assert not row.is_legal(0.5)
    assert not row.is_legal(math.nan)


# On the pages ----------------------------------------------------------------------------------

ROW = {"loss": "hinge", "quantity": "gradient", "at": {"pred": [1.0]}, "parameters": {}}


def test_a_page_says_which_derivative_is_not_legal() -> None:
    others = {"A": "-0.5", "B": "0.5", "C": "nan"}
    row = {**ROW, "legal": [-1.0, 0.0], "ours": 0.0, "others": others}
    table = Measured({"kinks": {"rows": [row]}}, {}).kinks("hinge")
    assert table is not None
    assert table.heads == ("derivative", "at", "legal", "lossproof", "A", "B", "C")
    assert table.rows[0][2:] == ("[−1, 0]", "0", "−0.5", "**0.5**, outside", "**NaN**, outside")


def test_a_page_says_if_the_code_has_changed_since_it_was_measured() -> None:
    row = {"loss": "hinge", "digest": "1", "case": "hinge", "dtype": "float32"}
    files = {"speed": {"rows": [{**row, "nanoseconds": 1.0, "ratios": {"A": 2.0}}]}}
    now, then = Measured(files, {"hinge": "1"}), Measured(files, {"hinge": "2"})
    (table, earlier) = (measured.speed("hinge") for measured in (now, then))
    assert table is not None
    assert earlier is not None
    assert table.rows == earlier.rows == (("hinge", "float32", "1 ns", "2 ×"),)
    assert len(table.notes) == 1
    assert "earlier form" in earlier.notes[-1]


def test_nothing_is_shown_of_what_was_not_measured() -> None:
    assert Measured({}, {}).kinks() is None
    assert Measured({}, {}).accuracy("hinge") is None
    assert Measured({}, {}).functions() is None


def test_an_error_without_a_right_digit_is_no_number_of_ulps() -> None:
    row = {"loss": "hinge", "quantity": "value", "dtype": "float32"}
    ulps = {"lossproof": 0.5, "A": 3e9, "B": None, "C": 1234.0}
    failures = {"lossproof": 0, "A": 2, "B": 0, "C": 0}
    file = {"rows": [{**row, "ulps": ulps, "failures": failures}]}
    table = Measured({"accuracy": file}, {}).accuracy("hinge")
    assert table is not None
    shown = ("0.5", "> 1,000,000; 2 failed", "> 1,000,000", "1,234")
    assert table.rows == (("value", "float32", *shown),)
