"""The certificate of one loss: everything that Coq can be asked to check about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sympy import Expr, Symbol

from derive.certificates.elementwise import Elementwise
from derive.certificates.printer import Printer, Unprintable
from derive.certificates.scripts import Derivative
from derive.certificates.separable import of_one_entry, slice_definition, slice_theorems
from derive.certificates.slices import Slices
from derive.certificates.theorem import Definition, Theorem, Uncertified
from derive.emit.templates import environment
from derive.formulas import unicode_line
from derive.loss import Loss
from derive.registry import Registry, Spec
from derive.report.finding import Finding
from derive.verification import claims

LIBRARY = ("Conditions", "Equalities", "Pieces", "Sums", "Slices")
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


def certificate(spec: Spec, findings: Sequence[Finding] = ()) -> Certificate:
    """The certificate of a loss; claims that cannot be stated or prepared are listed in it.

    ``findings`` are the proofs of its claims, of which the side conditions become hypotheses.
    """
    loss = spec.loss
    assuming = {
        _named(finding.claim.split(".", 1)[1]): finding.assuming
        for finding in findings
        if finding.loss == spec.name
    }
    entry = of_one_entry(loss) if loss.kind == "slices" else None
    made = entry or (Slices(loss, assuming) if loss.kind == "slices" else Elementwise(loss))
    of_what = " of one entry" if entry else ""
    definitions: list[Definition] = []
    sections: list[Section] = []
    lacking: list[Missing] = []
    for keyword, claim in _derivatives(spec, made.loss.value):
        try:
            new = [] if definitions else list(_values(made, loss, of_what))
            lemmas = [] if sections else list(made.in_sums("value", made.loss.value))
            new.append(_definition(made, claim.name, claim.slope, f"Its {keyword}"))
            theorems = [*lemmas, *made.in_sums(claim.name, claim.slope), *made.theorems(claim)]
            theorems += slice_theorems(loss, claim, theorems) if entry else []
        except (Unprintable, Uncertified) as reason:
            lacking.append(Missing(f"{spec.name}.{keyword}", str(reason)))
            continue
        definitions += new
        sections.append(Section(keyword, tuple(theorems)))
    return Certificate(
        spec.name,
        spec.name.replace("_", " "),
        spec.doc.splitlines()[0] if spec.doc else spec.name,
        spec.source,
        loss.kind,
        tuple(definitions),
        tuple(sections),
        tuple(lacking),
    )


def certificates(registry: Registry, findings: Sequence[Finding] = ()) -> list[Certificate]:
    """The certificates of all losses."""
    return [certificate(spec, findings) for spec in registry.specs.values()]


def missing(made: Sequence[Certificate]) -> list[Missing]:
    """Every derivative that has no certificate, with the reason."""
    return [lack for one in made for lack in one.missing]


def _derivatives(spec: Spec, value: Expr) -> Iterator[tuple[str, Derivative]]:
    """The derivatives that a specification claims, each with its keyword."""
    gradients: dict[Symbol, str] = {}
    for rule, keyword, claim in claims(spec):
        if rule not in DERIVATIVES:
            continue
        function, differentiated = "value", value
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


def _values(made: Elementwise | Slices, loss: Loss, of_what: str) -> Iterator[Definition]:
    yield _definition(made, "value", made.loss.value, f"The loss{of_what}")
    if of_what:
        yield slice_definition(loss)


def _definition(made: Elementwise | Slices, name: str, formula: Expr, what: str) -> Definition:
    return Definition(
        name,
        made.binders(name),
        Printer("k" if isinstance(made, Slices) else "").term(formula),
        f"{what}: {unicode_line(formula)}",
    )
