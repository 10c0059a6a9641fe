"""Conventions by name, with what a report says of them. Light enough for ``--help`` to import."""

from __future__ import annotations

from collections.abc import Mapping

ANY = "any"
"""The name under which every convention is permitted."""

CONVENTIONS: Mapping[str, str] = {
    "opposite-sign": "derivatives of the opposite sign (maximised for minimised, or the reverse)",
    "twice": "derivatives of twice the loss",
    "half": "derivatives of half the loss",
    "mean": "the loss divided by the number of elements",
    "mean-of-rows": "the loss divided by the number of rows",
    "mean-of-classes": "the loss divided by the number of classes",
    "sum": "the loss times the number of elements",
    "sum-of-rows": "the loss times the number of rows",
    "sum-of-classes": "the loss times the number of classes",
    "labels-01": "labels that are 0 or 1",
    "labels-signs": "labels that are -1 or 1",
    "labels-01-for-signs": "labels 0 and 1 where the loss has -1 and 1",
    "labels-signs-for-01": "labels -1 and 1 where the loss has 0 and 1",
    "probability": "a probability where the loss takes its logit",
    "margin": "a logit where the loss takes its probability",
    "floored-hessian": "the Hessian is floored",
    "twice-hessian": "the Hessian is twice the exact one (XGBoost, softmax)",
    "classes-hessian": "the Hessian is K/(K-1) times the exact one (LightGBM, softmax)",
    "gauss-newton-hessian": "the Hessian is that of Gauss and Newton",
    "expected-hessian": "the Hessian is the expected one (Fisher's information)",
    "majorising-hessian": "the Hessian is the curvature of a parabola that lies above the loss",
    "upper-hessian": "the Hessian is nowhere smaller than the exact one, where there is one",
}
"""Those of a loss hold for all that a function returns, those of a Hessian for it alone."""
