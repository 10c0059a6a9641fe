"""How Sphinx builds the book: Furo, MyST, and KaTeX from _static, without any network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

project = "lossproof"
author = "The lossproof authors"
html_title = "lossproof"
extensions = ["myst_parser"]
exclude_patterns = ["_build", "_static"]

myst_enable_extensions = ["attrs_block", "attrs_inline", "dollarmath"]
myst_heading_anchors = 3
# Sources are read on code hosts, too, where a path that leads out of the book is a file of the
# repository; here it is none, and its text stays.
suppress_warnings = ["myst.xref_missing"]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["katex/katex.min.css", "book.css"]
html_js_files = [("katex/katex.min.js", {"defer": "defer"}), "math.js", "sort.js"]
html_math_renderer = "katex"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
templates_path: list[str] = []


def _inline(writer: Any, node: nodes.math) -> None:
    _tex(writer, node, "span", "tex")


def _display(writer: Any, node: nodes.math_block) -> None:
    _tex(writer, node, "div", "tex display")


def _tex(writer: Any, node: nodes.Element, tag: str, classes: str) -> None:
    start = writer.starttag(node, tag, "", CLASS=classes)
    writer.body.append(f"{start}{writer.encode(node.astext())}</{tag}>")
    raise nodes.SkipNode


def _inline_pictures(app: Sphinx, document: nodes.document, name: str) -> None:
    """Put each SVG into its page, so that its colours follow the page, and not the system."""
    for image in list(document.findall(nodes.image)):
        path = Path(app.srcdir) / image["uri"]
        if path.suffix == ".svg":
            picture = nodes.raw("", path.read_text(encoding="utf-8"), format="html")
            image.replace_self(picture)


def setup(app: Sphinx) -> None:
    """Leave formulas as TeX for math.js, and draw pictures inside of their pages."""
    app.connect("doctree-resolved", _inline_pictures)
    app.add_html_math_renderer("katex", (_inline, None), (_display, None))
