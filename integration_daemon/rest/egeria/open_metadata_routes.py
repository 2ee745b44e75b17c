"""Egeria's open-metadata-store routes for clients of the ecosystem: one element or relationship in each request.

The paths are those of 4.x to 6.x. The source of an element created here is the `externalSourceName` of the request.
Without one, the element belongs to the metadata server itself.
"""

from functools import wraps
from typing import Any

from msgspec import UNSET

from integration_daemon.rest.body import not_understood
from integration_daemon.rest.egeria import graph_routes, store_routes
from integration_daemon.rest.egeria.element_properties import from_element_properties, to_element_properties
from integration_daemon.rest.egeria.open_metadata_bodies import (
    FindRequestBody,
    NewElementRequestBody,
    NewRelatedElementsRequestBody,
    OpenMetadataElementResponse,
    OpenMetadataElementsResponse,
    PropertiesRequestBody,
    RelatedMetadataElementListResponse,
    SearchProperties,
    SearchStringRequestBody,
    SourceRequestBody,
    UniqueNameRequestBody,
)
from integration_daemon.rest.egeria.requests import StoreQuery, equal_values, reading, writing
from integration_daemon.rest.ffdc import GUIDResponse, VoidResponse
from integration_daemon.rest.messages import NOT_SUPPORTED
from integration_daemon.rest.route import Call, Operation, Route, post
from integration_daemon.rest.times import shown_time
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.errors import InvalidParameterError
from services.metadata.bounds import MOST_IN_A_PAGE
from services.metadata.changes import (
    Query,
    literally,
)
from services.metadata.egeria.names import own_relationship_name
from services.metadata.egeria.relationship_guids import guid_of
from services.metadata.element import ElementRecord, ElementStatus, RelationshipRecord
from services.metadata.messages import ELEMENT_NOT_FOUND
from services.metadata.types.registry import supertypes_of


async def _element(call: Call) -> OpenMetadataElementResponse:
    """Return an element by its GUID."""
    return OpenMetadataElementResponse(element=_shown(await _stored(call, call.parameters["guid"])))


async def _by_unique_name(call: Call) -> OpenMetadataElementResponse:
    """Return an element by its qualified name, or by another unique property; the answer is empty if none is found."""
    found = await _named(call)
    return OpenMetadataElementResponse() if found is None else OpenMetadataElementResponse(element=_shown(found))


async def _guid_by_unique_name(call: Call) -> GUIDResponse:
    """Return the GUID of an element by its qualified name, or by another unique property, if one is found."""
    found = await _named(call)
    return GUIDResponse() if found is None else GUIDResponse(guid=found.guid)


async def _by_search_string(call: Call) -> OpenMetadataElementsResponse:
    """Return the elements whose names contain a text."""
    body: SearchStringRequestBody = call.body
    text = literally(body.search_string or "")
    pattern = f"{'' if body.starts_with else '*'}{text}{'' if body.ends_with else '*'}"
    return await _found(call, Query(type_name=body.type_name, name_pattern=pattern, **_page(call, body)))


async def _by_search_conditions(call: Call) -> OpenMetadataElementsResponse:
    """Return the elements whose properties have the given values."""
    body: FindRequestBody = call.body
    if body.match_classifications:
        raise InvalidParameterError(NOT_SUPPORTED, what="matchClassifications")
    values = equal_values(body.search_properties or SearchProperties())
    return await _found(
        call, Query(type_name=body.metadata_element_type_name, property_values=values, **_page(call, body))
    )


async def _create(call: Call) -> GUIDResponse:
    """Create an element, alone or below a parent. Unknown properties are kept."""
    name = from_element_properties(call.body.properties).get("qualifiedName")
    if not isinstance(name, str) or not name:
        raise not_understood("$.properties.qualifiedName", "every element needs a qualified name, which is a text")
    return await store_routes.create(call, writing(call, is_strict=False))


async def _update_properties(call: Call) -> VoidResponse:
    """Change the properties of an element."""
    body: PropertiesRequestBody = call.body
    write = writing(call, is_strict=False)
    found = await write.reading.element(call.parameters["guid"], for_lineage=body.for_lineage)
    await write.update(found, from_element_properties(body.properties), replace=body.replace_properties)
    return VoidResponse()


async def _delete(call: Call) -> VoidResponse:
    """Delete an element for good."""
    write = writing(call)
    for_lineage = call.body is not None and call.body.for_lineage
    await write.remove(await write.reading.element(call.parameters["guid"], for_lineage=for_lineage), delete=True)
    return VoidResponse()


async def _archive(call: Call) -> VoidResponse:
    """Archive an element: it is kept, but searches no longer find it."""
    write = writing(call)
    await write.remove(await write.reading.element(call.parameters["guid"]), delete=False, process=call.user)
    return VoidResponse()


