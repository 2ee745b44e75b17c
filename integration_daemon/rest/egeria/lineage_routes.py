"""The routes of lineage of the Asset Manager OMAS: relationships between processes, and between what they work on."""

from collections.abc import Awaitable, Callable
from typing import Any

from integration_daemon.rest.egeria.asset_manager_bodies import AssetManagerRequestBody, HomeQuery
from integration_daemon.rest.egeria.asset_manager_routes import SERVICE, writing
from integration_daemon.rest.egeria.requests import reading
from integration_daemon.rest.ffdc import GUIDResponse, VoidResponse
from integration_daemon.rest.route import Call, Route, post
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.metadata.egeria.relationship_guids import guid_of, key_in
from services.metadata.egeria.writing import Writing
from services.metadata.element import ElementRecord, RelationshipRecord


def _link(relationship: str) -> Callable[[Call], Awaitable[GUIDResponse]]:
    async def link(call: Call) -> GUIDResponse:
        """Link two elements, and return the GUID of the relationship."""
        end1, end2, write = await _two_ends(call)
        made = await write.relate(relationship, end1, end2, _properties(call))
        return GUIDResponse(guid=made.guid)

    return link


async def _nest(call: Call) -> VoidResponse:
    """Make one process a part of another."""
    end1, end2, write = await _two_ends(call)
    await write.relate("ProcessHierarchy", end1, end2, _properties(call))
    return VoidResponse()


def _unlink_ends(relationship: str) -> Callable[[Call], Awaitable[VoidResponse]]:
    async def unlink(call: Call) -> VoidResponse:
        """Remove the relationship between two elements."""
        end1, end2, write = await _two_ends(call)
        await write.unrelate(relationship, end1, end2)
        return VoidResponse()

    return unlink


async def _update_link(call: Call) -> VoidResponse:
    """Change the properties of a relationship."""
    link, end1, end2, write = await _linked(call)
    await write.relate(link.type_name, end1, end2, _properties(call))
    return VoidResponse()


async def _unlink(call: Call) -> VoidResponse:
    """Remove a relationship by its GUID."""
    link, end1, end2, write = await _linked(call)
    await write.unrelate(link.type_name, end1, end2)
    return VoidResponse()


async def _two_ends(call: Call) -> tuple[ElementRecord, ElementRecord, Writing]:
    read = reading(call, SERVICE)
    return await read.element(call.parameters["end1"]), await read.element(call.parameters["end2"]), writing(call)


async def _linked(call: Call) -> tuple[RelationshipRecord, ElementRecord, ElementRecord, Writing]:
    guid, write = call.parameters["relationship"], writing(call)
    key = key_in(guid)
    links = [] if key is None else await call.served_store.relationships([key.end1], type_name=key.type_name)
    for each in links:
        if guid_of(each) == guid:
            read = write.reading
            return each, await read.element(each.end1_guid), await read.element(each.end2_guid), write
    raise write.reading.refusals.unknown_relationship(guid)


def _properties(call: Call) -> dict[str, Any]:
    body: AssetManagerRequestBody | None = call.body
    given = {} if body is None else body.properties or {}
    return {name: value for name, value in given.items() if name != "class" and value is not None}


_ROOT = "/servers/{server}/open-metadata/access-services/asset-manager{users}"
_PARENT = _ROOT + "/processes/parent/{end1}/child/{end2}"
_CHANGE, _WHOLE = Permission.CHANGE_METADATA, ScopeRule.SERVER
_LINKS = (
    ("DataFlow", "/data-flows", "/suppliers/{end1}/consumers/{end2}"),
    ("ControlFlow", "/control-flows", "/current-steps/{end1}/next-steps/{end2}"),
    ("ProcessCall", "/process-calls", "/callers/{end1}/called/{end2}"),
    ("LineageMapping", "/lineage-mappings", "/sources/{end1}/destinations/{end2}"),
)
"""The relationships of lineage, with the paths of their routes."""


def _link_rows(relationship: str, path: str, ends: str) -> tuple[Route, ...]:
    place = _ROOT + path
    return (
        post(place + ends, _link(relationship), _CHANGE, _WHOLE, body=AssetManagerRequestBody, query=HomeQuery,
             answer="GUIDResponse", action=f"setup{relationship}"),
        post(place + "/{relationship}/update", _update_link, _CHANGE, _WHOLE, body=AssetManagerRequestBody,
             query=HomeQuery, action=f"update{relationship}"),
        post(place + "/{relationship}/remove", _unlink, _CHANGE, _WHOLE, body=AssetManagerRequestBody,
             query=HomeQuery, action=f"clear{relationship}"),
    )  # fmt: skip


ROUTES: tuple[Route, ...] = (
    post(_PARENT, _nest, _CHANGE, _WHOLE, body=AssetManagerRequestBody, query=HomeQuery, action="setupProcessParent"),
    post(_PARENT + "/remove", _unlink_ends("ProcessHierarchy"), _CHANGE, _WHOLE, body=AssetManagerRequestBody,
         query=HomeQuery, action="clearProcessParent"),
    *(row for link in _LINKS for row in _link_rows(*link)),
    post(_ROOT + "/lineage-mappings/sources/{end1}/destinations/{end2}/remove", _unlink_ends("LineageMapping"),
         _CHANGE, _WHOLE, body=AssetManagerRequestBody, query=HomeQuery, action="clearLineageMapping"),
)  # fmt: skip
