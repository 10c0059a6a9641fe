"""Characters as a terminal shows them: how wide they are, and how to make them harmless."""

from __future__ import annotations

import unicodedata

_BREAKING = {"Cc", "Cs", "Zl", "Zp"}
# Bidirectional controls can make a line read differently from what it says; XML forbids the rest.
_FORBIDDEN = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe\uffff"
)


def visible(text: str) -> str:
    r"""``text`` on one line: a tab as four spaces, other control characters as ``\x1b``."""
    return "".join(map(_visible, text))


def lines(text: str) -> list[str]:
    """The lines of ``text``, each of them ``visible``."""
    return [visible(line) for line in text.splitlines()]


def one_line(text: str) -> str:
    """``text`` with its line breaks as spaces."""
    return " ".join(lines(text))


def width(text: str) -> int:
    """How many terminal columns ``text`` takes: a combining hat takes none, an ideograph two."""
    return sum(map(_columns, text))


def fit(text: str, columns: int) -> str:
    """``text`` padded with spaces, or cut, to at most ``columns`` terminal columns."""
    while width(text) > columns:
        text = text[:-1]
    return left(text, columns)


def left(text: str, columns: int) -> str:
    """``text`` padded with spaces on its right."""
    return text + " " * (columns - width(text))


def right(text: str, columns: int) -> str:
    """``text`` padded with spaces on its left."""
    return " " * (columns - width(text)) + text


def _visible(character: str) -> str:
    if character == "\t":
        return "    "
    if unicodedata.category(character) in _BREAKING or character in _FORBIDDEN:
        return character.encode("unicode_escape").decode("ascii")
    return character


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
