"""The native routes for metadata: elements, their relationships, and changes."""

from collections import Counter

from msgspec import UNSET

from integration_daemon.rest.native.answers import (
    ElementAnswer,
    ElementsAnswer,
    ElementType,
    ElementTypesAnswer,
    Related,
    RelatedAnswer,
    RelatedElement,
)
from integration_daemon.rest.native.queries import (
    ChangesQuery,
    ElementQuery,
    ElementsQuery,
    LineageOfElementQuery,
    RelatedQuery,
)
from integration_daemon.rest.native.routing import ROOTS, native_get
from integration_daemon.rest.query import FreeQuery
from integration_daemon.rest.route import Call, Route
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.errors import InvalidParameterError
from services.metadata.bounds import MOST_IN_A_PAGE
from services.metadata.changes import ChangePage, Query
from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.lineage import MOST_NODES, MOST_STEPS, LineageGraph, LineageQuery
from services.metadata.messages import ELEMENT_NOT_FOUND
from services.metadata.store import MetadataStore
from services.metadata.types.registry import supertypes_of, types_by_name


async def _elements(call: Call) -> ElementsAnswer:
    """Return a page of the elements that match a query.

    If the answer has a `cursor`, there may be more elements: it is the parameter for the next page. A page before the
    last can be short, or empty. If the answer has `indexedTo`, the full-text index does not have the changes after that
    number yet.
    """
    store = call.store
    if store is None:
        return ElementsAnswer(elements=[])
    query: ElementsQuery = call.query
    page = await store.find_page(
        Query(
            type_name=query.type,
            name_pattern=query.name,
            text=query.text,
            updated_since=query.updated_since,
            metadata_source=_source_of(call, query),
            include_archived=query.archived,
            cursor=query.cursor,
            start_from=query.start_from,
            page_size=min(query.limit, MOST_IN_A_PAGE),
        )
    )
    guids = [each.guid for each in page.elements]
    return ElementsAnswer(
        elements=page.elements,
        cursor=UNSET if page.cursor is None else page.cursor,
        indexed_to=UNSET if page.indexed_to is None else page.indexed_to,
        relationships=await store.relationships(guids) if query.relationships else UNSET,
    )


def _source_of(call: Call, query: ElementsQuery) -> str | None:
    """The metadata source that the elements must have; raises `InvalidParameterError` for an unknown connector."""
    if query.connector is None:
        return query.source
    return call.daemon.connector(query.connector).config.metadata_source_qualified_name or ""


async def _element(call: Call) -> ElementAnswer:
    """Return one element by its GUID, archived or not, with its relationships."""
    store, element = await _found(call)
    query: ElementQuery = call.query
    relationships = await store.relationships([element.guid]) if query.relationships else UNSET
    return ElementAnswer(element=element, relationships=relationships)


async def _related(call: Call) -> RelatedAnswer:
    """Return one page of the relationships of an element, in the order of their types, each with its other element."""
    store, element = await _found(call)
    query: RelatedQuery = call.query
    everything = await store.relationships([element.guid])
    chosen = [each for each in everything if query.type in (None, each.type_name)]
    chosen.sort(key=lambda each: each.type_name)
    page = chosen[query.start_from : query.start_from + min(query.limit, MOST_IN_A_PAGE)]
    others = {each.guid: each for each in await store.get([_other_end(each, element.guid) for each in page])}
    related = [
        Related(
            relationship=each,
            is_end1=each.end1_guid == element.guid,
            element=_in_short(others[_other_end(each, element.guid)]),
        )
        for each in page
        if _other_end(each, element.guid) in others  # unless it was deleted in the meantime
    ]
    types = Counter(each.type_name for each in everything)
    return RelatedAnswer(total=len(chosen), types=dict(sorted(types.items())), related=related)


async def _found(call: Call) -> tuple[MetadataStore, ElementRecord]:
    """The store, and the element that the path names; raises `InvalidParameterError` if the element does not exist."""
    store, guid = call.store, call.parameters["guid"]
    found = await store.get([guid]) if store is not None else []
    if store is None or not found:
        raise InvalidParameterError(ELEMENT_NOT_FOUND, kind="GUID", value=guid)
    return store, found[0]


def _other_end(relationship: RelationshipRecord, guid: str) -> str:
    return relationship.end2_guid if relationship.end1_guid == guid else relationship.end1_guid


def _in_short(element: ElementRecord) -> RelatedElement:
    name = element.properties.get("displayName")
    return RelatedElement(
        guid=element.guid,
        type_name=element.type_name,
        display_name=name if isinstance(name, str) and name else element.qualified_name,
        qualified_name=element.qualified_name,
        status=element.status,
    )


async def _types(call: Call) -> ElementTypesAnswer:
    """List the types that elements can have, in the order of their names."""
    known = sorted(types_by_name().items())
    return ElementTypesAnswer(
        types=[ElementType(name=name, super_type=next(iter(supertypes_of(name)), UNSET)) for name, _ in known]
    )


async def _lineage(call: Call) -> LineageGraph:
    """Return the elements upstream or downstream of an element, and the relationships between them.

    The nearest elements come first. If `isTruncated` is true, elements within the depth were left out because of the
    limit, or relationships because there are too many.
    """
    store, guid = call.store, call.parameters["guid"]
    query: LineageOfElementQuery = call.query
    wanted = LineageQuery(
        direction=query.direction,
        depth=min(query.depth, MOST_STEPS),
        columns=query.columns,
        limit=min(query.limit, MOST_NODES),
    )
    graph = await store.lineage(guid, wanted) if store is not None else None
    if graph is None or not graph.nodes:
        raise InvalidParameterError(ELEMENT_NOT_FOUND, kind="GUID", value=guid)
    return graph


async def _changes(call: Call) -> ChangePage:
    """Return the changes of the store, for programs that follow it."""
    store = call.store
    query: ChangesQuery = call.query
    if store is None:
        return ChangePage(changes=[], last=query.after, is_last=True)
    return await store.changes(query.after, min(query.limit, MOST_IN_A_PAGE))


_WHOLE = ScopeRule.SERVER

ROUTES: tuple[Route, ...] = (
    *(native_get(root + "/elements", _elements, Permission.READ_METADATA, _WHOLE, ElementsQuery) for root in ROOTS),
    *(
        native_get(root + "/elements/{guid}", _element, Permission.READ_METADATA, _WHOLE, ElementQuery)
        for root in ROOTS
    ),
    *(
        native_get(root + "/elements/{guid}/related", _related, Permission.READ_METADATA, _WHOLE, RelatedQuery)
        for root in ROOTS
    ),
    native_get("/api/v1/element-types", _types, Permission.IDENTIFIED, ScopeRule.NONE, FreeQuery),
    *(
        native_get(root + "/elements/{guid}/lineage", _lineage, Permission.READ_METADATA, _WHOLE, LineageOfElementQuery)
        for root in ROOTS
    ),
    *(native_get(root + "/changes", _changes, Permission.READ_METADATA, _WHOLE, ChangesQuery) for root in ROOTS),
)
