"""A daemon with many connectors that do nothing, to measure the cost of hosting."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import trio

from audit.batch import RecordBatch
from audit.destination import Destination
from audit.log import Component
from audit.opening import open_audit_log
from audit.record import Originator
from audit.severity import Severity
from integration_daemon.config.document import IntegrationConnectorConfig, IntegrationServiceConfig
from integration_daemon.platform.interpreter import freeze_heap, shorten_switch_interval
from integration_daemon.supervision import operations
from integration_daemon.supervision.connector.operation_outcome import OperationOutcome
from integration_daemon.supervision.daemon import Daemon
from integration_daemon.supervision.environment import DaemonEnvironment, ServiceEnvironment
from integration_daemon.supervision.recovery.dependencies import DependencyWatch, EndpointWatches, MetadataServer
from integration_daemon.supervision.sources import MetadataSources
from services.files.service import SERVICE, FilesIntegratorConnector
from services.framework.broker import ConnectorClass
from services.framework.connection import Connection, ConnectorType, Endpoint
from services.framework.connector import ConnectorProvider
from services.framework.service import IntegrationService
from services.metadata.changes import Batch, ChangePage, ElementPage, Outcome, Query
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.store import MetadataStore


class NoOpConnector(FilesIntegratorConnector):
    """A connector that does nothing."""

    provider = ConnectorProvider(description="Does nothing, as often as asked.")

    async def refresh(self) -> None:
        """Do nothing."""


class AskingConnector(FilesIntegratorConnector):
    """A connector that sends a request to its metadata server."""

    provider = ConnectorProvider(description="Reads what an empty scope holds.")

    async def refresh(self) -> None:
        """Send one small request."""
        await self.context.store.fingerprints("", f"/{self.connector_name}")


class NoStore(MetadataStore):
    """A metadata store without elements."""

    async def register_source(self, source: MetadataSource, *, user: str) -> str:
        return source.qualified_name

    async def fingerprints(
        self, metadata_source: str, scope: str, *, after: str | None = None, limit: int | None = None
    ) -> dict[str, str]:
        return {}

    async def apply(self, batch: Batch) -> Outcome:
        return Outcome()

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        return []

    async def find_page(self, query: Query) -> ElementPage:
        return ElementPage(elements=[])

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        return []

    async def changes(self, after: int, limit: int) -> ChangePage:
        return ChangePage(changes=[], last=after, is_last=True)

    async def aclose(self) -> None:
        return None


class Discard:
    """An audit log destination that discards records without reading them."""

    name = "discard"
    severities = frozenset(Severity)

    def write(self, batch: RecordBatch) -> None:
        """Discard the batch."""

    def close(self) -> None:
        """Do nothing."""


@asynccontextmanager
async def running_daemon(
    connectors: int, *, interval: float = 10.0, destination: Destination | None = None
) -> AsyncIterator[Daemon]:
    """A daemon with this number of connectors that do nothing, all started and refreshed once.

    `interval` is in minutes; the audit log goes to `destination`, or is discarded.
    """
    configs = [connector_config(NoOpConnector, number, interval=interval) for number in range(connectors)]
    async with daemon_of(configs, NoStore(), destination=destination) as daemon:
        yield daemon


@asynccontextmanager
async def daemon_of(
    configs: list[IntegrationConnectorConfig],
    store: MetadataStore,
    service: IntegrationService = SERVICE,
    *,
    refreshes_at_once: int | None = None,
    destination: Destination | None = None,
) -> AsyncIterator[Daemon]:
    """A daemon with one integration service and these connectors, all started and refreshed once.

    Raises `RuntimeError` if a refresh fails.
    """
    shorten_switch_interval()
    component = Component(component_id=1, component_name="benchmark")
    originator = Originator(server_name="benchmark", server_type="Integration Daemon")
    destinations = [destination or Discard()]
    async with open_audit_log(originator, component, destinations) as log, trio.open_nursery() as nursery:
        daemon = Daemon(
            DaemonEnvironment(
                name="benchmark", user_id="benchmark", max_page_size=0, audit_log=log, endpoints=EndpointWatches(log)
            ),
            stop_deadline=60,
        )
        daemon.add_service(
            ServiceEnvironment(
                daemon=daemon.environment,
                service=service,
                config=IntegrationServiceConfig(
                    integration_service_url_marker=service.url_marker,
                    integration_connector_configs=configs,
                    refreshes_at_once=refreshes_at_once,
                ),
                store=store,
                metadata_server="none",
                platform_url="none",
                sources=MetadataSources(store, type_name="FileSystem", display_name="benchmark"),
                watch=DependencyWatch(MetadataServer("none", "none", store, log)),
                threads=trio.CapacityLimiter(40),
            )
        )
        stop = trio.Event()
        await nursery.start(daemon.run, stop)
        while any(connector.last_success is None for connector in daemon.connectors):
            _require_success(await operations.refresh(daemon))
        freeze_heap()
        yield daemon
        stop.set()


def _require_success(outcome: OperationOutcome) -> None:
    if outcome.not_done:
        first = outcome.not_done[0]
        others = f", and {outcome.failed - 1:,} others" if outcome.failed > 1 else ""
        raise RuntimeError(f"{first.connector_name}{others} cannot be refreshed: {first.reason}")


def connector_config(
    connector_class: ConnectorClass, number: int, *, address: str | None = None, interval: float = 10.0
) -> IntegrationConnectorConfig:
    """The configuration of one of several connectors; `interval` is in minutes."""
    provider = f"{connector_class.__module__}.{connector_class.__qualname__}"
    return IntegrationConnectorConfig(
        connector_name=f"connector {number}",
        connector_id=str(number),
        refresh_time_interval=interval,
        connection=Connection(
            connector_type=ConnectorType(connector_provider_class_name=provider),
            endpoint=Endpoint(address=address) if address is not None else None,
        ),
    )
