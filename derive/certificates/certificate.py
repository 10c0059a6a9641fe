"""The certificate of one loss: everything that Coq can be asked to check about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sympy import Expr, Symbol

from derive.certificates.elementwise import Elementwise
from derive.certificates.printer import Printer, Unprintable, name_of
from derive.certificates.properties import property_theorems
from derive.certificates.refutation import Point, Refutation, point_of
from derive.certificates.scripts import Derivative
from derive.certificates.separable import of_one_entry, slice_definition, slice_theorems
from derive.certificates.slices import Slices
from derive.certificates.theorem import Definition, Theorem, Uncertified, plain
from derive.emit.templates import environment
from derive.formulas import unicode_line
from derive.loss import Loss
from derive.registry import PublishedSpec, Registry, Spec, resolve
from derive.report.finding import Counterexample, Finding
from derive.verification import claims

LIBRARY = ("Conditions", "Equalities", "Pieces", "Sums", "Slices", "Refutations", "Properties")
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


def certificate(
    spec: Spec, findings: Sequence[Finding] = (), published: Sequence[PublishedSpec] = ()
) -> Certificate:
    """The certificate of a loss; claims that cannot be stated or prepared are listed in it.

    ``findings`` are the proofs of its claims, of which the side conditions become hypotheses, and
    the refutations of ``published`` formulas.
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
    derivatives = list(_derivatives(spec, made.loss.value))
    for keyword, claim in derivatives:
        try:
            new = [] if definitions else list(_values(made, loss, of_what))
            lemmas = [] if sections else list(made.in_sums("value", made.loss.value))
            new.append(_definition(made, claim.name, claim.slope, _title(claim)))
            theorems = [*lemmas, *made.in_sums(claim.name, claim.slope), *made.theorems(claim)]
            theorems += slice_theorems(loss, claim, theorems) if entry else []
        except (Unprintable, Uncertified) as reason:
            lacking.append(Missing(f"{spec.name}.{keyword}", str(reason)))
            continue
        definitions += new
        sections.append(Section(keyword, tuple(theorems)))
    if isinstance(made, Elementwise) and entry is None:
        proved = {theorem.name for section in sections for theorem in section.theorems}
        if properties := tuple(property_theorems(made, [d for _, d in derivatives], proved)):
            sections.append(Section("properties", properties))
    for one, point in _refuted(spec, published, findings):
        try:
            wrong = _refutation(spec, made, derivatives, one, point_of(point))
            parts = (wrong.definition, wrong.theorem)
        except (Unprintable, Uncertified) as reason:
            lacking.append(Missing(f"{one.name}.{one.claim.kind}", str(reason)))
            continue
        definitions.append(parts[0])
        sections.append(Section(f"published: {one.name}", parts[1:]))
    return Certificate(
        spec.name,
        spec.name.replace("_", " "),
        plain(spec.doc.splitlines()[0] if spec.doc else spec.name),
        spec.source,
        loss.kind,
        tuple(definitions),
        tuple(sections),
        tuple(lacking),
    )


def certificates(registry: Registry, findings: Sequence[Finding] = ()) -> list[Certificate]:
    """The certificates of all losses."""
    published = list(registry.published.values())
    return [certificate(spec, findings, published) for spec in registry.specs.values()]


def missing(made: Sequence[Certificate]) -> list[Missing]:
    """Every derivative that has no certificate, with the reason."""
    return [lack for one in made for lack in one.missing]


def _refuted(
    spec: Spec, published: Sequence[PublishedSpec], findings: Sequence[Finding]
) -> Iterator[tuple[PublishedSpec, Counterexample]]:
    """The refuted formulas about a loss, each with its counterexample."""
    found = {finding.loss: finding for finding in findings if finding.status == "refuted"}
    for one in published:
        point = found[one.name].counterexample if one.name in found else None
        if one.claim.of == spec.name and one.claim.claim is None and point is not None:
            yield one, point


def _refutation(
    spec: Spec,
    made: Elementwise | Slices,
    derivatives: Sequence[tuple[str, Derivative]],
    one: PublishedSpec,
    point: Point,
) -> Refutation:
    published = resolve(one.claim, spec.loss)
    if spec.loss.square or published.at or published.mean_over_elements:
        raise Uncertified("it is compared with something else than the loss of a slice")
    against = "value"
    whole = isinstance(made, Elementwise) and spec.loss.kind == "slices"
    if whole and published.kind == "value":
        against = "slice_value"
    if published.kind == "gradient":
        against = next(d.name for _, d in derivatives if d.wrt == published.wrt)
    slices = isinstance(made, Slices) or against == "slice_value"
    return Refutation(one.name, spec.loss, published, against, point, slices)


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


def _title(claim: Derivative) -> str:
    kind = claim.name.split("_")[0]
    said = {"hessian": "The diagonal of its Hessian", "hvp": "Its Hessian-vector product"}
    return f"{said.get(kind, 'Its gradient')} in {claim.wrt}"


def _named(keyword: str) -> str:
    return keyword.replace("[", "_").replace("]", "")


def _values(made: Elementwise | Slices, loss: Loss, of_what: str) -> Iterator[Definition]:
    names = [name_of(symbol) for symbol in (*loss.inputs, *loss.parameters)]
    if len(set(names)) < len(names):
        raise Unprintable(f"two arguments have one name in Coq: {', '.join(names)}")
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
