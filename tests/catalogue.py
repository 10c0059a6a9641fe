"""The specifications of this project, loaded once for all tests of a process."""

from pathlib import Path

from derive.registry import load

REGISTRY = load([Path(__file__).resolve().parent.parent / "specs"])
SPECS = REGISTRY.specs
