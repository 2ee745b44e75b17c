"""The audit log destinations that a configuration document names."""

from pathlib import Path

from audit.destination import Destination, DestinationSettings, make_destination
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.server import Server
from services.framework.connection import Connection

DEFAULT_CONSOLE = "console"


def destinations_of(config: OMAGServerConfig, server: Server, settings: PlatformSettings) -> list[Destination]:
    """Those of the document, or the console if it names none; and always the ring that REST reads.

    Raises `DescribedError` for a destination or a severity that is not known.
    """
    repository_services = config.repository_services_config
    connections = (repository_services.audit_log_connections if repository_services else None) or []
    wanted = [_settings_of(connection) for connection in connections] or [DestinationSettings(provider=DEFAULT_CONSOLE)]
    directory: Path = server.directory / "logs"
    return [
        *(make_destination(each, server_name=server.name, directory=directory) for each in wanted),
        server.ring,
    ]


def _settings_of(connection: Connection) -> DestinationSettings:
    properties = connection.configuration_properties or {}
    return DestinationSettings(
        provider=connection.provider,
        name=connection.display_name or connection.qualified_name or "",
        address=connection.address,
        supported_severities=properties.get("supportedSeverities"),
        properties=properties,
    )
