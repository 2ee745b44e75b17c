"""Runs a connector in a test, without a daemon, with a real store.

    async with running_connector(InboxMonitor, tmp_path, connection=Connection(...)) as running:
        outcome = await running.refresh()
        assert outcome.created == 2

The connector's methods are called in the same order as by the daemon: an `async def` on the event loop, a plain `def`
on a worker thread. The test receives their exceptions. There are no deadlines and no restarts.
"""

import inspect
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

import trio

from audit.log import AuditLog, Buffer, Component
from services.framework.broker import ConnectorClass, make_connector
from services.framework.connection import Connection
from services.framework.connector import IntegrationConnector, optional_method
from services.framework.context import ContextSettings, IntegrationContext
from services.framework.factory import give_context
from services.framework.host import Listener
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.resources import ServiceHome
from services.framework.service import IntegrationService
from services.metadata.changes import Outcome, Query
from services.metadata.element import ElementRecord
from services.metadata.removal import CompletedScan, DeletionSafety, HeldRemoval, RemovalGate
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore
from services.registry import registered_services

ContextT = TypeVar("ContextT", bound=IntegrationContext)

STORE = "open-metadata.sqlite"
NAME = "TestedConnector"
SOURCE = "TestedSource"
DISCONNECT_DEADLINE = 10.0
"""Seconds."""
RECORDS = 1_000_000
"""Maximum number of audit log records."""


class RunningConnector:
    """A connector with its store and its audit log."""

    def __init__(
        self, connector: IntegrationConnector[Any], store: MetadataStore, log: Buffer, nursery: trio.Nursery
    ) -> None:
        self.connector = connector
        self.store = store
        self.refresh_requested = trio.Event()
        """Set when the connector has requested a refresh."""
        self.method = ""
        """The last called method."""
        self.disconnect_due = False
        """True if `disconnect` is due: once for each `initialize`."""
        self._log = log
        self._nursery = nursery
        self._background_tasks: list[tuple[trio.CancelScope, trio.Event]] = []
        self._gate = RemovalGate()

    async def refresh(self) -> Outcome:
        """Refresh the connector, and return the changes to the store."""
        self.refresh_requested = trio.Event()
        await self.call("refresh")
        return self.connector.context.store.take_outcome() or Outcome()

    async def call(self, name: str) -> None:
        """Call a method of the connector, if it exists; raises the method's exceptions."""
        self.method = name
        if name in ("initialize", "disconnect"):
            self.disconnect_due = name == "initialize"
        method = optional_method(self.connector, name)
        if method is not None:
            await _call(method)

    def engage(self) -> None:
        """Run the connector's `engage` once, beside its other methods, until it is disconnected."""
        method = optional_method(self.connector, "engage")
        if method is not None:
            self.listen(method)

    async def disconnect(self) -> None:
        """Cancel the connector's listeners and its `engage`, wait until they have ended, and disconnect it."""
        for scope, _ in self._background_tasks:
            scope.cancel(reason="the connector is disconnected")
        for _, ended in self._background_tasks:
            await ended.wait()
        await self.call("disconnect")

    async def elements(self, type_name: str | None = None, *, archived: bool = False) -> list[ElementRecord]:
        """The elements in the store, oldest first: of a type with its subtypes, or of all types."""
        query = Query(type_name=type_name, include_archived=archived)
        return [each async for each in self.connector.context.find_each(query)]

    @property
    def messages(self) -> list[str]:
        """The audit log records of the connector, each as `{id} {text}`."""
        return [f"{each.message.id} {each.message.render(each.parameters)}" for each in self._log.entries]

    @property
    def held(self) -> Sequence[HeldRemoval]:
        """Removals that need an operator's approval."""
        return self._gate.held

    def listen(self, listener: Listener) -> None:
        """See `Host`."""
        scope, ended = trio.CancelScope(), trio.Event()
        self._background_tasks.append((scope, ended))
        self._nursery.start_soon(_listening, listener, scope, ended)

    def ask_for_refresh(self) -> None:
        """See `Host`."""
        self.refresh_requested.set()

    async def is_paused(self) -> bool:
        """See `Host`. A tested connector is never paused."""
        return False

    async def scan_completed(self, scan: CompletedScan) -> Sequence[str] | None:
        """See `RemovalPolicy`."""
        return self._gate.decide(scan, self.connector.context.settings.safety)


