"""The command line keeps its promises: exit statuses, formats, places, and files left alone."""

from __future__ import annotations

import ast
import json
import os
import py_compile
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

pytest.importorskip("sympy")

import derive.library
from derive import __version__
from derive.cli import main
from derive.emit.package import MARKS
from derive.registry import load
from derive.report.exit_code import exit_code
from derive.verification import verify_spec

ROOT = Path(__file__).resolve().parent.parent
SPECS = sorted((ROOT / "specs").glob("*/*.py"))

TEMPLATE = '''"""A loss for a test."""

from sympy import atan, sqrt

from derive import Loss, pred, target

residual = pred - target

{name} = Loss(
    value={value},
    gradient={gradient},
)
'''

KINDS = {
    "proved": {"value": "residual**2", "gradient": "2 * residual"},
    "refuted": {"value": "residual**2", "gradient": "residual"},
    "unknown": {
        "value": "atan(residual)**2 / 4",
        "gradient": "atan(residual / (1 + sqrt(1 + residual**2))) / (1 + residual**2)",
    },
    "invalid": {"value": "residual**2", "gradient": "2.0 * residual"},
}


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit status and what it wrote to the two streams."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder of one's own, without the variables that a command would heed."""
    monkeypatch.chdir(tmp_path)
    for name in ("LOSSPROOF_SPECS", "LOSSPROOF_DEBUG", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    handler = signal.getsignal(signal.SIGPIPE) if hasattr(signal, "SIGPIPE") else None
    yield tmp_path
    if handler is not None:
        signal.signal(signal.SIGPIPE, handler)  # which the command line changes for its process


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process."""

    def command(*arguments: str | Path) -> Ran:
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as stop:  # argparse
            status = int(stop.code or 0)
        output = capsys.readouterr()
        return Ran(status, output.out, output.err)

    return command


def run_apart(*arguments: str | Path, code: str = "", **environment: str) -> Ran:
    """Run a command in a process of its own, after ``code``."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{MAIN}", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env=surroundings() | environment,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


MAIN = "import sys; from derive.cli import main; sys.exit(main())"


def surroundings() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "generated")])}


def spec(kind: str, name: str = "", folder: str = "specs") -> Path:
    """Write a specification that deserves the verdict ``kind``."""
    name = name or kind
    path = Path(folder, f"{name}.py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TEMPLATE.format(name=name, **KINDS[kind]), encoding="utf-8")
    return path


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder with its bytes and when it was written."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in files
    }


# Exit statuses ------------------------------------------------------------------------------------

STATUSES = {"proved": 0, "refuted": 1, "invalid": 2, "unknown": 3}


@pytest.mark.parametrize(
    "kinds",
    [
        *((kind,) for kind in STATUSES),
        ("proved", "unknown"),
        ("proved", "unknown", "refuted"),
        ("proved", "unknown", "refuted", "invalid"),
    ],
    ids="+".join,
)
def test_the_worst_verdict_decides_the_exit_status(run: Run, kinds: tuple[str, ...]) -> None:
    for kind in kinds:
        spec(kind)
    ran = run("verify", "specs", "--jobs=1", "--format=json")
    assert (ran.status, ran.err) == (STATUSES[kinds[-1]], "")
    found = {f["loss"]: f["status"] for f in json.loads(ran.out)["findings"]}
    assert found == {kind: kind for kind in kinds}


