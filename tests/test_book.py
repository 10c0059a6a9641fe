"""The book as a browser shows it, read from files, without a network.

``make docs`` builds it; the driver of a headless Chromium is spoken to as the W3C protocol says.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from catalogue import SPECS

BOOK = Path(__file__).parent.parent / "docs" / "_build"
PAGES = sorted(path.relative_to(BOOK).as_posix() for path in BOOK.rglob("*.html"))

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromedriver") is None, reason="needs chromium-driver"),
    pytest.mark.skipif(not PAGES, reason="needs make docs"),
]
OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


class Browser:
    """A session of a browser."""

    def __init__(self, address: str, profile: Path) -> None:
        chrome = {"args": [*OPTIONS, f"--user-data-dir={profile}"]}
        asked = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": chrome}}}
        self._address = f"{address}/session"
        session = self._post("", asked)
        self._address += f"/{session['sessionId']}"

    def open(self, page: str) -> None:
        self._post("/url", {"url": f"{BOOK.resolve().as_uri()}/{page}"})

    def run(self, script: str) -> Any:
        return self._post("/execute/sync", {"script": script, "args": []})

    def wait(self, script: str) -> Any:
        for _ in range(100):
            found = self.run(script)
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"never true: {script}")

    def close(self) -> None:
        with urlopen(Request(self._address, method="DELETE"), timeout=30):
            pass

    def _post(self, path: str, value: Any) -> Any:
        request = Request(self._address + path, json.dumps(value).encode())
        request.add_header("Content-Type", "application/json")
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    driver = subprocess.Popen(
        ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        session = Browser(f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("profile"))
        yield session
        session.close()
    finally:
        driver.terminate()
        driver.wait()


@pytest.mark.parametrize("page", PAGES)
def test_every_formula_is_typeset(page: str, browser: Browser) -> None:
    browser.open(page)
    counts = browser.run(
        "return ['.tex', '.tex .katex', '.katex-error']"
        ".map(kind => document.querySelectorAll(kind).length)"
    )
    formulas, typeset, errors = counts
    assert errors == 0
    assert typeset == formulas
    if page.startswith("losses/") and Path(page).stem in SPECS:
        assert formulas > 2


def test_search_finds_a_loss_without_a_network(browser: Browser) -> None:
    browser.open("search.html?q=huber")
    found = browser.wait(
        "return [...document.querySelectorAll('#search-results a')].map(a => a.href).join(' ')"
    )
    assert "losses/huber.html" in found


def test_the_table_sorts_by_the_heading_that_is_pressed(browser: Browser) -> None:
    browser.open("losses/tables/properties.html")
    names = (
        "return [...document.querySelectorAll('table.sortable tbody tr')]"
        ".map(row => row.cells[0].textContent.trim())"
    )
    press = "document.querySelector('table.sortable th').click()"
    given = browser.run(names)
    browser.run(press)
    rising = browser.run(names)
    browser.run(press)
    falling = browser.run(names)
    assert len(given) > 5
    assert rising == sorted(given)
    assert falling == rising[::-1]


def test_no_page_refers_to_what_a_network_would_bring() -> None:
    for page in PAGES:
        text = (BOOK / page).read_text(encoding="utf-8")
        for tag in ('<script src="http', '<link rel="stylesheet" href="http', '<img src="http'):
            assert tag not in text, f"{page}: {tag}"
