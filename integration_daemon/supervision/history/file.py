"""The last refreshes of connectors in a SQLite file, so that they outlive the process. All methods block.

Each process writes its reports of a connector as one row. Rows of earlier processes remain until later processes have
enough reports.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import msgspec

from integration_daemon.supervision.connector.refresh_report import REPORTS_KEPT, RefreshReport

FORGOTTEN_AFTER = 90 * 86_400.0
"""Seconds after which the history of a connector without refreshes is deleted."""
BUSY_MILLISECONDS = 2_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS history (
    connector TEXT, process INTEGER, written REAL NOT NULL, reports BLOB NOT NULL, PRIMARY KEY (connector, process)
) WITHOUT ROWID
"""
_TOO_MANY = """
DELETE FROM history WHERE (connector, process) IN (
    SELECT connector, process FROM (
        SELECT connector, process, row_number() OVER (PARTITION BY connector ORDER BY process DESC) AS age FROM history
    ) WHERE age > ?)
"""

_decoder = msgspec.msgpack.Decoder(tuple[RefreshReport, ...])


class HistoryFile:
    """The history of the connectors of one daemon."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process = 0

    def begin(self, now: float) -> bool:
        """Begin the rows of this process, and delete old rows; false if a damaged file was put aside.

        The time is in seconds since the epoch. Raises `apsw.Error` or `OSError` for a file that cannot be used.
        """
        try:
            self._begin(now)
        except (apsw.NotADBError, apsw.CorruptError, apsw.SQLError):
            self._path.replace(self._path.with_suffix(".damaged"))
            self._begin(now)
            return False
        return True

    def _begin(self, now: float) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute(_SCHEMA)
            database.execute("DELETE FROM history WHERE written < ?", (now - FORGOTTEN_AFTER,))
            database.execute(_TOO_MANY, (REPORTS_KEPT,))
            highest: Any = database.execute("SELECT coalesce(max(process), 0) FROM history").get
            self._process = highest + 1

    def write(self, histories: Iterable[tuple[str, tuple[RefreshReport, ...]]], now: float) -> None:
        """Write this process's reports of these connectors, the newest first; raises `apsw.Error`."""
        encode = msgspec.msgpack.Encoder().encode
        with self._open() as database, database:
            for connector, reports in histories:
                database.execute(
                    "INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?)",
                    (connector, self._process, now, encode(reports)),
                )
                if len(reports) >= REPORTS_KEPT:
                    database.execute(
                        "DELETE FROM history WHERE connector = ? AND process < ?", (connector, self._process)
                    )

    def earlier(self, connector: str) -> list[RefreshReport]:
        """The reports of a connector by earlier processes, the newest first; raises `apsw.Error`."""
        with self._open() as database:
            rows: list[Any] = database.execute(
                "SELECT reports FROM history WHERE connector = ? AND process < ? ORDER BY process DESC",
                (connector, self._process),
            ).fetchall()
        return [report for (blob,) in rows for report in _decoder.decode(blob)][:REPORTS_KEPT]

    @contextmanager
    def _open(self) -> Iterator[apsw.Connection]:
        database = apsw.Connection(str(self._path))
        try:
            database.set_busy_timeout(BUSY_MILLISECONDS)
            database.execute("PRAGMA synchronous=NORMAL")
            yield database
        finally:
            database.close()
