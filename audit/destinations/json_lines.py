"""JSON lines: one record on each line in the record format of Egeria, in files rotated by size."""

from mmap import ACCESS_READ, mmap
from pathlib import Path

import msgspec

from audit.batch import RecordBatch
from audit.chain import BEGINNING, link, value_after
from audit.destination import DestinationSettings
from audit.destinations.appending import append
from audit.destinations.rotated_file import RotatedFile
from audit.invisible import escaped_json
from audit.severity import Severity

_encoder = msgspec.json.Encoder()


class JsonLinesDestination:
    """Appends to `{server}.jsonl`, which is rotated when it is full."""

    def __init__(self, file: RotatedFile, *, severities: frozenset[Severity], tamper_evident: bool = False) -> None:
        self.name = f"json-lines {file.path}"
        self.severities = severities
        self.path = file.path
        self._file = file
        self._tamper_evident = tamper_evident
        self._chain: str | None = None
        """The hash that the next line carries; `None` before the first batch."""
        self._cut_short = False
        """True if the file ends in the middle of a line."""

    @classmethod
    def from_settings(
        cls, settings: DestinationSettings, *, severities: frozenset[Severity], server_name: str, directory: Path
    ) -> "JsonLinesDestination":
        """The address is the directory of the files; properties `maxMegabytes` and `keepFiles` bound them.

        With `tamperEvident`, each line carries a hash of the lines before it, which `audit-log --verify` verifies.
        """
        place = directory / settings.address if settings.address else directory
        file = RotatedFile.from_settings(place / f"{server_name}.jsonl", settings)
        return cls(file, severities=severities, tamper_evident=settings.flag("tamperEvident"))

    @staticmethod
    def check_settings(settings: DestinationSettings) -> None:
        """Raise `DestinationError` for properties that cannot be used."""
        RotatedFile.from_settings(Path(), settings)
        settings.flag("tamperEvident")

    def write(self, batch: RecordBatch) -> None:
        """Append a line for each record, after making room if the file is full."""
        lines = escaped_json(_encoder.encode_lines(batch))
        if not self._tamper_evident:
            self._append(lines)
            return
        if self._chain is None:
            self._chain, self._cut_short = self._chain_of_files()
        content, after = link(self._chain, lines.splitlines())
        self._append(content)
        self._chain = after  # only now: a batch that failed is written again, after the same hash

    def close(self) -> None:
        """Do nothing: the file is closed after each batch."""

    def _append(self, content: bytes) -> None:
        if self._file.make_room(len(content)):
            self._cut_short = False
        append(self.path, b"\n" + content if self._cut_short else content)
        self._cut_short = False

    def _chain_of_files(self) -> tuple[str, bool]:
        """The hash that the next line carries, and whether the newest file ends in the middle of a line."""
        for path in (self.path, self._file.numbered(1)):
            if path.is_file() and path.stat().st_size:
                with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
                    value, is_complete = value_after(content)
                return value, path == self.path and not is_complete
        return BEGINNING, False
