"""A server process of the tests' own: started, waited for, ended, and its directory removed."""

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

STARTED_AFTER = 20.0
"""Seconds, at most."""


class ServerProcess(ABC):
    """A server that can be stopped and started again."""

    name: str
    package: str
    homes: str = ""
    """A pattern of directories that its programs may be in, beside the usual ones."""
    users: tuple[str, ...] = ("nobody",)
    """Whom it may run as instead of root."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.directory = directory
        self.user = self.user_of_this_machine()
        self._process: subprocess.Popen[bytes] | None = None
        self.make()

    @abstractmethod
    def make(self) -> None:
        """Make its data directory."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """What runs it."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it lets us in."""

    def start(self) -> None:
        """Start it, and wait until it lets us in."""
        log = self.directory / "log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command(), user=self.user, cwd=self.directory, stdout=output, stderr=output
            )
        until = time.monotonic() + STARTED_AFTER
        while self._process.poll() is None and time.monotonic() < until:
            if self.answers():
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} did not start: {log.read_text()}")

    def stop(self) -> None:
        """End it."""
        self.end_by(signal.SIGTERM)

    def end_by(self, number: int) -> None:
        """Send a signal that ends it, and wait for that."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=30)
            self._process = None

    def run(self, program: str, *arguments: str) -> None:
        """Run one of its programs to the end."""
        command = [self.program(program), *arguments]
        done = subprocess.run(
            command, user=self.user, cwd="/", capture_output=True, text=True, timeout=100, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr}{done.stdout}")

    @classmethod
    def program(cls, name: str) -> str:
        """The path of one of its programs."""
        found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        homes = sorted(Path("/").glob(f"{cls.homes}/{name}")) if cls.homes else []
        if not homes and found is None:
            raise RuntimeError(
                f"{name} is not on this machine: install {cls.name} (Debian: apt-get install {cls.package})"
            )
        return str(homes[-1]) if homes else str(found)

    @classmethod
    def user_of_this_machine(cls) -> str | None:
        """Whom it runs as: rather not as root. None: as whoever runs the tests."""
        if os.geteuid() != 0:
            return None
        there = {entry.pw_name for entry in pwd.getpwall()}
        return next((user for user in cls.users if user in there), None)


Server = TypeVar("Server", bound=ServerProcess)


@contextmanager
def server_of(kind: type[Server]) -> Iterator[Server]:
    """A running server, until the block ends."""
    directory = Path(mkdtemp(prefix="db-"))  # short: a socket's path has 107 bytes
    try:
        if (user := kind.user_of_this_machine()) is not None:
            shutil.chown(directory, user)
        server = kind(directory)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
