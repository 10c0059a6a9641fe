"""What a certificate states, without its proofs: what a person has to read to believe it."""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"^(?:Definition|Theorem) .*?\.$", re.MULTILINE | re.DOTALL)
_ABOUT_REDUCTIONS = re.compile(r"\w+_(?:reduced|mean|sum|reduced_at_kink|mean_at_kink|sum_at_kink)")


def statements(certificate: str) -> str:
    """The definitions of a certificate's text, and its theorems but for those of reductions."""
    found = [sentence.group() for sentence in _SENTENCE.finditer(certificate)]
    kept = [text for text in found if not _ABOUT_REDUCTIONS.fullmatch(text.split()[1])]
    return "\n\n".join(kept)
