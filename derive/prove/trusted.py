"""Which modules have to be right for *proved* to be right, and which are merely asked by them.

``python -m derive.prove.trusted`` counts their lines.
"""

from importlib.util import find_spec
from pathlib import Path

TRUSTED = (
    "derive.language",
    "derive.properties",
    "derive.same",
    "derive.well_formed",
    "derive.loss",
    "derive.formulas",
    "derive.calculus",
    "derive.prove.work",
    "derive.prove.field",
    "derive.prove.sign",
    "derive.prove.linear",
    "derive.prove.functions",
    "derive.prove.constants",
    "derive.prove.angles",
    "derive.prove.box",
    "derive.prove.products",
    "derive.prove.exponents",
    "derive.prove.facts",
    "derive.prove.region",
    "derive.prove.expression",
    "derive.prove.conditions",
    "derive.prove.identities",
    "derive.prove.book",
    "derive.prove.steps",
    "derive.prove.checked_sums",
    "derive.prove.checked_functions",
    "derive.prove.checker",
    "derive.prove.cases",
    "derive.prove.sides",
    "derive.prove.boundaries",
    "derive.prove.norm",
    "derive.prove.balls",
    "derive.prove.points",
    "derive.prove.setting",
    "derive.prove.claim",
    "derive.prove.verdict",
    "derive.prove.lines",
    "derive.prove.inequality",
    "derive.prove.curvature",
    "derive.prove.wording",
    "derive.prove.prover",
)
"""What a proof rests on, the floors below first: besides SymPy, FLINT and Python."""

SEARCHES = (
    "derive.prove.units",
    "derive.prove.normal",
    "derive.prove.special",
    "derive.prove.sums",
    "derive.prove.partial_fractions",
    "derive.prove.denesting",
)
"""What finds normal forms. ``checker`` checks each of them before anything is stated as proved."""

ADVISERS = (
    "derive.prove.elimination",
    "derive.prove.judge",
    "derive.prove.explain",
    "derive.prove.witness",
    "derive.prove.on_surface",
    "derive.prove.parabola",
)
"""What trusted modules ask: searches whose findings they check, second judges, refutations."""


def lines() -> dict[str, int]:
    """How many lines each trusted module has, docstrings included: what a referee reads."""
    found = {}
    for name in TRUSTED:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        found[name] = len(Path(spec.origin).read_text(encoding="utf-8").splitlines())
    return found


if __name__ == "__main__":
    for module, count in lines().items():
        print(f"{count:5d}  {module}")
    print(f"{sum(lines().values()):5d}  in {len(TRUSTED)} modules")
