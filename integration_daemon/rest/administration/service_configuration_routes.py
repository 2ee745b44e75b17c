"""The compatible routes that change a stored document, or its integration services, connectors and groups."""

from functools import partial
from typing import Any

from msgspec import UNSET, UnsetType

from integration_daemon.config.answer import NoDocumentError, document_in
from integration_daemon.config.changes import (
    service_in,
    with_connector,
    with_group,
    with_groups,
    with_service,
    with_services,
    without_connector,
    without_service,
)
from integration_daemon.config.document import (
    IntegrationConnectorConfig,
    IntegrationGroupConfig,
    IntegrationServiceConfig,
    OMAGServerConfig,
)
from integration_daemon.config.encode import for_showing
from integration_daemon.config.versions import How
from integration_daemon.rest.administration.administering import (
    admin_delete,
    admin_get,
    admin_post,
    json_object,
    json_objects,
    missing,
    part,
    parts,
    store_change,
    stored_document,
)
from integration_daemon.rest.body import not_understood
from integration_daemon.rest.ffdc import FFDCResponse, VoidResponse
from integration_daemon.rest.route import Call, Route
from services.registry import service_of


class IntegrationConnectorConfigResponse(FFDCResponse, kw_only=True, rename="camel"):
    """One connector of a document, without its secrets."""

    config: dict[str, Any]


class IntegrationGroupsResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The integration groups of a document, without their secrets; absent if it has none."""

    groups: list[dict[str, Any]] | UnsetType = UNSET


async def _set_document(call: Call) -> VoidResponse:
    """Store the document of a server; the server is not started.

    The body is an `OMAGServerConfig`, or the answer of a platform that contains one.
    """
    try:
        content = document_in(call.body)
    except NoDocumentError as error:
        raise not_understood("$", str(error)) from None
    config = await part(OMAGServerConfig, {**content, "localServerName": call.parameters["server"]})
    return await store_change(call, lambda before: config, "the whole document", How.SENT)


async def _delete_document(call: Call) -> VoidResponse:
    """Delete the stored document of a server that is not running, with all its versions; its metadata is kept."""
    await stored_document(call)
    await call.platform.changes.delete(call.parameters["server"], call.query.expected_version)
    return VoidResponse()


async def _set_service(call: Call) -> VoidResponse:
    """Replace the configuration of an integration service in the stored document of a server.

    The body is an `IntegrationServiceRequestBody`, or an `IntegrationServiceConfig`.
    """
    marker = service_of(call.parameters["marker"]).url_marker
    service = await part(IntegrationServiceConfig, {**call.body, "integrationServiceURLMarker": marker})
    return await store_change(call, partial(with_service, service=service), f"service {marker}")


async def _set_service_configuration(call: Call) -> VoidResponse:
    """Replace the configuration of the integration service that the body names in the stored document of a server.

    The body is an `IntegrationServiceConfig`.
    """
    service = await part(IntegrationServiceConfig, call.body)
    change = partial(with_service, service=service)
    return await store_change(call, change, f"service {service.integration_service_url_marker}")


async def _set_all_services(call: Call) -> VoidResponse:
    """Replace all integration services in the stored document of a server. The body is a list of
    `IntegrationServiceConfig`."""
    services = await parts(IntegrationServiceConfig, call.body)
    return await store_change(call, partial(with_services, services=services), "all services")


async def _clear_service(call: Call) -> VoidResponse:
    """Remove an integration service, with its connectors, from the stored document of a server."""
    marker = (await _service(call)).integration_service_url_marker
    return await store_change(call, partial(without_service, marker=marker), f"no service {marker}")


async def _clear_all_services(call: Call) -> VoidResponse:
    """Remove all integration services from the stored document of a server."""
    await stored_document(call)
    return await store_change(call, partial(with_services, services=()), "no services")


async def _connector_configuration(call: Call) -> IntegrationConnectorConfigResponse:
    """Show one connector of the stored document of a server, without its secrets."""
    return IntegrationConnectorConfigResponse(config=for_showing(await _connector(call)))


async def _set_connector(call: Call) -> VoidResponse:
    """Replace the configuration of one connector in the stored document of a server. The body is an
    `IntegrationConnectorConfig`."""
    marker, name = service_of(call.parameters["marker"]).url_marker, call.parameters["name"]
    connector = await part(IntegrationConnectorConfig, {**call.body, "connectorName": name})
    change = partial(with_connector, marker=marker, connector=connector)
    return await store_change(call, change, f"connector {name} of {marker}")


async def _clear_connector(call: Call) -> VoidResponse:
    """Remove one connector of an integration service from the stored document of a server."""
    name = (await _connector(call)).connector_name
    marker = call.parameters["marker"]

    def change(config: OMAGServerConfig) -> OMAGServerConfig:
        service = service_in(config, marker)
        return config if service is None else without_connector(config, service, name)

    return await store_change(call, change, f"no connector {name} of {marker}")


async def _group_configurations(call: Call) -> IntegrationGroupsResponse:
    """Show the integration groups of the stored document of a server, without their secrets."""
    config = await stored_document(call)
    return IntegrationGroupsResponse(groups=for_showing(config.dynamic_integration_groups_config) or UNSET)


async def _set_group(call: Call) -> VoidResponse:
    """Replace the configuration of an integration group in the stored document of a server.

    The body is an `IntegrationGroupConfig`.
    """
    group = await part(IntegrationGroupConfig, call.body)
    return await store_change(call, partial(with_group, group=group), f"group {group.integration_group_qualified_name}")


async def _set_all_groups(call: Call) -> VoidResponse:
    """Replace all integration groups in the stored document of a server. The body is a list of
    `IntegrationGroupConfig`."""
    groups = await parts(IntegrationGroupConfig, call.body)
    return await store_change(call, partial(with_groups, groups=groups), "all groups")


async def _clear_group(call: Call) -> VoidResponse:
    """Remove an integration group from the stored document of a server."""
    name, config = call.parameters["group"], await stored_document(call)
    known = [each.integration_group_qualified_name for each in config.dynamic_integration_groups_config or ()]
    if name not in known:
        raise missing(call, "integration group", name, known)

    def change(config: OMAGServerConfig) -> OMAGServerConfig:
        groups = config.dynamic_integration_groups_config or ()
        return with_groups(config, [each for each in groups if each.integration_group_qualified_name != name])

    return await store_change(call, change, f"no group {name}")


async def _clear_all_groups(call: Call) -> VoidResponse:
    """Remove all integration groups from the stored document of a server."""
    await stored_document(call)
    return await store_change(call, partial(with_groups, groups=()), "no groups")


async def _service(call: Call) -> IntegrationServiceConfig:
    """The service that the URL names, in the stored document."""
    config, marker = await stored_document(call), service_of(call.parameters["marker"]).url_marker
    service = service_in(config, marker)
    if service is None:
        known = [each.integration_service_url_marker for each in config.integration_services_config or ()]
        raise missing(call, "integration service", marker, known)
    return service


async def _connector(call: Call) -> IntegrationConnectorConfig:
    """The connector that the URL names, in the stored document."""
    name, connectors = call.parameters["name"], (await _service(call)).integration_connector_configs or ()
    for each in connectors:
        if each.connector_name == name:
            return each
    raise missing(call, "connector", name, [each.connector_name for each in connectors])


_SERVICES, _GROUPS = "/integration-services", "/integration-groups"
_CONNECTOR = _SERVICES + "/{marker}/connectors/{name}"
_OBJECT: dict[str, Any] = {"body": json_object, "body_required": True}
_OBJECTS: dict[str, Any] = {"body": json_objects, "body_required": True}

ROUTES: tuple[Route, ...] = (
    admin_post("/configuration", _set_document, **_OBJECT),
    admin_delete("/configuration", _delete_document),
    admin_post(_SERVICES + "/configuration/all", _set_all_services, **_OBJECTS),
    admin_post(_SERVICES + "/configuration", _set_service_configuration, **_OBJECT),
    admin_post(_SERVICES + "/{marker}", _set_service, **_OBJECT),
    admin_delete(_SERVICES + "/{marker}", _clear_service),
    admin_delete(_SERVICES, _clear_all_services),
    admin_get(_CONNECTOR, _connector_configuration, "IntegrationConnectorConfigResponse"),
    admin_post(_CONNECTOR, _set_connector, **_OBJECT),
    admin_delete(_CONNECTOR, _clear_connector),
    admin_get(_GROUPS + "/configuration", _group_configurations, "IntegrationGroupsResponse"),
    admin_get(_GROUPS, _group_configurations, "IntegrationGroupsResponse"),
    admin_post(_GROUPS + "/configuration", _set_group, **_OBJECT),
    admin_post(_GROUPS + "/configuration/all", _set_all_groups, **_OBJECTS),
    admin_delete(_GROUPS + "/{group}", _clear_group),
    admin_delete(_GROUPS, _clear_all_groups),
)
