"""No claim runs away: work is counted, and what would take too much of it is unknown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sympy
from catalogue import REGISTRY
from sympy import Abs, Expr, Max, exp, log, sqrt

from derive.language import Parameter, Sum, Tensor, pred, target
from derive.loss import Loss
from derive.prove.claim import Claim, derive
from derive.prove.field import Field, OutsideClass
from derive.prove.prover import check
from derive.prove.verdict import Refuted, Unknown
from derive.prove.work import LONGEST, MOST
from derive.verification import verify_one

NUMBERS = [Parameter(f"q{i}", default=1) for i in range(40)]
TENSORS = [Tensor(f"a{i}") for i in range(12)]


def product(factors: list[Expr]) -> Expr:
    return sympy.Mul(*factors)


LONG = "a polynomial of more than"
RUNAWAY: dict[str, tuple[Callable[[], Expr], str]] = {
    "nested powers": (
        lambda: ((((pred**2 + target) ** 6 + NUMBERS[0]) ** 6 + NUMBERS[1]) ** 6 + 1) ** 6,
        "products of terms",
    ),
    "a high power of many terms": (
        lambda: (pred + target + sum(NUMBERS[:4])) ** 200,
        "products of terms",
    ),
    "a power that is just too high": (
        lambda: (pred + target + sum(NUMBERS[:4])) ** 60,
        "products of terms",
    ),
    "a product of many sums": (lambda: product([pred + q + 1 for q in NUMBERS]), LONG),
    "a sum of such products": (
        lambda: Sum(product([pred + q for q in NUMBERS[:20]])) ** 2,
        LONG,
    ),
    "products of sums over an axis": (
        lambda: Sum(product([pred**2 + a for a in TENSORS]) ** 8),
        "too much work",
    ),
    "a logarithm of a product": (
        lambda: log(product([1 + exp(pred - q) for q in NUMBERS[:20]])),
        LONG,
    ),
    "many roots": (lambda: sum(sqrt(1 + (pred - q) ** 2) for q in NUMBERS[:20]), LONG),
    "many denominators": (
        lambda: sum(1 / (1 + (pred - q) ** 2) for q in NUMBERS[:14]),
        LONG,
    ),
    "many switches": (lambda: sum(Abs(pred - q) for q in NUMBERS), "nested case distinctions"),
}
SLOW: dict[str, tuple[Callable[[], Expr], str]] = {
    "switches that are not nested deeply": (
        lambda: sum(Abs(pred - q) for q in NUMBERS[:16]),
        "case distinctions",
    ),
    "a maximum of many": (lambda: Max(*(pred * q for q in NUMBERS[:12])), "case distinctions"),
}


def loss_of(value: Expr) -> Loss:
    inputs = [x for x in (pred, target, *TENSORS) if x in value.free_symbols]
    return Loss(
        value=value,
        gradient=0,
        inputs=inputs,
        parameters=[q for q in NUMBERS if q in value.free_symbols],
    )


@pytest.mark.parametrize(
    ("value", "grown"),
    [
        *(pytest.param(*case, id=name) for name, case in RUNAWAY.items()),
        *(pytest.param(*case, id=name, marks=pytest.mark.slow) for name, case in SLOW.items()),
    ],
)
def test_what_grows_too_large_is_not_proved_and_says_what_grew(
    value: Callable[[], Expr], grown: str
) -> None:
    loss = loss_of(value())
    right = derive(loss, "gradient", pred)
    verdict = check(Claim(loss, "gradient", pred, right))
    assert isinstance(verdict, Unknown)
    assert grown in verdict.reason


@pytest.mark.parametrize("name", ["many switches", "many roots", "a logarithm of a product"])
def test_what_grows_too_large_is_refuted_where_numbers_tell(name: str) -> None:
    loss = loss_of(RUNAWAY[name][0]())
    wrong = -derive(loss, "gradient", pred)
    verdict = check(Claim(loss, "gradient", pred, wrong))
    assert isinstance(verdict, Refuted)
    assert verdict.where == "at this point"


@pytest.mark.slow
@pytest.mark.parametrize("name", [*REGISTRY.specs, *REGISTRY.published])
def test_what_is_declared_takes_a_fifth_of_it_at_most(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields: list[Field] = []
    begin = Field.__init__
    monkeypatch.setattr(Field, "__init__", lambda self: (begin(self), fields.append(self))[0])
    verify_one(name, REGISTRY)
    spent = {kind: max((field.work.spent[kind] for field in fields), default=0) for kind in MOST}
    print(name, spent)
    assert all(5 * amount <= MOST[kind] for kind, amount in spent.items())


def test_work_is_counted_and_refused() -> None:
    field = Field()
    for kind, most in MOST.items():
        field.work.spend(kind, most)
        with pytest.raises(OutsideClass, match=f"more than {most} {kind}"):
            field.work.spend(kind, 1)
    assert max(MOST.values()) >= LONGEST
