"""What stands in a certificate: definitions and theorems, laid out for a reader."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

WIDTH = 100


REDUCTIONS = {
    "reduced": "The same with any weights, over any divisor.",
    "mean": "The same of the mean.",
    "sum": "The same of the sum.",
}
"""What is said of each reduction."""


class Uncertified(Exception):
    """A claim for which no certificate can be written; the message says why."""


@dataclass(frozen=True)
class Definition:
    """A function of real numbers or vectors, with the formula as the documentation prints it."""

    name: str
    binders: str
    body: str
    formula: str

    @property
    def text(self) -> str:
        """The definition in Coq."""
        return laid_out(f"Definition {self.name} {self.binders} : R :=", f"{self.body}.")

    @property
    def comment(self) -> str:
        """The formula."""
        return laid_out(f"(** {plain(self.formula)} *)")


@dataclass(frozen=True)
class Theorem:
    """A statement and the lines of the script that proves it. A ``Lemma`` is a step on the way."""

    name: str
    binders: str
    hypotheses: tuple[str, ...]
    conclusion: tuple[str, ...]
    proof: tuple[str, ...]
    comment: str = ""
    kind: str = "Theorem"

    @property
    def text(self) -> str:
        """The theorem in Coq, after its comment."""
        *parts, last = self.conclusion
        statement = [
            *([laid_out(f"(** {plain(self.comment)} *)")] if self.comment else []),
            f"{self.kind} {self.name} :",
            laid_out(f"  forall {self.binders},"),
            *(laid_out(f"  {fact} ->") for fact in self.hypotheses if fact),
            laid_out(f"  {parts[0]}", *parts[1:], f"{last}.") if parts else laid_out(f"  {last}."),
        ]
        return "\n".join([*statement, "Proof.", *(f"  {line}" for line in self.proof), "Qed."])


def plain(text: str) -> str:
    """Words that can stand in a comment of Coq, which knows strings and comments inside it."""
    return text.replace('"', "'").replace("(*", "( *").replace("*)", "* )")


def laid_out(first: str, *others: str) -> str:
    """Text on one line if there is room for it, else each part on lines of its own."""
    indent = " " * (len(first) - len(first.lstrip()))
    whole = " ".join([first, *others])
    if len(whole) <= WIDTH:
        return whole
    lines = _wrapped(first.strip(), indent)
    for other in others:
        lines += _wrapped(other, f"{indent}  ")
    return "\n".join(lines)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
