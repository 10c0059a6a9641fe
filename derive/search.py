"""Looks for the form of each formula that floating point evaluates best.

Rules make candidates of a declared formula, and two candidates joined at a threshold make more.
They are ranked by the errors of the code that would be emitted for them, then by what that costs:
errors that are well within what is promised are as good as none.
Only a form that the prover shows equal to the declared formula is chosen.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np
from sympy import Abs, Expr, Piecewise, Pow, Rational, cosh, lambdify, log, preorder_traversal

from derive.accuracy.bounds import bounds
from derive.accuracy.measure import Reference, place, references
from derive.accuracy.numbers import Array
from derive.accuracy.points import opposite_ends, samples
from derive.accuracy.promises import promise
from derive.accuracy.quantities import Quantity
from derive.accuracy.special import special_failures
from derive.accuracy.ulp import errors
from derive.emit.modules import names_of_parts
from derive.emit.numpy_code import NotPrintable, statements
from derive.emit.templates import helpers
from derive.language import Element, Rounded, direction, unrounded
from derive.loss import Loss, by_input
from derive.prove.claim import Claim
from derive.prove.prover import check
from derive.prove.verdict import Proved
from derive.record import read, written
from derive.registry import Spec
from derive.stable.closure import Candidate, closure
from derive.stable.forms import Kind

JOINED = 24  # how many of the best candidates are tried in pairs
PAIRS = 40  # how many pairs are measured
TRIED = 12  # how many of the best are offered to the prover
AVOIDABLE = 64.0  # ulps: where every candidate is worse, the exact value vanishes between numbers
LOST = 2.0**53
HALF = Rational(1, 2)
MARGIN = 0.85  # of a promise: other points and processors have larger errors
COSTS = {"exp": 13, "log": 11, "log1p": 24, "expm1": 26, "tanh": 35, "sinh": 45, "cosh": 19}
COSTS |= {"RoundingError": 7, "RatioOfDifference": 6, "logcosh": 68}
SELECTION, ROOT, POWER = 4, 4, 35  # of what has no instruction of its own, a power is the slowest
SHORT = tuple(map(Rational, ("1", "1/2", "2", "1/4", "4", "3/4", "3/2", "8", "16")))


@dataclass
class Ranked:
    """A candidate with its errors: infinite where it is not finite.

    ``missed`` counts limits at infinity, NaNs that got lost, and results out of a proved range;
    ``beside`` are formulas that are evaluated together with it.
    """

    candidate: Candidate
    errors: Array
    missed: int = 0
    beside: tuple[Expr, ...] = ()
    failures: int = field(init=False)
    worst: float = field(init=False)
    lost: float = field(init=False)
    typical: float = field(init=False)  # bits lost, a few where it is more: for half of a joint

    def __post_init__(self) -> None:
        bounded = np.minimum(self.errors, LOST)
        self.failures = self.missed + int(np.isinf(self.errors).sum())
        self.worst = float(bounded.max(initial=0.0))
        self.lost = float(np.log2(1 + bounded).mean())
        self.typical = float(np.log2(1 + np.minimum(bounded, 7.0)).mean())

    @property
    def cost(self) -> float:
        """What evaluating it and those beside it takes, in additions of arrays."""
        return cost([self.candidate.formula, *self.beside])


@dataclass(frozen=True)
class Choice:
    """The form that was chosen for a formula, how that one fares, and those that came next."""

    chosen: Ranked
    declared: Ranked
    at: dict[str, Any]
    candidates: int
    others: tuple[Ranked, ...]


def searched(spec: Spec) -> Iterator[tuple[Kind, Element, Expr, tuple[Expr, ...]]]:
    """The formulas of an elementwise loss: kind, input, as declared, and as stated or recorded."""
    loss, both = spec.loss, (spec.stated, spec.loss.forms)
    first, values = loss.inputs[0], [forms.value for forms in both]
    yield "value", first, loss.value, tuple(form for form in values if form is not None)
    derivatives: tuple[tuple[Kind, Any, Any], ...] = (
        ("gradient", loss.gradients, [by_input(forms.gradient, loss.inputs) for forms in both]),
        ("hessian", loss.hessians, [by_input(forms.hessian, loss.inputs) for forms in both]),
    )
    for kind, formulas, stated in derivatives:
        for wrt, declared in formulas.items():
            if declared.free_symbols:
                yield kind, wrt, declared, tuple(s[wrt] for s in stated if wrt in s)


def key(loss: Loss, kind: Kind, wrt: Element) -> str:
    """The name of a formula in a record."""
    several = kind != "value" and len(loss.gradients) > 1
    return f"{kind} in {wrt.name}" if several else kind


def search(
    spec: Spec,
    kind: Kind,
    wrt: Element,
    declared: Expr,
    stated: Iterable[Expr] = (),
    beside: tuple[Expr, ...] = (),
    *,
    count: int = 2000,
    tick: Callable[[], None] = lambda: None,
) -> Choice | None:
    """The best form of a formula that is proved equal to it; nothing if none is.

    ``stated`` are other forms to begin with. What it has in common with those ``beside`` it costs
    nothing. ``tick`` is called now and then.
    """
    loss = spec.loss
    found = {c.formula: c for c in closure(declared)}
    for form in stated:
        for c in closure(form):
            found.setdefault(c.formula, Candidate(c.formula, ("stated", *c.steps)))
    # the nearest candidates show where formulas may switch
    formulas = [unrounded(formula) for formula in list(found)[:12]]
    places = samples(loss, np.float64, formulas=formulas, count=count)
    places += opposite_ends(loss, np.float64)
    expected = references(declared, places, tick)
    quantity = Quantity(spec.name, kind, wrt, declared, declared, only=True)
    pool = list(_ranked(found.values(), spec, quantity, expected, beside, tick))
    pool += list(_ranked(_joined(pool, expected), spec, quantity, expected, beside, tick))
    promised = promise(spec.name, kind, np.float64)
    pool.sort(key=order(pool, 0.0 if promised.of_terms else promised.ulps))
    for position, ranked in enumerate(pool[:TRIED]):
        if is_sound(ranked.candidate.formula, declared, loss, wrt):
            plain = next(r for r in pool if r.candidate.formula == declared)
            at = _place(int(np.argmax(np.minimum(ranked.errors, LOST))), expected)
            return Choice(ranked, plain, at, len(pool), _next(pool[position:]))
    return None


def _next(pool: Sequence[Ranked]) -> tuple[Ranked, ...]:
    """What comes after the first, as far as it comes near."""
    first, *others = pool
    near = [r for r in others if r.failures == first.failures and r.worst <= 8 * first.worst]
    return tuple(near[:3])


def is_sound(formula: Expr, declared: Expr, loss: Loss, wrt: Element) -> bool:
    """Whether a form is proved, and is read from its record as it was."""
    if read(written(formula), loss) != formula:
        return False
    claim = Claim(loss, "form", wrt, unrounded(formula), reference=declared)
    return formula == declared or isinstance(check(claim), Proved)


def order(pool: Sequence[Ranked], promised: float = inf) -> Callable[[Ranked], Any]:
    """By failures, then by the worst error where that can be small, else by the bits lost.

    ``promised`` ulps, less a margin, are small enough: of forms that keep to them the cheapest is
    the first. Where nothing is promised it is infinite, and as where it is 0, the errors decide.
    """
    fewest = min(r.failures for r in pool)
    best = min(r.worst for r in pool if r.failures == fewest)
    if best < AVOIDABLE:
        # less than a tenth more is a matter of which points were drawn
        enough = max(1.1 * best, MARGIN * promised if promised < inf else 0.0)
        return lambda r: (r.failures, r.worst > enough, r.cost, r.worst)
    least = min(r.lost for r in pool if r.failures == fewest)
    return lambda r: (r.failures, r.lost > least + 0.15, r.cost, r.lost)


def _ranked(
    candidates: Iterable[Candidate],
    spec: Spec,
    quantity: Quantity,
    expected: Sequence[Reference],
    beside: tuple[Expr, ...],
    tick: Callable[[], None],
) -> Iterator[Ranked]:
    low, high = _range(quantity, spec.loss)
    for candidate in candidates:
        tick()
        try:
            compute = compiled(candidate.formula, spec, quantity.wrt)
            results = [_results(compute, reference) for reference in expected]
            special = special_failures(compute, quantity, spec.loss, np.float64)
        except (NotPrintable, ArithmeticError, ValueError):
            continue
        missed = sum(map(len, special.values()))
        missed += sum(int(((r < low) | (r > high)).sum()) for r in results)
        off = [_errors(r, e).ravel() for r, e in zip(results, expected, strict=True)]
        yield Ranked(candidate, np.concatenate(off), missed, beside)


def _range(quantity: Quantity, loss: Loss) -> tuple[float, float]:
    """The least and the greatest number that a proved property allows."""
    limits = bounds(quantity, loss)
    low = [float(e) for e in limits.lower if not e.free_symbols]
    high = [float(e) for e in limits.upper if not e.free_symbols]
    return max(low, default=-np.inf), min(high, default=np.inf)


def _results(compute: Callable[..., Array], reference: Reference) -> Array:
    sample = reference.sample
    shape = reference.exact.nearest.shape
    return compute(sample.inputs, sample.parameters).reshape(shape)


def _errors(result: Array, reference: Reference) -> Array:
    found = errors(result, reference.exact)
    found = np.where(np.isfinite(result), np.minimum(found, LOST), found)
    return np.where(np.isnan(found), 0.0, found)


def _place(index: int, expected: Sequence[Reference]) -> dict[str, Any]:
    for reference in expected:
        exact = reference.exact.nearest
        if index < exact.size:
            return place(reference.sample, index, exact.shape[-1])
        index -= exact.size
    raise IndexError(index)


# Two candidates ----------------------------------------------------------------------------------


def _joined(pool: Sequence[Ranked], expected: Sequence[Reference]) -> list[Candidate]:
    """Pairs that are better together than each alone: one up to a threshold, one beyond."""
    best = sorted(pool, key=lambda r: (round(10 * r.typical), r.cost))[:JOINED]
    best += sorted(pool, key=lambda r: (r.failures, r.worst, r.cost))[:JOINED]
    best = list({id(r): r for r in best}.values())
    found = []
    for quantity in _quantities(pool):
        along = _values(quantity, expected)
        order = np.argsort(along, kind="stable")
        sides = [_Sides(r.errors[order]) for r in best]
        for below, low in zip(best, sides, strict=True):
            for beyond, high in zip(best, sides, strict=True):
                both = np.maximum(low.worst_below, high.worst_beyond)
                position = _threshold(along[order], both)
                if below is beyond or position is None:
                    continue
                threshold, index = position
                lost = float(low.lost_below[index] + high.lost_beyond[index]) / along.size
                worst, least = float(both[index]), min(below.lost, beyond.lost)
                if worst < 0.8 * min(below.worst, beyond.worst) or lost < least - 0.1:
                    cases = (below.candidate, beyond.candidate)
                    key = (round(4 * min(worst, AVOIDABLE)), round(10 * lost))
                    found.append((key, below.cost + beyond.cost, quantity, threshold, cases))
    found.sort(key=lambda pair: pair[:2])
    return [_cases(*pair[2:]) for pair in found[:PAIRS]]


class _Sides:
    """The errors of a candidate up to each point of a line, and beyond it."""

    def __init__(self, errors: Array) -> None:
        bounded = np.minimum(errors, LOST)
        bits = np.log2(1 + bounded)
        self.worst_below = np.maximum.accumulate(errors)[:-1]
        self.worst_beyond = np.maximum.accumulate(errors[::-1])[::-1][1:]
        self.lost_below = np.cumsum(bits)[:-1]
        self.lost_beyond = np.cumsum(bits[::-1])[::-1][1:]


def _cases(quantity: Expr, threshold: Rational, pair: tuple[Candidate, Candidate]) -> Candidate:
    below, beyond = pair
    formula = Piecewise((below.formula, quantity <= threshold), (beyond.formula, True))
    steps = (*below.steps, f"up to {quantity} = {threshold}", *beyond.steps)
    return Candidate(formula, steps)


def _quantities(pool: Sequence[Ranked]) -> list[Expr]:
    """What a threshold may be set to: sizes that formulas contain, and the first input."""
    found: set[Expr] = set()
    for ranked in pool[:40]:
        for e in preorder_traversal(ranked.candidate.formula):
            if isinstance(e, Abs) and e.atoms(Element):
                found.add(unrounded(e))
            elif isinstance(e, Element) and not e.is_nonnegative:
                found.add(Abs(e))
    return sorted(found, key=str)[:4]


def _values(quantity: Expr, expected: Sequence[Reference]) -> Array:
    """The values of a quantity at all points."""
    symbols = sorted(quantity.free_symbols, key=str)
    function = lambdify(symbols, quantity, "numpy")
    parts = []
    for reference in expected:
        names = {**reference.sample.inputs, **reference.sample.parameters}
        with np.errstate(all="ignore"):
            value = function(*(names[str(s)] for s in symbols))
        parts.append(np.broadcast_to(value, reference.exact.nearest.shape).ravel())
    return np.nan_to_num(np.concatenate(parts))


def _threshold(along: Array, worst: Array) -> tuple[Rational, int] | None:
    """A short number at which the joined error is nearly as small as anywhere, and where it is."""
    good = np.flatnonzero(worst <= 1.05 * worst.min())
    low, high = along[good[0]], along[good[-1] + 1]
    short = [t for t in SHORT if low <= t < high]
    if not short and 2.0**-64 <= high < 2.0**64:
        short = [t for t in [Rational(2) ** int(np.floor(np.log2(high)))] if low <= t < high]
    if not short:
        return None
    index = int(np.searchsorted(along, float(short[0]), side="right")) - 1
    return short[0], min(max(index, 0), len(worst) - 1)


# Code --------------------------------------------------------------------------------------------


def cost(formulas: Iterable[Expr], costs: Mapping[str, float] = COSTS) -> float:
    """What evaluating formulas takes, in additions of arrays; parts in common count once."""
    # as it stands: without its parentheses SymPy makes a slow power of a quotient and a root
    parts = {e for f in formulas for e in preorder_traversal(f) if e.args and e.atoms(Element)}
    parts -= {e.args[0] for e in parts if _is_logcosh(e)}
    return sum(_own_cost(e, costs) for e in parts if not isinstance(e, Rounded))


def _is_logcosh(e: Expr) -> bool:
    return isinstance(e, log) and isinstance(e.args[0], cosh)


def _own_cost(e: Expr, costs: Mapping[str, float]) -> float:
    """Measured with NumPy on AVX2, of an operation on what is known already."""
    if isinstance(e, Piecewise):
        return SELECTION * (len(e.args) - 1)
    if isinstance(e, Pow) and e.exp.is_Rational:
        size = abs(e.exp)
        if size in (HALF, 1, 2):
            return (ROOT if size == HALF else 1) + (e.exp.is_negative and size != 1)
        return POWER
    name = "logcosh" if _is_logcosh(e) else type(e).__name__
    return costs.get(name, len(e.args) - 1 or 1)


def compiled(
    formula: Expr, spec: Spec, wrt: Element, rounded_to: Any = np.float64
) -> Callable[..., Array]:
    """The NumPy code that would be emitted for a formula, as a function of inputs and parameters.

    It is as accurate as results in the dtype ``rounded_to`` need. Raises ``NotPrintable``.
    """
    arguments = [str(e) for e in (*spec.loss.inputs, *spec.loss.parameters)]
    taken = {*arguments, direction.name}
    code = statements([formula], names_of_parts(spec, [formula]), wrt, taken, readable=False)
    source = _function("form", (*arguments, f"{direction.name}=None"), code.lines, code.result)
    space = helpers()
    exec(source, space)  # our own code, as it is emitted
    function = space["form"]

    def compute(inputs: Mapping[str, Array], parameters: Mapping[str, float]) -> Array:
        call = functools.partial(function, **inputs, **parameters)
        found: Array = space["rounded_to"](np.dtype(rounded_to), call)
        return found

    return compute


def _function(name: str, arguments: Sequence[str], lines: Sequence[str], result: str) -> str:
    body = "".join(f"    {line}\n" for line in (*lines, f"return {result}"))
    return f"def {name}({', '.join(arguments)}):\n{body}"
