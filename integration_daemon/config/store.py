"""The documents a platform keeps: one file for each server, `servers/{name}/config/{name}.config`, and its versions.

All functions block; the platform calls them on a worker thread.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from audit.errors import DescribedError
from integration_daemon.config import messages
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.encode import encode_for_store
from integration_daemon.config.load import ConfigurationError, decode_document, load_document
from integration_daemon.config.versions import Origin, Version, VersionFiles
from integration_daemon.private_files import write_private

_NAME = re.compile(r"[^\W_][\w.\- ]{0,99}")
LONGEST_NAME = 200
"""The longest name of a server in bytes: a file name adds a few characters, and has at most 255 bytes."""


def require_server_name(name: str) -> None:
    """Raise `ConfigurationError` for a name that is not a valid directory name."""
    if not _NAME.fullmatch(name) or len(name.encode()) > LONGEST_NAME:
        raise ConfigurationError(messages.SERVER_NAME_NOT_USABLE, name=repr(name[:100]))


class DocumentStore:
    """The stored documents of one data directory."""

    def __init__(self, data_directory: Path) -> None:
        self._servers = data_directory / "servers"

    def names(self) -> list[str]:
        """The names of the servers that have a document."""
        return sorted(path.stem for path in self._servers.glob("*/config/*.config") if path.stem == path.parts[-3])

    def load(self, name: str) -> OMAGServerConfig | None:
        """A server's document; raises `ConfigurationError` if it can no longer be used."""
        require_server_name(name)
        path = self._path(name)
        if not path.exists():
            return None
        newest = self.newest(name)
        try:
            return load_document(path) if newest is None else self.version(name, newest.number)
        except DescribedError as error:
            raise ConfigurationError(messages.STORED_DOCUMENT_BROKEN, server=name, cause=error) from error

    def save(
        self,
        config: OMAGServerConfig,
        origin: Origin | None = None,
        *,
        base: str | None = None,
        is_changed: bool = True,
        in_effect: int = 0,
    ) -> Version:
        """Store a server's document atomically as its newest version, readable only by this user.

        Raises `ConfigurationError`, and stores nothing, if it cannot be written.

        `base` is the digest of the user's file that the document comes from; none: that of the previous version.
        `is_changed` is true if the document differs from that file. `in_effect` is the version that the server runs
        with; 0: the server does not run.
        """
        name = config.local_server_name
        require_server_name(name)
        content = encode_for_store(config)
        if base is None:
            newest = self.newest(name)
            base = newest.base if newest is not None else ""
        versions, origin = self._versions(name), origin or Origin()
        add = partial(versions.add, content, origin, base=base, is_changed=is_changed, in_effect=in_effect)
        try:
            return self._stored(self._path(name), content, add)
        except OSError as error:
            raise not_stored(f"The configuration document of server {name}", error) from error

    def _stored(self, path: Path, content: bytes, add: Callable[..., Version]) -> Version:
        """Write a document and its version.

        A version takes effect when it is in the list of versions; the first, when the document's file exists, too.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        is_first = not path.exists()
        if not is_first:
            write_private(path, content)
        version = add(time=datetime.now(UTC))
        if is_first:
            write_private(path, content)
        return version

    def versions(self, name: str) -> list[Version]:
        """The versions of a server's document that are kept, the oldest first."""
        require_server_name(name)
        try:
            return self._versions(name).versions()
        except (OSError, ValueError) as error:
            raise ConfigurationError(messages.STORED_DOCUMENT_BROKEN, server=name, cause=error) from None

    def newest(self, name: str) -> Version | None:
        """The newest version of a server's document."""
        versions = self.versions(name)
        return versions[-1] if versions else None

    def version(self, name: str, number: int) -> OMAGServerConfig:
        """The document of a version; raises `ConfigurationError` if it is not kept."""
        require_server_name(name)
        content = self._versions(name).content(number)
        if content is None:
            raise ConfigurationError(messages.VERSION_NOT_KEPT, server=name, number=number)
        return decode_document(content, f"version {number} of {name}")

    def delete(self, name: str) -> None:
        """Delete the document of a server with all its versions, if there is one."""
        require_server_name(name)
        self._path(name).unlink(missing_ok=True)
        self._versions(name).delete()

    def _path(self, name: str) -> Path:
        return self._servers / name / "config" / f"{name}.config"

    def _versions(self, name: str) -> VersionFiles:
        return VersionFiles(self._servers / name / "config" / "documents")


def not_stored(content: str, error: OSError) -> ConfigurationError:
    """The error for content that cannot be written to the data directory."""
    return ConfigurationError(messages.NOT_STORED, what=content, cause=error.strerror or type(error).__name__)


def digest(config: OMAGServerConfig) -> str:
    """A digest that shows whether the content of a user's file has changed. Layout and comments have no effect."""
    plain = msgspec.json.decode(encode_for_store(config))
    return hashlib.sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()
