"""The audit log of changing requests: records each request, or counts them for a caller that makes many."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf

import msgspec
import trio
from werkzeug.exceptions import HTTPException

from audit.errors import DescribedError
from audit.message import AuditMessage
from integration_daemon.security.messages import CHANGE_REQUESTED, CHANGES_COUNTED, REFUSALS

WINDOW = 60.0
"""Seconds in which changing requests are counted."""
SINGLY = 30
"""The number of changing requests of one caller to one server that a window records singly; others are counted."""
LONGEST_SHOWN = 300
"""The largest number of characters of a path, or of a user's name, in a record."""

RecordChange = Callable[[str, AuditMessage, dict[str, object]], None]
"""Records a message with its inserts in the audit log of the server of that name, or in that of the platform."""


def unrecorded(server: str, message: AuditMessage, inserts: dict[str, object]) -> None:
    """Discard the record, for use without an audit log."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A changing request in the audit log."""

    caller: str
    user: str
    """The user that the request names; empty: none."""
    address: str
    request: str
    """The method and the path."""
    server: str
    """The running server that the request concerns; empty: the platform."""
    connector: str | None = None
    """The connector that the path names."""

    def inserts(self, outcome: str) -> dict[str, object]:
        """The inserts of the audit log record."""
        shown = {"caller": self.caller, "user": self.user[:LONGEST_SHOWN] or "(none)", "address": self.address}
        about = {} if self.connector is None else {"connector": self.connector}  # shows the record to its viewers
        return {**shown, **about, "request": self.request[:LONGEST_SHOWN], "outcome": outcome}


class _Window:
    """The changing requests of one caller to one server in one window."""

    def __init__(self, began: float, left: int) -> None:
        self.began = began
        self.left = left
        """The number of further requests that are recorded singly."""
        self.total = 0
        self.counted = 0
        self.failed = 0
        self.last: Change | None = None


class Changes:
    """Records changing requests. After a window with too many requests, those of the next window are counted, too."""

    def __init__(self, record: RecordChange = unrecorded) -> None:
        self._record = record
        self._windows: dict[tuple[str, str], _Window] = {}
        self._wake = trio.Event()

    @contextmanager
    def recorded(self, change: Callable[[], Change]) -> Iterator[None]:
        """Record a change with its outcome at the end of the block. Refused requests are counted by `Access`."""
        try:
            yield
        except BaseException as error:
            if not (isinstance(error, DescribedError) and error.definition in REFUSALS):
                self._add(change(), _failure(error))
            raise
        self._add(change(), None)

    def _add(self, change: Change, failure: str | None) -> None:
        key = (change.caller, change.server)
        now = trio.current_time()
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = _Window(now, SINGLY)
            self._wake.set()
        window.total += 1
        if window.left > 0:
            window.left -= 1
            self._record(change.server, CHANGE_REQUESTED, change.inserts(failure or "it was done"))
            return
        window.counted += 1
        window.failed += failure is not None
        window.last = change

    async def run(self) -> None:
        """Record the counts at the end of each window until cancelled, and then those of unfinished windows."""
        try:
            while True:
                now = trio.current_time()
                for key, window in list(self._windows.items()):
                    if window.began + WINDOW <= now:
                        self._end(key, window, now)
                self._wake = trio.Event()
                ends = min((each.began + WINDOW for each in self._windows.values()), default=inf)
                with trio.CancelScope(deadline=ends):
                    await self._wake.wait()
        finally:
            for window in self._windows.values():
                self._record_counts(window)

    def _end(self, key: tuple[str, str], window: _Window, now: float) -> None:
        self._record_counts(window)
        if window.total > SINGLY:
            self._windows[key] = _Window(now, 0)
        else:
            del self._windows[key]

    def _record_counts(self, window: _Window) -> None:
        if window.last is None:
            return
        inserts = window.last.inserts("")
        counts = {"count": window.counted, "failed": window.failed, "seconds": f"{WINDOW:g}"}
        self._record(window.last.server, CHANGES_COUNTED, {**inserts, **counts})


def _failure(error: BaseException) -> str:
    if isinstance(error, DescribedError):
        return f"it failed with {error.definition.id}"
    if isinstance(error, HTTPException):
        return f"it failed with the status {error.code}"
    if isinstance(error, trio.Cancelled):
        return "it was cut off"
    return "it failed unexpectedly"
