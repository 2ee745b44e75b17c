"""For the tests of connectors: a connector at work in a test, without a daemon, over a real store of its own.

    async with connector_at_work(InboxMonitor, tmp_path, connection=Connection(...)) as at_work:
        outcome = await at_work.refresh()
        assert outcome.created == 2

The connector's methods are called in the order in which the daemon calls them: an `async def` on the event loop, a
plain `def` on a worker thread. What a method raises, the test gets. There are no deadlines and no restarts.
"""

import inspect
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import trio

from audit.log import AuditLog, Buffer, Component
from services.framework.broker import make_connector
from services.framework.connection import Connection
from services.framework.connector import IntegrationConnector, optional_method
from services.framework.context import ContextSettings, IntegrationContext
from services.framework.host import Listener
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.changes import Outcome, Query
from services.metadata.element import ElementRecord
from services.metadata.removal import CompletedScan, DeletionSafety, HeldRemoval, RemovalGate
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore
from services.registry import registered_services

ContextT = TypeVar("ContextT", bound=IntegrationContext)

STORE = "open-metadata.sqlite"
NAME = "TestedConnector"
DISCONNECT_DEADLINE = 10.0
"""Seconds."""
RECORDS = 1_000_000
"""Audit log records that are kept."""


class ConnectorAtWork:
    """A connector, the store that it writes to and the audit log that it has."""

    def __init__(
        self, connector: IntegrationConnector[Any], store: MetadataStore, log: Buffer, nursery: trio.Nursery
    ) -> None:
        self.connector = connector
        self.store = store
        self.refresh_asked_for = trio.Event()
        """Set when the connector has asked for a refresh."""
        self._log = log
        self._nursery = nursery
        self._gate = RemovalGate()

    async def refresh(self) -> Outcome:
        """Refresh the connector, and what that has changed in the store."""
        self.refresh_asked_for = trio.Event()
        await _call(self.connector.refresh)
        return self.connector.context.store.take_outcome() or Outcome()

    async def elements(self, type_name: str | None = None, *, archived: bool = False) -> list[ElementRecord]:
        """The elements in the store, oldest first: of this type and the types below it, or all of them."""
        query = Query(type_name=type_name, include_archived=archived)
        return [each async for each in self.connector.context.find_each(query)]

    @property
    def messages(self) -> list[str]:
        """What the connector has left in the audit log, each as `{id} {text}`."""
        return [f"{each.message.id} {each.message.render(each.parameters)}" for each in self._log.entries]

    @property
    def held(self) -> Sequence[HeldRemoval]:
        """Removals that an operator would have to approve."""
        return self._gate.held

    def listen(self, listener: Listener) -> None:
        """See `Host`."""
        self._nursery.start_soon(_call, listener)

    def ask_for_refresh(self) -> None:
        """See `Host`."""
        self.refresh_asked_for.set()

    async def is_paused(self) -> bool:
        """See `Host`: nobody pauses it."""
        return False

    async def scan_completed(self, scan: CompletedScan) -> Sequence[str] | None:
        """See `RemovalPolicy`."""
        return self._gate.decide(scan, self.connector.context.settings.safety)


@asynccontextmanager
async def connector_at_work(
    connector_class: type[IntegrationConnector[Any]],
    directory: Path,
    *,
    connection: Connection | None = None,
    metadata_source: str = "TestedSource",
    permitted_synchronization: PermittedSynchronization | None = None,
    safety: DeletionSafety | None = None,
    uses_blocking_calls: bool = False,
) -> AsyncIterator[ConnectorAtWork]:
    """A connector that has been started, until the block ends; then it is disconnected.

    The store is a file in the directory: with the same directory the next connector finds what this one has left.
    `uses_blocking_calls` has its `engage` run beside the block, once, as the document's field of that name does.
    The other settings have the same defaults as in a document.
    """
    service = next(each for each in registered_services() if issubclass(connector_class, each.connector_class))
    log = Buffer(RECORDS)
    try:
        async with open_sqlite_store(directory / STORE) as store, trio.open_nursery() as nursery:
            context = unhosted_context(
                service.context_class,
                store,
                connection=connection,
                metadata_source=metadata_source,
                permitted_synchronization=permitted_synchronization or service.default_permitted_synchronization,
                safety=safety,
                log=log,
            )
            connector = make_connector(connector_class, context.connection)
            connector.context, connector.connection, connector.connector_name = context, context.connection, NAME
            context.host = at_work = ConnectorAtWork(connector, store, log, nursery)
            try:
                await _begin(connector, nursery, engages=uses_blocking_calls)
                yield at_work
            finally:
                nursery.cancel_scope.cancel(reason="the test is over")
                with trio.fail_after(DISCONNECT_DEADLINE, shield=True):
                    await _call_if_there(connector, "disconnect")
                context.close()
    except BaseExceptionGroup as group:
        raise _only_member(group) from None


def unhosted_context(
    context_class: type[ContextT],
    store: MetadataStore,
    *,
    connection: Connection | None = None,
    metadata_source: str = "TestedSource",
    permitted_synchronization: PermittedSynchronization = PermittedSynchronization.FROM_THIRD_PARTY,
    safety: DeletionSafety | None = None,
    log: Buffer | None = None,
) -> ContextT:
    """A context over any store, for a connector that nobody hosts."""
    settings = ContextSettings(
        connector_name=NAME,
        connector_id=NAME,
        connection=connection or Connection(),
        user_id="tester",
        metadata_source=metadata_source,
        permitted_synchronization=permitted_synchronization,
        incarnation=1,
        max_page_size=0,
        service_options={},
        safety=safety or DeletionSafety(),
    )
    component = Component(component_id=1, component_name=NAME)
    return context_class(settings, store, AuditLog(log or Buffer(RECORDS), component))


async def _begin(connector: IntegrationConnector[Any], nursery: trio.Nursery, *, engages: bool) -> None:
    await _call_if_there(connector, "initialize")
    await _call_if_there(connector, "start")
    if engages:
        nursery.start_soon(_call_if_there, connector, "engage")


def _only_member(error: BaseException) -> BaseException:
    """The exception that a test expects, where nurseries have put nothing but groups around it."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


async def _call_if_there(connector: IntegrationConnector[Any], name: str) -> None:
    method = optional_method(connector, name)
    if method is not None:
        await _call(method)


async def _call(method: Callable[[], Any]) -> None:
    if inspect.iscoroutinefunction(method):
        await method()
    else:
        await trio.to_thread.run_sync(method, abandon_on_cancel=True)
