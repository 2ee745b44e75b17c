"""The audit log: the interface with which components log messages, and the buffer behind it."""

import itertools
from collections import deque
from collections.abc import Callable
from time import time
from typing import TypeVar

import msgspec

from audit.foreign import ShownError, shown_error
from audit.masking import shown_text
from audit.message import AuditMessage
from audit.safe_text import safe_text
from audit.severity import Severity

Conceal = Callable[[str], str]
LogT = TypeVar("LogT", bound="AuditLog")
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
    """The component that logs, shown in each record as its originator."""

    component_id: int
    component_name: str
    component_description: str = ""
    component_wiki_url: str = msgspec.field(name="componentWikiURL", default="")


class Entry(msgspec.Struct, gc=False):
    """A record as logged by its caller; it is rendered when a destination reads it."""

    time: float
    """Seconds since the epoch."""
    log: "AuditLog"
    message: AuditMessage
    parameters: dict[str, object]
    error: ShownError | None
    conceal: Conceal | None = None
    """Masks the secrets that the component had when it logged; it may have others when the record is rendered."""
    number: int = 0
    """Unique among the records of this process."""
    characters: int = 0
    """The size of its texts, stored by `measured`; 0 before."""


_numbers = itertools.count(1)


FOREIGN_CHARACTERS = 32 * 1024 * 1024
"""Characters of connectors' records that may wait for the pump; beyond that, records of every severity are dropped."""


class Buffer:
    """The bounded buffer between the callers, in any thread, and the pump.

    Appending never blocks and never fails. The pump sets `wake` while it waits; the next caller calls it, in the
    caller's thread.
    """

    def __init__(self, capacity: int) -> None:
        self.entries: deque[Entry] = deque()
        self.capacity = capacity
        self.dropped = 0
        self.foreign_characters = 0
        """Characters of connectors' records in the buffer; the pump subtracts those of the records that it takes."""
        self.wake: Callable[[], None] | None = None
        self.write_now: Callable[[float], bool] | None = None
        """`Pump.write_now`, which needs no event loop; `None` without a pump."""

    def append(self, entry: Entry) -> None:
        """Add an entry, or count it as dropped if the buffer is full and its severity may be dropped."""
        if len(self.entries) >= self.capacity and entry.message.severity not in ALWAYS_KEPT:
            self.dropped += 1
            return
        self.entries.append(entry)
        if (wake := self.wake) is not None:
            self.wake = None
            wake()


class AuditLog:
    """The log of one server for one component. It is cheap: every connector has its own."""

    __slots__ = ("_buffer", "component", "conceal", "counts", "subject")

    def __init__(self, buffer: Buffer, component: Component) -> None:
        self._buffer = buffer
        self.component = component
        self.conceal: Conceal | None = None
        """Masks the known secrets of this component in a text; `None` if it has none."""
        self.subject: str | None = None
        """The name of the connector that all of its records are about; `None` for a log of the server."""
        self.counts: list[int] | None = None
        """Number of records of this component, by the ordinal of their severity; maintained by `SeverityCounts`."""

    def child(self, component: Component) -> "AuditLog":
        """The same log, for another component."""
        return self._related(AuditLog(self._buffer, component))

    def for_foreign_code(self) -> "ForeignAuditLog":
        """The same log, for code that may pass any object."""
        log = self._related(ForeignAuditLog(self._buffer, self.component))
        log.counts = self.counts
        return log

    def _related(self, other: LogT) -> LogT:
        """A log for another component with the same known secrets and the same subject."""
        other.conceal, other.subject = self.conceal, self.subject
        return other

    def record(self, message: AuditMessage, /, **parameters: object) -> None:
        """Log a message. Never blocks, never raises; may be called from any thread.

        A parameter is not copied until a destination reads the record, so it should be a text or a number.
        """
        buffer = self._buffer
        entry = Entry(time(), self, message, parameters, None, self.conceal, next(_numbers))
        if len(buffer.entries) < buffer.capacity and buffer.wake is None:
            buffer.entries.append(entry)
        else:
            buffer.append(entry)

    def exception(self, message: AuditMessage, error: BaseException, /, **parameters: object) -> None:
        """Log a message with an exception's class, text and stack."""
        shown = shown_error(error)
        self._buffer.append(Entry(time(), self, message, parameters, shown, self.conceal, next(_numbers)))

    def write_now(self, seconds: float) -> bool:
        """Write the logged records on the calling thread, without the event loop; for the end of a process.

        Returns true if all records were written within this many seconds. May be called from any thread.
        """
        return self._buffer.write_now is None or self._buffer.write_now(seconds)


class ForeignAuditLog(AuditLog):
    """The log of a connector: its arguments are checked and made safe before the call returns.

    An object that is not a message, or cannot be shown, is therefore an error of the connector that passed it.
    """

    __slots__ = ()

    def child(self, component: Component) -> "AuditLog":
        """The same log, for a part of the connector; raises `TypeError` for anything but a component."""
        _require(component, Component)
        texts = {name: safe_text(getattr(component, name)) for name in _TEXTS_OF_COMPONENT}
        made = Component(component_id=int(component.component_id), **texts)
        return self._related(ForeignAuditLog(self._buffer, made))

    def record(self, message: AuditMessage, /, **parameters: object) -> None:
        """Log a message. Never blocks; may be called from any thread. Raises `TypeError` for anything but a message."""
        message = _exact(message)
        texts: dict[str, object] = {name: shown_text(value) for name, value in parameters.items()}
        self._append(Entry(time(), self, message, texts, None, self.conceal, next(_numbers)))

    def exception(self, message: AuditMessage, error: BaseException, /, **parameters: object) -> None:
        """As `record`, with an exception's class, text and stack."""
        message = _exact(message)
        _require(error, BaseException)
        texts: dict[str, object] = {name: shown_text(value) for name, value in parameters.items()}
        self._append(Entry(time(), self, message, texts, shown_error(error), self.conceal, next(_numbers)))

    def _append(self, entry: Entry) -> None:
        """Pass an entry to the pump, unless connectors log faster than it can write."""
        buffer, characters = self._buffer, measured(entry)
        if buffer.foreign_characters + characters > FOREIGN_CHARACTERS:
            buffer.dropped += 1
            return
        buffer.foreign_characters += characters
        buffer.append(entry)


def measured(entry: Entry) -> int:
    """Number of characters in the texts of a record, which is stored in the entry."""
    if entry.characters == 0:
        size = sum([len(value) for value in entry.parameters.values() if isinstance(value, str)])
        if (error := entry.error) is not None:
            size += len(error.message) + len(error.stack)
        entry.characters = size
    return entry.characters


_TEXTS_OF_COMPONENT = ("component_name", "component_description", "component_wiki_url")


def _exact(message: AuditMessage) -> AuditMessage:
    """The message, or a plain copy of an instance of a subclass, which may behave in any way."""
    _require(message, AuditMessage)
    if type(message) is AuditMessage:
        return message
    return AuditMessage(**{name: getattr(message, name) for name in AuditMessage.__struct_fields__})


def _require(value: object, kind: type) -> None:
    if not issubclass(type(value), kind):
        raise TypeError(f"the audit log takes an object of class {kind.__name__} here, not {safe_text(value, 200)}")
