"""The received users and groups of one server: changed one after another, and read beside that.

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
from services.organization.scim_intake.messages import RECEIVED_NOT_KEPT, RECEIVED_NOT_USABLE
from services.organization.scim_intake.searching import Searching
from services.organization.scim_intake.tables import opened
from services.organization.scim_intake.writing import Writing
from services.worker_threads import WorkerThreads

FILE = "scim.sqlite"
CLOSED_WITHIN = 10.0
"""Seconds that the disk has to finish what is being written."""
READERS = 2
PAUSE = 1.0
"""Seconds between two looks of a connector in a process of its own."""
T = TypeVar("T")


class ReceivedResources(Protocol):
    """The received users and groups as a connector sees them."""

    async def number(self) -> int:
        """How often anything was changed; 0: nothing has been received yet."""

    async def page(self, kind: ResourceKind, after: str, most: int) -> Sequence[tuple[str, bytes]]:
        """The ids and contents of resources after an id, in order, up to a number of them."""

    async def wait(self, after: int) -> int:
        """Wait until there have been more changes than a number of them; returns how many there are."""


class ReceivedDirectory:
    """The file of one server. Its calls raise `PropertyServerError` where the disk fails."""

    def __init__(self, file: "_File") -> None:
        self._file = file
        self._writer = WorkerThreads("writer of received users", slots=1)
        self._readers = WorkerThreads("readers of received users", slots=READERS)
        self._changed = trio.Event()

    async def change(self, call: Callable[[Writing, Searching], T]) -> T:
        """Change something. When this returns it is on the disk. It is carried out to its end even if cancelled."""

        def changed() -> T:
            return call(self._file.writing, self._file.reading_own)

        try:
            return await self._run(self._writer, changed)
        finally:
            self._changed.set()
            self._changed = trio.Event()

    async def read(self, call: Callable[[Searching], T]) -> T:
        """Read something, beside what is being changed."""

        def read() -> T:
            searching = self._file.free.pop()
            try:
                return call(searching)
            finally:
                self._file.free.append(searching)

        return await self._run(self._readers, read)

    async def number(self) -> int:
        """As `ReceivedResources.number`."""
        return await self.read(lambda reading: reading.number)

    async def page(self, kind: ResourceKind, after: str, most: int) -> Sequence[tuple[str, bytes]]:
        """As `ReceivedResources.page`."""
        return await self.read(lambda reading: reading.page(kind, after, most))

    async def wait(self, after: int) -> int:
        """As `ReceivedResources.wait`."""
        while True:
            changed = self._changed
            number = await self.number()
            if number > after:
                return number
            await changed.wait()

    async def answer(self, request: bytes) -> bytes:
        """As `SharedResources.answer`."""
        asked = msgspec.json.decode(request, type=_Asked)
        if asked.kind is None:
            return msgspec.json.encode(await self.number())
        page = [[key, content] for key, content in await self.page(asked.kind, asked.after, asked.most)]
        return msgspec.json.encode(page)

    async def close(self) -> None:
        """Close the file, when what is being written is on the disk."""
        await self._writer.run(self._file.close)

    async def _run(self, threads: WorkerThreads, call: Callable[[], T]) -> T:
        try:
            return await threads.run(call)
        except apsw.Error as error:
            raise PropertyServerError(RECEIVED_NOT_KEPT, path=self._file.path, cause=error) from error


class RemoteDirectory:
    """`ReceivedResources` for a connector in a process of its own: it asks the daemon."""

    def __init__(self, ask: Callable[[bytes], Awaitable[bytes]]) -> None:
        self._ask = ask

    async def number(self) -> int:
        """As `ReceivedResources.number`."""
        return msgspec.json.decode(await self._ask(msgspec.json.encode(_Asked())), type=int)

    async def page(self, kind: ResourceKind, after: str, most: int) -> Sequence[tuple[str, bytes]]:
        """As `ReceivedResources.page`."""
        asked = msgspec.json.encode(_Asked(kind=kind, after=after, most=most))
        return msgspec.json.decode(await self._ask(asked), type=list[tuple[str, bytes]])

    async def wait(self, after: int) -> int:
        """As `ReceivedResources.wait`. One request for as long as it takes would keep all others waiting."""
        while True:
            if (number := await self.number()) > after:
                return number
            await trio.sleep(PAUSE)


class _Asked(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a connector in a process of its own asks for: a page, or without a kind the number of changes."""

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
        self.writing = Writing(self._connections[0])
        self.reading_own = Searching(self._connections[0])
        """Reads what the thread that writes has written."""
        self.free = [Searching(each) for each in self._connections[1:]]

    def close(self) -> None:
        for each in self._connections:
            each.close()


@asynccontextmanager
async def opened_directory(directory: Path) -> AsyncIterator[ReceivedDirectory]:
    """The received users and groups in a directory; raises `PropertyServerError` if it cannot be used."""
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
    """The received users and groups of a service."""
    return opened_directory(home.directory)
