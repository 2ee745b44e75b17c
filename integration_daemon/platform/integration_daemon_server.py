"""The Integration Daemon server type: creates a supervised daemon from its configuration document."""

from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import msgspec
import trio

from audit.log import AuditLog, Component
from integration_daemon.config.document import (
    IntegrationServiceConfig,
    OMAGServerConfig,
    RestartPolicy,
)
from integration_daemon.platform import messages
from integration_daemon.platform.embedded_store import embedded_store
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.opener import Opener
from integration_daemon.platform.server import Server
from integration_daemon.platform.server_run import REPOSITORY_SERVICES, repository_services
from integration_daemon.platform.stopping import for_connectors
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.daemon import Daemon
from integration_daemon.supervision.environment import DaemonEnvironment, ServiceEnvironment
from integration_daemon.supervision.messages import NO_SERVICES
from integration_daemon.supervision.reconfigure import Reconfigured, apply_document
from integration_daemon.supervision.recovery.dependencies import DependencyWatch, EndpointWatches, MetadataServer
from integration_daemon.supervision.sources import MetadataSources
from integration_daemon.supervision.state_file import JsonStateFile
from services.allowance import Allowance
from services.errors import InvalidParameterError
from services.framework.entry_points import broken_offers
from services.framework.resources import ServiceHome
from services.framework.service import IntegrationService
from services.metadata.remote import DEFAULT_ACCESS_SERVICE, open_remote_store
from services.metadata.server_protocol import MetadataServerProtocol, QualifiedNames
from services.metadata.store import MetadataStore
from services.registry import service_of
from services.secret import Secret

THREADS_OF_A_SERVICE = 40
"""Connectors of one service, written as plain functions, that may be at work at the same time."""
DAEMON_SERVICES = Component(
    component_id=2,
    component_name="Integration Daemon Services",
    component_description="Runs integration services and their connectors.",
    component_wiki_url="https://egeria-project.org/services/integration-daemon-services/",
)


_CHANGED_WHILE_RUNNING = frozenset({"integration_services_config", "restart_policy"})
_NOT_ABOUT_THE_SERVER = frozenset({"class_", "version_id", "audit_trail"})


@asynccontextmanager
async def integration_daemon(server: Server, settings: PlatformSettings, log: AuditLog) -> AsyncIterator[None]:
    """Open the metadata stores, run the daemon over them, and stop it when the server stops."""
    if not server.config.integration_services_config:
        raise InvalidParameterError(NO_SERVICES, daemon=server.name)
    inserts = {"server_type": server.type_name, "server": server.name}
    async with repository_services(server, log, settings.allowance), trio.open_nursery() as outer:
        for offer in await trio.to_thread.run_sync(broken_offers):
            log.record(
                messages.OFFER_NOT_LOADED,
                name=offer.name,
                group=offer.group,
                target=offer.target,
                problem=offer.problem,
            )
        log.record(messages.GOVERNANCE_SERVICES_STARTING, **inserts)
        opener = Opener()
        outer.start_soon(opener.run, name=f"metadata stores of {server.name}")
        stores = _Stores(server, settings, log, opener)
        with opener:
            daemon = await _make_daemon(server, stores, settings.allowance, log.child(DAEMON_SERVICES))
            server.daemon = daemon
            server.take_over = partial(_take_over, server, daemon, stores)
            stop = trio.Event()
            async with trio.open_nursery() as nursery:
                await nursery.start(daemon.run, stop, name=f"integration daemon {server.name}")
                _name_services(server, daemon)
                log.record(messages.GOVERNANCE_SERVICES_STARTED, **inserts)
                yield
                stop.set()


def _name_services(server: Server, daemon: Daemon) -> None:
    running = [service.environment.service.full_name for service in daemon.services]
    server.services = [REPOSITORY_SERVICES.component_name, *running, DAEMON_SERVICES.component_name]


async def _take_over(
    server: Server, daemon: Daemon, stores: "_Stores", document: OMAGServerConfig, user: str
) -> Reconfigured:
    """Apply the services and connectors of a changed document to the running daemon."""
    hostings = [
        await _service_hosting(server, daemon.environment, config, stores, document.restart_policy)
        for config in document.integration_services_config or []
    ]
    done = await apply_document(daemon, hostings, user=user)
    for field in msgspec.structs.fields(OMAGServerConfig):
        if field.name in _CHANGED_WHILE_RUNNING:
            setattr(server.config, field.name, getattr(document, field.name))
        elif field.name not in _NOT_ABOUT_THE_SERVER and _differs(field.name, server.config, document):
            done.needs_restart.append(field.encode_name)
    _name_services(server, daemon)
    return done


def _differs(name: str, one: OMAGServerConfig, other: OMAGServerConfig) -> bool:
    return bool(getattr(one, name) != getattr(other, name))


class _Key(msgspec.Struct, frozen=True):
    """The settings to reach a metadata server; services with the same settings share its store."""

    platform_url: str
    server: str
    """Its name; empty for the embedded store."""
    token: Secret | None
    protocol: MetadataServerProtocol | None
    names: QualifiedNames


