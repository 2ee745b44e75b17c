"""A real systemd-journald in a namespace of its own, which needs no systemd but root."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.servers.process import ServerProcess, server_of


class JournalServer(ServerProcess):
    """A journal, and its entries."""

    name = "systemd-journald"
    package = "systemd"

    @property
    def namespace(self) -> str:
        """Its name, which is unique on this machine."""
        return f"tests{os.getpid()}"

    @property
    def socket(self) -> Path:
        """The socket that receives entries."""
        return Path(f"/run/systemd/journal.{self.namespace}/socket")

    @classmethod
    def user_of_this_machine(cls) -> str | None:
        """Always the user of the tests."""
        return None

    def make(self) -> None:
        """Create the directory of its socket."""
        self.socket.parent.mkdir(parents=True, exist_ok=True)

    def command(self) -> Sequence[str]:
        """The journal's program with the name of the namespace."""
        program = next(each for each in _PROGRAMS if Path(each).exists())
        return [program, self.namespace]

    def answers(self) -> bool:
        """True if entries can be sent to it."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client, suppress(OSError):
            client.connect(str(self.socket))
            return True
        return False

    def remove(self) -> None:
        """Delete all that it has written outside its directory."""
        shutil.rmtree(self.socket.parent, ignore_errors=True)
        for place in ("/var/log/journal", "/run/log/journal"):
            for each in Path(place).glob(f"*.{self.namespace}"):
                shutil.rmtree(each, ignore_errors=True)

    def entries(self, count: int, **fields: str) -> list[dict[str, Any]]:
        """The entries with these fields, oldest first, once there are so many."""
        command = ["journalctl", f"--namespace={self.namespace}", "--output=json", "--all", "--no-pager"]
        wanted = [f"{name}={value}" for name, value in fields.items()]
        until = time.monotonic() + 10
        while True:
            done = subprocess.run([*command, *wanted], capture_output=True, text=True, timeout=30, check=False)
            found = [json.loads(line) for line in done.stdout.splitlines()]
            if len(found) >= count or time.monotonic() > until:
                return found
            time.sleep(0.05)


_PROGRAMS = ("/usr/lib/systemd/systemd-journald", "/lib/systemd/systemd-journald")


@contextmanager
def journal_server() -> Iterator[JournalServer]:
    """A running journal, until the block ends."""
    with server_of(JournalServer) as server:
        try:
            yield server
        finally:
            server.remove()
