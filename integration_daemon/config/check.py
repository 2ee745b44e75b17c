"""Checks a configuration document, and reports every problem with its place and a hint."""

import os
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from audit.destination import PROVIDERS, DestinationError, DestinationSettings, check_destination
from audit.masking import masked_text
from integration_daemon.config.allowed import not_allowed
from integration_daemon.config.check_alerts import alert_problems
from integration_daemon.config.check_groups import group_notes, group_problems, target_problems
from integration_daemon.config.check_metadata_server import metadata_server_problems, url_parts
from integration_daemon.config.check_secrets import connection_secrets, secret_problems
from integration_daemon.config.check_settings import option_problems, setting_problems
from integration_daemon.config.check_templates import Expansion
from integration_daemon.config.document import (
    IntegrationConnectorConfig,
    IntegrationServiceConfig,
    OMAGServerConfig,
)
from integration_daemon.config.form import unknown_fields
from integration_daemon.config.formats import Format
from integration_daemon.config.load import ConfigurationError, without_nulls
from integration_daemon.config.problem import Problem, ProblemSeverity
from integration_daemon.config.pruning import Pruning
from integration_daemon.config.server_type import DEFAULT_SERVER_TYPE, KNOWN_SERVER_TYPES
from integration_daemon.config.store import require_server_name
from integration_daemon.config.units import name_of_target
from services.allowance import EVERYTHING, Allowance
from services.errors import ConnectorConfigurationError, InvalidParameterError
from services.framework.broker import ConnectorClass, find_connector_class, require_class
from services.framework.security_broker import find_security_connector
from services.messages import CONNECTOR_NOT_ALLOWED
from services.near_names import nearest
from services.registry import registered_services, service_of
from services.secret import Secret

NO_SERVICES = "$.integrationServicesConfig"
"""The place of the only error that reports an incomplete document rather than a wrong one."""
NOTE, WARNING, ERROR = ProblemSeverity.NOTE, ProblemSeverity.WARNING, ProblemSeverity.ERROR


def check_raw(raw: Any, allowance: Allowance = EVERYTHING) -> list[Problem]:
    """The problems in the form and meaning of a document's plain content, and in what the platform allows."""
    raw = without_nulls(raw)
    if not isinstance(raw, dict):
        return [Problem("$", "a configuration document is an object", "begin it with localServerName")]
    problems, pruned = [*unknown_fields(raw, OMAGServerConfig)], Pruning(raw, OMAGServerConfig)
    problems += pruned.problems
    if pruned.config is not None:
        expansion = Expansion(pruned.config)
        found = (*_expanded(expansion.config, allowance), *setting_problems(expansion.config, allowance))
        problems += (
            msgspec.structs.replace(problem, path=pruned.place_in_document(problem.path))
            for problem in (*expansion.problems, *expansion.in_document(found))
        )
    return problems


def located(problems: Iterable[Problem], content: bytes, form: Format) -> list[Problem]:
    """Add to the problems the lines of their places in the file."""
    found = list(problems)
    lines = form.lines(content, {problem.path for problem in found}) if found else {}
    return [msgspec.structs.replace(problem, line=lines.get(problem.path)) for problem in found]


def check_document(config: OMAGServerConfig, allowance: Allowance = EVERYTHING) -> list[Problem]:
    """The problems in the meaning of a well-formed document, and in what the platform allows.

    The values of settings are not checked: a wrong value fails only its own connector, when it starts.
    """
    expansion = Expansion(config)
    return [*expansion.problems, *expansion.in_document(_expanded(expansion.config, allowance))]


def _expanded(config: OMAGServerConfig, allowance: Allowance) -> list[Problem]:
    """As `check_document`, of a document without templates."""
    return [
        *_server(config),
        *_services(config, allowance),
        *group_problems(config),
        *alert_problems(config.alerts),
        *_audit_log(config),
        *not_allowed(config, allowance),
    ]


def _server(config: OMAGServerConfig) -> Iterator[Problem]:
    try:
        require_server_name(config.local_server_name)
    except ConfigurationError as error:
        yield Problem("$.localServerName", str(error))
    kind = config.local_server_type
    if kind and kind not in (*KNOWN_SERVER_TYPES, DEFAULT_SERVER_TYPE):
        hint = nearest(kind, list(KNOWN_SERVER_TYPES)) or f"this platform hosts {', '.join(KNOWN_SERVER_TYPES)}"
        yield Problem("$.localServerType", f"{kind!r} is not a server type that can be hosted here", hint)
    if kind == "Integration Daemon" and not config.has_connectors:
        hint = "add an integration service with its connectors, or an integration group"
        yield Problem(NO_SERVICES, "an integration daemon needs at least one service", hint)
    if isinstance(config.local_server_password, str):
        yield from secret_problems(Secret(config.local_server_password), "$.localServerPassword")
    yield from _security(config)
    yield from _metadata_store(config)


def _security(config: OMAGServerConfig) -> Iterator[Problem]:
    if config.server_security_connection is not None:
        try:
            find_security_connector(config.server_security_connection.provider)
        except ConnectorConfigurationError as error:
            hint = "name an installed one; without it, roles and scopes alone decide"
            yield Problem("$.serverSecurityConnection.connectorType.connectorProviderClassName", str(error), hint)


def _metadata_store(config: OMAGServerConfig) -> Iterator[Problem]:
    url = config.metadata_store
    if url is not None:
        parts = url_parts(url)
        example = "such as postgresql://user@host:5432/database"
        if parts is None or parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
            yield Problem("$.metadataStore", "this is not the URL of a PostgreSQL database", example)
        if masked_text(url) != url:
            yield Problem("$.metadataStore", "the URL contains a password", "write it as metadataStorePassword")
    yield from secret_problems(config.metadata_store_password, "$.metadataStorePassword")


