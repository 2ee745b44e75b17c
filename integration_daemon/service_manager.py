"""The service manager that has started the process, such as systemd: it is told of readiness, reloads and the end.

The protocol is described in the manual page sd_notify(3). Its variables are taken out of the environment, so that no
process of a connector can speak for the daemon.
"""

import os
import socket
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, suppress

import trio

_MICROSECONDS = 1_000_000
_PATIENCE = 0.1
"""Seconds that the event loop is held, at most, by a manager that receives too slowly."""


class ServiceManager:
    """Tells the service manager of the state of the process; does nothing where there is none."""

    def __init__(self, address: str = "", watchdog_seconds: float | None = None) -> None:
        self._address = address
        self._watchdog_seconds = watchdog_seconds
        self._is_ready = trio.Event()

    @classmethod
    def from_environment(cls, environment: MutableMapping[str, str]) -> "ServiceManager":
        """The service manager that the variables name; removes them."""
        address = environment.pop("NOTIFY_SOCKET", "")
        microseconds = environment.pop("WATCHDOG_USEC", "")
        is_watched = environment.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        if not (is_watched and microseconds.isdecimal() and int(microseconds)):
            return cls(address)
        return cls(address, int(microseconds) / _MICROSECONDS)

    def ready(self, status: str) -> None:
        """All servers have started."""
        self._tell("READY=1", f"STATUS={status}")
        self._is_ready.set()

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """The servers read their documents again; a process that is not ready yet is not made so by it."""
        if not self._is_ready.is_set():
            yield
            return
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
        yield
        self._tell("READY=1", "STATUS=the documents have been read again")

    def stopping(self, seconds: float) -> None:
        """The servers stop, which may take this long."""
        self._tell("STOPPING=1", f"EXTEND_TIMEOUT_USEC={int(seconds * _MICROSECONDS)}", "STATUS=stopping")

    async def run(self) -> None:
        """Tell the watchdog, twice in its interval, that the event loop turns; a loop that is held does not."""
        if self._watchdog_seconds is None:
            return
        await self._is_ready.wait()
        while True:
            self._tell("WATCHDOG=1")
            await trio.sleep(self._watchdog_seconds / 2)

    def _tell(self, *lines: str) -> None:
        """Never raises: the process does not depend on its service manager."""
        if not self._address:
            return
        path = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.settimeout(_PATIENCE)
            manager.sendto("\n".join(lines).encode(), path)
