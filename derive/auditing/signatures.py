"""Objectives as gradient boosting libraries, scikit-learn, SciPy and PyTorch call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from derive.auditing.ask import audit
from derive.auditing.callers import Caller, as_function, reads, roles_of
from derive.auditing.claims import untraceable
from derive.auditing.refusal import Untraceable
from derive.report.finding import Finding


@dataclass(frozen=True)
class Signature:
    """How a library calls an objective: what its arguments are and what it wants back.

    ``arguments`` are roles, as in ``roles_of``. ``methods`` are those of an object that are called,
    each with what it returns; without any the objective itself is, and returns ``returns``.
    ``no_weights`` is what stands for weights where there are none.
    """

    call: str
    arguments: tuple[str, ...]
    returns: tuple[str, ...] = ("gradient", "hessian")
    methods: Mapping[str, tuple[str, ...]] | None = None
    maximised: bool = False
    no_weights: Any = None


_SCIKIT_LEARN = {
    "gradient": ("gradient",),
    "loss_gradient": ("value", "gradient"),
    "gradient_hessian": ("gradient", "hessian"),
}

SIGNATURES: Mapping[str, Signature] = {
    "xgboost": Signature(
        "xgboost.train calls obj(preds, dtrain)", ("pred", "data"), no_weights=np.array([])
    ),
    "XGBModel": Signature(
        "XGBModel calls objective(y_true, y_pred) or (y_true, y_pred, sample_weight)",
        ("target", "pred", "weight?"),
    ),
    "lightgbm": Signature("lightgbm.train calls objective(preds, dataset)", ("pred", "data")),
    "LGBMModel": Signature(
        "LGBMModel calls objective(y_true, y_pred), with weight, or with weight and group",
        ("target", "pred", "weight?", "groups?"),
    ),
    "catboost": Signature(
        "CatBoost calls objective.calc_ders_range(approxes, targets, weights)",
        ("pred", "target", "weight"),
        methods={"calc_ders_range": ("gradient", "hessian")},
        maximised=True,
    ),
    "scipy": Signature("minimize(jac=True) calls fun(x)", ("pred",), ("value", "gradient")),
    "sklearn": Signature(
        "scikit-learn calls loss.gradient, .loss_gradient or .gradient_hessian"
        "(y_true, raw_prediction, sample_weight)",
        ("target", "pred", "weight?"),
        methods=_SCIKIT_LEARN,
    ),
}
"""By library, or by its scikit-learn interface."""

NAMES = (*SIGNATURES, "torch")
"""What an objective may be called by: those, or PyTorch as an ``autograd.Function``."""


def audit_objective(
    objective: Any, signature: str, *, loss: Any = None, **settings: Any
) -> list[Finding]:
    """Findings on an objective that is called as ``signature`` says; else as ``audit`` has it.

    Where it takes weights, it is audited without and with them. ``torch`` needs no loss: a
    backward pass is compared with its forward pass.
    """
    if signature == "torch":
        from derive.auditing.autograd import audit_autograd

        return audit_autograd(objective, loss=loss, **settings)
    known = SIGNATURES[signature]
    try:
        found = _functions(objective, known)
        each = [_audited(function, known, returns, loss, settings) for function, returns in found]
    except Untraceable as error:
        return [untraceable(objective, error)]
    return [finding for findings in each for finding in findings]


def _functions(
    objective: Any, known: Signature
) -> list[tuple[Callable[..., Any], tuple[str, ...]]]:
    """What is called of an objective, and what each call returns."""
    if known.methods is None:
        if not callable(objective):
            raise Untraceable(f"{known.call}: {type(objective).__name__} is no function")
        return [(objective, known.returns)]
    found = [
        (getattr(objective, name), returns)
        for name, returns in known.methods.items()
        if callable(getattr(objective, name, None))
    ]
    if not found:
        names = " or ".join(known.methods)
        kind = objective.__name__ if isinstance(objective, type) else type(objective).__name__
        raise Untraceable(f"{known.call}: {kind} has no method {names}")
    if isinstance(objective, type):
        raise Untraceable(f"{known.call}: {objective.__name__} is a class, and no object of it")
    return found


def _audited(
    function: Callable[..., Any], known: Signature, returns: tuple[str, ...], loss: Any,
    settings: dict[str, Any],
) -> list[Finding]:  # fmt: skip
    roles = roles_of(function, known.arguments, known.call)
    plain = Caller(function, roles, weighted=False, no_weights=known.no_weights)
    findings = _asked(plain, known, returns, loss, settings)
    takes = [name for name, role in roles.items() if role == "weight"]
    if plain.asked or any(reads(function, name) for name in takes):
        weighted = Caller(function, roles, weighted=True)
        more = _asked(weighted, known, returns, loss, settings)
        return [_noted(f, "without weights") for f in findings] + [
            replace(_noted(f, "with weights"), claim=f"{f.claim}.weighted") for f in more
        ]
    if takes or "data" in roles.values():
        return [_noted(f, "weights are not read") for f in findings]
    return findings


def _noted(finding: Finding, note: str) -> Finding:
    return replace(finding, message=f"{finding.message}; {note}")


def _asked(
    caller: Caller, known: Signature, returns: tuple[str, ...], loss: Any, settings: dict[str, Any]
) -> list[Finding]:
    meaning = caller.meaning
    names = {role: name for name, role in meaning.items()}
    given = {n: r for n, r in meaning.items() if r != "weight" and not callable(loss)}
    own = dict(settings)
    own["at"] = {**given, **(settings.get("at") or {})}
    own["returns"] = settings.get("returns") or returns
    own["maximised"] = settings.get("maximised") or known.maximised
    own["wrt"] = settings.get("wrt") or names["pred"]
    return audit(as_function(caller), loss=loss, weight=names.get("weight", ""), **own)
