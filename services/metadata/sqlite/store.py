"""The store: one writer that commits many callers' batches together, and readers beside it."""

import fcntl
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import apsw
import trio

from audit.errors import DescribedError
from services.errors import PropertyServerError
from services.metadata import messages
from services.metadata.changes import Batch, ChangePage, Outcome, Query
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.sqlite import reader, schema
from services.metadata.sqlite.writer import Writer

READERS = 3
QUEUE = 64
"""Batches that may wait for the writer; whoever has one more waits to hand it over."""
GROUP = 64
"""Batches that are committed together at most."""

T = TypeVar("T")


class _Job:
    """One caller's work for the writer, and what has become of it."""

    def __init__(self, call: Callable[[Writer], Any]) -> None:
        self.call = call
        self.done = trio.Event()
        self.result: Any = None
        self.error: Exception | None = None


class SQLiteStore:
    """A `MetadataStore` in one file; made by `open_sqlite_store`."""

    def __init__(self, path: Path, jobs: trio.MemorySendChannel[_Job], readers: Sequence[apsw.Connection]) -> None:
        self.path = path
        self._jobs = jobs
        self._readers = list(readers)
        self._reader_free = trio.CapacityLimiter(len(readers))
        self._closed = False

    async def register_source(self, source: MetadataSource, *, user: str) -> str:
        return str(await self._write(lambda writer: writer.register(source, user)))

    async def apply(self, batch: Batch) -> Outcome:
        outcome: Outcome = await self._write(lambda writer: writer.apply(batch))
        return outcome

    async def fingerprints(
        self, metadata_source: str, scope: str, *, after: str | None = None, limit: int | None = None
    ) -> dict[str, str]:
        return await self._read(
            lambda connection: reader.fingerprints(connection, metadata_source, scope, after, limit)
        )

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        return await self._read(lambda connection: reader.get(connection, guids))

    async def find(self, query: Query) -> list[ElementRecord]:
        if query.text is not None:
            while await self._write(lambda writer: writer.index_text()):
                pass
        return await self._read(lambda connection: reader.find(connection, query))

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        return await self._read(lambda connection: reader.relationships(connection, guids, type_name))

    async def changes(self, after: int, limit: int) -> ChangePage:
        return await self._read(lambda connection: reader.changes(connection, after, limit))

    async def aclose(self) -> None:
        self._closed = True
        await self._jobs.aclose()

    async def _write(self, call: Callable[[Writer], Any]) -> Any:
        job = _Job(call)
        try:
            await self._jobs.send(job)
        except trio.ClosedResourceError:
            raise PropertyServerError(messages.STORE_CLOSED, path=self.path) from None
        await job.done.wait()
        if job.error is not None:
            raise job.error
        return job.result

    async def _read(self, call: Callable[[apsw.Connection], T]) -> T:
        if self._closed:
            raise PropertyServerError(messages.STORE_CLOSED, path=self.path)
        return await trio.to_thread.run_sync(self._read_here, call, limiter=self._reader_free)

    def _read_here(self, call: Callable[[apsw.Connection], T]) -> T:
        connection = self._readers.pop()
        try:
            return call(connection)
        except apsw.Error as error:
            raise _failed(self.path, error) from error
        finally:
            self._readers.append(connection)


@asynccontextmanager
async def open_sqlite_store(path: Path) -> AsyncIterator[SQLiteStore]:
    """Open the store in this file, which is created if it is not there, until the block ends.

    What was accepted by then is committed. Raises `PropertyServerError` if the file is not a sound store, is of a
    newer version, cannot be written to or is open in another process; nothing in it is changed then.
    """
    limiter = trio.CapacityLimiter(1)
    with _locked(path):
        connections = await trio.to_thread.run_sync(_open, path, limiter=limiter)
        send, receive = trio.open_memory_channel[_Job](QUEUE)
        store = SQLiteStore(path, send, connections[1:])
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_write_jobs, path, Writer(connections[0]), connections[0], receive, limiter)
                try:
                    yield store
                finally:
                    await store.aclose()  # closing does not block: the writer commits what is queued, and ends
        finally:
            for connection in connections:
                connection.close()


