"""The journal of systemd: each record is an entry with structured fields, sent in the journal's native protocol.

The protocol is described at https://systemd.io/JOURNAL_NATIVE_PROTOCOL/: an entry is one datagram of fields, or, if it
is too large for that, a sealed file in memory whose descriptor is sent.

    journalctl AUDIT_SEVERITY=Exception
    journalctl AUDIT_MESSAGE_ID=INTEGRATION-DAEMON-SERVICES-0031 -o verbose
"""

import errno
import fcntl
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

from audit.batch import RecordBatch
from audit.destination import DestinationError, DestinationSettings
from audit.invisible import one_line
from audit.messages import DESTINATION_SETTING_WRONG
from audit.record import AuditRecord
from audit.severity import Severity

_NAMESPACE = re.compile(r"[A-Za-z0-9_-]{1,200}")
PATIENCE = 5.0
"""Seconds that the journal may take to accept an entry."""

_PRIORITIES = {Severity.EXCEPTION: 3, Severity.ERROR: 3, Severity.SECURITY: 4, Severity.ACTION: 4, Severity.TRACE: 7}
_NORMAL = 6
"""Priorities of syslog: 3 error, 4 warning, 6 information, 7 debug."""
_PRIORITY = {severity.label: _PRIORITIES.get(severity, _NORMAL) for severity in Severity}


class JournaldDestination:
    """Sends each record to the journal; the server's name is the identifier of its entries."""

    def __init__(self, namespace: str = "", *, severities: frozenset[Severity]) -> None:
        self.name = f"journald {namespace}".rstrip()
        self.severities = severities
        self._path = f"/run/systemd/journal{'.' * bool(namespace)}{namespace}/socket"
        self._socket: socket.socket | None = None
        self._sent: int | None = None
        """The number of the last record sent of a batch that has failed; `None` after a complete batch."""

    @classmethod
    def from_settings(
        cls, settings: DestinationSettings, *, severities: frozenset[Severity], server_name: str, directory: Path
    ) -> "JournaldDestination":
        """The address is the namespace of the journal (`journalctl --namespace`); without it, the system's journal."""
        return cls(settings.address or "", severities=severities)

    @staticmethod
    def check_settings(settings: DestinationSettings) -> None:
        """Raise `DestinationError` for an address that is no namespace, such as a path."""
        if settings.address and not _NAMESPACE.fullmatch(settings.address):
            problem = "it must be the namespace of a journal: letters, digits, '-' and '_'"
            raise DestinationError(
                DESTINATION_SETTING_WRONG, provider=settings.provider, setting="address", problem=problem
            )

    def write(self, batch: RecordBatch) -> None:
        """Send an entry for each record. Raises `OSError` if the journal does not accept one.

        When the batch is written again, the entries that were accepted are not sent again.
        """
        numbers = [each.number for each in batch.entries]
        first = numbers.index(self._sent) + 1 if self._sent in numbers else 0
        try:
            connected = self._socket or self._connected()
            for index in range(first, len(batch)):
                _send(connected, _encoded(batch[index]))
                self._sent = numbers[index]
        except OSError:
            self.close()  # the journal may have been restarted
            raise
        self._sent = None

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connected(self) -> socket.socket:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE)
        self._socket.connect(self._path)
        return self._socket


def _fields(record: AuditRecord) -> Iterator[tuple[str, object]]:
    server = record.originator_properties
    yield "MESSAGE", one_line(f"{record.message_id} {record.message_text}")
    yield "PRIORITY", _PRIORITY[record.severity]
    yield "SYSLOG_IDENTIFIER", server.server_name
    yield "AUDIT_GUID", record.guid
    yield "AUDIT_MESSAGE_ID", record.message_id
    yield "AUDIT_SEVERITY", record.severity
    yield "AUDIT_SERVER", server.server_name
    yield "AUDIT_COMPONENT", record.originator_component.component_name
    yield "AUDIT_SYSTEM_ACTION", record.system_action
    yield "AUDIT_USER_ACTION", record.user_action
    yield "AUDIT_EXCEPTION_CLASS", record.exception_class_name
    yield "AUDIT_EXCEPTION_MESSAGE", record.exception_message
    yield "AUDIT_EXCEPTION_STACK", record.exception_stack_trace


def _encoded(record: AuditRecord) -> bytes:
    """The fields of an entry. Each value is preceded by its length, so it cannot imitate another field."""
    encoded = bytearray()
    for name, value in _fields(record):
        if value is not None:
            content = str(value).encode(errors="backslashreplace")
            encoded += b"%s\n%s%s\n" % (name.encode(), len(content).to_bytes(8, "little"), content)
    return bytes(encoded)


def _send(connected: socket.socket, entry: bytes) -> None:
    try:
        connected.send(entry)
    except OSError as error:
        if error.errno not in (errno.EMSGSIZE, errno.ENOBUFS):
            raise
        _send_file(connected, entry)


def _send_file(connected: socket.socket, entry: bytes) -> None:
    """Send an entry that exceeds the size of a datagram."""
    descriptor = os.memfd_create("journal entry", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
    with open(descriptor, "wb") as file:
        file.write(entry)
        file.flush()
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
        socket.send_fds(connected, [], [descriptor])
