"""Opens a store in a PostgreSQL database: one schema, used by one process."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, closing, suppress
from functools import partial
from typing import Any, TypeVar

import psycopg
import trio
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from services.errors import InvalidParameterError, MetadataServerUnavailableError, PropertyServerError
from services.libpq import in_one_line, options_of_document
from services.metadata import messages
from services.metadata.changes import ChangePage, ElementPage, Query
from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.lineage import LineageGraph, LineageQuery
from services.metadata.postgres import reader, schema
from services.metadata.postgres.tables import Connection, PostgresTables
from services.metadata.relational.store import RelationalStore, opened_store
from services.metadata.relational.writer import Writer
from services.secret import Secret

READERS = 3
CONNECT_TIMEOUT = 5
"""Seconds."""
LOCK = 0x6F6D6461
"""Advisory lock of the database: the process that holds it has the store open."""
LOCK_PATIENCE = 3.0
"""Seconds to wait for the lock, which a terminated process may hold for a moment."""
SERVER_SETTINGS = {
    "search_path": schema.SCHEMA,
    "statement_timeout": "120s",
    "idle_in_transaction_session_timeout": "120s",
    "client_encoding": "UTF8",
    "default_transaction_isolation": "repeatable read",
    # a batch finds few rows among very many: before the first ANALYZE, the planner's estimates would read all rows
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    # results are small: compiling a plan takes longer than running it
    "jit": "off",
}
_UNAVAILABLE = (
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.TooManyConnections,
    errors.ConnectionException,
    errors.DiskFull,
    errors.OutOfMemory,
    errors.ReadOnlySqlTransaction,
)
_NOT_FOR_US = (errors.InsufficientPrivilege, errors.UndefinedFile, errors.FeatureNotSupported)
"""Errors of a server that does not offer the extension, or not to this user."""
T = TypeVar("T")


class _Database:
    """The location of a store, and the credentials for it."""

    def __init__(self, url: str, password: Secret | None) -> None:
        self.url = url
        self._password = password

    def connect(self) -> Connection:
        """Open a new connection. Blocks."""
        options = " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in SERVER_SETTINGS.items())
        password = self._password.reveal() if self._password is not None else None
        own = {
            "connect_timeout": CONNECT_TIMEOUT,
            "application_name": "integration-daemon metadata store",
            "options": options,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 25_000,
        }
        return psycopg.connect(autocommit=True, **options_of_document(conninfo_to_dict(self.url), password) | own)

    def failed(self, error: Exception) -> Exception:
        """Convert an error of the driver or the server."""
        cause = _error_text(error)
        if isinstance(error, psycopg.DataError | UnicodeError):
            return InvalidParameterError(messages.VALUE_NOT_USABLE, place="a parameter", problem=cause)
        if isinstance(error, _UNAVAILABLE) or (isinstance(error, psycopg.OperationalError) and not error.sqlstate):
            return MetadataServerUnavailableError(
                messages.STORE_UNAVAILABLE, metadata_server=self.url, path=self.url, cause=cause
            )
        return PropertyServerError(messages.STORE_FAILED, path=self.url, cause=cause)

    def not_open(self, error: psycopg.Error) -> Exception:
        """The error for a failed connection."""
        failure = self.failed(error)
        if isinstance(failure, MetadataServerUnavailableError) and not _was_refused(error):
            return failure
        return self.not_usable(_error_text(error))

    def not_usable(self, cause: str) -> PropertyServerError:
        """The error for an unusable store."""
        return PropertyServerError(messages.STORE_NOT_USABLE, path=self.url, cause=cause)


class _Transactions:
    """The writer's connection, which is reopened when it is lost."""

    def __init__(self, database: _Database) -> None:
        self._database = database
        self._open()

    def begin(self) -> Writer:
        try:
            self._connection.execute("BEGIN")
        except psycopg.OperationalError:
            if not self._connection.closed:
                raise
            self._open()
            self._connection.execute("BEGIN")
        return self._writer

    def _open(self) -> None:
        self._connection = self._database.connect()
        try:
            _prepare(self._connection, self._database)
            self._writer = Writer(PostgresTables(self._connection))
        except BaseException:
            self._connection.close()
            raise

    def savepoint(self) -> AbstractContextManager[Any]:
        return self._connection.transaction()

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def roll_back(self) -> None:
        if not self._connection.closed:
            self._connection.execute("ROLLBACK")

    def can_continue_after(self, error: Exception) -> bool:
        return not isinstance(error, psycopg.OperationalError)

    def close(self) -> None:
        self._connection.close()


