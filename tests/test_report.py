"""Reports lose nothing, invent nothing and cannot be broken by what a finding says."""

from __future__ import annotations

import io
import json
import re
from dataclasses import asdict, replace
from itertools import product
from typing import Any, get_args
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from derive.report import text, to_github, to_json, to_junit, to_sarif
from derive.report.characters import visible, width
from derive.report.exit_code import exit_code
from derive.report.finding import Counterexample, Finding, Location, Status
from derive.report.formats import FORMATS
from derive.report.progress import progress

AT = Location("specs/huber.py", 14, 14, 30, "    gradient=Min(residual, d),")
INPUTS = (("pred", "[1/2]"), ("delta", "1"))
WITNESS = Counterexample(INPUTS, "hand-written", "-0.5 ± 1e-30", "derivative", "+0.5")

PROVED = Finding("mse", "mse.gradient", "gradient", "proved", regions=1, seconds=0.25)
WRONG = Finding("huber", "huber.gradient", "gradient", "refuted", "wrong sign", regions=1)
SHOWN = replace(WRONG, location=AT, counterexample=WITNESS)
REFUTED = replace(SHOWN, residual="-2*residual", hint="drop\nthe minus")
FORETOLD = replace(REFUTED, loss="cosine", claim="cosine.paper", rule="paper", expected="refuted")
UNKNOWN = Finding("cosine", "cosine.hvp", "hvp", "unknown", "out of time", residual="x - y")
INVALID = Finding("hinge", "hinge", "spec", "invalid", "no value", location=AT)
STALE = Finding("mse", "mse.py", "generated", "stale", "differs", hint="lossproof codegen")
SURPRISE = Finding("mae", "mae.paper", "published-value", "proved", expected="refuted")
ALL = [PROVED, REFUTED, FORETOLD, UNKNOWN, INVALID, STALE, SURPRISE]
UNEXPECTED = [REFUTED, UNKNOWN, INVALID, STALE, SURPRISE]

HOSTILE = [
    "\"double\" 'single' <tag attr='x'>&amp;]]> --> <!-- -->",
    "100% sure, 50%25, a:b::c,d=e",
    "first\nsecond\r\nthird\r::error::forged\n<forged/>",
    "\x1b[31mred\x1b[0m \x00\x07\x08\x0b\x0c\x7f\x85\u2028\u202e\ud800\ufffe\uffff",
    "ŷ y\u0302 Σ pred² 損失",
    "[link](https://example.org) {0} ``code`` \\n",
    "",
]


def hostile(words: str) -> Finding:
    """A refutation that says ``words`` wherever a finding can say something."""
    at = Location(f"specs/{words}.py", 3, 2, 4, words)
    witness = Counterexample(((words, words),), words, words, words, words)
    said = Finding(words, words, words, "refuted", words, residual=words, hint=words)
    return replace(said, location=at, counterexample=witness, assuming=(words,))


def show(findings: list[Finding], *, verbose: bool = False, color: bool = False) -> str:
    return text.render(findings, verbose=verbose, color=color, seconds=3.14)


def sarif_run(findings: list[Finding]) -> dict[str, Any]:
    report = json.loads(to_sarif.render(findings, seconds=1.0))
    assert report["version"] == "2.1.0"
    run: dict[str, Any]
    (run,) = report["runs"]
    return run


@pytest.mark.parametrize("render", FORMATS.values(), ids=FORMATS)
def test_same_findings_same_bytes(render: Any) -> None:
    assert render(ALL, seconds=1.5) == render(tuple(ALL), seconds=1.5)
    assert render([], seconds=0) == render([], seconds=0)


def test_json_keeps_every_field_and_counts() -> None:
    report = json.loads(to_json.render(ALL, seconds=1.5))
    assert (report["schema"], report["seconds"]) == ("lossproof-verify/1", 1.5)
    fields = [{**asdict(f), "as_expected": f not in UNEXPECTED} for f in ALL]
    assert report["findings"] == json.loads(json.dumps(fields))
    statuses = [finding.status for finding in ALL]
    by_status = {status: statuses.count(status) for status in get_args(Status)}
    assert report["summary"] == {"losses": 5, "claims": 7, "as_expected": 2, **by_status}


