"""Audits in a test suite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from derive.auditing.ask import audit
from derive.report.wording import explanation


def assert_gradient(function: Callable[..., Any], loss: Any, **settings: Any) -> None:
    """Fail unless everything that a function returns is proved to belong to a loss.

    Arguments are those of ``derive.audit``: with ``numerical=True, strict=True`` it also fails
    for overflow, lost digits and the like. Raises ``AssertionError`` with the counterexample.
    """
    failures = [f for f in audit(function, loss=loss, **settings) if not f.as_expected]
    assert not failures, "\n\n".join(map(explanation, failures))
