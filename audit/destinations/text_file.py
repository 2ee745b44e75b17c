"""Text files: the console's lines, in files rotated by size."""

from pathlib import Path

from audit.batch import RecordBatch
from audit.destination import DestinationSettings
from audit.destinations.rotated_file import RotatedFile
from audit.severity import Severity
from audit.text_line import text_lines


class TextFileDestination:
    """Appends text lines to a file, which may be moved away at any time: it is opened for each batch."""

    def __init__(self, file: RotatedFile, *, severities: frozenset[Severity]) -> None:
        self.name = f"file {file.path}"
        self.severities = severities
        self.path = file.path
        self._file = file

    @classmethod
    def from_settings(
        cls, settings: DestinationSettings, *, severities: frozenset[Severity], server_name: str, directory: Path
    ) -> "TextFileDestination":
        """The address is the path of the file; the default is `{server}.auditlog`.

        The properties `maxMegabytes` and `keepFiles` bound the files.
        """
        path = directory / (settings.address or f"{server_name}.auditlog")
        return cls(RotatedFile.from_settings(path, settings), severities=severities)

    @staticmethod
    def check_settings(settings: DestinationSettings) -> None:
        """Raise `DestinationError` for properties that cannot be used."""
        RotatedFile.from_settings(Path(), settings)

    def write(self, batch: RecordBatch) -> None:
        """Append a line for each record."""
        self._file.append(text_lines(batch).encode())

    def close(self) -> None:
        """Do nothing: the file is closed after each batch."""