@asynccontextmanager
async def running_connector(
    connector_class: ConnectorClass,
    directory: Path,
    *,
    connection: Connection | None = None,
    metadata_source: str = SOURCE,
    permitted_synchronization: PermittedSynchronization | None = None,
    safety: DeletionSafety | None = None,
    uses_blocking_calls: bool = False,
    service_options: dict[str, Any] | None = None,
) -> AsyncIterator[RunningConnector]:
    """Yield a started connector, and disconnect it at the end of the block.

    The store is a file in the directory: with the same directory, the next connector finds the elements of this one.
    `uses_blocking_calls` runs its `engage` once beside the block, like the document's field of that name. The other
    settings have the same defaults as in a document.
    """
    settings = settings_of(
        connection,
        permitted_synchronization or service_for(connector_class).default_permitted_synchronization,
        metadata_source=metadata_source,
        safety=safety,
        service_options=service_options,
    )
    try:
        async with (
            open_sqlite_store(directory / STORE) as store,
            connector_over(store, connector_class, settings, directory) as running,
        ):
            await running.call("initialize")
            await running.call("start")
            if uses_blocking_calls:
                running.engage()
            yield running
    except BaseExceptionGroup as group:
        raise _only_member(group) from None


@asynccontextmanager
async def connector_over(
    store: MetadataStore, connector_class: ConnectorClass, settings: ContextSettings, directory: Path
) -> AsyncIterator[RunningConnector]:
    """A connector with any store, none of whose methods has been called.

    The directory contains the shared resources of its service. At the end of the block, its listeners are cancelled, it
    is disconnected if it was initialized, and its context is closed.
    """
    log = Buffer(RECORDS)
    connector = make_connector(connector_class, settings.connection)
    service = service_for(connector_class)
    async with _resources(service, settings, directory, log) as resources, trio.open_nursery() as nursery:
        running = RunningConnector(connector, store, log, nursery)
        give_context(connector, service, settings, store, _audit_log(log), running, resources)
        try:
            yield running
        finally:
            if running.disconnect_due:
                with trio.fail_after(DISCONNECT_DEADLINE, shield=True):
                    await running.disconnect()
            nursery.cancel_scope.cancel(reason="the test is over")
            connector.context.close()


def _resources(
    service: IntegrationService, settings: ContextSettings, directory: Path, log: Buffer
) -> AbstractAsyncContextManager[Any]:
    if service.open_resources is None:
        return nullcontext()
    home = ServiceHome(
        directory=directory / service.url_marker,
        options=settings.service_options,
        connectors=lambda: {settings.connector_name},
        audit_log=_audit_log(log),
    )
    return service.open_resources(home)


def unhosted_context(
    context_class: type[ContextT],
    store: MetadataStore,
    *,
    connection: Connection | None = None,
    metadata_source: str = SOURCE,
    permitted_synchronization: PermittedSynchronization = PermittedSynchronization.FROM_THIRD_PARTY,
    safety: DeletionSafety | None = None,
    log: Buffer | None = None,
) -> ContextT:
    """A context with any store, for a connector outside a daemon."""
    settings = settings_of(connection, permitted_synchronization, metadata_source=metadata_source, safety=safety)
    return context_class(settings, store, _audit_log(log or Buffer(RECORDS)))


def settings_of(
    connection: Connection | None,
    permitted_synchronization: PermittedSynchronization,
    *,
    metadata_source: str = SOURCE,
    safety: DeletionSafety | None = None,
    incarnation: int = 1,
    service_options: dict[str, Any] | None = None,
) -> ContextSettings:
    """The context settings of a tested connector."""
    return ContextSettings(
        connector_name=NAME,
        connector_id=NAME,
        connection=connection or Connection(),
        user_id="tester",
        metadata_source=metadata_source,
        permitted_synchronization=permitted_synchronization,
        incarnation=incarnation,
        max_page_size=0,
        service_options=service_options or {},
        safety=safety or DeletionSafety(),
    )


def service_for(connector_class: ConnectorClass) -> IntegrationService:
    """The integration service of a connector class; raises `LookupError` if there is none."""
    for service in registered_services():
        if issubclass(connector_class, service.connector_class):
            return service
    name = connector_class.__qualname__
    raise LookupError(f"{name} does not inherit from the connector class of an integration service")


def _audit_log(log: Buffer) -> AuditLog:
    return AuditLog(log, Component(component_id=1, component_name=NAME))


def _only_member(error: BaseException) -> BaseException:
    """The exception that a test expects, without the exception groups that nurseries add."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


async def _listening(listener: Listener, scope: trio.CancelScope, ended: trio.Event) -> None:
    try:
        with scope:
            await _call(listener)
    finally:
        ended.set()


async def _call(method: Callable[[], Any]) -> None:
    if inspect.iscoroutinefunction(method):
        await method()
    else:
        await trio.to_thread.run_sync(method, abandon_on_cancel=True)
