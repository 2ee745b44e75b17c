"""A platform: the servers of one process, started and stopped by name."""

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from math import inf
from pathlib import Path

import trio

from audit.invisible import one_line
from audit.log import Component
from audit.masking import shown_text
from audit.message import AuditMessage
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.placeholders import VariableFile
from integration_daemon.config.server_type import (
    DEFAULT_SERVER_TYPE,
    INTEGRATION_DAEMON,
    METADATA_ACCESS_STORE,
)
from integration_daemon.config.store import DocumentStore
from integration_daemon.config.versions import Origin
from integration_daemon.platform import messages
from integration_daemon.platform.data_directory import server_directory
from integration_daemon.platform.document_changes import DocumentChanges
from integration_daemon.platform.expected_servers import ExpectedServers
from integration_daemon.platform.followed_file import Followed
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.integration_daemon_server import integration_daemon
from integration_daemon.platform.metadata_access_store import metadata_access_store
from integration_daemon.platform.server import Server, ServerRun
from integration_daemon.platform.server_documents import ServerDocuments
from integration_daemon.platform.server_run import ServerType, plain_cause, run_server
from integration_daemon.platform.stopping import seconds_for_server
from integration_daemon.supervision.recovery.failure import message_of
from services.errors import InvalidParameterError

SERVER_TYPES: Mapping[str, ServerType] = {
    INTEGRATION_DAEMON: integration_daemon,
    METADATA_ACCESS_STORE: metadata_access_store,
}

NOTHING_TO_STOP = 10.0
"""The stop deadline of a process without servers, in seconds."""


PLATFORM = Component(
    component_id=7,
    component_name="Server platform",
    component_description="Events that concern the platform, or several of its servers.",
)

REQUESTS = Component(
    component_id=8,
    component_name="Requests to the server",
    component_description="Requests of callers to the server.",
)


