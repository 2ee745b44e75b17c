"""Notifications to the service manager that has started the process, such as systemd: readiness, reloads and the end.

The protocol is described in the manual page sd_notify(3). Its variables are removed from the environment, so that no
process of a connector can send notifications for the daemon.
"""

import os
import socket
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, suppress

import trio

_MICROSECONDS = 1_000_000
_PATIENCE = 0.1
"""The longest time, in seconds, for which a service manager that receives too slowly blocks the event loop."""


class ServiceManager:
    """Notifies the service manager of the state of the process; does nothing without a service manager."""

    def __init__(self, address: str = "", watchdog_seconds: float | None = None) -> None:
        self._address = address
        self._watchdog_seconds = watchdog_seconds
        self._is_ready = trio.Event()

    @classmethod
    def from_environment(cls, environment: MutableMapping[str, str]) -> "ServiceManager":
        """The service manager that the environment variables name; removes the variables."""
        address = environment.pop("NOTIFY_SOCKET", "")
        microseconds = environment.pop("WATCHDOG_USEC", "")
        is_watched = environment.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        if not (is_watched and microseconds.isdecimal() and int(microseconds)):
            return cls(address)
        return cls(address, int(microseconds) / _MICROSECONDS)

    def ready(self, status: str) -> None:
        """Report that all servers have started."""
        self._notify("READY=1", f"STATUS={status}")
        self._is_ready.set()

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """Report that the servers read their documents again; reports nothing before readiness.

        The end of a reload is reported as readiness, which must not come before the start is complete.
        """
        if not self._is_ready.is_set():
            yield
            return
        self._notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
        yield
        self._notify("READY=1", "STATUS=the documents have been read again")

    def stopping(self, seconds: float) -> None:
        """Report that the servers stop, which may take this many seconds."""
        self._notify("STOPPING=1", f"EXTEND_TIMEOUT_USEC={int(seconds * _MICROSECONDS)}", "STATUS=stopping")

    async def run(self) -> None:
        """Notify the watchdog twice in its interval; while the event loop is blocked, no notification is sent."""
        if self._watchdog_seconds is None:
            return
        await self._is_ready.wait()
        while True:
            self._notify("WATCHDOG=1")
            await trio.sleep(self._watchdog_seconds / 2)

    def _notify(self, *lines: str) -> None:
        """Send a notification. Never raises: the process does not depend on its service manager."""
        if not self._address:
            return
        path = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.settimeout(_PATIENCE)
            manager.sendto("\n".join(lines).encode(), path)
