"""Python's `logging`, for programs that collect it: the counterpart of Egeria's SLF4J destination."""

import logging
from collections.abc import Sequence
from pathlib import Path

from audit.destination import DestinationSettings
from audit.invisible import one_line
from audit.record import AuditRecord
from audit.severity import Severity

_ERRORS = frozenset({Severity.ERROR.label, Severity.EXCEPTION.label})


class PythonLoggingDestination:
    """Logs each record with the logger `{server}.{component}`."""

    name = "python-logging"

    def __init__(self, server_name: str, *, severities: frozenset[Severity]) -> None:
        self.severities = severities
        self._server_name = server_name

    @classmethod
    def from_settings(
        cls, settings: DestinationSettings, *, severities: frozenset[Severity], server_name: str, directory: Path
    ) -> "PythonLoggingDestination":
        """The destination has no settings other than its severities."""
        return cls(server_name, severities=severities)

    def write(self, batch: Sequence[AuditRecord]) -> None:
        """Log each record: errors and exceptions at level ERROR, others at INFO."""
        for record in batch:
            logger = logging.getLogger(f"{self._server_name}.{record.originator_component.component_name}")
            level = logging.ERROR if record.severity in _ERRORS else logging.INFO
            logger.log(level, "%s %s", record.message_id, one_line(record.message_text))

    def close(self) -> None:
        """Do nothing: the loggers belong to the program."""
