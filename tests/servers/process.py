"""A server process for tests: it is started, awaited and ended, and its directory removed."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeVar

from tests.servers.ports import free_port


class ServerProcess(ABC):
    """A server that can be stopped and started again."""

    name: str
    package: str
    homes: str = ""
    """A pattern of directories that its programs may be in, beside the usual ones."""
    users: tuple[str, ...] = ("nobody",)
    """The users as which the server may run instead of root."""
    started_after: float = 20.0
    """Seconds, at most."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.directory = directory
        self.user = self.user_of_this_machine()
        self._process: subprocess.Popen[bytes] | None = None
        self.make()

    @abstractmethod
    def make(self) -> None:
        """Create the data directory."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """The command that runs the server."""

    @abstractmethod
    def answers(self) -> bool:
        """True if the server accepts a connection."""

    def start(self) -> None:
        """Start the server, and wait until it accepts a connection."""
        log = self.directory / "log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command(), user=self.user, cwd=self.directory, stdout=output, stderr=output
            )
        until = time.monotonic() + self.started_after
        while self._process.poll() is None and time.monotonic() < until:
            if self.answers():
                return
            time.sleep(0.05)
        self.end_by(signal.SIGKILL)
        raise RuntimeError(f"{self.name} did not start: {log.read_text()}")

    def stop(self) -> None:
        """Stop the server."""
        self.end_by(signal.SIGTERM)

    def discard(self) -> None:
        """End the server at once, since nobody needs its data any more."""
        self.end_by(signal.SIGKILL)

    def end_by(self, number: int) -> None:
        """End the server by a signal, and wait until it has ended."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=30)
            self._process = None

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs to its end."""
        command = [self.program(program), *arguments]
        done = subprocess.run(
            command, user=self.user, cwd="/", capture_output=True, text=True, timeout=100, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr}{done.stdout}")

    @classmethod
    def program(cls, name: str) -> str:
        """The path of one of the server's programs."""
        found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        homes = sorted(Path("/").glob(f"{cls.homes}/{name}")) if cls.homes else []
        if not homes and found is None:
            raise RuntimeError(
                f"{name} is not on this machine: install {cls.name} (Debian: apt-get install {cls.package})"
            )
        return str(homes[-1]) if homes else str(found)

    @classmethod
    def user_of_this_machine(cls) -> str | None:
        """The user to run the server as instead of root; `None` if the tests do not run as root."""
        if os.geteuid() != 0:
            return None
        existing = {entry.pw_name for entry in pwd.getpwall()}
        return next((user for user in cls.users if user in existing), None)


Server = TypeVar("Server", bound=ServerProcess)


@contextmanager
def server_of(kind: type[Server]) -> Iterator[Server]:
    """A running server, until the block ends."""
    directory = Path(mkdtemp(prefix="db-"))  # short, since the path of a socket has at most 107 bytes
    try:
        if (user := kind.user_of_this_machine()) is not None:
            shutil.chown(directory, user)
        server = kind(directory)
        server.start()
        try:
            yield server
        finally:
            server.discard()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
