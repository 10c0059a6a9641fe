"""What a certificate states, without its proofs: what a person has to read to believe it."""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"^(?:Definition|Theorem) .*?\.$", re.MULTILINE | re.DOTALL)
_OF_A_REDUCTION = re.compile(r"Theorem \w+_(?:reduced|mean|sum)(?:_at_kink)? :")


def statements(certificate: str) -> str:
    """The definitions of a certificate's text, and its theorems but for those of reductions."""
    found = [sentence.group() for sentence in _SENTENCE.finditer(certificate)]
    return "\n\n".join(text for text in found if not _OF_A_REDUCTION.match(text))
