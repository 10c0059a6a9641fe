"""Published gradients, wrong ones and right ones, as claims for the prover.

``tests/museum.json`` lists formulas that software has shipped, with their sources. An entry states
a loss, a formula ``wrong`` that differs from it (or, for a control, a formula ``given`` that only
looks as if it did), a formula ``right``, and the domain where all of that holds. This module
translates an entry, whatever it is about, and says which verdict each of its formulas deserves.

    python -m tests.museum [file.json] [id ...]

prints the verdicts; the exit status is 1 if one is not as it should be.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import sympy
from sympy import And, Eq, Expr, FiniteSet, Interval, Ne, Piecewise, Set, Symbol, oo
from sympy.codegen.cfunctions import expm1, log1p
from sympy.core.relational import Relational
from sympy.parsing.sympy_parser import parse_expr, rationalize, standard_transformations

from derive.language import Element, Parameter, as_cases
from derive.loss import Loss
from derive.prove.claim import Claim, Kind
from derive.prove.prover import check
from derive.prove.verdict import Proved, Refuted, Unknown, Verdict
from derive.well_formed import RESERVED

MUSEUM = Path(__file__).with_name("museum.json")
SECONDS = 60.0
ROLES = ("wrong", "right", "given")
KINDS: Mapping[str, Kind] = {"gradient": "gradient", "hessian": "hessian", "loss": "value"}
_NAMES = {"log1p": log1p, "expm1": expm1}


class NotExpressible(Exception):
    """An entry that says something for which claims have no form."""


@dataclass(frozen=True)
class Entry:
    """One entry of the museum."""

    data: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.data["id"])

    @property
    def is_control(self) -> bool:
        return "given" in self.data

    @property
    def roles(self) -> list[str]:
        """The formulas that the entry has."""
        return [role for role in ROLES if role in self.data]

    # Symbols and domains -----------------------------------------------------------------------

    @cached_property
    def wrt(self) -> tuple[str, ...]:
        """The names of the inputs with respect to which the loss is differentiated."""
        wrt = self.data["wrt"]
        return (wrt,) if isinstance(wrt, str) else tuple(wrt)

    @cached_property
    def sets(self) -> dict[str, Set]:
        """The set of values of each name."""
        return {
            name: _set(given, hull=name in self.wrt) for name, given in self.data["domain"].items()
        }

    @cached_property
    def symbols(self) -> dict[str, Symbol]:
        """The symbol that stands for each name: a tensor, or a parameter of the loss."""
        parameters = self.data.get("params", {})
        found: dict[str, Symbol] = {}
        for name, domain in self.sets.items():
            safe = f"{name}_" if name in RESERVED else name
            if name in parameters and name not in self.wrt:
                found[name] = Parameter(safe, default=domain.inf, domain=domain)
            else:
                found[name] = Element(safe)
        return found

    def parse(self, text: str) -> Any:
        """A formula or a condition; decimals are the fractions that they are written as."""
        known: dict[str, Any] = {**_NAMES, **self.symbols}
        transformations = (*standard_transformations, rationalize)
        parsed = parse_expr(str(text), local_dict=known, transformations=transformations)
        unknown = parsed.free_symbols - set(self.symbols.values())
        if unknown or parsed.atoms(sympy.core.function.AppliedUndef):
            raise NotExpressible(f"{text} has unknown names")
        return parsed

    # Claims ------------------------------------------------------------------------------------

    @cached_property
    def loss(self) -> Loss:
        """The loss; its gradient is SymPy's, for the entry states formulas of its own."""
        value = self.parse(self.data["loss"])
        tensors = [s for s in self.symbols.values() if isinstance(s, Element)]
        names = {symbol: name for name, symbol in self.symbols.items()}
        inputs = sorted(tensors, key=lambda s: names[s] not in self.wrt)
        moving = [self.symbols[name] for name in self.wrt]
        return Loss(
            value=value,
            gradient={x: sympy.diff(as_cases(value), x) for x in moving},
            inputs=inputs,
            parameters=[s for s in self.symbols.values() if isinstance(s, Parameter)],
            domains={s: self.sets[names[s]] for s in tensors},
        )

    @cached_property
    def facts(self) -> tuple[Relational, ...]:
        """What is required of every point."""
        parsed = [self.parse(text) for text in self.data.get("require", [])]
        facts = [part for fact in parsed for part in And.make_args(fact) if part is not sympy.true]
        if not all(isinstance(fact, Relational) for fact in facts):
            raise NotExpressible("a requirement that is no conjunction of inequalities")
        return tuple(facts)

    @cached_property
    def avoided(self) -> tuple[Expr, ...]:
        """Expressions on whose zeros nothing is claimed."""
        return tuple(self.parse(text) for text in self.data.get("avoid", []))

    def claims(self, formula: Any, what: str = "", exempt: bool = True) -> list[Claim]:
        """That a formula is what the entry is about, one claim for each component."""
        what = what or self.data["what"]
        if what not in KINDS:
            raise NotExpressible(f"a claim about a {what}")
        components = formula if isinstance(formula, list) else [formula]
        moving = [self.symbols[name] for name in self.wrt]
        if what == "loss":
            moving = moving[:1]
        if len(components) != len(moving) or not all(isinstance(c, str) for c in components):
            raise NotExpressible(f"{len(components)} components for {len(moving)} inputs")
        reference = self.loss.value if what == "loss" else None
        facts = (*self.facts, *(Ne(surface, 0) for surface in self.avoided if exempt))
        return [
            Claim(
                self.loss,
                KINDS[what],
                x,
                sympy.sympify(self.parse(text)),
                facts,
                reference,
            )
            for x, text in zip(moving, components, strict=True)
        ]

    def verdict(self, role: str) -> Verdict:
        """What the prover says of one of the entry's formulas.

        On the surfaces to avoid nothing is claimed, except where they are all that a wrong formula
        can be wrong on.
        """
        exempt = not (role == "wrong" and self.is_wrong_on_a_surface)
        return conjunction(self.claims(self.data[role], exempt=exempt))

    # What is expected --------------------------------------------------------------------------

    @property
    def is_wrong_on_a_surface(self) -> bool:
        """Whether the formulas differ, with finite values, but only on a surface to avoid."""
        witness = self.data.get("witness", {})
        values = [str(witness.get(f"{role}_value")) for role in ("wrong", "right")]
        if not self.agrees or "nan" in values or "inf" in values or values[0] == values[1]:
            return False
        point = {self.symbols[n]: _exact(v) for n, v in witness["point"].items()}
        return any(surface.xreplace(point) == 0 for surface in self.avoided)

    @property
    def agrees(self) -> bool:
        """Whether ``wrong`` and ``right`` are the same function on the domain, bar surfaces.

        What is amiss then is a point outside the domain, or floating point.
        """
        if "same_math" in self.data:
            return bool(self.data["same_math"])
        if "agree_in_domain" in self.data:
            return float(self.data["agree_in_domain"]) < 1e-20
        return self.data["kind"] == "numerically-unstable"

    @property
    def is_right_approximate(self) -> bool:
        """Whether ``right`` is a repair that changes the function, by little."""
        return not self.agrees and "agree_in_domain" in self.data

    def expected(self, role: str) -> type[Proved] | type[Refuted]:
        """The verdict that a formula deserves."""
        if self.is_right_approximate:
            return Proved if self._is_exact(role) else Refuted
        if role == "wrong" and (self.is_wrong_on_a_surface or not self.agrees):
            return Refuted
        return Proved

    def _is_exact(self, role: str) -> bool:
        """Whether a formula has the value of the loss, or of its derivative, at one point."""
        order = {"loss": 0, "gradient": 1, "hessian": 2}[self.data["what"]]
        (name,) = self.wrt
        exact = sympy.diff(self.loss.value, self.symbols[name], order)
        between = {symbol: _between(self.sets[name]) for name, symbol in self.symbols.items()}
        difference = (exact - self.parse(self.data[role])).xreplace(between)
        return bool(abs(sympy.N(difference, 50, strict=True, chop=True)) < 1e-40)

    # What else an entry states -------------------------------------------------------------------

    def further(self) -> Iterator[tuple[str, list[Claim], type[Proved] | type[Refuted]]]:
        """Other claims that the entry implies, each with the verdict that it deserves."""
        if "loss_alt" in self.data:
            yield "loss_alt", self.claims(self.data["loss_alt"], "loss"), Proved
        if "right_gradient" in self.data:
            yield "right_gradient", self.claims(self.data["right_gradient"], "gradient"), Proved
        if self.data.get("gradient_affected"):
            yield "wrong_gradient", self.claims(self.data["wrong_gradient"], "gradient"), Refuted
        for kink in self.data.get("kinks", []):
            for value in kink["legal"]:
                yield f"{value} at the kink", self._with_kink(kink["point"], value), Proved

    def _with_kink(self, point: Mapping[str, Any], value: str) -> list[Claim]:
        """The given formula with another value on the surfaces through a point."""
        at = {self.symbols[name]: _exact(number) for name, number in point.items()}
        through = [surface for surface in self.avoided if surface.xreplace(at) == 0]
        assert through, "the point of the kink lies on no surface"
        there = sympy.Or(*[Eq(surface, 0) for surface in through])
        (claim,) = self.claims(self.data["given"], exempt=False)
        chosen = Piecewise((self.parse(value), there), (claim.written, True))
        return [replace(claim, written=chosen)]


