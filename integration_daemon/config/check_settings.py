"""Checks the settings of the connectors and services of a document with the same code as their starts."""

from collections.abc import Iterator

from audit.errors import DescribedError
from integration_daemon.config.complete import permitted_synchronization_of
from integration_daemon.config.document import (
    CatalogTargetConfig,
    IntegrationConnectorConfig,
    IntegrationServiceConfig,
    OMAGServerConfig,
)
from integration_daemon.config.problem import Problem, ProblemSeverity
from integration_daemon.config.units import ConnectorUnit, units_of
from services.allowance import Allowance
from services.framework.broker import ConnectorClass, find_connector_class, require_class
from services.framework.context import ContextSettings
from services.framework.service import IntegrationService
from services.framework.settings_check import wrong_settings
from services.registry import service_of


def context_settings(
    document: OMAGServerConfig,
    in_service: IntegrationServiceConfig,
    config: IntegrationConnectorConfig,
    service: IntegrationService,
    allowance: Allowance,
) -> ContextSettings:
    """The settings of a context for a connector that no daemon runs."""
    return ContextSettings(
        connector_name=config.connector_name,
        connector_id=config.connector_id or "",
        connection=config.connection,
        user_id=config.connector_user_id or document.local_server_user_id,
        metadata_source=config.metadata_source_qualified_name or "",
        permitted_synchronization=permitted_synchronization_of(in_service, config, service),
        incarnation=1,
        max_page_size=document.max_page_size,
        service_options=in_service.integration_service_options or {},
        allowance=allowance,
    )


def option_problems(service: IntegrationService, config: IntegrationServiceConfig, path: str) -> Iterator[Problem]:
    """The problems of the options of a service."""
    options = dict(config.integration_service_options or {})
    while service.require_options is not None:
        try:
            service.require_options(options)
        except DescribedError as error:
            name = str(error.parameters.get("option", ""))
            yield Problem(f"{path}.integrationServiceOptions.{name}", str(error), error.definition.user_action)
            if name not in options:
                return
            del options[name]
        else:
            return


def setting_problems(document: OMAGServerConfig, allowance: Allowance) -> Iterator[Problem]:
    """The problems of the settings of connectors and of their catalog targets. Blocks.

    Connectors whose classes cannot be used are skipped, and reported by `check`.
    """
    for index, in_service in enumerate(document.integration_services_config or ()):
        for number, config in enumerate(in_service.integration_connector_configs or ()):
            path = f"$.integrationServicesConfig[{index}].integrationConnectorConfigs[{number}]"
            try:
                service = service_of(in_service.integration_service_url_marker)
                found = find_connector_class(config.connection.provider, config.connector_name, allowance)
                require_class(service, found, config.connector_name)
            except DescribedError:
                continue
            yield from _connector(document, in_service, config, service, found, path)


def _connector(
    document: OMAGServerConfig,
    in_service: IntegrationServiceConfig,
    config: IntegrationConnectorConfig,
    service: IntegrationService,
    connector_class: ConnectorClass,
    path: str,
) -> Iterator[Problem]:
    targets = {each.catalog_target_name: number for number, each in enumerate(config.catalog_targets or ())}
    reported: set[str] = set()
    for unit in units_of(config):
        settings = context_settings(document, in_service, unit, service, Allowance())
        for wrong in wrong_settings(connector_class, service, settings):
            place = f"{path}.connection.{wrong.place}"
            if isinstance(unit, ConnectorUnit) and unit.target_of:
                number = targets[unit.connector_name.removeprefix(f"{unit.target_of}::")]
                own = (config.catalog_targets or ())[number]
                place = f"{path}.{_place_in(own, f'catalogTargets[{number}]', wrong.place)}"
            if place not in reported:
                reported.add(place)
                yield Problem(place, wrong.problem, wrong.hint, ProblemSeverity.WARNING)


def _place_in(target: CatalogTargetConfig, path: str, place: str) -> str:
    """The path of a setting of a catalog target: in the target, in its connection, or in that of the connector."""
    kind, _, name = place.partition(".")
    connection = target.connection
    if kind == "configurationProperties" and name in (target.configuration_properties or {}):
        return f"{path}.{place}"
    if connection is not None and (
        name in (connection.configuration_properties or {})
        if kind == "configurationProperties"
        else connection.endpoint is not None
    ):
        return f"{path}.connection.{place}"
    return f"connection.{place}"
