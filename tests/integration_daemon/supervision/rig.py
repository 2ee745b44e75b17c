"""A daemon with scripted connectors for tests, which inspect its audit log and its metadata server."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
import trio

from audit.log import AuditLog, Buffer, Component
from integration_daemon.config.document import IntegrationConnectorConfig, IntegrationServiceConfig, RestartPolicy
from integration_daemon.supervision.connector.status import ConnectorReport, report_of
from integration_daemon.supervision.daemon import Daemon
from integration_daemon.supervision.environment import DaemonEnvironment, ServiceEnvironment
from integration_daemon.supervision.recovery.dependencies import DependencyWatch, EndpointWatches, MetadataServer
from integration_daemon.supervision.recovery.restart_policy import AutomaticRestart
from integration_daemon.supervision.sources import MetadataSources
from integration_daemon.supervision.tracing import RefreshTracing
from services.files.service import SERVICE, FilesIntegratorConnector
from services.framework.connection import Connection, ConnectorType
from services.framework.connector import ConnectorProvider
from services.framework.context import IntegrationContext
from services.metadata.changes import Batch, ChangePage, ElementPage, Outcome, Query
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.store import MetadataStore

PATIENCE = 60.0
"""Seconds that a test waits for what must come; a slow machine takes its time."""

Step = Callable[["Scripted"], Awaitable[None]]


@dataclass
class Script:
    """The steps of a connector's methods, and the calls so far."""

    initialize: Step | None = None
    start: Step | None = None
    refresh: Step | None = None
    engage: Step | None = None
    disconnect: Step | None = None
    listener: Step | None = None
    calls: list[str] = field(default_factory=list)

    async def play(self, method: str, connector: "Scripted") -> None:
        """Record the call and run the step of the method."""
        self.calls.append(method)
        step: Step | None = getattr(self, method)
        if step is not None:
            await step(connector)


SCRIPTS: dict[str, Script] = {}


class Scripted(FilesIntegratorConnector):
    """A connector that follows the script with its name."""

    provider = ConnectorProvider(description="Follows a script.")

    @property
    def script(self) -> Script:
        """The script of this connector."""
        return SCRIPTS[self.connector_name]

    async def initialize(self) -> None:
        await self.script.play("initialize", self)

    async def start(self) -> None:
        await self.script.play("start", self)
        if self.script.listener is not None:
            self.context.listen(partial(self.script.play, "listener", self))

    async def refresh(self) -> None:
        await self.script.play("refresh", self)

    async def engage(self) -> None:
        await self.script.play("engage", self)

    async def disconnect(self) -> None:
        await self.script.play("disconnect", self)


class MemoryServer(MetadataStore):
    """A metadata server that can be down, and records its requests."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked: list[str] = []
        self.applied: list[Batch] = []

    async def register_source(self, source: MetadataSource, *, user: str) -> str:
        self.asked.append(source.qualified_name)
        await self._answer()
        return "guid of " + source.qualified_name

    async def fingerprints(
        self, metadata_source: str, scope: str, *, after: str | None = None, limit: int | None = None
    ) -> dict[str, str]:
        await self._answer()
        return {}

    async def _answer(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.error is not None:
            raise self.error

    async def apply(self, batch: Batch) -> Outcome:
        await self._answer()
        self.applied.append(batch)
        return Outcome()

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        return []

    async def find_page(self, query: Query) -> ElementPage:
        await self._answer()
        return ElementPage(elements=[])

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        return []

    async def changes(self, after: int, limit: int) -> ChangePage:
        return ChangePage(changes=[], last=after, is_last=True)

    async def aclose(self) -> None:
        return None


def waits(seconds: float) -> Step:
    """A step that takes this many seconds."""

    async def step(connector: Scripted) -> None:
        await trio.sleep(seconds)

    return step


def once(first: Step) -> Step:
    """A step that runs only the first time."""
    done: list[bool] = []

    async def step(connector: Scripted) -> None:
        if not done:
            done.append(True)
            await first(connector)

    return step


@dataclass
class Rig:
    """A running daemon with its script, audit log and metadata server."""

    daemon: Daemon
    buffer: Buffer
    server: MemoryServer
    stop: trio.Event
    hosting: ServiceEnvironment
    """Of its first service."""

    def report(self, name: str) -> ConnectorReport:
        """The status of a connector."""
        return report_of(self.daemon.connector(name))

    def state(self, name: str) -> str:
        """The label of a connector's state."""
        return self.report(name).state.label

    def refreshes(self, name: str) -> int:
        """The refreshes begun in the current incarnation of a connector."""
        incarnation = self.daemon.connector(name).incarnation
        return incarnation.refreshes if incarnation is not None else 0

    def context(self, name: str) -> IntegrationContext:
        """The context of a running connector."""
        incarnation = self.daemon.connector(name).incarnation
        assert incarnation is not None
        assert incarnation.context is not None
        return incarnation.context

    def said(self, *ids: str) -> list[str]:
        """The audit log: `{id} {text}` of each record, or only of records whose id has one of these endings."""
        return [
            f"{entry.message.id} {entry.message.render(entry.parameters)}"
            for entry in self.buffer.entries
            if not ids or entry.message.id.endswith(ids)
        ]