def test_junit_outcomes_and_counts() -> None:
    root = ET.fromstring(to_junit.render(ALL, seconds=1.5))
    outcomes = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    tags = [[], ["failure"], [], ["skipped"], ["error"], ["failure"], ["failure"]]
    assert outcomes == dict(zip((finding.claim for finding in ALL), tags, strict=True))
    for element in [root, *root.iter("testsuite")]:
        cases = list(element.iter("testcase"))
        found = [child.tag for case in cases for child in case]
        assert element.get("tests") == str(len(cases))
        for name, tag in [("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]:
            assert element.get(name) == str(found.count(tag))


def test_github_has_one_command_per_surprise() -> None:
    commands = to_github.render(ALL, seconds=1.5).splitlines()
    levels = ["warning" if f is UNKNOWN else "error" for f in UNEXPECTED]
    assert [command.split()[0] for command in commands] == [f"::{level}" for level in levels]
    assert commands[0] == (
        "::error file=specs/huber.py,line=14,col=14,endColumn=30,title=lossproof refuted[gradient]"
        "::huber.gradient — wrong sign%0Aat pred = [1/2], delta = 1%0Ahand-written  -0.5 ± 1e-30"
        "%0Aderivative    +0.5%0Aresidual: -2*residual%0Ahelp: drop%0A      the minus"
    )


def test_sarif_has_what_the_standard_requires() -> None:
    run = sarif_run(ALL)
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "lossproof"
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(rule["shortDescription"]["text"] for rule in rules)
    assert run["invocations"] == [{"executionSuccessful": False}]
    for finding, result in zip(UNEXPECTED, run["results"], strict=True):
        assert result["ruleId"] == rules[result["ruleIndex"]]["id"] == f"lossproof/{finding.rule}"
        verdict = ("open", "none") if finding is UNKNOWN else ("fail", "error")
        assert (result["kind"], result["level"]) == verdict
        assert finding.claim in result["message"]["text"]
        (location,) = result["locations"]
        assert ("physicalLocation" in location) is (finding.location is not None)


def test_sarif_places_are_relative_and_fingerprints_survive_edits() -> None:
    moved = replace(REFUTED, message="new", location=replace(AT, file=".\\specs\\huber.py", line=9))
    original, same, different = sarif_run([REFUTED, moved, replace(REFUTED, claim="x")])["results"]
    physical = same["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "specs/huber.py"
    assert physical["region"] == {"startLine": 9, "startColumn": 14, "endColumn": 30}
    assert original["partialFingerprints"] == same["partialFingerprints"]
    assert original["partialFingerprints"] != different["partialFingerprints"]


@pytest.mark.parametrize("words", HOSTILE)
def test_no_message_can_break_a_format(words: str) -> None:
    findings = [hostile(words)]
    assert json.loads(to_json.render(findings, seconds=0))["findings"][0]["message"] == words
    (case,) = ET.fromstring(to_junit.render(findings, seconds=0)).iter("testcase")
    assert [child.tag for child in case] == ["failure"]
    (command,) = to_github.render(findings, seconds=0).splitlines()
    field, message = r"(?:[^%:,]|%25|%3A|%2C)*", r"(?:[^%]|%25|%0A)*"
    head = f"::error file={field},line=3,col=2,endColumn=4,title={field}"
    assert re.fullmatch(f"{head}::{message}", command)
    (result,) = sarif_run(findings)["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"specs/[!-~]*", uri)
    assert unquote(uri) == f"specs/{words}.py".replace("\\", "/") or not words.isprintable()
    for verbose in (False, True):
        assert re.fullmatch(r"[\n -~\u00a1-\ud7ff]*", show(findings, verbose=verbose))


@pytest.mark.parametrize("verbose", [False, True])
def test_colour_changes_nothing_but_the_colour(verbose: bool) -> None:
    plain, colored = (show(ALL, verbose=verbose, color=color) for color in (False, True))
    assert "\x1b" not in plain
    assert ("\x1b[32m" in colored) is verbose  # by loss, each of these has a surprise
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == plain != colored


def test_text_of_a_refutation() -> None:
    conditional = replace(PROVED, loss="cosine", assuming=("Σ pred² > 0",))
    report = """
loss    verdict                       claims  regions  boundaries    time
cosine  proved; refuted, as expected       2        1           0  0.25 s  assuming Σ pred² > 0
huber   refuted                            1        1           0  0.00 s

refuted[gradient]: huber.gradient — wrong sign
  --> specs/huber.py:14:14
   |
14 |     gradient=Min(residual, d),
   |              ^^^^^^^^^^^^^^^^
   = at pred = [1/2], delta = 1
   = hand-written  -0.5 ± 1e-30
   = derivative    +0.5
   = residual: -2*residual
   = help: drop
           the minus

2 losses, 3 claims: 1 proved, 1 refuted, 0 unknown, 1 refuted as expected in 3.1 s
"""
    assert show([conditional, FORETOLD, REFUTED]) == report.lstrip()


@pytest.mark.parametrize("verbose", [False, True])
def test_text_shows_every_surprise_and_expected_refutations_on_request(verbose: bool) -> None:
    table, *details, summary = show(ALL, verbose=verbose).split("\n\n")
    shown = [f for f in ALL if f in UNEXPECTED or (verbose and f is FORETOLD)]
    for finding, detail in zip(shown, details, strict=True):
        assert detail.startswith(f"{finding.status}[{finding.rule}]: {finding.claim}")
    names = [f.claim for f in ALL] if verbose else list(dict.fromkeys(f.loss for f in ALL))
    assert [line.split()[0] for line in table.splitlines()[1:]] == names
    assert summary == (
        "4 losses, 1 published formula, 7 claims: 1 proved, 1 refuted, 1 unknown, "
        "1 invalid, 1 proved against expectation, 1 refuted as expected, 1 stale in 3.1 s\n"
    )


def test_columns_align_in_every_script() -> None:
    losses = ["ŷ", "y\u0302", "損失", "plain"]
    rows = show([replace(PROVED, loss=loss) for loss in losses]).splitlines()[1:5]
    assert {width(row[: row.index("proved")]) for row in rows} == {len("plain  ")}


@pytest.mark.parametrize("before", ["", "    ", "\t", "ŷ = ", "y\u0302 = ", "損失 = ", "\x0c"])
@pytest.mark.parametrize("marked", ["x", "Σ(ŷ)", "損失", "y\u0302", ""])
def test_carets_stand_under_the_marked_columns(before: str, marked: str) -> None:
    start = len(before) + 1
    at = Location("a.py", 7, start, start + len(marked), f"{before}{marked} + 1")
    report = show([replace(REFUTED, location=at)]).splitlines()
    place = report.index(f" --> a.py:7:{start}")
    assert report[place + 2] == f"7 | {visible(before)}{marked} + 1"
    carets = "^" * max(1, width(marked))
    assert report[place + 3] == "  | " + " " * width(visible(before)) + carets


def test_width_agrees_with_rich() -> None:
    cells = pytest.importorskip("rich.cells")
    for words in ["plain", "Σ(ŷ)", "y\u0302", "Σ pred² ≥ 0", "損失関数", "∂²L/∂ŷ∂ŷ"]:
        assert width(words) == cells.cell_len(words)


@pytest.mark.parametrize("allow_unknown", [False, True])
def test_exit_codes(allow_unknown: bool) -> None:
    verdicts = product(get_args(Status), repeat=2)
    outcomes = [replace(PROVED, status=found, expected=hoped) for found, hoped in verdicts]
    codes = {"invalid": 2, "unknown": 0 if allow_unknown else 3}
    assert exit_code([], allow_unknown) == 0
    for pair in product(outcomes, repeat=2):
        wanted = {0 if f.as_expected else codes.get(f.status, 1) for f in pair}
        assert exit_code(pair, allow_unknown) == next(c for c in (2, 1, 3, 0) if c in wanted)


def lines_of_progress(times: list[float], *, terminal: bool) -> list[str]:
    stream, ticks = io.StringIO(), iter([0.0, *times])
    stream.isatty = lambda: terminal  # type: ignore[method-assign]
    with progress(len(times), stream=stream, clock=lambda: next(ticks)) as advance:
        for time in times:
            advance(f"loss at {time}")
    return [line.strip() for line in stream.getvalue().split("\r") if line.strip()]


def test_progress_is_for_long_runs_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert lines_of_progress([1, 3], terminal=False) == []
    assert lines_of_progress([1, 1.9], terminal=True) == []
    shown = ["[2/3] loss at 3", "[3/3] loss at 5"]
    assert lines_of_progress([1, 3, 5], terminal=True) == shown
