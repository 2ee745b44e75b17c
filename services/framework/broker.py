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

from services.entry_points import CONNECTORS, offers
from services.errors import ConnectorConfigurationError, WrongConnectorClassError
from services.framework.connection import Connection
from services.framework.connector import IntegrationConnector
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
    found = _imported(provider)
    if isinstance(found, Exception):
        raise ConnectorConfigurationError(
            PROVIDER_NOT_KNOWN, provider=provider, cause=f"{type(found).__name__}: {found}"
        )
    if not (isinstance(found, type) and issubclass(found, IntegrationConnector)):
        raise ConnectorConfigurationError(NOT_A_CONNECTOR, provider=provider)
    return found


def require_class(service: IntegrationService, connector_class: ConnectorClass, connector_name: str) -> None:
    """Raise `WrongConnectorClassError` for a connector that was not written for this service."""
    if not issubclass(connector_class, service.connector_class):
        raise WrongConnectorClassError(service.wrong_connector_class, connector=connector_name)


def make_connector(connector_class: ConnectorClass, connection: Connection) -> IntegrationConnector[Any]:
    """Make a connector; raises `ConnectorConfigurationError` if its class cannot be made one of."""
    try:
        return connector_class()
    except Exception as error:
        raise ConnectorConfigurationError(
            CONNECTOR_NOT_MADE, provider=connection.provider, cause=f"{type(error).__name__}: {error}"
        ) from error


@cache
def _imported(provider: str) -> object:
    """Whatever an importable path leads to, or the exception that was in the way; asked for once."""
    module, _, name = provider.replace(":", ".").rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except Exception as error:  # foreign code runs at import and may raise anything
        return error
