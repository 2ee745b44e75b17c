"""The documents of a platform's servers: read, checked, and stored with their versions, on worker threads."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import trio

from audit.message import AuditMessage
from integration_daemon.config.check import check_document
from integration_daemon.config.complete import complete
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.load import load_document
from integration_daemon.config.store import DocumentStore
from integration_daemon.config.versions import Origin, Version
from integration_daemon.platform import messages
from integration_daemon.platform.followed_file import Followed, followed
from integration_daemon.platform.server import Server
from services.allowance import Allowance
from services.errors import InvalidParameterError

Record = Callable[[str, AuditMessage, dict[str, object]], None]
"""Logs a record that concerns a server."""


class ServerDocuments:
    """The documents that servers are started with."""

    def __init__(self, store: DocumentStore, allowance: Allowance, record: Record) -> None:
        self.store = store
        self._allowance = allowance
        self._record = record

    async def load(self, name: str) -> OMAGServerConfig:
        """The stored document of a server; raises `InvalidParameterError` if there is none."""
        config = await trio.to_thread.run_sync(self.store.load, name)
        if config is None:
            raise InvalidParameterError(messages.SERVER_NOT_KNOWN, server=name)
        return config

    async def followed(self, config: OMAGServerConfig, source: Path | None) -> Followed:
        """The document to use: one that was read from a file, with the changes that were made over REST since."""
        if source is None:
            return Followed(config, base=None)
        return await trio.to_thread.run_sync(followed, config, self.store)

    async def read_again(self, server: Server) -> Followed:
        """The document of a running server as it is in its source now."""
        if server.source is None:
            return Followed(await self.load(server.name), base=None)
        return await self.followed(await trio.to_thread.run_sync(load_document, server.source), server.source)

    async def usable(self, config: OMAGServerConfig) -> OMAGServerConfig:
        """The completed document; raises `InvalidParameterError` with all its errors.

        Imports the modules of the connectors.
        """
        return await trio.to_thread.run_sync(_usable, config, self._allowance)

    async def save(self, config: OMAGServerConfig, origin: Origin | None, chosen: Followed) -> Version:
        """Store a document as the newest version of its server."""
        save = partial(self.store.save, config, origin, base=chosen.base, is_changed=chosen.is_changed)
        return await trio.to_thread.run_sync(save)

    def tell(self, chosen: Followed) -> None:
        """Log what became of the changes over REST to a document that was read from a file."""
        if chosen.message is not None:
            name = chosen.config.local_server_name
            self._record(name, chosen.message, {"server": name, "version": chosen.number})


def _usable(config: OMAGServerConfig, allowance: Allowance) -> OMAGServerConfig:
    config = complete(config)
    errors = [problem for problem in check_document(config, allowance) if problem.is_error]
    if errors:
        raise InvalidParameterError(
            messages.DOCUMENT_NOT_USABLE,
            server=config.local_server_name,
            problems="; ".join(f"{problem.path}: {problem.text}" for problem in errors),
        )
    return config
