"""The metadata stores of the services and groups of an integration daemon, and the resources of its services."""

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import msgspec
import trio

from audit.log import AuditLog
from integration_daemon.config.document import IntegrationGroupConfig, IntegrationServiceConfig
from integration_daemon.platform.embedded_store import embedded_store
from integration_daemon.platform.hosting import PlatformSettings, tls_of
from integration_daemon.platform.measured_store import MeasuredStore
from integration_daemon.platform.metadata_servers import access_service_for, login_of
from integration_daemon.platform.opener import Opener
from integration_daemon.platform.server import Server
from integration_daemon.supervision.recovery.dependencies import DependencyWatch, MetadataServer
from services.framework.resources import ServiceHome
from services.framework.service import IntegrationService
from services.metadata.remote import Login, open_remote_store
from services.metadata.server_protocol import MetadataServerProtocol, QualifiedNames
from services.metadata.store import MetadataStore
from services.secret import Secret


class _Key(msgspec.Struct, frozen=True):
    """The settings to reach a metadata server; services with the same settings share its store."""

    platform_url: str
    server: str
    """The name of the metadata server; empty for the embedded store."""
    token: Secret | None
    login: Login | None
    protocol: MetadataServerProtocol | None
    names: QualifiedNames


class MetadataStores:
    """One metadata store for each metadata server, and the shared resources of each service.

    Each is opened at its first use.
    """

    def __init__(self, server: Server, settings: PlatformSettings, log: AuditLog, opener: Opener) -> None:
        self._server = server
        self._settings = settings
        self._log = log
        self._opener = opener
        self._stores: dict[_Key, tuple[MetadataStore, DependencyWatch]] = {}
        self._resources: dict[str, Any] = {}
        self._opening = trio.Lock()

    async def store_and_watch(
        self, config: IntegrationServiceConfig | IntegrationGroupConfig
    ) -> tuple[MetadataStore, DependencyWatch]:
        """The store of a service or group, and the watch of the store: its metadata server, or the embedded store."""
        key = _Key(
            config.omagserver_platform_root_url or "",
            config.omagserver_name or "",
            config.metadata_server_token,
            login_of(config, self._server.config.local_server_user_id),
            config.metadata_server_protocol,
            config.metadata_server_names,
        )
        async with self._opening:
            if key not in self._stores:
                opened = await self._opener.open(partial(self._opened, key))
                store = MeasuredStore(opened)
                self._server.measured[key.server or self._server.name] = store
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
        tls = tls_of(platform_url, self._settings.file, self._settings.ca_bundle)
        return open_remote_store(
            platform_url,
            key.server,
            user,
            tls.ca_bundle,
            token=token,
            login=key.login,
            certificate=tls.certificate,
            protocol=key.protocol,
            names=key.names,
            access_service=access_service_for(self._server.config, key.platform_url, key.server),
            page_size=self._server.config.max_page_size,
            log=self._log,
            allowance=self._settings.allowance,
        )

    async def resources_of(self, service: IntegrationService, options: dict[str, Any]) -> Any:
        """The resources that the connectors of a service share, opened at the first call."""
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
