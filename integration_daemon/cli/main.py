"""`integration-daemon`: the program."""

import sys

from cyclopts import App, CycloptsError

from audit.errors import DescribedError
from integration_daemon.cli.deletions import deletions
from integration_daemon.cli.documents import check, init
from integration_daemon.cli.failure import FAILED, WRONG_USAGE, CommandError, show_error
from integration_daemon.cli.installed import connectors, services
from integration_daemon.cli.metadata import elements
from integration_daemon.cli.operate import pause, refresh, reload, restart, resume, status, stop
from integration_daemon.cli.records import audit_log
from integration_daemon.cli.run import run

app = App(
    name="integration-daemon",
    help="Host integration connectors, and look after a daemon that does.",
    help_on_error=False,
)
for command in (
    run,
    check,
    init,
    status,
    refresh,
    restart,
    pause,
    resume,
    stop,
    reload,
    services,
    connectors,
    audit_log,
    elements,
    deletions,
):
    app.command(command)


def main() -> None:
    """Run one command. Exit status: 0 done, 1 the thing asked for failed, 2 wrong usage."""
    try:
        status_code = app(exit_on_error=False, print_error=True)
    except (CommandError, DescribedError) as error:
        show_error(_with_action(error))
        sys.exit(FAILED)
    except CycloptsError:
        sys.exit(WRONG_USAGE)  # it has been printed
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FAILED)
    sys.exit(status_code if isinstance(status_code, int) else 0)


def _with_action(error: Exception) -> str:
    if isinstance(error, DescribedError):
        return f"{error}. {error.definition.user_action}"
    return str(error)
