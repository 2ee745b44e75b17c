"""The routes of asset managers and of their elements, for the lineage and the catalog integrator of Egeria 4."""

from integration_daemon.rest.egeria.kind_bodies import AssetManagerRequestBody, ElementRequestBody, HomeQuery
from integration_daemon.rest.egeria.kind_routes import CHANGE, READ, WHOLE, Family, Rows
from integration_daemon.rest.egeria.requests import reading
from integration_daemon.rest.egeria.source_routes import MetadataSourceRequestBody
from integration_daemon.rest.ffdc import GUIDResponse
from integration_daemon.rest.route import Call, Route, get, post
from services.metadata.egeria.kinds import CATEGORY, GLOSSARY, PROCESS, TERM
from services.metadata.element import MetadataSource

ASSET_MANAGER = Family(
    service="Asset Manager OMAS",
    root="/servers/{server}/open-metadata/access-services/asset-manager{users}",
    body=ElementRequestBody,
    request=AssetManagerRequestBody,
    query=HomeQuery,
    updates=("/{guid}", "/{guid}/update"),
    delete="/{guid}/remove",
    retrieve="/retrieve",
    one="{name}ElementResponse",
    some="{name}ElementsResponse",
)


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
    """Return the GUID of a third party; the answer has no GUID if the server does not have the third party."""
    found = await reading(call, ASSET_MANAGER.service).named(call.parameters["name"], "qualifiedName")
    return GUIDResponse() if found is None else GUIDResponse(guid=found.guid)


_IN_GLOSSARY = "/glossaries/{whole}"

_KINDS = (
    Rows(ASSET_MANAGER, PROCESS, "Process", "/processes", plural="Processes"),
    Rows(ASSET_MANAGER, GLOSSARY, "Glossary", "/glossaries", plural="Glossaries"),
    Rows(ASSET_MANAGER, CATEGORY, "GlossaryCategory", "/glossaries/categories", _IN_GLOSSARY + "/categories",
         _IN_GLOSSARY + "/categories", "getGlossaryCategoriesForGlossary", plural="GlossaryCategories"),
    Rows(ASSET_MANAGER, TERM, "GlossaryTerm", "/glossaries/terms", _IN_GLOSSARY + "/terms",
         _IN_GLOSSARY + "/terms", "getGlossaryTermsForGlossary"),
)  # fmt: skip

ROUTES: tuple[Route, ...] = (
    post(ASSET_MANAGER.root + "/asset-managers", _create_asset_manager, CHANGE, WHOLE, body=MetadataSourceRequestBody,
         body_required=True, answer="GUIDResponse", action="createExternalAssetManager"),
    get(ASSET_MANAGER.root + "/asset-managers/by-name/{name}", _asset_manager, READ, WHOLE, answer="GUIDResponse",
        action="getExternalAssetManagerGUID"),
    *(row for kind in _KINDS
      for row in kind._replace(owned=kind.path + "/by-asset-manager",
                               owned_action=f"get{kind.plurally}ForAssetManager").routes()),
)  # fmt: skip
