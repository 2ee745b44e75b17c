"""The last resort: a thread that ends the process when the process does not end by itself.

It is a thread, because code that keeps a process from ending often blocks its event loop, too. It receives signals from
the interpreter's wakeup descriptor: a signal handler runs on the main thread, which a connector may block in code that
never returns to the interpreter.

    SIGTERM, SIGINT          the process must end within the stop deadlines of its servers
    a second signal          the process ends at once
    the process is failing   as after SIGTERM: a failed process must not continue without answering

Before it ends the process, accepted changes of the metadata stores are committed and the audit logs are written, as
far as possible within `LAST_THINGS`.
"""

import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from math import inf

import trio

from integration_daemon.platform import messages
from integration_daemon.platform.platform import Platform
from integration_daemon.platform.server import Server

ENDED_BY_LAST_RESORT = 3
"""The exit status of a process that did not end by itself. README.md and the help of `run` name it."""
LAST_THINGS = 1.0
"""Seconds for commits, audit log records and the reason on standard error, before the process ends."""
SIGN_OF_LIFE = 0.2
"""Seconds within which an event loop that is not blocked runs a callback."""
ENDING = (signal.SIGTERM, signal.SIGINT)


class LastResort:
    """Ends a platform's process that does not end by itself. Once armed, it stays armed until the process has ended:
    threads of connectors may block the shutdown of the interpreter."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._deadline = inf
        self._reason = ""
        self._token: trio.lowlevel.TrioToken | None = None
        self._loop = threading.get_ident()
        self._signals = 0
        self._changed = threading.Condition()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Receive signals until the block ends. To be called on the thread of the event loop, while trio runs."""
        self._token = trio.lowlevel.current_trio_token()
        threading.Thread(target=self._wait, name="last resort", daemon=True).start()
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._receive, args=(ours, before), name="signals", daemon=True).start()
        try:
            yield
        finally:
            signal.set_wakeup_fd(before, warn_on_full_buffer=False)
            theirs.close()  # ends the receiving thread

    def arm(self, reason: str) -> None:
        """End the process unless it ends by itself within the stop deadlines of its servers. Thread-safe."""
        seconds = self._platform.stop_seconds
        with self._changed:
            deadline = time.monotonic() + seconds
            if deadline < self._deadline:
                self._deadline = deadline
                self._reason = f"not everything stopped within {seconds:g} seconds after {reason}"
                self._changed.notify()

    def _receive(self, wakeup: socket.socket, before: int) -> None:
        with wakeup:
            while numbers := wakeup.recv(64):
                if before != -1:
                    with suppress(OSError):  # passes the signal on to trio
                        os.write(before, numbers)
                for number in numbers:
                    if number in ENDING:
                        self._ending(signal.Signals(number))

    def _ending(self, number: signal.Signals) -> None:
        self._signals += 1
        if self._signals > 1:
            self._end(f"a second {number.name}", 128 + number)
        self.arm(number.name)

    def _wait(self) -> None:
        with self._changed:
            while (left := self._deadline - time.monotonic()) > 0:
                self._changed.wait(None if left == inf else left)
        self._end(self._reason, ENDED_BY_LAST_RESORT)

    def _end(self, reason: str, status: int) -> None:
        deadline = time.monotonic() + LAST_THINGS
        if status == ENDED_BY_LAST_RESORT:
            reason += self._blocked_at()
        finish = (partial(_finish, each, reason) for each in self._platform.all_servers)
        last_things = [partial(_write_reason, reason), *finish]
        threads = [threading.Thread(target=each, daemon=True) for each in last_things]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        os._exit(status)

    def _blocked_at(self) -> str:
        """The place in the code that blocks the event loop; empty if the loop is not blocked."""
        alive = threading.Event()
        with suppress(trio.RunFinishedError):
            if self._token is not None:
                self._token.run_sync_soon(alive.set)
                if not alive.wait(SIGN_OF_LIFE) and (frame := sys._current_frames().get(self._loop)) is not None:
                    place = traceback.extract_stack(frame)[-1]
                    return f"; the event loop is held at {place.filename}:{place.lineno} in {place.name}"
        return ""


def _write_reason(reason: str) -> None:
    sys.stderr.write(f"integration-daemon: ending at once: {reason}\n")
    sys.stderr.flush()


def _finish(server: Server, reason: str) -> None:
    for store in server.stores_of_its_own:
        store.commit_now(LAST_THINGS / 2)
    if server.audit_log is not None:
        server.audit_log.record(messages.ENDED_BY_LAST_RESORT, server=server.name, reason=reason)
        server.audit_log.write_now(LAST_THINGS / 2)
