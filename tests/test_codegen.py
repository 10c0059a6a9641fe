"""The emitted package is a function of the proved specifications: reproducible, clean, light."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("sympy")

from catalogue import SPECS

from derive import Loss, Parameter, SpecError, Tensor, pred
from derive.cli import main
from derive.emit.modules import module_view
from derive.emit.package import RUNTIME
from derive.registry import Spec, identifier
from derive.well_formed import RESERVED

ROOT = Path(__file__).resolve().parent.parent
QUICK = ("mse", "hinge", "gaussian_nll", "info_nce")

each_loss = pytest.mark.parametrize("name", SPECS)


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """The package as it is committed."""
    folder = ROOT / "generated"
    paths = sorted((folder / "lossproof").glob("*.*"))
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in paths}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder of one's own."""
    monkeypatch.chdir(tmp_path)
    handler = signal.getsignal(signal.SIGPIPE) if hasattr(signal, "SIGPIPE") else None
    yield tmp_path
    if handler is not None:
        signal.signal(signal.SIGPIPE, handler)  # which the command line changes for its process


def environment(**more: str) -> dict[str, str]:
    path = os.pathsep.join([str(ROOT), str(ROOT / "generated")])
    return {**os.environ, "PYTHONPATH": path, **more}


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def generate(*specs: str | Path, output: str = "out") -> dict[str, bytes]:
    """What ``lossproof codegen`` writes for these specifications."""
    assert main(["codegen", *map(str, specs), f"--output={output}", "--jobs=1"]) == 0
    return contents(Path(output))


# Reproducible -------------------------------------------------------------------------------------


def generate_with_seed(seed: str, specs: list[Path]) -> dict[str, bytes]:
    code = "import sys; from derive.cli import main; sys.exit(main())"
    command = [
        sys.executable,
        "-c",
        code,
        "codegen",
        *map(str, specs),
        f"--output={seed}",
        "--jobs=1",
    ]
    subprocess.run(command, env=environment(PYTHONHASHSEED=seed), check=True, capture_output=True)
    return contents(Path(seed))


def test_hash_seeds_leave_no_trace() -> None:
    paths = [SPECS[name].path for name in QUICK]
    first, second = (generate_with_seed(seed, paths) for seed in ("1", "4242"))
    assert first == second
    assert {f"lossproof/{name}.py" for name in QUICK} < set(first)


LOSS = '''"""A loss for a test."""

from derive import Loss, pred, target

{name} = Loss(value=(pred - target)**2, gradient=2 * (pred - target))
'''


def write(path: str, text: str = LOSS) -> Path:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.replace("{name}", file.stem), encoding="utf-8")
    return file


def test_the_bytes_do_not_depend_on_how_a_file_is_named(folder: Path) -> None:
    path = write("specs/family/first.py")
    named: list[str | Path] = ["specs", "specs/family", path, folder / "specs", path.resolve()]
    packages = [generate(name, output=str(number)) for number, name in enumerate(named)]
    assert [package == packages[0] for package in packages] == [True] * len(named)


def test_the_bytes_do_not_depend_on_line_ends(folder: Path) -> None:
    path = write("specs/family/first.py")
    unix = generate("specs", output="unix")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert generate("specs", output="windows") == unix


def test_a_module_depends_on_its_own_specification_alone(folder: Path) -> None:
    write("specs/first.py")
    alone = generate("specs", output="alone")
    write("specs/second.py")
    both = generate("specs", output="both")
    changed = {name for name in both if both[name] != alone.get(name)}
    assert changed == {"lossproof/second.py", "lossproof/__init__.py"}


# Clean --------------------------------------------------------------------------------------------


def test_there_is_a_module_for_each_loss_and_no_other(files: dict[str, str]) -> None:
    names = {*SPECS, *RUNTIME, "__init__"}
    assert set(files) == {f"lossproof/{name}.py" for name in names} | {"lossproof/py.typed"}