def _services(config: OMAGServerConfig, allowance: Allowance) -> Iterator[Problem]:
    markers: dict[str, str] = {}
    names: dict[str, str] = {}
    for index, service in enumerate(config.integration_services_config or ()):
        path = f"$.integrationServicesConfig[{index}]"
        yield from _service(service, path)
        yield from _duplicates(markers, service.integration_service_url_marker, f"{path}.integrationServiceURLMarker")
        for number, connector in enumerate(service.integration_connector_configs or ()):
            place = f"{path}.integrationConnectorConfigs[{number}]"
            yield from _duplicates(names, connector.connector_name, f"{place}.connectorName")
            for target, each in enumerate(connector.catalog_targets or ()):
                full_name = name_of_target(connector.connector_name, each.catalog_target_name)
                yield from _duplicates(names, full_name, f"{place}.catalogTargets[{target}].catalogTargetName")
            yield from _connector(connector, service, place, allowance)
            yield from target_problems(connector, place)


def _duplicates(seen: dict[str, str], name: str, path: str) -> Iterator[Problem]:
    first = seen.setdefault(name, path)
    if first != path:
        yield Problem(path, f"{name!r} is already used at {first}", "give each a unique name")


def _service(service: IntegrationServiceConfig, path: str) -> Iterator[Problem]:
    marker = service.integration_service_url_marker
    known = [each.url_marker for each in registered_services()]
    if marker not in known:
        hint = nearest(marker, known) or f"there are {', '.join(known)}"
        place = f"{path}.integrationServiceURLMarker"
        yield Problem(place, f"{marker!r} is not a registered integration service", hint)
    else:
        yield from option_problems(service_of(marker), service, path)
    yield from metadata_server_problems(service, path)
    if not service.integration_connector_configs:
        yield Problem(f"{path}.integrationConnectorConfigs", "the service has no connectors", "", WARNING)


def _connector(
    config: IntegrationConnectorConfig, service: IntegrationServiceConfig, path: str, allowance: Allowance
) -> Iterator[Problem]:
    if not config.connector_name.strip():
        yield Problem(f"{path}.connectorName", "the name is empty", "statuses and messages show it")
    provider = f"{path}.connection.connectorType.connectorProviderClassName"
    yield from connection_secrets(config.connection, f"{path}.connection")
    try:
        connector_class = find_connector_class(config.connection.provider, config.connector_name, allowance)
    except ConnectorConfigurationError as error:
        severity = ERROR if error.definition is CONNECTOR_NOT_ALLOWED else WARNING
        yield Problem(provider, str(error), error.definition.user_action, severity)
        return
    try:
        require_class(service_of(service.integration_service_url_marker), connector_class, config.connector_name)
    except ConnectorConfigurationError as error:
        yield Problem(provider, str(error), error.definition.user_action, WARNING)
        return
    except InvalidParameterError:
        return  # the unknown service is a problem of its own
    yield from _settings(config.connection.configuration_properties, connector_class, f"{path}.connection")
    for number, target in enumerate(config.catalog_targets or ()):
        place = f"{path}.catalogTargets[{number}]"
        yield from _settings(target.configuration_properties, connector_class, place)
        if target.connection is not None:
            yield from _settings(target.connection.configuration_properties, connector_class, f"{place}.connection")


def _settings(properties: dict[str, Any] | None, connector_class: ConnectorClass, path: str) -> Iterator[Problem]:
    settings = {setting.name: setting for setting in connector_class.provider.settings}
    for name in properties or {}:
        if settings and name not in settings:
            place = f"{path}.configurationProperties.{name}"
            text = f"the connector {connector_class.__name__} has no such setting"
            yield Problem(place, text, nearest(name, settings) or f"it has {', '.join(settings)}", WARNING)


def notes(config: OMAGServerConfig, allowance: Allowance = EVERYTHING) -> Iterator[Problem]:
    """Notes on a valid document: the directories of its relative paths, its templates and its integration groups."""
    expansion = Expansion(config)
    yield from group_notes(config, allowance)
    yield from expansion.notes
    yield from expansion.in_document(_path_notes(expansion.config))


def _path_notes(config: OMAGServerConfig) -> Iterator[Problem]:
    for index, service in enumerate(config.integration_services_config or ()):
        for number, connector in enumerate(service.integration_connector_configs or ()):
            address = connector.connection.address or ""
            if not address or os.path.isabs(address) or ":/" in address:
                continue
            try:
                provider = find_connector_class(connector.connection.provider, connector.connector_name).provider
            except ConnectorConfigurationError:
                continue  # which is reported as a separate problem
            if provider.endpoint_is_path:
                place = f"$.integrationServicesConfig[{index}].integrationConnectorConfigs[{number}]"
                text = f"{address} is {os.path.abspath(address)}, from the working directory"
                yield Problem(f"{place}.connection.endpoint.address", text, "", NOTE)


def _audit_log(config: OMAGServerConfig) -> Iterator[Problem]:
    repository_services = config.repository_services_config
    for index, connection in enumerate((repository_services and repository_services.audit_log_connections) or ()):
        properties = connection.configuration_properties or {}
        settings = DestinationSettings(
            provider=connection.provider,
            supported_severities=properties.get("supportedSeverities"),
            properties=properties,
        )
        try:
            check_destination(settings)
        except DestinationError as error:
            path = f"$.repositoryServicesConfig.auditLogConnections[{index}]"
            hint = nearest(connection.provider, [*PROVIDERS])
            yield Problem(path, str(error), hint or error.definition.user_action)
