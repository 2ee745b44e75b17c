"""`integration-daemon`: the program."""

import os
import sys

from cyclopts import App, CycloptsError, UnusedCliTokensError

from audit.errors import DescribedError
from integration_daemon.cli.failure import FAILED, INTERRUPTED, PIPE_CLOSED, WRONG_USAGE, CommandError, show_error
from integration_daemon.cli.show import Output

COMMANDS = (
    "run:run",
    "documents:check",
    "documents:init",
    "status:status",
    "operate:refresh",
    "operate:restart",
    "operate:pause",
    "operate:resume",
    "operate:stop",
    "operate:reload",
    "operations:operations",
    "config:config",
    "installed:services",
    "installed:connectors",
    "records:audit_log",
    "metadata:elements",
    "deletions:deletions",
    "alerts:alerts",
    "lineage:lineage",
    "backup:backup",
    "backup:restore",
    "tokens:token",
    "users:user",
    "tokens:console",
    "completion:completion",
)
"""Module and name of each command. Only the module of the called command is imported."""

app = App(
    name="integration-daemon",
    help="Host integration connectors, and operate a running daemon.",
    help_on_error=False,
    result_action="return_value",
    backend="trio",
    console=Output(),
)
for command in COMMANDS:
    app.command(f"integration_daemon.cli.{command}")


def main() -> None:
    """Run one command. Exit status: 0 success, 1 failure of the requested operation, 2 wrong usage."""
    if not sys.argv[1:] or sys.argv[1] in app.help_flags:
        import_commands()
    try:
        status_code = app(exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CommandError as error:
        show_error(error)
        sys.exit(error.exit_status)
    except DescribedError as error:
        show_error(f"{error}. {error.definition.user_action}")
        sys.exit(FAILED)
    except CycloptsError as error:
        command = " ".join(("integration-daemon", *(error.command_chain or ())))
        show_error(f"{_problem(error, command)} See: {command} --help")
        sys.exit(WRONG_USAGE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except OSError as error:
        _let_go_of_output()
        if isinstance(error, BrokenPipeError):
            sys.exit(PIPE_CLOSED)
        show_error(error)
        sys.exit(FAILED)
    sys.exit(status_code if isinstance(status_code, int) else 0)


def _problem(error: CycloptsError, command: str) -> str:
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        return f"{command} takes no argument {error.unused_tokens[0]!r}."
    return str(error)


def import_commands() -> None:
    """Import the modules of all commands, since the help of the program lists each of them."""
    for name in app:
        app[name]


def _let_go_of_output() -> None:
    """Discard buffered output that cannot be written. Python would try again at exit, and report an error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
