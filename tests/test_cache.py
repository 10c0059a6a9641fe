"""The cache is never seen but for the time it saves: what it says is what a run would find."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sympy")

import derive.cache
import derive.library
from derive.cache import Cache, default_folder, fingerprint, kernel
from derive.cli import main
from derive.prove.prover import TOO_DEEP
from derive.prove.verdict import Disagreement
from derive.report.finding import Finding
from derive.sources import Source

ROOT = Path(__file__).resolve().parent.parent
MAIN = "import sys; from derive.cli import main; sys.exit(main())"

LOSS = '''"""A loss for a test."""

from sympy import Abs, sign, sin

from derive import Kink, Loss, Published, pred, target

residual = pred - target

{name} = Loss(value={value}, gradient={gradient})
'''
KINDS = {
    "proved": {"value": "residual**2", "gradient": "2 * residual"},
    "refuted": {"value": "residual**2", "gradient": "residual"},
    "unknown": {"value": "sin(residual)**2", "gradient": "sin(2 * residual)"},
    "undeclared": {"value": "Abs(residual)", "gradient": "sign(residual)"},  # a kink
}
PUBLISHED = '''"""A formula about a loss of another file."""

from derive import Published, pred, target

printed = Published(
    of="proved",
    source="a book",
    expected="proved",
    because="it is",
    gradient=2 * (pred - target),
)
'''


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder and an empty cache beside it."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("LOSSPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LOSSPROOF_SPECS", raising=False)
    handler = signal.getsignal(signal.SIGPIPE) if hasattr(signal, "SIGPIPE") else None
    yield tmp_path / "work"
    if handler is not None:
        signal.signal(signal.SIGPIPE, handler)  # which the command line changes for its process


@pytest.fixture
def cached(tmp_path: Path) -> Callable[[], list[Path]]:
    """The entries of the cache that are about whole sources."""
    return lambda: sorted((tmp_path / "cache").glob("verdicts-*.json"))


Report = tuple[int, list[dict[str, Any]]]
Verify = Callable[..., Report]


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Verify:
    """Run ``lossproof verify`` here; its exit status and findings, which took no time."""

    def run(*arguments: str | Path) -> Report:
        paths = arguments if any(not str(a).startswith("-") for a in arguments) else ["specs"]
        status = main(["verify", "--jobs=1", "--format=json", *map(str, {*arguments, *paths})])
        findings = json.loads(capsys.readouterr().out)["findings"]
        return status, [finding | {"seconds": 0} for finding in findings]

    return run


@pytest.fixture
def unchanged(capsys: pytest.CaptureFixture[str]) -> Callable[..., int]:
    """Run ``lossproof verify`` here; on how many declarations it found nothing to do."""

    def run(*arguments: str) -> int:
        main(["verify", "--jobs=1", *(arguments or ["specs"])])
        found = re.search(r"\((\d+) unchanged\)\n$", capsys.readouterr().out)
        return int(found[1]) if found else 0

    return run


def write(name: str, text: str, folder: str = "specs") -> Path:
    path = Path(folder, f"{name}.py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def loss(kind: str, name: str = "", folder: str = "specs") -> Path:
    name = name or kind
    return write(name, LOSS.format(name=name, **KINDS[kind]), folder)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def run_apart(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"{code}\n{MAIN}", *arguments],
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        check=False,
    )


# What is seen -------------------------------------------------------------------------------------

# The column of times, its heading included, is as wide as the longest of them.
TIMES = re.compile(r'(?m) +time$| +\d+\.\d\d s|in \d+\.\d s.*|"seconds": [\d.e-]+|time="[\d.]+"')
FORMATS = ["text", "json", "junit", "github", "sarif"]


@pytest.mark.parametrize(
    ("specs", "name"),
    [
        *(("here", name) for name in FORMATS),
        pytest.param(str(ROOT / "specs"), "json", marks=pytest.mark.slow),
    ],
)
def test_the_same_bytes_with_and_without(
    capsys: pytest.CaptureFixture[str], specs: str, name: str
) -> None:
    for kind in KINDS:
        loss(kind, folder="here")
    write("printed", PUBLISHED, "here")
    write("broken", "value = 1 +", "here")

    jobs = "--jobs=2" if name == "json" else "--jobs=1"

    def report(*more: str) -> tuple[int, str]:
        status = main(["verify", specs, f"--format={name}", jobs, *more])
        return status, TIMES.sub("", capsys.readouterr().out)

    assert report("--no-cache") == report() == report()
    if name == "text":
        assert report("--no-cache", "--verbose") == report("--verbose")


def test_a_run_without_changes_needs_no_mathematics() -> None:
    loss("proved")
    write("printed", PUBLISHED)
    code = "import atexit, sys; atexit.register(lambda: print({'sympy', 'flint'} & {*sys.modules}))"
    first, second = (run_apart("verify", "specs", code=code) for _ in range(2))
    assert (first.returncode, first.stderr) == (second.returncode, second.stderr) == (0, "")
    assert first.stdout.splitlines()[-1] != "set()"
    assert second.stdout.splitlines()[-1] == "set()"


@pytest.mark.parametrize("option", [[], ["--jobs=2"]])
def test_the_report_says_how_much_was_known(
    capsys: pytest.CaptureFixture[str], option: list[str]
) -> None:
    for name in ("first", "second", "third"):
        loss("proved", name)
    main(["verify", "specs", *option])
    assert "unchanged" not in capsys.readouterr().out
    loss("refuted", "second")
    main(["verify", "specs", *option])
    assert capsys.readouterr().out.endswith(" s (2 unchanged)\n")


@pytest.mark.parametrize("command", ["codegen", "docs"])
def test_what_is_written_is_the_same(command: str) -> None:
    loss("proved")
    write("printed", PUBLISHED)

    def written(*more: str) -> dict[str, bytes]:
        assert main([command, "specs", "--output=out", "--jobs=1", *more]) == 0
        files = [path for path in Path("out").rglob("*") if path.is_file()]
        texts = {path.as_posix(): path.read_bytes() for path in files}
        shutil.rmtree("out")
        return texts

    assert written("--no-cache") == written() == written() != {}


def test_what_is_known_to_be_wrong_is_not_emitted(verify: Verify) -> None:
    loss("refuted")
    assert verify()[0] == main(["codegen", "specs", "--output=out", "--jobs=1"]) == 1
    assert not Path("out").exists()


# What changes -------------------------------------------------------------------------------------

EDITS = {
    "factor": ("2 * residual", "3 * residual"),
    "sign": ("2 * residual", "-2 * residual"),
    "value": ("residual**2", "residual**3"),
    "name": ("proved =", "proven ="),
    "column": ("gradient=2", "gradient= 2"),
    "line": ("\n\nresidual", "\n\n\nresidual"),
    "removed": ("gradient=2 * residual", ""),
    "syntax": ("gradient=2", "gradient=2 2"),
    "import": ("from sympy import", "from sinpy import"),
    "comment": ("\n\nresidual", "  # residuals\n\nresidual"),
}


@pytest.mark.parametrize(("old", "new"), EDITS.values(), ids=EDITS)
def test_an_edit_is_seen(verify: Verify, old: str, new: str) -> None:
    path = loss("proved")
    times = path.stat().st_mtime_ns
    write("printed", PUBLISHED)
    before = verify()
    text = path.read_text("utf-8")
    for content in (text.replace(old, new), text):
        path.write_text(content, encoding="utf-8")
        os.utime(path, ns=(times, times))  # as after a change of the clock
        assert verify() == verify("--no-cache")
    assert verify() == before


def test_a_published_formula_follows_the_loss_that_it_is_about(
    verify: Verify, unchanged: Callable[..., int]
) -> None:
    path = loss("proved")
    write("printed", PUBLISHED)
    loss("refuted")
    assert (unchanged(), unchanged()) == (0, 3)
    path.write_text(path.read_text("utf-8").replace("residual**2", "residual**4"), "utf-8")
    assert unchanged() == 1
    assert {f["loss"]: f["status"] for f in verify()[1]}["printed"] == "refuted"
    path.unlink()
    assert verify() == verify("--no-cache")
    assert {f["loss"]: f["status"] for f in verify()[1]}["printed"] == "invalid"
    loss("proved")
    assert {f["loss"]: f["status"] for f in verify()[1]}["printed"] == "proved"


def test_a_name_that_is_declared_twice_is_not_known(verify: Verify) -> None:
    for name in ("a", "b"):
        text = LOSS.format(name="proved", **KINDS["proved" if name == "a" else "refuted"])
        write(name, text)
        verify(f"specs/{name}.py")
    assert verify() == verify("--no-cache")
    problem, *others = [f["status"] for f in verify()[1]]
    assert (problem, {*others}) == ("invalid", {"proved"})


def test_one_source_in_two_places(
    verify: Verify, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def file(report: Report) -> str:
        return str(report[1][0]["location"]["file"])

    first, second = loss("refuted", folder="specs"), loss("refuted", folder="deep/er")
    assert file(verify(first)) == "specs/refuted.py"
    assert file(verify(second)) == "deep/er/refuted.py"
    assert verify(second) == verify(second, "--no-cache")
    monkeypatch.chdir("deep")
    assert file(verify("er")) == "er/refuted.py"
    assert file(verify(folder / "specs")) == (folder / "specs/refuted.py").as_posix()
    shutil.move("er", "elsewhere")
    assert file(verify("elsewhere")) == "elsewhere/refuted.py"


def test_the_variable_that_names_the_default_folder(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("proved", "refuted"):
        monkeypatch.setenv("LOSSPROOF_SPECS", str(loss(kind, "same", folder=kind).parent))
        for _ in range(2):
            main(["verify", "--jobs=1", "--format=json"])
            finding, *_ = json.loads(capsys.readouterr().out)["findings"]
            assert finding["status"] == kind


# What must not be kept ----------------------------------------------------------------------------

ELSEWHERE = {
    "a helper": "from helper import factor",
    "a helper by name": "import helper; factor = helper.factor",
    "a file": "factor = int(open('factor').read())",
    "a file through sympy": "import sympy; factor = sympy.sympify(__import__('helper').factor)",
    "a variable": "import os; factor = int(os.environ['FACTOR'])",
    "the clock": "import time; factor = 2 if time.time() else 3",
    "its own place": "factor = 2 if 'specs' in __file__ else 3",
    "our modules": "from derive import registry; factor = 2",
    "our modules by name": "import derive; factor = 2 if derive.registry else 3",
    "our modules renamed": "import derive as d; factor = 2 if d.registry else 3",
    "an alias": "import derive; d = derive; factor = 2 if d.registry else 3",
    "evaluation": "factor = eval('2')",
    "the interpreter": "factor = 2 if ().__class__ else 3",
}


@pytest.mark.parametrize("line", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_source_that_reads_elsewhere_is_verified_each_time(
    cached: Callable[[], list[Path]], line: str
) -> None:
    Path("factor").write_text("2", encoding="utf-8")
    path = loss("proved")
    text = path.read_text("utf-8").replace("\nresidual", f"\n{line}\nresidual")
    path.write_text(text, encoding="utf-8")
    main(["verify", "specs", "--jobs=1"])
    assert cached() == []
    assert not Source(path, path.read_bytes()).stands_alone


@pytest.mark.parametrize("line", [line for line in ELSEWHERE.values() if "helper" in line])
def test_an_edit_of_a_helper_is_seen(
    monkeypatch: pytest.MonkeyPatch, verify: Verify, cached: Callable[[], list[Path]], line: str
) -> None:
    path = loss("proved")
    text = path.read_text("utf-8").replace("\nresidual", f"\n{line}\nresidual")
    path.write_text(text.replace("2 * residual", "factor * residual"), encoding="utf-8")
    monkeypatch.syspath_prepend(os.getcwd())
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for factor, status in ((2, "proved"), (3, "refuted")):
        Path("helper.py").write_text(f"factor = {factor}\n", encoding="utf-8")
        sys.modules.pop("helper", None)
        assert verify()[1][0]["status"] == status
    assert cached() == []


@pytest.mark.parametrize("path", sorted((ROOT / "specs").rglob("*.py")), ids=lambda p: p.stem)
def test_the_catalogue_stands_alone(path: Path) -> None:
    assert Source(path, path.read_bytes()).stands_alone


@pytest.mark.parametrize("error", [Disagreement("two judges"), KeyboardInterrupt(), MemoryError()])
def test_a_run_that_breaks_off_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, cached: Callable[[], list[Path]], error: BaseException
) -> None:
    def fail(*_: Any) -> list[Finding]:
        raise error

    monkeypatch.setitem(derive.library.TOPICS, "claims", fail)
    loss("proved")
    assert main(["verify", "specs", "--jobs=1"]) in (4, 130)
    assert cached() == []


def test_what_depends_on_the_stack_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, cached: Callable[[], list[Path]]
) -> None:
    finding = Finding("proved", "proved.gradient", "gradient", "unknown", TOO_DEEP)
    monkeypatch.setitem(derive.library.TOPICS, "claims", lambda *_: [finding])
    loss("proved")
    assert main(["verify", "specs", "--jobs=1"]) == 3
    assert cached() == []


def test_a_broken_source_is_executed_each_time(cached: Callable[[], list[Path]]) -> None:
    write("broken", LOSS.format(name="broken", value="residual**2", gradient="2.0 * residual"))
    assert main(["verify", "specs", "--jobs=1"]) == 2
    assert cached() == []


def test_without_the_cache_it_is_neither_read_nor_written(
    verify: Verify, cached: Callable[[], list[Path]], unchanged: Callable[..., int]
) -> None:
    loss("proved")
    verify("--no-cache")
    assert cached() == []
    verify()
    assert (len(cached()), unchanged("--no-cache", "specs"), unchanged()) == (1, 0, 1)


# What else verdicts depend on ---------------------------------------------------------------------


def test_another_prover_knows_nothing(
    monkeypatch: pytest.MonkeyPatch, unchanged: Callable[..., int]
) -> None:
    loss("proved")
    assert (unchanged(), unchanged()) == (0, 1)
    changed = kernel() | {"prove/normal.py": "0" * 64}
    monkeypatch.setattr(derive.cache, "kernel", lambda: changed)
    assert (unchanged(), unchanged()) == (0, 1)
    monkeypatch.undo()


def test_a_prover_that_changes_meanwhile_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch, cached: Callable[[], list[Path]]
) -> None:
    versions = chain([{"prove/normal.py": "1"}], repeat({"prove/normal.py": "2"}))
    monkeypatch.setattr(derive.cache, "kernel", lambda: next(versions))
    loss("proved")
    assert main(["verify", "specs", "--jobs=1"]) == 0
    assert cached() == []


def test_the_fingerprint_covers_every_module_of_ours() -> None:
    files = {p.relative_to(ROOT / "derive").as_posix() for p in (ROOT / "derive").rglob("*.py")}
    assert set(kernel()) == files
    assert {"prove/normal.py", "language.py", "calculus.py", "loss.py", "cache.py"} <= files


@pytest.mark.parametrize("what", ["sympy", "python-flint", "mpmath", "gmpy2", "variable", "python"])
def test_the_fingerprint_covers_what_calculates(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    before = fingerprint()
    if what == "variable":
        monkeypatch.setenv("SYMPY_GROUND_TYPES", "python")
    elif what == "python":
        monkeypatch.setattr(sys, "version", sys.version + "+")
    else:
        version = derive.cache.version
        monkeypatch.setattr(
            derive.cache, "version", lambda name: "99" if name == what else version(name)
        )
    assert None not in (before, fingerprint())
    assert before != fingerprint()


def test_nothing_is_kept_of_a_library_without_a_version(
    monkeypatch: pytest.MonkeyPatch, cached: Callable[[], list[Path]], unchanged: Callable[..., int]
) -> None:
    monkeypatch.setattr(derive.cache, "version", lambda name: "" if name == "sympy" else "1")
    loss("proved")
    assert (fingerprint(), unchanged(), unchanged(), cached()) == (None, 0, 0, [])


# Files that went wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize("part", [0, 1, 2, 100, 300, -300, -100, -2, -1])
def test_a_truncated_entry_is_none(
    verify: Verify, cached: Callable[[], list[Path]], part: int
) -> None:
    loss("refuted")
    expected = verify()
    (entry,) = cached()
    whole = entry.read_bytes()
    entry.write_bytes(whole[:part])
    assert verify() == expected
    assert entry.read_bytes() == whole


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "verdict": lambda data: data.replace(b'"status": "refuted"', b'"status": "proved"'),
    "number": lambda data: data.replace(b'"line": 9', b'"line": 8'),
    "bytes": lambda data: b"\xff\xfe" + data[2:],
    "no object": lambda data: b"[1, 2, 3]",
    "nothing": lambda data: b"null",
    "deep": lambda data: b"[" * 100_000,
    "no checksum": lambda data: data.replace(b"checksum", b"checksun"),
    "other source": lambda data: re.sub(rb'"source": "\w{64}"', b'"source": "%064d"' % 0, data),
    "other prover": lambda data: re.sub(
        rb'"fingerprint": "\w{64}"', b'"fingerprint": "%064d"' % 0, data
    ),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_entry_is_none(
    verify: Verify, cached: Callable[[], list[Path]], damage: Callable[[bytes], bytes]
) -> None:
    loss("refuted")
    expected = verify()
    (entry,) = cached()
    whole = entry.read_bytes()
    assert damage(whole) != whole
    entry.write_bytes(damage(whole))
    assert verify() == expected
    assert entry.read_bytes() == whole


@pytest.mark.parametrize("value", [None, [], {}, {"refuted": {}}, {"refuted": None}, "proved"])
def test_a_value_of_another_form_is_none(
    verify: Verify, cached: Callable[[], list[Path]], value: Any
) -> None:
    loss("refuted")
    expected = verify()
    (entry,) = cached()
    Cache(entry.parent).put(json.loads(entry.read_bytes())["key"], value)
    assert verify() == expected


def test_an_entry_under_another_name_is_none(
    verify: Verify, cached: Callable[[], list[Path]]
) -> None:
    loss("proved", "same")
    verify()
    (proved,) = cached()
    loss("refuted", "same")
    expected = verify()
    (refuted,) = set(cached()) - {proved}
    refuted.write_bytes(proved.read_bytes())
    assert verify() == expected


def test_the_same_entries_whenever_they_are_written(
    verify: Verify, cached: Callable[[], list[Path]]
) -> None:
    for kind in KINDS:
        loss(kind)
    verify()
    before = {path: path.read_bytes() for path in cached()}
    for path in before:
        path.unlink()
    verify()
    assert {path: path.read_bytes() for path in cached()} == before


@pytest.mark.parametrize("day", [0, 2**31])
def test_the_time_of_an_entry_means_nothing(
    unchanged: Callable[..., int], cached: Callable[[], list[Path]], day: int
) -> None:
    loss("proved")
    unchanged()
    for path in cached():
        os.utime(path, (day, day))
    assert unchanged() == 1


@pytest.mark.parametrize("place", ["below a file", "read only", "no home"])
def test_a_cache_that_cannot_be_written_is_missed_by_nobody(
    verify: Verify,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: str,
) -> None:
    loss("proved")
    if place == "below a file":
        monkeypatch.setenv("LOSSPROOF_CACHE", str(loss("proved") / "cache"))
    elif place == "read only":
        (tmp_path / "cache").mkdir(mode=0o500)
    else:

        def no_home() -> Path:
            raise RuntimeError("no home")

        monkeypatch.setattr(derive.cache, "default_folder", no_home)
    assert verify("specs") == verify("specs") == verify("specs", "--no-cache")
    assert main(["cache"]) == (2 if place == "no home" else 0)
    assert "Traceback" not in capsys.readouterr().err


# Several at once ----------------------------------------------------------------------------------


def test_a_reader_sees_whole_values_only(tmp_path: Path) -> None:
    cache, key = Cache(tmp_path / "cache"), {"of": "all"}
    values = [[n] * 2000 for n in range(4)]
    cache.put(key, values[0])
    stop = threading.Event()

    def put(value: list[int]) -> None:
        while not stop.is_set():
            cache.put(key, value)

    writers = [threading.Thread(target=put, args=(value,)) for value in values]
    for writer in writers:
        writer.start()
    seen = [cache.get(key) for _ in range(200)]
    stop.set()
    for writer in writers:
        writer.join()
    assert all(value in values for value in seen)
    assert [path.suffix for path in cache.folder.iterdir()] == [".json"]


def test_two_runs_at_once_find_the_same(
    verify: Verify, unchanged: Callable[..., int], cached: Callable[[], list[Path]]
) -> None:
    for kind in KINDS:
        loss(kind)
    command = [sys.executable, "-c", MAIN, "verify", "specs", "--jobs=1", "--format=github"]
    runs = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        for _ in range(2)
    ]
    first, second = (run.communicate() for run in runs)
    assert first == second
    assert first[1] == b""
    assert (unchanged(), len(cached())) == (len(KINDS), len(KINDS))
    assert verify() == verify("--no-cache")


# The folder ---------------------------------------------------------------------------------------


def test_the_oldest_are_deleted_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    Cache(folder).put({"of": "none"}, 0)
    (folder / "other.json").write_text("precious", encoding="utf-8")
    (folder / "verdicts-interrupted.part").write_bytes(b"half")
    os.utime(folder / "verdicts-interrupted.part", (0, 0))
    for name in "abcdefgh":
        Cache(folder).put({"of": name}, "x" * 1000)
        for path in folder.glob("verdicts-*"):
            status = path.stat()
            os.utime(path, (status.st_atime, status.st_mtime - 10))
    cache = Cache(folder, limit=4000)
    cache.prune()
    kept = [name for name in "abcdefgh" if cache.get({"of": name})]
    assert kept == ["f", "g", "h"]
    assert 0 < cache.size() <= 4000
    cache.clear()
    assert [path.name for path in folder.iterdir()] == ["other.json"]


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, "~/.cache/lossproof"),
        ("linux", {"XDG_CACHE_HOME": "/caches"}, "/caches/lossproof"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "~/.cache/lossproof"),
        ("darwin", {"XDG_CACHE_HOME": "/caches"}, "~/Library/Caches/lossproof"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/lossproof"),
        ("linux", {"LOSSPROOF_CACHE": "mine"}, "mine"),
    ],
)
def test_the_folder_is_where_caches_are(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], expected: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "LOSSPROOF_CACHE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert default_folder() == Path(expected).expanduser()


def test_the_command_says_where_and_forgets(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, unchanged: Callable[..., int]
) -> None:
    loss("proved")
    assert (unchanged(), unchanged()) == (0, 1)
    assert main(["cache"]) == 0
    size = Cache(tmp_path / "cache").size() / 1024
    assert capsys.readouterr().out == f"{tmp_path / 'cache'}: {size:.0f} KB\n"
    assert size > 0
    assert main(["cache", "clear"]) == 0
    assert (unchanged(), unchanged()) == (0, 1)
