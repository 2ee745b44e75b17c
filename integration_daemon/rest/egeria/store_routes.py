"""The open-metadata-store routes in the form of Egeria 4: one element or relationship in each request."""

from typing import Any

import msgspec

from integration_daemon.rest.egeria.element_properties import from_element_properties, plain_value
from integration_daemon.rest.egeria.open_metadata_bodies import (
    EffectivityRequestBody,
    FindRequestBody,
    NewElementRequestBody,
    NewRelatedElementsRequestBody,
    OpenMetadataElementResponse,
    OpenMetadataElementsResponse,
    OpenMetadataRelationshipListResponse,
    PropertiesRequestBody,
    RelatedMetadataElementListResponse,
    RelatedMetadataElementsResponse,
    SearchStringRequestBody,
    SourceRequestBody,
    UniqueNameRequestBody,
)
from integration_daemon.rest.egeria.patterns import pattern_of
from integration_daemon.rest.egeria.requests import StoreQuery, reading, writing
from integration_daemon.rest.ffdc import GUIDResponse, VoidResponse
from integration_daemon.rest.messages import NOT_SUPPORTED
from integration_daemon.rest.route import Call, Route, post
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.errors import InvalidParameterError
from services.metadata.bounds import MOST_IN_A_PAGE
from services.metadata.changes import Link, Query
from services.metadata.egeria.effectivity import is_effective
from services.metadata.egeria.reading import other_end
from services.metadata.egeria.relationship_guids import RelationshipKey, guid_of, key_in
from services.metadata.egeria.writing import Writing
from services.metadata.element import ElementRecord, RelationshipRecord


async def element(call: Call) -> OpenMetadataElementResponse:
    """Return an element by its GUID."""
    read = reading(call)
    query: StoreQuery = call.query
    found = await read.element(call.parameters["guid"], for_lineage=query.for_lineage, at=query.at)
    return OpenMetadataElementResponse(element=(await read.views([found])).element(found))


async def by_unique_name(call: Call) -> OpenMetadataElementResponse:
    """Return an element by its qualified name, or by another unique property."""
    found = await _named(call)
    if found is None:
        return OpenMetadataElementResponse()
    return OpenMetadataElementResponse(element=(await reading(call).views([found])).element(found))


async def guid_by_unique_name(call: Call) -> GUIDResponse:
    """Return the GUID of an element by its qualified name, or by another unique property."""
    found = await _named(call)
    return GUIDResponse() if found is None else GUIDResponse(guid=found.guid)


async def by_search_string(call: Call) -> OpenMetadataElementsResponse:
    """Return the elements whose names match a regular expression."""
    body: SearchStringRequestBody = call.body
    pattern = pattern_of(body.search_string or "", "$.searchString")
    return await _found(call, Query(type_name=body.type_name, name_pattern=pattern))


async def by_search_specification(call: Call) -> OpenMetadataElementsResponse:
    """Return the elements whose properties have the given values, or whose names match a regular expression."""
    body: FindRequestBody = call.body
    if body.match_classifications:
        raise InvalidParameterError(NOT_SUPPORTED, what="matchClassifications")
    search = body.search_properties
    conditions = (search.conditions or []) if search is not None else []
    if search is not None and search.match_criteria != "ALL" and len(conditions) > 1:
        raise InvalidParameterError(NOT_SUPPORTED, what=f"matchCriteria {search.match_criteria[:60]}")
    values: dict[str, Any] = {}
    pattern: str | None = None
    for number, condition in enumerate(conditions):
        place = f"$.searchProperties.conditions[{number}].value"
        value = plain_value(condition.value, place)
        name, value = reading(call).condition(body.metadata_element_type_name, condition.property, value)
        if condition.operator == "EQ":
            values[name] = value
        elif condition.operator == "LIKE" and pattern is None and name in _NAMES and isinstance(value, str):
            pattern = pattern_of(value, place)
        else:
            what = f"the operator {condition.operator[:60]} for {condition.property[:60]}"
            raise InvalidParameterError(NOT_SUPPORTED, what=what)
    query = Query(type_name=body.metadata_element_type_name, name_pattern=pattern, property_values=values)
    return await _found(call, query)


_NAMES = ("qualifiedName", "displayName", "fileName", "pathName", "resourceName")


