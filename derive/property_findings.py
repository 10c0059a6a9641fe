"""States what came of the properties that are claimed of losses, ours and others', as findings."""

from __future__ import annotations

import time
from dataclasses import replace

from derive.answers import Answer, Answers, Texts, finding_of
from derive.calculus import gradient
from derive.formulas import text_line
from derive.language import ENTRY, SLICE, Parameter, Sum, axes_of
from derive.loss import Loss, Published
from derive.properties import Property
from derive.prove.properties import Subject
from derive.registry import Place, PublishedSpec, Registry, Spec
from derive.report.finding import Finding, Location
from derive.well_formed import SpecError, check_property


def location(place: Place) -> Location:
    """A place of the registry as the reports have it."""
    return Location(place.file, place.line, place.column, place.end, place.source)


def property_text(claimed: Property) -> str:
    """A property as it is claimed, such as ``lipschitz(delta)``."""
    parts = [text_line(argument) for argument in claimed.arguments]
    if getattr(claimed, "at", None) is not None:
        parts[-1] = f"at {parts[-1]}"
    arguments = ", ".join(parts)
    facts = " and ".join(map(text_line, claimed.facts))
    text = f"{claimed.name}({arguments})" if arguments else claimed.name
    return f"{text} where {facts}" if facts else text


def property_findings(spec: Spec, answers: Answers | None = None) -> list[Finding]:
    """The findings for every property that a specification claims."""
    asked = _Asked(spec.loss, answers or Answers())
    return [
        asked.finding(spec.name, claimed, location(spec.place(f"claims[{index}]")))
        for index, claimed in enumerate(spec.loss.claims)
    ]


def published_property(spec: PublishedSpec, registry: Registry, answers: Answers) -> Finding:
    """The finding for a property that was published of one of our losses, or of another."""
    published, place = spec.claim, location(spec.place("claim"))
    assert published.claim is not None
    try:
        loss = _subject(published, registry)
        check_property(published.claim, loss)
    except SpecError as error:
        where = location(spec.place(error.field))
        name = f"{spec.name}.claim"
        return Finding(spec.name, name, "spec", "invalid", str(error), location=where)
    finding = _Asked(loss, answers).finding(spec.name, published.claim, place)
    because = finding.message if finding.status != published.expected else published.because
    return replace(finding, rule="published-property", expected=published.expected, message=because)


def _subject(published: Published, registry: Registry) -> Loss:
    if published.of:
        if published.of not in registry.specs:
            raise SpecError(f"there is no loss named {published.of!r}", "of")
        return registry.specs[published.of].loss
    value = published.formula
    total = value
    for axis in sorted(axes_of(value) & {ENTRY, SLICE}):
        total = Sum(total, axis)
    return Loss(
        value=value,
        gradient=gradient(total, published.wrt),
        parameters=tuple(sorted(value.atoms(Parameter), key=str)),
        domains=published.domains,
        assuming=published.assuming,
    )


class _Asked:
    """A loss about which one property after another is asked."""

    def __init__(self, loss: Loss, answers: Answers) -> None:
        # How its Hessian is written is a hint to prove it convex.
        self._loss = replace(loss.bare, hvp=loss.hvps)
        self._subject = Subject(self._loss)
        self._answers = answers

    def finding(self, name: str, claimed: Property, place: Location) -> Finding:
        """The finding for one property of the loss, as it is claimed by what has this name."""
        start = time.perf_counter()
        answer = self._answers.to(("property", self._loss, claimed), lambda: self._answer(claimed))
        return replace(
            answer.finding,
            loss=name,
            claim=f"{name}.{property_text(claimed)}",
            location=place,
            seconds=time.perf_counter() - start,
        )

    def _answer(self, claimed: Property) -> Answer:
        verdict, labels = self._subject.examine(claimed)
        texts = Texts(
            proved="at every point of the domain",
            refuted=f"not {claimed.name.replace('_', ' ')}",
            help="claim less, or only where(...) it holds",
            at_an_index=False,
        )
        return Answer(finding_of("property", verdict, labels, texts))
