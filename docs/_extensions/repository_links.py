"""Links from the pages of the book to files of the repository that are no pages.

On a code host such a link leads to the file. In the book it leads to the code host, if one is
configured by ``repository_url``; else its text stays. A file that does not exist is left to MyST,
which warns of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

LOG = logging.getLogger(__name__)


class RepositoryLinks(SphinxTransform):
    """Replaces links to what lies in the repository, before Sphinx collects files to copy."""

    default_priority = 200

    def apply(self, **kwargs: Any) -> None:
        """Replace each that exists."""
        for kind in (addnodes.download_reference, addnodes.pending_xref):
            for link in list(self.document.findall(kind)):
                if link.get("reftype") == "myst" and link.get("refdomain") is None:
                    self._replace(link)

    def _replace(self, link: nodes.Element) -> None:
        path_text = link["reftarget"]
        if path_text.startswith("#"):
            return
        _, found = self.env.relfn2path(path_text, self.env.docname)
        path = Path(found).resolve()
        repository = Path(self.env.srcdir).resolve().parent
        if not path.exists():
            return
        if not path.is_relative_to(repository):
            LOG.warning(
                "%s lies outside of the repository", path_text,
                location=link, type="myst", subtype="xref_missing",
            )  # fmt: skip
            return
        for part in link.findall(nodes.inline):
            part["classes"] = []
        base = self.config.repository_url.rstrip("/")
        if not base:
            link.replace_self(link.children)
            return
        address = f"{base}/{path.relative_to(repository).as_posix()}"
        link.replace_self(nodes.reference("", "", *link.children, refuri=address))


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the transform and its setting."""
    app.add_config_value("repository_url", "", "env", types=frozenset({str}))
    app.add_transform(RepositoryLinks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
