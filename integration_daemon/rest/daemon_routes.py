"""The compatible routes of the integration daemon: status, refresh, restart, configuration properties.

All spellings of 2.x to 6.x, and those of the reference page where it differs from the original's code.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from threading import BoundedSemaphore
from typing import Any

import msgspec
import trio
from msgspec import UNSET, UnsetType

from integration_daemon.config.encode import for_showing
from integration_daemon.config.formats import JSON
from integration_daemon.config.load import IN_THE_REQUEST, convert_to, decode
from integration_daemon.rest.ffdc import (
    FFDCResponse,
    NameRequestBody,
    PropertiesResponse,
    StringRequestBody,
    VoidResponse,
)
from integration_daemon.rest.in_scope import chosen_in_scope, names_in_scope, services_in_scope
from integration_daemon.rest.route import Call, Route, get, post
from integration_daemon.rest.slices import encoded, sliced
from integration_daemon.rest.state_names import state_name_2x, state_name_6x
from integration_daemon.rest.times import shown_time
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from integration_daemon.supervision import operations, reconfigure
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.service import ServiceSupervisor
from services.framework.broker import find_connector_class, require_known, require_provider
from services.framework.connection import Connection

MOST_KEEPING = 2
"""Answers that may keep their encoded reports at the same time: about 200 bytes for each connector."""
_KEEPING = BoundedSemaphore(MOST_KEEPING)

StateName = Callable[[ManagedConnector], str]
"""Names the state of a connector."""
Listed = tuple[ServiceSupervisor, Sequence[ManagedConnector]]
"""A service, and those of its connectors that are reported."""


class IntegrationConnectorReport(msgspec.Struct, kw_only=True, rename="camel", gc=False):
    """A connector's status, in the fields and order of the page."""

    connector_name: str
    connector_status: str
    last_status_change: str
    last_refresh_time: str | UnsetType = UNSET
    min_minutes_between_refresh: int | float
    failing_exception_message: str | UnsetType = UNSET


class IntegrationServiceSummary(msgspec.Struct, kw_only=True, rename="camel"):
    """A service; its `integrationConnectorReports` follow."""

    integration_service_id: int
    integration_service_full_name: str
    integration_service_url_marker: str = msgspec.field(name="integrationServiceURLMarker")
    integration_service_description: str
    integration_service_wiki: str


class IntegrationDaemonStatusResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The status of a daemon: at the top for clients of 2.x, nested for later ones. See `status_of`."""


class ConnectorConfigPropertiesRequestBody(msgspec.Struct, rename="camel"):
    """New configuration properties for a connector."""

    connector_name: str
    merge_update: bool = False
    configuration_properties: dict[str, Any] | None = None


class ConnectorReportResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The description of a connector class."""

    connector_report: dict[str, Any]


async def _status(call: Call) -> bytes | AsyncIterator[bytes]:
    """Show the status of every service, and of the connectors in scope, in the words of Egeria 2.x to 4.x."""
    return await sliced(status_of(await services_in_scope(call), state_name_2x))


def status_of(listed: Sequence[Listed], word_of: StateName) -> Iterator[bytes]:
    """The status in the form of 2.x with that of 4.x beside it: the text of an `IntegrationDaemonStatusResponse`.

    Each report occurs in it three times. The reports are encoded once and kept until the answer is sent; if
    `MOST_KEEPING` other answers keep theirs, they are encoded three times instead.
    """
    keeps = _KEEPING.acquire(blocking=False)
    try:
        services = [_Service(service, connectors, word_of, keeps=keeps) for service, connectors in listed]
        yield _opened(IntegrationDaemonStatusResponse()) + b',"integrationServiceSummaries":['
        yield from _summaries(services)
        yield b'],"integrationDaemonStatus":{"integrationServiceSummaries":['
        yield from _summaries(services)
        yield b'],"integrationConnectorReports":['
        yield from _reports(services)
        yield b"]}}"
    finally:
        if keeps:
            _KEEPING.release()


async def _status_of_6x(call: Call) -> bytes | AsyncIterator[bytes]:
    """Show the status of the connectors in scope, in the words of Egeria 6.x."""
    return await sliced(_text_of_6x(await services_in_scope(call)))


def _text_of_6x(listed: Sequence[Listed]) -> Iterator[bytes]:
    services = [_Service(service, connectors, state_name_6x) for service, connectors in listed]
    yield _opened(IntegrationDaemonStatusResponse()) + b',"integrationDaemonStatus":{"integrationConnectorReports":['
    yield from _reports(services)
    yield b"]}}"