async def _classify(call: Call) -> VoidResponse:
    """Add a classification to an element, or change its properties."""
    body: PropertiesRequestBody = call.body or PropertiesRequestBody()
    write = writing(call)
    found = await write.reading.element(call.parameters["guid"])
    await write.classify(
        found, call.parameters["classification"], from_element_properties(body.properties), merge=False
    )
    return VoidResponse()


async def _declassify(call: Call) -> VoidResponse:
    """Remove a classification from an element."""
    write = writing(call)
    await write.declassify(await write.reading.element(call.parameters["guid"]), call.parameters["classification"])
    return VoidResponse()


async def _unrelate(call: Call) -> VoidResponse:
    """Remove a relationship between two elements."""
    body: NewRelatedElementsRequestBody = call.body
    write = writing(call)
    end1 = await write.reading.element(body.metadata_element1_guid, parameter="metadataElement1GUID")
    end2 = await write.reading.element(body.metadata_element2_guid, parameter="metadataElement2GUID")
    await write.unrelate(body.type_name, end1, end2)
    return VoidResponse()


async def _related(call: Call) -> RelatedMetadataElementListResponse:
    """Return the elements related to an element, by any relationship or by those of one type."""
    guid = call.parameters["guid"]
    store = call.served_store
    query: StoreQuery = call.query
    type_name = call.parameters.get("type")
    links = await store.relationships([guid], type_name=type_name and own_relationship_name(type_name))
    start = query.starting_at_end
    links = [each for each in links if start == 0 or guid == (each.end1_guid if start == 1 else each.end2_guid)]
    links = links[query.start_from : query.start_from + query.page_size if query.page_size else None]
    others = {each.guid: each for each in await store.get([_other_end(link, guid) for link in links])}
    related = [
        {
            "relationshipGUID": guid_of(link),
            "relationshipType": {"typeName": link.type_name},
            "relationshipProperties": to_element_properties(link.properties),
            "elementAtEnd1": link.end1_guid != guid,
            "element": _shown(others[_other_end(link, guid)]),
        }
        for link in links
        if _other_end(link, guid) in others
    ]
    return RelatedMetadataElementListResponse(related_element_list={"elementList": related} if related else UNSET)


def _other_end(link: RelationshipRecord, guid: str) -> str:
    return link.end2_guid if link.end1_guid == guid else link.end1_guid


async def _stored(call: Call, guid: str) -> ElementRecord:
    found = await call.served_store.get([guid])
    if not found:
        raise InvalidParameterError(ELEMENT_NOT_FOUND, kind="GUID", value=guid)
    return found[0]


async def _named(call: Call) -> ElementRecord | None:
    body: UniqueNameRequestBody = call.body
    return await reading(call).named(body.name, body.name_property_name or "qualifiedName")


async def _found(call: Call, query: Query) -> OpenMetadataElementsResponse:
    page = await call.server.cursors.find_full_page(call.served_store, query)
    elements = [_shown(each) for each in page.elements]
    return OpenMetadataElementsResponse(element_list=elements, elements=elements)


def _page(call: Call, body: SearchStringRequestBody | FindRequestBody) -> dict[str, Any]:
    """The page that the body, or else the URL, specifies."""
    query: StoreQuery = call.query
    size = body.page_size or query.page_size or MOST_IN_A_PAGE
    return {"start_from": body.start_from or query.start_from, "page_size": min(size, MOST_IN_A_PAGE)}


def _shown(element: ElementRecord) -> dict[str, Any]:
    """An element with the ecosystem's header."""
    source = element.metadata_source
    origin = "EXTERNAL_SOURCE" if source else "LOCAL_COHORT"
    updated = element.update_time
    versions = {
        "createdBy": element.created_by,
        "createTime": shown_time(element.create_time.timestamp()),
        "version": element.version,
    }
    if updated is not None:
        versions |= {"updatedBy": element.updated_by, "updateTime": shown_time(updated.timestamp())}
    return {
        "class": "OpenMetadataElement",
        "elementGUID": element.guid,
        "status": "ACTIVE",
        "type": {"typeName": element.type_name, "superTypeNames": supertypes_of(element.type_name)},
        "origin": {"originCategory": origin, **({"homeMetadataCollectionName": source} if source else {})},
        "versions": versions,
        "classifications": [
            {"classificationName": name, "classificationProperties": to_element_properties(properties)}
            for name, properties in element.classifications.items()
        ],
        "isArchived": element.status is ElementStatus.ARCHIVED,
        "elementProperties": to_element_properties(element.properties),
    }


_ROOTS = (
    "/servers/{server}/open-metadata/access-services/open-metadata-store{users}",
    "/servers/{server}/open-metadata/framework-services/{service}/open-metadata-store{users}",
    "/servers/{server}/open-metadata/common-services/{service}/open-metadata-store{users}",
)
_READ, _CHANGE, _WHOLE = Permission.READ_METADATA, Permission.CHANGE_METADATA, ScopeRule.SERVER
_ELEMENT, _ELEMENTS, _GUID = "OpenMetadataElementResponse", "OpenMetadataElementsResponse", "GUIDResponse"
_RELATED = "RelatedMetadataElementListResponse"


