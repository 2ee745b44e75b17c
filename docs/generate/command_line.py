"""The page of the command line, from the commands' signatures and docstrings."""

import re

from docs.generate.markdown import page
from integration_daemon.cli.main import app

_INTRODUCTION = """\
`integration-daemon` is one program. `run` hosts servers; `check` and `init` deal with configuration documents;
`services` and `connectors` list what is installed. The other commands talk to a daemon that is running, over its REST
API.

A command ends with exit status 0 if it did what was asked for, 1 if that failed, and 2 if it was called wrongly. What
went wrong is written to standard error. With `--json` a command writes one JSON document to standard output.

The commands that talk to a running daemon take the options `--url`, `--server`, `--user`, `--token` and `--ca-bundle`.
Each of these can also be set in an environment variable: `INTEGRATION_DAEMON_URL`, `INTEGRATION_DAEMON_SERVER`,
`INTEGRATION_DAEMON_USER`, `INTEGRATION_DAEMON_TOKEN` and `INTEGRATION_DAEMON_CA_BUNDLE`.
"""


def command_line_page() -> str:
    """All commands with their arguments and options."""
    commands = app.generate_docs(output_format="markdown")
    _, _, commands = commands.partition("**Commands**:")  # the page has a table of contents of its own
    return page("The command line", _INTRODUCTION, _corrected(commands))


def _corrected(text: str) -> str:
    """Without the module that the interpreter runs, and without the default of switches, which is always off."""
    text = re.sub(r"^(integration-daemon .*?) -m [\w.]+", r"\1", text, flags=re.MULTILINE)
    return re.sub(r" \*\[default: False\]\*", "", text)
