"""The received users and groups of one server: changes are serialized, and reads run concurrently with them.

identity provider ─▶ routes ─▶ change ─▶ on the disk ─▶ answered
                                  └─▶ scim-receiver is woken ─▶ reads all, page by page ─▶ the catalogue
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import apsw
import msgspec
import trio

from services.errors import PropertyServerError
from services.framework.resources import ServiceHome
from services.metadata.sqlite.file import StoreFile
from services.organization.scim.resources import ResourceKind
from services.organization.scim_intake.messages import RECEIVED_NOT_STORED, RECEIVED_NOT_USABLE
from services.organization.scim_intake.reader import ResourceReader
from services.organization.scim_intake.tables import opened
from services.organization.scim_intake.writer import ResourceWriter
from services.worker_threads import WorkerThreads

FILE = "scim.sqlite"
CLOSED_WITHIN = 10.0
"""Seconds for completing pending writes when the file is closed."""
READERS = 2
PAUSE = 1.0
"""Polling interval in seconds of a connector in a separate process."""
T = TypeVar("T")


class ReceivedResources(Protocol):
    """The interface of the received users and groups for connectors."""

    async def change_number(self) -> int:
        """The number of changes so far; 0: nothing has been received yet."""

    async def page(self, kind: ResourceKind, after: str, most: int) -> Sequence[tuple[str, bytes]]:
        """The ids and contents of the next `most` resources after an id, in the order of ids."""

    async def wait(self, after: int) -> int:
        """Wait until there have been more than `after` changes; returns the number of changes."""


class ReceivedDirectory:
    """The file of one server. Its methods raise `PropertyServerError` if the disk fails."""

    def __init__(self, file: "_File") -> None:
        self._file = file
        self._writer = WorkerThreads("writer of received users", slots=1)
        self._readers = WorkerThreads("readers of received users", slots=READERS)
        self._changed = trio.Event()

    async def change(self, call: Callable[[ResourceWriter, ResourceReader], T]) -> T:
        """Make a change, which is on disk when the call returns. A cancelled change is still completed."""

        def changed() -> T:
            return call(self._file.writer, self._file.own_reader)

        try:
            return await self._run(self._writer, changed)
        finally:
            self._changed.set()
            self._changed = trio.Event()

    async def read(self, call: Callable[[ResourceReader], T]) -> T:
        """Run a query, concurrently with changes."""

        def read() -> T:
            reader = self._file.free_readers.pop()
            try:
                return call(reader)
            finally:
                self._file.free_readers.append(reader)

        return await self._run(self._readers, read)

    async def change_number(self) -> int:
        """As `ReceivedResources.change_number`."""
        return await self.read(lambda reader: reader.change_number)

    async def page(self, kind: ResourceKind, after: str, most: int) -> Sequence[tuple[str, bytes]]:
        """As `ReceivedResources.page`."""
        return await self.read(lambda reader: reader.page(kind, after, most))

    async def wait(self, after: int) -> int:
        """As `ReceivedResources.wait`."""
        while True:
            changed = self._changed
            number = await self.change_number()
            if number > after:
                return number
            await changed.wait()

    async def answer(self, request: bytes) -> bytes:
        """As `SharedResources.answer`."""
        query = msgspec.json.decode(request, type=_RemoteQuery)
        if query.kind is None:
            return msgspec.json.encode(await self.change_number())
        page = [[key, content] for key, content in await self.page(query.kind, query.after, query.most)]
        return msgspec.json.encode(page)

    async def close(self) -> None:
        """Close the file, after all pending writes."""
        await self._writer.run(self._file.close)

    async def _run(self, threads: WorkerThreads, call: Callable[[], T]) -> T:
        try:
            return await threads.run(call)
        except apsw.Error as error:
            raise PropertyServerError(RECEIVED_NOT_STORED, path=self._file.path, cause=error) from error


class RemoteDirectory:
    """`ReceivedResources` for a connector in a separate process, which sends its requests to the daemon."""

    def __init__(self, ask: Callable[[bytes], Awaitable[bytes]]) -> None:
        self._ask = ask

    async def change_number(self) -> int:
        """As `ReceivedResources.change_number`."""
        return msgspec.json.decode(await self._ask(msgspec.json.encode(_RemoteQuery())), type=int)

    async def page(self, kind: ResourceKind, after: str, most: int) -> Sequence[tuple[str, bytes]]:
        """As `ReceivedResources.page`."""
        query = msgspec.json.encode(_RemoteQuery(kind=kind, after=after, most=most))
        return msgspec.json.decode(await self._ask(query), type=list[tuple[str, bytes]])

    async def wait(self, after: int) -> int:
        """As `ReceivedResources.wait`, by polling: a request that waits would block all other requests."""
        while True:
            if (number := await self.change_number()) > after:
                return number
            await trio.sleep(PAUSE)


class _RemoteQuery(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The request of a connector in a separate process: for a page, or without a kind for the number of changes."""

    kind: ResourceKind | None = None
    after: str = ""
    most: int = 0


class _File:
    """The connections to one file. Blocks."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = directory / FILE
        StoreFile(self.path)  # private to this user
        self._connections = [opened(self.path) for _ in range(1 + READERS)]
        self.writer = ResourceWriter(self._connections[0])
        self.own_reader = ResourceReader(self._connections[0])
        """Reads on the writer's own connection, for the writing thread."""
        self.free_readers = [ResourceReader(each) for each in self._connections[1:]]

    def close(self) -> None:
        for each in self._connections:
            each.close()


@asynccontextmanager
async def opened_directory(directory: Path) -> AsyncIterator[ReceivedDirectory]:
    """Open the received users and groups in a directory; raises `PropertyServerError` if it cannot be used."""
    try:
        file = await trio.to_thread.run_sync(_File, directory)
    except (OSError, apsw.Error) as error:
        cause: Any = getattr(error, "strerror", None) or error
        raise PropertyServerError(RECEIVED_NOT_USABLE, path=directory, cause=cause) from error
    received = ReceivedDirectory(file)
    try:
        yield received
    finally:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + CLOSED_WITHIN):
            await received.close()


def open_directory(home: ServiceHome) -> AbstractAsyncContextManager[ReceivedDirectory]:
    """Open the received users and groups of a service."""
    return opened_directory(home.directory)