def _versioned(later: Operation, of_egeria_4: Operation) -> Operation:
    """An operation that answers in the form of the client's generation of Egeria."""

    @wraps(later)
    async def operation(call: Call) -> Any:
        return await (of_egeria_4 if call.query.is_of_egeria_4 else later)(call)

    return operation


def _reading(root: str) -> tuple[Route, ...]:
    elements, related = root + "/metadata-elements", root + "/related-elements"
    between = elements + "/{guid}/linked-by-{way}/to-elements/{other}"
    return (
        Route(methods=("GET", "POST"), template=elements + "/{guid}",
              operation=_versioned(_element, store_routes.element), permission=_READ, scope=_WHOLE, query=StoreQuery,
              answer=_ELEMENT, action="getMetadataElementByGUID"),
        post(elements + "/by-unique-name", _versioned(_by_unique_name, store_routes.by_unique_name), _READ, _WHOLE,
             query=StoreQuery, body=UniqueNameRequestBody, body_required=True, answer=_ELEMENT,
             action="getMetadataElementByUniqueName"),
        post(elements + "/guid-by-unique-name", _versioned(_guid_by_unique_name, store_routes.guid_by_unique_name),
             _READ, _WHOLE, query=StoreQuery, body=UniqueNameRequestBody, body_required=True, answer=_GUID,
             action="getMetadataElementGUIDByUniqueName"),
        post(elements + "/by-search-string", _versioned(_by_search_string, store_routes.by_search_string), _READ,
             _WHOLE, query=StoreQuery, body=SearchStringRequestBody, body_required=True, answer=_ELEMENTS,
             action="findMetadataElementsWithString"),
        post(elements + "/by-search-conditions",
             _versioned(_by_search_conditions, store_routes.by_search_specification), _READ, _WHOLE,
             body=FindRequestBody, query=StoreQuery, body_required=True, answer=_ELEMENTS,
             action="findMetadataElements"),
        *(Route(methods=("GET", "POST"), template=related + rest, operation=_versioned(_related, store_routes.related),
                permission=_READ, scope=_WHOLE, query=StoreQuery, answer=_RELATED, action="getRelatedMetadataElements")
          for rest in ("/{guid}/any-type", "/{guid}/type/{type}")),
        *(post(between.replace("{way}", way), store_routes.between, _READ, _WHOLE, query=StoreQuery,
               answer="OpenMetadataRelationshipListResponse", action="getMetadataElementRelationships")
          for way in ("any-type", "type/{type}")),
        post(root + "/relationships/by-guid/{guid}", store_routes.relationship, _READ, _WHOLE, query=StoreQuery,
             answer="RelatedMetadataElementsResponse", action="getRelationshipByGUID"),
        *graph_routes.rows(root),
    )  # fmt: skip


def _changing(root: str) -> tuple[Route, ...]:
    elements, related = root + "/metadata-elements", root + "/related-elements"
    one = elements + "/{guid}"
    classification = one + "/classifications/{classification}"
    return (
        post(elements, _create, _CHANGE, _WHOLE, body=NewElementRequestBody, body_required=True, answer=_GUID,
             action="createMetadataElementInStore"),
        post(one + "/update-properties", _update_properties, _CHANGE, _WHOLE, body=PropertiesRequestBody,
             body_required=True, action="updateMetadataElementInStore"),
        post(one + "/delete", _delete, _CHANGE, _WHOLE, body=SourceRequestBody, action="deleteMetadataElementInStore"),
        post(one + "/archive", _archive, _CHANGE, _WHOLE, body=SourceRequestBody,
             action="archiveMetadataElementInStore"),
        post(classification, _classify, _CHANGE, _WHOLE, body=PropertiesRequestBody,
             action="classifyMetadataElementInStore"),
        post(classification + "/update-properties", _classify, _CHANGE, _WHOLE, body=PropertiesRequestBody,
             action="reclassifyMetadataElementInStore"),
        post(classification + "/delete", _declassify, _CHANGE, _WHOLE, body=SourceRequestBody,
             action="unclassifyMetadataElementInStore"),
        post(related, store_routes.relate, _CHANGE, _WHOLE, body=NewRelatedElementsRequestBody, body_required=True,
             answer=_GUID, action="createRelatedElementsInStore"),
        post(related + "/delete", _unrelate, _CHANGE, _WHOLE, body=NewRelatedElementsRequestBody, body_required=True,
             action="deleteRelatedElementsInStore"),
        *store_routes.rows(root),
    )  # fmt: skip


ROUTES: tuple[Route, ...] = (
    *(row for root in _ROOTS for row in (*_reading(root), *_changing(root))),
    *_reading("/servers/{server}/api/open-metadata/metadata-explorer"),
)
