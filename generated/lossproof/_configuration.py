"""Losses from configuration: a name and options, a mapping, JSON or TOML."""

from __future__ import annotations

import difflib
import functools
import json
import os
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from ._info import Info
from ._runtime import Loss, Value
from ._validation import IGNORE_INDEX, one_of, parameter_value, smoothing_share, whole_number

Source: TypeAlias = str | os.PathLike[str] | Mapping[str, Any]


@dataclass(frozen=True, repr=False)
class ConfiguredLoss:
    """A loss with its options chosen: its parameters, the reduction, and what else it takes.

    It is called as the loss is and has the same methods. Options given in a call win over the
    chosen ones. Two configured losses are equal if their configurations are.
    """

    loss: Loss
    options: tuple[tuple[str, Any], ...]

    def __call__(self, *inputs: Any, **arguments: Any) -> Value:
        """Evaluate the loss; see the documentation of `loss`."""
        value: Value = self.value(*inputs, **arguments)
        return value

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or name not in self.info.methods:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return functools.partial(getattr(self.loss, name), **dict(self.options))

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.info.methods]

    def __repr__(self) -> str:
        options = [f"{name}={value!r}" for name, value in self.options]
        return f"get({', '.join([repr(self.info.name), *options])})"

    @property
    def info(self) -> Info:
        """What the loss says about itself."""
        return self.loss.info

    def config(self) -> dict[str, Any]:
        """Return the mapping that ``get`` makes an equal loss from, defaults included."""
        return {"name": self.info.name, **dict(self.options)}


def configure(
    losses: Mapping[str, Loss], source: Source, options: Mapping[str, Any]
) -> ConfiguredLoss:
    """Find a loss and choose its options; `options` win over those in `source`."""
    config = {**_read(source), **options}
    if "name" not in config:
        raise ValueError(f"a configuration must have a 'name', got {_listed(config)}")
    name = config.pop("name")
    if not isinstance(name, str) or name not in losses:
        raise ValueError(f"no loss is named {name!r}{_hint(name, losses)}")
    info = losses[name].info
    defaults = _defaults(info)
    for option in config:
        if option not in defaults:
            raise ValueError(f"{name} has no option {option!r}{_hint(option, defaults)}")
    chosen = {option: config.get(option, default) for option, default in defaults.items()}
    return ConfiguredLoss(losses[name], _checked(info, chosen))


def _read(source: Source) -> dict[str, Any]:
    """Read a configuration from a mapping, a file, JSON or TOML text, or a mere name."""
    if isinstance(source, Mapping):
        return dict(source)
    if isinstance(source, os.PathLike):
        source = Path(source).read_text(encoding="utf-8")
    if not isinstance(source, str):
        raise TypeError(f"a configuration is a mapping or text, got {type(source).__name__}")
    is_json, is_toml = source.lstrip().startswith("{"), "=" in source
    if not is_json and not is_toml:
        return {"name": source}
    try:
        return dict(json.loads(source) if is_json else tomllib.loads(source))
    except ValueError as error:
        raise ValueError(f"not a {'JSON' if is_json else 'TOML'} configuration: {error}") from None


def _defaults(info: Info) -> dict[str, Any]:
    """List the options of a loss with their defaults."""
    options: dict[str, Any] = {p.name: p.default for p in info.parameters}
    options["reduction"] = info.reductions[0]
    if info.kind == "slices":
        options["axis"] = -1
    if info.labels:
        options |= {"ignore_index": IGNORE_INDEX, "label_smoothing": 0.0}
    return options


def _checked(info: Info, options: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Check all that can be checked before the arrays are known."""
    checked: dict[str, Any] = {p.name: parameter_value(p, options[p.name]) for p in info.parameters}
    checked["reduction"] = one_of("reduction", options["reduction"], info.reductions)
    if "axis" in options:
        checked["axis"] = whole_number("axis", options["axis"])
    if info.labels:
        checked["ignore_index"] = whole_number("ignore_index", options["ignore_index"])
        checked["label_smoothing"] = smoothing_share(options["label_smoothing"])
    return tuple(checked.items())


def _hint(name: object, known: Collection[str]) -> str:
    """Suggest what may have been meant, and list what is known."""
    close = difflib.get_close_matches(str(name), known)
    meant = f"; did you mean {' or '.join(map(repr, close))}?" if close else "."
    return f"{meant} There are {_listed(known)}"


def _listed(names: Collection[str]) -> str:
    return ", ".join(map(repr, names)) or "none"
