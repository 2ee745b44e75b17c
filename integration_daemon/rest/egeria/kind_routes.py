"""Makes the routes of elements in the form of Egeria's beans from tables.

A `Family` has the common properties of all kinds of elements of one access service of Egeria. `Rows` has the paths of
one kind; the kinds themselves are in `services.metadata.egeria.kinds`.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec

from integration_daemon.rest.egeria import kind_bodies as bodies
from integration_daemon.rest.egeria.file_bodies import MergeQuery, PageQuery
from integration_daemon.rest.egeria.open_metadata_bodies import SourceRequestBody
from integration_daemon.rest.egeria.patterns import pattern_of
from integration_daemon.rest.egeria.requests import reading
from integration_daemon.rest.ffdc import GUIDResponse, VoidResponse
from integration_daemon.rest.query import FreeQuery
from integration_daemon.rest.route import BodyReader, Call, Route
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.metadata.changes import Query
from services.metadata.egeria import parts
from services.metadata.egeria.kind import Kind
from services.metadata.egeria.third_parties import external_identifier
from services.metadata.egeria.writing import Source, Writing
from services.metadata.element import ElementRecord

READ, CHANGE, WHOLE = Permission.READ_METADATA, Permission.CHANGE_METADATA, ScopeRule.SERVER


class Family(NamedTuple):
    """The common properties of the routes of several kinds."""

    service: str
    root: str
    body: type[Any] | BodyReader = bodies.ReferenceableRequestBody
    request: type[SourceRequestBody] = SourceRequestBody
    """The body of requests without a bean."""
    query: type[FreeQuery] = MergeQuery
    updates: tuple[str, ...] = ("/{guid}",)
    delete: str = "/{guid}/delete"
    deletes: str = "remove"
    """The prefix of the names of actions that delete."""
    retrieve: str = ""
    """The suffix of the paths of reads, which then are POST; empty: reads are GET."""
    one: str = "{name}Response"
    some: str = "{plural}Response"
    lists: tuple[str, ...] = ("elementList",)
    """The fields with the elements of an answer; clients of different releases read different fields."""

    def reads(self, path: str, operation: Callable[[Call], Awaitable[Any]], **row: Any) -> Route:
        """A route that reads, with all parameters in the URL."""
        if self.retrieve:
            row |= {"methods": ("POST",), "body": self.request}
        template = self.root + path + self.retrieve
        return Route(
            **{"methods": ("GET",), **row}, template=template, operation=operation, permission=READ, scope=WHOLE
        )

    def finds(self, path: str, operation: Callable[[Call], Awaitable[Any]], body: type[Any], **row: Any) -> Route:
        """A route that reads, with parameters in the body."""
        return Route(methods=("POST",), template=self.root + path, operation=operation, permission=READ, scope=WHOLE,
                     body=body, body_required=True, query=PageQuery, **row)  # fmt: skip

    def changes(self, path: str, operation: Callable[[Call], Awaitable[Any]], **row: Any) -> Route:
        """A route that makes changes."""
        row = {"body": self.request, **row}
        return Route(
            methods=("POST",), template=self.root + path, operation=operation, permission=CHANGE, scope=WHOLE, **row
        )

    def writing(self, call: Call, element: ElementRecord | None = None) -> Writing:
        """The changes of a request, made for its metadata source, or for the server if the server owns the element."""
        source = call.body.source if call.body is not None else Source()
        if self.query is bodies.HomeQuery:
            is_theirs = call.query.is_theirs if element is None else bool(element.metadata_source)
            source = source if is_theirs else Source()
        return Writing(reading(call, self.service), call.user, source)

    async def shown(self, call: Call, kind: Kind, answer: str, found: list[ElementRecord]) -> dict[str, Any]:
        """An answer with these elements."""
        beans = await parts.beans_of(reading(call, self.service), kind, found) if found else []
        return self.listing(answer, beans)

    def listing(self, answer: str, shown: list[dict[str, Any]]) -> dict[str, Any]:
        """An answer with a list, which is left out if it is empty."""
        lists = dict.fromkeys(self.lists, shown) if shown else {}
        return {"class": answer, "relatedHTTPCode": 200, **lists}

    async def found(self, call: Call, kind: Kind, query: Query) -> list[ElementRecord]:
        """The elements of a kind that match, on the page that the URL specifies."""
        page: PageQuery = call.query
        read = reading(call, self.service)
        paged = msgspec.structs.replace(query, start_from=page.start, page_size=read.page_size(page.size))
        found = await call.server.cursors.find_full_page(read.store, paged)
        return [each for each in found.elements if kind.includes(each)]


class Rows(NamedTuple):
    """The routes of one kind of element."""

    family: Family
    kind: Kind
    name: str
    """The name of the kind in the names of actions: `Database`, `DatabaseSchema` and so on."""
    path: str
    within: str = ""
    """The path for the creation of a part below its whole, whose GUID is `{whole}`; empty: `path`."""
    parts: str = ""
    """The path for the list of the parts of a whole."""
    parts_action: str = ""
    owned: str = ""
    """The path for the list of the elements of a metadata source."""
    owned_action: str = ""
    plural: str = ""
    some: str = ""
    """The class of answers with several elements; empty: formed by the family's pattern."""

    @property
    def plurally(self) -> str:
        """The plural of the name."""
        return self.plural or self.name + "s"

    @property
    def answers(self) -> tuple[str, str]:
        """The classes of answers with one element, and with several."""
        names = {"name": self.name, "plural": self.plurally}
        return self.family.one.format(**names), self.some or self.family.some.format(**names)

    def routes(self) -> tuple[Route, ...]:
        """All routes of the kind."""
        family, name, path = self.family, self.name, self.path
        one, some = self.answers
        found = [
            family.changes(self.within or path, self.create(), body=family.body, body_required=True,
                           query=family.query, answer="GUIDResponse", action=f"create{name}"),
            family.finds(path + "/by-name", self._by_name(), bodies.NameRequestBody, answer=some,
                         action=f"get{self.plurally}ByName"),
            family.finds(path + "/by-search-string", self._search(), bodies.SearchRequestBody, answer=some,
                         action=f"find{self.plurally}"),
            *(family.changes(path + each, self._update(), body=family.body, body_required=True, query=family.query,
                             action=f"update{name}") for each in family.updates),
            family.changes(path + family.delete, self._delete(), action=f"{family.deletes}{name}"),
            family.reads(path + "/{guid}", self._get(), answer=one, action=f"get{name}ByGUID"),
        ]  # fmt: skip
        listed: dict[str, Any] = {"query": PageQuery, "answer": some}
        if self.parts:
            found.append(family.reads(self.parts, self._parts(), action=self.parts_action, **listed))
        if self.owned and family.retrieve:
            found.append(family.finds(self.owned, self._owned(), family.request, answer=some, action=self.owned_action))
        elif self.owned:
            found.append(family.reads(self.owned, self._owned(), action=self.owned_action, **listed))
        return tuple(found)

    def create(self) -> Callable[[Call], Awaitable[GUIDResponse]]:
        """The operation that catalogues an element of this kind."""

        async def create(call: Call) -> GUIDResponse:
            """Catalogue an element of this kind, as a part of the element that the URL or the body names."""
            body, write = call.body, self.family.writing(call)
            guid = call.parameters.get("whole") or getattr(body, "parent_guid", None)
            whole = None
            if guid and self.kind.parents:
                whole = await parts.whole_of(write.reading, self.kind, guid, _parameter(call, self.kind))
            made = await parts.create(write, self.kind, body.bean, whole)
            if isinstance(body, bodies.ElementRequestBody):
                await _catalogue_identifier(call, write, body)
            return GUIDResponse(guid=made)

        return create

    def _update(self) -> Callable[[Call], Awaitable[VoidResponse]]:
        async def update(call: Call) -> VoidResponse:
            """Change an element of this kind."""
            found = await self._element(call)
            write = self.family.writing(call, found)
            await parts.update(write, self.kind, found, call.body.bean, merge=call.query.is_merge_update)
            return VoidResponse()

        return update

    def _delete(self) -> Callable[[Call], Awaitable[VoidResponse]]:
        async def delete(call: Call) -> VoidResponse:
            """Delete an element of this kind for good, with its parts."""
            found = await self._element(call)
            name = call.parameters.get("name")
            if name is not None and name != found.qualified_name:
                raise reading(call, self.family.service).refusals.unknown_element(name, "qualifiedName")
            await parts.delete(self.family.writing(call, found), found)
            return VoidResponse()

        return delete

    def _get(self) -> Callable[[Call], Awaitable[Any]]:
        async def by_guid(call: Call) -> dict[str, Any]:
            """Return an element of this kind by its GUID."""
            read, found = reading(call, self.family.service), await self._element(call)
            (bean,) = await parts.beans_of(read, self.kind, [found])
            return {"class": self.answers[0], "relatedHTTPCode": 200, "element": bean}

        return by_guid

    def _parts(self) -> Callable[[Call], Awaitable[Any]]:
        async def parts_of_whole(call: Call) -> dict[str, Any]:
            """Return the elements of this kind that are parts of another element."""
            query: PageQuery = call.query
            read = reading(call, self.family.service)
            whole = await parts.whole_of(read, self.kind, call.parameters["whole"], _parameter(call, self.kind))
            found = await parts.parts_of(read, whole, self.kind, query.start, query.size)
            return await self.family.shown(call, self.kind, self.answers[1], found)

        return parts_of_whole

    def _by_name(self) -> Callable[[Call], Awaitable[Any]]:
        async def by_name(call: Call) -> dict[str, Any]:
            """Return the elements of this kind with a qualified name or another name."""
            found: list[ElementRecord] = []
            for query in self.kind.queries_by_name(call.body.name):
                found = found or await self.family.found(call, self.kind, query)
            return await self.family.shown(call, self.kind, self.answers[1], found)

        return by_name

    def _search(self) -> Callable[[Call], Awaitable[Any]]:
        async def search(call: Call) -> dict[str, Any]:
            """Return the elements of this kind whose names match a regular expression."""
            pattern = pattern_of(call.body.search_string, "$.searchString")
            query = Query(type_name=self.kind.type_name, name_pattern=pattern)
            found = await self.family.found(call, self.kind, query)
            return await self.family.shown(call, self.kind, self.answers[1], found)

        return search

    def _owned(self) -> Callable[[Call], Awaitable[Any]]:
        async def owned(call: Call) -> dict[str, Any]:
            """Return the elements of this kind that belong to a metadata source."""
            source = call.parameters.get("source") or call.body.source.name
            query = Query(type_name=self.kind.type_name, metadata_source=source)
            found = await self.family.found(call, self.kind, query)
            return await self.family.shown(call, self.kind, self.answers[1], found)

        return owned

    async def _element(self, call: Call) -> ElementRecord:
        return await reading(call, self.family.service).element(call.parameters["guid"], kind=self.kind.type_name)


def _parameter(call: Call, kind: Kind) -> str:
    """The name of the GUID of a whole in the requests of clients."""
    return f"{kind.parents[0][0].lower()}{kind.parents[0][1:]}GUID" if "whole" in call.parameters else "parentGUID"


async def _catalogue_identifier(call: Call, write: Writing, body: bodies.ElementRequestBody) -> None:
    """Catalogue the identifier of a new element at the third party."""
    correlation = body.metadata_correlation_properties
    if correlation is not None and correlation.external_identifier and correlation.asset_manager_name:
        name = str(body.bean.get("qualifiedName", ""))
        put = external_identifier(
            correlation.asset_manager_name, correlation.external_identifier, correlation.mapping_properties, name
        )
        await Writing(write.reading, call.user, body.source).apply([put])
