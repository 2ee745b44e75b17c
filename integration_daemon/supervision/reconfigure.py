"""Changing the connectors of a running daemon, and no others.

From a changed document: what is new is started, what differs is restarted with what it says now, what is gone is
stopped, and what is the same is not touched. From an operator's request: one connection, until the server stops.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from integration_daemon.config.document import IntegrationConnectorConfig, IntegrationServiceConfig
from integration_daemon.supervision import messages
from integration_daemon.supervision.daemon import Daemon
from integration_daemon.supervision.hosted import HostedConnector
from integration_daemon.supervision.hosting import ServiceHosting
from integration_daemon.supervision.service_supervisor import ServiceSupervisor
from services.errors import InvalidParameterError
from services.framework.broker import require_known
from services.framework.connection import Connection


class Reconfigured(msgspec.Struct, kw_only=True, rename="camel"):
    """What a changed document changed, by connector name."""

    added: list[str] = []
    changed: list[str] = []
    removed: list[str] = []
    unchanged: int = 0
    needs_restart: list[str] = []
    """Fields of the document that differ too, and take effect when the server is started again."""


async def reconfigure(daemon: Daemon, hostings: Sequence[ServiceHosting], *, user: str) -> Reconfigured:
    """Have a running daemon host these services and connectors. One such change is made at a time."""
    async with daemon.changing:
        if daemon.is_stopping:
            raise InvalidParameterError(messages.DAEMON_IS_STOPPING, daemon=daemon.name)
        done = Reconfigured()
        await _remove(daemon, hostings, done)
        for hosting in hostings:
            service = _same_service(daemon, hosting)
            if service is None:
                await daemon.start_service(hosting)
                done.added += [config.connector_name for config in _connectors(hosting)]
            else:
                await _update(daemon, service, hosting, done)
        daemon.put_in_order([hosting.config for hosting in hostings])
        _settle(done)
    daemon.hosting.audit_log.record(
        messages.RECONFIGURED,
        daemon=daemon.name,
        user=user,
        added=len(done.added),
        changed=len(done.changed),
        removed=len(done.removed),
        unchanged=done.unchanged,
    )
    return done


def _settle(done: Reconfigured) -> None:
    """Whoever was removed from one service and added to another, or to the same under another policy, is changed."""
    both = set(done.added) & set(done.removed)
    done.changed += [name for name in done.added if name in both]
    done.added = [name for name in done.added if name not in both]
    done.removed = [name for name in done.removed if name not in both]


def _connectors(hosting: ServiceHosting) -> Sequence[IntegrationConnectorConfig]:
    return hosting.config.integration_connector_configs or ()


def _same_service(daemon: Daemon, hosting: ServiceHosting) -> ServiceSupervisor | None:
    """The running service whose document says nothing else, its connectors aside."""
    for service in daemon.services:
        if _all_but_connectors(service.hosting) == _all_but_connectors(hosting):
            return service
    return None


def _all_but_connectors(hosting: ServiceHosting) -> tuple[IntegrationServiceConfig, object]:
    return msgspec.structs.replace(hosting.config, integration_connector_configs=None), hosting.restart_policy


async def _remove(daemon: Daemon, hostings: Sequence[ServiceHosting], done: Reconfigured) -> None:
    """Stop the connectors that are not wanted any more where they are, and services that are not as they were."""
    wanted = {
        (service, config.connector_name)
        for hosting in hostings
        if (service := _same_service(daemon, hosting)) is not None
        for config in _connectors(hosting)
    }
    gone = [hosted for hosted in daemon.connectors if (hosted.service, hosted.name) not in wanted]
    await daemon.remove(gone)
    done.removed += [hosted.name for hosted in gone]
    staying = {_same_service(daemon, hosting) for hosting in hostings}
    for service in [each for each in daemon.services if each not in staying]:
        daemon.end_service(service)


async def _update(daemon: Daemon, service: ServiceSupervisor, hosting: ServiceHosting, done: Reconfigured) -> None:
    present = {hosted.name: hosted for hosted in service.connectors}
    new: list[IntegrationConnectorConfig] = []
    differing: list[HostedConnector] = []
    for config in _connectors(hosting):
        hosted = present.get(config.connector_name)
        if hosted is None:
            new.append(config)
        elif hosted.config != config:
            service.change(hosted, config)
            differing.append(hosted)
        else:
            done.unchanged += 1
    await daemon.begin_anew(differing)
    done.changed += [hosted.name for hosted in differing]
    added = [service.add(config) for config in new]
    await daemon.start_connectors(service, added)
    done.added += [hosted.name for hosted in added]


def named_providers(daemon: Daemon) -> Iterator[str]:
    """The connector provider classes that the daemon's document names, some more than once."""
    for service in daemon.services:
        for config in _connectors(service.hosting):
            yield config.connection.provider
        for hosted in service.connectors:  # of a document that was taken over later
            yield hosted.config.connection.provider


def configuration_properties(daemon: Daemon, name: str) -> dict[str, Any]:
    """The configuration properties of a connector's connection."""
    return dict(daemon.connector(name).config.connection.configuration_properties or {})


async def update_configuration_properties(
    daemon: Daemon, name: str, properties: dict[str, Any] | None, *, merge: bool, user: str
) -> None:
    """Replace or merge a connector's configuration properties until the server stops, and restart it."""
    hosted = daemon.connector(name)
    merged = {**(configuration_properties(daemon, name) if merge else {}), **(properties or {})}
    inserts = {"user": user, "connector": name, "daemon": daemon.name}
    if merged:
        daemon.hosting.audit_log.record(messages.PROPERTIES_CHANGED, names=", ".join(sorted(merged)), **inserts)
    else:
        daemon.hosting.audit_log.record(messages.PROPERTIES_CLEARED, **inserts)
    connection = msgspec.structs.replace(hosted.config.connection, configuration_properties=merged or None)
    await _reconnect(daemon, hosted, connection)


async def update_endpoint(daemon: Daemon, name: str, address: str, *, user: str) -> None:
    """Change the address of a connector's endpoint until the server stops, and restart it.

    Raises `InvalidParameterError` if its connection has no endpoint.
    """
    hosted = daemon.connector(name)
    connection = hosted.config.connection
    if connection.endpoint is None:
        raise InvalidParameterError(messages.NO_ENDPOINT, connector=name, daemon=daemon.name)
    daemon.hosting.audit_log.record(
        messages.ENDPOINT_CHANGED, user=user, connector=name, daemon=daemon.name, address=address
    )
    endpoint = msgspec.structs.replace(connection.endpoint, address=address)
    await _reconnect(daemon, hosted, msgspec.structs.replace(connection, endpoint=endpoint))


async def update_connection(daemon: Daemon, name: str, connection: Connection, *, user: str) -> None:
    """Change a connector's connection until the server stops, and restart it.

    Raises `ConnectorConfigurationError` for a connector class that is neither installed nor named by the document.
    """
    hosted = daemon.connector(name)
    if connection.provider:
        require_known(connection.provider, named_providers(daemon))
    daemon.hosting.audit_log.record(
        messages.CONNECTION_CHANGED, user=user, connector=name, daemon=daemon.name, connection=connection
    )
    await _reconnect(daemon, hosted, connection)


async def _reconnect(daemon: Daemon, hosted: HostedConnector, connection: Connection) -> None:
    hosted.service.change(hosted, msgspec.structs.replace(hosted.config, connection=connection))
    await daemon.restart(connector=hosted.name)
