"""Random NumPy programs from a grammar: in place, with masks, cases, views, axes and reductions."""

from __future__ import annotations

import random

_CONSTANTS = ("0.5", "-1.0", "2.0", "0.25", "1", "0", "-2", "3.0")
_UNARY = (
    *("np.abs({})", "-{}", "np.sign({})", "{} ** 2", "np.exp(-np.abs({}))", "np.tanh({})"),
    *("np.maximum({}, 0)", "np.clip({}, -1, 0.5)", "np.square({})", "np.sqrt({} ** 2 + 1)"),
    *("np.heaviside({}, 0.5)", "np.log1p(np.abs({}))", "1 / (1 + {} ** 2)", "np.minimum({}, 1.0)"),
    *("{}.copy()", "np.asarray({})", "np.where({0} > 0, {0}, 0.5 * {0})", "np.fabs({})"),
    *("np.array({})", "{}.astype(float)", "np.positive({})", "np.cbrt({} ** 2 + 1)"),
    *("np.reciprocal(2 + np.abs({}))", "np.expm1(-np.abs({}))", "np.power({}, 2)", "+{}"),
)
_BINARY = (
    *("{} + {}", "{} - {}", "{} * {}", "{} / (2 + np.abs({}))", "np.maximum({}, {})"),
    *("np.minimum({}, {})", "np.hypot({}, {})", "np.logaddexp({}, {})", "np.copysign({}, {})"),
    *("np.add({}, {})", "np.multiply({}, {})", "np.fmax({}, {})", "np.arctan({} - {})"),
)
_RELATIONS = ("{} > {}", "{} <= {}", "{} != {}", "np.abs({}) >= {}", "np.less({}, {})")
_MASKS = ("~{}", "{} & {}", "{} | {}", "{} ^ {}", "np.logical_not({})", "np.logical_and({}, {})")
_STATEMENTS = (
    *("{a}[{m}] = {c}", "{a}[{m}] = {b}[{m}]", "{a}[{m}] += {b}[{m}]", "{a}[{m}] *= {c}"),
    *("{a}[~{m}] -= {b}[~{m}]", "{a}[{m} | ({a} > 0)] = {c}", "{a}[:] = {b}", "{a}[...] = {c}"),
    *("{a} += {b}", "{a} *= {b}", "{a} -= {c}", "{a} /= 2", "{a}.fill({c})"),
    *("np.add({a}, {b}, out={a})", "np.multiply({a}, {c}, out={a}, where={m})"),
    *("np.copyto({a}, {b}, where={m})", "np.exp(-np.abs({b}), out={a})", "{a} = {b}"),
    *("np.clip({b}, 0, 1, out={a})", "{a} *= {m}", "{a} += {m}", "{m} = {m} & ({a} > {b})"),
    *("{m}[{a} > 0] = True", "{m} &= {a} < {b}", "{a} **= 2", "np.sign({b}, {a})"),
    *("{a} = np.zeros_like({b})", "{a} = np.where({m}, {a}, {b})", "{a} = {b}[...]"),
    *("{a} = np.select([{m}, {a} > {b}], [{a}, {b}], default={c})", "{a} = {b} * {m}"),
    *("{a} = np.divide({a}, {b}, out=np.ones_like({a}), where={b} != 0)", "{a} = {m} * 1.0"),
    *("{a} = {b}.T.T", "{a} = np.full_like({a}, {c})", "{a} = np.ones({a}.shape)"),
)
_REDUCED = (
    *("np.sum({x}{axis})", "np.mean({x}{axis})", "{x}.sum({first})", "np.max({x}{axis})"),
    *("{x}.min({first})", "np.var({x}{axis})", "np.linalg.norm({x}{axis})", "{x}.mean({first})"),
    *("np.sum({x} > 0{axis})", "np.count_nonzero({x}{axis})", "np.add.reduce({x}{axis})"),
    *("np.any({x} > 1{axis}) * 1.0", "np.all({x} > -2{axis}) * 1.0", "np.average({x}{axis})"),
)
_SCALARS = (
    *("np.sum({a})", "np.mean({a} ** 2)", "{a}[{m}].sum()", "float(np.max({a}))", "{a}.size"),
    *("len({a})", "np.dot({a}.ravel(), {b}.ravel())", "np.sum({m})", "{m}.mean()", "np.std({a})"),
    *("{a}.shape[-1]", "np.sum({a}, where=None) if False else 1.0", "np.min({b})", "{m}.any() * 1"),
)
_NEUTRAL = ("{s} / (1 + abs({s}))", "np.tanh({s})", "{s}", "(1.0 if {s} > 0 else 2.0)", "{s} ** 2")
_RETURNED = ("{a}", "{a} + 0 * {b}", "({a}, {b})", "[{a}, {a}]", "({s}, {a})", "{a} * {m}", "{s}")


