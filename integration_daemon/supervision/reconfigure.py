"""Reconfiguration of a running daemon without a disturbance of unchanged connectors.

From a changed document: new connectors are started, changed ones restarted with their new configuration, removed ones
stopped, and unchanged ones left alone. From an operator's request: one connection is changed.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec
import trio
from msgspec import UNSET

from integration_daemon.config.document import IntegrationConnectorConfig, IntegrationServiceConfig
from integration_daemon.supervision import messages
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.operation_outcome import Goal, NotDone
from integration_daemon.supervision.connector.outcomes import NAMED, reason_not_reached
from integration_daemon.supervision.connector.state import ConnectorState
from integration_daemon.supervision.daemon import Daemon, Former, Placed
from integration_daemon.supervision.environment import ServiceEnvironment
from integration_daemon.supervision.operations import restart_selected
from integration_daemon.supervision.reconfigured import Reconfigured
from integration_daemon.supervision.service import ServiceSupervisor
from integration_daemon.supervision.timetable import SLICE
from services.allowance import EVERYTHING
from services.errors import InvalidParameterError
from services.framework.broker import require_known
from services.framework.connection import Connection
from services.framework.factory import require_allowed_connection


async def apply_document(daemon: Daemon, environments: Sequence[ServiceEnvironment], *, user: str) -> Reconfigured:
    """Have a running daemon run the services and connectors of a changed document, and log the changes."""
    done = await apply_services(daemon, environments)
    daemon.environment.audit_log.record(
        messages.RECONFIGURED,
        daemon=daemon.name,
        user=user,
        added=len(done.added),
        changed=len(done.changed),
        removed=len(done.removed),
        unchanged=done.unchanged,
    )
    return done


async def apply_services(
    daemon: Daemon, environments: Sequence[ServiceEnvironment], *, group: str | None = None
) -> Reconfigured:
    """Have a running daemon run these services and connectors. One such change is made at a time.

    With a `group`, they are the services of that integration group, and no others are touched.
    """
    async with daemon.changing:
        daemon.require_running()
        done = Reconfigured()
        former = await _remove(daemon, environments, done, group)
        for environment in environments:
            service = _same_service(daemon, environment)
            if service is None:
                await daemon.start_service(environment, former)
                done.added += [config.connector_name for config in _connectors(environment)]
            else:
                await _update(daemon, service, environment, former, done)
        daemon.reorder(environments)
        _settle(done)
        done.not_running = _not_running(daemon, [*done.added, *done.changed]) or UNSET
    return done


def _not_running(daemon: Daemon, names: Sequence[str]) -> list[NotDone]:
    """The first of these connectors that have failed."""
    failed = (each for each in map(daemon.connector, names) if each.state is ConnectorState.FAILED)
    return [reason for each in islice(failed, NAMED) if (reason := reason_not_reached(each, Goal.RESTART)) is not None]


def _settle(done: Reconfigured) -> None:
    """Report connectors that were removed from a service and added to another, or to its replacement, as changed."""
    both = set(done.added) & set(done.removed)
    done.changed += [name for name in done.added if name in both]
    done.added = [name for name in done.added if name not in both]
    done.removed = [name for name in done.removed if name not in both]


def _connectors(environment: ServiceEnvironment) -> Sequence[IntegrationConnectorConfig]:
    return environment.config.integration_connector_configs or ()


def _same_service(daemon: Daemon, environment: ServiceEnvironment) -> ServiceSupervisor | None:
    """The running service that equals this one except for its connectors, if any."""
    for service in daemon.services:
        if _all_but_connectors(service.environment) == _all_but_connectors(environment):
            return service
    return None


def _all_but_connectors(environment: ServiceEnvironment) -> tuple[IntegrationServiceConfig, object, str]:
    config = msgspec.structs.replace(environment.config, integration_connector_configs=None)
    return config, environment.restart_policy, environment.group


async def _remove(
    daemon: Daemon, environments: Sequence[ServiceEnvironment], done: Reconfigured, group: str | None
) -> Former:
    """Stop connectors that the document no longer has in their service, and services that have changed."""
    staying = {_same_service(daemon, environment): environment for environment in environments}
    concerned = [each for each in daemon.services if group in (None, each.environment.group)]
    obsolete: list[Placed] = []
    for service in concerned:
        environment = staying.get(service)
        wanted = {each.connector_name for each in _connectors(environment)} if environment is not None else frozenset()
        obsolete += [(service, connector) for name, connector in service.connectors.items() if name not in wanted]
        await trio.lowlevel.checkpoint()
    await daemon.remove(obsolete)
    done.removed += [connector.name for _, connector in obsolete]
    for service in [each for each in concerned if each not in staying]:
        daemon.end_service(service)
    return {connector.name: connector for _, connector in obsolete}


async def _update(
    daemon: Daemon, service: ServiceSupervisor, environment: ServiceEnvironment, former: Former, done: Reconfigured
) -> None:
    new: list[IntegrationConnectorConfig] = []
    differing: list[ManagedConnector] = []
    for number, config in enumerate(_connectors(environment), 1):
        if number % SLICE == 0:
            await trio.lowlevel.checkpoint()
        connector = service.connectors.get(config.connector_name)
        if connector is None:
            new.append(config)
        elif connector.config is not config and connector.config != config:
            service.change(connector, config)
            differing.append(connector)
        else:
            done.unchanged += 1
    await _restart_changed(daemon, service, differing)
    daemon.require_running()  # the daemon may have begun to stop meanwhile
    done.changed += [connector.name for connector in differing]
    added = [service.add(config) for config in new]
    await daemon.start_connectors(service, added, former)
    done.added += [connector.name for connector in added]


async def _restart_changed(daemon: Daemon, service: ServiceSupervisor, changed: Sequence[ManagedConnector]) -> None:
    """Restart connectors whose configuration has changed, at their new refresh interval."""
    for connector in changed:
        daemon.timetable.plan_refresh(service, connector, trio.current_time() + connector.interval)
    await restart_selected(daemon, [(service, connector) for connector in changed], keeps_paused=False)


def named_providers(daemon: Daemon, among: Callable[[str], bool] | None = None) -> Iterator[str]:
    """The connector provider classes that the daemon's document names, some of them twice.

    With `among`, only those of connectors whose names it accepts.
    """
    for service in daemon.services:
        configs = [*_connectors(service.environment)]
        configs += [each.config for each in service.connectors.values()]  # changed since
        for config in configs:
            if among is None or among(config.connector_name):
                yield config.connection.provider


def configuration_properties(daemon: Daemon, name: str) -> dict[str, Any]:
    """The configuration properties of a connector's connection."""
    return dict(daemon.connector(name).config.connection.configuration_properties or {})


