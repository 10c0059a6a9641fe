"""What certificates say of formulas that are wrong: at a point of the domain, and of the value."""

from __future__ import annotations

import shutil

import pytest
from sympy import Expr, FiniteSet, Max, Rational, S

from derive import Loss, Published, pred, target
from derive.certificates.certificate import Certificate, Section
from derive.certificates.coqc import check
from derive.certificates.elementwise import Elementwise
from derive.certificates.printer import Printer
from derive.certificates.refutation import Point, Refutation
from derive.certificates.theorem import Definition, Uncertified
from derive.registry import resolve

hinge = Loss(value=Max(0, 1 - target * pred), gradient=0, domains={target: FiniteSet(-1, 1)})
AT = Point({"pred": (S.One,), "target": (S.NegativeOne,)}, {}, 0)


def refutation(value: Expr | None = None, **stated: Expr) -> Refutation:
    published = Published(
        "a book", of="hinge", expected="refuted", because="-", value=value, **stated
    )  # type: ignore[arg-type]
    return Refutation("published", hinge, resolve(published, hinge), "value", AT, False)


def certificate(refuted: Refutation) -> str:
    made = Elementwise(hinge)
    value = Definition("value", made.binders("value"), Printer().term(hinge.value), "The loss")
    theorems = (Section("published", (refuted.theorem,)),)
    definitions = (value, refuted.definition)
    return Certificate("t", "t", "t", "t", "elementwise", definitions, theorems, ()).text


def test_a_domain_of_several_numbers_is_no_way_around_the_claim() -> None:
    (claim,) = refutation(Max(0, 1 - pred)).theorem.conclusion
    assert claim.startswith("(target = - 1 \\/ target = 1) /\\ published")


def test_a_second_derivative_is_not_compared_with_the_first() -> None:
    with pytest.raises(Uncertified, match="hessian"):
        _ = refutation(hessian=Rational(1, 2)).theorem


@pytest.mark.slow
@pytest.mark.coq
@pytest.mark.skipif(shutil.which("coqc") is None, reason="coqc is not installed")
def test_coq_sees_that_a_value_is_wrong_where_a_target_is_one_of_two() -> None:
    files = {
        "wrong": certificate(refutation(Max(0, 1 - pred))),
        "right": certificate(refutation(hinge.value)),
    }
    wrong, right = check(files)
    assert wrong.accepted
    assert right.error
