"""Theorems on losses of a slice: the derivative in one entry, along a direction, and reduced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sympy import Add, Dummy, Expr, Gt, Interval, S, Symbol, diff, factor_terms, oo, sympify
from sympy.sets import Set

from derive.certificates.pieces import Pieces
from derive.certificates.plain_sums import (
    Combination,
    combination,
    combinations,
    in_plain_sums,
    masked,
)
from derive.certificates.printer import ATOM, POWER, SUM, Printer, name_of, vectors
from derive.certificates.scripts import Derivative, Scripts, Setting
from derive.certificates.theorem import REDUCTIONS, Theorem, Uncertified, laid_out
from derive.formulas import text_line
from derive.language import Aggregate, Element, Sum, direction
from derive.loss import Kink, Loss


@dataclass(frozen=True)
class Slices:
    """A loss of a slice, of which derivatives are to be certified.

    ``assuming`` are the side conditions that the proofs of each claim report, by its name here.
    """

    loss: Loss
    assuming: Mapping[str, tuple[str, ...]]

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """The arguments that every function has: inputs, then parameters."""
        return (*self.loss.inputs, *self.loss.parameters)

    def binders(self, name: str) -> str:
        """The arguments of a function, with their types."""
        return " ".join(
            [
                "(n : nat)",
                *(["(s : nat)"] if self.loss.square else []),
                vectors(self._tensors(name), self.loss.parameters),
                *(["(k : nat)"] if name != "value" else []),
            ]
        )

    def theorems(self, claim: Derivative) -> Iterator[Theorem]:
        """That a formula is the derivative where there is one, and of reductions.

        Raises ``Uncertified`` where no proof can be prepared.
        """
        if not isinstance(claim.wrt, Element):
            raise Uncertified("a derivative in a parameter where elements meet in sums")
        formulas = {claim.function: claim.differentiated, claim.name: claim.slope}
        taken = {name: combinations(formula) for name, formula in formulas.items()}
        proof = _SliceProof(self, claim, taken)
        yield Theorem(
            f"{claim.name}_is_derivative",
            self.binders(claim.name),
            (*self._hypotheses(), *proof.conditions, *proof.excluded),
            self._conclusion(claim),
            proof.lines("smooth"),
            f"{claim.name} is the derivative of {claim.function} in {self._says(claim)}.",
        )
        if claim.function != "value":
            return
        yield from self._reduced(claim, "is_derivative", (*proof.conditions, *proof.excluded))
        if proof.excluded:
            surfaces = " \\/ ".join(fact.replace(" <> 0", " = 0") for fact in proof.excluded)
            yield self._at_kink(claim, proof, surfaces)
            yield from self._reduced(claim, "at_kink", (*proof.conditions, surfaces))

    def _at_kink(self, claim: Derivative, proof: _SliceProof, surfaces: str) -> Theorem:
        function, written = self._conclusion(claim)
        return Theorem(
            f"{claim.name}_at_kink",
            self.binders(claim.name),
            (*self._hypotheses(), *proof.conditions, surfaces),
            (function.replace("is_partial", "is_partial_one_sided", 1), written),
            proof.lines("kink"),
            "At a kink it lies between the derivatives from both sides: "
            f"{'; '.join(dict.fromkeys(proof.reasons))}.",
        )

    def _tensors(self, name: str) -> list[Symbol]:
        return [*self.loss.inputs, *([direction] if name.startswith("hvp") else [])]

    def applied(self, name: str, replaced: Mapping[Symbol, str] | None = None) -> str:
        """A function with its arguments, some of them replaced."""
        arguments = [*self._tensors(name), *self.loss.parameters]
        texts = [(replaced or {}).get(s, name_of(s)) for s in arguments]
        index = [] if name == "value" else ["k"]
        return " ".join([name, "n", *(["s"] if self.loss.square else []), *texts, *index])

    def _says(self, claim: Derivative) -> str:
        if claim.name.startswith("hvp"):
            return f"{name_of(claim.wrt)}, along the direction"
        return f"the entry k of {name_of(claim.wrt)}"

    def _conclusion(self, claim: Derivative) -> tuple[str, ...]:
        x = name_of(claim.wrt)
        if claim.name.startswith("hvp"):
            moved = f"(fun i => {x} i + h * direction i)"
            function = self.applied(claim.function, {claim.wrt: moved})
            return (f"is_derive (fun h : R => {function}) 0", f"({self.applied(claim.name)})")
        function = self.applied(claim.function)
        return (f"is_partial (fun {x} => {function}) {x} k", f"({self.applied(claim.name)})")

    def _hypotheses(self) -> tuple[str, ...]:
        """The index that exists, the declared domains and facts."""
        facts = ["(k < n)%nat", *(["(s < n)%nat"] if self.loss.square else [])]
        for tensor in self.loss.inputs:
            fact = Printer("i").membership(tensor, self.loss.domain(tensor))
            facts += [f"(forall i, (i < n)%nat -> {fact})"] if fact else []
        for parameter in self.loss.parameters:
            facts.append(Printer().membership(parameter, parameter.domain))
        facts += [Printer("k").proposition(fact) for fact in self.loss.assuming]
        return tuple(filter(None, facts))

    def in_sums(self, name: str, formula: Expr) -> Iterator[Theorem]:
        """A formula with every sum taken apart, if there is anything to take apart."""
        found = combinations(formula)
        if not found:
            return
        # By text: SymPy would rearrange what it is put into.
        apart = {c.aggregate: f"({Printer('k').term(c.expression)})" for c in reversed(found)}
        yield Theorem(
            f"{name}_in_sums",
            self.binders(name),
            (),
            (f"{self.applied(name)} =", Printer("k", apart).term(formula, SUM)),
            (
                f"intros. unfold {name}.",
                *(line for c in found for step in _steps(c) for line in step.split("\n")),
                "same_sums.",
            ),
            "With every sum taken apart.",
            "Lemma",
        )

    def _reduced(
        self, claim: Derivative, theorem: str, conditions: tuple[str, ...]
    ) -> Iterator[Theorem]:
        """The same of the sum and the mean over slices, and with any weights over any divisor."""
        tensors = " ".join(map(name_of, self.loss.inputs))
        parameters = " ".join(map(name_of, self.loss.parameters))
        count = "n" if self.loss.square else "m"
        x = name_of(claim.wrt)
        suffix, relation = "", "is_derive"
        if theorem == "at_kink":
            suffix, relation = "_at_kink", "between_one_sided_slopes"

        def at(index: str) -> dict[Symbol, str]:
            return {e: f"({name_of(e)} {index})" for e in self.loss.inputs}

        row = self.applied("value", {**at("r"), claim.wrt: f"(with_entry {x} s k h r)"})
        row = row.replace("value n s ", "value n r ")
        function = self.applied("value", {**at("r"), claim.wrt: "x"})
        function = function.replace("value n s ", "value n r ")
        slope = self.applied(claim.name, at("s"))
        facts = [_in_slice(fact, self.loss, "s") for fact in (*self._hypotheses(), *conditions)]
        for kind, arguments, total, derivative in (
            (
                "reduced",
                " weight divisor",
                f"reduced {count} weight divisor (fun r => {row})",
                f"(weight s / divisor * {slope})",
            ),
            ("mean", "", f"Sum {count} (fun r => {row}) / INR {count}", f"({slope} / INR {count})"),
            ("sum", "", f"Sum {count} (fun r => {row})", f"({slope})"),
        ):
            yield Theorem(
                f"{claim.name}_{kind}{suffix}",
                " ".join(
                    [
                        "(n : nat)" if self.loss.square else "(m n : nat)",
                        *(["(weight : nat -> R) (divisor : R)"] if arguments else []),
                        f"({tensors} : nat -> nat -> R)",
                        *([f"({parameters} : R)"] if parameters else []),
                        "(s k : nat)",
                    ]
                ),
                (*(["(s < m)%nat"] if not self.loss.square else []), *facts),
                (f"{relation} (fun h : R => {total}) ({x} s k)", derivative),
                (
                    "intros.",
                    f"apply ({kind}_slices{suffix} {count}{arguments} (fun r x => {function}));",
                    f"[ | apply {claim.name}_{theorem} ]; assumption.",
                ),
                REDUCTIONS[kind],
            )


class _SliceProof:
    """The proof of one derivative in sums, and what it needs to be assumed."""

    def __init__(
        self, slices: Slices, claim: Derivative, taken: Mapping[str, Sequence[Combination]]
    ) -> None:
        self._slices, self._claim, self._taken = slices, claim, taken
        self._along = claim.name.startswith("hvp")
        self._x = name_of(claim.wrt)
        function, slope = in_plain_sums(claim.differentiated), in_plain_sums(claim.slope)
        sums = sorted(function.atoms(Aggregate) | slope.atoms(Aggregate), key=str)
        moving = [
            a for a in sums if claim.wrt in a.free_symbols and direction not in a.free_symbols
        ]
        self._moving = _named("S", moving)
        self._fixed = _named("C", [a for a in sums if a not in self._moving])
        self._sums = {**self._moving, **self._fixed}
        self._function, self._slope = masked(function, self._sums), masked(slope, self._sums)
        here = {d: Printer("k").term(a) for a, d in self._sums.items()}
        own = f"({self._x} k + h * direction k)" if self._along else "h"
        inside = {
            **{d: f"{d.name} h" for d in self._moving.values()},
            **{d: Printer("k").term(a) for a, d in self._fixed.items()},
            claim.wrt: own,
        }
        self._here, self._inside = Printer("k", here), Printer("k", inside)

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """The side conditions that ``verify`` reports: that sums below a root are positive."""
        reported = self._slices.assuming.get(self._claim.name, ())
        facts = {text_line(Gt(a, 0)): f"0 < {Printer('k').term(a, SUM)}" for a in self._sums}
        named = [text.removesuffix(" at every index") for text in reported]
        return tuple(dict.fromkeys(facts[text] for text in named if text in facts))

    @cached_property
    def excluded(self) -> tuple[str, ...]:
        """The surfaces on which the derivative jumps."""
        at = [kink.at for kink in self._scripts.kinks(self._kinks).values()]
        back = {dummy: a for a, dummy in self._sums.items()}
        return tuple(
            f"{Printer('k').term(surface.xreplace(back), SUM)} <> 0"
            for surface in dict.fromkeys(at)
        )

    @property
    def reasons(self) -> list[str]:
        """Why the values at kinks were chosen."""
        return [kink.because for kink in self._scripts.kinks(self._kinks).values()]

    def lines(self, kind: str) -> tuple[str, ...]:
        """The script of the proof."""
        return self._scripts.proof(kind)

    @property
    def _kinks(self) -> list[Kink]:
        return [
            replace(kink, at=masked(in_plain_sums(sympify(kink.at)), self._sums))
            for kink in self._slices.loss.kinks
        ]

    @cached_property
    def _scripts(self) -> Scripts:
        claim = Derivative(
            self._claim.name, self._claim.function, self._function, self._slope, self._claim.wrt
        )
        domains: dict[Symbol, Set] = {s: self._slices.loss.domain(s) for s in self._slices.symbols}
        for a, d in self._sums.items():
            if a.is_nonnegative:
                domains[d] = Interval(0, oo)
        moving = frozenset({self._claim.wrt, *self._moving.values()})
        pieces = Pieces((self._function, self._slope), self._claim.wrt, moving, domains)
        rewrites = bool(self._taken[self._claim.name])
        unfold = f"unfold {self._claim.name}"
        if rewrites:
            unfold = f"rewrite {self._claim.name}_in_sums"
        return Scripts(
            claim,
            pieces,
            Setting(
                here=self._here,
                inside=self._inside,
                letter="h",
                written=self._slices.applied(self._claim.name),
                unfold=unfold,
                start={kind: tuple(self._start(kind)) for kind in ("smooth", "kink")},
                facts="known_sums k.",
                slopes=self._slopes(),
            ),
        )

    def _slopes(self) -> dict[Symbol, Expr]:
        """The derivatives of the entry itself and of each sum."""
        x = self._claim.wrt
        if not self._along:
            return {x: S.One, **{d: diff(a.body, x) for a, d in self._moving.items()}}
        return {
            x: direction,
            **{d: in_plain_sums(Sum(diff(a.body, x) * direction)) for a, d in self._moving.items()},
        }

    def _start(self, kind: str) -> Iterator[str]:
        relation, same = "is_partial", "is_derive_ext"
        if kind == "kink":
            relation, same = "is_partial_one_sided", "between_one_sided_slopes_ext"
        yield "intros." if self._along else f"intros. unfold {relation}."
        for aggregate, dummy in self._moving.items():
            yield self._named_sum(aggregate, dummy)
        yield laid_out(f"apply ({same} (fun h : R =>", f"{self._inside.term(self._function)})).")
        names = ", ".join(dummy.name for dummy in self._moving.values())
        function = self._claim.function
        formula = f"rewrite {function}_in_sums" if self._taken[function] else f"unfold {function}"
        unfolded = f" unfold {names}." if names else ""
        steps = f"{formula}. rewrite ?with_element_here.{unfolded} same_sums."
        yield f"{{ intro h. in_reals. {steps} }}"
        if names:
            yield f"clearbody {names.replace(',', '')}."

    def _named_sum(self, aggregate: Aggregate, dummy: Symbol) -> str:
        x, at_i = self._claim.wrt, Printer("i", {self._claim.wrt: "a"})
        term = f"(fun (i : nat) (a : R) => {at_i.term(aggregate.body)})"
        slope = diff(aggregate.body, x)
        if not self._along:
            return laid_out(
                f"sum_at_element {dummy.name} n {self._x} k {term}",
                f"{Printer('k').term(slope, ATOM)}.",
            )
        moving = factor_terms(slope * direction)
        ((coefficient, plain),) = combination(Sum(moving)).parts
        total = f"({Printer('k').term(coefficient, POWER)} * {Printer('k').term(Sum(plain))})"
        return laid_out(
            f"sum_along {dummy.name} n {self._x} direction {term}",
            f"(fun i => {Printer('i').term(moving)})",
            f"{total}.",
        )


def _named(letter: str, sums: Sequence[Aggregate]) -> dict[Aggregate, Dummy]:
    """A symbol for each sum, with its sign."""
    return {
        a: Dummy(f"{letter}{i}", real=True, positive=a.is_positive, nonnegative=a.is_nonnegative)
        for i, a in enumerate(sums, start=1)
    }


def _steps(combination: Combination) -> Iterator[str]:
    """The rewriting that takes a sum apart, term by term."""
    printer = Printer("i")
    rest = printer.term(combination.aggregate.body)
    for position, (coefficient, term) in enumerate(combination.parts):
        others = Add(*(c * t for c, t in combination.parts[position + 1 :]))
        factor = Printer("i").term(coefficient, ATOM)
        lemma = "Sum_first" if others != 0 else "Sum_last"
        after = printer.term(others)
        yield laid_out(
            f"rewrite ({lemma} n",
            f"(fun i => {rest}) {factor}",
            f"(fun i => {printer.term(term)}){f' (fun i => {after})' if others != 0 else ''})",
            "by (intro; unfold Rdiv; ring).",
        )
        rest = after


def _in_slice(fact: str, loss: Loss, index: str) -> str:
    """A fact on one slice as one on a slice of a tensor."""
    for tensor in loss.inputs:
        fact = re.sub(rf"\b{name_of(tensor)} ", f"{name_of(tensor)} {index} ", fact)
    return fact
