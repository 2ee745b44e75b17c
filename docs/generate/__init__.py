"""The reference pages, generated from the code, so that nothing is documented twice."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from docs.generate.client import client_page
from docs.generate.command_line import command_line_page
from docs.generate.configuration import configuration_page
from docs.generate.connectors import connector_page, connectors_page, our_connectors
from docs.generate.messages import messages_page
from docs.generate.platform_file import platform_file_page
from docs.generate.routes import routes_page

PAGES: dict[str, Callable[[], str]] = {
    "configuration": configuration_page,
    "platform-file": platform_file_page,
    "connectors": connectors_page,
    "command-line": command_line_page,
    "messages": messages_page,
    "rest": routes_page,
    "client": client_page,
    **{f"connectors/{each.name}": partial(connector_page, each) for each in our_connectors()},
}
"""The pages by file name, each with the function that returns its Markdown."""


def write_reference(directory: Path) -> None:
    """Write every page into the directory; an unchanged page is not rewritten."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        path, content = directory / f"{name}.md", page()
        path.parent.mkdir(exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8")


__all__ = ["PAGES", "write_reference"]
