"""The compatible routes of the integration daemon: status, refresh, restart, configuration properties.

All paths of Egeria 2.x to 6.x, and those of the reference page where it differs from Egeria's code.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec
import trio
from msgspec import UNSET

from integration_daemon.config.encode import for_showing
from integration_daemon.config.formats import JSON
from integration_daemon.config.load import IN_THE_REQUEST, convert_to, decode
from integration_daemon.config.messages import PART_NOT_VALID
from integration_daemon.config.problem import problems_error
from integration_daemon.config.stored_secrets import mask_problems, with_secrets_of
from integration_daemon.config.versions import How
from integration_daemon.rest.daemon import connector_report
from integration_daemon.rest.daemon.group_routes import group_routes, groups_in_scope
from integration_daemon.rest.daemon.status import run_id, status_of, status_of_6x
from integration_daemon.rest.document_origin import origin_of
from integration_daemon.rest.ffdc import (
    NameRequestBody,
    PropertiesResponse,
    StringRequestBody,
    VoidResponse,
)
from integration_daemon.rest.in_scope import chosen_in_scope, services_in_scope
from integration_daemon.rest.route import Call, Route, get, post
from integration_daemon.rest.slices import sliced
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from integration_daemon.supervision import operations, reconfigure
from services.framework.connection import Connection

LONGEST_WRITE = 10.0
"""The time limit, in seconds, for writing a changed document after its request was cancelled."""


class ConnectorConfigPropertiesRequestBody(msgspec.Struct, rename="camel"):
    """New configuration properties for a connector."""

    connector_name: str
    merge_update: bool = False
    configuration_properties: dict[str, Any] | None = None


async def _status(call: Call) -> bytes | AsyncIterator[bytes]:
    """Show the status of every service and of the connectors in scope, in the forms of Egeria 2.x and of 3.x to 5.x."""
    listed = await services_in_scope(call)
    groups = await groups_in_scope(call, listed)
    return await sliced(status_of(listed, run_id(call.server), groups.summaries))


async def _status_of_6x(call: Call) -> bytes | AsyncIterator[bytes]:
    """Show the status of the connectors in scope, in the form of Egeria 6.x."""
    listed = await services_in_scope(call)
    groups = await groups_in_scope(call, listed)
    return await sliced(status_of_6x(listed, run_id(call.server), groups.summaries))


async def _refresh(call: Call) -> VoidResponse:
    """Refresh the connector that the body names; without a name, all connectors in scope, or those of the service."""
    chosen = await chosen_in_scope(call, call.daemon, call.parameters.get("marker"), call.body)
    await operations.refresh_selected(call.daemon, chosen, urgent=call.body is not None)
    return VoidResponse()


async def _restart(call: Call) -> VoidResponse:
    """Restart the connector that the body names; without a name, all connectors in scope, or those of the service."""
    chosen = await chosen_in_scope(call, call.daemon, call.parameters.get("marker"), call.body)
    await operations.restart_selected(call.daemon, chosen, urgent=call.body is not None)
    return VoidResponse()


async def _configuration_properties(call: Call) -> PropertiesResponse:
    """Show the configuration properties of a connector, without its secrets."""
    properties = reconfigure.configuration_properties(call.daemon, call.parameters["connector"])
    return PropertiesResponse(properties=for_showing(properties) or UNSET)


async def _update_configuration_properties(call: Call) -> VoidResponse:
    """Replace, or with `mergeUpdate` add to, the configuration properties of a connector.

    For a connector of a template, the change lasts until the document is applied again. To keep it, change the place
    of the connector in the document.
    """
    body: ConnectorConfigPropertiesRequestBody = call.body
    await call.require_connector(body.connector_name)
    given = _unmasked(call, body.connector_name, Connection(configuration_properties=body.configuration_properties))
    async with _kept(call, body.connector_name, "configuration properties"):
        await reconfigure.update_configuration_properties(
            call.daemon, body.connector_name, given.configuration_properties, merge=body.merge_update, user=call.user
        )
    return VoidResponse()


async def _update_endpoint(call: Call) -> VoidResponse:
    """Change the endpoint address of a connector.

    For a connector of a template, the change lasts until the document is applied again. To keep it, change the place
    of the connector in the document.
    """
    name = call.parameters["connector"]
    async with _kept(call, name, "endpoint address"):
        await reconfigure.update_endpoint(call.daemon, name, call.body.string, user=call.user)
    return VoidResponse()


async def _update_connection(call: Call) -> VoidResponse:
    """Replace the connection of a connector.

    For a connector of a template, the change lasts until the document is applied again. To keep it, change the place
    of the connector in the document.
    """
    name = call.parameters["connector"]
    await connector_report.require_known_to(call, call.body.provider)
    given = _unmasked(call, name, call.body)
    async with _kept(call, name, "connection"):
        await reconfigure.update_connection(call.daemon, name, given, user=call.user)
    return VoidResponse()


def _unmasked(call: Call, connector: str, given: Connection) -> Connection:
    """A connection with the connector's secrets for their masks; raises `ProblemsError` for a mask without a secret."""
    given, masks = with_secrets_of(given, lambda: call.daemon.connector(connector).config.connection)
    if masks:
        raise problems_error(PART_NOT_VALID, mask_problems(masks))
    return given


