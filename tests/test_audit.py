"""Audits of NumPy code: what is traced is what it computes, and what is doubtful is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sympy import FiniteSet

import derive
from derive.auditing.agreement import disagreement
from derive.auditing.arguments import layouts
from derive.auditing.constants import exact
from derive.auditing.refusal import Untraceable
from derive.auditing.trace import Trace, trace
from derive.language import real
from derive.loss import Loss
from derive.prove.points import Domain, domain_of
from derive.report.finding import Finding

Code = Callable[..., Any]


def read(code: Code, **shapes: str) -> tuple[Trace, Domain]:
    """The trace of code, and the domain on which it is to be compared."""
    first: Untraceable | None = None
    for layout in layouts(code, shapes, {}, {}):
        try:
            found = trace(code, layout.arguments)
        except Untraceable as error:
            first = first or error
            continue
        value = layout.inputs[0] * 0
        loss = Loss(
            value,
            value,
            inputs=layout.inputs,
            parameters=layout.parameters,
            domains={x: layout.domains.get(x, real) for x in layout.inputs},
            assuming=layout.facts,
        )
        return found, domain_of(loss, *(o.expression for o in found.outputs))
    assert first is not None
    raise first


def only(findings: list[Finding]) -> Finding:
    """The one finding there is."""
    (finding,) = findings
    return finding


# What is traced is what is computed --------------------------------------------------------------


def max_shift(z: Any) -> Any:
    z = z - z.max(axis=1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def in_place(x: Any, y: Any) -> Any:
    g = np.zeros_like(x)
    big = np.abs(x - y) > 1
    g[big] = np.sign(x[big] - y[big])
    g[~big] += (x - y)[~big]
    g *= 2
    return g


def labels(z: Any, y: Any) -> Any:
    p = max_shift(z)
    p[np.arange(len(z)), y] -= 1
    return p / len(z)


def one_hot(z: Any, y: Any) -> Any:
    return max_shift(z) - np.eye(z.shape[1])[y]


def picked(z: Any, y: Any) -> Any:
    chosen = z[np.arange(z.shape[0]), y]
    return float(np.mean(np.maximum(0, 1 + chosen) ** 2))


def selected(x: Any) -> Any:
    return np.select([x < -1, x > 1], [-x, x**2], default=0.5)


def masked_sum(x: Any, y: Any) -> Any:
    return x[y > 0].sum() + np.where(y <= 0, x, 0.0).mean()


def divided(x: Any, y: Any) -> Any:
    return np.divide(x, y, out=np.zeros_like(x), where=y != 0)


def branching(x: Any, scale: float = 1.0) -> Any:
    total = np.sum(x)
    if total > scale:
        return x / total
    return x * scale


def matrix_norm(x: Any) -> Any:
    length = np.linalg.norm(x, axis=1, keepdims=True)
    return x / np.maximum(length, 0.5)


def statistics(x: Any) -> Any:
    return (x - np.mean(x)) ** 2 / (1 + x.var())


def shapes_of(x: Any, y: Any) -> Any:
    if x.shape != y.shape:
        raise ValueError("shapes differ")
    return x.reshape(-1, 1)[:, 0] * y / x.size


def inner_import(x: Any) -> Any:
    import numpy

    return numpy.log(2) * numpy.tanh(x) + math.log(3) * isinstance(x, numpy.ndarray)


def by_dtype(x: Any) -> Any:
    if x.dtype == np.float64 and x.dtype == float and np.finfo(x.dtype).eps < 1e-10:
        return 2 * x
    return 3 * x


CODES = (
    by_dtype,
    *(max_shift, in_place, labels, one_hot, picked, selected, masked_sum, divided, branching),
    *(matrix_norm, statistics, shapes_of, inner_import),
)


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.__name__)
def test_a_traced_formula_gives_the_numbers_of_the_code(code: Code) -> None:
    assert disagreement(*read(code)) == ""


def test_the_comparison_with_the_code_can_fail() -> None:
    found, domain = read(selected)
    wrong = Trace(**{**vars(found), "function": lambda x: selected(x) + 1e-3})
    assert "its formula gives" in disagreement(wrong, domain)


@pytest.mark.parametrize(
    ("number", "meant"),
    [(0.1, "1/10"), (1 / 3, "1/3"), (0.5, "1/2"), (1e-7, "1/10000000"), (math.pi, "pi")],
)
def test_floats_are_read_as_they_are_meant(number: float, meant: str) -> None:
    assert str(exact(number)) == meant
    assert float(exact(number)) == number


# Verdicts ----------------------------------------------------------------------------------------


def huber_loss(pred: Any, true: Any, delta: float = 1.0) -> Any:
    r = np.abs(pred - true)
    return np.where(r <= delta, 0.5 * r**2, delta * (r - 0.5 * delta))


def huber(pred: Any, true: Any, delta: float = 1.0) -> Any:
    r = pred - true
    return np.clip(r, -delta, delta), np.where(np.abs(r) <= delta, 1.0, 0.0)


def wrong_huber(pred: Any, true: Any, delta: float = 1.0) -> Any:
    r = pred - true
    return np.where(np.abs(r) <= delta, r, np.sign(r))


def cross_entropy(z: Any, y: Any) -> Any:
    z = z - z.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y])


def over_all_elements(z: Any, y: Any) -> Any:
    return labels(z, y) * len(z) / z.size


def test_gradients_of_code_are_proved() -> None:
    assert [f.status for f in derive.audit(huber, loss=huber_loss)] == ["proved", "proved"]
    assert [f.status for f in derive.audit(huber, loss="huber")] == ["proved", "proved"]
    finding = only(derive.audit(labels, loss=cross_entropy))
    assert finding.status == "proved"
    assert "class labels" in finding.message


@pytest.mark.parametrize(
    ("code", "loss"), [(wrong_huber, huber_loss), (over_all_elements, cross_entropy)]
)
def test_the_code_itself_shows_the_wrong_number(code: Code, loss: Code) -> None:
    finding = only(derive.audit(code, loss=loss))
    assert finding.status == "refuted"
    scope = {"array": np.array, code.__name__: code}
    call, said = finding.snippet.splitlines()[-1].split("  # ")
    assert repr(float(eval(call, scope))) == said.split(",")[0]
    assert finding.counterexample is not None


def test_a_missing_mean_is_refuted_for_rows() -> None:
    def per_row(z: Any, y: Any) -> Any:
        return labels(z, y) * len(z)

    assert only(derive.audit(per_row, loss=cross_entropy)).status == "refuted"


def test_a_result_known_by_the_name_of_a_loss_says_its_reduction() -> None:
    def gradient(pred: Any, target: Any) -> Any:
        return (1 / (1 + np.exp(-pred)) - target) / len(pred)

    finding = only(derive.audit(gradient, loss="bce_with_logits"))
    assert finding.status == "proved"
    assert "mean over all elements" in finding.message


def test_what_sympy_forgets_is_a_condition() -> None:
    def loss(x: Any) -> Any:
        return x**2 / 2 * (x / x)

    finding = only(derive.audit(lambda x: x + 0 * np.log(x), loss=loss))
    assert finding.status == "proved"
    assert {"x ≠ 0", "x > 0"} <= set(finding.assuming)


# What is refused ---------------------------------------------------------------------------------


def _loop(x: Any) -> Any:
    return sum(v for v in x)


def _hidden(x: Any) -> Any:
    try:
        return float(x)
    except:  # noqa: E722
        return x


def _shared(x: Any) -> Any:
    y = x[:, None]
    x += 1
    return y[:, 0]


def _empty(x: Any) -> Any:
    out = np.empty_like(x)
    out[x > 0] = 1.0
    return out


def _integers(x: Any) -> Any:
    out = np.zeros(x.shape, dtype=int)
    out += x
    return out


def _item(x: Any) -> Any:
    x[0] = 1.0
    return x


def _length(x: Any) -> Any:
    return x if len(x) > 3 else -x


REFUSED: dict[str, tuple[Code, str]] = {
    "branch on an array": (lambda x: x if x > 0 else -x, "branches on an array"),
    "branch on a length": (_length, "branches on a length"),
    "float of an array": (lambda x: float(x), "becomes a Python number"),
    "list": (lambda x: np.array(x.tolist()), "becomes a Python number"),
    "loop": (_loop, "loops over an array"),
    "range": (lambda x: [x for _ in range(len(x))], "counts along an axis"),
    "hidden by a bare except": (_hidden, "becomes a Python number"),
    "views": (_shared, "memory is written to that two arrays share"),
    "empty": (_empty, "whatever was in memory"),
    "integers": (_integers, "written to an array of kind int"),
    "fixed place": (_item, "depends on its length"),
    "slice": (lambda x: x[1:] - x[:-1], "depends on the length"),
    "outer difference": (lambda x: x[:, None] - x, "every pair of elements"),
    "fixed array": (lambda x: x + np.arange(3), "fixed shape"),
    "sorting": (lambda x: np.sort(x), "not known"),
    "random": (lambda x: x + np.random.rand(), "random"),
    "nan_to_num": (lambda x: np.nan_to_num(np.log(x)), "replaces what is undefined"),
    "isnan of a logarithm": (lambda x: np.where(np.isnan(np.log(x)), 0, x), "is defined"),
    "truncation": (lambda x: x.astype(int), "cuts them off"),
    "arithmetic of masks": (lambda x: (x > 0) - (x < 0), "booleans"),
    "infinity": (lambda x: np.where(x > 0, np.inf, x), "no real number"),
    "undefined elements": (lambda x: np.log(x, where=x > 0), "leaves the other elements"),
    "division by zero": (lambda x: np.where(x > 0, x, x / 0.0), "divides by zero"),
    "type": (lambda x: x if type(x) is np.ndarray else -x, "type of an array"),
    "unknown method": (lambda x: x.argsort(), "not known"),
    "cumulative": (lambda x: x.cumsum(), "not known"),
    "accumulate": (lambda x: np.add.accumulate(x), "np.add.accumulate"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_doubtful_code_is_refused(name: str) -> None:
    code, message = REFUSED[name]
    with pytest.raises(Untraceable, match=message) as caught:
        read(code, x="n")
    assert caught.value.file.endswith("test_audit.py")
    assert caught.value.line > 0


def test_rows_and_columns_are_not_mixed_up() -> None:
    with pytest.raises(Untraceable, match="do not fit for every length"):
        read(lambda x, w: x * w, x="m,n", w="m")


def test_one_number_a_row_has_a_domain_without_gaps() -> None:
    finding = only(
        derive.audit(
            lambda x, w: x * w[:, None],
            loss=lambda x, w: (x**2 * w[:, None]).sum() / 2,
            shapes={"x": "m,n", "w": "m"},
            domains={"w": FiniteSet(0, 1)},
        )
    )
    assert finding.status == "invalid"
    assert "has gaps" in finding.message


def test_weights_of_rows_are_proved() -> None:
    finding = only(
        derive.audit(
            lambda x, w: x * w[:, None],
            loss=lambda x, w: (x**2 * w[:, None]).sum() / 2,
            shapes={"x": "m,n", "w": "m"},
        )
    )
    assert finding.status == "proved"


def test_what_is_refused_is_a_finding() -> None:
    finding = only(derive.audit(_loop, loss=huber_loss))
    assert finding.status == "invalid"
    assert "whole arrays" in finding.hint
    assert finding.location is not None


# A value beside its gradient ----------------------------------------------------------------------


def logistic(z: Any, y: Any) -> Any:
    return np.logaddexp(0, z) - y * z


def both_means(z: Any, y: Any) -> Any:
    return np.mean(logistic(z, y)), (1 / (1 + np.exp(-z)) - y) / z.size


def sum_and_mean(z: Any, y: Any) -> Any:
    return np.sum(logistic(z, y)), (1 / (1 + np.exp(-z)) - y) / z.size


def other_value(z: Any, y: Any) -> Any:
    return np.sum(logistic(z, -y)), 1 / (1 + np.exp(-z)) - y


def rows_and_gradient(z: Any, y: Any) -> Any:
    z = z - z.max(axis=1, keepdims=True)
    each = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y]
    return each, labels(z, y) * len(z)


@pytest.mark.parametrize("shape", ["n", "m,n"])
@pytest.mark.parametrize(
    ("code", "verdicts"),
    [
        (both_means, ["proved", "proved"]),
        (sum_and_mean, ["refuted", "proved"]),
        (other_value, ["refuted", "proved"]),
    ],
)
def test_one_number_beside_a_gradient_is_checked(
    code: Code, verdicts: list[str], shape: str
) -> None:
    shapes = {"z": shape, "y": shape}
    findings = derive.audit(code, loss="bce_with_logits", shapes=shapes)
    assert [f.rule for f in findings] == ["value", "gradient"]
    told = [f.status for f in findings]
    # A sum beside the gradient of a mean: which of them is wrong depends on the loss meant.
    assert told == verdicts or (code is sum_and_mean and told == ["refuted", "refuted"])


def test_the_code_itself_shows_the_wrong_value() -> None:
    finding = derive.audit(other_value, loss="bce_with_logits")[0]
    call, said = finding.snippet.splitlines()[-1].split("  # ")
    number = eval(call, {"array": np.array, "other_value": other_value})
    assert repr(float(number)) == said.split(",")[0]
    assert finding.counterexample is not None


def test_a_value_for_each_row_is_checked() -> None:
    findings = derive.audit(
        rows_and_gradient, loss="cross_entropy_logits", returns=("value", "gradient")
    )
    assert [f.status for f in findings] == ["proved", "proved"]


def test_a_wrong_value_for_each_row_is_refuted() -> None:
    def halved(z: Any, y: Any) -> Any:
        each, gradient = rows_and_gradient(z, y)
        return each / 2, gradient

    findings = derive.audit(halved, loss="cross_entropy_logits", returns=("value", "gradient"))
    assert [f.status for f in findings] == ["refuted", "proved"]
