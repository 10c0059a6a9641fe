"""Theorems on losses of one element: that a formula is the derivative, at kinks, and reduced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sympy import Expr, Symbol, sympify
from sympy.sets import Set

from derive.certificates.pieces import Pieces
from derive.certificates.printer import SUM, Printer, name_of
from derive.certificates.scripts import Derivative, Scripts, Setting
from derive.certificates.theorem import REDUCTIONS, Theorem
from derive.language import Element
from derive.loss import Kink, Loss


@dataclass(frozen=True)
class Elementwise:
    """A loss of one element, of which derivatives are to be certified."""

    loss: Loss

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """All arguments: inputs, then parameters."""
        return (*self.loss.inputs, *self.loss.parameters)

    def binders(self, _name: str) -> str:
        """The arguments of a definition: the same for all."""
        return f"({self.names} : R)"

    def in_sums(self, _name: str, _formula: Expr) -> Iterator[Theorem]:
        """Nothing: where elements do not meet, there are no sums to take apart."""
        yield from ()

    @cached_property
    def names(self) -> str:
        """The arguments of every function."""
        return " ".join(map(name_of, self.symbols))

    def function(self, name: str, wrt: Symbol) -> str:
        """A function of one argument alone."""
        return f"(fun {name_of(wrt)} : R => {name} {self.names})"

    @cached_property
    def _domains(self) -> dict[Symbol, Set]:
        return {symbol: self.loss.domain(symbol) for symbol in self.symbols}

    def theorems(self, claim: Derivative) -> Iterator[Theorem]:
        """That a formula is the derivative where there is one, legal at kinks, and reduced.

        Raises ``Uncertified`` where no proof can be prepared.
        """
        pieces = Pieces(
            (claim.differentiated, claim.slope), claim.wrt, frozenset({claim.wrt}), self._domains
        )
        setting = Setting(
            here=Printer(),
            inside=Printer(),
            letter=name_of(claim.wrt),
            written=f"{claim.name} {self.names}",
            unfold=f"unfold {claim.name}",
            start=dict.fromkeys(("smooth", "kink"), (f"intros. unfold {claim.function}.",)),
        )
        scripts = Scripts(claim, pieces, setting)
        kinks = list(dict.fromkeys(scripts.kinks(self.loss.kinks).values()))
        yield Theorem(
            f"{claim.name}_is_derivative",
            f"{self.names} : R",
            (*self.hypotheses(), *_off(kinks)),
            self._conclusion(claim, "is_derive"),
            scripts.proof("smooth"),
            f"{claim.name} is the derivative of {claim.function} in {name_of(claim.wrt)}.",
        )
        for number, kink in enumerate(kinks, start=1):
            yield Theorem(
                f"{claim.name}_at_kink{f'_{number}' if len(kinks) > 1 else ''}",
                f"{self.names} : R",
                (*self.hypotheses(), f"{Printer().term(sympify(kink.at), SUM)} = 0"),
                self._conclusion(claim, "between_slopes"),
                scripts.proof("kink"),
                f"At the kink it lies between the slopes on both sides: {kink.because}.",
            )
        if claim.function == "value" and isinstance(claim.wrt, Element):
            yield from self._reduced(claim, "is_derivative", tuple(_off(kinks, "k")))
            for number, kink in enumerate(kinks, start=1):
                suffix = f"_{number}" if len(kinks) > 1 else ""
                where = f"{Printer('k').term(sympify(kink.at), SUM)} = 0"
                yield from self._reduced(claim, f"at_kink{suffix}", (where,))
        elif claim.function == "value":
            yield self._reduced_in_parameter(claim, tuple(_off(kinks, "i")))

    def hypotheses(self, index: str = "") -> tuple[str, ...]:
        """The declared domains and facts."""
        printer = Printer(index)
        facts = [printer.membership(symbol, domain) for symbol, domain in self._domains.items()]
        return (*filter(None, facts), *map(printer.proposition, self.loss.assuming))

    def _conclusion(self, claim: Derivative, relation: str) -> tuple[str, ...]:
        function = self.function(claim.function, claim.wrt)
        return (f"{relation} {function} {name_of(claim.wrt)}", f"({claim.name} {self.names})")

    def _applied(self, function: str, index: str, varied: Symbol | None = None) -> str:
        """A function at one index, with another letter in the place of what varies."""
        printer = Printer(index)
        arguments = ("h" if s == varied else printer.term(s, 0) for s in self.symbols)
        return f"{function} {' '.join(arguments)}"

    def _tensors(self) -> str:
        tensors = " ".join(name_of(e) for e in self.loss.inputs)
        parameters = "".join(f" ({name_of(p)} : R)" for p in self.loss.parameters)
        return f"({tensors} : nat -> R){parameters}"

    def _reduced(
        self, claim: Derivative, theorem: str, where: tuple[str, ...]
    ) -> Iterator[Theorem]:
        """The same of the sum and the mean, and with any weights over any divisor."""
        at_kink = theorem != "is_derivative"
        relation = "is_partial_at_kink" if at_kink else "is_partial"
        x, term, slope = (
            name_of(claim.wrt),
            self._applied("value", "i"),
            self._applied(claim.name, "k"),
        )
        for kind, arguments, function, derivative in (
            (
                "reduced",
                " weight divisor",
                f"reduced n weight divisor (fun i => {term})",
                f"(weight k / divisor * {slope})",
            ),
            ("mean", "", f"Sum n (fun i => {term}) / INR n", f"({slope} / INR n)"),
            ("sum", "", f"Sum n (fun i => {term})", f"({slope})"),
        ):
            weights = "(weight : nat -> R) (divisor : R) " if arguments else ""
            lift = f"{kind}_{relation}" if at_kink else f"{kind}_is_partial"
            one = self._applied("value", "i", claim.wrt)
            step = f"apply ({lift} n{arguments} (fun i h => {one}));"
            yield Theorem(
                f"{claim.name}_{kind}{theorem.removeprefix('is_derivative') and f'_{theorem}'}",
                f"(n : nat) {weights}{self._tensors()} (k : nat)",
                ("(k < n)%nat", *self.hypotheses("k"), *where),
                (f"{relation} (fun {x} => {function}) {x} k", derivative),
                ("intros.", step, f"[ | apply {claim.name}_{theorem} ]; assumption."),
                REDUCTIONS[kind],
            )

    def _reduced_in_parameter(self, claim: Derivative, where: tuple[str, ...]) -> Theorem:
        """What a parameter does to all elements at once."""
        x, facts = name_of(claim.wrt), [*self.hypotheses("i"), *where]
        everywhere = [f"(forall i, {fact})" if " i" in fact else fact for fact in facts]
        term, slope = self._applied("value", "i"), self._applied(claim.name, "i")
        return Theorem(
            f"{claim.name}_reduced",
            f"(n : nat) (weight : nat -> R) (divisor : R) {self._tensors()}",
            tuple(everywhere),
            (
                f"is_derive (fun {x} : R => reduced n weight divisor (fun i => {term})) {x}",
                f"(reduced n weight divisor (fun i => {slope}))",
            ),
            (
                "intros.",
                f"apply (reduced_in_parameter n weight divisor (fun i {x} => {term})).",
                f"intro i. apply {claim.name}_is_derivative; auto.",
            ),
            REDUCTIONS["reduced"],
        )


def _off(kinks: list[Kink], index: str = "") -> list[str]:
    """That a point lies on no kink."""
    return [f"{Printer(index).term(sympify(kink.at), SUM)} <> 0" for kink in kinks]
