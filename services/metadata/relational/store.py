"""A store over a database: one writer, which commits the batches of many callers together, and several readers."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import Any, Protocol, TypeVar

import trio

from audit.errors import DescribedError
from audit.foreign import contained_error
from services.errors import PropertyServerError
from services.metadata import messages
from services.metadata.bounds import MOST_IN_A_PAGE
from services.metadata.changes import Batch, ChangePage, ElementPage, Outcome, Query
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.lineage import LineageGraph, LineageQuery
from services.metadata.relational.finding import literals_in_names
from services.metadata.relational.text_indexing import TextIndexing
from services.metadata.relational.writer import Writer
from services.metadata.storable import require_page, require_query
from services.metadata.store import MetadataStore
from services.worker_threads import WorkerThreads

QUEUE = 64
"""Maximum number of batches that wait for the writer; further callers wait to hand over theirs."""
GROUP = 64
"""Maximum number of batches that are committed together."""
CLOSE_DEADLINE = 30.0
"""Time limit, in seconds, for committing accepted work after the store is closed."""

T = TypeVar("T")


class Reader(Protocol):
    """Reading on a separate connection. Each call blocks."""

    def fingerprints(self, metadata_source: str, scope: str, after: str | None, limit: int | None) -> dict[str, str]:
        """As `MetadataStore.fingerprints`."""

    def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        """As `MetadataStore.get`."""

    def named(self, names: Sequence[str]) -> list[ElementRecord]:
        """As `MetadataStore.named`."""

    def find_page(self, query: Query) -> ElementPage:
        """As `MetadataStore.find_page`."""

    def relationships(self, guids: Sequence[str], type_name: str | None) -> list[RelationshipRecord]:
        """As `MetadataStore.relationships`."""

    def lineage(self, guid: str, query: LineageQuery) -> LineageGraph:
        """As `MetadataStore.lineage`."""

    def changes(self, after: int, limit: int) -> ChangePage:
        """As `MetadataStore.changes`."""

    def close(self) -> None:
        """Close the connection."""


class Transactions(Protocol):
    """The connection of the writer. Each call blocks."""

    def begin(self) -> Writer:
        """Begin a transaction; returns its writer."""

    def savepoint(self) -> AbstractContextManager[Any]:
        """A part of the transaction; if it raises, only this part is rolled back."""

    def commit(self) -> None:
        """Commit the transaction."""

    def roll_back(self) -> None:
        """Roll back the current transaction, if any."""

    def can_continue_after(self, error: Exception) -> bool:
        """True if the transaction can continue after an error in one of its parts."""

    def close(self) -> None:
        """Close the connection."""


Failed = Callable[[Exception], Exception]
"""Converts an error of the database."""


class _Job:
    """One caller's work for the writer, and its result."""

    def __init__(self, call: Callable[[Writer], Any]) -> None:
        self.call = call
        self.done = trio.Event()
        self.is_settled = False
        """True if the job is committed or has failed; its caller is notified later, by the event loop."""
        self.result: Any = None
        self.error: Exception | None = None


class RelationalStore(MetadataStore):
    """A `MetadataStore`; made by `opened_store`."""

    def __init__(
        self,
        name: str,
        jobs: trio.MemorySendChannel[_Job],
        writing: "_Writing",
        readers: Sequence[Reader],
        failed: Failed,
    ) -> None:
        self.name = name
        self._jobs = jobs
        self._writing = writing
        self._readers = list(readers)
        self._threads = WorkerThreads("readers", slots=len(readers))
        self._failed = failed
        self.text_indexing = TextIndexing(self._index_some_text)
        self._closed = False

    async def register_source(self, source: MetadataSource, *, user: str) -> str:
        return str(await self._write(lambda writer: writer.register(source, user)))

    async def apply(self, batch: Batch) -> Outcome:
        outcome: Outcome = await self._write(lambda writer: writer.apply(batch))
        return outcome

    async def fingerprints(
        self, metadata_source: str, scope: str, *, after: str | None = None, limit: int | None = None
    ) -> dict[str, str]:
        return await self._read(lambda reader: reader.fingerprints(metadata_source, scope, after, limit))

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        return await self._read(lambda reader: reader.get(guids))

    async def named(self, names: Sequence[str]) -> list[ElementRecord]:
        return await self._read(lambda reader: reader.named(names))

    async def find_page(self, query: Query) -> ElementPage:
        require_query(query)
        page = await self._read(lambda reader: reader.find_page(query))
        if page.indexed_to is not None:  # find recent changes, unless there are too many
            await self._index_some_text()
            page = await self._read(lambda reader: reader.find_page(query))
        is_short = page.cursor is not None and len(page.elements) < (query.page_size or MOST_IN_A_PAGE)
        if page.indexed_to is not None or (is_short and literals_in_names(query)):
            self.text_indexing.begin()
        return page

    async def _index_some_text(self) -> bool:
        return bool(await self._write(lambda writer: writer.tables.index_text()))

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        return await self._read(lambda reader: reader.relationships(guids, type_name))

    async def lineage(self, guid: str, query: LineageQuery) -> LineageGraph:
        return await self._read(lambda reader: reader.lineage(guid, query))

    async def changes(self, after: int, limit: int) -> ChangePage:
        require_page(after, limit)
        return await self._read(lambda reader: reader.changes(after, limit))

    async def aclose(self) -> None:
        self._closed = True
        await self._jobs.aclose()

    def commit_now(self, seconds: float) -> bool:
        """Commit accepted work on the calling thread, without the event loop; for the end of a process.

        Returns whether all of it was committed within `seconds`. May be called from any thread.
        """
        return self._writing.commit_now(seconds)

    def close_readers(self) -> None:
        """Close the readers' connections, except those that an abandoned thread still uses."""
        while self._readers:
            self._readers.pop().close()

    async def _write(self, call: Callable[[Writer], Any]) -> Any:
        job = _Job(call)
        try:
            with self._writing.accepting(job):
                await self._jobs.send(job)
        except trio.ClosedResourceError:
            raise PropertyServerError(messages.STORE_CLOSED, path=self.name) from None
        await job.done.wait()
        if job.error is not None:
            raise job.error
        return job.result

    async def _read(self, call: Callable[[Reader], T]) -> T:
        if self._closed:
            raise PropertyServerError(messages.STORE_CLOSED, path=self.name)
        return await self._threads.run(partial(self._read_on_thread, call))

    def _read_on_thread(self, call: Callable[[Reader], T]) -> T:
        try:
            reader = self._readers.pop()
        except IndexError:  # the store was closed while this call waited for a thread
            raise PropertyServerError(messages.STORE_CLOSED, path=self.name) from None
        try:
            return call(reader)
        except DescribedError:
            raise
        except Exception as error:
            raise self._failed(error) from error
        finally:
            self._readers.append(reader)