class Platform:
    """Hosts servers, each in its own task; the failure of one does not affect the others."""

    origin = "Integration Daemon (Python, trio)"
    """The name of this program, as the platform reports it."""

    def __init__(self, settings: PlatformSettings) -> None:
        self.settings = settings
        directory = settings.data_directory
        self.documents = ServerDocuments(
            DocumentStore(directory), VariableFile(directory), settings.allowance, self.record_in
        )
        self.close_requested = trio.Event()
        """Set when the shutdown of the whole platform is requested."""
        self.directory_problem = ""
        """The change of the data directory while it was in use, or an empty text."""
        self.expected_servers = ExpectedServers()
        self._stops_by = inf
        self._servers: dict[str, Server] = {}
        self.changes = DocumentChanges(self.documents, settings, self._servers, self._begin)
        self._history: dict[str, list[ServerRun]] = {}
        self._all_stopped = trio.Event()
        self._nursery: trio.Nursery | None = None

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Host servers until `stop_all` has stopped them."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            task_status.started()
            await self._all_stopped.wait()

    @property
    def servers(self) -> Mapping[str, Server]:
        """The running servers, without those that are still starting."""
        return {name: server for name, server in self._servers.items() if server.start_time is not None}

    @property
    def all_servers(self) -> Sequence[Server]:
        """The servers that are running, starting or stopping. May be called from any thread."""
        return list(self._servers.values())

    @property
    def stop_seconds(self) -> float:
        """The stop deadline of the whole platform in seconds. May be called from any thread."""
        groups = [
            [each.config.stop_deadline_seconds for each in group] for group in _in_order_of_stopping(self.all_servers)
        ]
        return sum(max(group) for group in groups if group) or NOTHING_TO_STOP

    @property
    def seconds_left(self) -> float:
        """Seconds until the stop deadline of the process, negative after it; infinite before a shutdown request."""
        return self._stops_by - trio.current_time()

    def record(self, message: AuditMessage, error: BaseException | None, inserts: dict[str, object]) -> None:
        """Log a record that concerns no particular server, in the log of the first server that has one."""
        log = next((each.audit_log for each in self.all_servers if each.audit_log is not None), None)
        if log is None:
            shown = message.render({name: shown_text(each) for name, each in inserts.items()})
            sys.stderr.write(f"integration-daemon: {message.id} {one_line(shown)}\n")
        elif error is None:
            log.child(PLATFORM).record(message, **inserts)
        else:
            log.child(PLATFORM).exception(message, error, **inserts)

    def record_in(self, server: str, message: AuditMessage, inserts: dict[str, object]) -> None:
        """Log a record that concerns a server, in its log if it runs, or else as `record` does."""
        log = self.servers[server].audit_log if server in self.servers else None
        if log is None:
            self.record(message, None, inserts)
        else:
            log.child(REQUESTS).record(message, **inserts)

    async def known_servers(self) -> list[str]:
        """The names of all servers that run here or have a stored document here."""
        stored = await trio.to_thread.run_sync(self.documents.store.names)
        return sorted({*stored, *self._servers})

    def history(self, name: str) -> list[ServerRun]:
        """The runs of a server since this process started, oldest first."""
        return list(self._history.get(name, ()))

    def server(self, name: str) -> Server:
        """A running server; raises `InvalidParameterError` if there is none with this name."""
        server = self.servers.get(name)
        if server is None:
            raise InvalidParameterError(messages.SERVER_NOT_RUNNING, server=name)
        return server

    def require_directory(self) -> None:
        """Raise `InvalidParameterError` if the data directory was removed or replaced since the platform started."""
        if self.directory_problem:
            directory = self.settings.data_directory.absolute()
            raise InvalidParameterError(
                messages.DATA_DIRECTORY_GONE, directory=directory, problem=self.directory_problem
            )

    async def start_server(
        self,
        config: OMAGServerConfig,
        source: Path | None = None,
        origin: Origin | None = None,
        expected_version: int | None = None,
    ) -> Server:
        """Store a server's document, which was read from `source`, and start the server with it.

        Changes that were made over REST since the source changed are applied to the document as well. Raises a
        `DescribedError`, and starts nothing, if the document has errors, the server already runs, a resource that it
        needs is missing, or its newest stored version is not the expected one.
        """
        return await self._start(config.local_server_name, config, source, origin, expected_version)

    async def start_stored_server(
        self, name: str, origin: Origin | None = None, expected_version: int | None = None
    ) -> Server:
        """Start a server with its stored document; raises `InvalidParameterError` if there is none."""
        return await self._start(name, None, None, origin, expected_version)

    async def _start(
        self,
        name: str,
        given: OMAGServerConfig | None,
        source: Path | None,
        origin: Origin | None,
        expected_version: int | None,
    ) -> Server:
        self.require_directory()
        async with self.documents.changing(name):
            await self.documents.require_version(name, expected_version)
            if given is None:
                given = await self.documents.load(name)
            elif source is None:
                given = await self.documents.sent(given)
            chosen = await self.documents.followed(given, source)
            server = await self._make_server(chosen, origin)
            server.source, server.file = source, given if source is not None else None
            note_failure = self.expected_servers.note_start(name)
        try:
            assert self._nursery is not None
            await self._nursery.start(self._host, server, name=f"server {name}")
        except Exception as error:
            note_failure(f"it has not started: {message_of(plain_cause(error))}")
            raise plain_cause(error) from None
        except BaseException:  # the caller was cancelled
            note_failure("its start was interrupted")
            raise
        finally:
            if server.start_time is None:
                del self._servers[name]
        self.documents.report(chosen)
        return server

    async def _make_server(self, chosen: Followed, origin: Origin | None) -> Server:
        """Store a document, and make the server that it describes, which does not run yet."""
        usable = await self.documents.usable(chosen.config)
        config = usable.config
        name, server_type = config.local_server_name, type_of(config)
        if name in self._servers:
            raise InvalidParameterError(messages.SERVER_ALREADY_RUNNING, server=name)
        if self._nursery is None or self.close_requested.is_set():
            raise InvalidParameterError(messages.PLATFORM_CLOSING)
        server = Server(config, server_type, server_directory(self.settings.data_directory, name))
        server.version = (await self.documents.save(usable.stored, origin, chosen)).number
        self._servers[name] = server
        return server

    async def _begin(self, task: Callable[..., Awaitable[None]], name: str) -> None:
        """Start a task that the platform runs until it ends."""
        assert self._nursery is not None
        await self._nursery.start(task, name=name)

    async def stop_server(self, name: str) -> None:
        """Stop a server, and wait until it has stopped.

        Raises `InvalidParameterError` if it is not running, or does not stop within its stop deadline.
        """
        if name not in self._servers:
            self.expected_servers.dismiss(name)  # it has ended by itself
        server = self.server(name)
        self.expected_servers.dismiss(name)
        if not await self._stop(server):
            seconds = f"{server.config.stop_deadline_seconds:g}"
            raise InvalidParameterError(messages.SERVER_STILL_STOPPING, server=name, seconds=seconds)

    async def forget_server(self, name: str) -> None:
        """Stop a server if it runs, and delete its document; its metadata stays."""
        self.expected_servers.dismiss(name)
        if name in self.servers:
            await self.stop_server(name)
        await self.changes.delete(name)

    async def stop_all(self) -> None:
        """Stop every server, dependent servers first, and start no more.

        A server that does not stop within its stop deadline is abandoned; `run` then does not return.
        """
        self.shut_down()
        for group in _in_order_of_stopping(self.all_servers):
            async with trio.open_nursery() as nursery:
                for server in group:
                    nursery.start_soon(self._stop, server)
        self._all_stopped.set()

    async def _stop(self, server: Server) -> bool:
        """Stop a server. Returns True if it stopped within its deadline."""
        server.stop.set()
        with trio.move_on_after(seconds_for_server(server.config.stop_deadline_seconds)):
            await server.ended.wait()
        return server.ended.is_set()

    def shut_down(self) -> None:
        """Request the end of the whole process."""
        self._stops_by = min(self._stops_by, trio.current_time() + self.stop_seconds)
        self.close_requested.set()

    async def _host(self, server: Server, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        try:
            await run_server(server, SERVER_TYPES, self.settings, task_status=task_status)
        except Exception as error:
            if server.start_time is None:
                raise  # in the task that starts the server; later, no task could receive it
            cause = message_of(plain_cause(error))
            self.expected_servers.note_end(server.name, f"it has ended: {cause}")
            sys.stderr.write(f"integration-daemon: server {server.name} has ended: {cause}\n")
        finally:
            if server.start_time is not None:
                self._history.setdefault(server.name, []).append(
                    ServerRun(start_time=server.start_time, end_time=datetime.now(UTC))
                )
                self._servers.pop(server.name, None)
            server.ended.set()


def _in_order_of_stopping(servers: Sequence[Server]) -> tuple[list[Server], list[Server]]:
    """Servers that stop together: integration daemons before the metadata servers that they may need."""
    daemons = [server for server in servers if server.type_name == INTEGRATION_DAEMON]
    return daemons, [server for server in servers if server not in daemons]


def type_of(config: OMAGServerConfig) -> str:
    """The server type of a document; raises `InvalidParameterError` for a type that is not hosted here.

    As in Egeria, the type follows from the content if the document does not name one of our types.
    """
    named = config.local_server_type or DEFAULT_SERVER_TYPE
    if named in SERVER_TYPES:
        return named
    if named != DEFAULT_SERVER_TYPE:
        raise InvalidParameterError(
            messages.UNSUPPORTED_SERVER_TYPE,
            server_type=named,
            server=config.local_server_name,
            known=", ".join(SERVER_TYPES),
        )
    return INTEGRATION_DAEMON if config.has_connectors else METADATA_ACCESS_STORE
