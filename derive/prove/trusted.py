"""Which modules have to be right for *proved* to be right, and which are merely asked by them."""

TRUSTED = (
    "derive.language",
    "derive.properties",
    "derive.same",
    "derive.loss",
    "derive.formulas",
    "derive.calculus",
    "derive.prove.field",
    "derive.prove.sign",
    "derive.prove.linear",
    "derive.prove.functions",
    "derive.prove.constants",
    "derive.prove.box",
    "derive.prove.products",
    "derive.prove.region",
    "derive.prove.expression",
    "derive.prove.conditions",
    "derive.prove.normal",
    "derive.prove.special",
    "derive.prove.sums",
    "derive.prove.partial_fractions",
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
    "derive.prove.prover",
)
"""What a proof rests on, the floors below first: besides SymPy, FLINT and Python."""

ADVISERS = (
    "derive.prove.elimination",
    "derive.prove.denesting",
    "derive.prove.judge",
    "derive.prove.explain",
    "derive.prove.witness",
    "derive.prove.on_surface",
    "derive.prove.parabola",
)
"""What trusted modules ask: searches whose findings they check, second judges, refutations."""
