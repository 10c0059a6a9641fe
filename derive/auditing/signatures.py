"""Objectives as gradient boosting libraries and SciPy call them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.auditing import branches
from derive.auditing.ask import audit
from derive.auditing.refusal import Refusal
from derive.report.finding import Finding


@dataclass(frozen=True)
class Signature:
    """How a library calls an objective: what its arguments are and what it wants back.

    ``arguments`` are roles: ``pred``, ``target``, ``data`` with the labels in it, and ``none``.
    """

    arguments: tuple[str, ...]
    returns: tuple[str, ...] = ("gradient", "hessian")
    maximised: bool = False
    method: str = ""


SIGNATURES: Mapping[str, Signature] = {
    "xgboost": Signature(("pred", "data")),  # xgboost.train(obj=)
    "XGBModel": Signature(("target", "pred")),
    "lightgbm": Signature(("pred", "data")),  # lightgbm.train({"objective": ...})
    "LGBMModel": Signature(("target", "pred")),
    "catboost": Signature(("pred", "target", "none"), maximised=True, method="calc_ders_range"),
    "scipy": Signature(("pred",), ("value", "gradient")),  # minimize(jac=True)
}
"""By library, or by its scikit-learn interface."""


class Data:
    """What stands for ``DMatrix`` and ``Dataset``: its labels, and no weights."""

    def __init__(self, labels: Any) -> None:
        self._labels = labels

    def get_label(self) -> Any:
        """The labels."""
        return self._labels

    def get_weight(self) -> Any:
        """No weights: each library gives what says so in its own way."""
        branches.note("without weights")
        return np.array([])

    def __getattr__(self, name: str) -> Any:
        raise Refusal(f"{name} of the data set is not known here", "a function of arrays")


def audit_objective(objective: Any, signature: str, *, loss: Any, **settings: Any) -> list[Finding]:
    """Findings on an objective that is called as ``signature`` says; else as ``audit`` has it."""
    known = SIGNATURES[signature]
    function = getattr(objective, known.method) if known.method else objective
    adapted, names = _adapted(function, known)
    given = {name: role for name, role in names.items() if isinstance(loss, str)}
    settings["at"] = {**given, **(settings.get("at") or {})}
    settings["returns"] = settings.get("returns") or known.returns
    settings["maximised"] = settings.get("maximised") or known.maximised
    settings["wrt"] = settings.get("wrt") or next(n for n, role in names.items() if role == "pred")
    return audit(adapted, loss=loss, **settings)


def _adapted(
    function: Callable[..., Any], known: Signature
) -> tuple[Callable[..., Any], dict[str, str]]:
    """The objective as a function of arrays alone, and the role of each argument."""
    parameters = list(inspect.signature(function).parameters.values())
    roles = dict(zip([p.name for p in parameters], known.arguments, strict=False))
    if not {"data", "none"} & {*roles.values()}:
        return function, roles
    kept = [p for p in parameters if roles.get(p.name) != "none"]
    names = {p.name: ("labels_of_" if roles.get(p.name) == "data" else "") + p.name for p in kept}

    def objective(*arrays: Any) -> Any:
        return function(*_as_called(arrays, list(roles.values())))

    objective.__dict__.update(
        __signature__=inspect.Signature([p.replace(name=names[p.name]) for p in kept]),
        __wrapped__=function,
        holders=tuple(names[n] for n, role in roles.items() if role == "data"),
    )
    objective.__module__ = function.__module__
    objective.__qualname__ = getattr(function, "__qualname__", "objective")
    meant = {"data": "target"}
    return objective, {names[n]: meant.get(r, r) for n, r in roles.items() if r != "none"}


def _as_called(arrays: Sequence[Any], roles: Sequence[str]) -> list[Any]:
    """The arguments of the library, from arrays alone."""
    left = list(arrays)
    made: list[Any] = []
    for role in roles:
        array = None if role == "none" else left.pop(0)
        made.append(Data(array) if role == "data" else array)
    return [*made, *left]
