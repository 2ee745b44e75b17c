"""The program in a terminal of a certain width, as a person has it."""

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

from tests.end_to_end.program import PATIENCE, PROGRAM

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class InTerminal:
    """A command that runs in a pseudo terminal; what it has shown is `shown`, without colours."""

    def __init__(self, *arguments: str, columns: int) -> None:
        self.shown = ""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            [*PROGRAM, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environment, "TERM": "xterm"},
            start_new_session=True,  # else a prompt for a password goes to the terminal of whoever runs the tests
        )
        os.close(slave)

    def read_until(self, enough: Callable[[str], bool]) -> None:
        """Read what it shows, until that is enough or it has ended."""
        while not enough(self.shown):
            try:
                some = os.read(self._master, 65536)
            except OSError:  # the terminal has no other end any more
                return
            self.shown += _CONTROL.sub("", some.decode()).replace("\r\n", "\n")

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._master, text.encode())

    def interrupt(self) -> int:
        """Interrupt it as Ctrl-C does, and its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> int:
        """Its exit status, once it has ended by itself."""
        self.read_until(lambda shown: False)
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        """Take the terminal away, and end what still runs in it."""
        os.close(self._master)
        self.process.kill()
        self.process.wait(PATIENCE)


@contextmanager
def terminal(*arguments: str, columns: int) -> Iterator[InTerminal]:
    """A command in a terminal of so many columns, until the block ends."""
    command = InTerminal(*arguments, columns=columns)
    try:
        yield command
    finally:
        command.close()


def shown_in_terminal(*arguments: str, columns: int) -> str:
    """What a command shows in a terminal of so many columns."""
    with terminal(*arguments, columns=columns) as command:
        assert command.end() == 0, command.shown
        return command.shown
