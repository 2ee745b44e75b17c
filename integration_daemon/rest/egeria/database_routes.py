"""The routes of databases of the Data Manager OMAS, which a database integrator of Egeria 4 uses.

The five kinds of elements have the same routes; what differs is in `services.metadata.egeria.databases`.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec

from integration_daemon.rest.egeria import database_bodies as bodies
from integration_daemon.rest.egeria.database_bodies import (
    ClassificationRequestBody,
    NameRequestBody,
    ReferenceableRequestBody,
    SearchRequestBody,
)
from integration_daemon.rest.egeria.file_bodies import MergeQuery, PageQuery
from integration_daemon.rest.egeria.patterns import pattern_of
from integration_daemon.rest.egeria.requests import reading, writing
from integration_daemon.rest.ffdc import GUIDResponse, VoidResponse
from integration_daemon.rest.open_metadata_bodies import SourceRequestBody
from integration_daemon.rest.route import Call, Route, get, post
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.metadata.changes import Query
from services.metadata.egeria import databases
from services.metadata.egeria.databases import COLUMN, DATABASE, FOREIGN_KEY, PRIMARY_KEY, SCHEMA, TABLE, VIEW
from services.metadata.egeria.files import SERVICE
from services.metadata.egeria.kinds import Kind
from services.metadata.element import ElementRecord


class _Rows(NamedTuple):
    """The routes of one kind of element."""

    kind: Kind
    name: str
    """In the names of actions: `Database`, `DatabaseSchema` and so on."""
    path: str
    whole: str = ""
    """The path of its parts below the whole that they belong to, with its GUID as `{whole}`."""
    whole_name: str = ""

    @property
    def one(self) -> type[bodies.DatabaseResponse]:
        """The answer with one element."""
        found: type[bodies.DatabaseResponse] = getattr(bodies, f"{self.name}Response")
        return found

    @property
    def some(self) -> type[bodies.DatabasesResponse]:
        """The answer with some."""
        found: type[bodies.DatabasesResponse] = getattr(bodies, f"{self.name}sResponse")
        return found

    def routes(self) -> tuple[Route, ...]:
        """All of its routes."""
        path, name, one, some = _ROOT + self.path, self.name, self.one.__name__, self.some.__name__
        found = (
            post(path, self.create(), _CHANGE, _WHOLE, body=ReferenceableRequestBody, body_required=True,
                 answer="GUIDResponse", action=f"create{name}"),
            post(path + "/by-name", self._by_name(), _READ, _WHOLE, body=NameRequestBody, body_required=True,
                 query=PageQuery, answer=some, action=f"get{name}sByName"),
            post(path + "/by-search-string", self._search(), _READ, _WHOLE, body=SearchRequestBody,
                 body_required=True, query=PageQuery, answer=some, action=f"find{name}s"),
            get(path + "/{guid}", self._get(), _READ, _WHOLE, answer=one, action=f"get{name}ByGUID"),
            post(path + "/{guid}", self._update(), _CHANGE, _WHOLE, body=ReferenceableRequestBody,
                 body_required=True, query=MergeQuery, action=f"update{name}"),
            post(path + "/{guid}/delete", self._delete(), _CHANGE, _WHOLE, body=SourceRequestBody,
                 action=f"remove{name}"),
        )  # fmt: skip
        if not self.whole:
            return found
        parts = get(_ROOT + self.whole, self._parts(), _READ, _WHOLE, query=PageQuery, answer=some,
                    action=f"get{name.removeprefix('Database')}sFor{self.whole_name}")  # fmt: skip
        return (*found, parts)

    def create(self) -> Callable[[Call], Awaitable[GUIDResponse]]:
        async def create(call: Call) -> GUIDResponse:
            """Catalogue an element of this kind, as a part of the element that the body names."""
            body: ReferenceableRequestBody = call.body
            guid = await databases.create(writing(call, SERVICE), self.kind, body.properties, body.parent_guid)
            return GUIDResponse(guid=guid)

        return create

    def _update(self) -> Callable[[Call], Awaitable[VoidResponse]]:
        async def update(call: Call) -> VoidResponse:
            """Change an element of this kind."""
            body: ReferenceableRequestBody = call.body
            write = writing(call, SERVICE)
            found = await write.reading.element(call.parameters["guid"], kind=self.kind.type_name)
            merge = call.query.is_merge_update
            await databases.update(write, self.kind, found, body.properties, merge=merge)
            return VoidResponse()

        return update

    def _delete(self) -> Callable[[Call], Awaitable[VoidResponse]]:
        async def delete(call: Call) -> VoidResponse:
            """Delete an element of this kind for good, with what is a part of it."""
            write = writing(call, SERVICE)
            found = await write.reading.element(call.parameters["guid"], kind=self.kind.type_name)
            await databases.delete(write, found)
            return VoidResponse()

        return delete

    def _get(self) -> Callable[[Call], Awaitable[Any]]:
        async def by_guid(call: Call) -> Any:
            """Return an element of this kind by its GUID."""
            read = reading(call, SERVICE)
            found = await read.element(call.parameters["guid"], kind=self.kind.type_name)
            return self.one(element=(await databases.beans_of(read, self.kind, [found]))[0])

        return by_guid

    def _parts(self) -> Callable[[Call], Awaitable[Any]]:
        async def parts(call: Call) -> Any:
            """Return the elements of this kind that are parts of another element."""
            query: PageQuery = call.query
            read = reading(call, SERVICE)
            found = await databases.parts_of(read, call.parameters["whole"], self.kind, query.start, query.size)
            return await self._shown(call, found)

        return parts

    def _by_name(self) -> Callable[[Call], Awaitable[Any]]:
        async def by_name(call: Call) -> Any:
            """Return the elements of this kind with a qualified name or a display name."""
            body: NameRequestBody = call.body
            found: list[ElementRecord] = []
            for query in databases.query_by_name(self.kind, body.name):
                found = found or await self._found(call, query)
            return await self._shown(call, found)

        return by_name

    def _search(self) -> Callable[[Call], Awaitable[Any]]:
        async def search(call: Call) -> Any:
            """Return the elements of this kind whose names match a regular expression."""
            body: SearchRequestBody = call.body
            pattern = pattern_of(body.search_string, "$.searchString")
            query = Query(type_name=self.kind.type_name, name_pattern=pattern)
            return await self._shown(call, await self._found(call, query))

        return search

    async def _found(self, call: Call, query: Query) -> list[ElementRecord]:
        page: PageQuery = call.query
        read = reading(call, SERVICE)
        asked = msgspec.structs.replace(query, start_from=page.start, page_size=read.page_size(page.size))
        found = await call.server.cursors.find_full_page(read.store, asked)
        return [each for each in found.elements if databases.is_of_kind(each, self.kind)]

    async def _shown(self, call: Call, found: list[ElementRecord]) -> Any:
        if not found:
            return self.some()
        return self.some(element_list=await databases.beans_of(reading(call, SERVICE), self.kind, found))


async def _create_structure(call: Call) -> GUIDResponse:
    """Catalogue the structure of a database or a schema, to which tables are added."""
    body: ReferenceableRequestBody = call.body
    return GUIDResponse(guid=await databases.create_structure(writing(call, SERVICE), body.properties))


async def _attach_structure(call: Call) -> VoidResponse:
    """Make a structure that of a database or a schema."""
    write = writing(call, SERVICE)
    asset = await write.reading.element(call.parameters["guid"], kind="Asset")
    structure = await write.reading.element(call.parameters["structure"], kind=databases.STRUCTURE)
    await write.relate("Schema", asset, structure, {})
    return VoidResponse()


async def _set_primary_key(call: Call) -> VoidResponse:
    """Classify a column as the primary key of its table."""
    body: ClassificationRequestBody = call.body or ClassificationRequestBody()
    write = writing(call, SERVICE)
    column = await write.reading.element(call.parameters["guid"], kind=COLUMN.type_name)
    await write.classify(column, PRIMARY_KEY, _without_class(body.properties), merge=False)
    return VoidResponse()


async def _remove_primary_key(call: Call) -> VoidResponse:
    """Take the classification as a primary key off a column."""
    write = writing(call, SERVICE)
    await write.declassify(await write.reading.element(call.parameters["guid"], kind=COLUMN.type_name), PRIMARY_KEY)
    return VoidResponse()


async def _add_foreign_key(call: Call) -> VoidResponse:
    """Let a column refer to the primary key of another table."""
    body: ClassificationRequestBody = call.body or ClassificationRequestBody()
    write = writing(call, SERVICE)
    foreign, primary = await _columns(call)
    await write.relate(FOREIGN_KEY, primary, foreign, _without_class(body.properties))
    return VoidResponse()


async def _remove_foreign_key(call: Call) -> VoidResponse:
    """Let a column no longer refer to the primary key of another table."""
    foreign, primary = await _columns(call)
    await writing(call, SERVICE).unrelate(FOREIGN_KEY, primary, foreign)
    return VoidResponse()


async def _columns(call: Call) -> tuple[ElementRecord, ElementRecord]:
    """The column with the foreign key, and the one with the primary key."""
    read, kind = reading(call, SERVICE), COLUMN.type_name
    return (
        await read.element(call.parameters["guid"], kind=kind),
        await read.element(call.parameters["primary"], kind=kind),
    )


def _without_class(properties: dict[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (properties or {}).items() if name != "class" and value is not None}


_ROOT = "/servers/{server}/open-metadata/access-services/data-manager{users}/databases"
_READ, _CHANGE, _WHOLE = Permission.READ_METADATA, Permission.CHANGE_METADATA, ScopeRule.SERVER
_COLUMN = _ROOT + "/tables/columns/{guid}"
_KEY = _COLUMN + "/foreign-key/{primary}"

ROUTES: tuple[Route, ...] = (
    *_Rows(DATABASE, "Database", "").routes(),
    *_Rows(SCHEMA, "DatabaseSchema", "/schemas", "/{whole}/schemas", "Database").routes(),
    *_Rows(TABLE, "DatabaseTable", "/tables", "/{whole}/tables", "DatabaseAsset").routes(),
    *_Rows(VIEW, "DatabaseView", "/tables/views", "/{whole}/tables/views", "DatabaseAsset").routes(),
    *_Rows(COLUMN, "DatabaseColumn", "/tables/columns", "/tables/{whole}/columns", "DatabaseTable").routes(),
    post(_ROOT + "/schema-type", _create_structure, _CHANGE, _WHOLE, body=ReferenceableRequestBody,
         body_required=True, answer="GUIDResponse", action="createDatabaseSchemaType"),
    post(_ROOT + "/{guid}/schema-type/{structure}", _attach_structure, _CHANGE, _WHOLE, body=SourceRequestBody,
         action="attachSchemaTypeToDatabaseAsset"),
    *(post(_ROOT + "/schema-type/tables" + path, _Rows(kind, "", "").create(), _CHANGE, _WHOLE,
           body=ReferenceableRequestBody, body_required=True, answer="GUIDResponse", action=action)
      for path, kind, action in (("", TABLE, "createDatabaseTableForSchemaType"),
                                 ("/views", VIEW, "createDatabaseViewForSchemaType"))),
    post(_COLUMN + "/primary-key", _set_primary_key, _CHANGE, _WHOLE, body=ClassificationRequestBody,
         action="setPrimaryKeyOnColumn"),
    post(_COLUMN + "/primary-key/delete", _remove_primary_key, _CHANGE, _WHOLE, body=SourceRequestBody,
         action="removePrimaryKeyFromColumn"),
    post(_KEY, _add_foreign_key, _CHANGE, _WHOLE, body=ClassificationRequestBody, action="addForeignKeyRelationship"),
    post(_KEY + "/delete", _remove_foreign_key, _CHANGE, _WHOLE, body=SourceRequestBody,
         action="removeForeignKeyRelationship"),
)  # fmt: skip