def scripted(name: str, script: Script | None = None, **settings: Any) -> IntegrationConnectorConfig:
    """The configuration of a scripted connector."""
    SCRIPTS[name] = script or Script()
    settings.setdefault("connection", connection_to(Scripted))
    return IntegrationConnectorConfig(connector_name=name, connector_id=f"id of {name}", **settings)


def connection_to(connector_class: type) -> Connection:
    """A connection with this connector class."""
    provider = f"{connector_class.__module__}.{connector_class.__qualname__}"
    return Connection(connector_type=ConnectorType(connector_provider_class_name=provider))


async def until(condition: Callable[[], bool]) -> None:
    """Poll until a condition holds that threads or processes bring about."""
    with trio.fail_after(PATIENCE):
        while not condition():  # noqa: ASYNC110 - nothing tells of it
            await trio.sleep(0.02)


@asynccontextmanager
async def running(
    *configs: IntegrationConnectorConfig,
    server: MemoryServer | None = None,
    store: MetadataStore | None = None,
    recovery: Callable[[], AutomaticRestart] | None = None,
    stop_deadline: float = 30.0,
    at_once: int | None = None,
    service_at_once: int | None = None,
    tracing: RefreshTracing | None = None,
    second_service: Sequence[IntegrationConnectorConfig] = (),
    threads: int = 4,
) -> AsyncIterator[Rig]:
    """Run a daemon with one files integration service and these connectors until the block ends."""
    buffer = Buffer(1_000_000)
    log = AuditLog(buffer, Component(component_id=1, component_name="rig"))
    memory = server or MemoryServer()
    store = store or memory
    daemon = Daemon(_environment(log, at_once, tracing), stop_deadline=stop_deadline)
    service = IntegrationServiceConfig(
        integration_service_url_marker=SERVICE.url_marker,
        integration_connector_configs=list(configs),
        refreshes_at_once=service_at_once,
    )
    hosting = ServiceEnvironment(
        daemon=daemon.environment,
        service=SERVICE,
        config=service,
        store=store,
        metadata_server="cocoMDS1",
        platform_url="https://localhost:9444",
        sources=MetadataSources(store, type_name="FileSystem", display_name="Files Integrator OMIS"),
        watch=DependencyWatch(MetadataServer("cocoMDS1", "https://localhost:9444", store, log)),
        threads=trio.CapacityLimiter(threads),
        restart_policy=RestartPolicy.AUTOMATIC if recovery else RestartPolicy.MANUAL,
        recovery=recovery or AutomaticRestart,
    )
    daemon.add_service(hosting)
    if second_service:
        other = msgspec.structs.replace(service, integration_connector_configs=list(second_service))
        daemon.add_service(msgspec.structs.replace(hosting, config=other, threads=trio.CapacityLimiter(threads)))
    rig = Rig(daemon, buffer, memory, trio.Event(), hosting)
    async with trio.open_nursery() as nursery:
        await nursery.start(daemon.run, rig.stop)
        await trio.testing.wait_all_tasks_blocked()
        yield rig
        rig.stop.set()


def _environment(log: AuditLog, at_once: int | None, tracing: RefreshTracing | None) -> DaemonEnvironment:
    return DaemonEnvironment(
        name="exchangeDL01",
        user_id="exchangeDL01npa",
        max_page_size=100,
        audit_log=log,
        endpoints=EndpointWatches(log),
        slots=trio.CapacityLimiter(at_once) if at_once else None,
        tracing=tracing,
    )
