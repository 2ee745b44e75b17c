"""The record of published events, in a file: it allows sending only changes, and removals by name.

All methods block.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import apsw
import msgspec

from services.lineage.publisher.events import Kind, Subject
from services.sqlite_transaction import transaction

_BUSY_MILLISECONDS = 10_000
"""Milliseconds to wait for a backup that copies the file, during which nothing can be written to it."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS position (url TEXT PRIMARY KEY, after INTEGER NOT NULL, time INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS sent (
    kind TEXT NOT NULL, element TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, digest BLOB NOT NULL,
    PRIMARY KEY (kind, element)
) STRICT, WITHOUT ROWID;
"""
_OF_ELEMENTS = """
SELECT kind, element, namespace, name, digest FROM json_each(?) n CROSS JOIN sent s WHERE s.element = n.value
  AND s.kind IN ('job', 'data set')
"""


class Sent(msgspec.Struct, frozen=True):
    """The last event sent about a subject."""

    subject: Subject
    digest: bytes


class Published:
    """The position in the change feed, and a digest of the last event about each job and data set."""

    def __init__(self, path: Path | None, url: str) -> None:
        """Open or create a file; a file about another receiver is emptied. Without a path, the record is in memory."""
        try:
            self._open(path, url)
        except (apsw.NotADBError, apsw.CorruptError):  # all events are sent again
            self.close()
            assert path is not None
            path.unlink()
            self._open(path, url)

    def _open(self, path: Path | None, url: str) -> None:
        self._url = url
        self._connection = apsw.Connection(str(path) if path is not None else ":memory:")
        self._connection.set_busy_timeout(_BUSY_MILLISECONDS)
        if path is not None:
            os.chmod(path, 0o600)
        self._connection.execute(_SCHEMA)
        with transaction(self._connection):
            if not self._connection.execute("SELECT 1 FROM position WHERE url = ?", (url,)).fetchall():
                self._connection.execute("DELETE FROM position; DELETE FROM sent")
                self._connection.execute("INSERT INTO position VALUES (?, 0, 0)", (url,))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def position(self) -> tuple[int, int]:
        """The last change that has been published, and the time of the last event, in microseconds."""
        found: Any = self._connection.execute("SELECT after, time FROM position").fetchone()
        return found[0], found[1]

    def about(self, elements: Iterable[str]) -> dict[tuple[Kind, str], Sent]:
        """The last events sent about elements."""
        names = msgspec.json.encode(sorted(elements)).decode()
        return {
            (Kind(kind), element): Sent(Subject(Kind(kind), element, namespace, name), digest)
            for kind, element, namespace, name, digest in self._connection.execute(_OF_ELEMENTS, (names,))
        }

    def begin(self, subjects: Iterable[Subject]) -> None:
        """Record that events about these subjects are being sent; until `advance`, their arrival is unknown."""
        with transaction(self._connection):
            self._note((each, b"") for each in subjects)

    def _note(self, sent: Iterable[tuple[Subject, bytes]]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?, ?)",
            [(each.kind.value, each.element, each.namespace, each.name, digest) for each, digest in sent],
        )

    def advance(self, after: int, time: int, sent: Mapping[Subject, bytes], removed: Sequence[Subject]) -> None:
        """Record the sent events, and that everything up to this change has been published."""
        with transaction(self._connection):
            self._note(sent.items())
            self._connection.executemany(
                "DELETE FROM sent WHERE kind = ? AND element = ?", [(each.kind.value, each.element) for each in removed]
            )
            self._connection.execute("UPDATE position SET after = ?, time = ?", (after, time))
