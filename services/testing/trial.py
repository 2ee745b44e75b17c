"""One test of the conformance suite: a connector with a watched store, whose methods are called and cancelled.

A trial runs on a separate thread, so that a connector that does not end, or blocks the event loop, fails the test
instead of hanging it.
"""

import inspect
import sys
import threading
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from queue import Empty, SimpleQueue

import trio

from audit.foreign import leaves, named_text
from services.framework.broker import ConnectorClass
from services.framework.connection import Connection
from services.framework.connector import optional_method
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.changes import ElementChange, Query
from services.testing.leftovers import Leftovers, leftovers_now, settled
from services.testing.running import RunningConnector, connector_over, service_for, settings_of
from services.testing.temporary_store import temporary_store
from services.testing.watched_store import WatchedStore

Verdict = SimpleQueue[BaseException | None]
PAGE = 1_000


class Trial:
    """A connector class with a store, for one test."""

    def __init__(
        self,
        connector_class: ConnectorClass,
        store: WatchedStore,
        connection: Connection,
        directory: Path,
        synchronization: PermittedSynchronization | None,
        grace: float,
        verdict: Verdict,
    ) -> None:
        self.store = store
        self.connection = connection
        self.directory = directory
        """The directory with the shared resources of a service's connectors."""
        self.writes_after_cancel = 0
        """Number of batches begun between the last cancellation and the end of its connector."""
        self.removals_before_cancel = 0
        """Number of removals begun before the last cancellation."""
        self.step = "at its beginning"
        """The current step of the test, for messages."""
        self._class = connector_class
        self._service = service_for(connector_class)
        self._synchronization = synchronization or self._service.default_permitted_synchronization
        self._grace = grace
        self._verdict = verdict
        self._incarnations = 0

    @asynccontextmanager
    async def incarnation(
        self,
        *,
        begin: bool = True,
        connection: Connection | None = None,
        synchronization: PermittedSynchronization | None = None,
    ) -> AsyncIterator[RunningConnector]:
        """One run of the connector, initialized and started if `begin` is true, and disconnected at the end."""
        self._incarnations += 1
        settings = settings_of(
            connection or self.connection,
            synchronization or self._synchronization,
            incarnation=self._incarnations,
        )
        async with connector_over(self.store, self._class, settings, self.directory) as running:
            if begin:
                await self.call(running, "initialize")
                await self.call(running, "start")
            yield running
            if running.disconnect_due:
                self.step = "in disconnect"
                await running.disconnect()

    async def call(self, running: RunningConnector, name: str) -> None:
        """Call a method of the connector."""
        self.step = f"in {name}"
        await running.call(name)

    async def refreshed(self, connection: Connection | None = None) -> None:
        """A whole run with one refresh."""
        async with self.incarnation(connection=connection) as running:
            await self.call(running, "refresh")

    async def errors_of(self, call: Callable[[], Awaitable[object]]) -> list[BaseException]:
        """The exceptions of a call, without exception groups."""
        try:
            await call()
        except Exception as error:
            return list(leaves(error))
        return []

    async def names(self) -> set[str]:
        """The qualified names of all active elements in the store."""
        found: set[str] = set()
        start = 0
        while page := await self.store.find(Query(start_from=start, page_size=PAGE)):
            found.update(each.qualified_name for each in page)
            start += len(page)
        return found

    async def kinds(self) -> set[str]:
        """The types, relationships and classifications that the connector has written."""
        _, changes = await self.changes_after(0)
        elements = [each.element for each in changes if each.element is not None and each.element.metadata_source]
        links = await self.store.relationships([each.guid for each in elements])
        classifications = {name for each in elements for name in each.classifications}
        return {each.type_name for each in elements} | {each.type_name for each in links} | classifications

    async def names_in_a_new_store(self) -> set[str]:
        """The qualified names of the connector's elements after a refresh with an empty store."""
        async with temporary_store() as store:
            other = Trial(
                self._class,
                WatchedStore(store),
                self.connection,
                self.directory,
                self._synchronization,
                self._grace,
                self._verdict,
            )
            await other.refreshed()
            return await other.names()

    async def changes_after(self, number: int) -> tuple[int, list[ElementChange]]:
        """The store's changes after the change with this number, and the number of the last one."""
        found: list[ElementChange] = []
        while True:
            page = await self.store.changes(number, PAGE)
            found += page.changes
            number = page.last
            if page.is_last:
                return number, found

    async def cancelled(self, name: str, after: Callable[[trio.Event], Awaitable[None]] | int) -> bool:
        """Call a method in a separate run and cancel it; returns whether it was cancelled before its end.

        It is cancelled when `after`, which receives the event of its end, returns, or at the store call with this
        number.
        """
        async with self.incarnation(begin=False) as running:
            before = leftovers_now()  # includes the shared resources of the connectors of its service
            await self._come_to(running, name)
            was_cancelled, writes = await self._call_and_cancel(running, name, after)
            if running.disconnect_due:
                self.step = f"in disconnect after a cancelled {name}"
                await running.disconnect()
            await settled(before, self._grace)  # leftover tasks and threads may still write
            self.writes_after_cancel = self.store.writes - writes if was_cancelled else 0
        return was_cancelled

    async def _come_to(self, running: RunningConnector, name: str) -> None:
        """Call the methods that precede this one in the life of a connector."""
        for earlier in ("initialize", "start", "refresh"):
            if earlier == name or (earlier == "refresh" and name == "engage"):
                return
            await self.call(running, earlier)

    async def _call_and_cancel(
        self, running: RunningConnector, name: str, after: Callable[[trio.Event], Awaitable[None]] | int
    ) -> tuple[bool, int]:
        """Call a method and cancel it: true if it was running until then, and the number of batches begun by then."""
        self.step = f"in {name}, which was cancelled"
        scope, ended = trio.CancelScope(), trio.Event()
        was_cancelled, writes = False, 0

        async def called() -> None:
            try:
                with scope:
                    await (running.disconnect() if name == "disconnect" else running.call(name))
            finally:
                ended.set()

        def cancel() -> None:
            nonlocal was_cancelled, writes
            was_cancelled, writes = not ended.is_set(), self.store.writes
            self.removals_before_cancel = self.store.removals
            scope.cancel(reason="the conformance suite cancels it")
            if not _is_async(running, name):
                running.connector.context.close()  # as the daemon does, because a thread cannot be cancelled

        async def cancel_in_the_store() -> None:
            cancel()
            await trio.lowlevel.checkpoint()

        if isinstance(after, int):
            self.store.interrupt(after, cancel_in_the_store)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(called)
            if isinstance(after, int):
                await self._ended(ended, scope, name)
                self.store.take_interruption()
            else:
                await after(ended)
                cancel()
                await self._ended(ended, scope, name)
        return was_cancelled, writes

    async def _ended(self, ended: trio.Event, scope: trio.CancelScope, name: str) -> None:
        """Wait for the end of a call; if it does not end within the grace after its cancellation, the test fails."""
        while not ended.is_set():
            was_cancelled = scope.cancel_called
            with trio.move_on_after(self._grace):
                await ended.wait()
                return
            if was_cancelled:
                self._verdict.put(
                    AssertionError(
                        f"{name} did not end within {self._grace:g} seconds after it was cancelled: let trio.Cancelled "
                        "pass, and shield a clean-up only under a deadline of its own"
                    )
                )
                await trio.sleep_forever()

    async def leftovers_of(self, call: Callable[[], Awaitable[object]]) -> Leftovers:
        """The leftovers of two calls, after a first call that may create resources kept for the process."""
        await call()
        before = leftovers_now()
        await call()
        await call()
        return await settled(before, self._grace)


