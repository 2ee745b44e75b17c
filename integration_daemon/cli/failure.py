"""How a command fails: one readable line on standard error, and an exit status."""

import sys
from typing import NoReturn

from audit.masking import masked_text

FAILED = 1
"""The thing asked for failed."""
WRONG_USAGE = 2


class CommandError(Exception):
    """Something an operator should read; shown without a traceback."""


def fail(message: object) -> NoReturn:
    """End the command with one line that says why."""
    raise CommandError(str(message))


def show_error(message: object) -> None:
    """Write one line to standard error, whatever characters the message has."""
    text = masked_text(str(message))
    line = "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
    print(f"integration-daemon: {line}", file=sys.stderr)
