"""The program in a terminal of a given width, as a user sees it."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.end_to_end.program import PATIENCE, PROGRAM, environment

LINES = 50
"""The height of the terminal."""
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class InTerminal:
    """A command that runs in a pseudo-terminal; `shown` is its output so far, without colours."""

    def __init__(self, *arguments: str, columns: int) -> None:
        self.shown = ""
        self._written = b""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
        self.process = subprocess.Popen(
            [*PROGRAM, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environment(), "TERM": "xterm"},
            start_new_session=True,  # else a prompt for a password goes to the terminal of whoever runs the tests
        )
        os.close(slave)

    def read_until(self, enough: Callable[[str], bool]) -> None:
        """Read its output until `enough` accepts it or the command has ended."""
        while not enough(self.shown):
            try:
                some = os.read(self._master, 65536)
            except OSError:  # the command has closed its end of the terminal
                return
            self._written += some  # characters and control sequences may be read in parts
            self.shown = _CONTROL.sub("", self._written.decode(errors="ignore")).replace("\r\n", "\n")

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._master, text.encode())

    def interrupt(self) -> int:
        """Interrupt the command as Ctrl-C does, and return its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> int:
        """Wait until the command has ended, and return its exit status."""
        self.read_until(lambda shown: False)
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        """Close the terminal, and end the command if it still runs."""
        os.close(self._master)
        self.process.kill()
        self.process.wait(PATIENCE)


@contextmanager
def terminal(*arguments: str, columns: int) -> Iterator[InTerminal]:
    """Run a command in a terminal of this width until the block ends."""
    command = InTerminal(*arguments, columns=columns)
    try:
        yield command
    finally:
        command.close()


def shown_in_terminal(*arguments: str, columns: int) -> str:
    """The output of a command in a terminal of this width."""
    with terminal(*arguments, columns=columns) as command:
        assert command.end() == 0, command.shown
        return command.shown
