"""The connector broker: from a Connection to a connector.

A connector provider class name may be
 * the name of an entry point in the group `integration_daemon.connectors`,
 * a Java provider class name that an installed connector stands in for, or
 * the path of any importable class, `package.module.Class` or `package.module:Class`.

To import a module is to run it. A path is imported for a configuration document, which may name what it likes; for a
caller who only asks, `require_known` lets nothing through that is neither installed nor named by a document.
"""

import difflib
import importlib
import re
from collections.abc import Iterable
from functools import cache, lru_cache
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
    PROVIDER_NOT_NAMED,
)
from services.framework.service import IntegrationService

ConnectorClass = type[IntegrationConnector[Any]]

REMEMBERED = 1_000
"""Paths that are remembered with what they lead to: more than a document names different ones."""
_PATH = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*[.:][^\W\d]\w*")


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
    found = _installed(provider)
    if found is not None:
        return found
    if not _PATH.fullmatch(provider):
        raise _not_known(provider)
    imported = _imported(provider)
    if isinstance(imported, _NotImported):
        raise ConnectorConfigurationError(PROVIDER_NOT_KNOWN, provider=provider, cause=imported.cause)
    if not (isinstance(imported, type) and issubclass(imported, IntegrationConnector)):
        raise ConnectorConfigurationError(NOT_A_CONNECTOR, provider=provider)
    return imported


def require_known(provider: str, named: Iterable[str]) -> None:
    """Raise `ConnectorConfigurationError` for a class that is not installed and that no document has `named`.

    To be called before `find_connector_class` wherever the name comes from a caller.
    """
    if _installed(provider) is None and provider not in named:
        raise ConnectorConfigurationError(PROVIDER_NOT_NAMED, provider=provider)


def _installed(provider: str) -> ConnectorClass | None:
    for installed in installed_connectors():
        if provider == installed.name or provider in installed.connector_class.provider.class_names:
            return installed.connector_class
    return None


def _not_known(provider: str) -> ConnectorConfigurationError:
    """The error for a name that can only be meant for an installed connector, with the one that is nearest."""
    names = [installed.name for installed in installed_connectors()]
    nearest = difflib.get_close_matches(provider, names, n=1, cutoff=0.5)
    meant = f"did you mean {nearest[0]}?" if nearest else f"there are {', '.join(names)}"
    cause = f"no installed connector has this name, and it is no path such as package.module.Class; {meant}"
    return ConnectorConfigurationError(PROVIDER_NOT_KNOWN, provider=provider, cause=cause)


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


class _NotImported(msgspec.Struct, frozen=True):
    """What was in the way of an import."""

    cause: str


@lru_cache(maxsize=REMEMBERED)
def _imported(provider: str) -> object:
    """Whatever an importable path leads to, or what was in the way."""
    module, _, name = provider.replace(":", ".").rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except Exception as error:  # foreign code runs at import and may raise anything
        return _NotImported(f"{type(error).__name__}: {error}")
