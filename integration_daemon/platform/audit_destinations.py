"""The audit log destinations of a configuration document, and the files to which they may append."""

import os
from collections.abc import Iterator
from pathlib import Path

from audit.destination import Destination, DestinationSettings, make_destination
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.messages import LOG_FILE_NOT_ALLOWED
from integration_daemon.platform.server import Server
from services.errors import InvalidParameterError
from services.framework.connection import Connection

DEFAULT_CONSOLE = "console"


def destinations_of(config: OMAGServerConfig, server: Server, settings: PlatformSettings) -> list[Destination]:
    """The destinations of the document, or the console if it names none; in addition the memory ring that REST reads.

    Raises `DescribedError` for a destination or a severity that is not known, and for a file that may not be written.
    """
    directory: Path = server.directory / "logs"
    if server.file is not None:  # a document of the command line may name any file that the process can write
        named = _destinations(server.file, server.name, directory)
        settings.log_files.update(_files_outside(directory, named))
        for each in named:
            each.close()
    return [*allowed_destinations(config, directory, settings), server.ring]


def allowed_destinations(config: OMAGServerConfig, directory: Path, settings: PlatformSettings) -> list[Destination]:
    """The destinations of a document for a server whose logs are in this directory; raises as `destinations_of`."""
    name = config.local_server_name
    made = _destinations(config, name, directory)
    listed = [Path(os.path.realpath(each)) for each in settings.file.log_directories]
    for path in sorted({*_files_outside(directory, made)} - settings.log_files):
        if not any(each in path.parents for each in listed):
            raise InvalidParameterError(LOG_FILE_NOT_ALLOWED, server=name, path=path, directory=directory.absolute())
    return made


def _destinations(config: OMAGServerConfig, name: str, directory: Path) -> list[Destination]:
    repository_services = config.repository_services_config
    connections = (repository_services.audit_log_connections if repository_services else None) or []
    wanted = [_settings_of(connection) for connection in connections] or [DestinationSettings(provider=DEFAULT_CONSOLE)]
    return [make_destination(each, server_name=name, directory=directory) for each in wanted]


def _files_outside(directory: Path, made: list[Destination]) -> Iterator[Path]:
    """The files, outside a directory, that destinations append to. Symbolic links above a file are followed."""
    inside = Path(os.path.realpath(directory))
    for destination in made:
        path = getattr(destination, "path", None)
        if isinstance(path, Path):
            real = Path(os.path.realpath(path.parent), path.name)
            if inside not in real.parents:
                yield real


def _settings_of(connection: Connection) -> DestinationSettings:
    properties = connection.configuration_properties or {}
    return DestinationSettings(
        provider=connection.provider,
        name=connection.display_name or connection.qualified_name or "",
        address=connection.address,
        supported_severities=properties.get("supportedSeverities"),
        properties=properties,
    )
