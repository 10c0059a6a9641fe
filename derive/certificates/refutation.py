"""Theorems that a published formula is not what it is said to be, at an exact counterexample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sympy import Rational, Symbol

from derive.certificates.printer import ATOM, SUM, Printer, name_of, vectors
from derive.certificates.theorem import Definition, Theorem, Uncertified
from derive.formulas import unicode_line
from derive.language import has_aggregate
from derive.loss import Loss, Published
from derive.report.finding import Counterexample


@dataclass(frozen=True)
class Point:
    """Exact inputs: lists for tensors, numbers for parameters, and the entry that is looked at."""

    tensors: Mapping[str, tuple[Rational, ...]]
    parameters: Mapping[str, Rational]
    index: int

    @property
    def size(self) -> int:
        """How many entries a slice has."""
        return max(map(len, self.tensors.values()))

    @property
    def text(self) -> str:
        """The point for a reader."""
        tensors = [f"{t} = {', '.join(map(str, v))}" for t, v in self.tensors.items()]
        return "; ".join([*tensors, *(f"{p} = {v}" for p, v in self.parameters.items())])


def point_of(counterexample: Counterexample) -> Point:
    """The point that a finding states; raises ``Uncertified`` for one of several slices."""
    tensors: dict[str, tuple[Rational, ...]] = {}
    parameters: dict[str, Rational] = {}
    index = 0
    for name, text in counterexample.inputs:
        if name == "index":
            index = int(text)
        elif not text.startswith("["):
            parameters[name] = Rational(text)
        elif "[" in text[1:]:
            raise Uncertified("its counterexample has several slices")
        else:
            tensors[name] = tuple(map(Rational, text[1:-1].split(", ")))
    return Point(tensors, parameters, index)


@dataclass(frozen=True)
class Refutation:
    """A published formula that differs from the loss, or from its gradient, at a point.

    ``against`` is what it differs from, by its name in the certificate; ``slices`` says whether
    that is a function of vectors.
    """

    name: str
    loss: Loss
    published: Published
    against: str
    point: Point
    slices: bool

    @property
    def definition(self) -> Definition:
        """The published formula."""
        formula = self.published.formula
        if has_aggregate(formula) and not self.slices:
            raise Uncertified("it aggregates, and the loss of an entry does not")
        return Definition(
            self.name,
            self._binders,
            Printer("k" if self.slices else "").term(formula),
            f"{self.published.source}: {unicode_line(formula)}",
        )

    @property
    def theorem(self) -> Theorem:
        """That it is wrong at the point, which lies in the domain."""
        printer = Printer("k" if self.slices else "")
        domain = [*self._domain(), *map(printer.proposition, self.published.assuming)]
        claim, steps = self._claim()
        return Theorem(
            f"{self.name}_is_wrong",
            self._binders,
            tuple(self._values()),
            (" /\\ ".join([*domain, claim]),),
            ("intros. subst.", *["split; [ numbers | ]." for _ in domain], *steps),
            f"It is not the {self.published.kind}, at {self.point.text}: {self.published.because}.",
        )

    @property
    def _symbols(self) -> tuple[Symbol, ...]:
        return (*self.loss.inputs, *self.loss.parameters)

    @property
    def _binders(self) -> str:
        names = " ".join(map(name_of, self._symbols))
        if not self.slices:
            return f"({names} : R)"
        index = " (k : nat)" if self.published.kind == "gradient" else ""
        return f"(n : nat) {vectors(self.loss.inputs, self.loss.parameters)}{index}"

    def _applied(self, function: str) -> str:
        names = " ".join(map(name_of, self._symbols))
        entry = " k" if self.published.kind == "gradient" and function != "value" else ""
        return f"{function} n {names}{entry}" if self.slices else f"{function} {names}"

    def _values(self) -> Iterator[str]:
        if self.slices:
            yield f"n = {self.point.size}%nat"
        if self.slices and self.published.kind == "gradient":
            yield f"k = {self.point.index}%nat"
        for tensor in self.loss.inputs:
            numbers = [Printer().term(v, ATOM) for v in self.point.tensors[tensor.name]]
            yield f"{name_of(tensor)} = {_vector(numbers) if self.slices else numbers[0]}"
        for parameter in self.loss.parameters:
            number = self.point.parameters[parameter.name]
            yield f"{name_of(parameter)} = {Printer().term(number, SUM)}"

    def _domain(self) -> Iterator[str]:
        for symbol in self._symbols:
            fact = Printer("i" if self.slices else "").membership(symbol, self.loss.domain(symbol))
            if fact and symbol in self.loss.inputs and self.slices:
                fact = f"(forall i, (i < n)%nat -> {fact})"
            if fact:
                yield f"({fact})" if "\\/" in fact and fact[0] != "(" else fact

    def _claim(self) -> tuple[str, list[str]]:
        ours, theirs = self._applied(self.against), self._applied(self.name)
        unfold = f"unfold {self.name}, {self.against}; numbers."
        if self.published.kind == "value":
            return f"{theirs} <> {ours}", [unfold]
        x = name_of(self.published.wrt or self.loss.inputs[0])
        steps = [
            "eapply not_the_derivative.",
            f"- apply {self.against}_is_derivative; numbers.",
            f"- {unfold}",
        ]
        if self.published.kind != "gradient":
            raise Uncertified(f"it is compared with a {self.published.kind}")
        value = self._applied("value")
        if self.slices:
            return f"~ is_partial (fun {x} => {value}) {x} k ({theirs})", steps
        return f"~ is_derive (fun {x} : R => {value}) {x} ({theirs})", steps


def _vector(numbers: Sequence[str]) -> str:
    if len(set(numbers)) == 1:
        return f"(fun _ => {numbers[0]})"
    cases = [f"{i}%nat => {number}" for i, number in enumerate(numbers[:-1])]
    return f"(fun i => match i with {' | '.join([*cases, f'_ => {numbers[-1]}'])} end)"