async def related(call: Call) -> RelatedMetadataElementListResponse:
    """Return the elements related to an element, by any relationship or by those of one type."""
    query: StoreQuery = call.query
    read = reading(call)
    found = await read.related(
        (await read.element(call.parameters["guid"], for_lineage=query.for_lineage)).guid,
        type_name=call.parameters.get("type"),
        at_end=query.starting_at_end,
        start=query.start_from,
        size=query.page_size,
    )
    effective = [(link, other) for link, other in found if is_effective(other, query.at)]
    views = await read.views([other for _, other in effective])
    shown = [views.related(link, other) for link, other in effective]
    return RelatedMetadataElementListResponse(element_list=shown) if shown else RelatedMetadataElementListResponse()


async def relationship(call: Call) -> RelatedMetadataElementsResponse:
    """Return a relationship by its GUID."""
    read = reading(call)
    link = await link_of(call, call.parameters["guid"])
    ends = {each.guid: each for each in await read.store.get([link.end1_guid, link.end2_guid])}
    views = await read.views(list(ends.values()))
    shown = views.relationship(link, ends.get(link.end1_guid), ends.get(link.end2_guid))
    return RelatedMetadataElementsResponse(element=shown)


async def between(call: Call) -> OpenMetadataRelationshipListResponse:
    """Return the relationships between two elements, of one type or of all types."""
    query: StoreQuery = call.query
    read = reading(call)
    one = await read.element(call.parameters["guid"], for_lineage=query.for_lineage)
    other = await read.element(call.parameters["other"], for_lineage=query.for_lineage)
    found = [
        each
        for each in await read.links(one.guid, call.parameters.get("type"), query.starting_at_end)
        if other_end(each, one.guid) == other.guid
    ][query.start_from :][: read.page_size(query.page_size)]
    if not found:
        return OpenMetadataRelationshipListResponse()
    ends, views = {one.guid: one, other.guid: other}, await read.views([one, other])
    shown = [views.relationship(each, ends[each.end1_guid], ends[each.end2_guid]) for each in found]
    listed = {"elementList": shown}
    return OpenMetadataRelationshipListResponse(relationship_list=listed, related_element_list=listed)


async def _create(call: Call) -> GUIDResponse:
    """Create an element, alone or below a parent."""
    return await create(call, writing(call))


async def create(call: Call, write: Writing) -> GUIDResponse:
    """Create the element of a request."""
    body: NewElementRequestBody = call.body
    links: tuple[Link, ...] = ()
    if body.parent_guid and body.parent_relationship_type_name:
        parent = await write.reading.element(body.parent_guid, parameter="parentGUID")
        new = (None, body.type_name)
        old = (parent, parent.type_name)
        write.require_ends(body.parent_relationship_type_name, *((old, new) if body.parent_at_end1 else (new, old)))
        links = (Link(body.parent_relationship_type_name, parent.qualified_name, body.parent_at_end1),)
    properties = from_element_properties(body.properties)
    classifications = {
        kind: from_element_properties(values, f"$.initialClassifications.{kind}")
        for kind, values in (body.initial_classifications or {}).items()
    }
    outcome = await write.create(
        body.type_name, properties, classifications=classifications, links=links, effective=body.effective
    )
    return GUIDResponse(guid=await write.guid_of(str(properties["qualifiedName"]), outcome))


async def _make_effective(call: Call) -> VoidResponse:
    """Set the times between which an element is effective."""
    body: EffectivityRequestBody = call.body
    write = writing(call)
    await write.make_effective(await _to_change(call, write), body.effective)
    return VoidResponse()


async def _classify(call: Call) -> VoidResponse:
    """Add a classification to an element. The classification `Memento` archives the element."""
    body: PropertiesRequestBody = call.body or PropertiesRequestBody()
    write = writing(call)
    await write.require_source()
    found = await _to_change(call, write)
    await write.classify(
        found, call.parameters["classification"], from_element_properties(body.properties), merge=False
    )
    return VoidResponse()


async def relate(call: Call) -> GUIDResponse:
    """Create a relationship between two elements."""
    body: NewRelatedElementsRequestBody = call.body
    write = writing(call)
    end1 = await write.reading.element(body.metadata_element1_guid, parameter="metadataElement1GUID")
    end2 = await write.reading.element(body.metadata_element2_guid, parameter="metadataElement2GUID")
    made = await write.relate(body.type_name, end1, end2, from_element_properties(body.properties))
    return GUIDResponse(guid=made.guid)


async def _update_relationship(call: Call) -> VoidResponse:
    """Change the properties of a relationship."""
    body: PropertiesRequestBody = call.body
    write = writing(call)
    link, end1, end2 = await _ends(call, write)
    given = from_element_properties(body.properties)
    await write.relate(link.type_name, end1, end2, given if body.replace_properties else {**link.properties, **given})
    return VoidResponse()


