"""The failure of a command: one readable line on standard error, and an exit status."""

import shutil
import signal
import sys
from textwrap import fill
from typing import NoReturn

from audit.invisible import one_line
from audit.masking import masked_text

FAILED = 1
"""The requested operation failed."""
WRONG_USAGE = 2
INTERRUPTED = 128 + signal.SIGINT
PIPE_CLOSED = 128 + signal.SIGPIPE
"""The reader closed the pipe. Shells report this status for a command that SIGPIPE ended."""


class CommandError(Exception):
    """An error for the user of the command, shown without a traceback."""

    exit_status = FAILED


class WrongUsageError(CommandError):
    """The command line is wrong."""

    exit_status = WRONG_USAGE


def fail(message: object) -> NoReturn:
    """End the command with one line that states the reason."""
    raise CommandError(str(message))


def wrong_usage(message: object) -> NoReturn:
    """End the command with one line that states the correct usage."""
    raise WrongUsageError(str(message))


def show_error(message: object) -> None:
    """Write one line to standard error, with unprintable characters escaped; a terminal wraps it between words."""
    line = f"integration-daemon: {one_line(masked_text(str(message)))}"
    if sys.stderr.isatty():
        line = fill(line, shutil.get_terminal_size().columns, break_on_hyphens=False)
    print(line, file=sys.stderr)
