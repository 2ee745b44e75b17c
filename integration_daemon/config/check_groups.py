"""Checks the integration groups and the catalog targets of a document."""

from collections.abc import Iterator

from integration_daemon.config.check_metadata_server import metadata_server_problems
from integration_daemon.config.check_secrets import connection_secrets
from integration_daemon.config.document import CatalogTargetConfig, IntegrationConnectorConfig, OMAGServerConfig
from integration_daemon.config.problem import Problem, ProblemSeverity
from services.allowance import Allowance


def group_problems(config: OMAGServerConfig) -> Iterator[Problem]:
    """The problems of the integration groups of a document."""
    seen: dict[str, str] = {}
    for index, group in enumerate(config.dynamic_integration_groups_config or ()):
        path = f"$.dynamicIntegrationGroupsConfig[{index}]"
        name = group.integration_group_qualified_name
        if not name.strip():
            yield Problem(f"{path}.integrationGroupQualifiedName", "the name is empty", "name the group's element")
        first = seen.setdefault(name, path)
        if first != path:
            yield Problem(f"{path}.integrationGroupQualifiedName", f"{name!r} is already used at {first}", "")
        yield from metadata_server_problems(group, path)


def group_notes(config: OMAGServerConfig, allowance: Allowance) -> Iterator[Problem]:
    """Notes on valid integration groups."""
    for index, _ in enumerate(config.dynamic_integration_groups_config or ()):
        if allowance.endpoints is None:
            text = "users who may write metadata there decide which endpoints these connectors connect to"
            hint = "list the permitted endpoints in allowedEndpoints of the platform file"
            yield Problem(f"$.dynamicIntegrationGroupsConfig[{index}]", text, hint, ProblemSeverity.NOTE)


def target_problems(connector: IntegrationConnectorConfig, path: str) -> Iterator[Problem]:
    """The problems of the catalog targets of a connector, except duplicate names, which `check` finds."""
    for index, target in enumerate(connector.catalog_targets or ()):
        place = f"{path}.catalogTargets[{index}]"
        if not target.catalog_target_name.strip():
            yield Problem(f"{place}.catalogTargetName", "the name is empty", "statuses and messages show it")
        if target.connection is not None:
            yield from connection_secrets(target.connection, f"{place}.connection")
            if target.connection.connector_type is not None:
                hint = "configure another connector for it"
                yield Problem(f"{place}.connection.connectorType", "a target has the class of its connector", hint)
        if not _has_address(connector, target):
            hint = "add connection.endpoint.address to the target"
            yield Problem(place, "neither the target nor its connector has an address", hint, ProblemSeverity.WARNING)


def _has_address(connector: IntegrationConnectorConfig, target: CatalogTargetConfig) -> bool:
    return bool(connector.connection.address or (target.connection is not None and target.connection.address))
