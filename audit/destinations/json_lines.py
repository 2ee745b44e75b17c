"""JSON lines: one record a line in the ecosystem's record format, in files that are rotated by size."""

from pathlib import Path

import msgspec

from audit.batch import RecordBatch
from audit.destination import DestinationSettings
from audit.destinations.appending import append
from audit.severity import Severity

MEGABYTE = 1_000_000
_encoder = msgspec.json.Encoder()


class JsonLinesDestination:
    """Appends to `{server}.jsonl`; when that is full it becomes `.1`, `.1` becomes `.2`, and the oldest goes."""

    def __init__(
        self, path: Path, *, severities: frozenset[Severity], max_bytes: int = 50 * MEGABYTE, keep: int = 10
    ) -> None:
        self.name = f"json-lines {path}"
        self.severities = severities
        self.path = path
        self._max_bytes = max_bytes
        self._keep = keep

    @classmethod
    def from_settings(
        cls, settings: DestinationSettings, *, severities: frozenset[Severity], server_name: str, directory: Path
    ) -> "JsonLinesDestination":
        """The address is the directory of the files; properties `maxMegabytes` and `keepFiles` bound them."""
        max_megabytes, keep_files = _bounds(settings)
        place = directory / settings.address if settings.address else directory
        return cls(
            place / f"{server_name}.jsonl",
            severities=severities,
            max_bytes=int(max_megabytes * MEGABYTE),
            keep=int(keep_files),
        )

    @staticmethod
    def check_settings(settings: DestinationSettings) -> None:
        """Raise `DestinationError` for properties that cannot be used."""
        _bounds(settings)

    def write(self, batch: RecordBatch) -> None:
        """Append a line for each record, after making room if the file is full."""
        content = _encoder.encode_lines(batch)
        if self._size() + len(content) > self._max_bytes:
            self._rotate()
        append(self.path, content)

    def close(self) -> None:
        """Nothing is held between batches."""

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def _rotate(self) -> None:
        for number in range(self._keep - 1, -1, -1):
            older, newer = self._numbered(number + 1), self._numbered(number)
            if newer.exists():
                newer.replace(older)
        self._numbered(self._keep).unlink(missing_ok=True)

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path


def _bounds(settings: DestinationSettings) -> tuple[float, float]:
    return (
        settings.number("maxMegabytes", 50, least=0.001, most=1_000_000),
        settings.number("keepFiles", 10, least=0, most=10_000),
    )
