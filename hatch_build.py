"""Ships the specs inside the wheel, as derive/_specs, with their forms, and the book's settings.

An editable install must not have a copy of them (it reads those of the checkout), and the tables
of pyproject.toml cannot tell the two apart.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ShipSpecs(BuildHookInterface[Any]):
    """Adds specs/, generated/forms/ and parts of docs/ to what the wheel holds."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Runs before each build; `version` is "standard" or "editable"."""
        if version == "standard":
            build_data["force_include"]["specs"] = "derive/_specs"
            build_data["force_include"]["generated/forms"] = "derive/_forms"
            for part in ("conf.py", "_static", "_extensions"):
                build_data["force_include"][f"docs/{part}"] = f"derive/_book/{part}"
