"""The compatible routes that change the properties of a server in its stored document."""

from functools import partial
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from integration_daemon.config.changes import PROPERTIES, with_properties
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.encode import for_showing
from integration_daemon.config.load import without_nulls
from integration_daemon.config.messages import PART_NOT_VALID
from integration_daemon.config.problem import Problem, problems_error
from integration_daemon.rest.administration.administering import (
    DocumentChangeQuery,
    admin_delete,
    admin_get,
    admin_post,
    json_object,
    part,
    store_change,
    stored_document,
)
from integration_daemon.rest.ffdc import FFDCResponse, VoidResponse
from integration_daemon.rest.query import Text, not_understood
from integration_daemon.rest.route import Call, Route
from services.framework.connection import Connection
from services.near_names import nearest

_FIELDS = {each.encode_name: each for each in msgspec.structs.fields(OMAGServerConfig)}


class TypeNameQuery(DocumentChangeQuery, frozen=True, kw_only=True, rename="camel"):
    """The new type."""

    type_name: Text | None = None
    """The type; empty: it follows from the document."""


class NameQuery(DocumentChangeQuery, frozen=True, kw_only=True, rename="camel"):
    """The new name."""

    name: Text | None = None
    """The name; empty: none."""


class IdQuery(DocumentChangeQuery, frozen=True, kw_only=True, rename="camel"):
    """The new user."""

    id: Text | None = None
    """The user; empty: `OMAGServer`."""


class PasswordQuery(DocumentChangeQuery, frozen=True, kw_only=True, rename="camel"):
    """The new password."""

    password: Text | None = None
    """The password; empty: none."""


class LimitQuery(DocumentChangeQuery, frozen=True, kw_only=True, rename="camel"):
    """The new limit."""

    limit: Text | None = None
    """The number of elements; 0: no limit; empty: 1000."""


class URLQuery(DocumentChangeQuery, frozen=True, kw_only=True, rename="camel"):
    """The new address, as in Egeria 2.x."""

    url: Text | None = None
    """The address; empty: none."""


class EventBusQuery(DocumentChangeQuery, frozen=True, kw_only=True, rename="camel"):
    """The event bus."""

    connector_provider: Text | None = None
    """The class of the connector to the event bus."""
    topic_url_root: Text | None = msgspec.field(name="topicURLRoot", default=None)
    """The common prefix of the topics."""


class EventBusConfigResponse(FFDCResponse, kw_only=True, rename="camel"):
    """An event bus, without its secrets; absent if there is none."""

    config: Any | UnsetType = UNSET


class BasicServerPropertiesResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The properties of a server, without its secrets."""

    basic_server_properties: dict[str, Any]


class ConnectionResponse(FFDCResponse, kw_only=True, rename="camel"):
    """A connection, without its secrets; absent if there is none."""

    connection: dict[str, Any] | UnsetType = UNSET


async def _set_server_type(call: Call) -> VoidResponse:
    """Set the type of a server in its stored document."""
    return await _set(call, "localServerType", _given("typeName", call.query.type_name))


async def _set_organization_name(call: Call) -> VoidResponse:
    """Set the organization of a server in its stored document."""
    return await _set(call, "organizationName", _given("name", call.query.name))


async def _set_server_description(call: Call) -> VoidResponse:
    """Set the description of a server in its stored document. The body is text, or a JSON string."""
    return await _set(call, "localServerDescription", call.body or "")


async def _set_server_user_id(call: Call) -> VoidResponse:
    """Set the user of a server in its stored document: metadata requests are made as this user."""
    return await _set(call, "localServerUserId", _given("id", call.query.id))


async def _set_server_user_password(call: Call) -> VoidResponse:
    """Set the password of a server's user in its stored document. It is kept for Egeria, and not used.

    Services have a password or a token of their own for their metadata server.
    """
    return await _set(call, "localServerPassword", _given("password", call.query.password))


async def _set_max_page_size(call: Call) -> VoidResponse:
    """Set the largest page of a connector's query in the stored document of a server."""
    return await _set(call, "maxPageSize", _given("limit", call.query.limit))


async def _set_server_url_root(call: Call) -> VoidResponse:
    """Set the address of a server's platform in its stored document, by the parameter `url` or by `urlRoot` in the
    body."""
    url = call.query.url if call.query.url is not None else (call.body or {}).get("urlRoot")
    if not isinstance(url, str):
        raise not_understood("url", "give it, or a body with urlRoot")
    return await _set(call, "localServerURL", url)


async def _set_server_properties(call: Call) -> VoidResponse:
    """Set properties of a server in its stored document.

    The body is Egeria's `ServerPropertiesRequestBody`, and may have `localServerType`, `metadataStore`,
    `metadataStorePassword`, `restartPolicy`, `refreshesAtOnce`, `stopDeadlineSeconds` and `alerts`, too. Properties
    that the body does not have are not changed; a property that is null gets its default.
    """
    return await _store(call, {name: value for name, value in call.body.items() if name != "class"})


