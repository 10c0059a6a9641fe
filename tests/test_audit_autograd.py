"""Functions of PyTorch: a backward pass is the derivative of its forward pass, or is refuted."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from derive.auditing.autograd import backward
from derive.auditing.refusal import Refusal
from derive.auditing.signatures import audit_objective
from derive.auditing.tensors import call
from derive.cli import main

torch = pytest.importorskip("torch")
F = torch.nn.functional


class Hinge(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: Any, target: Any) -> Any:
        ctx.save_for_backward(input, target)
        return torch.clamp(1 - input * target, min=0)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        input, target = ctx.saved_tensors
        gradient = (-target * grad_output).clone()
        gradient[input * target >= 1] = 0
        return gradient, None


class Logistic(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: Any, target: Any, scale: float = 1.0) -> Any:
        ctx.save_for_backward(input, target)
        ctx.scale = scale
        return (F.softplus(input) - input * target).sum() * scale

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        input, target = ctx.saved_tensors
        gap = input.sigmoid() - target
        return grad_output * gap * ctx.scale, -grad_output * input * ctx.scale, None


class ForgetsWhatComesIn(Logistic):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        input, target = ctx.saved_tensors
        return (torch.sigmoid(input) - target) * ctx.scale, None, None


class Rows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, t: Any) -> Any:
        gap = x - t
        ctx.save_for_backward(gap)
        return 0.5 * gap.pow(2).sum(dim=1)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (gap,) = ctx.saved_tensors
        gradient = grad_output.unsqueeze(1) * gap
        return gradient, -gradient


class Power(torch.autograd.Function):
    @staticmethod
    def forward(x: Any) -> Any:
        return x.exp()

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (power,) = ctx.saved_tensors
        return grad_output * power


class Dice(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, p: Any, t: Any) -> Any:
        ctx.save_for_backward(p, t)
        ctx.both, ctx.sizes = (p * t).sum(), p.sum() + t.sum() + 1e-4
        return 1 - 2 * ctx.both / ctx.sizes

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        _, t = ctx.saved_tensors
        return -2 * grad_output * (t * ctx.sizes - ctx.both) / ctx.sizes**2, None


class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return torch.sign(x)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return grad_output


class OneForTwo(Hinge):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return grad_output


class InNeither(Hinge):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return None, None


class Sorted(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return torch.sort(x)[0]

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return grad_output


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (Hinge, ["proved"]),
        (Logistic, ["proved", "proved"]),
        (ForgetsWhatComesIn, ["refuted"]),
        (Rows, ["proved", "proved"]),
        (Power, ["proved"]),
        (Dice, ["proved"]),
        (StraightThrough, ["refuted"]),
    ],
)
def test_a_backward_pass_is_the_derivative_of_its_forward_pass(
    function: Any, expected: list[str]
) -> None:
    findings = audit_objective(function, "torch")
    assert [f.status for f in findings] == expected, [(f.message, f.hint) for f in findings]
    assert all(f.claim.endswith("]") for f in findings)


def test_a_counterexample_is_code_that_shows_it() -> None:
    (finding,) = audit_objective(ForgetsWhatComesIn, "torch")
    expression, said = finding.snippet.splitlines()[-1].split("  # ")
    scope = {**globals(), "array": np.array}
    assert repr(float(eval(expression, scope))) == said.split(",")[0]
    assert "multiply by grad_output" in finding.hint


def test_a_forward_pass_is_compared_with_a_loss() -> None:
    (finding, *_) = audit_objective(Hinge, "torch", loss="hinge", at={"input": "pred"})
    assert finding.status == "proved"
    (finding, *_) = audit_objective(Hinge, "torch", loss="squared_hinge", at={"input": "pred"})
    assert finding.status == "refuted"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (OneForTwo, "backward returns 1 gradients for the 2 inputs input, target"),
        (InNeither, "the backward pass gives no gradient"),
        (Sorted, r"torch.sort is not known"),
        (int, "int has no static method forward"),
        (Hinge(), "Hinge is no class"),
        (torch.autograd.Function, "names no inputs"),
    ],
)
def test_what_is_no_such_function_is_one_clear_error(function: Any, message: str) -> None:
    (finding,) = audit_objective(function, "torch")
    assert finding.status == "invalid"
    assert re.search(message, finding.message), finding.message


@pytest.mark.parametrize("function", [Hinge, Logistic, Power, Rows, Dice], ids=lambda f: f.__name__)
def test_the_stand_in_of_a_call_is_what_autograd_calls(function: Any) -> None:
    rng = np.random.default_rng(1)
    count = len([n for n in ("x", "y") if function is not Power or n == "x"])
    inputs = [rng.uniform(0.1, 2, (3, 4)) for _ in range(count)]
    tensors = [torch.tensor(x, requires_grad=True) for x in inputs]
    result = function.apply(*tensors)
    incoming = torch.tensor(rng.uniform(1, 2, result.shape))
    result.backward(incoming)
    more = [1.0] if function is Logistic else []
    came_in = incoming.numpy() if incoming.ndim else float(incoming)
    found = backward(function, 0)(*inputs, *more, came_in)
    np.testing.assert_allclose(found, tensors[0].grad.numpy(), rtol=1e-12)


@pytest.mark.parametrize(
    "operation",
    [
        lambda x: x.to(torch.int64),
        lambda x: torch.zeros_like(x, dtype=torch.int32),
        lambda x: x.sum(dtype=torch.int64),
        lambda x: F.softplus(x, threshold=1.0),
        lambda x: torch.div(x, 2, rounding_mode="floor"),
        lambda x: torch.add(x, x, alpha=2),
        lambda x: x.max(dim=0),
        lambda x: x.sort(),
        lambda x: F.kl_div(x, x),
        lambda x: torch.kl_div(x, x),
    ],
)
def test_what_is_not_followed_is_refused(operation: Any) -> None:
    class Asked(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            operation(x)
            return x * 1

        @staticmethod
        def backward(ctx: Any, grad_output: Any) -> Any:
            return grad_output

    assert {f.status for f in audit_objective(Asked, "torch")} == {"invalid"}


def test_a_method_may_have_its_arguments_in_another_order() -> None:
    class Chosen(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x.where(x > 0, 3 * x)

        @staticmethod
        def backward(ctx: Any, grad_output: Any) -> Any:
            (x,) = ctx.saved_tensors
            return torch.where(x > 0, grad_output, 3 * grad_output)

    assert [f.status for f in audit_objective(Chosen, "torch")] == ["proved"]


def test_a_backward_pass_may_be_differentiable_once() -> None:
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx: Any, grad_output: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 2 * x * grad_output

    assert [f.status for f in audit_objective(Square, "torch")] == ["proved"]


def test_an_unknown_function_is_named() -> None:
    with pytest.raises(Refusal, match=r"torch\.cumsum is not known here"):
        call("cumsum")


def test_the_command_needs_no_loss(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", f"{__name__}:Rows", "--signature", "torch"]) == 0
    assert main(["audit", f"{__name__}:StraightThrough", "--signature", "torch"]) == 1
    assert "2 proved" in capsys.readouterr().out