def test_every_module_compiles_and_fits_its_lines(files: dict[str, str]) -> None:
    for name, text in files.items():
        compile_strictly(text, name)
        assert max(map(len, text.splitlines()), default=0) <= 100, name
        assert [line for line in text.splitlines() if line != line.rstrip()] == [], name
        assert "\t" not in text and (text.endswith("\n") or text == ""), name


def compile_strictly(text: str, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compile(text, name, "exec")


def test_ruff_finds_nothing(files: dict[str, str], folder: Path) -> None:
    beside = Path(sys.executable).with_name("ruff")
    ruff = str(beside) if beside.exists() else shutil.which("ruff")
    if ruff is None:
        pytest.skip("ruff is not installed")
    for name, text in files.items():
        Path("generated", name).parent.mkdir(parents=True, exist_ok=True)
        Path("generated", name).write_text(text, encoding="utf-8")
    command = [ruff, "check", "--no-cache", "--config", str(ROOT / "pyproject.toml"), "generated"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def says_where_it_is_from(text: str, spec: Spec) -> bool:
    source = spec.path.read_bytes().replace(b"\r\n", b"\n")
    doc = (ast.get_docstring(ast.parse(text)) or "").splitlines()
    path = spec.path.relative_to(ROOT).as_posix()
    return doc[-2:] == [
        f"Generated by `lossproof codegen` from {path}; do not edit.",
        f"sha256:{hashlib.sha256(source).hexdigest()}",
    ]


@each_loss
def test_a_module_says_where_it_is_from(files: dict[str, str], name: str) -> None:
    assert says_where_it_is_from(files[f"lossproof/{name}.py"], SPECS[name])


@each_loss
def test_a_module_says_what_is_proved(files: dict[str, str], name: str) -> None:
    module = ast.parse(files[f"lossproof/{name}.py"])
    (loss,) = (node for node in module.body if isinstance(node, ast.ClassDef))
    for node in (module, loss):
        assert (ast.get_docstring(node) or "").startswith(SPECS[name].doc.splitlines()[0])
    doc = ast.get_docstring(loss) or ""
    proved = doc.split("\nProved of the formulas, in real arithmetic:\n\n")[1].split("\n\n")[0]
    for keyword in ("gradient", "hessian", "hvp"):  # stated, or derived from what is
        assert re.search(rf"\b{keyword}\b", proved)
    certificate = f"generated/proofs/{name}.v"
    assert certificate in proved
    assert (ROOT / certificate).is_file()


@each_loss
def test_what_is_not_proved_is_not_offered(name: str) -> None:
    stated = SPECS[name].loss
    view = module_view(SPECS[name], [])
    assert set(view.hessian_of) == {x.name for x in stated.hessians}
    assert set(view.hvp_of) == {x.name for x in stated.hvps}
    names = {function.name for function in view.functions}
    assert ("_hvp" in names) is (stated.inputs[0] in stated.hvps)


# Light --------------------------------------------------------------------------------------------


def test_numpy_is_all_that_it_imports() -> None:
    code = (
        "import sys; before = set(sys.modules); import lossproof\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(new - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["lossproof", "numpy"]


@each_loss
def test_a_module_imports_numpy_typing_and_its_siblings(files: dict[str, str], name: str) -> None:
    tree = ast.parse(files[f"lossproof/{name}.py"])
    absolute = {
        alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names
    }
    froms = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    absolute |= {n.module or "" for n in froms if not n.level}
    assert absolute <= {"__future__", "math", "typing", "numpy", "numpy.typing"}
    assert {n.module for n in froms if n.level} <= set(RUNTIME)


# Only what is proved ------------------------------------------------------------------------------

UNPROVED = {
    "refuted": ("pred**2", "pred", 1),
    "unknown": ("atan(pred)**2 / 4", "atan(pred / (1 + sqrt(1 + pred**2))) / (1 + pred**2)", 3),
    "invalid": ("pred**2", "2.0 * pred", 2),
}


@pytest.mark.parametrize(("value", "gradient", "status"), UNPROVED.values(), ids=UNPROVED)
def test_a_loss_that_is_not_proved_is_refused(
    folder: Path, value: str, gradient: str, status: int
) -> None:
    write("specs/good.py")
    body = f"bad = Loss(value={value}, gradient={gradient})\n"
    write("specs/bad.py", "from sympy import atan, sqrt\nfrom derive import Loss, pred\n" + body)
    assert main(["codegen", "specs", "--output=out", "--jobs=1"]) == status
    assert not Path("out").exists()


# Whatever a specification is called and says ------------------------------------------------------


def imported(folder: Path, name: str) -> ModuleType:
    """The emitted package under a name of its own, so that it hides no other."""
    place = (folder / "lossproof").resolve()
    spec = importlib.util.spec_from_file_location(
        name, place / "__init__.py", submodule_search_locations=[str(place)]
    )
    assert spec and spec.loader
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    try:
        spec.loader.exec_module(package)
    finally:
        for loaded in [n for n in sys.modules if n.split(".")[0] == name]:
            del sys.modules[loaded]
    return package


def works_or_is_refused(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Either the specification is invalid, or its squared error can be used."""
    status = main(["codegen", "specs", "--output=out", "--jobs=1"])
    assert "internal error" not in capsys.readouterr().err
    if status == 2:
        return
    assert status == 0
    for file, content in contents(Path("out")).items():
        compile_strictly(content.decode(), file)
    package = imported(Path("out"), "emitted")
    loss = getattr(package, name)
    assert package.get("plain")([1.0, 3.0], [0.0, 1.0]) == 2.5
    assert loss([1.0, 3.0], [0.0, 1.0]) == 2.5
    np.testing.assert_array_equal(loss.gradient([1.0, 3.0], [0.0, 1.0]), [1.0, 2.0])
    assert set(package.losses()) == {"plain", name}


@pytest.mark.parametrize(
    "name",
    [
        *("np", "get", "losses", "Loss", "Info", "Evaluation", "value", "pred", "float", "tuple"),
        *("class_", "annotations", "numpy", "typing", "weight", "MSE", "ŷ"),
    ],
)
def test_any_name_of_a_loss_works_or_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    write("specs/plain.py")
    write("specs/loss.py", LOSS.replace("{name}", name))
    works_or_is_refused(capsys, name)


@pytest.mark.parametrize(
    "name",
    [
        *("weight", "reduction", "axis", "wrt", "out", "self", "direction", "identity", "np"),
        *("call", "value", "target", "lambda", "float", "λ", "a b", "", "__a", "Evaluation"),
    ],
)
@pytest.mark.parametrize("kind", ["parameter", "input"])
def test_any_name_of_a_part_works_or_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, kind: str
) -> None:
    write("specs/plain.py")
    if kind == "parameter":
        part = f"Parameter({name!r}, default=1, domain=positive)"
        loss = (
            "Loss(value=a * (pred - target)**2, gradient=2 * a * (pred - target), parameters=[a])"
        )
    else:
        part = f"Tensor({name!r})"
        loss = "Loss(value=(a - target)**2, gradient=2 * (a - target), inputs=[a, target])"
    head = '"""A loss."""\nfrom derive import Loss, Parameter, Tensor, positive, pred, target\n'
    write("specs/odd.py", f"{head}a = {part}\nodd = {loss}\n")
    works_or_is_refused(capsys, "odd")


NAMES_OF_OURS = '''"""Losses whose arguments have the names of symbols of ours."""

from sympy import exp, log, sqrt

from derive import Loss, Parameter, Sum, Tensor, convex, direction, positive, pred
from derive import shift_invariant, strictly_convex, target

other, largest, call = Tensor("other"), Tensor("largest"), Tensor("call")
scale, factor, share, value = (
    Parameter(name, default=2, domain=positive) for name in ("scale", "factor", "share", "value")
)
shift, gradient, other_direction, part = (
    Parameter(name, default=3) for name in ("shift", "gradient", "other_direction", "part")
)

line = scale * (pred - other) + shift
parabola = Loss(
    value=factor * line**2 / share + value + gradient,
    gradient={pred: 2 * factor * scale * line / share, other: -2 * factor * scale * line / share},
    inputs=[pred, other],
    parameters=[factor, scale, share, shift, value, gradient],
    claims=[strictly_convex, convex],
)

softmax = exp(pred) / Sum(exp(pred))
entropy = Loss(
    value=value * (Sum(target) * log(Sum(exp(pred))) - Sum(target * pred)) + shift * factor,
    gradient=value * (softmax * Sum(target) - target),
    hvp=value * Sum(target) * softmax * (direction - Sum(softmax * direction)),
    parameters=[value, shift, factor, other_direction],
    claims=[shift_invariant],
)

length = sqrt(Sum((call - largest) ** 2) + 1)
distance = Loss(
    value=scale * length + part,
    gradient=scale * (call - largest) / length,
    inputs=[call, largest],
    parameters=[scale, part],
)
'''


def test_arguments_may_have_the_names_of_symbols_of_ours() -> None:
    write("specs/ours.py", NAMES_OF_OURS)
    for command in ("verify", "docs", "codegen"):
        more = () if command == "verify" else (f"--output={command}",)
        assert main([command, "specs", "--jobs=1", *more]) == 0, command
    package = imported(Path("codegen"), "emitted")

    x, y = np.array([1.0, 2.0]), np.array([0.5, 4.0])
    line = 2 * (x - y) + 3
    value, gradient = package.parabola.value_and_gradient(x, y)
    assert value == np.mean(line**2) + 2 + 3
    np.testing.assert_allclose(gradient, 4 * line / 2)
    assert package.get("parabola", shift=0, value=1, factor=1, share=1)(x, x) == 4.0

    value, gradient = package.entropy.value_and_gradient(x, y)
    softmax = np.exp(x) / np.exp(x).sum()
    expected = 2 * (y.sum() * np.log(np.exp(x).sum()) - (y * x).sum()) + 6
    np.testing.assert_allclose(value, expected)
    np.testing.assert_allclose(gradient, 2 * (softmax * y.sum() - y))
    product = 2 * y.sum() * softmax * (y - (softmax * y).sum())
    np.testing.assert_allclose(package.entropy.hvp(x, y, y), product)

    length = np.sqrt(((x - y) ** 2).sum() + 1)
    value, gradient = package.distance.value_and_gradient(x, y)
    np.testing.assert_allclose(value, 2 * length + 3)
    np.testing.assert_allclose(gradient, 2 * (x - y) / length)


@pytest.mark.parametrize("name", sorted(RESERVED | {"_value", "__class__", "lambda"}))
def test_a_reserved_name_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match="cannot be the name"):
        Loss(value=Tensor(name), gradient=1, inputs=[Tensor(name)])
    with pytest.raises(SpecError, match="cannot be the name"):
        Loss(value=pred, gradient=1, parameters=[Parameter(name, default=1)])


WORDS = {
    "backslashes": r"\alpha \n \x \N{no such} \\",
    "quotes": 'it\'s "quoted" \'\'\'thrice\'\'\' """and more"""',
    "last quote": 'ends with a quote "',
    "last backslash": "ends with a backslash \\",
    "markup": "{{ 1 + 1 }} {% raw %} {# gone #} {0} %s",
    "letters": "ŷ − 損失 \u202e",
    "length": "very " * 60 + "long",
    "one long word": "https://example.org/" + "x" * 150,
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_any_words_are_quoted(folder: Path, capsys: pytest.CaptureFixture[str], words: str) -> None:
    write("specs/plain.py")
    source = f"""{words!r}

from derive import Loss, Parameter, Published, positive, pred, target

a = Parameter("a", default=1, domain=positive, doc={words!r})
{identifier(words)} = Published(
    function={words!r}, source={words!r}, value=a * (pred - target)**2
)
odd = Loss(
    value=a * (pred - target)**2,
    gradient=2 * a * (pred - target),
    parameters=[a],
    references=[{words!r}],
    same_as={{{words!r}: 1}},
)
"""
    write("specs/odd.py", source)
    works_or_is_refused(capsys, "odd")
