"""``lossproof codegen``: NumPy modules for proved losses."""

from __future__ import annotations

import argparse
from pathlib import Path

from derive import __version__
from derive.commands.loading import declarations_and_findings
from derive.commands.options import add_color, add_effort, add_specs, add_writing
from derive.commands.writing import (
    beside_specs,
    bring_up_to_date,
    certificates_beside,
    refuse_unproved,
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be said to the command."""
    add_specs(parser)
    add_writing(parser, "generated")
    add_effort(parser)
    add_color(parser)


def run(options: argparse.Namespace) -> int:
    """Carry out the command; the exit status is returned."""
    from derive.emit.modules import module_view
    from derive.emit.package import render_package

    registry, findings = declarations_and_findings(options)
    status = refuse_unproved(findings, options)
    if status:
        return status
    certificates = certificates_beside(options.specs)
    views = [
        module_view(
            spec, [f for f in findings if f.loss == spec.name], certificates.get(spec.name, "")
        )
        for spec in registry.specs.values()
    ]
    folder = options.output or beside_specs(options.specs, "generated")
    files = render_package(views, __version__)
    return bring_up_to_date(files, folder, Path("lossproof"), options)
