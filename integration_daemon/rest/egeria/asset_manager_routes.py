"""The routes of asset managers and of what they catalogue, for the lineage and the catalog integrator of Egeria 4.

Processes, glossaries, categories and terms have the same routes, with paths of their own.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec

from integration_daemon.rest.egeria import asset_manager_bodies as bodies
from integration_daemon.rest.egeria.asset_manager_bodies import AssetManagerRequestBody, ElementRequestBody, HomeQuery
from integration_daemon.rest.egeria.database_bodies import NameRequestBody, SearchRequestBody
from integration_daemon.rest.egeria.file_bodies import PageQuery
from integration_daemon.rest.egeria.patterns import pattern_of
from integration_daemon.rest.egeria.requests import reading
from integration_daemon.rest.egeria.source_routes import MetadataSourceRequestBody
from integration_daemon.rest.ffdc import GUIDResponse, VoidResponse
from integration_daemon.rest.route import Call, Route, get, post
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.metadata.changes import Link, Query, literally
from services.metadata.egeria.kinds import CATEGORY, GLOSSARY, PROCESS, TERM, Kind, bean_of, properties_in
from services.metadata.egeria.reading import Reading
from services.metadata.egeria.third_parties import external_identifier
from services.metadata.egeria.writing import Source, Writing
from services.metadata.element import ElementRecord, MetadataSource

SERVICE = "Asset Manager OMAS"


def writing(call: Call, element: ElementRecord | None = None) -> Writing:
    """The changes of a request: for the third party, or for the metadata server where the element belongs to that."""
    body: AssetManagerRequestBody | None = call.body
    is_theirs = call.query.asset_manager_is_home if element is None else bool(element.metadata_source)
    source = body.source if body is not None and is_theirs else Source()
    return Writing(reading(call, SERVICE), call.user, source)


async def _create_asset_manager(call: Call) -> GUIDResponse:
    """Register a third party that manages assets, and return its GUID."""
    body: MetadataSourceRequestBody = call.body
    source = MetadataSource(
        qualified_name=body.qualified_name,
        type_name="AssetManager",
        display_name=body.display_name or body.name or "",
    )
    return GUIDResponse(guid=await call.served_store.register_source(source, user=call.user))


async def _asset_manager(call: Call) -> GUIDResponse:
    """Return the GUID of a third party; there is none in the answer if the server does not have it."""
    found = await reading(call, SERVICE).named(call.parameters["name"], "qualifiedName")
    return GUIDResponse() if found is None else GUIDResponse(guid=found.guid)


class _Rows(NamedTuple):
    """The routes of one kind of element."""

    kind: Kind
    name: str
    plural: str
    path: str
    within: str = ""
    """The path at which it is created, below its glossary, if it is a part of one."""

    @property
    def one(self) -> type[bodies.ProcessElementResponse]:
        """The answer with one element."""
        found: type[bodies.ProcessElementResponse] = getattr(bodies, f"{self.name}ElementResponse")
        return found

    @property
    def some(self) -> type[bodies.ProcessElementsResponse]:
        """The answer with some."""
        found: type[bodies.ProcessElementsResponse] = getattr(bodies, f"{self.name}ElementsResponse")
        return found

    def routes(self) -> tuple[Route, ...]:
        """All of its routes."""
        path, one, some = _ROOT + self.path, self.one.__name__, self.some.__name__
        found = (
            post(_ROOT + (self.within or self.path), self._create(), _CHANGE, _WHOLE, body=ElementRequestBody,
                 body_required=True, query=HomeQuery, answer="GUIDResponse", action=f"create{self.name}"),
            post(path + "/by-name", self._by_name(), _READ, _WHOLE, body=NameRequestBody, body_required=True,
                 query=PageQuery, answer=some, action=f"get{self.plural}ByName"),
            post(path + "/by-search-string", self._search(), _READ, _WHOLE, body=SearchRequestBody,
                 body_required=True, query=PageQuery, answer=some, action=f"find{self.plural}"),
            post(path + "/by-asset-manager", self._of_asset_manager(), _READ, _WHOLE, body=AssetManagerRequestBody,
                 body_required=True, query=PageQuery, answer=some, action=f"get{self.plural}ForAssetManager"),
            *(post(path + "/{guid}" + spelling, self._update(), _CHANGE, _WHOLE, body=ElementRequestBody,
                   body_required=True, query=HomeQuery, action=f"update{self.name}") for spelling in ("", "/update")),
            post(path + "/{guid}/remove", self._remove(), _CHANGE, _WHOLE, body=AssetManagerRequestBody,
                 action=f"remove{self.name}"),
            post(path + "/{guid}/retrieve", self._get(), _READ, _WHOLE, body=AssetManagerRequestBody, answer=one,
                 action=f"get{self.name}ByGUID"),
        )  # fmt: skip
        if not self.within:
            return found
        parts = post(_ROOT + self.within + "/retrieve", self._parts(), _READ, _WHOLE, body=AssetManagerRequestBody,
                     query=PageQuery, answer=some, action=f"get{self.plural}ForGlossary")  # fmt: skip
        return (*found, parts)

    def _create(self) -> Callable[[Call], Awaitable[GUIDResponse]]:
        async def create(call: Call) -> GUIDResponse:
            """Catalogue an element of this kind, with the identifier that the third party has for it."""
            body: ElementRequestBody = call.body
            write, bean = writing(call), body.element_properties
            links: list[Link] = []
            if self.within:
                whole = await _glossary(call, write.reading)
                links.append(Link(self.kind.relationship, whole.qualified_name))
            type_name = str(bean.get("typeName") or self.kind.type_name)
            write.reading.require_type(type_name, self.kind.type_name)
            outcome = await write.create(type_name, properties_in(self.kind, bean), links=links)
            name = str(bean.get("qualifiedName", ""))
            known_as = body.metadata_correlation_properties
            if known_as is not None and known_as.external_identifier and known_as.asset_manager_name:
                put = external_identifier(
                    known_as.asset_manager_name, known_as.external_identifier, known_as.mapping_properties, name
                )
                await Writing(write.reading, call.user, body.source).apply([put])
            return GUIDResponse(guid=await write.guid_of(name, outcome))

        return create

    def _update(self) -> Callable[[Call], Awaitable[VoidResponse]]:
        async def update(call: Call) -> VoidResponse:
            """Change an element of this kind."""
            body: ElementRequestBody = call.body
            found = await reading(call, SERVICE).element(call.parameters["guid"], kind=self.kind.type_name)
            write = writing(call, found)
            await write.require_source()
            properties = properties_in(self.kind, body.element_properties)
            await write.update(found, properties, replace=not call.query.is_merge_update)
            return VoidResponse()

        return update

    def _remove(self) -> Callable[[Call], Awaitable[VoidResponse]]:
        async def remove(call: Call) -> VoidResponse:
            """Delete an element of this kind for good."""
            found = await reading(call, SERVICE).element(call.parameters["guid"], kind=self.kind.type_name)
            write = writing(call, found)
            await write.require_source()
            await write.remove(found, delete=True)
            return VoidResponse()

        return remove

    def _get(self) -> Callable[[Call], Awaitable[Any]]:
        async def by_guid(call: Call) -> Any:
            """Return an element of this kind by its GUID."""
            read = reading(call, SERVICE)
            found = await read.element(call.parameters["guid"], kind=self.kind.type_name)
            return self.one(element=bean_of(await read.views([found]), self.kind, found))

        return by_guid

    def _by_name(self) -> Callable[[Call], Awaitable[Any]]:
        async def by_name(call: Call) -> Any:
            """Return the elements of this kind with a qualified name or a display name."""
            name, kind = call.body.name, self.kind.type_name
            called = Query(type_name=kind, name_pattern=literally(name), property_values={"displayName": name})
            found = await self._found(call, Query(type_name=kind, qualified_name=name))
            return await self._shown(call, found or await self._found(call, called))

        return by_name

    def _search(self) -> Callable[[Call], Awaitable[Any]]:
        async def search(call: Call) -> Any:
            """Return the elements of this kind whose names match a regular expression."""
            pattern = pattern_of(call.body.search_string, "$.searchString")
            found = await self._found(call, Query(type_name=self.kind.type_name, name_pattern=pattern))
            return await self._shown(call, found)

        return search

    def _of_asset_manager(self) -> Callable[[Call], Awaitable[Any]]:
        async def of_asset_manager(call: Call) -> Any:
            """Return the elements of this kind that belong to a third party."""
            query = Query(type_name=self.kind.type_name, metadata_source=call.body.source.name)
            return await self._shown(call, await self._found(call, query))

        return of_asset_manager

    def _parts(self) -> Callable[[Call], Awaitable[Any]]:
        async def parts(call: Call) -> Any:
            """Return the elements of this kind that are parts of a glossary."""
            page: PageQuery = call.query
            read = reading(call, SERVICE)
            whole = await _glossary(call, read)
            links = await read.related(
                whole.guid, type_name=self.kind.relationship, at_end=1, start=page.start, size=page.size
            )
            return await self._shown(call, [other for _, other in links])

        return parts

    async def _found(self, call: Call, query: Query) -> list[ElementRecord]:
        page: PageQuery = call.query
        read = reading(call, SERVICE)
        asked = msgspec.structs.replace(query, start_from=page.start, page_size=read.page_size(page.size))
        return (await call.server.cursors.find_full_page(read.store, asked)).elements

    async def _shown(self, call: Call, found: list[ElementRecord]) -> Any:
        if not found:
            return self.some()
        views = await reading(call, SERVICE).views(found)
        return self.some(element_list=[bean_of(views, self.kind, each) for each in found])


async def _glossary(call: Call, read: Reading) -> ElementRecord:
    """The glossary that the URL names."""
    return await read.element(call.parameters["whole"], parameter="glossaryGUID", kind=GLOSSARY.type_name)


_ROOT = "/servers/{server}/open-metadata/access-services/asset-manager{users}"
_READ, _CHANGE, _WHOLE = Permission.READ_METADATA, Permission.CHANGE_METADATA, ScopeRule.SERVER
_GLOSSARY = "/glossaries/{whole}"

ROUTES: tuple[Route, ...] = (
    post(_ROOT + "/asset-managers", _create_asset_manager, _CHANGE, _WHOLE, body=MetadataSourceRequestBody,
         body_required=True, answer="GUIDResponse", action="createExternalAssetManager"),
    get(_ROOT + "/asset-managers/by-name/{name}", _asset_manager, _READ, _WHOLE, answer="GUIDResponse",
        action="getExternalAssetManagerGUID"),
    *_Rows(PROCESS, "Process", "Processes", "/processes").routes(),
    *_Rows(GLOSSARY, "Glossary", "Glossaries", "/glossaries").routes(),
    *_Rows(CATEGORY, "GlossaryCategory", "GlossaryCategories", "/glossaries/categories",
           _GLOSSARY + "/categories").routes(),
    *_Rows(TERM, "GlossaryTerm", "GlossaryTerms", "/glossaries/terms", _GLOSSARY + "/terms").routes(),
)  # fmt: skip
