"""The connector broker: from a Connection to a connector.

A connector provider class name may be
 * the name of an entry point in the group `integration_daemon.connectors`,
 * a Java provider class name that an installed connector stands in for, or
 * the path of any importable class, `package.module.Class` or `package.module:Class`.
"""

import importlib
from functools import cache
from typing import Any

import msgspec

from audit.foreign import is_a, named_text
from services.entry_points import CONNECTORS, offers
from services.errors import ConnectorConfigurationError, WrongConnectorClassError
from services.framework.connection import Connection
from services.framework.connector import IntegrationConnector, connector_class_problem, provider_problem
from services.framework.messages import (
    CONNECTOR_NOT_MADE,
    NO_PROVIDER,
    NOT_A_CONNECTOR,
    PROVIDER_NOT_KNOWN,
)
from services.framework.service import IntegrationService

ConnectorClass = type[IntegrationConnector[Any]]


class InstalledConnector(msgspec.Struct, frozen=True):
    """A connector that an installed package offers."""

    name: str
    connector_class: ConnectorClass


@cache
def installed_connectors() -> tuple[InstalledConnector, ...]:
    """The connectors that installed packages offer, by name."""
    return tuple(InstalledConnector(each.name, each.loaded) for each in offers(CONNECTORS) if not each.problem)


def find_connector_class(provider: str, connector_name: str) -> ConnectorClass:
    """The class behind a provider class name; raises `ConnectorConfigurationError` if there is none."""
    if not provider:
        raise ConnectorConfigurationError(NO_PROVIDER, connector=connector_name)
    for installed in installed_connectors():
        if provider == installed.name or provider in installed.connector_class.provider.class_names:
            return installed.connector_class
    for offer in offers(CONNECTORS):
        if offer.problem and offer.name == provider:
            raise ConnectorConfigurationError(PROVIDER_NOT_KNOWN, provider=provider, cause=offer.problem)
    found = _imported(provider)
    if isinstance(found, _NotImported):
        raise ConnectorConfigurationError(PROVIDER_NOT_KNOWN, provider=provider, cause=found.cause)
    is_connector = is_a(found, type) and issubclass(found, IntegrationConnector)  # type: ignore[arg-type]
    if not is_connector:
        raise ConnectorConfigurationError(NOT_A_CONNECTOR, provider=provider, problem=connector_class_problem(found))
    connector_class: ConnectorClass = found  # type: ignore[assignment]
    return connector_class


def require_class(service: IntegrationService, connector_class: ConnectorClass, connector_name: str) -> None:
    """Raise `WrongConnectorClassError` for a connector that was not written for this service.

    Raises `ConnectorConfigurationError` for one without a `provider`.
    """
    if not issubclass(connector_class, service.connector_class):
        raise WrongConnectorClassError(service.wrong_connector_class, connector=connector_name)
    require_provider(connector_class)


def require_provider(connector_class: ConnectorClass) -> None:
    """Raise `ConnectorConfigurationError` for a connector class without a `provider`."""
    if problem := provider_problem(connector_class):
        raise ConnectorConfigurationError(NOT_A_CONNECTOR, provider=connector_class.__qualname__, problem=problem)


def make_connector(connector_class: ConnectorClass, connection: Connection) -> IntegrationConnector[Any]:
    """Make a connector; raises `ConnectorConfigurationError` if its class cannot be made one of."""
    try:
        return connector_class()
    except BaseException as error:  # foreign code may raise anything
        raise ConnectorConfigurationError(
            CONNECTOR_NOT_MADE, provider=connection.provider, cause=named_text(error)
        ) from error


class _NotImported(msgspec.Struct, frozen=True):
    """Why there is nothing at a path."""

    cause: str


@cache
def _imported(provider: str) -> object:
    """The object that an importable path leads to; asked for once."""
    module, _, name = provider.replace(":", ".").rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except BaseException as error:  # foreign code runs at import and may raise anything
        return _NotImported(named_text(error))
