"""The gallery of published objectives: each gets the verdicts that it is listed with."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import derive

FILE = Path(derive.__file__).parents[1] / "docs" / "gallery" / "objectives.py"


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("objectives", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["objectives"] = module
    spec.loader.exec_module(module)
    return module


ENTRIES = _loaded().ENTRIES


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: f"{e.code.__name__}-{e.source.split()[0]}")
def test_each_objective_gets_its_verdicts(entry: Any) -> None:
    findings = derive.audit(entry.code, loss=entry.loss, **entry.settings)
    told = [(f.message, f.hint, f.residual) for f in findings]
    assert tuple(f.status for f in findings) == entry.verdicts, told
    for finding in findings:
        assert (finding.status == "refuted") == bool(finding.snippet)


def test_there_are_many_and_of_both_kinds() -> None:
    assert len({entry.source.split(",")[0] for entry in ENTRIES}) >= 15
    refuted = [entry for entry in ENTRIES if "refuted" in entry.verdicts]
    assert len(refuted) >= 8
    assert len(ENTRIES) - len(refuted) >= 6
