"""The connector broker, which finds and creates the connector for a Connection.

A connector provider class name may be
 * the name of an entry point in the group `integration_daemon.connectors`,
 * a Java provider class name that an installed connector replaces, or
 * the path of any importable class, `package.module.Class` or `package.module:Class`.

Importing a module runs its code. A path is imported for a configuration document, which may name any path; a name that
comes from a request must first pass `require_known`, which admits only installed classes and those named by a document.
"""

import importlib
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec

from audit.foreign import named_text
from audit.safe_text import is_a
from services.allowance import EVERYTHING, Allowance
from services.errors import ConnectorConfigurationError, WrongConnectorClassError
from services.framework.connection import Connection
from services.framework.connector import IntegrationConnector, connector_class_problem, provider_problem
from services.framework.entry_points import CONNECTORS, installed_entry_points, reread_entry_points
from services.framework.messages import (
    CONNECTOR_NOT_MADE,
    NO_PROVIDER,
    NOT_A_CONNECTOR,
    PROVIDER_NOT_KNOWN,
    PROVIDER_NOT_NAMED,
)
from services.framework.service import IntegrationService
from services.messages import CONNECTOR_NOT_ALLOWED
from services.near_names import nearest

ConnectorClass = type[IntegrationConnector[Any]]

_FOUND: dict[str, ConnectorClass] = {}
"""Classes by import path. A failed import is not cached, because the package may be installed later."""
_ALLOWED: set[tuple[str, tuple[str, ...]]] = set()
"""Names that patterns allow: the check has to examine the installed packages."""
MOST_REMEMBERED = 1_000
_PATH = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*[.:][^\W\d]\w*")


class InstalledConnector(msgspec.Struct, frozen=True):
    """A connector provided by an installed package."""

    name: str
    connector_class: ConnectorClass


@cache
def installed_connectors() -> tuple[InstalledConnector, ...]:
    """The connectors provided by installed packages, by name."""
    return tuple(
        InstalledConnector(each.name, each.loaded) for each in installed_entry_points(CONNECTORS) if not each.problem
    )


def find_connector_class(provider: str, connector_name: str, allowance: Allowance = EVERYTHING) -> ConnectorClass:
    """The connector class of a provider class name.

    Raises `ConnectorConfigurationError` if there is none, or if the platform does not allow it, in which case it is not
    imported.
    """
    if allowance.connectors is not None and provider:
        _require_allowed(provider, allowance)
    if (known := _FOUND.get(provider)) is not None:
        return known
    if not provider:
        raise ConnectorConfigurationError(NO_PROVIDER, connector=connector_name)
    if (installed := _installed(provider)) is not None:
        return installed.connector_class
    if not _PATH.fullmatch(provider):
        raise _not_known(provider)
    found = _imported(provider)
    if isinstance(found, _NotImported):
        raise ConnectorConfigurationError(PROVIDER_NOT_KNOWN, provider=provider, cause=found.cause)
    is_connector = is_a(found, type) and issubclass(found, IntegrationConnector)  # type: ignore[arg-type]
    if not is_connector:
        raise ConnectorConfigurationError(NOT_A_CONNECTOR, provider=provider, problem=connector_class_problem(found))
    connector_class: ConnectorClass = found  # type: ignore[assignment]
    if len(_FOUND) < MOST_REMEMBERED:
        _FOUND[provider] = connector_class
    return connector_class


def _require_allowed(provider: str, allowance: Allowance) -> None:
    key = provider, allowance.connectors or ()
    if key in _ALLOWED:
        return
    if not allowance.allows_class(_names_of(provider)):
        raise ConnectorConfigurationError(CONNECTOR_NOT_ALLOWED, provider=provider)
    if len(_ALLOWED) < MOST_REMEMBERED:
        _ALLOWED.add(key)


def require_known(provider: str, named: Iterable[str]) -> None:
    """Raise `ConnectorConfigurationError` for a class that is neither installed nor `named` in a document.

    Call it before `find_connector_class` whenever the name comes from a request.
    """
    if _installed(provider) is None and provider not in named:
        raise ConnectorConfigurationError(PROVIDER_NOT_NAMED, provider=provider)


def _installed(provider: str) -> InstalledConnector | None:
    """The installed connector with this name, even if its package was installed while the program runs."""
    if (installed := _among_installed(provider)) is None and reread_entry_points():
        installed_connectors.cache_clear()
        _ALLOWED.clear()
        installed = _among_installed(provider)
    return installed


def _among_installed(provider: str) -> InstalledConnector | None:
    for installed in installed_connectors():
        if provider == installed.name or provider in installed.connector_class.provider.class_names:
            return installed
    return None


def _names_of(provider: str) -> list[str]:
    """The names by which a class can be allowed: the given name, and all names of the installed connector."""
    names = [provider, provider.replace(":", ".")]
    if (installed := _installed(provider)) is not None:
        made = installed.connector_class
        names += [installed.name, *made.provider.class_names, f"{made.__module__}.{made.__qualname__}"]
    return names


def _not_known(provider: str) -> ConnectorConfigurationError:
    """The error for a name that can denote only an installed connector: the reason, or the nearest name."""
    for entry_point in installed_entry_points(CONNECTORS):
        if entry_point.problem and entry_point.name == provider:
            return ConnectorConfigurationError(PROVIDER_NOT_KNOWN, provider=provider, cause=entry_point.problem)
    names = [installed.name for installed in installed_connectors()]
    meant = nearest(provider, names) or f"there are {', '.join(names)}"
    cause = f"no installed connector has this name, and it is no path such as package.module.Class; {meant}"
    return ConnectorConfigurationError(PROVIDER_NOT_KNOWN, provider=provider, cause=cause)


def require_class(service: IntegrationService, connector_class: ConnectorClass, connector_name: str) -> None:
    """Raise `WrongConnectorClassError` for a connector that was written for another service.

    Raises `ConnectorConfigurationError` for a class without a `provider`.
    """
    if not issubclass(connector_class, service.connector_class):
        raise WrongConnectorClassError(service.wrong_connector_class, connector=connector_name)
    require_provider(connector_class)


def require_provider(connector_class: ConnectorClass) -> None:
    """Raise `ConnectorConfigurationError` for a connector class without a `provider`."""
    if problem := provider_problem(connector_class):
        raise ConnectorConfigurationError(NOT_A_CONNECTOR, provider=connector_class.__qualname__, problem=problem)


def make_connector(connector_class: ConnectorClass, connection: Connection) -> IntegrationConnector[Any]:
    """Create a connector; raises `ConnectorConfigurationError` if its class cannot be instantiated."""
    try:
        return connector_class()
    except BaseException as error:  # foreign code may raise anything
        raise ConnectorConfigurationError(
            CONNECTOR_NOT_MADE, provider=connection.provider, cause=named_text(error)
        ) from error


class _NotImported(msgspec.Struct, frozen=True):
    """The reason why a path cannot be imported."""

    cause: str


def _imported(provider: str) -> object:
    """The object at an importable path, or the reason why it cannot be imported.

    A failed import is not cached, so that it succeeds after the package has been installed.
    """
    module, _, name = provider.replace(":", ".").rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except BaseException as error:  # foreign code runs at import and may raise anything
        return _NotImported(named_text(error))
