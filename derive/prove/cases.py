"""Regions are found, not listed: a sign that is needed and not known splits the region in two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from derive.prove.field import OutsideClass, Polynomial
from derive.prove.region import Empty, NeedSign, Region
from derive.prove.sign import Sign

T = TypeVar("T")
DEPTH = 24


@dataclass
class Exploration(Generic[T]):
    """The regions with their results, and the surfaces between them that were left out."""

    regions: list[tuple[Region, T]] = field(default_factory=list)
    surfaces: list[tuple[Polynomial, Region]] = field(default_factory=list)


def explore(
    job: Callable[[Region], T],
    start: Region,
    includes_surface: Callable[[Polynomial], bool],
    depth: int = 0,
) -> Exploration[T]:
    """Run ``job`` on regions that decide every sign it needs.

    Where ``includes_surface`` says so, the surface on which the sign changes is a region too;
    elsewhere it is reported, together with the region that it divides.
    Raises ``OutsideClass`` when the regions become too many.
    """
    found: Exploration[T] = Exploration()
    if start.is_empty:
        return found
    start.field.work.spend("case distinctions", 1)
    if depth > DEPTH:
        raise OutsideClass(f"more than {DEPTH} nested case distinctions")
    try:
        found.regions.append((start, job(start)))
        return found
    except Empty:
        return found
    except NeedSign as need:
        switch = need.polynomial
    parts = [start.given(switch, Sign.POSITIVE), start.given(switch, Sign.NEGATIVE)]
    if includes_surface(switch):
        parts.append(start.on_surface(switch))
    elif not start.given(switch, Sign.ZERO).is_empty:
        found.surfaces.append((switch, start))
    for part in parts:
        inner = explore(job, part, includes_surface, depth + 1)
        found.regions += inner.regions
        found.surfaces += inner.surfaces
    return found
