"""What the pages of the book say, and their pictures."""

from __future__ import annotations

import doctest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from catalogue import REGISTRY, SPECS
from sympy import Rational, Symbol

from derive import __version__
from derive.emit.choosing import render_choosing
from derive.emit.plots import plot
from derive.emit.steps import steps
from derive.formulas import latex
from derive.language import Parameter, pred
from derive.report.finding import Finding

SPECS_FOLDER = Path(__file__).parent.parent / "specs"
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


def test_steps_name_what_elements_share_and_follow_only_what_moves() -> None:
    loss = SPECS["cosine_similarity"].loss
    formulas = [formula for step in steps(loss, pred) for formula in step.formulas]
    assert r"{s_2} = \sum_{j=1}^{n} y_{j}^{2}" in formulas
    slopes = [formula for formula in formulas if r"\frac{\partial L}" in formula]
    assert [r"{\partial {s_2}}" in slope for slope in slopes] == [False, False]
    assert r"\frac{\partial {s_3}}{\partial \hat{y}_{k}} = y_{k}" in formulas


def test_a_sum_of_what_all_its_terms_share_is_summed_in_a_step() -> None:
    found = [f for s in steps(SPECS["cross_entropy_logits"].loss, pred) for f in s.formulas]
    (between,) = (f for f in found if r"\frac{\partial {s_2}}{\partial {s_1}}" in f)
    assert r"\sum_{j=1}^{n}" in between


def test_losses_are_chosen_by_what_is_proved_of_them() -> None:
    findings = [
        Finding("huber", "huber.convex", "property", "proved"),
        Finding("huber", "huber.lipschitz(delta)", "property", "proved"),
    ]
    pages = render_choosing(REGISTRY, findings)
    lines = pages["losses/tables/tasks.md"].splitlines()
    (huber,) = (line for line in lines if line.startswith("| [`huber`]"))
    assert huber.endswith("| yes | `delta` | — |")
    (mse,) = (line for line in lines if line.startswith("| [`mse`]"))
    assert mse.endswith("| — | — | — |")
    assert [line for line in lines if line.startswith("## ")] == [
        f"## {folder.name.capitalize()}"
        for folder in sorted(SPECS_FOLDER.iterdir())
        if folder.is_dir() and folder.name not in ("published", "__pycache__")
    ]
    for name, spec in REGISTRY.specs.items():
        for parameter in spec.loss.parameters:
            row = f"| `{parameter.name}` | [`{name}`](../{name}.md) |"
            assert row in pages["losses/tables/symbols.md"]


def test_what_is_cited_is_this_version() -> None:
    cited = (SPECS_FOLDER.parent / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {__version__}\n" in cited
