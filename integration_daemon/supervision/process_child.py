"""The process of one connector: makes it, and calls its methods when told to."""

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
from audit.record import record_of
from integration_daemon.supervision.calls import as_async_call, contained
from integration_daemon.supervision.process_wire import (
    Answer,
    Ask,
    Begin,
    Invoke,
    Log,
    Progress,
    Raised,
    Returned,
    ToProcess,
    framed,
    heard,
    tell,
)
from services.framework.broker import find_connector_class, make_connector
from services.framework.connector import IntegrationConnector, optional_method
from services.framework.discretion import known_secrets
from services.framework.frames import Frames
from services.framework.host import Listener
from services.metadata.changes import Batch, ChangePage, Outcome, Query
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.removal import CompletedScan
from services.registry import service_of

T = TypeVar("T")

_asked_over: ContextVar[Frames] = ContextVar("_asked_over")
"""The connection over which the task at work was called: its requests go the same way."""


class AskingStore:
    """The metadata store as this process sees it: every call is made by the daemon."""

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

    async def find(self, query: Query) -> list[ElementRecord]:
        return await self._child.ask(list[ElementRecord], "find", query=query)

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        return await self._child.ask(list[RelationshipRecord], "relationships", guids=list(guids), type_name=type_name)

    async def changes(self, after: int, limit: int) -> ChangePage:
        return await self._child.ask(ChangePage, "changes", number_after=after, limit=limit)

    async def aclose(self) -> None:
        """The store is the daemon's."""


class AskingHost:
    """Who hosts the connector, as this process sees it."""

    def __init__(self, child: "Child") -> None:
        self._child = child

    async def scan_completed(self, scan: CompletedScan) -> list[str] | None:
        return await self._child.ask(list[str] | None, "scan_completed", scan=scan)  # type: ignore[arg-type]

    async def is_paused(self) -> bool:
        return await self._child.ask(bool, "is_paused")

    def ask_for_refresh(self) -> None:
        self._child.beside(self._child.ask, None, "ask_for_refresh")

    def listen(self, listener: Listener) -> None:
        self._child.beside(self._child.listening, listener)


class Child:
    """The connector, and its conversation with the daemon."""

    def __init__(self, methods: Frames, standing: Frames) -> None:
        self._methods = methods
        self._standing = standing
        self._standing_scope = trio.CancelScope()
        self._buffer = Buffer(100_000)
        self._numbers = itertools.count(1)
        self._asked: dict[int, tuple[trio.Event, list[Answer]]] = {}
        self._connector: IntegrationConnector[Any] | None = None
        self._progress: str | None = None
        self._conceal: Callable[[str], str] | None = None
        self._threads = trio.CapacityLimiter(4)
        self._beside: trio.Nursery | None = None

    async def run(self) -> None:
        """Do as told until the daemon closes the connection."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self._stand_beside)
            await self._obey(self._methods, nursery)
            os._exit(0)  # whatever still runs here runs for nobody

    async def _stand_beside(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Run `engage` and listeners until the daemon closes their connection."""
        with self._standing_scope:
            async with trio.open_nursery() as self._beside:
                task_status.started()
                await self._obey(self._standing, self._beside)
                self._beside.cancel_scope.cancel(reason="the daemon has ended what stands beside the methods")

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
        """Have the daemon make a store call."""
        number, event, answers = next(self._numbers), trio.Event(), list[Answer]()
        self._asked[number] = event, answers
        frames = _asked_over.get()
        try:
            await self._tell_news(frames)
            await frames.send(Ask(number, call, **arguments))
            await event.wait()
        finally:
            del self._asked[number]
        (answer,) = answers
        if answer.error is not None:
            raise heard(answer.error)
        return msgspec.json.decode(answer.value, type=kind)

    async def _do(self, message: Begin | Invoke, frames: Frames) -> None:
        _asked_over.set(frames)
        name = message.method if isinstance(message, Invoke) else "initialize"
        try:
            await contained(partial(self._call, message, name))
        except Exception as error:
            answer: Returned | Raised = Raised(tell(error, self._conceal), name)
        else:
            answer = Returned(name)
        await self._tell_news(frames)
        await frames.send(answer)

    async def _call(self, message: Begin | Invoke, name: str) -> None:
        if isinstance(message, Begin):
            self._begin(message)
        method = optional_method(self._connector, name)
        if method is not None:
            await as_async_call(method, self._threads)()

    def beside(self, function: Callable[..., Awaitable[Any]], *arguments: Any) -> None:
        """Run something beside the connector's methods."""
        if self._beside is not None:
            self._beside.start_soon(function, *arguments)

    async def listening(self, listener: Listener) -> None:
        """Run a listener, and tell the daemon of what it raises."""
        _asked_over.set(self._standing)
        try:
            await contained(as_async_call(listener, self._threads))
        except Exception as error:
            await self._tell_news(self._standing)
            await self._standing.send(Raised(tell(error, self._conceal), "listener"))

    def _begin(self, message: Begin) -> None:
        settings = message.settings
        connector_class = find_connector_class(settings.connection.provider, settings.connector_name)
        connector = make_connector(connector_class, settings.connection)
        log = AuditLog(self._buffer, Component(component_id=3, component_name=settings.connector_name))
        secrets = known_secrets(settings.connection)
        self._conceal = log.conceal = None if secrets is None else secrets.conceal
        connector.context = service_of(message.service).context_class(settings, AskingStore(self), log)
        connector.context.host = AskingHost(self)
        connector.connection, connector.connector_name = settings.connection, settings.connector_name
        self._connector = connector

    async def _tell_news(self, frames: Frames) -> None:
        """What was logged, and how far the connector is, since the last time."""
        while self._buffer.entries:
            await frames.send(_log(self._buffer.entries.popleft()))
        progress = self._connector.context.progress if self._connector is not None else None
        if progress is not None and self._conceal is not None:
            progress = self._conceal(progress)  # a reference has been followed here, and the daemon may not know it
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
    """Talk over the sockets whose descriptors are the arguments."""
    trio.run(_main, [socket.socket(fileno=int(descriptor)) for descriptor in sys.argv[1:]])


async def _main(connections: Sequence[socket.socket]) -> None:
    for connection in connections:
        connection.setblocking(False)
    methods, standing = (
        framed(trio.SocketStream(trio.socket.from_stdlib_socket(each)), ToProcess) for each in connections
    )
    await Child(methods, standing).run()


if __name__ == "__main__":
    main()