class _Service:
    """A service with those of its connectors that are reported."""

    def __init__(
        self,
        service: ServiceSupervisor,
        connectors: Sequence[ManagedConnector],
        word_of: StateName,
        *,
        keeps: bool = False,
    ) -> None:
        self.connectors = connectors
        self._environment = service.environment
        self._word_of = word_of
        self._keeps = keeps
        self._kept: list[bytes] = []

    def reports(self) -> Iterator[bytes]:
        """The reports as JSON, several in each piece: the kept ones, or else encoded now."""
        if self._kept:
            yield from self._kept
            return
        for piece in encoded(_compatible(connector, self._word_of) for connector in self.connectors):
            if self._keeps:
                self._kept.append(piece)
            yield piece

    def summary(self) -> IntegrationServiceSummary:
        """The summary without its reports."""
        config, registered = self._environment.config, self._environment.service
        return IntegrationServiceSummary(
            integration_service_id=config.integration_service_id or registered.id,
            integration_service_full_name=config.integration_service_full_name or registered.full_name,
            integration_service_url_marker=registered.url_marker,
            integration_service_description=config.integration_service_description or registered.description,
            integration_service_wiki=config.integration_service_wiki or registered.wiki,
        )


def _summaries(services: Sequence[_Service]) -> Iterator[bytes]:
    for number, service in enumerate(services):
        yield (b"," if number else b"") + _opened(service.summary()) + b',"integrationConnectorReports":['
        yield from service.reports()
        yield b"]}"


def _reports(services: Sequence[_Service]) -> Iterator[bytes]:
    """The reports of all services."""
    for number, service in enumerate(service for service in services if service.connectors):
        if number:
            yield b","
        yield from service.reports()


def _opened(struct: msgspec.Struct) -> bytes:
    """A Struct as JSON, without its closing brace."""
    return msgspec.json.encode(struct)[:-1]


def _compatible(connector: ManagedConnector, word_of: StateName) -> IntegrationConnectorReport:
    minutes = connector.config.refresh_time_interval
    refreshed, failure = connector.last_refresh_time, connector.failure
    return IntegrationConnectorReport(
        connector_name=connector.name,
        connector_status=word_of(connector),
        last_status_change=shown_time(connector.last_status_change),
        last_refresh_time=UNSET if refreshed is None else shown_time(refreshed),
        min_minutes_between_refresh=int(minutes) if minutes == int(minutes) else minutes,
        failing_exception_message=UNSET if failure is None else failure.message,
    )


async def _refresh(call: Call) -> VoidResponse:
    """Refresh the connector that the body names; without a name all connectors in scope, or all of the service."""
    chosen = await chosen_in_scope(call, call.daemon, call.parameters.get("marker"), call.body)
    await operations.refresh_selected(call.daemon, chosen, urgent=call.body is not None)
    return VoidResponse()


async def _restart(call: Call) -> VoidResponse:
    """Restart the connector that the body names; without a name all connectors in scope, or all of the service."""
    chosen = await chosen_in_scope(call, call.daemon, call.parameters.get("marker"), call.body)
    await operations.restart_selected(call.daemon, chosen, urgent=call.body is not None)
    return VoidResponse()


async def _configuration_properties(call: Call) -> PropertiesResponse:
    """Show the configuration properties of a connector, without its secrets."""
    properties = reconfigure.configuration_properties(call.daemon, call.parameters["connector"])
    return PropertiesResponse(properties=for_showing(properties))


async def _update_configuration_properties(call: Call) -> VoidResponse:
    """Replace, or with `mergeUpdate` add to, the configuration properties of a connector."""
    body: ConnectorConfigPropertiesRequestBody = call.body
    await call.require_connector(body.connector_name)
    await reconfigure.update_configuration_properties(
        call.daemon, body.connector_name, body.configuration_properties, merge=body.merge_update, user=call.user
    )
    return VoidResponse()


async def _update_endpoint(call: Call) -> VoidResponse:
    """Change the address that a connector connects to."""
    await reconfigure.update_endpoint(call.daemon, call.parameters["connector"], call.body.string, user=call.user)
    return VoidResponse()


async def _update_connection(call: Call) -> VoidResponse:
    """Replace the connection of a connector."""
    await _require_known(call, call.body.provider)
    await reconfigure.update_connection(call.daemon, call.parameters["connector"], call.body, user=call.user)
    return VoidResponse()