async def update_configuration_properties(
    daemon: Daemon, name: str, properties: dict[str, Any] | None, *, merge: bool, user: str
) -> None:
    """Replace or merge a connector's configuration properties, and restart it."""
    placed = daemon.place_of(name)
    merged = {**(configuration_properties(daemon, name) if merge else {}), **(properties or {})}
    inserts = {"user": user, "connector": name, "daemon": daemon.name}
    if merged:
        daemon.environment.audit_log.record(messages.PROPERTIES_CHANGED, names=", ".join(sorted(merged)), **inserts)
    else:
        daemon.environment.audit_log.record(messages.PROPERTIES_CLEARED, **inserts)
    connection = msgspec.structs.replace(placed[1].config.connection, configuration_properties=merged or None)
    await _reconnect(daemon, placed, connection)


async def update_endpoint(daemon: Daemon, name: str, address: str, *, user: str) -> None:
    """Change the address of a connector's endpoint, and restart it.

    Raises `InvalidParameterError` if its connection has no endpoint, `ConnectorConfigurationError` for an address that
    the platform does not allow.
    """
    placed = daemon.place_of(name)
    connection = placed[1].config.connection
    if connection.endpoint is None:
        raise InvalidParameterError(messages.NO_ENDPOINT, connector=name, daemon=daemon.name)
    endpoint = msgspec.structs.replace(connection.endpoint, address=address)
    changed = msgspec.structs.replace(connection, endpoint=endpoint)
    await _require_allowed(daemon, name, changed)
    daemon.environment.audit_log.record(
        messages.ENDPOINT_CHANGED, user=user, connector=name, daemon=daemon.name, address=address
    )
    await _reconnect(daemon, placed, changed)


async def update_connection(daemon: Daemon, name: str, connection: Connection, *, user: str) -> None:
    """Change a connector's connection, and restart it.

    Raises `ConnectorConfigurationError` for a connector class that is neither installed nor named by the document, and
    for a class or an address that the platform does not allow.
    """
    placed = daemon.place_of(name)
    if connection.provider:
        require_known(connection.provider, named_providers(daemon))
    await _require_allowed(daemon, name, connection)
    daemon.environment.audit_log.record(
        messages.CONNECTION_CHANGED, user=user, connector=name, daemon=daemon.name, connection=connection
    )
    await _reconnect(daemon, placed, connection)


async def _require_allowed(daemon: Daemon, name: str, connection: Connection) -> None:
    """Raise `ConnectorConfigurationError` for a connection that the platform does not allow."""
    allowance = daemon.environment.allowance
    if allowance != EVERYTHING:
        await trio.to_thread.run_sync(require_allowed_connection, connection, name, allowance, abandon_on_cancel=True)


async def _reconnect(daemon: Daemon, placed: Placed, connection: Connection) -> None:
    service, connector = placed
    service.change(connector, msgspec.structs.replace(connector.config, connection=connection))
    await restart_selected(daemon, [placed], urgent=True, keeps_paused=False)
