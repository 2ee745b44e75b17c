"""The routes of Egeria's Metadata Explorer for the surroundings and the history of an element.

A store of this program keeps only present versions: the history of an element consists of its present version, whose
number shows how many versions came before.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from integration_daemon.rest.egeria.open_metadata_bodies import (
    OpenMetadataElementsResponse,
    OpenMetadataRelationshipListResponse,
    SearchProperties,
    SourceRequestBody,
)
from integration_daemon.rest.egeria.requests import StoreQuery, equal_values, reading
from integration_daemon.rest.egeria.store_routes import link_of
from integration_daemon.rest.ffdc import FFDCResponse
from integration_daemon.rest.messages import NOT_SUPPORTED
from integration_daemon.rest.route import Call, Route, post
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.errors import InvalidParameterError
from services.metadata.bounds import MOST_IN_A_PAGE, Natural
from services.metadata.changes import Query
from services.metadata.egeria.names import own_relationship_name
from services.metadata.egeria.reading import Reading
from services.metadata.egeria.types import ROOT
from services.metadata.egeria.writing import PART_OF
from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.types.relationships import RELATIONSHIPS

MOST_EXAMINED = 20_000
"""The largest number of elements whose relationships one search examines."""


class HistoryRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """Selects the versions of a period of time."""

    from_time: Natural | datetime | None = None
    to_time: Natural | datetime | None = None


class FindRelationshipRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """Selects relationships by their type and properties."""

    relationship_type_name: str | None = None
    search_properties: SearchProperties | None = None


class OpenMetadataGraphResponse(FFDCResponse, kw_only=True, rename="camel"):
    """An element with its parts."""

    element_graph: dict[str, Any] | UnsetType = UNSET


async def _graph(call: Call) -> OpenMetadataGraphResponse:
    """Return an element with its parts, and with the relationships of all of these.

    At most 1,000 parts are in the answer, direct parts first.
    """
    query: StoreQuery = call.query
    read = reading(call)
    whole = await read.element(call.parameters["guid"], for_lineage=query.for_lineage, at=query.at)
    found: dict[str, ElementRecord] = {whole.guid: whole}
    links: dict[tuple[str, str, str], RelationshipRecord] = {}
    level = [whole.guid]
    while level and len(found) <= MOST_IN_A_PAGE:
        next_to_it = await read.store.relationships(level)
        links |= {(each.type_name, each.end1_guid, each.end2_guid): each for each in next_to_it}
        wholes = set(level)
        below = [each.end2_guid for each in next_to_it if each.type_name in PART_OF and each.end1_guid in wholes]
        room = MOST_IN_A_PAGE + 1 - len(found)
        level = [each for each in dict.fromkeys(below) if each not in found][:room]
        found |= {each.guid: each for each in await read.store.get(level)}
    views = await read.views(list(found.values()))
    graph = views.element(whole)
    parts = [views.element(each) for each in found.values() if each is not whole]
    shown = await _relationships(read, list(links.values()))
    around = {name: each for name, each in (("anchoredElements", parts), ("relationships", shown)) if each}
    return OpenMetadataGraphResponse(element_graph={**graph, "class": "OpenMetadataElementGraph", **around})


async def _history(call: Call) -> OpenMetadataElementsResponse:
    """Return the versions of an element: the present version, if it belongs to the period in the body.

    Earlier versions are not kept; the number of the present version shows how many there were.
    """
    query: StoreQuery = call.query
    read = reading(call)
    found = await read.element(call.parameters["guid"], for_lineage=query.for_lineage, at=query.at)
    if query.start_from or not _is_of_time(found.update_time or found.create_time, call.body):
        return OpenMetadataElementsResponse()
    return OpenMetadataElementsResponse(element_list=[(await read.views([found])).element(found)])


async def _relationship_history(call: Call) -> OpenMetadataRelationshipListResponse:
    """Return the versions of a relationship: only the present version is kept."""
    query: StoreQuery = call.query
    read = reading(call)
    link = await link_of(call, call.parameters["guid"])
    return _listed([] if query.start_from else await _relationships(read, [link]))


async def _find_relationships(call: Call) -> OpenMetadataRelationshipListResponse:
    """Return the relationships, of one type or of all types, whose properties have the given values."""
    body: FindRelationshipRequestBody = call.body
    query: StoreQuery = call.query
    read = reading(call)
    type_name = body.relationship_type_name and own_relationship_name(body.relationship_type_name)
    if type_name and type_name not in RELATIONSHIPS:
        raise read.refusals.unknown_type(type_name)
    values = equal_values(body.search_properties or SearchProperties())
    wanted = query.start_from + read.page_size(query.page_size)
    found: list[RelationshipRecord] = []
    elements = Query(type_name=RELATIONSHIPS[type_name].end1 if type_name else ROOT, page_size=MOST_IN_A_PAGE)
    examined = 0
    while len(found) < wanted:
        page = await read.store.find_page(elements)
        guids = dict.fromkeys(each.guid for each in page.elements)
        found += [
            each
            for each in await read.store.relationships(list(guids), type_name=type_name)
            if each.end1_guid in guids and values.items() <= each.properties.items()
        ]
        examined += len(guids)
        if page.cursor is None:
            break
        if examined >= MOST_EXAMINED:
            raise InvalidParameterError(
                NOT_SUPPORTED, what=f"a search for relationships among more than {MOST_EXAMINED:,} elements"
            )
        elements = msgspec.structs.replace(elements, cursor=page.cursor)
    return _listed(await _relationships(read, found[query.start_from : wanted]))


async def _relationships(read: Reading, links: list[RelationshipRecord]) -> list[dict[str, Any]]:
    guids = dict.fromkeys(guid for each in links for guid in (each.end1_guid, each.end2_guid))
    ends = {each.guid: each for each in await read.store.get(list(guids))}
    views = await read.views(list(ends.values()))
    return [views.relationship(each, ends.get(each.end1_guid), ends.get(each.end2_guid)) for each in links]


def _listed(shown: list[dict[str, Any]]) -> OpenMetadataRelationshipListResponse:
    if not shown:
        return OpenMetadataRelationshipListResponse()
    return OpenMetadataRelationshipListResponse(relationship_list={"elementList": shown})


def _is_of_time(since: datetime, body: HistoryRequestBody | None) -> bool:
    """True if a version that exists since a time belongs to the period in the body."""
    if body is None or body.to_time is None:
        return True
    end = body.to_time
    if isinstance(end, int):
        return since.timestamp() * 1000 <= end
    return since <= (end if end.tzinfo is not None else end.replace(tzinfo=UTC))


_READ, _WHOLE = Permission.READ_METADATA, ScopeRule.SERVER


def rows(root: str) -> tuple[Route, ...]:
    """The routes below a root."""
    relationships = "OpenMetadataRelationshipListResponse"
    return (
        post(root + "/metadata-elements/{guid}/with-anchored-elements", _graph, _READ, _WHOLE, query=StoreQuery,
             answer="OpenMetadataGraphResponse", action="getAnchoredElementsGraph"),
        post(root + "/metadata-elements/{guid}/history", _history, _READ, _WHOLE, query=StoreQuery,
             body=HistoryRequestBody, answer="OpenMetadataElementsResponse", action="getMetadataElementHistory"),
        post(root + "/relationships/{guid}/history", _relationship_history, _READ, _WHOLE, query=StoreQuery,
             body=HistoryRequestBody, answer=relationships, action="getRelationshipHistory"),
        post(root + "/relationships/by-search-conditions", _find_relationships, _READ, _WHOLE, query=StoreQuery,
             body=FindRelationshipRequestBody, body_required=True, answer=relationships,
             action="findRelationshipsBetweenMetadataElements"),
    )  # fmt: skip