async def _write_jobs(
    path: Path,
    writer: Writer,
    connection: apsw.Connection,
    jobs: trio.MemoryReceiveChannel[_Job],
    limiter: trio.CapacityLimiter,
) -> None:
    with trio.CancelScope(shield=True):  # ends when the channel is closed: nothing accepted is lost to a cancellation
        async for job in jobs:
            group = [job, *_waiting(jobs)]
            await trio.to_thread.run_sync(_commit, path, writer, connection, group, limiter=limiter)
            for each in group:
                each.done.set()


def _waiting(jobs: trio.MemoryReceiveChannel[_Job]) -> list[_Job]:
    more: list[_Job] = []
    with suppress(trio.WouldBlock, trio.EndOfChannel):
        while len(more) < GROUP - 1:
            more.append(jobs.receive_nowait())
    return more


def _commit(path: Path, writer: Writer, connection: apsw.Connection, group: Sequence[_Job]) -> None:
    """Do all jobs in one transaction, each under a savepoint of its own so that a bad one fails alone."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        for job in group:
            _do(path, writer, connection, job)
        connection.execute("COMMIT")
    except Exception as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        failure = _failed(path, error)
        for job in group:
            job.error = job.error or failure


def _do(path: Path, writer: Writer, connection: apsw.Connection, job: _Job) -> None:
    try:
        with connection:
            job.result = job.call(writer)
    except (apsw.FullError, apsw.IOError, apsw.CorruptError, apsw.ReadOnlyError):
        raise  # not this job's fault: the whole transaction cannot go on
    except apsw.Error as error:
        job.error = _failed(path, error)
    except Exception as error:  # its caller gets it
        job.error = error


def _failed(path: Path, error: Exception) -> Exception:
    if isinstance(error, DescribedError):
        return error
    return PropertyServerError(messages.STORE_FAILED, path=path, cause=f"{type(error).__name__}: {error}")


@contextmanager
def _locked(path: Path) -> Any:
    """Hold the store against other processes for as long as this one has it open."""
    try:
        descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
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


def _open(path: Path) -> list[apsw.Connection]:
    """The writer's connection and the readers'."""
    _require_whole(path)
    connections: list[apsw.Connection] = []
    try:
        while len(connections) < 1 + READERS:
            connections.append(_connect(path))
        _prepare(connections[0])
        if any(row != ("ok",) for row in connections[0].execute("PRAGMA quick_check(1)")):
            raise _not_usable(path, "the file is damaged; restore it from a backup")
    except apsw.Error as error:
        for connection in connections:
            connection.close()
        raise _not_usable(path, f"{_said(error)}; restore the file from a backup, or move it away") from error
    except PropertyServerError:
        for connection in connections:
            connection.close()
        raise
    return connections


def _connect(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(10_000)
    connection.execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -32000"
    )
    return connection


def _prepare(connection: apsw.Connection) -> None:
    row = next(iter(connection.execute("PRAGMA user_version")), None)
    version = int(row[0]) if row else 0
    if version > schema.VERSION:
        path = Path(connection.db_filename("main"))
        raise _not_usable(path, f"it was written by a newer version of this program (schema {version})")
    if version == 0:
        _migrate(connection, schema.TABLES, 1)
        version = 1
    for step in range(version + 1, schema.VERSION + 1):
        _migrate(connection, schema.MIGRATIONS[step], step)


def _migrate(connection: apsw.Connection, statements: str, version: int) -> None:
    """One step, which is made as a whole or not at all."""
    with connection:
        connection.execute(statements)
        connection.execute(f"PRAGMA user_version = {version}")


def _require_whole(path: Path) -> None:
    """A file that was cut off keeps its header, which says how many pages there should be."""
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


def _said(error: Exception) -> str:
    return str(error).removeprefix(type(error).__name__).strip(": ") or type(error).__name__


def _not_usable(path: Path, cause: str) -> PropertyServerError:
    return PropertyServerError(messages.STORE_NOT_USABLE, path=path, cause=cause)
