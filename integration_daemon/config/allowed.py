"""Checks endpoints, alert commands and audit log destinations against the platform's allowance.

Classes of connectors are checked in `check`.
"""

from collections.abc import Iterator

from audit.destination import PROVIDERS, installed_destinations
from audit.masking import masked_text
from integration_daemon.config.alerts import AlertsConfig
from integration_daemon.config.document import IntegrationConnectorConfig, OMAGServerConfig
from integration_daemon.config.problem import Problem
from services.allowance import Allowance, targets_of
from services.errors import ConnectorConfigurationError
from services.framework.broker import find_connector_class
from services.framework.connection import Connection

_LIST_IT = "use another one, or have an administrator of the machine list it in {field} of the platform file"


def not_allowed(config: OMAGServerConfig, allowance: Allowance) -> Iterator[Problem]:
    """The problems of a document that names something the platform does not allow. May block."""
    if allowance.endpoints is not None:
        yield from _endpoints(config, allowance)
    yield from _alerts(config.alerts, allowance)
    services = config.repository_services_config
    for index, connection in enumerate((services and services.audit_log_connections) or ()):
        path = f"$.repositoryServicesConfig.auditLogConnections[{index}]"
        yield from _destination(connection, path, allowance)


def _endpoints(config: OMAGServerConfig, allowance: Allowance) -> Iterator[Problem]:
    if config.metadata_store is not None:
        yield from _endpoint(config.metadata_store, "$.metadataStore", allowance)
    security = config.server_security_connection
    for address in security.addresses if security is not None else ():
        place = "$.serverSecurityConnection.endpoint.address"
        yield from _endpoint(address, place, allowance, is_path="://" not in address)
    for index, service in enumerate(config.integration_services_config or ()):
        path = f"$.integrationServicesConfig[{index}]"
        if service.omagserver_platform_root_url:
            url = service.omagserver_platform_root_url
            yield from _endpoint(url, f"{path}.omagserverPlatformRootURL", allowance)
        for number, connector in enumerate(service.integration_connector_configs or ()):
            place = f"{path}.integrationConnectorConfigs[{number}]"
            yield from _connector(connector, place, allowance)
    for index, group in enumerate(config.dynamic_integration_groups_config or ()):
        if group.omagserver_platform_root_url:
            place = f"$.dynamicIntegrationGroupsConfig[{index}].omagserverPlatformRootURL"
            yield from _endpoint(group.omagserver_platform_root_url, place, allowance)


def _alerts(alerts: AlertsConfig | None, allowance: Allowance) -> Iterator[Problem]:
    for index, receiver in enumerate(alerts.receivers if alerts is not None else ()):
        path = f"$.alerts.receivers[{index}]"
        if receiver.command is not None and tuple(receiver.command) not in allowance.alert_commands:
            text = "the platform does not allow this command with these arguments"
            yield Problem(f"{path}.command", text, _LIST_IT.format(field="alertCommands"))
        if allowance.endpoints is None:
            continue
        if receiver.email is not None:
            yield from _endpoint(receiver.email.address, f"{path}.email.server", allowance)
        if receiver.webhook is not None and not receiver.webhook.is_reference:
            yield from _endpoint(receiver.webhook.reveal(), f"{path}.webhook", allowance)


def _connector(config: IntegrationConnectorConfig, path: str, allowance: Allowance) -> Iterator[Problem]:
    try:
        provider = find_connector_class(config.connection.provider, config.connector_name, allowance).provider
    except ConnectorConfigurationError:
        return  # which is reported as a separate problem
    is_path = provider.endpoint_is_path
    yield from _connection(config.connection, f"{path}.connection", allowance, is_path=is_path)
    for index, target in enumerate(config.catalog_targets or ()):
        if target.connection is not None:
            place = f"{path}.catalogTargets[{index}].connection"
            yield from _connection(target.connection, place, allowance, is_path=is_path)


def _connection(connection: Connection, path: str, allowance: Allowance, *, is_path: bool) -> Iterator[Problem]:
    if connection.address:
        yield from _endpoint(connection.address, f"{path}.endpoint.address", allowance, is_path=is_path)
    for index, embedded in enumerate(connection.embedded_connections or ()):
        for address in embedded.embedded_connection.addresses if embedded.embedded_connection else ():
            yield from _endpoint(address, f"{path}.embeddedConnections[{index}]", allowance, is_path=is_path)


def _endpoint(address: str, path: str, allowance: Allowance, *, is_path: bool = False) -> Iterator[Problem]:
    try:
        targets = targets_of(address, is_path=is_path)
    except ValueError as error:
        yield Problem(path, f"the platform restricts endpoints, and this is not one: {error}", "correct the address")
        return
    for target in targets:
        if not allowance.allows(target, as_written=True):
            text = f"the platform does not allow connections to {masked_text(str(target))}"
            yield Problem(path, text, _LIST_IT.format(field="allowedEndpoints"))


def _destination(connection: Connection, path: str, allowance: Allowance) -> Iterator[Problem]:
    name = PROVIDERS.get(connection.provider, connection.provider)
    is_own = any(each.value.startswith("audit.") for each in installed_destinations(name))
    if not is_own and not allowance.allows_class((connection.provider, name)):
        text = f"the platform does not allow the audit log destination {connection.provider}"
        place = f"{path}.connectorType.connectorProviderClassName"
        yield Problem(place, text, _LIST_IT.format(field="allowedConnectors"))
    if connection.address and "://" in connection.address and allowance.endpoints is not None and not is_own:
        yield from _endpoint(connection.address, f"{path}.endpoint.address", allowance)
