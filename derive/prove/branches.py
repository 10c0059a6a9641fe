"""The derived formulas, region by region, as a book would print them."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Add, Expr, Symbol
from sympy.core.relational import Relational, StrictGreaterThan, StrictLessThan

from derive.language import as_cases
from derive.loss import Loss
from derive.prove.cases import explore
from derive.prove.claim import Kind, derive
from derive.prove.expression import expression_of, fraction_expression
from derive.prove.facts import Fact
from derive.prove.field import Field, Polynomial
from derive.prove.points import domain_of
from derive.prove.region import Region
from derive.prove.setting import Setting
from derive.prove.sides import without_cases
from derive.prove.sign import Sign

LONG = 200  # terms


@dataclass(frozen=True)
class Branch:
    """What was derived on one open region, and what is written by hand there."""

    where: tuple[Relational, ...]
    derived: Expr
    written: Expr | None = None


def derivation(loss: Loss, kind: Kind, wrt: Symbol, written: Expr | None = None) -> list[Branch]:
    """The derived formula region by region, each in the shorter of two forms.

    A ``written`` formula is restated on each region by the case that applies there.

    Raises ``OutsideClass`` or ``Undefined`` where the prover does not reach.
    """
    derived = as_cases(derive(loss, kind, wrt))
    setting = Setting(domain_of(loss, derived))

    def branch(region: Region) -> tuple[Expr, Expr | None]:
        form = setting.form(region)
        fraction = form(derived)
        resolved = without_cases(derived, form)
        by_hand = None if written is None else without_cases(as_cases(written), form)
        if sum(len(part.to_dict()) for part in fraction) > LONG:
            return resolved, by_hand  # writing the other out would take seconds, only to discard it
        normal = fraction_expression(setting.field, fraction)
        return min(normal, resolved, key=lambda e: (e.count_ops(), str(e))), by_hand

    def is_fixed(switch: Polynomial) -> bool:
        return wrt not in setting.field.symbols(switch)

    found = setting.restarting(lambda: explore(branch, setting.start(), is_fixed).regions)
    return [
        Branch(tuple(relation(setting.field, fact) for fact in region.local), *formulas)
        for region, formulas in found
        if all(fact.sign is not Sign.ZERO for fact in region.local)
    ]


def relation(field: Field, fact: Fact) -> Relational:
    """A strict fact as an inequality between what is added and what is subtracted."""
    terms = Add.make_args(expression_of(field, fact.polynomial))
    left = Add(*[t for t in terms if not t.could_extract_minus_sign()])
    right = Add(*[-t for t in terms if t.could_extract_minus_sign()])
    greater = fact.sign is Sign.POSITIVE
    return StrictGreaterThan(left, right) if greater else StrictLessThan(left, right)
