"""The process of one connector: makes it, and calls its methods when told to."""

import itertools
import os
import socket
import sys
from collections.abc import Sequence
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
    Frames,
    Invoke,
    Log,
    Progress,
    Raised,
    Returned,
    ToProcess,
    heard,
    tell,
)
from services.framework.broker import find_connector_class, make_connector
from services.framework.connector import IntegrationConnector, optional_method
from services.metadata.changes import Batch, Outcome, Query
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.registry import service_of

T = TypeVar("T")


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

    async def aclose(self) -> None:
        """The store is the daemon's."""


class Child:
    """The connector, and its conversation with the daemon."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._buffer = Buffer(100_000)
        self._numbers = itertools.count(1)
        self._asked: dict[int, tuple[trio.Event, list[Answer]]] = {}
        self._connector: IntegrationConnector[Any] | None = None
        self._progress: str | None = None
        self._threads = trio.CapacityLimiter(4)

    async def run(self) -> None:
        """Do as told until the daemon closes the connection."""
        async with trio.open_nursery() as nursery:
            while True:
                try:
                    message = await self._frames.receive()
                except EOFError:
                    os._exit(0)  # whatever still runs here runs for nobody
                if isinstance(message, Answer):
                    event, answers = self._asked[message.number]
                    answers.append(message)
                    event.set()
                else:
                    nursery.start_soon(self._do, message)

    async def ask(self, kind: type[T], call: str, **arguments: Any) -> T:
        """Have the daemon make a store call."""
        number, event, answers = next(self._numbers), trio.Event(), list[Answer]()
        self._asked[number] = event, answers
        try:
            await self._tell_news()
            await self._frames.send(Ask(number, call, **arguments))
            await event.wait()
        finally:
            del self._asked[number]
        (answer,) = answers
        if answer.error is not None:
            raise heard(answer.error)
        return msgspec.json.decode(answer.value, type=kind)

    async def _do(self, message: Begin | Invoke) -> None:
        try:
            if isinstance(message, Begin):
                self._begin(message)
            method = optional_method(self._connector, message.method if isinstance(message, Invoke) else "initialize")
            if method is not None:
                await contained(as_async_call(method, self._threads))
        except Exception as error:
            answer: Returned | Raised = Raised(tell(error))
        else:
            answer = Returned()
        await self._tell_news()
        await self._frames.send(answer)

    def _begin(self, message: Begin) -> None:
        settings = message.settings
        connector_class = find_connector_class(settings.connection.provider, settings.connector_name)
        connector = make_connector(connector_class, settings.connection)
        log = AuditLog(self._buffer, Component(component_id=3, component_name=settings.connector_name))
        connector.context = service_of(message.service).context_class(settings, AskingStore(self), log)
        connector.connection, connector.connector_name = settings.connection, settings.connector_name
        self._connector = connector

    async def _tell_news(self) -> None:
        """What was logged, and how far the connector is, since the last time."""
        while self._buffer.entries:
            await self._frames.send(_log(self._buffer.entries.popleft()))
        progress = self._connector.context.progress if self._connector is not None else None
        if progress != self._progress:
            self._progress = progress
            await self._frames.send(Progress(progress))


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
    """Talk over the socket whose descriptor is the argument."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    trio.run(_main, connection)


async def _main(connection: socket.socket) -> None:
    connection.setblocking(False)
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(connection))
    await Child(Frames(stream, ToProcess)).run()


if __name__ == "__main__":
    main()
