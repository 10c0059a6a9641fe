"""Equivalents, published properties and second derivatives at kinks: false ones that look true.

None of them may be proved, and no true one that looks false may be refuted.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sympy import Abs, Eq, Expr, Max, Piecewise, Rational, sign

from derive.language import Parameter, Sum, cases, direction, positive, pred, target
from derive.loss import Loss
from derive.prove.claim import Claim
from derive.prove.prover import check
from derive.prove.verdict import Proved, Refuted
from derive.registry import load
from derive.verification import verify_one

delta = Parameter("delta", default=1, domain=positive)
u = pred - target
INSIDE = Abs(u) < delta
EDGE = Eq(Abs(u), delta)

# Products with the Hessian, at kinks ----------------------------------------------------------

HUBER = Piecewise((u**2 / 2, Abs(u) <= delta), (delta * (Abs(u) - delta / 2), True))
SQUARED_HINGE = Max(0, 1 - Sum(pred * target)) ** 2 / 2
INNER = target * Sum(target * direction)
MARGIN = 1 - Sum(pred * target)


def at_edge(value: Expr) -> Expr:
    return cases((direction, INSIDE), (value, EDGE), (0, True))


def at_margin(value: Expr) -> Expr:
    return cases((INNER, MARGIN > 0), (value, Eq(MARGIN, 0)), (0, True))


FALSE_PRODUCTS: dict[str, tuple[Expr, Expr]] = {
    "more than both limits": (HUBER, at_edge(2 * direction)),
    "less than both limits": (HUBER, at_edge(-direction)),
    "a little more": (HUBER, at_edge(direction * (1 + Rational(1, 10**9)))),
    "between them for some directions": (HUBER, at_edge(direction**2)),
    "between them for half of the directions": (HUBER, at_edge(Abs(direction))),
    "constant in the direction": (HUBER, at_edge(Rational(1, 2))),
    "of the wrong place": (HUBER, at_edge(u * direction)),
    "a share that grows with delta": (HUBER, at_edge(delta * direction)),
    "the distance as a share": (HUBER, at_edge(direction * Abs(u) / 2)),
    "one of two edges": (
        HUBER,
        cases((direction, INSIDE), (3 * direction, Eq(u, delta)), (0, True)),
    ),
    "the branches changed": (HUBER, cases((0, INSIDE), (direction, True))),
    "a corner of the loss": (Abs(u), cases((direction, Eq(u, 0)), (0, True))),
    "a corner for one direction": (Abs(u), cases((Max(0, direction), Eq(u, 0)), (0, True))),
    "a cubic that is smooth": (
        Abs(u) ** 3,
        cases((direction, Eq(u, 0)), (6 * Abs(u) * direction, True)),
    ),
    "a square in two pieces": (u * Abs(u), 2 * direction),
    "sign for absolute value": (
        u * Abs(u) / 2,
        cases((2 * direction, Eq(u, 0)), (sign(u) * direction, True)),
    ),
    "too much on a margin": (SQUARED_HINGE, at_margin(2 * INNER)),
    "less than nothing on a margin": (SQUARED_HINGE, at_margin(-INNER)),
    "another vector on a margin": (SQUARED_HINGE, at_margin(direction)),
    "another sum on a margin": (SQUARED_HINGE, at_margin(Sum(target**2 * direction))),
    "a share for each element": (SQUARED_HINGE, at_margin(INNER * target**2 / (1 + target**2))),
    "the diagonal on a margin": (SQUARED_HINGE, at_margin(target**2 * direction)),
    "a margin that never moves": (Max(0, MARGIN), cases((INNER, Eq(MARGIN, 0)), (0, True))),
}
TRUE_PRODUCTS: dict[str, tuple[Expr, Expr]] = {
    "the limit from inside": (HUBER, at_edge(direction)),
    "the limit from outside": (HUBER, at_edge(0 * direction)),
    "half of the way": (HUBER, at_edge(direction / 2)),
    "a share between the limits": (HUBER, at_edge(direction * delta / (1 + delta))),
    "a share that depends on the place": (HUBER, at_edge(direction / (1 + u**2))),
    "different at two edges": (
        HUBER,
        cases((direction, INSIDE), (direction / 3, Eq(u, delta)), (0, True)),
    ),
    "a corner": (Abs(u), 0 * direction),
    "a cubic": (Abs(u) ** 3, 6 * Abs(u) * direction),
    "a square in two pieces": (u * Abs(u) / 2, sign(u) * direction),
    "half of it on a margin": (SQUARED_HINGE, at_margin(INNER / 2)),
    "nothing on a margin": (SQUARED_HINGE, at_margin(0 * INNER)),
}


def of_product(value: Expr, product: Expr) -> Claim:
    known = [delta] if delta in value.free_symbols | product.free_symbols else []
    loss = Loss(value=value, gradient=0, hvp=product, parameters=known)
    return Claim(loss, "hvp", pred, loss.hvps[pred])


@pytest.mark.parametrize("name", FALSE_PRODUCTS)
def test_a_false_product_is_not_proved(name: str) -> None:
    assert not isinstance(check(of_product(*FALSE_PRODUCTS[name])), Proved)


@pytest.mark.parametrize("name", TRUE_PRODUCTS)
def test_a_true_product_is_not_refuted(name: str) -> None:
    assert not isinstance(check(of_product(*TRUE_PRODUCTS[name])), Refuted)


# Equivalents and published properties ---------------------------------------------------------

HEAD = '''"""A loss, and what is said of it elsewhere."""

from sympy import Abs, Eq, FiniteSet, Ge, Gt, Le, Lt, Max, Min, Piecewise, Rational
from sympy import sqrt

from derive import (
    Loss, Mean, Parameter, Published, Same, Sum, bounded_above, bounded_below, convex,
    differentiable, even_in, lipschitz, never_negative, nonnegative, positive, pred, real,
    scale_invariant, shift_invariant, smooth, strictly_convex, strongly_convex, symmetric, target,
    unit, zero_iff_equal,
)

u = pred - target
beta = Parameter("beta", default=1, domain=positive)
number = Parameter("beta", default=1)
gamma = Parameter("gamma", default=1, domain=positive)
'''

# The value of ours, that of theirs, and what is said: the domains, the parameters, and ``same``.
FALSE_EQUIVALENTS = {
    "the opposite": ("u", "-u", "1", ""),
    "a factor off": ("u**2", "u**2 / 2", "1", ""),
    "nearly a factor": ("u**2", "u**2 / 2", "Rational(1, 2) + Rational(1, 10**9)", ""),
    "on one side": ("u", "Abs(u)", "1", ""),
    "a fact that does not help": ("u", "Abs(u)", "Same(1).where(Ge(pred, 0))", ""),
    "the wrong side": ("u", "Abs(u)", "Same(1).where(Le(pred, target))", ""),
    "facts about the edge": ("u", "Abs(u)", "Same(1).where(Ge(u, -1))", ""),
    "facts that contradict each other": (
        "u",
        "-u + 1",
        "Same(1).where(Gt(pred, 0), Lt(pred, 0))",
        "",
    ),
    "a fact about a fixed point": ("u", "u**3", "Same(1).where(Ge(u, 1))", ""),
    "off one point": ("u", "Piecewise((7, Eq(pred, 3)), (u, True))", "1", ""),
    "at an end of the domain": (
        "pred",
        "Piecewise((7, Eq(pred, 1)), (pred, True))",
        "1",
        "domains={pred: unit}",
    ),
    "the sum for the mean": ("Sum(u**2)", "Mean(u**2)", "1", ""),
    "a parameter of the other sign": ("number * u", "Abs(number) * u", "1", "parameters=[number]"),
    "a parameter that theirs cannot be": (
        "number * u",
        "Abs(beta) * u",
        "1",
        "parameters=[number]",
    ),
    "a root of a parameter": (
        "number * u",
        "Abs(beta) * u",
        "Same(1, beta=number)",
        "parameters=[number]",
    ),
    "a parameter of theirs that is negative": (
        "gamma * u**2",
        "sqrt(beta**2) * u**2",
        "Same(-1, beta=-gamma)",
        "parameters=[gamma]",
    ),
    "a factor of any sign": (
        "Abs(u)",
        "beta * Abs(u)",
        "Same(number, beta=Abs(number))",
        "parameters=[number]",
    ),
    "a factor that may be zero": ("u", "u", "number", "parameters=[number]"),
}
TRUE_EQUIVALENTS = {
    "a factor": ("u**2", "u**2 / 2", "Rational(1, 2)", ""),
    "the right side": ("u", "Abs(u)", "Same(1).where(Ge(pred, target))", ""),
    "minus on the other": ("u", "Abs(u)", "Same(-1).where(Le(pred, target))", ""),
    "a parameter inverted": (
        "u**2 / beta",
        "beta * u**2",
        "Same(1, beta=1 / beta)",
        "parameters=[beta]",
    ),
    "a maximum in other words": ("Max(pred, target)", "(pred + target + Abs(u)) / 2", "1", ""),
    "a domain that decides": ("pred", "Abs(pred)", "1", "domains={pred: nonnegative}"),
    "a set that decides": (
        "Max(0, 1 - target * pred)",
        "Abs(target) * Max(0, 1 - target * pred)",
        "1",
        "domains={target: FiniteSet(-1, 1)}",
    ),
}

FALSE_PROPERTIES = {
    "convex": ("-u**2", "convex"),
    "convex but for a dent": ("Max(u**2, 1) - Max(0, 1 - u**2) / 2", "convex"),
    "strictly convex with an edge": ("Abs(u)", "strictly_convex"),
    "a Lipschitz constant just too small": ("2 * u", "lipschitz(2 - Rational(1, 10**9))"),
    "smooth with a corner": ("Abs(u)", "smooth(10**9)"),
    "differentiable with a corner": ("Max(u, 0)", "differentiable"),
    "never negative but near zero": ("u**2 - Rational(1, 10**6)", "never_negative"),
    "symmetric": ("u**3", "symmetric"),
    "zero only where equal": ("Max(0, Abs(u) - 1)", "zero_iff_equal"),
    "shift invariant": ("pred * target", "shift_invariant"),
    "a bound just too low": ("1 / (1 + u**2)", "bounded_above(1 - Rational(1, 10**6))"),
}
TRUE_PROPERTIES = {
    "convex though it looks concave": ("-Min(-u**2, 0)", "convex"),
    "strongly convex": ("u**2 + Abs(u)", "strongly_convex(2)"),
    "Lipschitz at the limit": ("sqrt(1 + u**2)", "lipschitz(1)"),
    "smooth though in pieces": ("Piecewise((u**2, u > 0), (0, True))", "smooth(2)"),
    "differentiable though in pieces": ("u * Abs(u)", "differentiable"),
    "a bound that is attained": ("1 / (1 + u**2)", "bounded_above(1)"),
}


def status_of(tmp_path: Path, text: str, name: str, rule: str) -> str:
    path = tmp_path / "claimed.py"
    path.write_text(HEAD + text, encoding="utf-8")
    registry = load([path])
    if registry.problems:
        return "invalid"
    (finding,) = [f for f in verify_one(name, registry) if f.rule == rule]
    return finding.status


def equivalent(tmp_path: Path, ours: str, theirs: str, same: str, more: str) -> str:
    text = (
        f'theirs = Published(source="", function="theirs", value={theirs})\n'
        f'ours = Loss(value={ours}, gradient=1, same_as={{"theirs": {same}}}, {more})\n'
    )
    path = tmp_path / "claimed.py"
    path.write_text(HEAD + text, encoding="utf-8")
    registry = load([path])
    assert registry.problems == [], registry.problems
    (finding,) = [f for f in verify_one("ours", registry) if "same_as" in f.claim]
    return finding.status


@pytest.mark.parametrize("name", FALSE_EQUIVALENTS)
def test_a_false_equivalent_is_not_proved(tmp_path: Path, name: str) -> None:
    assert equivalent(tmp_path, *FALSE_EQUIVALENTS[name]) != "proved"


@pytest.mark.parametrize("name", TRUE_EQUIVALENTS)
def test_a_true_equivalent_is_proved(tmp_path: Path, name: str) -> None:
    assert equivalent(tmp_path, *TRUE_EQUIVALENTS[name]) == "proved"


@pytest.mark.parametrize("name", FALSE_PROPERTIES)
def test_a_false_published_property_is_not_proved(tmp_path: Path, name: str) -> None:
    value, claim = FALSE_PROPERTIES[name]
    text = f'printed = Published(source="", value={value}, claim={claim})\n'
    assert status_of(tmp_path, text, "printed", "published-property") in ("refuted", "unknown")


@pytest.mark.parametrize("name", TRUE_PROPERTIES)
def test_a_true_published_property_is_not_refuted(tmp_path: Path, name: str) -> None:
    value, claim = TRUE_PROPERTIES[name]
    text = f'printed = Published(source="", value={value}, claim={claim})\n'
    assert status_of(tmp_path, text, "printed", "published-property") in ("proved", "unknown")
