"""The failure of a command: one readable line on standard error, and an exit status."""

import signal
import sys
from typing import NoReturn

from audit.invisible import one_line
from audit.masking import masked_text

FAILED = 1
"""The thing asked for failed."""
WRONG_USAGE = 2
INTERRUPTED = 128 + signal.SIGINT
PIPE_CLOSED = 128 + signal.SIGPIPE
"""The reader closed the pipe. A shell reports this status for a command that SIGPIPE ended."""


class CommandError(Exception):
    """An error for the user of the command, shown without a traceback."""

    exit_status = FAILED


class WrongUsageError(CommandError):
    """The command cannot be carried out as it was typed."""

    exit_status = WRONG_USAGE


def fail(message: object) -> NoReturn:
    """End the command with one line that says why."""
    raise CommandError(str(message))


def wrong_usage(message: object) -> NoReturn:
    """End the command with one line that says what to type instead."""
    raise WrongUsageError(str(message))


def show_error(message: object) -> None:
    """Write one line to standard error, whatever characters the message has."""
    text = masked_text(str(message))
    print(f"integration-daemon: {one_line(text)}", file=sys.stderr)