@pytest.mark.parametrize(("kind", "status"), {**STATUSES, "unknown": 0}.items())
def test_allowing_unknowns_allows_nothing_else(run: Run, kind: str, status: int) -> None:
    path = spec(kind)
    assert run("verify", path, "--allow-unknown", "--jobs=1").status == status


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (KeyboardInterrupt(), 130, "lossproof: interrupted"),
        (ValueError("odd"), 4, "lossproof: internal error: ValueError: odd"),
        (RecursionError("deep"), 4, "lossproof: internal error: RecursionError: deep"),
    ],
)
def test_interruptions_and_our_own_mistakes(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    status: int,
    message: str,
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setitem(derive.library.TOPICS, "claims", fail)
    path = spec("proved")
    ran = run("verify", path, "--jobs=1")
    assert (ran.status, ran.out, ran.err.splitlines()[0]) == (status, "", message)
    monkeypatch.setenv("LOSSPROOF_DEBUG", "1")
    if status == 4:
        with pytest.raises(type(error)):
            run("verify", path, "--jobs=1")


WRONG_USE = {
    "nothing": (),
    "no such command": ("prove",),
    "no such option": ("verify", "--fast"),
    "no such format": ("verify", "--format=xml"),
    "no such colour": ("verify", "--color=red"),
    "no processes": ("verify", "specs", "--jobs=0"),
    "negative processes": ("verify", "specs", "--jobs=-2"),
    "half a process": ("verify", "specs", "--jobs=0.5"),
    "no such file": ("verify", "absent.py"),
    "no such folder": ("codegen", "absent"),
    "empty folder": ("verify", "empty"),
    "nothing to show": ("show",),
    "report onto a folder": ("verify", "specs", "--jobs=1", "--output=empty"),
    "report below a file": ("verify", "specs", "--jobs=1", "--output=specs/proved.py/report"),
    "package onto a file": ("codegen", "specs", "--jobs=1", "--output=specs/proved.py"),
    "pages onto a file": ("docs", "specs", "--jobs=1", "--output=specs/proved.py"),
}


@pytest.mark.parametrize("arguments", WRONG_USE.values(), ids=WRONG_USE)
def test_wrong_use_is_status_2_and_says_why(
    run: Run, folder: Path, arguments: tuple[str, ...]
) -> None:
    spec("proved")
    (folder / "empty").mkdir()
    before = tree(folder)
    ran = run(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith("lossproof")
    assert "internal error" not in ran.err
    assert tree(folder) == before


# Formats ------------------------------------------------------------------------------------------


def described(name: str, text: str) -> set[str]:
    """What a report in the format ``name`` is about; raises if it is malformed."""
    if name == "json":
        return {f["claim"] for f in json.loads(text)["findings"] if not f["as_expected"]}
    if name == "junit":
        cases = ET.fromstring(text).iter("testcase")
        return {str(case.get("name")) for case in cases if len(case)}
    if name == "github":
        return {line.split("::")[2].split(" —")[0] for line in text.splitlines()}
    if name == "sarif":
        results = json.loads(text)["runs"][0]["results"]
        return {r["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] for r in results}
    return set(re.findall(r"^\w+\[[\w-]+\]: ([\w.]+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["text", "json", "junit", "github", "sarif"])
def test_every_format_tells_the_same(run: Run, name: str) -> None:
    for kind in KINDS:
        spec(kind)
    surprises = {"refuted.gradient", "unknown.gradient", "invalid"}
    told = run("verify", "specs", "--jobs=1", f"--format={name}")
    assert (told.status, described(name, told.out), told.err) == (2, surprises, "")
    written = run("verify", "specs", "--jobs=1", f"--format={name}", "--output=new/report")
    report = Path("new/report").read_text(encoding="utf-8")
    assert (written.status, described(name, report)) == (2, surprises)
    if name == "text":
        assert written.out == ""
    else:  # the terminal still has something for people
        assert described("text", written.out) == surprises


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_a_specification_prints_is_not_part_of_the_report(jobs: str) -> None:
    for kind in ("proved", "refuted"):
        path = spec(kind)
        path.write_text(path.read_text("utf-8") + "print('<debug>')\n", encoding="utf-8")
    ran = run_apart("verify", "specs", f"--jobs={jobs}", "--format=json")
    assert ran.status == 1
    assert "<debug>" not in ran.out
    assert described("json", ran.out) == {"refuted.gradient"}


def test_one_process_or_two_find_the_same(run: Run) -> None:
    for number, kind in enumerate([*KINDS, *KINDS]):
        spec(kind, f"{kind}_{number}")

    def found(jobs: int) -> list[dict[str, Any]]:
        ran = run("verify", "specs", f"--jobs={jobs}", "--format=json")
        return [f | {"seconds": 0} for f in json.loads(ran.out)["findings"]]

    assert found(1) == found(2) != []


def test_verbose_has_a_line_for_each_claim(run: Run) -> None:
    path = spec("proved")
    assert "proved.gradient" not in run("verify", path, "--jobs=1").out
    assert "proved.gradient" in run("verify", path, "--jobs=1", "--verbose").out


ESCAPE = "\x1b["


@pytest.mark.parametrize(
    ("arguments", "variable", "terminal", "colored"),
    [
        ((), None, False, False),
        ((), None, True, True),
        ((), "1", True, False),
        ((), "", True, True),  # https://no-color.org: an empty variable says nothing
        (("--color=never",), None, True, False),
        (("--color=always",), None, False, True),
        (("--color=always",), "1", False, True),
        (("--color=always", "--format=json"), None, True, False),
    ],
)
def test_colour_is_for_those_who_want_it(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    variable: str | None,
    terminal: bool,
    colored: bool,
) -> None:
    if variable is not None:
        monkeypatch.setenv("NO_COLOR", variable)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    ran = run("verify", spec("refuted"), "--jobs=1", *arguments)
    assert (ran.status, ESCAPE in ran.out) == (1, colored)


def test_a_text_file_has_no_colour(run: Run) -> None:
    run("verify", spec("refuted"), "--jobs=1", "--color=always", "--output=report.txt")
    assert ESCAPE not in Path("report.txt").read_text(encoding="utf-8")


def test_output_is_utf_8_in_every_locale() -> None:
    spec("refuted")
    ran = run_apart("verify", "specs", "--jobs=1", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert (ran.status, ran.err) == (1, "")
    assert "—" in ran.out


# Places -------------------------------------------------------------------------------------------


def test_somebody_elses_specs_from_a_folder_of_ones_own(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec("refuted", folder="theirs/specs/family")
    (folder / "mine").mkdir()
    line = "specs/family/refuted.py:11:14"
    for place, argument, shown in (
        (folder, "theirs/specs", f"theirs/{line}"),
        (folder / "theirs", "specs", line),
        (folder / "theirs", folder / "theirs" / "specs" / "family" / "refuted.py", line),
        (folder / "mine", folder / "theirs", f"{folder.as_posix()}/theirs/{line}"),
    ):
        monkeypatch.chdir(place)
        ran = run("verify", argument, "--jobs=1")
        assert ran.status == 1
        assert f"--> {shown}\n" in ran.out


def test_a_variable_names_the_default_folder(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOSSPROOF_SPECS", str(spec("proved", folder="elsewhere").parent))
    ran = run("verify", "--jobs=1", "--format=json")
    claims = [f["claim"] for f in json.loads(ran.out)["findings"]]
    assert claims == ["proved.gradient"]


def test_verifying_writes_nothing(run: Run, folder: Path) -> None:
    for kind in KINDS:
        spec(kind)
    before = tree(folder)
    run("verify", "specs", "--jobs=2")
    assert tree(folder) == before


# show ---------------------------------------------------------------------------------------------


def test_show_prints_what_was_written_and_derived(run: Run) -> None:
    spec("proved")
    ran = run("show", "proved", "--specs", "specs")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("proved: A loss for a test.\n")
    for words in ("value       (ŷ - y)²", "by hand", "derived", "proved      for every shape"):
        assert words in ran.out


def test_show_writes_latex(run: Run) -> None:
    spec("proved")
    ran = run("show", "proved", "--latex", "--specs", "specs")
    assert ran.status == 0
    assert r"\hat{y}" in ran.out
    assert "ŷ" not in ran.out


@pytest.mark.parametrize("kind", ["refuted", "unknown"])
def test_show_does_not_hide_a_verdict(run: Run, kind: str) -> None:
    spec(kind)
    ran = run("show", kind, "--specs", "specs")
    assert ran.status == 0
    assert re.search(rf"^  {kind} ", ran.out, re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("provd", "no loss is named 'provd'; did you mean proved? There are proved, second"),
        ("xyz", "no loss is named 'xyz'. There are proved, second"),
    ],
)
def test_show_of_no_loss_says_which_there_are(run: Run, name: str, said: str) -> None:
    spec("proved")
    spec("proved", "second")
    ran = run("show", name, "--specs", "specs")
    assert (ran.status, ran.out, ran.err) == (2, "", f"lossproof: {said}\n")


def test_show_of_a_broken_loss_says_what_is_wrong_with_it(run: Run) -> None:
    spec("invalid")
    ran = run("show", "invalid", "--specs", "specs")
    assert (ran.status, ran.out) == (2, "")
    assert "is a float" in ran.err


# new ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["charbonnier", "l1", "log_loss", "pred", "residual", "match"])
def test_a_new_specification_is_proved_at_once(run: Run, name: str) -> None:
    made = run("new", name)
    assert (made.status, made.err) == (0, "")
    assert f"specs/{name}.py" in made.out
    ran = run("verify", "specs", "--jobs=1", "--format=json")
    findings = json.loads(ran.out)["findings"]
    assert ran.status == 0
    assert {f["claim"]: f["status"] for f in findings} == {
        f"{name}.gradient": "proved",
        f"{name}.hessian": "proved",
    }


@pytest.mark.parametrize(
    "name", ["", " ", "Huber", "1loss", "a-b", "a.b", "../a", "a/b", "class", "a b", "_private"]
)
def test_a_name_that_is_no_name_makes_no_file(run: Run, folder: Path, name: str) -> None:
    ran = run("new", name)
    assert (ran.status, ran.out) == (2, "")
    assert (
        ran.err
        == f"lossproof: {name!r} is not a name for a loss: use lower_case_with_underscores\n"
    )
    assert tree(folder) == {}


def test_new_goes_where_it_is_told_and_overwrites_nothing(run: Run, folder: Path) -> None:
    assert run("new", "mine", "--folder", "deep/er").status == 0
    path = folder / "deep" / "er" / "mine.py"
    path.write_text("# precious", encoding="utf-8")
    again = run("new", "mine", "--folder", "deep/er")
    assert (again.status, again.err) == (2, "lossproof: deep/er/mine.py exists already\n")
    assert path.read_text(encoding="utf-8") == "# precious"


# codegen and docs ---------------------------------------------------------------------------------

WRITERS = {"codegen": "lossproof/first.py", "docs": "losses/first.md"}
writers = pytest.mark.parametrize(("command", "file"), WRITERS.items(), ids=WRITERS)


@pytest.fixture
def write(run: Run) -> Run:
    """Run a writing command on the specs here, into ``out``."""
    for name in ("first", "second"):
        spec("proved", name)
    return lambda command, *more: run(command, "specs", "--output=out", "--jobs=1", *more)


@writers
def test_what_was_just_written_is_fresh(write: Run, command: str, file: str) -> None:
    first = write(command)
    assert (first.status, first.err) == (0, "")
    assert f"wrote out/{file}\n" in first.out
    before = tree(Path("out"))
    checked, again = write(command, "--check"), write(command)
    assert (checked, again) == (Ran(0, "", ""), Ran(0, "", ""))
    assert tree(Path("out")) == before


@writers
@pytest.mark.parametrize("change", ["edited", "missing", "extra"])
def test_what_is_stale_is_named_and_left_alone(
    write: Run, command: str, file: str, change: str
) -> None:
    write(command)
    path = Path("out", file)
    if change == "edited":
        path.write_bytes(path.read_bytes() + b"\n")
    elif change == "missing":
        path.unlink()
    else:
        path = path.with_stem("third")
        path.write_bytes(Path("out", file).read_bytes())
    before = tree(Path("out"))
    assert write(command, "--check") == Ran(1, f"stale: {path.as_posix()}\n", "")
    assert tree(Path("out")) == before
    write(command)
    assert write(command, "--check") == Ran(0, "", "")


@writers
def test_a_specification_that_changed_makes_its_file_stale(
    write: Run, command: str, file: str
) -> None:
    write(command)
    path = Path("specs/first.py")
    path.write_text(path.read_text("utf-8").replace("A loss", "Another loss"), encoding="utf-8")
    ran = write(command, "--check")
    assert ran.status == 1
    assert f"stale: out/{file}\n" in ran.out
    assert "second" not in ran.out


@writers
@pytest.mark.parametrize("kind", ["refuted", "unknown", "invalid"])
def test_nothing_is_written_unless_all_is_proved(
    write: Run, folder: Path, command: str, file: str, kind: str
) -> None:
    spec(kind)
    before = tree(folder)
    for more in ((), ("--check",)):
        ran = write(command, *more)
        assert (ran.status, tree(folder)) == (STATUSES[kind], before)
        assert kind in ran.out
        assert "only proved losses" in ran.err
    assert not Path("out").exists()


@writers
def test_only_its_own_files_are_deleted(write: Run, command: str, file: str) -> None:
    write(command)
    strangers = [Path("out/notes.txt"), Path("out", file).with_name("notes.txt")]
    strangers += [Path("out", file).parent / ".git" / "config"]
    for path in strangers:
        path.parent.mkdir(exist_ok=True)
        path.write_text("precious", encoding="utf-8")
    write(command)
    assert [path for path in strangers if not path.exists()] == []


def test_what_python_compiles_is_not_stale(write: Run) -> None:
    """Bytecode has the docstrings of its source, and so the mark of what wrote that."""
    write("codegen")
    kept = Path("out", "lossproof", "__pycache__", "first.pyc")
    py_compile.compile("out/lossproof/first.py", str(kept), doraise=True)
    kept.write_bytes(kept.read_bytes() + MARKS[0].encode())
    assert write("codegen", "--check") == Ran(0, "", "")


@writers
def test_a_part_of_the_specs_does_not_delete_the_rest(
    run: Run, write: Run, command: str, file: str
) -> None:
    write(command)
    before = set(tree(Path("out")))
    run(command, "specs/second.py", "--output=out", "--jobs=1")
    assert set(tree(Path("out"))) == before


@writers
def test_the_default_is_beside_the_specs(run: Run, folder: Path, command: str, file: str) -> None:
    spec("proved", "first", folder="project/specs/family")
    ran = run(command, "project/specs", "--jobs=1")
    beside = {"codegen": "generated", "docs": "docs"}[command]
    assert (ran.status, ran.err) == (0, "")
    assert (folder / "project" / beside / file).is_file()


# The process --------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_needs_no_mathematics(option: str) -> None:
    heavy = "{'sympy', 'flint', 'numpy', 'jinja2', 'rich'}"
    code = f"import atexit, sys; atexit.register(lambda: print({heavy} & set(sys.modules)))"
    ran = run_apart(option, code=code)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.endswith("\nset()\n")
    assert ran.out.startswith(f"lossproof {__version__}\n" if option == "--version" else "usage:")


@pytest.mark.parametrize(
    ("missing", "arguments"),
    [
        ("sympy", ("verify",)),
        ("sympy", ("show", "mse")),
        ("flint", ("verify",)),
        ("jinja2", ("codegen",)),
        ("jinja2", ("new", "name")),
    ],
)
def test_a_missing_dependency_is_one_line_that_helps(
    missing: str, arguments: tuple[str, ...]
) -> None:
    ran = run_apart(*arguments, code=f"import sys; sys.modules[{missing!r}] = None")
    message = f'lossproof: {missing} is missing: pip install "lossproof[toolkit]"\n'
    assert ran == Ran(2, "", message)


@pytest.mark.skipif(os.name != "posix", reason="pipes break differently elsewhere")
def test_a_reader_that_goes_away_leaves_no_traceback() -> None:
    spec("refuted")
    command = [sys.executable, "-c", MAIN, "verify", "specs", "--jobs=1"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=surroundings()
    ) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""


def state(process: int) -> str:
    """The state of a process as Linux has it; nothing once it is gone, ``Z`` if it has ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return ""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is needed to see the processes")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_no_process_outlives_the_command(name: str) -> None:
    command = [sys.executable, "-c", MAIN, "verify", str(ROOT / "specs"), "--jobs=2"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=surroundings()
    ) as process:
        task = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        deadline = time.monotonic() + 30
        while len(children := task.read_text().split()) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(getattr(signal, name))
        out, err = process.communicate(timeout=30)
    assert len(children) == 2
    while any(state(int(child)) not in ("", "Z") for child in children):
        assert time.monotonic() < deadline, "a process is left"
        time.sleep(0.02)
    assert (out, err) == (b"", b"lossproof: interrupted\n" if name == "SIGINT" else b"")


# The law of the flipped sign ----------------------------------------------------------------------


@dataclass(frozen=True)
class Gradient:
    """A hand-written gradient in the source of a specification."""

    path: Path
    claim: str
    line: int
    start: int
    end: int

    def flipped(self) -> bytes:
        """The source with the sign of this gradient changed."""
        source = self.path.read_bytes()
        inside = source[self.start : self.end]
        return source[: self.start] + b"-(" + inside + b")" + source[self.end :]


def gradients(path: Path) -> Iterator[Gradient]:
    """Each hand-written gradient of each loss in a file."""
    source = path.read_bytes()
    begins = [0, *(match.end() for match in re.finditer(rb"\n", source))]
    for node in ast.parse(source).body:
        match node:
            case ast.Assign([ast.Name(name)], ast.Call(ast.Name("Loss"), _, keywords)):
                (written,) = [k.value for k in keywords if k.arg == "gradient"]
                parts = {f"{name}.gradient": written}
                if isinstance(written, ast.Dict):
                    parts = {
                        f"{name}.gradient[{ast.unparse(key)}]": value
                        for key, value in zip(written.keys, written.values, strict=True)
                        if key is not None
                    }
                for claim, part in parts.items():
                    assert part.end_lineno and part.end_col_offset is not None
                    start = begins[part.lineno - 1] + part.col_offset
                    end = begins[part.end_lineno - 1] + part.end_col_offset
                    yield Gradient(path, claim, part.lineno, start, end)


GRADIENTS = [gradient for path in SPECS for gradient in gradients(path)]


def test_every_loss_has_a_gradient_to_flip() -> None:
    specs = load([ROOT / "specs"]).specs
    losses = {name: spec.loss for name, spec in specs.items()}
    count = {n: len(x.gradients) + len(x.parameter_gradients) for n, x in losses.items()}
    names = [gradient.claim.split(".")[0] for gradient in GRADIENTS]
    assert {name: names.count(name) for name in specs} == count


@pytest.mark.slow
@pytest.mark.parametrize("gradient", GRADIENTS, ids=lambda gradient: gradient.claim)
def test_a_flipped_sign_is_refuted_where_it_stands(folder: Path, gradient: Gradient) -> None:
    path = folder / "specs" / gradient.path.name
    path.parent.mkdir()
    path.write_bytes(gradient.flipped())
    registry = load([path])
    (changed,) = registry.specs.values()
    assert registry.problems == []
    if not any(changed.loss.gradients.values()):
        pytest.skip("zero has no sign")
    findings = verify_spec(changed)
    (wrong,) = [finding for finding in findings if finding.claim == gradient.claim]
    assert exit_code(findings, allow_unknown=True) == 1
    assert (wrong.status, wrong.counterexample is None) == ("refuted", False)
    assert wrong.location is not None
    assert (wrong.location.file, wrong.location.line) == (f"specs/{path.name}", gradient.line)
