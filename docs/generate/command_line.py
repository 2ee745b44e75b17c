"""The page of the command line, from the commands' signatures and docstrings."""

import re

from docs.generate.markdown import page
from integration_daemon.cli.main import app

_INTRODUCTION = """\
`integration-daemon` is one program. `run` hosts servers; `check` and `init` deal with configuration documents;
`services` and `connectors` list the installed services and connectors. The other commands use the REST API of a running
daemon.

The exit status of a command is 0 if it succeeded, 1 if it failed, and 2 if its command line was not valid. Errors are
written to standard error. With `--json`, a command writes one JSON document to standard output.

The commands that use a running daemon have the options `--url`, `--server`, `--user`, `--token` and `--ca-bundle`.
Each of these can also be set in an environment variable: `INTEGRATION_DAEMON_URL`, `INTEGRATION_DAEMON_SERVER`,
`INTEGRATION_DAEMON_USER`, `INTEGRATION_DAEMON_TOKEN` and `INTEGRATION_DAEMON_CA_BUNDLE`.
"""


def command_line_page() -> str:
    """All commands with their arguments and options."""
    commands = app.generate_docs(output_format="markdown")
    _, _, commands = commands.partition("**Commands**:")  # the page has its own table of contents
    return page("The command line", _INTRODUCTION, _corrected(commands))


def _corrected(text: str) -> str:
    """Remove the module that the interpreter runs, and the default of switches, which is always off."""
    text = re.sub(r"^(integration-daemon .*?) -m [\w.]+", r"\1", text, flags=re.MULTILINE)
    return re.sub(r" \*\[default: False\]\*", "", text)
