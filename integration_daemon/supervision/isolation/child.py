"""The process of one connector, which creates the connector and calls its methods on request of the daemon."""

import itertools
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeVar

import msgspec
import trio

from audit.log import AuditLog, Buffer, Component, Entry
from audit.message import MessageDefinition
from audit.rendering import record_of
from audit.stray_errors import show_without_texts
from integration_daemon.supervision.isolation.calls import as_async_call, contained
from integration_daemon.supervision.isolation.confinement import limit, renounce_privileges
from integration_daemon.supervision.isolation.protocol import (
    Answer,
    Ask,
    Begin,
    Invoke,
    Log,
    Progress,
    Raised,
    Returned,
    ToProcess,
    decode_error,
    encode_error,
    framed,
)
from services.framework.connector import IntegrationConnector, optional_method
from services.framework.discretion import known_secrets
from services.framework.dry_run import SupposedChanges, dry_run
from services.framework.factory import give_context, new_connector
from services.framework.frames import Frames
from services.framework.host import Host, Listener
from services.metadata.changes import Batch, ChangePage, ElementPage, Outcome, Query
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.removal import CompletedScan
from services.metadata.store import MetadataStore
from services.registry import service_of
from services.secret_sources.access import grant

T = TypeVar("T")

_current_frames: ContextVar[Frames] = ContextVar("_current_frames")
"""The connection over which the current task was called, which its own requests use too."""


class ParentStore(MetadataStore):
    """The metadata store in this process, which forwards every call to the daemon."""

    def __init__(self, child: "Child") -> None:
        self._child = child

    async def register_source(self, source: MetadataSource, *, user: str) -> str:
        return await self._child.ask(str, "register_source", source=source, user=user)

    async def fingerprints(
        self, metadata_source: str, scope: str, *, after: str | None = None, limit: int | None = None
    ) -> dict[str, str]:
        wanted = {"name": metadata_source, "scope": scope, "after": after, "limit": limit}
        return await self._child.ask(dict[str, str], "fingerprints", **wanted)

    async def apply(self, batch: Batch) -> Outcome:
        return await self._child.ask(Outcome, "apply", batch=batch)

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        return await self._child.ask(list[ElementRecord], "get", guids=list(guids))

    async def find_page(self, query: Query) -> ElementPage:
        return await self._child.ask(ElementPage, "find_page", query=query)

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        return await self._child.ask(list[RelationshipRecord], "relationships", guids=list(guids), type_name=type_name)

    async def changes(self, after: int, limit: int) -> ChangePage:
        return await self._child.ask(ChangePage, "changes", number_after=after, limit=limit)

    async def aclose(self) -> None:
        """Do nothing: the daemon owns the store."""


class ParentHost(Host):
    """The host of the connector, which forwards every call to the daemon."""

    def __init__(self, child: "Child") -> None:
        self._child = child

    async def scan_completed(self, scan: CompletedScan) -> list[str] | None:
        return await self._child.ask(list[str] | None, "scan_completed", scan=scan)  # type: ignore[arg-type]

    async def is_paused(self) -> bool:
        return await self._child.ask(bool, "is_paused")

    def ask_for_refresh(self) -> None:
        self._child.start_soon(self._child.ask, None, "ask_for_refresh")

    def listen(self, listener: Listener) -> None:
        self._child.start_soon(self._child.listening, listener)


