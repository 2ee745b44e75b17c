"""The routes of processes and of lineage of the Asset Manager OMAS, which a lineage integrator of Egeria 4 uses."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from integration_daemon.rest.egeria.database_bodies import NameRequestBody, SearchRequestBody
from integration_daemon.rest.egeria.file_bodies import PageQuery
from integration_daemon.rest.egeria.patterns import pattern_of
from integration_daemon.rest.egeria.requests import reading
from integration_daemon.rest.egeria.source_routes import MetadataSourceRequestBody
from integration_daemon.rest.ffdc import FFDCResponse, GUIDResponse, VoidResponse
from integration_daemon.rest.query import FreeQuery
from integration_daemon.rest.route import Call, Route, get, post
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.metadata.changes import Query, literally
from services.metadata.egeria.processes import SERVICE, bean_of, external_identifier, properties_in
from services.metadata.egeria.relationship_guids import guid_of, key_in
from services.metadata.egeria.writing import Source, Writing
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord


class Correlation(msgspec.Struct, kw_only=True, rename="camel"):
    """The third party that an element comes from, and its identifier there."""

    asset_manager_guid: str | None = msgspec.field(name="assetManagerGUID", default=None)
    asset_manager_name: str | None = None
    external_identifier: str | None = None
    mapping_properties: dict[str, str] | None = None


class ProcessRequestBody(msgspec.Struct, kw_only=True, rename="camel"):
    """A process, with what the third party calls it."""

    element_properties: dict[str, Any]
    metadata_correlation_properties: Correlation | None = None


class AssetManagerRequestBody(msgspec.Struct, kw_only=True, rename="camel"):
    """A request of a third party, about a relationship for instance."""

    asset_manager_guid: str | None = msgspec.field(name="assetManagerGUID", default=None)
    asset_manager_name: str | None = None
    metadata_correlation_properties: Correlation | None = None
    properties: dict[str, Any] | None = None


class HomeQuery(FreeQuery, frozen=True, kw_only=True, rename="camel"):
    """Who an element belongs to."""

    asset_manager_is_home: bool = False
    """Whether it belongs to the third party, and not to the metadata server."""
    is_merge_update: bool = False
    """Whether the properties of the element are kept where no others are given."""


class ProcessElementResponse(FFDCResponse, kw_only=True, rename="camel"):
    """A process."""

    element: dict[str, Any] | UnsetType = UNSET


class ProcessElementsResponse(FFDCResponse, kw_only=True, rename="camel"):
    """Some processes."""

    element_list: list[dict[str, Any]] | UnsetType = UNSET


def _source_of(body: ProcessRequestBody | AssetManagerRequestBody | None) -> Source:
    """The third party that a request is made for."""
    if body is None:
        return Source()
    given: Any = body.metadata_correlation_properties or body
    name, guid = getattr(given, "asset_manager_name", None), getattr(given, "asset_manager_guid", None)
    return Source(name or "", guid or "")


def _writing(call: Call, *, element: ElementRecord | None = None) -> Writing:
    """The changes of a request: for the third party, or for the metadata server where the element belongs to that."""
    source = _source_of(call.body)
    if (element is not None and not element.metadata_source) or (
        element is None and not getattr(call.query, "asset_manager_is_home", False)
    ):
        source = Source()
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


async def _create_process(call: Call) -> GUIDResponse:
    """Catalogue a process."""
    body: ProcessRequestBody = call.body
    write = _writing(call)
    bean = body.element_properties
    outcome = await write.create(str(bean.get("typeName") or "Process"), properties_in(bean))
    name = str(bean.get("qualifiedName", ""))
    correlation = body.metadata_correlation_properties
    if correlation is not None and correlation.external_identifier and correlation.asset_manager_name:
        owner = Writing(write.reading, call.user, _source_of(body))
        put = external_identifier(
            correlation.asset_manager_name, correlation.external_identifier, correlation.mapping_properties, name
        )
        await owner.apply([put])
    return GUIDResponse(guid=outcome.guids[name])


async def _update_process(call: Call) -> VoidResponse:
    """Change a process."""
    body: ProcessRequestBody = call.body
    found = await reading(call, SERVICE).element(call.parameters["guid"], kind="Process")
    write = _writing(call, element=found)
    await write.require_source()
    await write.update(found, properties_in(body.element_properties), replace=not call.query.is_merge_update)
    return VoidResponse()


async def _remove_process(call: Call) -> VoidResponse:
    """Delete a process for good."""
    found = await reading(call, SERVICE).element(call.parameters["guid"], kind="Process")
    write = _writing(call, element=found)
    await write.require_source()
    await write.remove(found, delete=True)
    return VoidResponse()


async def _process(call: Call) -> ProcessElementResponse:
    """Return a process by its GUID."""
    read = reading(call, SERVICE)
    found = await read.element(call.parameters["guid"], kind="Process")
    return ProcessElementResponse(element=bean_of(await read.views([found]), found))


async def _processes_by_name(call: Call) -> ProcessElementsResponse:
    """Return the processes with a qualified name or a display name."""
    body: NameRequestBody = call.body
    for query in (
        Query(type_name="Process", qualified_name=body.name),
        Query(type_name="Process", name_pattern=literally(body.name), property_values={"displayName": body.name}),
    ):
        answer = await _found(call, query)
        if answer.element_list is not UNSET:
            return answer
    return ProcessElementsResponse()


async def _find_processes(call: Call) -> ProcessElementsResponse:
    """Return the processes whose names match a regular expression."""
    body: SearchRequestBody = call.body
    return await _found(call, Query(type_name="Process", name_pattern=pattern_of(body.search_string, "$.searchString")))


async def _processes_of_asset_manager(call: Call) -> ProcessElementsResponse:
    """Return the processes that belong to a third party."""
    return await _found(call, Query(type_name="Process", metadata_source=_source_of(call.body).name))


async def _found(call: Call, query: Query) -> ProcessElementsResponse:
    page: PageQuery = call.query
    read = reading(call, SERVICE)
    asked = msgspec.structs.replace(query, start_from=page.start, page_size=read.page_size(page.size))
    found = (await call.server.cursors.find_full_page(read.store, asked)).elements
    if not found:
        return ProcessElementsResponse()
    views = await read.views(found)
    return ProcessElementsResponse(element_list=[bean_of(views, each) for each in found])


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
    return await read.element(call.parameters["end1"]), await read.element(call.parameters["end2"]), _writing(call)


async def _linked(call: Call) -> tuple[RelationshipRecord, ElementRecord, ElementRecord, Writing]:
    guid, write = call.parameters["relationship"], _writing(call)
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
_PROCESS = _ROOT + "/processes/{guid}"
_PARENT = _ROOT + "/processes/parent/{end1}/child/{end2}"
_READ, _CHANGE, _WHOLE = Permission.READ_METADATA, Permission.CHANGE_METADATA, ScopeRule.SERVER
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
             action=f"update{relationship}"),
        post(place + "/{relationship}/remove", _unlink, _CHANGE, _WHOLE, body=AssetManagerRequestBody,
             action=f"clear{relationship}"),
    )  # fmt: skip


ROUTES: tuple[Route, ...] = (
    post(_ROOT + "/asset-managers", _create_asset_manager, _CHANGE, _WHOLE, body=MetadataSourceRequestBody,
         body_required=True, answer="GUIDResponse", action="createExternalAssetManager"),
    get(_ROOT + "/asset-managers/by-name/{name}", _asset_manager, _READ, _WHOLE, answer="GUIDResponse",
        action="getExternalAssetManagerGUID"),
    post(_ROOT + "/processes", _create_process, _CHANGE, _WHOLE, body=ProcessRequestBody, body_required=True,
         query=HomeQuery, answer="GUIDResponse", action="createProcess"),
    post(_ROOT + "/processes/by-name", _processes_by_name, _READ, _WHOLE, body=NameRequestBody, body_required=True,
         query=PageQuery, answer="ProcessElementsResponse", action="getProcessesByName"),
    post(_ROOT + "/processes/by-search-string", _find_processes, _READ, _WHOLE, body=SearchRequestBody,
         body_required=True, query=PageQuery, answer="ProcessElementsResponse", action="findProcesses"),
    post(_ROOT + "/processes/by-asset-manager", _processes_of_asset_manager, _READ, _WHOLE,
         body=AssetManagerRequestBody, body_required=True, query=PageQuery, answer="ProcessElementsResponse",
         action="getProcessesForAssetManager"),
    post(_PROCESS, _update_process, _CHANGE, _WHOLE, body=ProcessRequestBody, body_required=True, query=HomeQuery,
         action="updateProcess"),
    post(_PROCESS + "/remove", _remove_process, _CHANGE, _WHOLE, body=AssetManagerRequestBody,
         action="removeProcess"),
    post(_PROCESS + "/retrieve", _process, _READ, _WHOLE, body=AssetManagerRequestBody,
         answer="ProcessElementResponse", action="getProcessByGUID"),
    post(_PARENT, _nest, _CHANGE, _WHOLE, body=AssetManagerRequestBody, query=HomeQuery, action="setupProcessParent"),
    post(_PARENT + "/remove", _unlink_ends("ProcessHierarchy"), _CHANGE, _WHOLE, body=AssetManagerRequestBody,
         query=HomeQuery, action="clearProcessParent"),
    *(row for link in _LINKS for row in _link_rows(*link)),
    post(_ROOT + "/lineage-mappings/sources/{end1}/destinations/{end2}/remove", _unlink_ends("LineageMapping"),
         _CHANGE, _WHOLE, body=AssetManagerRequestBody, query=HomeQuery, action="clearLineageMapping"),
)  # fmt: skip