class Program:
    """One program: its source, a function ``f`` of ``x`` and ``y``."""

    def __init__(self, seed: int, dimensions: int = 1) -> None:
        self._random = random.Random(seed)
        self._dimensions = dimensions
        self._arrays = ["x", "y"]
        self._masks: list[str] = []
        self._scalars: list[str] = []
        self._lines: list[str] = []
        self._new("a", self._expression(), self._arrays)
        self._new("m", self._relation(), self._masks)
        self._new("s", self._scalar(), self._scalars)
        for _ in range(self._random.randint(2, 6)):
            self._step()
        returned = self._filled(self._random.choice(_RETURNED))
        body = "\n".join(f"    {line}" for line in [*self._lines, f"return {returned}"])
        self.source = f"def f(x, y):\n{body}\n"

    def _pick(self, texts: list[str] | tuple[str, ...]) -> str:
        return self._random.choice(texts)

    def _new(self, letter: str, value: str, names: list[str]) -> None:
        name = f"{letter}{len(names)}"
        self._lines.append(f"{name} = {value}")
        names.append(name)

    def _step(self) -> None:
        kind = self._random.random()
        if kind < 0.15:
            self._new("a", self._expression(), self._arrays)
        elif kind < 0.3:
            self._new("m", self._relation(), self._masks)
        elif kind < 0.42:
            self._new("s", self._scalar(), self._scalars)
        elif kind < 0.54:
            self._new("a", self._reduced(), self._arrays)
        else:
            self._lines.append(self._filled(self._pick(_STATEMENTS)))

    def _filled(self, text: str) -> str:
        parts = {"a": self._arrays, "b": self._arrays, "m": self._masks, "s": self._scalars}
        chosen = {key: self._pick(names or ["1.5"]) for key, names in parts.items()}
        return text.format(**chosen, c=self._pick((*_CONSTANTS, *self._scalars)))

    def _expression(self) -> str:
        one, other = self._pick(self._arrays), self._pick((*self._arrays, *_CONSTANTS))
        if self._random.random() < 0.5:
            one = f"({self._pick(_UNARY).format(one)})"
        if self._scalars and self._random.random() < 0.3:
            other = f"({self._pick(_NEUTRAL).format(s=self._pick(self._scalars))})"
        text = self._pick(_BINARY if self._random.random() < 0.7 else _UNARY)
        return text.format(one, other)

    def _relation(self) -> str:
        if self._masks and self._random.random() < 0.4:
            return self._pick(_MASKS).format(self._pick(self._masks), self._pick(self._masks))
        one, other = self._pick(self._arrays), self._pick((*self._arrays, *_CONSTANTS))
        return self._pick(_RELATIONS).format(one, other)

    def _scalar(self) -> str:
        text = self._filled(self._pick(_SCALARS)) if self._masks else "np.sum(x)"
        return self._pick(_NEUTRAL).format(s=f"({text})")

    def _reduced(self) -> str:
        array, other = self._pick(self._arrays), self._pick(self._arrays)
        axis = self._pick(("", ", axis=-1", ", axis=0", ", axis=None"))
        if self._dimensions == 2:
            axis = self._pick((", axis=1, keepdims=True", ", axis=-1, keepdims=True", ""))
        text = self._pick(_REDUCED)
        if "norm" in text or "average" in text:
            axis = axis if "keepdims" not in axis or "norm" in text else ""
        reduced = text.format(x=array, axis=axis, first=axis.removeprefix(", "))
        return f"{other} + {reduced}"