class _Stores:
    """The metadata stores of a daemon's services: one for each metadata server, opened when first asked for.

    Likewise what the connectors of a service share.
    """

    def __init__(self, server: Server, settings: PlatformSettings, log: AuditLog, opener: Opener) -> None:
        self._server = server
        self._settings = settings
        self._log = log
        self._opener = opener
        self._stores: dict[_Key, tuple[MetadataStore, DependencyWatch]] = {}
        self._resources: dict[str, Any] = {}
        self._opening = trio.Lock()

    async def of(self, config: IntegrationServiceConfig) -> tuple[MetadataStore, DependencyWatch]:
        """The store of a service and its watch: that of its metadata server, or the embedded store if it names none."""
        key = _Key(
            config.omagserver_platform_root_url or "",
            config.omagserver_name or "",
            config.metadata_server_token,
            config.metadata_server_protocol,
            config.metadata_server_names,
        )
        async with self._opening:
            if key not in self._stores:
                store = await self._opener.open(partial(self._opened, key))
                place = key.platform_url or f"file://{self._server.directory.absolute()}"
                dependency = MetadataServer(key.server or self._server.name, place, store, self._log)
                self._stores[key] = store, DependencyWatch(dependency)
                self._server.store = self._server.store or store
            return self._stores[key]

    def _opened(self, key: _Key) -> AbstractAsyncContextManager[MetadataStore]:
        if not key.server:
            return embedded_store(self._server, self._settings, self._log)
        user, own = self._server.config.local_server_user_id, self._settings.own_access
        platform_url, token = key.platform_url, key.token
        if token is None and own is not None and own.leads_to(platform_url):
            platform_url, token = own.url, own.token  # another process may listen at the same port of another address
        return open_remote_store(
            platform_url,
            key.server,
            user,
            self._settings.ca_bundle,
            token=token,
            protocol=key.protocol,
            names=key.names,
            access_service=_access_service(self._server.config, key),
            page_size=self._server.config.max_page_size,
            log=self._log,
            allowance=self._settings.allowance,
        )

    async def resources_of(self, service: IntegrationService, options: dict[str, Any]) -> Any:
        """What the connectors of a service share, opened for the first of them."""
        if service.open_resources is None:
            return None
        home = ServiceHome(
            directory=self._server.directory / service.url_marker,
            options=options,
            connectors=partial(_connectors_of, self._server, service.url_marker),
            audit_log=self._log,
        )
        async with self._opening:
            if service.url_marker not in self._resources:
                opened = await self._opener.open(partial(service.open_resources, home))
                self._resources[service.url_marker] = opened
        return self._resources[service.url_marker]


def _connectors_of(server: Server, marker: str) -> Collection[str]:
    """The names of the connectors of a service."""
    services = [] if server.daemon is None else server.daemon.services
    return {name for each in services if each.environment.service.url_marker == marker for name in each.connectors}


def _access_service(config: OMAGServerConfig, key: _Key) -> str:
    """The URL marker of the access service for the requests to a metadata server.

    It is the partner of the integration services that use this server; of several, the Data Manager, or else the first.
    """
    partners = [
        (each.integration_service_partner_omas or service_of(each.integration_service_url_marker).partner)
        for each in config.integration_services_config or ()
        if (each.omagserver_platform_root_url, each.omagserver_name) == (key.platform_url, key.server)
    ]
    markers = [each.removesuffix(" OMAS").strip().lower().replace(" ", "-") for each in partners]
    return markers[0] if markers and DEFAULT_ACCESS_SERVICE not in markers else DEFAULT_ACCESS_SERVICE


async def _make_daemon(server: Server, stores: _Stores, allowance: Allowance, log: AuditLog) -> Daemon:
    document = server.config
    hosting = DaemonEnvironment(
        name=server.name,
        user_id=document.local_server_user_id,
        max_page_size=document.max_page_size,
        audit_log=log,
        endpoints=EndpointWatches(log),
        allowance=allowance,
        slots=trio.CapacityLimiter(document.refreshes_at_once) if document.refreshes_at_once else None,
    )
    daemon = Daemon(
        hosting,
        stop_deadline=for_connectors(document.stop_deadline_seconds),
        target_states=JsonStateFile(server.directory / "wanted.json", dict[str, TargetState], {}),
        rejections=JsonStateFile(server.directory / "rejected-removals.json", dict[str, dict[str, int]], {}),
    )
    for config in document.integration_services_config or []:
        daemon.add_service(await _service_hosting(server, hosting, config, stores, document.restart_policy))
    return daemon


async def _service_hosting(
    server: Server,
    daemon: DaemonEnvironment,
    config: IntegrationServiceConfig,
    stores: _Stores,
    policy: RestartPolicy,
) -> ServiceEnvironment:
    service = service_of(config.integration_service_url_marker)
    store, watch = await stores.of(config)
    return ServiceEnvironment(
        daemon=daemon,
        service=service,
        config=config,
        store=store,
        metadata_server=config.omagserver_name or server.name,
        platform_url=config.omagserver_platform_root_url or f"file://{server.directory.absolute()}",
        sources=MetadataSources(store, type_name=service.metadata_source_type, display_name=service.full_name),
        watch=watch,
        threads=trio.CapacityLimiter(THREADS_OF_A_SERVICE),
        restart_policy=config.restart_policy or policy,
        resources=await stores.resources_of(service, config.integration_service_options or {}),
    )
