"""The native routes for metadata: elements, their relationships, and changes."""

from msgspec import UNSET

from integration_daemon.rest.native_answers import ElementAnswer, ElementsAnswer
from integration_daemon.rest.native_queries import (
    MOST_IN_A_PAGE,
    ChangesQuery,
    ElementsQuery,
    LineageOfElementQuery,
)
from integration_daemon.rest.native_route import ROOTS, native_get
from integration_daemon.rest.route import Call, Route
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.errors import InvalidParameterError
from services.metadata.changes import ChangePage, Query
from services.metadata.lineage import MOST_NODES, MOST_STEPS, LineageGraph, LineageQuery
from services.metadata.messages import ELEMENT_NOT_FOUND


async def _elements(call: Call) -> ElementsAnswer:
    """Return a page of the elements that match a query.

    With a `cursor`, there may be more: it is the parameter for the next page. A page can be short, or empty, before the
    last. With an `indexedTo`, the index of words has not seen the changes after that number yet.
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
            metadata_source=query.source,
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


async def _element(call: Call) -> ElementAnswer:
    """Return one element by its GUID, archived or not, with its relationships."""
    store, guid = call.store, call.parameters["guid"]
    found = await store.get([guid]) if store is not None else []
    if store is None or not found:
        raise InvalidParameterError(ELEMENT_NOT_FOUND, kind="GUID", value=guid)
    return ElementAnswer(element=found[0], relationships=await store.relationships([guid]))


async def _lineage(call: Call) -> LineageGraph:
    """Return the elements that data comes from, or goes to, and the relationships between them.

    The nearest elements come first. If `isTruncated` is true, there are more within the depth than the limit allows,
    or relationships were left out because there are too many.
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
    """Return what changed in the store, for programs that follow it."""
    store = call.store
    query: ChangesQuery = call.query
    if store is None:
        return ChangePage(changes=[], last=query.after, is_last=True)
    return await store.changes(query.after, min(query.limit, MOST_IN_A_PAGE))


_WHOLE = ScopeRule.SERVER

ROUTES: tuple[Route, ...] = (
    *(native_get(root + "/elements", _elements, Permission.READ_METADATA, _WHOLE, ElementsQuery) for root in ROOTS),
    *(native_get(root + "/elements/{guid}", _element, Permission.READ_METADATA, _WHOLE) for root in ROOTS),
    *(
        native_get(root + "/elements/{guid}/lineage", _lineage, Permission.READ_METADATA, _WHOLE, LineageOfElementQuery)
        for root in ROOTS
    ),
    *(native_get(root + "/changes", _changes, Permission.READ_METADATA, _WHOLE, ChangesQuery) for root in ROOTS),
)
