"""JSON lines: one record on each line in the record format of Egeria, in files rotated by size."""

from mmap import ACCESS_READ, mmap
from pathlib import Path

import msgspec

from audit.batch import RecordBatch
from audit.chain import BEGINNING, link, value_after
from audit.destination import DestinationSettings
from audit.destinations.appending import append
from audit.invisible import escaped_json
from audit.severity import Severity

MEGABYTE = 1_000_000
_encoder = msgspec.json.Encoder()


class JsonLinesDestination:
    """Appends to `{server}.jsonl`; when that is full it becomes `.1`, `.1` becomes `.2`, and the oldest goes."""

    def __init__(
        self,
        path: Path,
        *,
        severities: frozenset[Severity],
        max_bytes: int = 50 * MEGABYTE,
        keep: int = 10,
        tamper_evident: bool = False,
    ) -> None:
        self.name = f"json-lines {path}"
        self.severities = severities
        self.path = path
        self._max_bytes = max_bytes
        self._keep = keep
        self._tamper_evident = tamper_evident
        self._chain: str | None = None
        """The value from which the next line follows; none before the first is written."""
        self._cut_short = False
        """The file ends in the middle of a line."""

    @classmethod
    def from_settings(
        cls, settings: DestinationSettings, *, severities: frozenset[Severity], server_name: str, directory: Path
    ) -> "JsonLinesDestination":
        """The address is the directory of the files; properties `maxMegabytes` and `keepFiles` bound them.

        With `tamperEvident`, each line carries a hash of those before it, which `audit-log --verify` verifies.
        """
        max_megabytes, keep_files, tamper_evident = _properties(settings)
        place = directory / settings.address if settings.address else directory
        return cls(
            place / f"{server_name}.jsonl",
            severities=severities,
            max_bytes=int(max_megabytes * MEGABYTE),
            keep=int(keep_files),
            tamper_evident=tamper_evident,
        )

    @staticmethod
    def check_settings(settings: DestinationSettings) -> None:
        """Raise `DestinationError` for properties that cannot be used."""
        _properties(settings)

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
        self._chain = after  # a batch that could not be written is written again, and follows from the same value

    def close(self) -> None:
        """Nothing is held between batches."""

    def _append(self, content: bytes) -> None:
        if self._size() + len(content) > self._max_bytes:
            self._rotate()
            self._cut_short = False
        append(self.path, b"\n" + content if self._cut_short else content)
        self._cut_short = False

    def _chain_of_files(self) -> tuple[str, bool]:
        """The value from which the next line follows, and whether the newest file ends in the middle of a line."""
        for path in (self.path, self._numbered(1)):
            if path.is_file() and path.stat().st_size:
                with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
                    value, is_complete = value_after(content)
                return value, path == self.path and not is_complete
        return BEGINNING, False

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


def _properties(settings: DestinationSettings) -> tuple[float, float, bool]:
    return (
        settings.number("maxMegabytes", 50, least=0.001, most=1_000_000),
        settings.number("keepFiles", 10, least=0, most=10_000),
        settings.flag("tamperEvident"),
    )
