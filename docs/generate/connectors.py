"""The page of the integration services and their connectors, from the installed entry points."""

from typing import Any

from docs.generate.markdown import code, literally, page, table
from services.framework.broker import InstalledConnector, installed_connectors
from services.framework.connector import Setting
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


def connectors_page() -> str:
    """The services, followed by each connector with its endpoint and settings."""
    return page("Services and connectors", _SERVICES, _services(), "## Connectors", _CONNECTORS, *map(_one, _ours()))


def _ours() -> list[InstalledConnector]:
    """The connectors of this project, without other connectors that are installed where the pages are built."""
    return [each for each in installed_connectors() if each.connector_class.__module__.startswith("services.")]


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


def _one(installed: InstalledConnector) -> str:
    provider = installed.connector_class.provider
    service = next(
        each for each in registered_services() if issubclass(installed.connector_class, each.connector_class)
    )
    names = ", ".join(code(name) for name in provider.class_names)
    rows = [(code("endpoint.address"), "", literally(provider.endpoint)), *map(_setting, provider.settings)]
    return "\n\n".join(
        (
            f"### {installed.name}",
            literally(provider.description),
            f"Service: {code(service.url_marker)}. Java provider class: {names or 'none'}.",
            table(("Setting", "Default", "Meaning"), rows),
        )
    )


def _setting(setting: Setting) -> tuple[str, str, str]:
    return code(setting.name), _default(setting.default), literally(setting.description)


def _default(value: Any) -> str:
    return "" if value is None else code(str(value).lower() if isinstance(value, bool) else value)
