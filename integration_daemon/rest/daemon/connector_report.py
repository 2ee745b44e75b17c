"""The compatible routes that describe a connector class, before a connector is configured with it."""

import msgspec
import trio
from msgspec import UNSET, UnsetType

from integration_daemon.rest.ffdc import FFDCResponse
from integration_daemon.rest.in_scope import names_in_scope
from integration_daemon.rest.route import Call, Route, get
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from integration_daemon.supervision import reconfigure
from services.framework.broker import (
    ConnectorClass,
    find_connector_class,
    require_known,
    require_provider,
)
from services.framework.connection import ConnectorType
from services.framework.connector import IntegrationConnector, optional_method


class ComponentDescription(msgspec.Struct, kw_only=True, rename="camel"):
    """A component of the program."""

    component_name: str
    component_description: str


class ConnectorReport(msgspec.Struct, kw_only=True, rename="camel"):
    """A connector class."""

    component_description: ComponentDescription
    connector_type: ConnectorType
    uses_blocking_calls: bool
    """True if the class has a method `engage`."""


class ConnectorReportResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The description of a connector class."""

    connector_report: ConnectorReport | UnsetType = UNSET


async def _validate_connector(call: Call) -> ConnectorReportResponse:
    """Describe the connector class behind a connector provider class name."""
    name = call.parameters["provider"]
    await require_known_to(call, name)
    allowance = call.daemon.environment.allowance
    connector_class = await trio.to_thread.run_sync(find_connector_class, name, name, allowance)
    require_provider(connector_class)
    return ConnectorReportResponse(connector_report=_report_of(connector_class, name))


def _report_of(connector_class: ConnectorClass, name: str) -> ConnectorReport:
    provider = connector_class.provider
    component = f"{connector_class.__module__}.{connector_class.__qualname__}"
    kind = ConnectorType(
        class_="ConnectorType",
        display_name=connector_class.__name__,
        description=provider.description,
        supported_asset_type_name="IntegrationConnector",
        connector_provider_class_name=name,
        connector_framework_name="Open Connector Framework (OCF)",
        connector_interface_language="Python",
        connector_interfaces=[
            f"{each.__module__}.{each.__qualname__}"
            for each in connector_class.__mro__[1:]
            if issubclass(each, IntegrationConnector)
        ],
        recognized_configuration_properties=[setting.name for setting in provider.settings],
    )
    return ConnectorReport(
        component_description=ComponentDescription(
            component_name=component, component_description=provider.description
        ),
        connector_type=kind,
        uses_blocking_calls=optional_method(connector_class, "engage") is not None,
    )


async def require_known_to(call: Call, provider: str) -> None:
    """Raise `ConnectorConfigurationError` for a class that is neither installed nor used by a connector in scope."""
    if provider:
        require_known(provider, reconfigure.named_providers(call.daemon, await names_in_scope(call)))


ROUTES: tuple[Route, ...] = tuple(
    get(
        template,
        _validate_connector,
        Permission.READ_STATUS,
        ScopeRule.CONNECTORS,
        answer="ConnectorReportResponse",
    )
    for template in (
        "/servers/{server}/open-metadata/integration-daemon{users}/validate-connector/{provider}",
        "/servers/{server}/open-metadata/integration-services/{marker}{users}/validate-connector/{provider}",
    )
)
