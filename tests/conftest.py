"""What holds for every test: no earlier verdict decides it, and no step of a proof is rejected."""

import gc
import os
import pickle
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from derive.prove import book
from derive.report.finding import Finding

# A folder below a file cannot be made: a cache there stays empty.
os.environ["LOSSPROOF_CACHE"] = os.path.join(__file__, "none")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is collected stays: it is not looked through again and again for garbage."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


Findings = Callable[[str], tuple[Finding, ...]]


@pytest.fixture(scope="session")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """What is found about a loss or a published formula of the catalogue, and what follows.

    It is found from nothing, by whichever worker comes first, and the others read it.
    """
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    @cache
    def known(name: str) -> tuple[Finding, ...]:
        path = shared / f"findings-{name}"
        if not path.exists():
            part = own / f"{path.name}.part"
            part.write_bytes(pickle.dumps(_found(name)))
            part.replace(path)
        found: tuple[Finding, ...] = pickle.loads(path.read_bytes())
        return found

    return known


def _found(name: str) -> tuple[Finding, ...]:
    from catalogue import REGISTRY

    from derive.answers import Answers
    from derive.consequences import second_order
    from derive.verification import verify_one

    answers = Answers()
    return (*verify_one(name, REGISTRY, answers), *second_order(name, REGISTRY, answers))


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