@asynccontextmanager
async def opened_store(
    name: str, transactions: Transactions, readers: Sequence[Reader], failed: Failed
) -> AsyncIterator[RelationalStore]:
    """A store over open connections, until the end of the block: accepted work is committed by then."""
    send, receive = trio.open_memory_channel[_Job](QUEUE)
    writing = _Writing(transactions, failed, receive)
    store = RelationalStore(name, send, writing, readers, failed)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(writing.run)
            nursery.start_soon(store.text_indexing.run)
            try:
                yield store
            finally:
                store.text_indexing.end()
                await store.aclose()  # does not block: the writer commits queued work, and ends
                writing.end_within(CLOSE_DEADLINE)
    finally:
        if writing.ended:  # otherwise a thread still uses the connection
            transactions.close()
        store.close_readers()


class _Writing:
    """The task that commits the work of callers. It ends only when the channel is closed, so that a cancellation does
    not lose accepted work."""

    def __init__(self, transactions: Transactions, failed: Failed, jobs: trio.MemoryReceiveChannel[_Job]) -> None:
        self.ended = False
        self._accepted: dict[_Job, None] = {}
        """Jobs whose callers have not been notified of the result, in order."""
        self._transaction = threading.Lock()
        self._transactions = transactions
        self._failed = failed
        self._jobs = jobs
        self._scope = trio.CancelScope(shield=True)
        self._limiter = trio.CapacityLimiter(1)

    @contextmanager
    def accepting(self, job: _Job) -> Iterator[None]:
        """Count a job as accepted unless handing it over fails."""
        self._accepted[job] = None
        try:
            yield
        except BaseException:
            self._accepted.pop(job, None)
            raise

    async def run(self) -> None:
        with self._scope:
            async for job in self._jobs:
                await self._commit([job, *_waiting(self._jobs)])
            self.ended = True

    def end_within(self, seconds: float) -> None:
        """Abandon a database that does not answer within this time."""
        self._scope.deadline = trio.current_time() + seconds

    async def _commit(self, group: list[_Job]) -> None:
        try:
            await trio.to_thread.run_sync(self._commit_on_thread, group, limiter=self._limiter, abandon_on_cancel=True)
        except trio.Cancelled:
            for each in group:
                each.error = self._failed(TimeoutError("it did not answer before the store was closed"))
            raise
        finally:
            for each in group:
                each.done.set()
                self._accepted.pop(each, None)

    def _commit_on_thread(self, group: Sequence[_Job]) -> None:
        with self._transaction:
            _commit(self._transactions, self._failed, [job for job in group if not job.is_settled])

    def commit_now(self, seconds: float) -> bool:
        """`RelationalStore.commit_now`."""
        if not self._transaction.acquire(timeout=seconds):  # the database does not answer
            return False
        try:
            if not self.ended and (left := [job for job in list(self._accepted) if not job.is_settled]):
                _commit(self._transactions, self._failed, left)
        finally:
            self._transaction.release()
        return True


def _waiting(jobs: trio.MemoryReceiveChannel[_Job]) -> list[_Job]:
    more: list[_Job] = []
    with suppress(trio.WouldBlock, trio.EndOfChannel):
        while len(more) < GROUP - 1:
            more.append(jobs.receive_nowait())
    return more


def _commit(transactions: Transactions, failed: Failed, group: Sequence[_Job]) -> None:
    """Do all jobs in one transaction, each with its own savepoint, so that a bad job fails alone."""
    for job in group:
        job.is_settled = True
    try:
        writer = transactions.begin()
        for job in group:
            try:
                with transactions.savepoint():
                    job.result = job.call(writer)
            except BaseException as raised:  # for the caller; the contents of a batch may be foreign objects
                error = _contained(raised)
                if not transactions.can_continue_after(error):
                    raise
                job.error = _described(error, failed)
        transactions.commit()
    except BaseException as error:
        failure = _described(_contained(error), failed)
        for job in group:
            job.error = job.error or failure
        with suppress(Exception):  # the first error has been recorded
            transactions.roll_back()


def _contained(error: BaseException) -> Exception:
    """Contain exceptions on the thread of the writer, so that they end only its work."""
    return contained_error(error) or RuntimeError("the work of the writer was cancelled")


def _described(error: Exception, failed: Failed) -> Exception:
    return error if isinstance(error, DescribedError) else failed(error)
