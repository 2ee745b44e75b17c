"""Changes of the documents of servers. A running server applies a change; another uses it at its next start."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import trio

from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.versions import How, Origin, Version
from integration_daemon.platform import messages
from integration_daemon.platform.changed_document import DocumentChange, changed_document
from integration_daemon.platform.followed_file import Followed, with_connection
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.server import Server, Trial
from integration_daemon.platform.server_documents import ServerDocuments
from integration_daemon.platform.trial import begin_trial
from integration_daemon.supervision.reconfigured import Reconfigured
from services.errors import InvalidParameterError

ITSELF = "(the platform)"
"""The user of an automatic change."""
Begin = Callable[[Callable[..., Awaitable[None]], str], Awaitable[Any]]
"""Starts a task of the platform, by its name."""


class DocumentChanges:
    """Makes changes of documents, one at a time for each server."""

    def __init__(
        self, documents: ServerDocuments, settings: PlatformSettings, servers: Mapping[str, Server], begin: Begin
    ) -> None:
        self._documents = documents
        self._settings = settings
        self._servers = servers
        """The servers that are running, starting or stopping now."""
        self._begin = begin

    async def apply_document(
        self,
        name: str,
        document: OMAGServerConfig | None,
        origin: Origin,
        *,
        rollback_after: float | None = None,
        expected_version: int | None = None,
    ) -> Reconfigured:
        """Apply a changed document to a running integration daemon, and store the document.

        Without a document, the server's own document is read again from its source. Raises a `DescribedError`, and
        changes nothing, if the document has errors or belongs to another server, if the server is not an integration
        daemon, or if its newest stored version is not `expected_version`.

        With `rollback_after`, the change is undone after that many seconds if one of its connectors has failed then.
        The operation is completed even if the caller is cancelled: otherwise the daemon would run a part of the
        document, and no task would roll it back.
        """
        server = self._running(name)
        if server.apply_document is None:
            raise InvalidParameterError(messages.NOT_RECONFIGURABLE, server=name, server_type=server.type_name)
        async with self._documents.changing(name):
            await self._documents.require_version(name, expected_version)
            with trio.CancelScope(shield=True):
                done = await self._applied(server, document, origin, rollback_after)
        return done

    async def _applied(
        self, server: Server, document: OMAGServerConfig | None, origin: Origin, rollback_after: float | None
    ) -> Reconfigured:
        before = server.version
        if document is not None:
            document = await self._documents.sent(document)
        done = await self._apply(server, document, origin)
        if rollback_after is not None and before != server.version:
            versions, connectors = (before, server.version), [*done.added, *done.changed]
            begin = partial(begin_trial, server, versions, connectors, rollback_after, self._roll_back)
            await self._begin(begin, f"version {server.version} of {server.name} on trial")
        return done

    async def _apply(self, server: Server, document: OMAGServerConfig | None, origin: Origin) -> Reconfigured:
        assert server.apply_document is not None
        chosen = Followed(document, base=None) if document is not None else await self._documents.read_again(server)
        usable = await self._documents.usable(chosen.config)
        config = usable.config
        if config.local_server_name != server.name or not config.has_connectors:
            raise InvalidParameterError(
                messages.ANOTHER_SERVERS_DOCUMENT, server=server.name, other=config.local_server_name
            )
        done = await server.apply_document(config, origin.user)
        self._documents.report(chosen)
        saved = await self._documents.save(usable.stored, origin, chosen, in_effect=server.version)
        done.version = server.version = saved.number
        return done

    async def _roll_back(self, server: Server, trial: Trial, failed: str) -> bool:
        """Undo a change whose connectors have failed. Returns false if the document has been changed again."""
        async with self._documents.changing(server.name):
            newest = await trio.to_thread.run_sync(self._documents.store.newest, server.name)
            if newest is None or newest.number != trial.version:
                return False
            document = await trio.to_thread.run_sync(self._documents.store.version, server.name, trial.previous)
            detail = f"version {trial.version} had failed connectors: {failed}"
            await self._apply(server, document, Origin(how=How.ROLLED_BACK, user=ITSELF, detail=detail))
        return True

    async def restore(
        self, name: str, number: int, origin: Origin, expected_version: int | None = None
    ) -> Reconfigured:
        """Apply a version of a server's document again, as the newest version; raises as `apply_document` does.

        A server that does not run uses the version at its next start.
        """
        document = await trio.to_thread.run_sync(self._documents.store.version, name, number)
        if name in self._servers:
            return await self.apply_document(name, document, origin, expected_version=expected_version)
        return Reconfigured(version=(await self.change(name, lambda _: document, origin, expected_version)).number)

    async def store_connection(self, server: Server, connector: str, origin: Origin) -> None:
        """Store the document of a running server with the present connection of one of its connectors.

        Nothing is stored for a connector of a template or of a catalog target: its connection lasts until the document
        is applied again.
        """
        assert server.daemon is not None
        async with self._documents.changing(server.name):
            running = next((each for each in server.daemon.connectors if each.name == connector), None)
            if running is None:
                return  # it was removed in the meantime
            config = with_connection(server.config, connector, running.config.connection)
            if config == server.config:
                return  # a template or a catalog target: the document has no separate connection for this connector
            server.config.integration_services_config = config.integration_services_config
            newest = await trio.to_thread.run_sync(self._documents.store.newest, server.name)
            document = await self._documents.with_connection(server.name, connector, running.config.connection)
            chosen = Followed(document, base=None)
            saved = await self._documents.save(document, origin, chosen, in_effect=server.version)
            if newest is not None and newest.number == server.version:  # no other change waits
                server.version = saved.number

    async def delete(self, name: str, expected_version: int | None = None) -> None:
        """Delete the document of a server.

        Raises `InvalidParameterError` if the server is running, or its newest version is not the expected one.
        """
        async with self._documents.changing(name):
            await self._documents.require_version(name, expected_version)
            if name in self._servers:
                raise InvalidParameterError(messages.DOCUMENT_IN_USE, server=name)
            await trio.to_thread.run_sync(self._documents.store.delete, name)

    async def change(
        self, name: str, change: DocumentChange, origin: Origin, expected_version: int | None = None
    ) -> Version:
        """Store a changed document of a server as its newest version, for the next start or `apply_document`.

        Raises `ProblemsError`, and stores nothing, if the document would have errors, and `InvalidParameterError` if
        the newest version is not the expected one. The document of a server that is not running may be incomplete.
        """
        async with self._documents.changing(name):
            await self._documents.require_version(name, expected_version)
            running = self._servers.get(name)
            return await trio.to_thread.run_sync(
                partial(changed_document, self._documents, self._settings, name, change, running, origin)
            )

    def _running(self, name: str) -> Server:
        server = self._servers.get(name)
        if server is None or server.start_time is None:
            raise InvalidParameterError(messages.SERVER_NOT_RUNNING, server=name)
        return server
