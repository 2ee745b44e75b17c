"""The configuration of Sphinx. `make docs` builds the documentation in `build/docs`."""

import importlib.metadata
import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parents[1]))

from docs.generate import write_reference

project = "Integration daemon"
author = "the authors of the integration daemon"
version = release = importlib.metadata.version("integration-daemon")

extensions = ["myst_parser"]
exclude_patterns = ["generate"]
nitpicky = True

myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence", "deflist"]

html_theme = "furo"
html_title = f"{project} {release}"
html_copy_source = False
html_show_copyright = False


def _write_reference(app: Sphinx) -> None:
    write_reference(Path(app.srcdir) / "reference")


def setup(app: Sphinx) -> None:
    """Write the reference pages before the pages are read."""
    app.connect("builder-inited", _write_reference)