class Child:
    """The connector, and its communication with the daemon."""

    def __init__(self, methods: Frames, background: Frames) -> None:
        self._methods = methods
        self._background_frames = background
        self._background_scope = trio.CancelScope()
        self._buffer = Buffer(100_000)
        self._numbers = itertools.count(1)
        self._asked: dict[int, tuple[trio.Event, list[Answer]]] = {}
        self._connector: IntegrationConnector[Any] | None = None
        self._progress: str | None = None
        self._conceal: Callable[[str], str] | None = None
        self._threads = trio.CapacityLimiter(4)
        self._background_nursery: trio.Nursery | None = None

    async def run(self) -> None:
        """Carry out the daemon's messages until it closes the connection."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self._run_background)
            await self._obey(self._methods, nursery)
            os._exit(0)  # end tasks that still run

    async def _run_background(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Run `engage` and listeners until the daemon closes their connection."""
        with self._background_scope:
            async with trio.open_nursery() as self._background_nursery:
                task_status.started()
                await self._obey(self._background_frames, self._background_nursery)
                self._background_nursery.cancel_scope.cancel(reason="the daemon has ended the background tasks")

    async def _obey(self, frames: Frames, nursery: trio.Nursery) -> None:
        while True:
            try:
                message = await frames.receive()
            except EOFError:
                return
            if isinstance(message, Answer):
                if message.number in self._asked:
                    event, answers = self._asked[message.number]
                    answers.append(message)
                    event.set()
            else:
                nursery.start_soon(self._do, message, frames)

    async def ask(self, kind: type[T], call: str, **arguments: Any) -> T:
        """Have the daemon make a store or host call; returns its result, or raises its error."""
        number, event, answers = next(self._numbers), trio.Event(), list[Answer]()
        self._asked[number] = event, answers
        frames = _current_frames.get()
        try:
            await self._send_news(frames)
            await frames.send(Ask(number, call, **arguments))
            await event.wait()
        finally:
            del self._asked[number]
        (answer,) = answers
        if answer.error is not None:
            raise decode_error(answer.error)
        return msgspec.json.decode(answer.value, type=kind)

    async def _do(self, message: Begin | Invoke, frames: Frames) -> None:
        _current_frames.set(frames)
        name = message.method if isinstance(message, Invoke) else "initialize"
        try:
            supposed = await contained(partial(self._call, message, name))
        except Exception as error:
            answer: Returned | Raised = Raised(encode_error(error, self._conceal), name)
        else:
            answer = Returned(name, supposed)
        await self._send_news(frames)
        await frames.send(answer)

    async def _call(self, message: Begin | Invoke, name: str) -> SupposedChanges | None:
        """Call a method of the connector, if it exists; returns the changes that a dry run would make."""
        if isinstance(message, Begin):
            self._begin(message)
        method = optional_method(self._connector, name)
        if method is None:
            return None
        call = as_async_call(method, self._threads)
        if isinstance(message, Begin) or not message.dry_run:
            await call()
            return None
        with dry_run() as run:
            await call()
        return run.changes

    def start_soon(self, function: Callable[..., Awaitable[Any]], *arguments: Any) -> None:
        """Run a background task alongside the connector's methods."""
        if self._background_nursery is not None:
            self._background_nursery.start_soon(function, *arguments)

    async def listening(self, listener: Listener) -> None:
        """Run a listener, and report an exception of the listener to the daemon."""
        _current_frames.set(self._background_frames)
        try:
            await contained(as_async_call(listener, self._threads))
        except Exception as error:
            await self._send_news(self._background_frames)
            await self._background_frames.send(Raised(encode_error(error, self._conceal), "listener"))

    def _begin(self, message: Begin) -> None:
        grant(message.access)
        if message.limits is not None:
            limit(message.limits)
        service, settings = service_of(message.service), message.settings
        connector = new_connector(service, settings)
        log = AuditLog(self._buffer, Component(component_id=3, component_name=settings.connector_name))
        secrets = known_secrets(settings.connection)
        self._conceal = log.conceal = None if secrets is None else secrets.conceal
        shared = None if service.resources_over is None else service.resources_over(self._ask_resources)
        give_context(connector, service, settings, ParentStore(self), log, ParentHost(self), shared)
        self._connector = connector

    async def _ask_resources(self, request: bytes) -> bytes:
        return await self.ask(bytes, "resources", request=request)

    async def _send_news(self, frames: Frames) -> None:
        """Send the records logged since the last call, and the connector's progress."""
        while self._buffer.entries:
            await frames.send(_log(self._buffer.entries.popleft()))
        progress = self._connector.context.progress if self._connector is not None else None
        if progress is not None and self._conceal is not None:
            progress = self._conceal(progress)  # secrets resolved in this process may be unknown to the daemon
        if progress != self._progress:
            self._progress = progress
            await frames.send(Progress(progress))


def _log(entry: Entry) -> Log:
    shown = record_of(entry, _NOBODY)
    message = entry.message
    definition = MessageDefinition(
        id=message.id, text=message.text, system_action=message.system_action, user_action=message.user_action
    )
    inserts = dict(zip(message.parameter_names, shown.message_parameters, strict=True))
    return Log(definition, message.severity.label, inserts)


_NOBODY: Any = None


def main() -> None:
    """Communicate with the daemon over the sockets whose descriptors are the arguments."""
    show_without_texts()
    renounce_privileges()  # before there are threads, and before the connector's code is imported
    trio.run(_main, [socket.socket(fileno=int(descriptor)) for descriptor in sys.argv[1:]])


async def _main(connections: Sequence[socket.socket]) -> None:
    for connection in connections:
        connection.setblocking(False)
    methods, background = (
        framed(trio.SocketStream(trio.socket.from_stdlib_socket(each)), ToProcess) for each in connections
    )
    await Child(methods, background).run()


if __name__ == "__main__":
    main()