def _exact(number: Any) -> Expr:
    parsed: Expr = parse_expr(str(number), transformations=(*standard_transformations, rationalize))
    return parsed


def _between(values: Set) -> Expr:
    """A number of a set, not at its ends if that can be."""
    return max(values) if isinstance(values, FiniteSet) else (values.inf + 2 * values.sup) / 3


def _set(given: Any, hull: bool) -> Set:
    """The set that an entry gives; its hull for an input that is to move."""
    if isinstance(given, Mapping) and "int" in given:
        low, high = given["int"]
        found: Set = FiniteSet(*range(low, high + 1))
    elif isinstance(given, Mapping) and "choices" in given:
        found = FiniteSet(*map(_exact, given["choices"]))
    elif isinstance(given, Sequence) and len(given) == 2:
        low, high = given
        return Interval(-oo if low is None else _exact(low), oo if high is None else _exact(high))
    else:
        raise NotExpressible(f"a domain {given}")
    return Interval(found.inf, found.sup) if hull else found


def conjunction(claims: Sequence[Claim]) -> Verdict:
    """One verdict on several claims: the first that refutes, else the first left unknown."""
    verdicts = []
    for claim in claims:
        verdict = check(claim)
        if isinstance(verdict, Refuted):
            return verdict
        verdicts.append(verdict)
    return next((v for v in verdicts if isinstance(v, Unknown)), verdicts[0])


