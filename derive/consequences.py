"""What follows from a specification, though nobody claims it, as findings.

The code and the pages offer it; whoever verifies what is claimed need not wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import takewhile

from derive.answers import Answer, Answers
from derive.language import Element
from derive.loss import Loss
from derive.prove.claim import Claim
from derive.prove.field import OutsideClass, Undefined
from derive.prove.structure import structure_line, structures
from derive.registry import Registry, Spec
from derive.report.finding import Finding
from derive.second_order import derived, with_derived
from derive.verification import checked, claims, evaluated


def second_order(name: str, registry: Registry, answers: Answers) -> list[Finding]:
    """The second derivatives that follow from what a loss states, where they are proved.

    Only of use where all that is claimed is proved. What is not proved is not offered.
    """
    spec = registry.specs.get(name)
    return [] if spec is None else list(_second_order(spec, answers))


def hessians(name: str, registry: Registry, answers: Answers) -> list[Finding]:
    """The structure of the Hessian in each input of a loss, named as the claimed gradient is."""
    spec = registry.specs.get(name)
    return [] if spec is None else list(_hessians(spec, answers))


def _second_order(spec: Spec, answers: Answers) -> Iterator[Finding]:
    stated = [(keyword, claim.written) for _, keyword, claim in evaluated(spec.loss)]
    for part in derived(spec.loss):
        claim = Claim(spec.loss, part.kind, part.wrt, part.formula)
        questions: list[tuple[str, str, Claim]] = [(part.kind, part.keyword, claim)]
        for rule, keyword, form in evaluated(with_derived(spec.loss, [part])):
            if (keyword, form.written) not in stated:
                questions.append((rule, keyword, form))
        found = [checked(spec, *question, answers).finding for question in questions]
        if all(finding.status == "proved" for finding in found):
            yield from found


def _hessians(spec: Spec, answers: Answers) -> Iterator[Finding]:
    for _, keyword, claim in takewhile(lambda stated: stated[0] == "gradient", claims(spec)):
        if isinstance(claim.wrt, Element):
            subject = spec.loss.bare, claim.wrt
            answer = answers.to(("structure", *subject), partial(_structure, *subject))
            yield replace(answer.finding, loss=spec.name, claim=f"{spec.name}.{keyword}")


def _structure(loss: Loss, wrt: Element) -> Answer:
    """The structure of the derived Hessian; nothing where the prover does not reach."""
    try:
        lines = tuple(map(structure_line, structures(loss, wrt)))
    except (OutsideClass, Undefined):
        lines = ()
    return Answer(Finding("", "", "structure", "unknown" if not lines else "proved", hessian=lines))
