"""What the pages of the book say, and their pictures."""

from __future__ import annotations

import doctest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from sympy import Rational, Symbol

from derive.emit.plots import plot
from derive.formulas import latex
from derive.language import Parameter, pred
from derive.registry import load

SPECS = load([]).specs
delta = Parameter("delta", default=1)


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (1 / delta, r"\frac{1}{\delta}"),
        (1 / pred, r"\frac{1}{\hat{y}}"),
        (delta ** Rational(-1, 2), r"\frac{1}{\sqrt{\delta}}"),
        (Symbol("x") / delta, r"\frac{x}{\delta}"),
    ],
)
def test_a_reciprocal_is_a_fraction(formula: Symbol, text: str) -> None:
    assert latex(formula, False) == text


@pytest.mark.parametrize("name", ["huber", "hinge", "cosine_similarity"])
def test_a_picture_has_every_curve_and_is_drawn_the_same_each_time(name: str) -> None:
    picture, caption = plot(SPECS[name])
    assert plot(SPECS[name]) == (picture, caption)
    drawn = ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}polyline")
    lines: dict[str, list[str]] = {}
    for line in drawn:
        lines.setdefault(line.attrib["class"], []).append(line.attrib["points"])
    assert set(lines) == {"value", "gradient", "hessian"}
    # Each is explained once, and drawn at least once.
    assert all(len(points) >= 2 for points in lines.values())


def test_a_curve_breaks_where_it_jumps() -> None:
    picture, _ = plot(SPECS["mae"])
    assert picture.count('class="value"') == 2
    assert picture.count('class="gradient"') > 2


def test_the_front_page_shows_what_really_happens() -> None:
    page = Path(__file__).parent.parent / "docs" / "index.md"
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert tried > 3
    assert failed == 0
