"""The console: one line for each record, on standard output."""

import sys
from pathlib import Path
from typing import TextIO

from audit.batch import RecordBatch
from audit.destination import DEFAULT_CONSOLE_SEVERITIES, DestinationSettings
from audit.severity import Severity
from audit.text_line import text_lines


class ConsoleDestination:
    """Writes text lines to a stream."""

    name = "console"

    def __init__(
        self, *, severities: frozenset[Severity] = DEFAULT_CONSOLE_SEVERITIES, stream: TextIO | None = None
    ) -> None:
        self.severities = severities
        self._stream = stream

    @classmethod
    def from_settings(
        cls, settings: DestinationSettings, *, severities: frozenset[Severity], server_name: str, directory: Path
    ) -> "ConsoleDestination":
        """The console has no settings other than its severities."""
        return cls(severities=severities)

    def write(self, batch: RecordBatch) -> None:
        """Write a line for each record."""
        stream = self._stream or sys.stdout
        stream.write(text_lines(batch))
        stream.flush()

    def close(self) -> None:
        """Do not close the stream, which this destination does not own."""