async def _validate_connector(call: Call) -> ConnectorReportResponse:
    """Describe the connector class behind a connector provider class name."""
    name = call.parameters["provider"]
    await _require_known(call, name)
    allowance = call.daemon.environment.allowance
    connector_class = await trio.to_thread.run_sync(find_connector_class, name, name, allowance)
    require_provider(connector_class)
    provider = connector_class.provider
    report = {
        "connectorProviderClassName": name,
        "connectorClassName": f"{connector_class.__module__}.{connector_class.__qualname__}",
        "description": provider.description,
        "recognizedConfigurationProperties": [setting.name for setting in provider.settings],
    }
    return ConnectorReportResponse(connector_report=report)


async def _require_known(call: Call, provider: str) -> None:
    """Raise `ConnectorConfigurationError` for a class that is not installed, and that no connector in scope has."""
    if provider:
        require_known(provider, reconfigure.named_providers(call.daemon, await names_in_scope(call)))


def connector_name(body: bytes) -> str | None:
    """The connector that a body names: a NameRequestBody, a JSON string or plain text; none means all."""
    text = body.decode("utf-8").strip()
    if not text:
        return None
    if text[0] not in '{["' and text not in ("null", "true", "false"):
        return text
    decoded = msgspec.json.decode(text, type=NameRequestBody | str | None)
    return (decoded.name if isinstance(decoded, NameRequestBody) else decoded) or None


def connection(body: bytes) -> Connection:
    """A connection with its secrets."""
    decoded: Connection = convert_to(Connection, decode(body, JSON, IN_THE_REQUEST))
    return decoded


def new_properties(body: bytes) -> ConnectorConfigPropertiesRequestBody:
    """Configuration properties, such as a document can hold."""
    return msgspec.convert(decode(body, JSON, IN_THE_REQUEST), ConnectorConfigPropertiesRequestBody)


_DAEMON = "/servers/{server}/open-metadata/integration-daemon{users}"
_OF_SERVICE = tuple(f"{_DAEMON}/{spelling}/{{marker}}" for spelling in ("integration-services", "integration-service"))
_CONNECTORS = _DAEMON + "/integration-connectors"
_STATUS = "IntegrationDaemonStatusResponse"
_OPERATE, _READ = Permission.OPERATE, Permission.READ_STATUS
_ALL, _ONE = ScopeRule.CONNECTORS, ScopeRule.CONNECTOR
_ADMINISTER = Permission.ADMINISTER_SERVERS
"""Also of changes to a connection, which sends its secrets to the address that it names."""


def _named(methods: tuple[str, ...], template: str, operation: Any) -> Route:
    return Route(
        methods=methods, template=template, operation=operation, permission=_OPERATE, scope=_ALL, body=connector_name
    )


ROUTES: tuple[Route, ...] = (
    get(_DAEMON.replace("{users}", "/users/{user}") + "/status", _status, _READ, _ALL, answer=_STATUS),
    get(_DAEMON.replace("{users}", "") + "/status", _status_of_6x, _READ, _ALL, answer=_STATUS),
    _named(("POST",), _DAEMON + "/refresh", _refresh),
    _named(("POST",), _DAEMON + "/restart", _restart),
    _named(("POST",), _CONNECTORS + "/refresh", _refresh),
    _named(("POST",), _CONNECTORS + "/restart", _restart),
    *(_named(("POST",), template + "/refresh", _refresh) for template in _OF_SERVICE),
    *(_named(("POST", "GET"), template + "/restart", _restart) for template in _OF_SERVICE),
    *(
        get(prefix + "/{connector}/configuration-properties", _configuration_properties, _READ, _ONE,
            answer="PropertiesResponse")
        for prefix in (_CONNECTORS, *(f"{template}/connectors" for template in _OF_SERVICE))
    ),
    *(
        post(prefix + "/configuration-properties", _update_configuration_properties, _ADMINISTER, _ONE,
             body=new_properties, body_required=True)
        for prefix in (_CONNECTORS, *(f"{template}/connectors" for template in _OF_SERVICE))
    ),
    post(_CONNECTORS + "/{connector}/endpoint-network-address", _update_endpoint, _ADMINISTER, _ONE,
         body=StringRequestBody, body_required=True),
    post(_CONNECTORS + "/{connector}/connection", _update_connection, _ADMINISTER, _ONE, body=connection,
         body_required=True),
    get(_DAEMON + "/validate-connector/{provider}", _validate_connector, _READ, _ALL, answer="ConnectorReportResponse"),
    get("/servers/{server}/open-metadata/integration-services/{marker}{users}/validate-connector/{provider}",
        _validate_connector, _READ, _ALL, answer="ConnectorReportResponse"),
)  # fmt: skip