def entries(path: Path = MUSEUM) -> list[Entry]:
    """The entries of a file."""
    return [Entry(data) for data in json.loads(path.read_text(encoding="utf-8"))]


# The table -------------------------------------------------------------------------------------


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _row(entry: Entry) -> tuple[dict[str, str], list[str]]:
    """The verdict on each formula of an entry as a word, and what is not as it should be."""
    words: dict[str, str] = {}
    complaints: list[str] = []
    for role in entry.roles:
        try:
            with _time_limit(SECONDS):
                verdict = entry.verdict(role)
        except TimeoutError:
            verdict = Unknown(f"no verdict within {SECONDS:g} s")
        except NotExpressible as problem:
            verdict = Unknown(f"not expressible: {problem}")
        words[role] = type(verdict).__name__.lower()
        if not isinstance(verdict, entry.expected(role)):
            words[role] += " (!)"
            reason = verdict.reason if isinstance(verdict, Unknown) else ""
            complaints.append(f"{entry.id}: {role} is {words[role]} {reason}")
    return words, complaints


def main(arguments: Sequence[str]) -> int:
    """Print the table for a file, or for some of its entries."""
    path = Path(arguments[0]) if arguments else MUSEUM
    chosen = [e for e in entries(path) if not arguments[1:] or e.id in arguments[1:]]
    complaints: list[str] = []
    start = time.perf_counter()
    for entry in chosen:
        before = time.perf_counter()
        words, wrong = _row(entry)
        complaints += wrong
        columns = "  ".join(f"{words.get(role, '-'):12}" for role in ROLES)
        print(f"{entry.id:42}  {columns}  {time.perf_counter() - before:6.2f}", flush=True)
    print(f"{len(chosen)} entries, {time.perf_counter() - start:.1f} s")
    print(*complaints, sep="\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
