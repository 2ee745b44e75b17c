"""The pages of the integration services and their connectors, from the installed entry points."""

import inspect
from collections.abc import Iterator
from typing import Any

from docs.generate.markdown import code, literally, page, table
from services.framework.broker import InstalledConnector, installed_connectors
from services.framework.connector import Setting
from services.framework.exchange import Exchange
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.service import IntegrationService
from services.registry import registered_services

_SERVICES = """\
## Integration services

A connector is configured under its integration service. The URL marker identifies the service in configuration
documents and REST requests. The permitted synchronization is the default for connectors without a setting of their own.
"""

_CONNECTORS = """\
A configuration document names a connector in `connection.connectorType.connectorProviderClassName`, by its own name or
by the name of the Java provider class that it replaces. The settings of the connector are the entries of
`connection.configurationProperties`. The command `integration-daemon connectors` lists these connectors and those of
other installed packages.
"""
_TREE = """\
```{{toctree}}
:hidden:

{names}
```"""
_DIRECTIONS = {
    PermittedSynchronization.FROM_THIRD_PARTY: "from the third party",
    PermittedSynchronization.TO_THIRD_PARTY: "to the third party",
    PermittedSynchronization.BOTH_DIRECTIONS: "in both directions",
}


def connectors_page() -> str:
    """The services, followed by the connectors, each of which has a page of its own."""
    rows = [
        (f"[{each.name}](connectors/{each.name}.md)", literally(each.connector_class.provider.description))
        for each in our_connectors()
    ]
    names = "\n".join(f"connectors/{each.name}" for each in our_connectors())
    listed = table(("Connector", "Purpose"), rows)
    return page(
        "Services and connectors",
        _SERVICES,
        _services(),
        "## Connectors",
        _CONNECTORS,
        listed,
        _TREE.format(names=names),
    )


def our_connectors() -> list[InstalledConnector]:
    """The connectors of this project, without other connectors that are installed where the pages are built."""
    return [each for each in installed_connectors() if each.connector_class.__module__.startswith("services.")]


def connector_page(installed: InstalledConnector) -> str:
    """One connector: its purpose, its exchange, its required rights, and its settings."""
    provider, service = installed.connector_class.provider, _service_of(installed)
    rows = [(code("endpoint.address"), "", literally(provider.endpoint)), *map(_setting, provider.settings)]
    return page(
        installed.name,
        literally(provider.description),
        literally(inspect.getdoc(installed.connector_class) or ""),
        table(("", ""), [(name, text) for name, text in _facts(installed, service) if text]),
        "## Settings",
        table(("Setting", "Default", "Meaning"), rows),
    )


def _facts(installed: InstalledConnector, service: IntegrationService) -> Iterator[tuple[str, str]]:
    provider = installed.connector_class.provider
    yield "Service", code(service.url_marker)
    yield "Java provider classes", ", ".join(code(name) for name in provider.class_names)
    if (exchange := provider.exchange) is None:
        return
    yield "Synchronization", _directions(exchange, service)
    yield "Required rights", literally(exchange.rights)
    yield "Reads from open metadata", ", ".join(map(code, exchange.read_names)) or "only its own elements"
    yield "Writes to open metadata", ", ".join(map(code, exchange.written_names)) or "nothing"
    yield "Example", f"[](../../{exchange.example})" if exchange.example else ""


def _directions(exchange: Exchange, service: IntegrationService) -> str:
    default = service.default_permitted_synchronization
    return ", ".join(
        f"{_DIRECTIONS[each]} ({code(each.value)}{', the default' if each is default else ''})"
        for each in exchange.directions
    )


def _service_of(installed: InstalledConnector) -> IntegrationService:
    return next(each for each in registered_services() if issubclass(installed.connector_class, each.connector_class))


def _services() -> str:
    rows = [
        (
            literally(each.full_name),
            code(each.url_marker),
            literally(each.description),
            code(each.default_permitted_synchronization.value),
        )
        for each in registered_services()
        if each.connector_class.__module__.startswith("services.")
    ]
    return table(("Service", "URL marker", "Purpose", "Permitted synchronization"), rows)


def _setting(setting: Setting) -> tuple[str, str, str]:
    return code(setting.name), _default(setting.default), literally(setting.description)


def _default(value: Any) -> str:
    return "" if value is None else code(str(value).lower() if isinstance(value, bool) else value)
