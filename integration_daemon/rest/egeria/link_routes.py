"""The operations of routes that link two elements, whose GUIDs are `{end1}` and `{end2}` in the URL."""

from collections.abc import Awaitable, Callable
from typing import Any

from integration_daemon.rest.egeria.kind_bodies import RelationshipRequestBody
from integration_daemon.rest.egeria.kind_routes import Family
from integration_daemon.rest.egeria.requests import reading
from integration_daemon.rest.ffdc import GUIDResponse, VoidResponse
from integration_daemon.rest.route import Call
from services.metadata.egeria.relationship_guids import guid_of, key_in
from services.metadata.egeria.writing import Writing
from services.metadata.element import ElementRecord, RelationshipRecord


def link(family: Family, relationship: str) -> Callable[[Call], Awaitable[GUIDResponse]]:
    """The operation that links two elements, and answers with the GUID of the relationship."""

    async def link(call: Call) -> GUIDResponse:
        """Link two elements, and return the GUID of the relationship."""
        end1, end2, write = await _two_ends(family, call)
        return GUIDResponse(guid=(await write.relate(relationship, end1, end2, _properties(call))).guid)

    return link


def attach(
    family: Family,
    relationship: str | Callable[[Call], str],
    properties: Callable[[Call], dict[str, Any]] | None = None,
) -> Callable[[Call], Awaitable[VoidResponse]]:
    """The operation that links two elements, and answers without a GUID."""

    async def attach(call: Call) -> VoidResponse:
        """Link two elements."""
        end1, end2, write = await _two_ends(family, call)
        type_name = relationship if isinstance(relationship, str) else relationship(call)
        await write.relate(type_name, end1, end2, (properties or _properties)(call))
        return VoidResponse()

    return attach


def detach(family: Family, relationship: str | Callable[[Call], str]) -> Callable[[Call], Awaitable[VoidResponse]]:
    """The operation that removes the relationship between two elements."""

    async def detach(call: Call) -> VoidResponse:
        """Remove the relationship between two elements."""
        end1, end2, write = await _two_ends(family, call)
        await write.unrelate(relationship if isinstance(relationship, str) else relationship(call), end1, end2)
        return VoidResponse()

    return detach


def update_link(family: Family) -> Callable[[Call], Awaitable[VoidResponse]]:
    """The operation that changes the relationship whose GUID is `{relationship}`."""

    async def update_link(call: Call) -> VoidResponse:
        """Change the properties of a relationship."""
        link, end1, end2, write = await _linked(family, call)
        await write.relate(link.type_name, end1, end2, _properties(call))
        return VoidResponse()

    return update_link


def unlink(family: Family) -> Callable[[Call], Awaitable[VoidResponse]]:
    """The operation that removes the relationship whose GUID is `{relationship}`."""

    async def unlink(call: Call) -> VoidResponse:
        """Remove a relationship by its GUID."""
        link, end1, end2, write = await _linked(family, call)
        await write.unrelate(link.type_name, end1, end2)
        return VoidResponse()

    return unlink


async def _two_ends(family: Family, call: Call) -> tuple[ElementRecord, ElementRecord, Writing]:
    read = reading(call, family.service)
    end1, end2 = await read.element(call.parameters["end1"]), await read.element(call.parameters["end2"])
    return end1, end2, family.writing(call)


async def _linked(family: Family, call: Call) -> tuple[RelationshipRecord, ElementRecord, ElementRecord, Writing]:
    guid, write = call.parameters["relationship"], family.writing(call)
    key = key_in(guid)
    links = [] if key is None else await call.served_store.relationships([key.end1], type_name=key.type_name)
    for each in links:
        if guid_of(each) == guid:
            read = write.reading
            return each, await read.element(each.end1_guid), await read.element(each.end2_guid), write
    raise write.reading.refusals.unknown_relationship(guid)


def _properties(call: Call) -> dict[str, Any]:
    return call.body.values if isinstance(call.body, RelationshipRequestBody) else {}