async def _unrelate(call: Call) -> VoidResponse:
    """Remove a relationship by its GUID."""
    write = writing(call)
    link, end1, end2 = await _ends(call, write)
    await write.unrelate(link.type_name, end1, end2)
    return VoidResponse()


async def _ends(call: Call, write: Writing) -> tuple[RelationshipRecord, ElementRecord, ElementRecord]:
    guid = call.parameters["relationship"]
    key = key_in(guid)
    link = None if key is None else await _link(call, key)
    if link is None:
        raise write.reading.refusals.unknown_relationship_to_change(guid, "removeRelationship")
    end1 = await write.reading.element(link.end1_guid)
    return link, end1, await write.reading.element(link.end2_guid)


async def link_of(call: Call, guid: str) -> RelationshipRecord:
    """The relationship with a GUID; raises `InvalidParameterError` if there is none."""
    key = key_in(guid)
    link = None if key is None else await _link(call, key)
    if link is None:
        raise reading(call).refusals.unknown_relationship(guid)
    return link


async def _link(call: Call, key: RelationshipKey) -> RelationshipRecord | None:
    links = await call.served_store.relationships([key.end1], type_name=key.type_name)
    return next((each for each in links if guid_of(each) == key.guid), None)


async def _to_change(call: Call, write: Writing) -> ElementRecord:
    return await write.reading.element(call.parameters["guid"], for_lineage=_asks_for_lineage(call.body))


def _asks_for_lineage(body: object) -> bool:
    return isinstance(body, SourceRequestBody) and body.for_lineage


async def _named(call: Call) -> ElementRecord | None:
    body: UniqueNameRequestBody = call.body
    name = body.name_property_name or "qualifiedName"
    query: StoreQuery = call.query
    found = await reading(call).named(body.name, name, for_lineage=query.for_lineage)
    return found if found is not None and is_effective(found, query.at) else None


async def _found(call: Call, query: Query) -> OpenMetadataElementsResponse:
    parameters: StoreQuery = call.query
    read = reading(call)
    read.require_type(query.type_name)
    query = msgspec.structs.replace(
        query,
        include_archived=parameters.for_lineage,
        start_from=parameters.start_from,
        page_size=min(parameters.page_size or MOST_IN_A_PAGE, MOST_IN_A_PAGE),
    )
    page = await call.server.cursors.find_full_page(read.store, query)
    effective = [each for each in page.elements if is_effective(each, parameters.at)]
    views = await read.views(effective)
    shown = [views.element(each) for each in effective]
    return OpenMetadataElementsResponse(element_list=shown) if shown else OpenMetadataElementsResponse()


_READ, _CHANGE, _WHOLE = Permission.READ_METADATA, Permission.CHANGE_METADATA, ScopeRule.SERVER


def rows(root: str) -> tuple[Route, ...]:
    """The routes that only Egeria 4 has, below a root."""
    elements, related_elements = root + "/metadata-elements", root + "/related-elements"
    return (
        post(elements + "/new", _create, _CHANGE, _WHOLE, body=NewElementRequestBody, body_required=True,
             answer="GUIDResponse", action="createMetadataElementInStore"),
        post(elements + "/by-search-specification", by_search_specification, _READ, _WHOLE, body=FindRequestBody,
             body_required=True, query=StoreQuery, answer="OpenMetadataElementsResponse",
             action="findMetadataElements"),
        post(elements + "/{guid}/update-effectivity", _make_effective, _CHANGE, _WHOLE, body=EffectivityRequestBody,
             body_required=True, action="updateMetadataElementEffectivityInStore"),
        post(elements + "/{guid}/classifications/{classification}/new", _classify, _CHANGE, _WHOLE,
             body=PropertiesRequestBody, action="classifyMetadataElementInStore"),
        post(related_elements + "/new", relate, _CHANGE, _WHOLE, body=NewRelatedElementsRequestBody,
             body_required=True, answer="GUIDResponse", action="createRelatedElementsInStore"),
        Route(methods=("GET", "POST"), template=related_elements + "/relationship/{guid}", operation=relationship,
              permission=_READ, scope=_WHOLE, query=StoreQuery, answer="RelatedMetadataElementsResponse",
              action="getRelationshipByGUID"),
        post(related_elements + "/{relationship}/update-properties", _update_relationship, _CHANGE, _WHOLE,
             body=PropertiesRequestBody, body_required=True, action="updateRelatedElementsInStore"),
        post(related_elements + "/{relationship}/delete", _unrelate, _CHANGE, _WHOLE, body=SourceRequestBody,
             action="deleteRelatedElementsInStore"),
    )  # fmt: skip
