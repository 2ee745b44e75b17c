"""Tests the connections of a configuration document without running its servers."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import trio

from audit.log import AuditLog, Buffer, Component
from audit.masking import masked_text
from audit.safe_text import safe_text
from integration_daemon.config.check_settings import context_settings
from integration_daemon.config.document import IntegrationConnectorConfig, IntegrationServiceConfig, OMAGServerConfig
from integration_daemon.config.platform_file import PlatformFile
from integration_daemon.config.units import units_of
from integration_daemon.platform.embedded_store import require_usable
from integration_daemon.platform.hosting import tls_of
from integration_daemon.platform.metadata_servers import access_service_for, login_of
from integration_daemon.supervision.isolation.calls import as_async_call, contained
from integration_daemon.supervision.recovery.failure import FailureKind, failure_from
from services.allowance import Allowance
from services.errors import PropertyServerError
from services.framework.connector import optional_method
from services.framework.discretion import KnownSecrets, known_secrets
from services.framework.factory import connector_class_for, give_context, new_connector, require_allowed_endpoints
from services.metadata.changes import Query
from services.metadata.remote import open_remote_store
from services.metadata.store import MetadataStore
from services.registry import service_of
from services.secret import Secret

AT_ONCE = 16
"""The largest number of tests at the same time."""
DEADLINE = 60.0
"""The time limit of each test in seconds."""


class ProbeResult(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The result of testing one connection."""

    name: str
    seen: str = ""
    """A description of the technology behind the connection."""
    problem: str = ""
    """The reason of the failure; empty: no failure."""
    failure_kind: str = ""
    user_action: str = ""


class Probe(msgspec.Struct, frozen=True):
    """A connection to test: its name, the test, and its secrets."""

    name: str
    call: Callable[[], Awaitable[str]]
    secrets: KnownSecrets | None = None


async def probe_connections(config: OMAGServerConfig, ca_bundle: Path | None, file: PlatformFile) -> list[ProbeResult]:
    """Probe each connection of a document that the platform allows, in the document's order."""
    limiter = trio.CapacityLimiter(AT_ONCE)
    allowance = await trio.to_thread.run_sync(file.allowance)
    probes = [*_metadata_stores(config, ca_bundle, file, allowance), *_connectors(config, allowance)]
    results: dict[int, ProbeResult] = {}

    async def try_one(number: int, each: Probe) -> None:
        async with limiter:
            results[number] = await _probed(each)

    async with trio.open_nursery() as nursery:
        for number, each in enumerate(probes):
            nursery.start_soon(try_one, number, each)
    return [results[number] for number in range(len(probes))]


async def _probed(each: Probe) -> ProbeResult:
    conceal = each.secrets.conceal if each.secrets is not None else str
    try:
        with trio.fail_after(DEADLINE):
            return ProbeResult(name=each.name, seen=conceal(masked_text(await each.call())))
    except Exception as error:  # the exception of a connector is the result of the probe
        failure = failure_from(error, "probe", conceal)
        kind = failure.kind
        if kind is FailureKind.DEFECT and isinstance(error, PropertyServerError):
            kind = FailureKind.CONFIGURATION  # the request is valid, but a resource named by the document is unusable
        return ProbeResult(
            name=each.name, problem=failure.message, failure_kind=kind.value, user_action=failure.user_action
        )


def _metadata_stores(
    config: OMAGServerConfig, ca_bundle: Path | None, file: PlatformFile, allowance: Allowance
) -> Iterator[Probe]:
    if config.metadata_store is not None:
        call = partial(_metadata_store, config.metadata_store, config.metadata_store_password, allowance)
        yield Probe("metadata store", call, known_secrets(config))
    servers = {
        (service.omagserver_platform_root_url, service.omagserver_name): service
        for service in (*(config.integration_services_config or ()), *(config.dynamic_integration_groups_config or ()))
    }
    for url, name in sorted((url, name) for url, name in servers if url and name):
        store = partial(
            open_remote_store,
            url,
            name,
            config.local_server_user_id,
            tls_of(url, file, ca_bundle).ca_bundle,
            token=servers[url, name].metadata_server_token,
            login=login_of(servers[url, name], config.local_server_user_id),
            certificate=tls_of(url, file, ca_bundle).certificate,
            protocol=servers[url, name].metadata_server_protocol,
            access_service=access_service_for(config, url, name),
            allowance=allowance,
        )
        yield Probe(f"metadata server {name}", partial(_metadata_server, store, url), known_secrets(config))


async def _metadata_store(url: str, password: Secret | None, allowance: Allowance) -> str:
    await trio.to_thread.run_sync(require_usable, url, allowance)
    from services.metadata.postgres import look_at_postgres_store  # an optional dependency

    return await trio.to_thread.run_sync(look_at_postgres_store, url, password, abandon_on_cancel=True)


async def _metadata_server(opening: Callable[[], AbstractAsyncContextManager[MetadataStore]], url: str) -> str:
    async with opening() as store:
        await store.find_page(Query(page_size=1))
    return f"it answers on {url}"


def _connectors(config: OMAGServerConfig, allowance: Allowance) -> Iterator[Probe]:
    for service in config.integration_services_config or ():
        for connector in service.integration_connector_configs or ():
            for unit in units_of(connector):
                call = partial(_connector, config, service, unit, allowance)
                yield Probe(unit.connector_name, call, known_secrets(unit.connection))


async def _connector(
    config: OMAGServerConfig,
    service_config: IntegrationServiceConfig,
    connector_config: IntegrationConnectorConfig,
    allowance: Allowance,
) -> str:
    service = service_of(service_config.integration_service_url_marker)
    settings = context_settings(config, service_config, connector_config, service, allowance)
    await require_allowed_endpoints(settings, connector_class_for(service, settings))
    connector = new_connector(service, settings)
    probe = optional_method(connector, "probe")
    if probe is None:
        return "its connector has no test"
    log = AuditLog(Buffer(1_000), Component(component_id=0, component_name="check"))
    no_store: Any = None  # a probe does not use the catalogue
    give_context(connector, service, settings, no_store, log)
    return safe_text(await contained(as_async_call(probe, trio.CapacityLimiter(1))))
