"""Tensors of symbolic shape: PyTorch's operations by what they are in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from derive.auditing.arrays import Traced, lift
from derive.auditing.axes import positions
from derive.auditing.elementary import apply, where
from derive.auditing.functions import FUNCTIONS, as_type, clip, full_like
from derive.auditing.refusal import Refusal

_ELEMENTWISE = frozenset((
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "reciprocal", "square",
    "abs", "absolute", "negative", "positive", "sign", "sin", "cos", "tan", "arctan", "atan",
    "sinh", "cosh", "tanh", "hypot", "logaddexp", "erf", "erfc", "xlogy", "heaviside", "add",
    "subtract", "multiply", "divide", "true_divide", "pow", "float_power", "maximum", "minimum",
    "fmax", "fmin", "greater", "greater_equal", "less", "less_equal", "equal", "not_equal",
    "logical_and", "logical_or", "logical_not", "logical_xor",
))  # fmt: skip
"""Elementwise functions that are the same in NumPy."""

_RENAMED = {
    "sub": "subtract", "mul": "multiply", "div": "divide", "neg": "negative", "sigmoid": "expit",
    "logsigmoid": "log_expit", "gt": "greater", "ge": "greater_equal", "lt": "less",
    "le": "less_equal", "eq": "equal", "ne": "not_equal", "lgamma": "gammaln", "sgn": "sign",
}  # fmt: skip
"""Elementwise functions that NumPy or SciPy calls otherwise."""


class Tensor:
    """An array of symbolic shape that answers as a PyTorch tensor does."""

    __array_ufunc__ = None  # so that arrays leave operations to tensors
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, array: Traced) -> None:
        self.array = array

    @classmethod
    def __torch_function__(
        cls, function: Any, _types: Any, inputs: Any = (), options: Any = None
    ) -> Any:
        name = getattr(function, "__name__", repr(function))
        return call(name, *inputs, **(options or {}))

    def __getattr__(self, name: str) -> Any:
        if name in _ATTRIBUTES:
            return _ATTRIBUTES[name](self)
        if name == "where":  # as a method, torch.where has its arguments in another order
            return lambda condition, other: call("where", condition, self, other)
        if name.startswith("__"):
            raise AttributeError(f"'Tensor' object has no attribute {name!r}")
        if name.endswith("_"):
            return partial(_in_place, name.removesuffix("_"), self)
        if not knows(name):
            raise Refusal(f"the method or attribute {name} of tensors is not known here")
        return partial(call, name, self)

    def __getitem__(self, key: Any) -> Tensor:
        return Tensor(self.array[_bare(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        self.array[_bare(key)] = _bare(value)

    def __bool__(self) -> bool:
        return bool(self.array)

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Any:
        return iter(self.array)

    def __float__(self) -> float:
        return float(self.array)

    def __neg__(self) -> Tensor:
        return call("neg", self)

    def __abs__(self) -> Tensor:
        return call("abs", self)

    def __invert__(self) -> Tensor:
        return call("logical_not", self)


def _operator(name: str, *, reflected: bool = False) -> Callable[[Tensor, Any], Tensor]:
    def operate(self: Tensor, other: Any) -> Tensor:
        return call(name, other, self) if reflected else call(name, self, other)

    return operate


for _name, _function in {
    "add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "pow": "pow", "and": "logical_and",
    "or": "logical_or", "lt": "lt", "le": "le", "gt": "gt", "ge": "ge", "eq": "eq", "ne": "ne",
}.items():  # fmt: skip
    setattr(Tensor, f"__{_name}__", _operator(_function))
    setattr(Tensor, f"__r{_name}__", _operator(_function, reflected=True))


def _bare(value: Any) -> Any:
    """A value with arrays in place of tensors."""
    if isinstance(value, Tensor):
        return value.array
    if isinstance(value, tuple | list):
        return type(value)(_bare(part) for part in value)
    return value


def knows(name: str) -> bool:
    """Whether this is a function of tensors that can be followed."""
    return name in _FUNCTIONS or name in _RENAMED or name in _ELEMENTWISE


def call(name: str, *inputs: Any, **options: Any) -> Any:
    """The function of tensors of this name; raises ``Refusal`` for one that is not known."""
    bare = [_bare(part) for part in inputs]
    named = {n: _bare(v) for n, v in options.items()}
    if name in _FUNCTIONS:
        result = _FUNCTIONS[name](*bare, **named)
    elif knows(name):
        if named:
            raise Refusal(f"the option {min(named)} of torch.{name}", "an operation of its own")
        result = apply(_RENAMED.get(name, name), *bare)
    else:
        raise Refusal(f"torch.{name} is not known here")
    return Tensor(result) if type(result) is Traced else result


def _in_place(name: str, tensor: Tensor, *inputs: Any, **options: Any) -> Tensor:
    """``x.mul_(y)`` and its like."""
    if name == "zero":
        new: Any = full_like(tensor.array, 0.0)
    elif name == "fill":
        new = full_like(tensor.array, _bare(inputs[0]))
    elif name == "requires_grad":
        return tensor
    else:
        new = _bare(call(name, tensor, *inputs, **options))
    tensor.array.write(new)
    return tensor


# Reductions --------------------------------------------------------------------------------------


def _reduced(name: str) -> Callable[..., Any]:
    def reduce(a: Any, dim: Any = None, keepdim: Any = False, **options: Any) -> Any:
        _refuse_integers(options.pop("dtype", None))
        if {n for n, v in options.items() if v is not None} - {"_stacklevel"}:
            raise Refusal(f"the option {min(options)} of torch.{name}")
        return FUNCTIONS[name](a, axis=dim, keepdims=keepdim)

    return reduce


def _along(name: str) -> Callable[..., Any]:
    def along(a: Any, dim: Any = None, *_: Any, dtype: Any = None, **__: Any) -> Any:
        _refuse_integers(dtype)
        if dim is None:
            raise Refusal(f"torch.{name} without dim")
        return FUNCTIONS[name](a, axis=dim)

    return along


def _largest(a: Any, *others: Any, **options: Any) -> Any:
    if len(others) == 1 and isinstance(others[0], Traced) and not options:
        return apply("maximum", a, others[0])
    if others or options:
        raise Refusal("torch.max along a dimension gives indices too", "torch.amax(x, dim)")
    return FUNCTIONS["max"](a)


def _smallest(a: Any, *others: Any, **options: Any) -> Any:
    if len(others) == 1 and isinstance(others[0], Traced) and not options:
        return apply("minimum", a, others[0])
    if others or options:
        raise Refusal("torch.min along a dimension gives indices too", "torch.amin(x, dim)")
    return FUNCTIONS["min"](a)


def _norm(a: Any, p: Any = 2, dim: Any = None, keepdim: Any = False, **options: Any) -> Any:
    options = {n: v for n, v in options.items() if v is not None}
    if options or p not in (None, 1, 2, "fro"):
        raise Refusal("torch.norm with these options", "the sum that it is")
    if p == 1:
        return FUNCTIONS["sum"](apply("absolute", a), axis=dim, keepdims=keepdim)
    total = FUNCTIONS["sum"](apply("square", a), axis=dim, keepdims=keepdim)
    return apply("sqrt", total)


# Others ------------------------------------------------------------------------------------------


def _clamp(a: Any, min: Any = None, max: Any = None) -> Any:
    return clip(a, min, max)


def _softplus(a: Any, beta: Any = 1, threshold: Any = 20) -> Any:
    if threshold != 20:  # beyond 20 the line differs from the function by its rounding
        raise Refusal("softplus with a threshold", "torch.where and both cases")
    scaled = apply("multiply", a, beta)
    return apply("divide", apply("softplus", scaled), beta)


def _size(a: Any, dim: Any = None) -> Any:
    return a.shape if dim is None else a.shape[positions(dim, a.ndim)[0]]


def _kept(a: Any, *_: Any, **__: Any) -> Any:
    return a


def _as_float(a: Any, *_: Any, **__: Any) -> Any:
    # Whether memory is shared depends on the type: a view is not written to.
    return a.view_as(a.axes) if a.kind == "float" else as_type(a, float)


def _converted(a: Any, *kinds: Any, **options: Any) -> Any:
    """``x.to(...)``: another device, or floating point."""
    for kind in (*kinds, *options.values()):
        _refuse_integers(kind)
    asked = [kind for kind in (*kinds, *options.values()) if hasattr(kind, "is_floating_point")]
    return _as_float(a) if asked or a.kind == "float" else a


def _refuse_integers(dtype: Any) -> None:
    """Refuse a type that cuts numbers off."""
    if not getattr(dtype, "is_floating_point", True):
        raise Refusal(f"numbers become {dtype}, which cuts them off", "floating point")


def _reshaped(a: Any, *shape: Any) -> Any:
    return FUNCTIONS["reshape"](a, *shape)


def _unsqueezed(a: Any, dim: Any) -> Any:
    return FUNCTIONS["expand_dims"](a, dim)


def _squeezed(a: Any, dim: Any = None) -> Any:
    return FUNCTIONS["squeeze"](a, dim)


def _filled(value: Any) -> Callable[..., Any]:
    def fill(a: Any, dtype: Any = None, **_: Any) -> Any:
        _refuse_integers(dtype)
        return full_like(a, value) if dtype is None else full_like(a, value, float)

    return fill


def _expanded(a: Any, *shape: Any) -> Any:
    sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape
    return FUNCTIONS["broadcast_to"](a, tuple(sizes))


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{name: _reduced(name) for name in ("sum", "mean", "amax", "amin", "logsumexp")},
    **{name: _along(name) for name in ("softmax", "log_softmax")},
    **dict.fromkeys(("detach", "contiguous", "cpu", "cuda"), _kept),
    **dict.fromkeys(("float", "double", "half", "type_as"), _as_float),
    "max": _largest,
    "min": _smallest,
    "norm": _norm,
    "clamp": _clamp,
    "clip": _clamp,
    "clamp_min": lambda a, min: clip(a, min, None),
    "clamp_max": lambda a, max: clip(a, None, max),
    "relu": lambda a, inplace=False: apply("maximum", a, 0.0),
    "rsqrt": lambda a: apply("reciprocal", apply("sqrt", a)),
    "softplus": _softplus,
    "where": lambda condition, a, b: where(condition, a, b),
    "masked_fill": lambda a, mask, value: where(mask, value, a),
    "zeros_like": _filled(0.0),
    "ones_like": _filled(1.0),
    "full_like": lambda a, value, **_: full_like(a, value, float),
    "clone": lambda a, **_: lift(a).copied(),
    "to": _converted,
    "view": _reshaped,
    "reshape": _reshaped,
    "view_as": lambda a, other: _reshaped(a, other.shape),
    "expand": _expanded,
    "expand_as": lambda a, other: _expanded(a, other.shape),
    "unsqueeze": _unsqueezed,
    "squeeze": _squeezed,
    "size": _size,
    "dim": lambda a: a.ndim,
    "numel": lambda a: a.size,
    "item": lambda a: FUNCTIONS["sum"](a) if a.axes == () else a.item(),
    "dot": lambda a, b: FUNCTIONS["dot"](a, b),
}
"""What is not elementwise, or has other arguments than in NumPy."""

_ATTRIBUTES: Mapping[str, Callable[[Tensor], Any]] = {
    "shape": lambda tensor: tensor.array.shape,
    "ndim": lambda tensor: tensor.array.ndim,
    "data": lambda tensor: tensor,
    "T": lambda tensor: Tensor(tensor.array.T),
    "device": lambda _: "cpu",
    "is_cuda": lambda _: False,
    "requires_grad": lambda _: True,
    "dtype": lambda tensor: tensor.array.dtype,
    "layout": lambda _: None,
}
