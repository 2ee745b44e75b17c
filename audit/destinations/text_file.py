"""A text file: the console's lines, appended to a file."""

from pathlib import Path

from audit.batch import RecordBatch
from audit.destination import DestinationSettings
from audit.destinations.appending import append
from audit.severity import Severity
from audit.text_line import text_lines


class TextFileDestination:
    """Appends text lines to one file, which may be moved away at any time: it is opened for each batch."""

    def __init__(self, path: Path, *, severities: frozenset[Severity]) -> None:
        self.name = f"file {path}"
        self.severities = severities
        self.path = path

    @classmethod
    def from_settings(
        cls, settings: DestinationSettings, *, severities: frozenset[Severity], server_name: str, directory: Path
    ) -> "TextFileDestination":
        """The address is the file's path; without one it is `{server}.auditlog`."""
        return cls(directory / (settings.address or f"{server_name}.auditlog"), severities=severities)

    def write(self, batch: RecordBatch) -> None:
        """Append a line for each record."""
        append(self.path, text_lines(batch).encode())

    def close(self) -> None:
        """Nothing is held between batches."""