def run_trial(
    connector_class: ConnectorClass,
    connection: Connection,
    story: Callable[[Trial], Awaitable[None]],
    *,
    directory: Path,
    synchronization: PermittedSynchronization | None = None,
    grace: float,
    limit: float,
) -> None:
    """Run a test with a new store. Raises `AssertionError` for any exception of a method, and if it does not end."""
    verdict = Verdict()
    trials: list[Trial] = []

    async def over_a_store() -> None:
        async with temporary_store() as store:
            trial = Trial(connector_class, WatchedStore(store), connection, directory, synchronization, grace, verdict)
            trials.append(trial)
            await story(trial)

    def run() -> None:
        try:
            trio.run(over_a_store)
        except BaseException as error:
            verdict.put(error)
        else:
            verdict.put(None)

    thread = threading.Thread(target=run, name="conformance", daemon=True)
    thread.start()
    try:
        error = verdict.get(timeout=limit)
    except Empty:
        raise AssertionError(
            f"the connector did not come to an end within {limit:g} seconds, {_where(trials)}: a method waits for "
            f"good, or holds the event loop. The event loop is at\n{_stack(thread)}"
        ) from None
    _raise(error, _where(trials))


def _raise(error: BaseException | None, where: str) -> None:
    if error is None:
        return
    found = list(leaves(error))
    for each in found:
        if isinstance(each, AssertionError):
            raise each
    errors = "; ".join(named_text(each) for each in found)
    raise AssertionError(f"the connector raised {errors}, {where}: this call should succeed") from error


def _where(trials: list[Trial]) -> str:
    return trials[0].step if trials else "before its store was open"


def _stack(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)
    return "".join(traceback.format_stack(frame)[-6:]) if frame is not None else "no frame"


def _is_async(running: RunningConnector, name: str) -> bool:
    return inspect.iscoroutinefunction(optional_method(running.connector, name))
