"""What holds for every test: no earlier verdict decides it, and no step of a proof is rejected."""

import os
from collections.abc import Iterator

import pytest

from derive.prove import book

# A folder below a file cannot be made: a cache there stays empty.
os.environ["LOSSPROOF_CACHE"] = os.path.join(__file__, "none")


@pytest.fixture(autouse=True)
def rejected(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[str]]:
    """The steps that the checker rejects: none, unless a test asks for them by this name."""
    found: list[str] = []

    def noting(self: book.Rejected, *args: object) -> None:
        Exception.__init__(self, *args)
        found.append(str(self))

    monkeypatch.setattr(book.Rejected, "__init__", noting, raising=False)
    yield found
    if not _asked(request):
        assert not found, f"steps of a proof were not confirmed: {found}"


def _asked(request: pytest.FixtureRequest) -> bool:
    """Whether the test itself takes the list."""
    function = getattr(request.node, "function", None)
    return function is not None and "rejected" in function.__code__.co_varnames
