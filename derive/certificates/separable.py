"""Losses of a slice that are sums over its entries: what is certified is the loss of one entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sympy import Expr, Mul, sympify

from derive.certificates.elementwise import Elementwise
from derive.certificates.printer import ATOM, Printer, name_of, vectors
from derive.certificates.scripts import Derivative
from derive.certificates.theorem import Definition, Theorem, laid_out
from derive.formulas import unicode_line
from derive.language import Sum, has_aggregate
from derive.loss import Loss


def of_one_entry(loss: Loss) -> Elementwise | None:
    """The loss of one entry, if that of a slice is the sum of it over all entries."""
    formulas = [*loss.gradients.values(), *loss.hessians.values(), *loss.hvps.values()]
    coefficient, total = _factors(loss.value)
    if total is None or has_aggregate(total.body) or any(map(has_aggregate, formulas)):
        return None
    value = Mul(coefficient, total.body, evaluate=False)
    entry = replace(
        loss.bare, value=value, gradient=loss.gradient, hessian=loss.hessian, kinks=loss.kinks
    )
    return Elementwise(entry)


def slice_definition(loss: Loss) -> Definition:
    """The declared loss of a slice."""
    body = Printer("k").term(loss.value)
    text = f"The loss of a slice of n entries: {unicode_line(loss.value)}"
    return Definition(
        "slice_value", f"(n : nat) {vectors(loss.inputs, loss.parameters)}", body, text
    )


def slice_theorems(loss: Loss, claim: Derivative, theorems: list[Theorem]) -> Iterator[Theorem]:
    """What was shown of a sum over entries, of the declared loss of a slice."""
    x, n = name_of(claim.wrt), Printer("k")
    symbols = (*loss.inputs, *loss.parameters)
    arguments = " ".join(map(name_of, symbols))
    slope = " ".join(n.term(symbol, ATOM) for symbol in symbols)
    for theorem in theorems:
        if not theorem.name.startswith(f"{claim.name}_sum"):
            continue
        kink = "at_kink" in theorem.name
        relation = "is_partial_at_kink" if kink else "is_partial"
        same = "between_slopes_ext" if kink else "is_derive_ext"
        name = theorem.name.replace(f"{claim.name}_sum", f"{claim.name}_slice")
        yield Theorem(
            name,
            f"(n : nat) {vectors(loss.inputs, loss.parameters)} (k : nat)",
            theorem.hypotheses,
            (
                f"{relation} (fun {x} => slice_value n {arguments}) {x} k",
                f"({claim.name} {slope})",
            ),
            (
                f"intros. unfold {relation}.",
                *_as_sum(loss, claim, same).split("\n"),
                f"apply {theorem.name}; assumption.",
            ),
            "The same of a slice.",
        )


def _as_sum(loss: Loss, claim: Derivative, same: str) -> str:
    coefficient, total = _factors(loss.value)
    assert total is not None
    at_i = Printer("i")
    moved = Printer("i", {claim.wrt: f"(with_element {name_of(claim.wrt)} k h i)"})
    symbols = (*loss.inputs, *loss.parameters)
    value = f"value {' '.join(moved.term(s, ATOM) for s in symbols)}"
    entry = f"{at_i.term(coefficient, ATOM)} * {moved.term(total.body, ATOM)}"
    return "\n".join(
        [
            f"apply ({same} (fun h : R => Sum n (fun i => {value}))).",
            "{ intro h. in_reals. unfold slice_value.",
            laid_out(
                "  replace (Sum n (fun i =>",
                f"{value}))",
                f"with (Sum n (fun i => {entry}))",
                "by (apply Sum_ext; intros; unfold value; ring).",
            ),
            "  rewrite Sum_scaled. ring. }",
        ]
    )


def _factors(value: Expr) -> tuple[Expr, Sum | None]:
    """A number and a sum of which a value is the product."""
    sums = [factor for factor in Mul.make_args(value) if isinstance(factor, Sum)]
    if len(sums) != 1:
        return sympify(1), None
    rest = Mul(*(factor for factor in Mul.make_args(value) if factor is not sums[0]))
    return rest, sums[0] if rest.is_number else None