@asynccontextmanager
async def _kept(call: Call, connector: str, change: str) -> AsyncIterator[None]:
    """Store the change made in the block, so that it survives a restart, even if the request is cancelled."""
    origin = origin_of(call, How.CHANGED, f"{change} of connector {connector}")
    keep = partial(call.platform.changes.store_connection, call.server, connector, origin)
    try:
        yield
    except trio.Cancelled:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + LONGEST_WRITE):
            await keep()
        raise
    await keep()


def connector_name(body: bytes) -> str | None:
    """Decode the name of a connector: a NameRequestBody, a JSON string or plain text; none: all connectors."""
    text = body.decode("utf-8").strip()
    if not text:
        return None
    if text[0] not in '{["' and text not in ("null", "true", "false"):
        return text
    decoded = msgspec.json.decode(text, type=NameRequestBody | str | None)
    return (decoded.name if isinstance(decoded, NameRequestBody) else decoded) or None


def connection(body: bytes) -> Connection:
    """Decode a connection with its secrets."""
    decoded: Connection = convert_to(Connection, decode(body, JSON, IN_THE_REQUEST))
    return decoded


def new_properties(body: bytes) -> ConnectorConfigPropertiesRequestBody:
    """Decode configuration properties that a document can hold."""
    return msgspec.convert(decode(body, JSON, IN_THE_REQUEST), ConnectorConfigPropertiesRequestBody)


DAEMONS = tuple(
    f"/servers/{{server}}/open-metadata/{each}{{users}}" for each in ("integration-daemon", "integration_daemon")
)
"""The prefixes of the paths: that of Egeria, and that of pyegeria 5.3."""
_OF_SERVICE = tuple(
    f"{daemon}/{each}/{{marker}}" for daemon in DAEMONS for each in ("integration-services", "integration-service")
)
_CONNECTORS = tuple(f"{daemon}/integration-connectors" for daemon in DAEMONS)
_SETTINGS = (*_CONNECTORS, *(f"{template}/connectors" for template in _OF_SERVICE))
_STATUS = "IntegrationDaemonStatusResponse"
_OPERATE, _READ = Permission.OPERATE, Permission.READ_STATUS
_ALL, _ONE = ScopeRule.CONNECTORS, ScopeRule.CONNECTOR
_ADMINISTER = Permission.ADMINISTER_SERVERS
"""Changes of a connection need this permission, too: a connection's secrets are sent to its address."""


def _named(methods: tuple[str, ...], template: str, operation: Any) -> Route:
    return Route(
        methods=methods, template=template, operation=operation, permission=_OPERATE, scope=_ALL, body=connector_name
    )


ROUTES: tuple[Route, ...] = (
    *connector_report.ROUTES,
    *(get(root.replace("{users}", "/users/{user}") + "/status", _status, _READ, _ALL, answer=_STATUS)
      for root in DAEMONS),
    *(get(root.replace("{users}", "") + "/status", _status_of_6x, _READ, _ALL, answer=_STATUS) for root in DAEMONS),
    *(_named(("POST",), root + "/refresh", _refresh) for root in (*DAEMONS, *_CONNECTORS, *_OF_SERVICE)),
    *(_named(("POST",), root + "/restart", _restart) for root in (*DAEMONS, *_CONNECTORS)),
    *(_named(("POST", "GET"), root + "/restart", _restart) for root in _OF_SERVICE),
    *(get(root + "/{connector}/configuration-properties", _configuration_properties, _READ, _ONE,
          answer="PropertiesResponse")
      for root in _SETTINGS),
    *(post(root + "/configuration-properties", _update_configuration_properties, _ADMINISTER, _ONE,
           body=new_properties, body_required=True)
      for root in _SETTINGS),
    *(post(root + "/{connector}/endpoint-network-address", _update_endpoint, _ADMINISTER, _ONE,
           body=StringRequestBody, body_required=True)
      for root in _CONNECTORS),
    *(post(root + "/{connector}/connection", _update_connection, _ADMINISTER, _ONE, body=connection,
           body_required=True)
      for root in _CONNECTORS),
    *group_routes(DAEMONS),
)  # fmt: skip
