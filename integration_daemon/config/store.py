"""The documents a platform keeps: one file for each server, `servers/{name}/config/{name}.config`.

All functions block; the platform calls them on a worker thread.
"""

import re
from pathlib import Path

from audit.errors import DescribedError
from integration_daemon.config import messages
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.encode import encode_for_store
from integration_daemon.config.load import ConfigurationError, load_document
from integration_daemon.private_files import write_private

_NAME = re.compile(r"[^\W_][\w.\- ]{0,99}")


def require_server_name(name: str) -> None:
    """Raise `ConfigurationError` for a name that is not a valid directory name."""
    if not _NAME.fullmatch(name):
        raise ConfigurationError(messages.SERVER_NAME_NOT_USABLE, name=repr(name[:100]))


class DocumentStore:
    """The stored documents of one data directory."""

    def __init__(self, data_directory: Path) -> None:
        self._servers = data_directory / "servers"

    def names(self) -> list[str]:
        """Names of the servers that have a document."""
        return sorted(path.stem for path in self._servers.glob("*/config/*.config") if path.stem == path.parts[-3])

    def load(self, name: str) -> OMAGServerConfig | None:
        """A server's document; raises `ConfigurationError` if it can no longer be used."""
        require_server_name(name)
        path = self._path(name)
        if not path.exists():
            return None
        try:
            return load_document(path)
        except DescribedError as error:
            raise ConfigurationError(messages.STORED_DOCUMENT_BROKEN, server=name, cause=error) from error

    def save(self, config: OMAGServerConfig) -> None:
        """Store a server's document atomically, readable only by this user."""
        require_server_name(config.local_server_name)
        path = self._path(config.local_server_name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, encode_for_store(config))

    def delete(self, name: str) -> None:
        """Delete the document of a server, if there is one."""
        require_server_name(name)
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._servers / name / "config" / f"{name}.config"
