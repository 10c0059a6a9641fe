"""What the difference between two formulas says about the mistake that was made."""

from __future__ import annotations

from sympy import Expr, Piecewise

from derive.formulas import text_line
from derive.prove.claim import Claim, derive
from derive.prove.expression import expression_of, fraction_expression
from derive.prove.field import Field, Fraction, OutsideClass, Undefined, generators_of
from derive.prove.normal import FinerExponent, NormalForm
from derive.prove.region import NeedSign

SIGN = "the sign is wrong"
LONG = 2000  # products of terms: no quotient of two formulas is short that takes more
NO_FORM = (NeedSign, FinerExponent, OutsideClass, Undefined)


def hint(field: Field, kind: str, derived: Fraction, written: Fraction) -> str:
    """One sentence on how the written formula goes wrong, or nothing if it is not telling."""
    if written.is_zero:
        return "it is not zero here"
    if derived.is_zero:
        constant = ": the loss does not vary with this input there" if kind == "gradient" else ""
        return f"it is zero here{constant}"
    if len(derived.numerator) * len(written.denominator) > LONG:
        return ""
    if len(derived.denominator) * len(written.numerator) > LONG:
        return ""
    ratio = field.multiply(derived, field.power(written, -1))
    if ratio == field.constant(-1):
        return SIGN
    if _is_simple(ratio):
        return f"multiply by {text_line(fraction_expression(field, ratio))}"
    return _assumption(field, field.subtract(derived, written))


def confusion(form: NormalForm, claim: Claim, derived: Fraction) -> str:
    """What the written formula was taken for: another case, or the gradient in another input."""
    for cases in sorted(claim.written.atoms(Piecewise), key=str):
        if any(_is(form, value, derived) for value, _ in cases.args):
            return "another case applies here: the branches or their conditions are mixed up"
    if claim.kind == "gradient":
        written = form(claim.written)
        for other in claim.loss.inputs:
            if other != claim.wrt and _is(form, derive(claim.loss, "gradient", other), written):
                return f"it is the gradient with respect to {other}"
    return ""


def _is(form: NormalForm, expression: Expr, quantity: Fraction) -> bool:
    try:
        return form(expression) == quantity
    except NO_FORM:
        return False


def _is_simple(ratio: Fraction) -> bool:
    return len(ratio.numerator.to_dict()) == 1 and len(ratio.denominator.to_dict()) == 1


def _assumption(field: Field, difference: Fraction) -> str:
    """A factor that is linear in a sum, or in a root: were it zero, the formula would be right."""
    for factor, multiplicity in field.factors(difference)[1]:
        if multiplicity < 0:
            continue
        sums = [i for i in generators_of(factor) if field.generators[i].kind in ("sum", "root")]
        terms = len(factor.to_dict())
        if sums and terms == 2 and len(generators_of(factor)) <= 2:
            return f"it would be right if {text_line(expression_of(field, factor))} = 0"
    return ""
