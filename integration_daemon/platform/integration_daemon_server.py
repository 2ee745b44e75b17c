"""The Integration Daemon server type: makes a supervised daemon from its configuration document."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import trio

from audit.log import AuditLog, Component
from integration_daemon.config.document import (
    IntegrationServiceConfig,
)
from integration_daemon.platform import messages
from integration_daemon.platform.embedded_store import embedded_store
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.server import Server
from integration_daemon.platform.server_run import repository_services
from integration_daemon.supervision.daemon import Daemon
from integration_daemon.supervision.hosting import DaemonHosting, ServiceHosting
from integration_daemon.supervision.messages import NO_SERVICES
from integration_daemon.supervision.outage import DependencyWatch, EndpointWatches, MetadataServer
from integration_daemon.supervision.sources import MetadataSources
from integration_daemon.supervision.wanted import WantedStore
from services.entry_points import broken_offers
from services.errors import InvalidParameterError
from services.metadata.remote import RemoteStore, open_metadata_client
from services.metadata.store import MetadataStore
from services.registry import service_of

THREADS_OF_A_SERVICE = 40
"""Connectors of one service, written as plain functions, that may be at work at the same time."""
DAEMON_SERVICES = Component(
    component_id=2,
    component_name="Integration Daemon Services",
    component_description="Runs integration services and their connectors.",
    component_wiki_url="https://egeria-project.org/services/integration-daemon-services/",
)


@asynccontextmanager
async def integration_daemon(server: Server, settings: PlatformSettings, log: AuditLog) -> AsyncIterator[None]:
    """Open the metadata stores, run the daemon over them, and stop it when the server stops."""
    configs = server.config.integration_services_config or []
    if not configs:
        raise InvalidParameterError(NO_SERVICES, daemon=server.name)
    inserts = {"server_type": server.type_name, "server": server.name}
    async with repository_services(server, log), _Stores(server, settings, log) as stores:
        for offer in await trio.to_thread.run_sync(broken_offers):
            log.record(
                messages.OFFER_NOT_LOADED,
                name=offer.name,
                group=offer.group,
                target=offer.target,
                problem=offer.problem,
            )
        log.record(messages.GOVERNANCE_SERVICES_STARTING, **inserts)
        daemon = await _make_daemon(server, stores, log.child(DAEMON_SERVICES))
        server.daemon = daemon
        stop = trio.Event()
        async with trio.open_nursery() as nursery:
            await nursery.start(daemon.run, stop, name=f"integration daemon {server.name}")
            server.services += [service.hosting.service.full_name for service in daemon.services]
            server.services.append(DAEMON_SERVICES.component_name)
            log.record(messages.GOVERNANCE_SERVICES_STARTED, **inserts)
            yield
            stop.set()


class _Stores:
    """The metadata stores of a daemon's services: one for each metadata server, opened when first asked for."""

    def __init__(self, server: Server, settings: PlatformSettings, log: AuditLog) -> None:
        self._server = server
        self._settings = settings
        self._log = log
        self._exit = AsyncExitStack()
        self._stores: dict[tuple[str, str], tuple[MetadataStore, DependencyWatch]] = {}

    async def __aenter__(self) -> "_Stores":
        await self._exit.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> bool | None:
        return await self._exit.__aexit__(*exception)  # type: ignore[arg-type]

    async def of(self, config: IntegrationServiceConfig) -> tuple[MetadataStore, DependencyWatch]:
        """The store of a service, its metadata server's or the embedded one if it names none, and its watch."""
        key = (config.omagserver_platform_root_url or "", config.omagserver_name or "")
        if key not in self._stores:
            store = await self._open(*key)
            dependency = MetadataServer(key[1] or self._server.name, key[0], store, self._log)
            self._stores[key] = store, DependencyWatch(dependency)
            self._server.store = self._server.store or store
        return self._stores[key]

    async def _open(self, platform_url: str, metadata_server: str) -> MetadataStore:
        if not metadata_server:
            return await self._exit.enter_async_context(embedded_store(self._server, self._log))
        client = await self._exit.enter_async_context(open_metadata_client(self._settings.ca_bundle))
        return RemoteStore(client, platform_url, metadata_server, self._server.config.local_server_user_id)


async def _make_daemon(server: Server, stores: _Stores, log: AuditLog) -> Daemon:
    document = server.config
    hosting = DaemonHosting(
        name=server.name,
        user_id=document.local_server_user_id,
        max_page_size=document.max_page_size,
        audit_log=log,
        endpoints=EndpointWatches(log),
        places=trio.CapacityLimiter(document.refreshes_at_once) if document.refreshes_at_once else None,
    )
    wanted = WantedStore(server.directory / "wanted.json")
    daemon = Daemon(hosting, stop_deadline=document.stop_deadline_seconds, wanted=wanted)
    for config in document.integration_services_config or []:
        daemon.add_service(await _service_hosting(server, hosting, config, stores))
    return daemon


async def _service_hosting(
    server: Server, daemon: DaemonHosting, config: IntegrationServiceConfig, stores: _Stores
) -> ServiceHosting:
    service = service_of(config.integration_service_url_marker)
    store, watch = await stores.of(config)
    return ServiceHosting(
        daemon=daemon,
        service=service,
        config=config,
        store=store,
        metadata_server=config.omagserver_name or server.name,
        platform_url=config.omagserver_platform_root_url or f"file://{server.directory.absolute()}",
        sources=MetadataSources(store, type_name=service.metadata_source_type, display_name=service.full_name),
        watch=watch,
        threads=trio.CapacityLimiter(THREADS_OF_A_SERVICE),
        restart_policy=config.restart_policy or server.config.restart_policy,
    )
