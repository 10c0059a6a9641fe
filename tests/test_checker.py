"""The checker confirms every step of every proof, and no step that was tampered with."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import sympy
from catalogue import SPECS
from sympy import Abs, Integer, Rational, S, exp, log, sqrt

from derive.language import (
    Largest,
    Parameter,
    Sum,
    Tensor,
    cases,
    nonnegative,
    positive,
    pred,
    real,
    target,
)
from derive.loss import Loss
from derive.prove.balls import OnBoundary, evaluate
from derive.prove.book import Recorded, Rejected, same
from derive.prove.checker import certify
from derive.prove.claim import Claim
from derive.prove.expression import fraction_expression
from derive.prove.field import Field, Fraction, integer, key, variable
from derive.prove.linear import inequality, opposite
from derive.prove.prover import _Prover, check
from derive.prove.sign import Sign
from derive.prove.steps import (
    AtMostLargest,
    AtMostTotal,
    Divided,
    Factors,
    OverAxis,
    Pieces,
    Scaled,
    Square,
    Summed,
)
from derive.prove.verdict import Proved, Refuted

TRIES = 12

FORMS = {
    "shifted maximum": (
        Largest(pred) + log(Sum(exp(pred - Largest(pred)))),
        log(Sum(exp(pred))),
    ),
    "cases in a sum": (Sum(Abs(pred - target)), Sum(Abs(target - pred))),
    "partial fractions": (
        Sum(exp(pred) / (1 + exp(pred))),
        Sum(S.One) - Sum(1 / (1 + exp(pred))),
    ),
    "roots of numbers": (
        sqrt(3 + 2 * sqrt(2)) * pred,
        pred + sqrt(2) * pred,
    ),
    "powers": ((1 + pred**2) ** Rational(5, 2), (1 + pred**2) ** 3 / sqrt(1 + pred**2)),
    "angles": (sympy.sin(2 * pred), 2 * sympy.sin(pred) * sympy.cos(pred)),
    "angles of inverses": (sympy.cos(sympy.atan(pred)), 1 / sqrt(1 + pred**2)),
}


def prove(claim: Claim) -> _Prover:
    """A prover that has proved a claim."""
    prover = _Prover(claim)
    verdict = prover.verdict()
    assert isinstance(verdict, Proved), verdict
    assert verdict.certificate.steps > len(prover.field.recorded)
    return prover


def gradient(name: str) -> Claim:
    loss = SPECS[name].loss
    wrt, written = next(iter(loss.gradients.items()))
    return Claim(loss, "gradient", wrt, written)


def form(left: sympy.Expr, right: sympy.Expr) -> Claim:
    return Claim(Loss(value=left, gradient=S.Zero), "form", pred, left, reference=right)


def roots_of_roots() -> Claim:
    delta = Parameter("delta", default=1, domain=positive)
    loss = Loss(value=pred**2, gradient=2 * pred, inputs=[pred], parameters=[delta])
    at = (sympy.Eq(pred, sqrt(delta)),)
    fourth = delta ** Rational(-1, 4)
    return Claim(loss, "form", pred, 1 / sqrt(pred), assuming=at, reference=fourth)


CLAIMS: dict[str, Callable[[], Claim]] = {
    "roots of roots": roots_of_roots,
    **{name: lambda name=name: gradient(name) for name in sorted(SPECS)},  # type: ignore[misc]
    **{name: lambda pair=pair: form(*pair) for name, pair in FORMS.items()},  # type: ignore[misc]
}


# Tampering ---------------------------------------------------------------------------------------


def certified(field: Field) -> bool:
    try:
        certify(field)
    except Rejected:
        return False
    return True


def another(rng: random.Random, field: Field, value: Fraction) -> Fraction:
    """A fraction that differs by a coefficient, a generator, a sign or a factor."""
    count = len(field.generators)
    some = variable(rng.randrange(count)) if count else integer(2)
    above, below = value
    kind = rng.randrange(5)
    if kind == 0 and not value.is_zero:
        exponents = rng.choice(above.monoms())
        coefficients = {
            tuple(m): int(c) for m, c in zip(above.monoms(), above.coeffs(), strict=True)
        }
        coefficients[tuple(exponents)] += 1
        above = above.context().from_dict(coefficients)
    elif kind == 1:
        above = above + some
    elif kind == 2:
        above = -above if not value.is_zero else integer(1)
    elif kind == 3:
        below = below * integer(2)
        above = above + integer(0)
    else:
        above, below = above * some + integer(1), below
    return Fraction(above, below)


@pytest.mark.parametrize("name", CLAIMS)
def test_no_other_value_is_confirmed(name: str, rejected: list[str]) -> None:
    """Unless it is equal: by the equations of the region, as a point in it shows."""
    prover = prove(CLAIMS[name]())
    field, rng = prover.field, random.Random(name)
    caught = 0
    for _ in range(TRIES):
        recorded: Recorded = rng.choice([r for r in field.recorded if r.values])
        expression = rng.choice(sorted(recorded.values, key=str))
        old = recorded.values[expression]
        new = another(rng, field, old)
        if same(field, old, new):
            continue
        recorded.values[expression] = new
        if certified(field):
            assert is_harmless(prover, recorded, expression, new), (expression, new)
        else:
            caught += 1
        recorded.values[expression] = old
    assert caught >= TRIES // 3
    assert len(rejected) == caught
    assert certified(field)


def is_harmless(
    prover: _Prover, recorded: Recorded, expression: sympy.Expr, value: Fraction
) -> bool:
    point = prover.setting.sample(recorded.region, expression)
    if point is None:
        return False
    try:
        written = evaluate(fraction_expression(prover.field, value), point, strict=False)
        return bool(written.overlaps(evaluate(expression, point, strict=False)))
    except OnBoundary:
        return False


Edit = Callable[[random.Random, Field, Any], Any]


def in_pieces(rng: random.Random, field: Field, step: Pieces) -> Pieces:
    place = rng.randrange(len(step.parts))
    argument, value = step.parts[place]
    part = (another(rng, field, argument), value), (argument, another(rng, field, value))
    return Pieces((*step.parts[:place], rng.choice(part), *step.parts[place + 1 :]))


def in_factors(rng: random.Random, field: Field, step: Factors) -> Factors:
    place = rng.randrange(len(step.parts))
    factor, multiplicity, logarithm, inner = step.parts[place]
    part = rng.choice(
        [
            (-factor, multiplicity, logarithm, inner),
            (factor + 1, multiplicity, logarithm, inner),
            (factor, multiplicity + 1, logarithm, inner),
            (factor, multiplicity, another(rng, field, logarithm), inner),
        ]
    )
    return Factors((*step.parts[:place], part, *step.parts[place + 1 :]))


def in_sum(rng: random.Random, field: Field, step: Summed) -> Summed:
    place = rng.randrange(len(step.terms))
    scale, rest, value, exchanged = step.terms[place]
    kind = rng.randrange(4)
    term = (
        another(rng, field, scale) if kind == 0 else scale,
        another(rng, field, rest) if kind == 1 else rest,
        another(rng, field, value) if kind == 2 else value,
        exchanged,
    )
    terms = () if kind == 3 else (*step.terms[:place], term, *step.terms[place + 1 :])
    return Summed(step.axis, step.body, terms, step.total)


def in_maximum(rng: random.Random, field: Field, step: Scaled) -> Scaled:
    place = rng.choice([i for i, part in enumerate(step) if part is not None])
    parts = list(step)
    parts[place] = another(rng, field, parts[place])
    return Scaled(*parts)


def in_body(rng: random.Random, step: Divided) -> Divided:
    """The two sides exchanged, one of them or the surface left out, or another condition."""
    parts = vars(step).copy()
    kind = rng.randrange(4)
    if kind == 0:
        parts["above"], parts["below"] = parts["below"], parts["above"]
    elif kind == 1:
        parts["above"] = None
    elif kind == 2:
        parts["switch"] = -parts["switch"]
    else:
        parts["below"] = None
    return Divided(**parts)


def edited(rng: random.Random, field: Field, step: Any) -> Any:
    if isinstance(step, Pieces) and step.parts:
        return in_pieces(rng, field, step)
    if isinstance(step, Factors) and step.parts:
        return in_factors(rng, field, step)
    if isinstance(step, OverAxis):
        if isinstance(step.body, Divided) and rng.random() < 0.5:
            return step._replace(body=in_body(rng, step.body))
        if isinstance(step.taken_out, Summed) and step.taken_out.terms:
            return step._replace(taken_out=in_sum(rng, field, step.taken_out))
        if isinstance(step.taken_out, Scaled):
            return step._replace(taken_out=in_maximum(rng, field, step.taken_out))
    return None


@pytest.mark.parametrize("name", CLAIMS)
def test_no_other_step_is_confirmed(name: str, rejected: list[str]) -> None:
    prover = prove(CLAIMS[name]())
    field, rng = prover.field, random.Random(name)
    places = [
        (recorded, expression)
        for recorded in field.recorded
        for expression in sorted(recorded.steps, key=str)
        if expression in recorded.values
    ]
    for _ in range(TRIES if places else 0):
        recorded, expression = rng.choice(places)
        old = recorded.steps[expression]
        new = edited(rng, field, old)
        if new is None or new == old:
            continue
        recorded.steps[expression] = new
        assert not certified(field), (expression, old, new)
        del recorded.steps[expression]
        assert not certified(field), expression
        recorded.steps[expression] = old
    assert certified(field)


@pytest.mark.parametrize("name", CLAIMS)
def test_no_other_meaning_of_a_generator_or_sign_is_confirmed(
    name: str, rejected: list[str]
) -> None:
    field = prove(CLAIMS[name]()).field
    for index, generator in enumerate(field.generators):
        for change in (
            {"axes": generator.axes ^ {"entry"}},
            {"symbols": frozenset({target, pred} - generator.symbols)},
        ):
            field.generators[index] = type(generator)(**{**vars(generator), **change})
            assert not certified(field), generator
        if generator.kind == "root":
            degree, radicand = generator.data
            field.roots[index] = degree, radicand + 1
            assert not certified(field)
            field.roots[index] = generator.data
        field.generators[index] = generator
    for name_of, (polynomial, strict, reason) in list(field.reasons.items()):
        flipped = -polynomial
        field.reasons[name_of] = flipped, strict, reason
        field.nonnegative[name_of] = inequality(flipped, strict)
        assert not certified(field), reason
        field.reasons[name_of] = polynomial, True, reason
        field.nonnegative[name_of] = opposite(inequality(flipped, True), True)
        if isinstance(reason, Square | AtMostLargest | AtMostTotal):
            assert not certified(field), reason
        del field.reasons[name_of]
        assert not certified(field), reason
        field.reasons[name_of] = polynomial, strict, reason
        field.nonnegative[name_of] = inequality(polynomial, strict)
    field.nonnegative[key(variable(0))] = inequality(variable(0), strict=True)
    assert not certified(field)


def test_a_condition_that_is_dropped_is_missed(rejected: list[str]) -> None:
    """Unless it follows from the others, or holds throughout the region."""
    missed = 0
    for value in (log(pred), 1 / pred, sqrt(pred), sympy.asin(pred), Sum(1 / pred), pred**target):
        prover = prove(form(value, value + 0))
        for recorded in prover.field.recorded:
            for name, condition in list(recorded.conditions.items()):
                quantity, sign, region, _ = condition
                del recorded.conditions[name]
                if region.sign_of(quantity) & ~sign:
                    assert not certified(prover.field), (value, condition)
                    missed += 1
                weaker = condition._replace(sign=Sign.ANY)
                recorded.conditions[name] = weaker
                assert certified(prover.field) is (not region.sign_of(quantity) & ~sign)
                other = condition._replace(source=condition.source + 1)
                recorded.conditions[name] = other
                assert certified(prover.field) is (not region.sign_of(quantity) & ~sign)
                recorded.conditions[name] = condition
        assert certified(prover.field)
    assert missed > 5


# Laws --------------------------------------------------------------------------------------------


def test_a_sign_that_holds_on_one_region_is_not_used_on_another() -> None:
    """Where the sums of ``pred`` and ``target`` agree, one of them stands for the other."""
    variance = Tensor("variance")
    switch = Parameter("switch", default=1, domain=real)
    gap = Sum(pred) - Sum(target)
    total = Sum(pred + variance**2)
    first = cases(
        (Integer(5), Sum(pred) < -1), (total, gap > 0), (2 * total, gap < 0), (3 * total, True)
    )
    trap = cases((S.One, Sum(target + variance**2) >= 0), (S.Zero, True))
    value = cases((first, switch > 0), (trap, True))
    loss = Loss(
        value=value,
        gradient=S.Zero,
        inputs=(pred, target, variance),
        parameters=[switch],
        domains={pred: nonnegative},
    )
    always = cases((first, switch > 0), (S.One, True))
    assert isinstance(check(Claim(loss, "value", pred, always, reference=value)), Refuted)
    assert isinstance(check(Claim(loss, "value", pred, value, reference=value)), Proved)
