"""Certificates follow from the specifications, leave nothing out, and convince Coq."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

pytest.importorskip("sympy")

from catalogue import REGISTRY, SPECS
from sympy import And, Expr, Float, Interval, Max, Ne, Or, Piecewise, Rational, S, exp, pi, sqrt

from derive import Largest, Loss, Parameter, Rounded, Sum, Tensor, positive, pred, target
from derive.answers import Answers
from derive.certificates.certificate import DERIVATIVES, Certificate, certificate, missing
from derive.certificates.coqc import AXIOMS, FOLDER, check, library_texts, theorems
from derive.certificates.printer import Printer, Unprintable
from derive.cli import main
from derive.language import SLICE, identity, size
from derive.registry import PublishedSpec, Spec
from derive.report.finding import Finding
from derive.verification import checked, claims, verify_one
from tests.coq_terms import evaluate, holds, parse

ROOT = Path(__file__).resolve().parent.parent
PROOFS = ROOT / "generated" / "proofs"
REFUTED = [p for p in REGISTRY.published.values() if p.claim.expected == "refuted" and p.claim.of]

each_loss = pytest.mark.parametrize("name", SPECS)
needs_coq = pytest.mark.skipif(shutil.which("coqc") is None, reason="coqc is not installed")

delta, q = Parameter("delta", domain=positive), Parameter("q")


def findings(spec: Spec) -> list[Finding]:
    """The proofs of the derivatives, and what is refuted of what others say of the loss.

    Losses of one element have no side conditions.
    """
    others = [p.name for p in REGISTRY.published.values() if p.claim.of == spec.name]
    refuted = [f for name in others for f in verify_one(name, REGISTRY) if f.status == "refuted"]
    if spec.loss.kind == "elementwise":
        return refuted
    return refuted + [
        checked(spec, rule, keyword, claim, Answers()).finding
        for rule, keyword, claim in claims(spec)
        if rule in DERIVATIVES
    ]


@cache
def made(name: str) -> Certificate:
    return certificate(SPECS[name], findings(SPECS[name]), [*REGISTRY.published.values()])


@each_loss
def test_the_committed_certificate_is_what_the_specification_gives(name: str) -> None:
    assert (PROOFS / f"{name}.v").read_text(encoding="utf-8") == made(name).text


def test_there_is_no_certificate_without_a_loss() -> None:
    assert {path.stem for path in PROOFS.iterdir()} >= set(SPECS)


@each_loss
def test_every_derivative_that_is_claimed_has_its_theorem(name: str) -> None:
    text = (PROOFS / f"{name}.v").read_text(encoding="utf-8")
    derivatives = [k for rule, k, _ in claims(SPECS[name]) if rule in DERIVATIVES]
    assert derivatives
    for keyword in derivatives:
        function = keyword.replace("[", "_").replace("]", "")
        assert f"Definition {function} " in text
        assert f"Theorem {function}_is_derivative :" in text
        if keyword.startswith("gradient"):
            assert f"Theorem {function}_reduced :" in text


@pytest.mark.parametrize("published", REFUTED, ids=lambda published: published.name)
def test_every_refuted_formula_about_a_loss_has_its_theorem(published: PublishedSpec) -> None:
    text = (PROOFS / f"{published.claim.of}.v").read_text(encoding="utf-8")
    is_formula = published.claim.claim is None
    assert (f"Theorem {published.name}_is_wrong :" in text) == is_formula


@each_loss
def test_a_declared_kink_of_the_gradient_has_its_theorem(name: str) -> None:
    text = (PROOFS / f"{name}.v").read_text(encoding="utf-8")
    excluded = re.findall(r"Theorem (gradient\w*)_is_derivative :(.*?)Proof", text, re.DOTALL)
    for gradient, statement in excluded:
        assert ("<> 0" in statement) == (f"Theorem {gradient}_at_kink" in text)


@pytest.mark.slow
def test_the_seed_of_hashes_changes_nothing() -> None:
    code = (
        "from derive.registry import load\n"
        "from derive.certificates.certificate import certificate\n"
        "for name in ('cosine_similarity', 'binary_cross_entropy'):\n"
        "    print(certificate(load().specs[name]).text)"
    )
    texts = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "LOSSPROOF_SPECS": str(ROOT / "specs")},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert texts[0] == texts[1]


# The printer is what a reader has to trust, so its terms are read again by other code.


@each_loss
def test_terms_mean_what_the_specification_says(name: str) -> None:
    loss, choose = SPECS[name].loss, random.Random(name)
    formulas: list[Expr] = [loss.value]
    for more in (loss.gradients, loss.hessians, loss.hvps, loss.parameter_gradients):
        formulas += more.values()
    index = "k" if loss.kind == "slices" else ""
    for formula in formulas:
        term = parse(Printer(index).term(formula))
        agreed = 0
        for _ in range(12):
            values = {s.name: Fraction(choose.randint(1, 15), 16) for s in loss.parameters}
            tensors = {
                s.name: [Fraction(choose.randint(-24, 24) or 1, 16) for _ in range(3)]
                for s in (*loss.inputs, Tensor("direction"))
            }
            for symbol in loss.inputs:
                if loss.domain(symbol) != S.Reals:
                    tensors[symbol.name] = [Fraction(choose.randint(1, 15), 16) for _ in range(3)]
            ours = evaluate(term, values, tensors, 1)
            theirs = _meaning(formula, values, tensors, 1)
            assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9), Printer(index).term(formula)
            agreed += 1
        assert agreed == 12


@each_loss
def test_the_hypotheses_hold_somewhere(name: str) -> None:
    """No theorem on a derivative speaks of nothing; nor one on a kink of a single element."""
    loss, choose = SPECS[name].loss, random.Random(name)
    numbers = [Fraction(n, 4) for n in (0, 1, -1, 2, -2, 3, 4, -4)]
    waiting = {
        t.name: [fact for fact in t.hypotheses if fact not in ("(k < n)%nat", "(s < n)%nat")]
        for t in made(name).theorems
        if t.name.endswith("_is_derivative")
        or (t.name.endswith("_at_kink") and loss.kind == "elementwise" and "(n" not in t.binders)
    }
    for _ in range(5000):
        values = {s.name: choose.choice(numbers) for s in loss.parameters}
        tensors = {
            s.name: [choose.choice(numbers) for _ in range(3)]
            for s in (*loss.inputs, Tensor("direction"))
        }
        waiting = {
            theorem: facts
            for theorem, facts in waiting.items()
            if not all(holds(fact, values, tensors, 1) for fact in facts)
        }
        if not waiting:
            break
    assert not waiting


def _meaning(
    e: Expr, values: dict[str, Fraction], tensors: dict[str, list[Fraction]], k: int
) -> float:
    """The value of a formula at the entry ``k`` of slice 0, by SymPy on numbers alone."""

    def visit(x: Expr, at: int) -> Expr:
        if isinstance(x, Sum):
            return sum((visit(x.body, i) for i in range(3)), S.Zero)
        if x == identity:
            return S.One if at == 0 else S.Zero
        if x.is_Symbol:
            number = values[x.name] if x.name in values else tensors[x.name][at]
            return Rational(number.numerator, number.denominator)
        return x.func(*(visit(a, at) for a in x.args)) if x.args else x

    return float(visit(e, k).evalf(30))


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (pred**-1, "/ pred"),
        (pred**-2, "/ pred ^ 2"),
        (2 * pred**-2 / 3, "2 / (3 * pred ^ 2)"),
        (sqrt(pred), "sqrt pred"),
        (pred ** Rational(-3, 2), "/ sqrt pred ^ 3"),
        ((-pred) ** 2 / 1, "pred ^ 2"),
        (-(pred**2), "- pred ^ 2"),
        ((pred - target) ** 3, "(pred - target) ^ 3"),
        (target - (pred - delta) / 2, "target + delta / 2 - pred / 2"),
        (exp(-pred), "exp (- pred)"),
        (exp(1), "exp 1"),
        (pi * pred, "pred * PI"),
        (Rational(-3, 4), "- (3 / 4)"),
        (Rational(3, 4) ** 2 * pred, "9 * pred / 16"),
        (Max(0, pred, target), "Rmax 0 (Rmax pred target)"),
        (Rounded(pred + 1) * 2, "2 * (pred + 1)"),
        (Piecewise((pred, pred > 0), (0, True)), "if Rlt_dec 0 pred then pred else 0"),
        (Piecewise((1, Ne(pred, 0)), (2, True)), "if Req_EM_T pred 0 then 2 else 1"),
        (
            Piecewise((1, And(pred > 0, target > 0)), (2, True)),
            "if Rlt_dec 0 pred then (if Rlt_dec 0 target then 1 else 2) else 2",
        ),
        (
            Piecewise((1, Or(pred > 0, target > 0)), (2, True)),
            "if Rlt_dec 0 pred then 1 else (if Rlt_dec 0 target then 1 else 2)",
        ),
        (
            1 + Piecewise((1, pred > 0), (2, True)) * target,
            "target * (if Rlt_dec 0 pred then 1 else 2) + 1",
        ),
        (Sum(Sum(pred) * target), "Sum n (fun i => target i * Sum n (fun j => pred j))"),
        (size() * pred, "pred * INR n"),
        (Parameter("at") + Parameter("n") + Parameter("S"), "S_ + at_ + n_"),
    ],
)
def test_hard_terms(expression: Expr, text: str) -> None:
    assert Printer().term(expression) == text


@pytest.mark.parametrize(
    "expression",
    [
        Float("0.1") * pred,
        pred**delta,
        pred ** Rational(1, 3),
        Largest(pred),
        Sum(pred, SLICE),
        size(SLICE) * pred,
        S.ImaginaryUnit * pred,
        S.Infinity,
        Piecewise((pred, pred > 0)),
        identity,
    ],
)
def test_what_has_no_exact_counterpart_is_refused(expression: Expr) -> None:
    with pytest.raises(Unprintable):
        Printer().term(expression)


def test_hypotheses_are_printed_by_the_same_printer() -> None:
    assert Printer().membership(delta, positive) == "0 < delta"
    assert Printer("k").membership(target, Interval(0, 1)) == "0 <= target k <= 1"
    assert Printer().membership(target, S.Reals) == ""
    assert Printer("k").proposition(Sum(target**2) > 0) == "0 < Sum n (fun i => target i ^ 2)"


def test_a_claim_that_cannot_be_stated_is_listed_with_the_reason() -> None:
    spec = SPECS["mse"]
    loss = Loss(
        value=abs(pred - target) ** q / 2, gradient=pred, parameters=(Parameter("q", default=2),)
    )
    lacking = missing([certificate(Spec(**{**vars(spec), "name": "odd", "loss": loss}))])
    assert [lack.claim for lack in lacking] == ["odd.gradient"]
    assert "exponent q" in lacking[0].reason


def test_no_name_is_bound_twice() -> None:
    """A statement that binds ``h`` would say something else if a parameter were called that."""
    spec, h = SPECS["mse"], Parameter("h", default=1)
    loss = Loss(value=h * (pred - target) ** 2, gradient=2 * h * (pred - target), parameters=(h,))
    text = certificate(replace(spec, loss=loss)).text
    assert "forall pred target h_ : R" in text
    both = replace(loss, parameters=(h, Parameter("h_", default=1)))
    assert "one name in Coq" in missing([certificate(replace(spec, loss=both))])[0].reason


def test_words_of_a_specification_stay_in_their_comment() -> None:
    spec = replace(SPECS["mse"], doc='Says "5 *) Axiom a : False. (*".')
    text = certificate(spec).text
    assert "Says '5 * ) Axiom a : False. ( *'." in text
    assert text.count("(*") == text.count("*)") and '"' not in text


def test_the_library_assumes_nothing() -> None:
    for name, text in library_texts().items():
        bare = re.sub(r"\(\*.*?\*\)", "", text, flags=re.DOTALL)
        words = r"\b(Admitted|admit|Axiom|Parameter|Conjecture|give_up)\b"
        assert not re.search(words, bare), name
        assert len(text.splitlines()) < 400
    assert {path.stem for path in FOLDER.glob("*.v")} == set(library_texts())


# What Coq says.


@pytest.mark.slow
@pytest.mark.coq
@needs_coq
def test_coq_accepts_certificates_and_rejects_wrong_ones() -> None:
    text = (PROOFS / "mse.v").read_text(encoding="utf-8")
    assumed = "\nAxiom shortcut : False.\nTheorem all : 0 = 1.\nProof. destruct shortcut. Qed.\n"
    files = {
        "right": text,
        "wrong": wrong(text),
        "declared": wrongly_declared("mse").text,
        "assumed": text + assumed,
    }
    right, rejected, declared, resting = check(files)
    assert right.accepted and set(right.axioms) <= AXIOMS
    assert rejected.error and not rejected.accepted
    assert "not the derivative" in declared.error
    assert not resting.error and not resting.accepted
    assert set(resting.axioms) - AXIOMS == {"shortcut"}


@pytest.mark.coq
@pytest.mark.slow
@needs_coq
def test_coq_accepts_all_certificates_and_no_mutant() -> None:
    texts = {name: (PROOFS / f"{name}.v").read_text(encoding="utf-8") for name in SPECS}
    assert [r.name for r in check(texts) if not r.accepted] == []
    assert [r.name for r in check({n: wrong(t) for n, t in texts.items()}) if r.accepted] == []
    declared = {name: wrongly_declared(name) for name in SPECS}
    certified = {n: c.text for n, c in declared.items() if not missing([c])}
    assert set(certified) == set(SPECS)
    assert [r.name for r in check(certified) if r.accepted] == []


def wrongly_declared(name: str) -> Certificate:
    """The certificate of a loss whose gradients are a little different from what they should be."""
    spec = SPECS[name]
    gradients = {**spec.loss.gradients, **spec.loss.parameter_gradients}
    changed = {x: gradient + Rational(1, 1000) for x, gradient in gradients.items()}
    return certificate(replace(spec, loss=replace(spec.loss, gradient=changed)), findings(spec))


def wrong(text: str) -> str:
    """A certificate in which each gradient is a little different from what it should be."""
    changed, number = re.subn(
        r"(Definition gradient\w* .*? :=)(.*?)\.\n\n",
        r"\1 (\2) + 1 / 1000.\n\n",
        text,
        flags=re.DOTALL,
    )
    assert number
    return changed


# The command.

DECLARED = '''"""A parabola."""

from derive import Loss, pred, target

parabola = Loss(value=(pred - target) ** 2, gradient=2 * pred - 2 * target)
'''


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "parabola.py").write_text(DECLARED)
    return tmp_path / "specs"


def test_the_command_writes_and_then_finds_what_is_stale(
    specs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["certify", str(specs), "--jobs", "1"]
    assert main(arguments) == 0
    written = specs.parent / "generated" / "proofs" / "parabola.v"
    assert theorems(written.read_text(encoding="utf-8"))[0] == "gradient_is_derivative"
    assert main([*arguments, "--check"]) == 0
    written.write_text(wrong(written.read_text(encoding="utf-8")), encoding="utf-8")
    capsys.readouterr()
    assert main([*arguments, "--check"]) == 1
    assert capsys.readouterr().out == "stale: generated/proofs/parabola.v\n"


def test_without_coq_the_command_says_what_to_install(
    specs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(specs))
    assert main(["certify", str(specs), "--coq", "--jobs", "1"]) == 2
    assert capsys.readouterr().err == (
        "lossproof: coqc is missing: apt-get install coq libcoq-coquelicot\n"
    )


@pytest.mark.slow
@pytest.mark.coq
@needs_coq
def test_the_command_has_coq_check(specs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["certify", str(specs), "--coq", "--jobs", "1"]) == 0
    assert re.search(r"parabola  checked +4 theorems", capsys.readouterr().out)
