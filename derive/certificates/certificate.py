"""The certificate of one loss: everything that Coq can be asked to check about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sympy import Expr, Symbol

from derive.certificates.elementwise import Elementwise
from derive.certificates.printer import Printer, Unprintable
from derive.certificates.scripts import Derivative
from derive.certificates.theorem import Definition, Theorem, Uncertified
from derive.emit.templates import environment
from derive.formulas import unicode_line
from derive.loss import Loss
from derive.registry import Registry, Spec
from derive.verification import claims

LIBRARY = ("Conditions", "Equalities", "Pieces", "Sums")
"""The files that every certificate stands on, each on those before it."""

DERIVATIVES = ("gradient", "hessian", "hvp")


@dataclass(frozen=True)
class Section:
    """The theorems that belong to one claim of a specification."""

    title: str
    theorems: tuple[Theorem, ...]


@dataclass(frozen=True)
class Missing:
    """A derivative that has no certificate, and why."""

    claim: str  # as in the findings: "huber.gradient"
    reason: str


@dataclass(frozen=True)
class Certificate:
    """One file of Coq, and what it does not prove."""

    name: str
    title: str
    summary: str
    source: str
    kind: str
    definitions: tuple[Definition, ...]
    sections: tuple[Section, ...]
    missing: tuple[Missing, ...]
    library: tuple[str, ...] = LIBRARY

    @property
    def text(self) -> str:
        """The file."""
        return environment("coq").get_template("loss.v.jinja").render(certificate=self)

    @property
    def theorems(self) -> list[Theorem]:
        """All theorems and lemmas, in order."""
        return [theorem for section in self.sections for theorem in section.theorems]


def certificate(spec: Spec) -> Certificate:
    """The certificate of a loss; claims that cannot be stated or prepared are listed in it."""
    loss, sections, missing = spec.loss, [], []
    definitions = [_definition(loss, "value", loss.value, "The loss")]
    for keyword, claim in _derivatives(spec):
        name = f"{spec.name}.{keyword}"
        try:
            if loss.kind == "slices":
                raise Uncertified("its elements meet in sums")
            definition = _definition(loss, _named(keyword), claim.slope, f"Its {keyword}")
            theorems = tuple(Elementwise(loss).theorems(claim))
        except (Unprintable, Uncertified) as reason:
            missing.append(Missing(name, str(reason)))
            continue
        definitions.append(definition)
        sections.append(Section(keyword, theorems))
    return Certificate(
        spec.name,
        spec.name.replace("_", " "),
        spec.doc.splitlines()[0] if spec.doc else spec.name,
        spec.source,
        loss.kind,
        tuple(definitions),
        tuple(sections),
        tuple(missing),
    )


def certificates(registry: Registry) -> list[Certificate]:
    """The certificates of all losses."""
    return [certificate(spec) for spec in registry.specs.values()]


def missing(made: Sequence[Certificate]) -> list[Missing]:
    """Every derivative that has no certificate, with the reason."""
    return [lack for one in made for lack in one.missing]


def _derivatives(spec: Spec) -> Iterator[tuple[str, Derivative]]:
    """The derivatives that a specification claims, each with its keyword."""
    gradients: dict[Symbol, str] = {}
    for rule, keyword, claim in claims(spec):
        if rule not in DERIVATIVES:
            continue
        function, differentiated = "value", spec.loss.value
        if rule == "gradient":
            gradients[claim.wrt] = _named(keyword)
        else:
            function = gradients[claim.wrt]
            differentiated = spec.loss.gradients[claim.wrt]
        yield (
            keyword,
            Derivative(_named(keyword), function, differentiated, claim.written, claim.wrt),
        )


def _named(keyword: str) -> str:
    return keyword.replace("[", "_").replace("]", "")


def _definition(loss: Loss, name: str, formula: Expr, what: str) -> Definition:
    body = Printer().term(formula)
    return Definition(name, Elementwise(loss).binders, body, f"{what}: {unicode_line(formula)}")
