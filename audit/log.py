"""The audit log: the one thing everybody calls."""

import time
from collections import deque
from collections.abc import Callable

import msgspec

from audit.message import AuditMessage
from audit.severity import Severity

ALWAYS_KEPT = frozenset(
    {
        Severity.STARTUP,
        Severity.SHUTDOWN,
        Severity.ERROR,
        Severity.EXCEPTION,
        Severity.SECURITY,
        Severity.ACTION,
    }
)
"""Severities that are not dropped when the buffer is full."""


class Component(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who is logging: shown in each record as its originator."""

    component_id: int
    component_name: str
    component_description: str = ""
    component_wiki_url: str = msgspec.field(name="componentWikiURL", default="")


class Entry(msgspec.Struct, frozen=True):
    """A record as its caller left it; rendering is the pump's work."""

    time: float
    """Seconds since the epoch."""
    log: "AuditLog"
    message: AuditMessage
    parameters: dict[str, object]
    error: BaseException | None


class Buffer:
    """The bounded buffer between the callers, in any thread, and the pump.

    Appending never blocks and never fails. `wake` is called, from the caller's thread, when the pump has
    said that it is waiting.
    """

    def __init__(self, capacity: int) -> None:
        self.entries: deque[Entry] = deque()
        self.capacity = capacity
        self.dropped = 0
        self.wake: Callable[[], None] | None = None

    def append(self, entry: Entry) -> None:
        """Take an entry, or count it as dropped when the buffer is full and its severity may be dropped."""
        if len(self.entries) >= self.capacity and entry.message.severity not in ALWAYS_KEPT:
            self.dropped += 1
            return
        self.entries.append(entry)
        if (wake := self.wake) is not None:
            self.wake = None
            wake()


class AuditLog:
    """The log of one server, as one component sees it. Cheap to make: every connector has its own."""

    __slots__ = ("_buffer", "component", "conceal", "counts")

    def __init__(self, buffer: Buffer, component: Component) -> None:
        self._buffer = buffer
        self.component = component
        self.conceal: Callable[[str], str] | None = None
        """Takes the secrets that this component is known to have out of a text; none: it has none."""
        self.counts: list[int] | None = None
        """Records by the ordinal of their severity: where `SeverityCounts` counts those of this component."""

    def child(self, component: Component) -> "AuditLog":
        """The same log, for another component."""
        return AuditLog(self._buffer, component)

    def record(self, message: AuditMessage, /, **parameters: object) -> None:
        """Log a message. Never blocks, never raises; may be called from any thread."""
        self._buffer.append(Entry(time.time(), self, message, parameters, None))

    def exception(self, message: AuditMessage, error: BaseException, /, **parameters: object) -> None:
        """Log a message with an exception's class, text and stack."""
        self._buffer.append(Entry(time.time(), self, message, parameters, error))
