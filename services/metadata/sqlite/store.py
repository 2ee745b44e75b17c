"""Opens the embedded store: one SQLite file, used by one process."""

import fcntl
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import apsw
import trio

from services.errors import InvalidParameterError, MetadataServerUnavailableError, PropertyServerError
from services.metadata import messages
from services.metadata.changes import ChangePage, ElementPage, Query
from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.lineage import LineageGraph, LineageQuery
from services.metadata.relational.store import RelationalStore, opened_store
from services.metadata.relational.writer import Writer
from services.metadata.sqlite import reader, schema
from services.metadata.sqlite.file import FileReplacedError, StoreFile
from services.metadata.sqlite.tables import SQLiteTables

READERS = 3
SETTINGS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -8000")
SAVEPOINTS_IN_MEMORY = "PRAGMA temp_store = MEMORY"
"""For the writer: the journal of a savepoint would be a file, written with each page that a batch changes."""
_OF_THE_DISK = (
    FileReplacedError,
    apsw.FullError,
    apsw.IOError,
    apsw.ReadOnlyError,
    apsw.CantOpenError,
    apsw.CorruptError,
)
_OF_A_VALUE = (OverflowError, UnicodeError, apsw.TooBigError)


class _Transactions:
    """The writer's connection."""

    def __init__(self, connection: apsw.Connection, file: StoreFile) -> None:
        self._connection = connection
        self._file = file
        self._writer = Writer(SQLiteTables(connection))

    def begin(self) -> Writer:
        self._file.require_same_file()
        self._connection.execute("BEGIN IMMEDIATE")
        return self._writer

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self._connection.execute("SAVEPOINT job")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # a full disk, for example, ends the transaction
                self._connection.execute("ROLLBACK TO job; RELEASE job")
            raise
        self._connection.execute("RELEASE job")

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def can_continue_after(self, error: Exception) -> bool:
        return self._connection.in_transaction and not isinstance(error, _OF_THE_DISK)

    def close(self) -> None:
        self._connection.close()


class _Reader:
    """A reader's connection."""

    def __init__(self, connection: apsw.Connection, file: StoreFile) -> None:
        self._own = connection
        self._file = file

    @property
    def _connection(self) -> apsw.Connection:
        self._file.require_same_file()
        return self._own

    def fingerprints(self, metadata_source: str, scope: str, after: str | None, limit: int | None) -> dict[str, str]:
        return reader.fingerprints(self._connection, metadata_source, scope, after, limit)

    def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        return reader.get(self._connection, guids)

    def named(self, names: Sequence[str]) -> list[ElementRecord]:
        return reader.named(self._connection, names)

    def find_page(self, query: Query) -> ElementPage:
        return reader.find_page(self._connection, query)

    def relationships(self, guids: Sequence[str], type_name: str | None) -> list[RelationshipRecord]:
        return reader.relationships(self._connection, guids, type_name)

    def lineage(self, guid: str, query: LineageQuery) -> LineageGraph:
        return reader.lineage(self._connection, guid, query)

    def changes(self, after: int, limit: int) -> ChangePage:
        return reader.changes(self._connection, after, limit)

    def close(self) -> None:
        self._own.close()


@asynccontextmanager
async def open_sqlite_store(path: Path) -> AsyncIterator[RelationalStore]:
    """Open the store in a file until the end of the block; the file is created if it does not exist.

    Accepted changes are committed by the end of the block. Raises `PropertyServerError`, and changes nothing, if the
    file is not a valid store, is of a newer version, is not writable, or is open in another process.
    """

    def failed(error: Exception) -> Exception:
        cause = f"{type(error).__name__}: {_error_text(error)}"
        if isinstance(error, _OF_THE_DISK):  # a connector can wait until the disk works again
            name = str(path)
            return MetadataServerUnavailableError(messages.STORE_FAILED, metadata_server=name, path=path, cause=cause)
        if isinstance(error, _OF_A_VALUE):
            return InvalidParameterError(messages.VALUE_NOT_USABLE, place="a parameter", problem=cause)
        return PropertyServerError(messages.STORE_FAILED, path=path, cause=cause)

    with _locked(path):
        (first, *others), file = await trio.to_thread.run_sync(_open, path)
        readers = [_Reader(connection, file) for connection in others]
        async with opened_store(str(path), _Transactions(first, file), readers, failed) as store:
            yield store


@contextmanager
def _locked(path: Path) -> Any:
    """Lock the store against other processes while it is open."""
    try:
        descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _not_usable(path, f"it cannot be written to: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _not_usable(path, "another process has it open; stop that process first") from None
    else:
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> tuple[list[apsw.Connection], StoreFile]:
    """Open the connections of the writer and the readers, and the file."""
    _require_whole(path)
    try:
        file = StoreFile(path)
    except OSError as error:
        raise _not_usable(path, f"it cannot be written to: {error.strerror}") from error
    connections: list[apsw.Connection] = []
    try:
        while len(connections) < 1 + READERS:
            connections.append(_connect(path))
        _prepare(connections[0])
        connections[0].execute(SAVEPOINTS_IN_MEMORY)
        if any(row != ("ok",) for row in connections[0].execute("PRAGMA quick_check(1)")):
            raise _not_usable(path, "the file is damaged; restore it from a backup")
    except apsw.Error as error:
        for connection in connections:
            connection.close()
        raise _not_usable(path, f"{_error_text(error)}; restore the file from a backup, or move it away") from error
    except PropertyServerError:
        for connection in connections:
            connection.close()
        raise
    return connections, file


def _connect(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(10_000)
    for setting in SETTINGS:
        connection.execute(f"PRAGMA {setting}").fetchall()  # an unread result of the first would end the others
    return connection


def _prepare(connection: apsw.Connection) -> None:
    row = next(iter(connection.execute("PRAGMA user_version")), None)
    version = int(row[0]) if row else 0
    if version > schema.VERSION:
        path = Path(connection.db_filename("main"))
        raise _not_usable(path, messages.NEWER_STORE.format(version))
    if version == 0:
        _migrate(connection, schema.TABLES, 1)
        version = 1
    for step in range(version + 1, schema.VERSION + 1):
        _migrate(connection, schema.MIGRATIONS[step], step)


def _migrate(connection: apsw.Connection, statements: str, version: int) -> None:
    """Run one step of the migration in one transaction."""
    with connection:
        connection.execute(statements)
        connection.execute(f"PRAGMA user_version = {version}")


def _require_whole(path: Path) -> None:
    """Refuse a truncated file: its header still contains the number of pages."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return
    except OSError as error:
        raise _not_usable(path, f"it cannot be read: {error.strerror}") from error
    if not header:
        return
    if not header.startswith(b"SQLite format 3\x00") or len(header) < 100:
        raise _not_usable(path, "it is not a metadata store; move it away, or restore it from a backup")
    page = int.from_bytes(header[16:18], "big")
    expected = int.from_bytes(header[28:32], "big") * (65536 if page == 1 else page)
    journal = Path(f"{path}-wal")
    if size < expected and not (journal.exists() and journal.stat().st_size):
        raise _not_usable(
            path, f"it is truncated: {size} bytes of {expected}; restore it from a backup, or move it away"
        )


def _error_text(error: Exception) -> str:
    return str(error).removeprefix(type(error).__name__).strip(": ") or type(error).__name__


def _not_usable(path: Path, cause: str) -> PropertyServerError:
    return PropertyServerError(messages.STORE_NOT_USABLE, path=path, cause=cause)
