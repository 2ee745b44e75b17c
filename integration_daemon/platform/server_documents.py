"""Reads, checks and stores the documents of a platform's servers on worker threads."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from weakref import WeakValueDictionary

import msgspec
import trio

from audit.message import AuditMessage
from integration_daemon.config.checked import Checked, checked
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.encode import encode_for_store
from integration_daemon.config.load import convert_to, load_document
from integration_daemon.config.messages import VERSION_SUPERSEDED
from integration_daemon.config.placeholders import VariableFile, with_placeholders_of
from integration_daemon.config.problem import problems_error
from integration_daemon.config.store import DocumentStore
from integration_daemon.config.stored_secrets import document_with_stored_secrets
from integration_daemon.config.versions import Origin, Version
from integration_daemon.platform import messages
from integration_daemon.platform.followed_file import Followed, connection_in, followed, with_connection
from integration_daemon.platform.server import Server
from services.allowance import Allowance
from services.errors import InvalidParameterError
from services.framework.connection import Connection

Record = Callable[[str, AuditMessage, dict[str, object]], None]
"""Logs a record that concerns a server."""


class ServerDocuments:
    """The documents that servers are started with."""

    def __init__(self, store: DocumentStore, variables: VariableFile, allowance: Allowance, record: Record) -> None:
        self.store = store
        self.variables = variables
        self.changing_variables = trio.Lock()
        """A lock to hold while the placeholder variables are changed and stored."""
        self._allowance = allowance
        self._record = record
        self._locks: WeakValueDictionary[str, trio.Lock] = WeakValueDictionary()

    def changing(self, name: str) -> trio.Lock:
        """A lock to hold while the document of a server is changed and stored."""
        return self._locks.setdefault(name, trio.Lock())

    async def require_version(self, name: str, expected: int | None) -> None:
        """Raise `InvalidParameterError` if another version than the expected one is the newest of a server.

        To be called while `changing` is held. 0 stands for a server without a document; None: any version.
        """
        if expected is None:
            return
        newest = await trio.to_thread.run_sync(self.store.newest, name)
        number, user = (0, "") if newest is None else (newest.number, newest.user or newest.caller)
        if number != expected:
            raise InvalidParameterError(
                VERSION_SUPERSEDED, server=name, expected=expected, newest=number, user=user or "(unknown)"
            )

    async def load(self, name: str) -> OMAGServerConfig:
        """The stored document of a server; raises `InvalidParameterError` if there is none."""
        config = await trio.to_thread.run_sync(self.store.load, name)
        if config is None:
            raise InvalidParameterError(messages.SERVER_NOT_KNOWN, server=name)
        return config

    async def sent(self, config: OMAGServerConfig) -> OMAGServerConfig:
        """A document that was received over REST, with the stored secrets for their masks.

        Raises `ConfigurationError` for a mask without a stored secret.
        """
        load = partial(self.store.load, config.local_server_name)
        return await trio.to_thread.run_sync(document_with_stored_secrets, config, load)

    async def followed(self, config: OMAGServerConfig, source: Path | None) -> Followed:
        """The document to use: that of a file, with the changes over REST that are still in effect."""
        if source is None:
            return Followed(config, base=None)
        return await trio.to_thread.run_sync(followed, config, self.store)

    async def read_again(self, server: Server) -> Followed:
        """The present document of a running server, read again from its source."""
        if server.source is None:
            return Followed(await self.load(server.name), base=None)
        return await self.followed(await trio.to_thread.run_sync(load_document, server.source), server.source)

    async def usable(self, config: OMAGServerConfig) -> Checked:
        """The completed document; raises `ProblemsError` with all its errors.

        Imports the modules of the connectors.
        """
        return await trio.to_thread.run_sync(self._usable, config)

    def _usable(self, config: OMAGServerConfig) -> Checked:
        usable = checked(config, self.variables.load(), self._allowance)
        if problems := [*usable.unset, *usable.errors]:
            raise problems_error(messages.DOCUMENT_NOT_USABLE, problems, server=config.local_server_name)
        return usable

    async def with_connection(self, name: str, connector: str, connection: Connection) -> OMAGServerConfig:
        """The stored document of a server with another connection of a connector; keeps the placeholders."""
        return await trio.to_thread.run_sync(self._with_connection, await self.load(name), connector, connection)

    def _with_connection(self, config: OMAGServerConfig, connector: str, connection: Connection) -> OMAGServerConfig:
        old, plain = (
            msgspec.json.decode(encode_for_store(each)) for each in (connection_in(config, connector), connection)
        )
        kept = with_placeholders_of(plain, old, self.variables.load())
        return with_connection(config, connector, convert_to(Connection, kept) if kept != plain else connection)

    async def save(
        self, config: OMAGServerConfig, origin: Origin | None, chosen: Followed, *, in_effect: int = 0
    ) -> Version:
        """Store a document as the newest version of its server, which runs with the version `in_effect`."""
        base, is_changed = chosen.base, chosen.is_changed
        save = partial(self.store.save, config, origin, base=base, is_changed=is_changed, in_effect=in_effect)
        return await trio.to_thread.run_sync(save)

    def report(self, chosen: Followed) -> None:
        """Log whether the changes over REST to a document of a file are in effect."""
        if chosen.message is not None:
            name = chosen.config.local_server_name
            self._record(name, chosen.message, {"server": name, "version": chosen.number})
