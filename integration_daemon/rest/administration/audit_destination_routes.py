"""The compatible routes that change the audit log destinations of a stored document."""

from functools import partial
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from integration_daemon.config.changes import (
    default_destination,
    destination,
    destinations_in,
    is_named,
    name_of,
    with_destination,
    with_destinations,
)
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.encode import for_showing
from integration_daemon.rest.administration.administering import (
    DocumentChangeQuery,
    admin_delete,
    admin_get,
    admin_post,
    json_object,
    missing,
    part,
    store_change,
    stored_document,
)
from integration_daemon.rest.ffdc import FFDCResponse, VoidResponse
from integration_daemon.rest.query import Text
from integration_daemon.rest.route import Call, Route
from services.framework.connection import Connection


class DirectoryQuery(DocumentChangeQuery, frozen=True, kw_only=True, rename="camel"):
    """The directory of a destination."""

    directory_name: Text = ""
    """The directory of a destination that writes files, relative to the server's log directory; empty: the latter."""


class ConnectionListResponse(FFDCResponse, kw_only=True, rename="camel"):
    """Connections, without their secrets; absent if there are none."""

    connections: list[dict[str, Any]] | UnsetType = UNSET


async def _destinations(call: Call) -> ConnectionListResponse:
    """List the audit log destinations of the stored document of a server, without their secrets."""
    found = destinations_in(await stored_document(call))
    return ConnectionListResponse(connections=for_showing(found) or UNSET)


async def _set_default_destination(call: Call) -> VoidResponse:
    """Make the console the only audit log destination in the stored document of a server."""
    change = partial(with_destinations, destinations=[default_destination()])
    return await store_change(call, change, "default audit log destination")


async def _add_destination(call: Call) -> VoidResponse:
    """Add an audit log destination of a kind to the stored document of a server.

    The kinds are Egeria's `console`, `files` and `slf4j`, and the names of installed destinations. The body is a list
    of severities; without one, or with an empty list, the destination receives all severities. It replaces a
    destination of the same kind that writes to the same directory.
    """
    kind = call.parameters["kind"]
    added = destination(kind, call.body or (), call.query.directory_name)
    return await store_change(call, partial(with_destination, destination=added), f"audit log destination {kind}")


async def _add_destination_connection(call: Call) -> VoidResponse:
    """Add an audit log destination to the stored document of a server. The body is a `Connection`."""
    added = await part(Connection, call.body)
    change = partial(with_destination, destination=added)
    return await store_change(call, change, f"audit log destination {name_of(added)}")


async def _replace_destination(call: Call) -> VoidResponse:
    """Replace an audit log destination in the stored document of a server. The body is a `Connection`.

    The name is the qualified name of the destination, its display name, or its kind.
    """
    name = await _known_name(call)
    change = partial(with_destination, destination=await part(Connection, call.body), name=name)
    return await store_change(call, change, f"audit log destination {name}")


async def _remove_destination(call: Call) -> VoidResponse:
    """Remove an audit log destination from the stored document of a server; the name is as for replacing it."""
    name = await _known_name(call)

    def change(config: OMAGServerConfig) -> OMAGServerConfig:
        return with_destinations(config, [each for each in destinations_in(config) if not is_named(each, name)])

    return await store_change(call, change, f"no audit log destination {name}")


async def _clear_destinations(call: Call) -> VoidResponse:
    """Remove all audit log destinations from the stored document of a server; the console is the default."""
    await stored_document(call)
    return await store_change(call, partial(with_destinations, destinations=()), "no audit log destinations")


async def _known_name(call: Call) -> str:
    name, found = call.parameters["name"], destinations_in(await stored_document(call))
    if not any(is_named(each, name) for each in found):
        raise missing(call, "audit log destination", name, [name_of(each) for each in found])
    return name


def severities(content: bytes) -> list[str]:
    """Decode a list of severities."""
    return msgspec.json.decode(content, type=list[str] | None) or []


_DESTINATIONS = "/audit-log-destinations"
_CONNECTION = _DESTINATIONS + "/connection"

ROUTES: tuple[Route, ...] = (
    admin_get(_DESTINATIONS, _destinations, "ConnectionListResponse"),
    admin_post(_DESTINATIONS + "/default", _set_default_destination),
    admin_post(_DESTINATIONS + "/{kind}", _add_destination, body=severities, query=DirectoryQuery),
    admin_post(_CONNECTION, _add_destination_connection, body=json_object, body_required=True),
    admin_post(_CONNECTION + "/{name}", _replace_destination, body=json_object, body_required=True),
    admin_delete(_CONNECTION + "/{name}", _remove_destination),
    admin_delete(_DESTINATIONS, _clear_destinations),
)
