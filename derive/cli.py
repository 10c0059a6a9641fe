"""Floor 7: the command ``lossproof``. No mathematics here, and no heavy import before it is needed.

Exit status: 0 all as expected, 1 something refuted or stale, 2 usage or an invalid specification,
3 only unknowns, 4 an error of ours, 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derive import __version__

if TYPE_CHECKING:
    from derive.cache import Cache
    from derive.incremental import Run
    from derive.registry import Module, Registry, Spec
    from derive.report.finding import Finding
    from derive.sources import Source

FORMATS = ("text", "json", "junit", "github", "sarif")


class UsageError(Exception):
    """A command that cannot be carried out as given."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status is returned."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except UsageError as error:
        print(f"lossproof: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("lossproof: interrupted", file=sys.stderr)
        return 130
    except ModuleNotFoundError as error:
        if error.name in ("sympy", "flint", "jinja2", "mpmath", "rich"):
            print(
                f'lossproof: {error.name} is missing: pip install "lossproof[toolkit]"',
                file=sys.stderr,
            )
            return 2
        raise
    except Exception as error:
        if os.environ.get("LOSSPROOF_DEBUG"):
            raise
        print(
            f"lossproof: internal error: {type(error).__name__}: {error}\n"
            "This is a mistake of ours; LOSSPROOF_DEBUG=1 shows where.",
            file=sys.stderr,
        )
        return 4


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lossproof",
        description="Prove hand-written gradients of loss functions, and emit NumPy.",
    )
    parser.add_argument("--version", action="version", version=f"lossproof {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    verify = _command(commands, "verify", _verify, "prove every claim, or show why not")
    _add_specs(verify)
    verify.add_argument("-v", "--verbose", action="store_true", help="one line for each claim")
    verify.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    verify.add_argument(
        "--output", type=Path, metavar="FILE", help="write the format there, and text here"
    )
    verify.add_argument("--allow-unknown", action="store_true", help="unknown is no failure")
    _add_effort(verify)
    _add_color(verify)

    mutate = _command(
        commands, "mutate", _mutate, "change every formula a little, and see what is refuted"
    )
    _add_specs(mutate)
    mutate.add_argument("-v", "--verbose", action="store_true", help="list what is refuted too")
    mutate.add_argument(
        "--limit", type=int, default=40, metavar="N", help="of each formula (default: 40, 0: all)"
    )
    mutate.add_argument("--jobs", type=int, metavar="N", help="processes (default: all cores)")

    codegen = _command(commands, "codegen", _codegen, "write NumPy modules for proved losses")
    _add_specs(codegen)
    codegen.add_argument(
        "--output", type=Path, metavar="FOLDER", help="default: generated/ beside the specs"
    )
    codegen.add_argument("--check", action="store_true", help="write nothing, say what is stale")
    _add_effort(codegen)
    _add_color(codegen)

    show = _command(commands, "show", _show, "print a loss, its derivatives and its boundaries")
    show.add_argument("loss", help="the name of a loss")
    show.add_argument("--specs", type=Path, action="append", default=[], metavar="PATH")
    show.add_argument("--latex", action="store_true", help="formulas in LaTeX")

    new = _command(commands, "new", _new, "write a specification to fill in")
    new.add_argument("name", help="the name of the loss, a Python identifier")
    new.add_argument("--folder", type=Path, default=Path("specs"), help="default: specs")

    docs = _command(commands, "docs", _docs, "write a page for each loss")
    _add_specs(docs)
    docs.add_argument(
        "--output", type=Path, metavar="FOLDER", help="default: docs/ beside the specs"
    )
    docs.add_argument("--check", action="store_true", help="write nothing, say what is stale")
    _add_effort(docs)
    _add_color(docs)

    cache = _command(commands, "cache", _cache, "say where verdicts are kept, or forget them")
    cache.add_argument("action", nargs="?", choices=("clear",), help="delete what is kept")
    return parser


def _command(commands: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _add_specs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "specs",
        nargs="*",
        type=Path,
        metavar="SPEC",
        help="files or folders (default: those of this installation, or LOSSPROOF_SPECS)",
    )


def _add_effort(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--jobs", type=int, metavar="N", help="processes (default: all cores)")
    parser.add_argument(
        "--no-cache", action="store_true", help="verify also what has not changed since it was"
    )


def _add_color(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")


# Commands --------------------------------------------------------------------------------------


def _verify(options: argparse.Namespace) -> int:
    from derive.report import text
    from derive.report.exit_code import exit_code

    start = time.perf_counter()
    run = _run(options, _sources(options))
    findings, seconds = run.findings, time.perf_counter() - start
    machine = options.format != "text"
    if machine:
        from derive.report.formats import FORMATS as RENDERERS

        rendered = RENDERERS[options.format](findings, seconds=seconds)
        if options.output is None:
            sys.stdout.write(rendered)
        else:
            _write(options.output, rendered)
    if not machine or options.output is not None:
        color = _colored(options.color) and not (options.output and not machine)
        report = text.render(
            findings,
            verbose=options.verbose,
            color=color,
            seconds=seconds,
            unchanged=run.unchanged,
        )
        if options.output is not None and not machine:
            _write(options.output, report)
        else:
            sys.stdout.write(report)
    return exit_code(findings, options.allow_unknown)


def _mutate(options: argparse.Namespace) -> int:
    from derive.mutation_run import chunks_of, outcomes
    from derive.report import mutants as report
    from derive.report.progress import progress

    start = time.perf_counter()
    registry = _usable(options)
    chunks = chunks_of(registry, options.limit or None)
    found = []
    with progress(len(chunks)) as advance:
        for chunk, result in zip(chunks, outcomes(registry, chunks, options.jobs), strict=True):
            advance(chunk.name)
            found += result
    seconds = time.perf_counter() - start
    sys.stdout.write(report.render(found, verbose=options.verbose, seconds=seconds))
    return 1 if report.failures(found) else 0


def _usable(options: argparse.Namespace) -> Registry:
    """The registry of a command, if there is anything in it and nothing wrong with it."""
    if options.jobs is not None and options.jobs < 1:
        raise UsageError(f"--jobs must be at least 1, got {options.jobs}")
    if options.limit < 0:
        raise UsageError(f"--limit must be at least 0, got {options.limit}")
    registry = _load(options.specs)
    for problem in registry.problems:
        at = problem.place
        raise UsageError(f"{at.file}:{at.line}:{at.column}: {problem.message}")
    if not registry.specs:
        raise UsageError("no specification found")
    return registry


def _codegen(options: argparse.Namespace) -> int:
    from derive.emit.modules import module_view
    from derive.emit.package import render_package

    registry, findings = _registry_and_findings(options)
    status = _refuse_unproved(findings, options)
    if status:
        return status
    views = [
        module_view(spec, [f for f in findings if f.loss == spec.name])
        for spec in registry.specs.values()
    ]
    folder = options.output or _beside_specs(options.specs, "generated")
    files = render_package(views, __version__)
    return _bring_up_to_date(files, folder, Path("lossproof"), options)


def _docs(options: argparse.Namespace) -> int:
    from derive.emit.pages import render_pages

    registry, findings = _registry_and_findings(options)
    status = _refuse_unproved(findings, options)
    if status:
        return status
    folder = options.output or _beside_specs(options.specs, "docs")
    files = render_pages(registry, findings)
    status = _bring_up_to_date(files, folder, Path("losses"), options)
    return status | _update_readme(folder.parent / "README.md", registry, findings, options.check)


def _show(options: argparse.Namespace) -> int:
    from derive.emit.show import show

    registry = _load(options.specs)
    for problem in registry.problems:
        if problem.name == options.loss:
            at = problem.place
            raise UsageError(f"{at.file}:{at.line}:{at.column}: {problem.message}")
    if options.loss not in registry.specs:
        raise UsageError(_no_loss(options.loss, list(registry.specs)))
    spec: Spec = registry.specs[options.loss]
    sys.stdout.write(show(spec, in_latex=options.latex))
    return 0


def _new(options: argparse.Namespace) -> int:
    import keyword

    from derive.emit.templates import environment

    name = options.name
    if not name.isidentifier() or keyword.iskeyword(name) or name != name.lower() or name[0] == "_":
        raise UsageError(f"{name!r} is not a name for a loss: use lower_case_with_underscores")
    path = options.folder / f"{name}.py"
    if path.exists():
        raise UsageError(f"{path} exists already")
    template = environment("spec").get_template("spec.py.jinja")
    text = template.render(name=name, title=name.replace("_", " ").capitalize())
    _write(path, text)
    print(f"wrote {path}: fill it in, then run  lossproof verify {path}")
    return 0


def _cache(options: argparse.Namespace) -> int:
    cache = _user_cache()
    if cache is None:
        raise UsageError("there is no folder for caches: set LOSSPROOF_CACHE")
    if options.action == "clear":
        cache.clear()
    print(f"{cache.folder}: {cache.size() / 1024:.0f} KB")
    return 0


# What the commands share -----------------------------------------------------------------------


def _load(specs: list[Path]) -> Registry:
    from derive.registry import load

    try:
        return load(specs)
    except FileNotFoundError as error:
        raise UsageError(str(error)) from None


def _sources(options: argparse.Namespace) -> list[Source]:
    from derive.sources import read

    if options.jobs is not None and options.jobs < 1:
        raise UsageError(f"--jobs must be at least 1, got {options.jobs}")
    try:
        sources = read(options.specs)
    except FileNotFoundError as error:
        raise UsageError(str(error)) from None
    if not sources:
        raise UsageError("no specification found")
    return sources


def _run(options: argparse.Namespace, sources: list[Source], modules: Iterable[Module] = ()) -> Run:
    from derive.incremental import verify
    from derive.report.progress import progress

    cache = None if options.no_cache else _user_cache()
    return verify(sources, progress, jobs=options.jobs, cache=cache, modules=modules)


def _registry_and_findings(options: argparse.Namespace) -> tuple[Registry, list[Finding]]:
    """For those that write: they need every declaration, not only what is to be said of it."""
    from derive.registry import combine, execute

    sources = _sources(options)
    modules = [execute(source) for source in sources]
    return combine(modules), _run(options, sources, modules).findings


def _user_cache() -> Cache | None:
    from derive.cache import Cache, default_folder

    try:
        return Cache(default_folder())
    except RuntimeError:  # nobody's home
        return None


def _refuse_unproved(findings: list[Finding], options: argparse.Namespace) -> int:
    """A loss that is not proved is neither emitted nor documented."""
    from derive.report import text
    from derive.report.exit_code import exit_code

    status = exit_code(findings, allow_unknown=False)
    if status:
        bad = [finding for finding in findings if not finding.as_expected]
        color = _colored(options.color)
        sys.stdout.write(text.render(bad, verbose=False, color=color, seconds=0.0))
        print("lossproof: nothing written: only proved losses are", file=sys.stderr)
    return status


def _bring_up_to_date(
    files: dict[str, str], folder: Path, owned: Path, options: argparse.Namespace
) -> int:
    from derive.emit.package import leftovers, stale, write

    others = leftovers(files, folder, owned)
    if others and any(map(_is_a_part, options.specs)):
        raise UsageError(
            f"{_shown(folder)} also holds {others[0]}, which the specs named here do not give: "
            "name the whole folder of specs"
        )
    if options.check:
        names = stale(files, folder, owned)
        for name in names:
            print(f"stale: {_shown(folder / name)}")
        return 1 if names else 0
    try:
        written = write(files, folder, owned)
    except OSError as error:
        raise UsageError(f"cannot write to {_shown(folder)}: {error.strerror}") from None
    for name in written:
        print(f"wrote {_shown(folder / name)}")
    return 0


def _is_a_part(specs: Path) -> bool:
    """Whether a path names less than a whole folder of specs."""
    return specs.is_file() or any(p.name == "specs" for p in specs.resolve().parents)


def _update_readme(path: Path, registry: Registry, findings: list[Finding], check: bool) -> int:
    """The parts of a README that ask to be written."""
    from derive.emit.readme import updated

    if not path.is_file():
        return 0
    old = path.read_text(encoding="utf-8")
    new = updated(old, registry, findings)
    if new == old:
        return 0
    if check:
        print(f"stale: {_shown(path)}")
        return 1
    _write(path, new)
    print(f"wrote {_shown(path)}")
    return 0


def _beside_specs(specs: list[Path], name: str) -> Path:
    from derive.sources import default_folder

    first = specs[0] if specs else default_folder()
    folder = first if first.is_dir() else first.parent
    while folder.name != "specs" and any(p.name == "specs" for p in folder.resolve().parents):
        folder = folder.resolve().parent
    return folder.resolve().parent / name


def _no_loss(name: str, known: list[str]) -> str:
    import difflib

    close = difflib.get_close_matches(name, known)
    meant = f"; did you mean {' or '.join(close)}?" if close else "."
    return f"no loss is named {name!r}{meant} There are {', '.join(known)}"


def _colored(choice: str) -> bool:
    if choice == "auto":
        return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return bool(choice == "always")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _shown(path: Path) -> str:
    with contextlib.suppress(ValueError):
        return path.resolve().relative_to(Path.cwd()).as_posix()
    return path.as_posix()
