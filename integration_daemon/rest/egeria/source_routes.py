"""The routes of metadata sources: the external technologies that own the elements of Egeria's integration daemons."""

import msgspec

from integration_daemon.rest.egeria.open_metadata_bodies import UniqueNameRequestBody
from integration_daemon.rest.egeria.requests import reading
from integration_daemon.rest.ffdc import GUIDResponse
from integration_daemon.rest.route import Call, Route, get, post
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.metadata.egeria.names import type_of_source
from services.metadata.element import MetadataSource


class MetadataSourceRequestBody(msgspec.Struct, kw_only=True, rename="camel"):
    """A new metadata source."""

    qualified_name: str
    type_name: str | None = None
    classification_name: str | None = None
    display_name: str | None = None
    name: str | None = None


async def _by_name(call: Call) -> GUIDResponse:
    """Return the GUID of a metadata source; the answer has no GUID if the server does not have the source."""
    body: UniqueNameRequestBody = call.body
    found = await reading(call).named(body.name, body.name_property_name or "qualifiedName")
    return GUIDResponse() if found is None else GUIDResponse(guid=found.guid)


async def _by_name_in_url(call: Call) -> GUIDResponse:
    """Return the GUID of a metadata source; the answer has no GUID if the server does not have the source."""
    found = await reading(call).named(call.parameters["name"], "qualifiedName")
    return GUIDResponse() if found is None else GUIDResponse(guid=found.guid)


async def _new(call: Call) -> GUIDResponse:
    """Register a metadata source, and return its GUID, which is that of an existing source of the same name."""
    body: MetadataSourceRequestBody = call.body
    return await _registered(call, type_of_source(body.type_name or "", body.classification_name or ""))


async def _registered(call: Call, type_name: str) -> GUIDResponse:
    body: MetadataSourceRequestBody = call.body
    source = MetadataSource(
        qualified_name=body.qualified_name,
        type_name=type_name,
        display_name=body.display_name or body.name or "",
    )
    return GUIDResponse(guid=await call.served_store.register_source(source, user=call.user))


def _of_kind(kind: str) -> Route:
    """The route that registers one kind of metadata source."""
    path, type_name, action = kind, *_KINDS[kind]

    async def register(call: Call) -> GUIDResponse:
        """Register a metadata source of this kind, and return its GUID."""
        return await _registered(call, type_name)

    template = f"{_SERVICES}/{_SERVICE.get(kind, 'data-manager')}{{users}}/metadata-sources/{path}"
    return post(template, register, _CHANGE, _WHOLE, body=MetadataSourceRequestBody, body_required=True,
                answer="GUIDResponse", action=action)  # fmt: skip


_KINDS = {
    "filesystems": ("FileSystem", "createFileSystemInCatalog"),
    "file-managers": ("FileManager", "createFileManagerInCatalog"),
    "database-managers": ("SoftwareCapability", "createDatabaseManager"),
    "api-managers": ("SoftwareCapability", "createAPIManager"),
    "event-brokers": ("SoftwareCapability", "createEventBroker"),
    "applications": ("SoftwareCapability", "createApplication"),
    "data-processing-engines": ("Engine", "createDataProcessingEngine"),
    "security-managers": ("SoftwareCapability", "createSecurityManagerInCatalog"),
}
_SERVICE = {"security-managers": "security-manager"}
"""The access services of kinds of metadata sources that the Data Manager OMAS does not register."""
_READ, _CHANGE, _WHOLE = Permission.READ_METADATA, Permission.CHANGE_METADATA, ScopeRule.SERVER
_SERVICES = "/servers/{server}/open-metadata/access-services"
_SOURCES = _SERVICES + "/data-manager{users}/metadata-sources"
_INTEGRATION = "/servers/{server}/open-metadata/framework-services/{service}/open-integration{users}/metadata-sources"

ROUTES: tuple[Route, ...] = (
    *(post(root + "/by-name", _by_name, _READ, _WHOLE, body=UniqueNameRequestBody, body_required=True,
           answer="GUIDResponse", action="getMetadataSourceGUID") for root in (_INTEGRATION, _SOURCES)),
    post(_INTEGRATION + "/new", _new, _CHANGE, _WHOLE, body=MetadataSourceRequestBody, body_required=True,
         answer="GUIDResponse", action="createMetadataSource"),
    *map(_of_kind, _KINDS),
    *(get(f"{_SERVICES}/{service}{{users}}/metadata-sources/by-name/{{name}}", _by_name_in_url, _READ, _WHOLE,
          answer="GUIDResponse", action="getMetadataSourceGUID")
      for service in ("data-manager", "community-profile", "security-manager")),
    post(_SERVICES + "/community-profile{users}/metadata-sources", _new, _CHANGE, _WHOLE,
         body=MetadataSourceRequestBody, body_required=True, answer="GUIDResponse", action="createMetadataSource"),
)  # fmt: skip