async def _server_properties(call: Call) -> BasicServerPropertiesResponse:
    """Show the properties of a server in its stored document, without its secrets."""
    shown = for_showing(await stored_document(call))
    return BasicServerPropertiesResponse(
        basic_server_properties={name: shown[name] for name in PROPERTIES if name in shown}
    )


async def _security_connection(call: Call) -> ConnectionResponse:
    """Show the connection of the security connector in the stored document of a server, without its secrets."""
    connection = (await stored_document(call)).server_security_connection
    return ConnectionResponse(connection=UNSET if connection is None else for_showing(connection))


async def _set_security_connection(call: Call) -> VoidResponse:
    """Set the connection of the security connector in the stored document of a server. The body is a `Connection`."""
    changed = {"server_security_connection": await part(Connection, call.body)}
    return await store_change(call, partial(with_properties, properties=changed), "security connection")


async def _clear_security_connection(call: Call) -> VoidResponse:
    """Remove the security connector from the stored document of a server."""
    await stored_document(call)
    changed = {"server_security_connection": None}
    return await store_change(call, partial(with_properties, properties=changed), "no security connection")


async def _event_bus(call: Call) -> EventBusConfigResponse:
    """Show the event bus in the stored document of a server, without its secrets."""
    return EventBusConfigResponse(config=for_showing(await stored_document(call)).get("eventBusConfig", UNSET))


async def _set_event_bus(call: Call) -> VoidResponse:
    """Set the event bus in the stored document of a server. It is kept for Egeria, and not used.

    The body has the properties of the connector to the event bus.
    """
    config = {
        "class": "EventBusConfig",
        "connectorProvider": call.query.connector_provider,
        "topicURLRoot": call.query.topic_url_root,
        "configurationProperties": call.body,
    }
    changed = {"event_bus_config": without_nulls(config)}
    return await store_change(call, partial(with_properties, properties=changed), "event bus")


async def _clear_event_bus(call: Call) -> VoidResponse:
    """Remove the event bus from the stored document of a server."""
    await stored_document(call)
    return await store_change(call, partial(with_properties, properties={"event_bus_config": None}), "no event bus")


async def _set(call: Call, name: str, value: str) -> VoidResponse:
    """Set one property; an empty text stands for its default."""
    return await _store(call, {name: value or None})


async def _store(call: Call, given: dict[str, Any]) -> VoidResponse:
    unknown = [
        Problem(f"$.{name}", "this is no property of a server", nearest(name, PROPERTIES))
        for name in given
        if name not in PROPERTIES
    ]
    if unknown:
        raise problems_error(PART_NOT_VALID, unknown)
    values = await part(OMAGServerConfig, {**given, "localServerName": call.parameters["server"]})
    changed = {_FIELDS[name].name: getattr(values, _FIELDS[name].name) for name in given}
    return await store_change(call, partial(with_properties, properties=changed), ", ".join(given))


def _given(name: str, value: str | None) -> str:
    if value is None:
        raise not_understood(name, "give it; without a value, it gets its default")
    return value


def description(content: bytes) -> str:
    """Decode a text, or a JSON string."""
    text = content.decode("utf-8")
    return msgspec.json.decode(text, type=str) if text.lstrip().startswith('"') else text


_SECURITY = "/security/connection"

ROUTES: tuple[Route, ...] = (
    admin_get("/server-properties", _server_properties, "BasicServerPropertiesResponse"),
    admin_post("/server-properties", _set_server_properties, body=json_object, body_required=True),
    admin_post("/server-type", _set_server_type, query=TypeNameQuery),
    admin_post("/organization-name", _set_organization_name, query=NameQuery),
    admin_post("/server-description", _set_server_description, body=description),
    admin_post("/server-user-id", _set_server_user_id, query=IdQuery),
    admin_post("/server-user-password", _set_server_user_password, query=PasswordQuery),
    admin_post("/max-page-size", _set_max_page_size, query=LimitQuery),
    admin_post("/server-url-root", _set_server_url_root, query=URLQuery, body=json_object),
    admin_post("/server-url-root-for-caller", _set_server_url_root, query=URLQuery, body=json_object),
    admin_get("/event-bus", _event_bus, "EventBusConfigResponse"),
    admin_post("/event-bus", _set_event_bus, query=EventBusQuery, body=json_object),
    admin_delete("/event-bus", _clear_event_bus),
    admin_get(_SECURITY, _security_connection, "ConnectionResponse"),
    admin_post(_SECURITY, _set_security_connection, body=json_object, body_required=True),
    admin_delete(_SECURITY, _clear_security_connection),
)