class _Reader:
    """A reader's connection, which is reopened when it is lost."""

    def __init__(self, database: _Database) -> None:
        self._database = database
        self._connection = database.connect()

    def fingerprints(self, metadata_source: str, scope: str, after: str | None, limit: int | None) -> dict[str, str]:
        return self._read(
            partial(reader.fingerprints, metadata_source=metadata_source, scope=scope, after=after, limit=limit)
        )

    def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        return self._read(lambda connection: reader.get(connection, guids))

    def named(self, names: Sequence[str]) -> list[ElementRecord]:
        return self._read(lambda connection: reader.named(connection, names))

    def find_page(self, query: Query) -> ElementPage:
        return self._read(lambda connection: reader.find_page(connection, query))

    def relationships(self, guids: Sequence[str], type_name: str | None) -> list[RelationshipRecord]:
        return self._read(lambda connection: reader.relationships(connection, guids, type_name))

    def lineage(self, guid: str, query: LineageQuery) -> LineageGraph:
        return self._read(lambda connection: reader.lineage(connection, guid, query))

    def changes(self, after: int, limit: int) -> ChangePage:
        return self._read(lambda connection: reader.changes(connection, after, limit))

    def close(self) -> None:
        self._connection.close()

    def _read(self, call: Callable[[Connection], T]) -> T:
        try:
            return call(self._connection)
        except psycopg.OperationalError:
            if not self._connection.closed:
                raise
            self._connection = self._database.connect()
            return call(self._connection)


@asynccontextmanager
async def open_postgres_store(url: str, password: Secret | None = None) -> AsyncIterator[RelationalStore]:
    """Open the store in a database until the end of the block, and create its tables if they are missing.

    `url` is a libpq URL without a password. Accepted changes are committed by the end of the block. Raises
    `MetadataServerUnavailableError` while the server is unavailable, and `PropertyServerError` if the database refuses
    the connection, or contains a store that is of a newer version or open in another process.
    """
    database = _Database(url, password)
    transactions, readers = await trio.to_thread.run_sync(_open, database)
    async with opened_store(url, transactions, readers, database.failed) as store:
        yield store


def look_at_postgres_store(url: str, password: Secret | None = None) -> str:
    """Describe a store without opening or creating it; raises as `open_postgres_store` does. Blocks."""
    database = _Database(url, password)
    try:
        with closing(database.connect()) as connection:
            version = _first(connection, "SHOW server_version")
            held = _version(connection)
    except psycopg.Error as error:
        raise database.not_open(error) from None
    return f"PostgreSQL {version}, " + (f"with a metadata store (schema {held})" if held else "without metadata yet")


def _open(database: _Database) -> tuple[_Transactions, list[_Reader]]:
    opened: list[_Transactions | _Reader] = []
    try:
        transactions = _Transactions(database)
        opened.append(transactions)
        readers: list[_Reader] = []
        for _ in range(READERS):
            readers.append(_Reader(database))
            opened.append(readers[-1])
    except psycopg.Error as error:
        for each in opened:
            each.close()
        raise database.not_open(error) from None
    return transactions, readers


def _error_text(error: Exception) -> str:
    """The message of an error without its details, which may quote stored data."""
    primary = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return in_one_line(primary or str(error)) or type(error).__name__


def _was_refused(error: psycopg.Error) -> bool:
    """True if a server answered with a refusal, which libpq reports only in its text."""
    return "FATAL:" in str(error)


def _lock(connection: Connection) -> bool:
    """Take the lock. Waits for up to `LOCK_PATIENCE`, because the server notices a closed connection with a delay."""
    patience = time.monotonic() + LOCK_PATIENCE
    while not _first(connection, f"SELECT pg_try_advisory_lock({LOCK})"):
        if time.monotonic() > patience:
            return False
        time.sleep(0.05)
    return True


def _prepare(connection: Connection, database: _Database) -> None:
    """Lock the store for this process, and migrate its tables to the current version."""
    if not _lock(connection):
        raise database.not_usable("another process has it open; stop that process first")
    encoding = _first(connection, "SHOW server_encoding")
    if encoding != "UTF8":
        raise database.not_usable(f"the database's encoding is {encoding}, and UTF8 is needed; make another database")
    version = _version(connection)
    if version > schema.VERSION:
        raise database.not_usable(messages.NEWER_STORE.format(version))
    if version == 0:
        _migrate(connection, f"CREATE SCHEMA IF NOT EXISTS {schema.SCHEMA};{schema.TABLES}", 1)
        version = 1
    for step in range(version + 1, schema.VERSION + 1):
        _migrate(connection, schema.MIGRATIONS[step], step)
    _index_names(connection)


def _index_names(connection: Connection) -> None:
    """Create the index of names if the trigram extension is available; without it, searches examine all names."""
    if _first(connection, schema.HAS_NAMES):
        return
    with suppress(*_NOT_FOR_US), connection.transaction():
        connection.execute(schema.MAKE_TRIGRAMS)
        place = _first(connection, schema.SCHEMA_OF_TRIGRAMS)
        connection.execute(schema.INDEX_OF_NAMES.format(schema=place))


def _version(connection: Connection) -> int:
    """The version of the tables; 0 if there are none."""
    exists = _first(connection, f"SELECT to_regclass('{schema.SCHEMA}.schema_version') IS NOT NULL")
    return int(_first(connection, "SELECT version FROM schema_version")) if exists else 0


def _migrate(connection: Connection, statements: str, version: int) -> None:
    """Run one step of the migration in one transaction, without a time limit."""
    with connection.transaction():
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute(statements)
        connection.execute("UPDATE schema_version SET version = %s", (version,))


def _first(connection: Connection, sql: str) -> Any:
    row = connection.execute(sql).fetchone()
    return None if row is None else row[0]
