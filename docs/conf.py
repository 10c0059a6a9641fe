"""How Sphinx builds the book: Furo, MyST, and KaTeX from _static, without any network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "lossproof"
author = "The lossproof authors"
html_title = "lossproof"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "floor_plan",
    "reference_pages",
    "repository_links",
]
exclude_patterns = ["_build", "_static", "_extensions"]

myst_enable_extensions = ["attrs_block", "attrs_inline", "dollarmath"]
myst_heading_anchors = 3
# Where files of the repository are to be seen, such as https://host/owner/name/blob/main.
repository_url = ""

autodoc_typehints = "none"  # docstrings say it in words
napoleon_use_param = napoleon_use_rtype = False  # keep what is described together together
python_maximum_signature_line_length = 88
default_role = "literal"
smartquotes = False
add_module_names = False

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
