"""The process lane: a connector in its own process, which can be killed.

For connectors that block, leak or crash and cannot be corrected. Each costs an interpreter, so this lane is chosen by
`"isolation": "process"` in the configuration of the few connectors that need it.
"""

import socket
import subprocess  # nosec B404 # it runs this interpreter with a module of ours
import sys
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec
import trio

from integration_daemon.config.document import ProcessLimitsConfig
from integration_daemon.supervision.isolation.confinement import environment_for
from integration_daemon.supervision.isolation.messages import PROCESS_ENDED
from integration_daemon.supervision.isolation.protocol import (
    Answer,
    Ask,
    Begin,
    FromProcess,
    Invoke,
    Log,
    Progress,
    Raised,
    Returned,
    decode_error,
    encode_error,
    framed,
)
from services.errors import PropertyServerError
from services.framework.broker import ConnectorClass
from services.framework.connector import IntegrationConnector, optional_method
from services.framework.dry_run import current_dry_run
from services.framework.frames import Frames
from services.secret_sources.access import granted

KILLED_WITHIN = 5.0
"""Seconds within which the system must end a killed process."""


class ConnectorProxy(IntegrationConnector[Any]):
    """Represents a connector in another process: forwards calls to it, and carries out its requests.

    `initialize` starts the process; cancelling a call kills it. There are two connections to the process: one for the
    methods, one at a time, and one for the background tasks, `engage` and listeners.
    """

    def __init__(
        self, service: str, connector_class: ConnectorClass, limits: ProcessLimitsConfig | None = None
    ) -> None:
        self._service = service
        self._limits = limits
        # class variables of the represented connector
        self.provider = connector_class.provider  # type: ignore[misc]
        self.names_refused_elements = connector_class.names_refused_elements  # type: ignore[misc]
        self._process: trio.Process | None = None
        self._methods: Frames | None = None
        self._background_frames: Frames | None = None
        self._engaged: trio.Event | None = None
        self._engage_error: Exception | None = None
        self._calling = trio.Lock()
        """Held during a call of a method."""
        if optional_method(connector_class, "engage") is not None:
            self.engage = self._engage

    async def initialize(self) -> None:
        """Start the process and create the connector in it."""
        pairs = [socket.socketpair(), socket.socketpair()]
        descriptors = [theirs.fileno() for _, theirs in pairs]
        command = [sys.executable, "-m", "integration_daemon.supervision.isolation.child", *map(str, descriptors)]
        try:
            self._process = await trio.lowlevel.open_process(
                command,
                pass_fds=descriptors,
                stdin=subprocess.DEVNULL,
                env=environment_for(self.context.settings.connection),
            )
        finally:
            for _, theirs in pairs:
                theirs.close()
        self._methods, self._background_frames = (
            framed(trio.SocketStream(trio.socket.from_stdlib_socket(ours)), FromProcess) for ours, _ in pairs
        )
        self.context.listen(partial(self._serve_background, self._background_frames))
        await self._exchange(Begin(self._service, self.context.settings, self._limits, granted()))

    async def start(self) -> None:
        """Have the connector start."""
        await self._exchange(Invoke("start"))

    async def refresh(self) -> None:
        """Have the connector refresh, in a dry run if this call is part of one."""
        await self._exchange(Invoke("refresh", dry_run=current_dry_run() is not None))

    async def disconnect(self) -> None:
        """Have the connector disconnect, if its process is alive, and end the process."""
        try:
            if self._process is not None and self._process.poll() is None:
                await self._exchange(Invoke("disconnect"))
        finally:
            await self._end()

    async def _engage(self) -> None:
        """Have the connector engage, over the connection for background tasks."""
        if self._background_frames is None:
            raise await self._ended()
        self._engaged, self._engage_error = trio.Event(), None
        await self._background_frames.send(Invoke("engage"))
        await self._engaged.wait()
        if self._engage_error is not None:
            raise self._engage_error

    async def _serve_background(self, frames: Frames) -> None:
        """Serve the background tasks until their connection ends."""
        try:
            while True:
                message = await frames.receive()
                if isinstance(message, Returned | Raised) and message.method == "engage":
                    self._engage_over(decode_error(message.error) if isinstance(message, Raised) else None)
                else:
                    await self._serve(message, frames)
        except (EOFError, trio.BrokenResourceError):
            async with self._calling:
                pass  # the method in progress reports the end of the process, unless the method has just returned
            if self._process is None:
                return  # the daemon ended the process, or the end was reported already
            if self._engaged is None:
                raise await self._ended() from None
            self._engage_over(await self._ended())
        finally:
            with trio.move_on_after(0):  # closing does not wait
                await frames.aclose()

    def _engage_over(self, error: Exception | None) -> None:
        if self._engaged is not None:
            self._engage_error = error
            self._engaged.set()

    async def _exchange(self, message: Begin | Invoke) -> None:
        """Forward a call, and serve its requests until it has returned or raised."""
        async with self._calling:
            frames = self._methods
            if frames is None:
                raise await self._ended()
            finished = False
            try:
                await frames.send(message)
                while not isinstance(answer := await frames.receive(), Returned | Raised):
                    await self._serve(answer, frames)
                finished = True
            except (EOFError, trio.BrokenResourceError):
                raise await self._ended() from None
            finally:  # a process that sends invalid messages is not called again
                if not finished:
                    await self._end()
            if isinstance(answer, Raised):
                raise decode_error(answer.error)
            if answer.supposed is not None and (dry := current_dry_run()) is not None:
                dry.add(answer.supposed)

    async def _serve(self, message: FromProcess, frames: Frames) -> None:
        """Carry out a request of the process."""
        match message:
            case Ask():
                await frames.send(await self._answer(message))
            case Log():
                self.context.audit_log.record(message.message, **message.parameters)
            case Progress():
                self.context.progress = message.text
            case Raised():
                raise decode_error(message.error)
            case Returned():
                pass

    async def _answer(self, ask: Ask) -> Answer:
        try:
            value = await self._ask(ask)
        except Exception as error:
            return Answer(ask.number, error=encode_error(error))
        return Answer(ask.number, msgspec.Raw(msgspec.json.encode(value)))

    async def _ask(self, ask: Ask) -> object:
        store = self.context.store
        match ask.call:
            case "apply" if ask.batch is not None:
                return await store.apply(ask.batch)
            case "find_page" if ask.query is not None:
                return await store.find_page(ask.query)
            case "register_source" if ask.source is not None:
                return await store.register_source(ask.source, user=ask.user)
            case "scan_completed" if ask.scan is not None and self.context.host is not None:
                return await self.context.host.scan_completed(ask.scan)
            case "resources" if self.context.resources is not None:
                return await self.context.resources.answer(ask.request)
            case "is_paused":
                return await self.context.is_paused()
            case "ask_for_refresh":
                return self.context.ask_for_refresh()
            case "fingerprints":
                return await store.fingerprints(ask.name, ask.scope, after=ask.after, limit=ask.limit)
            case "changes":
                return await store.changes(ask.number_after, ask.limit or 0)
            case "get":
                return await store.get(ask.guids)
            case _:
                return await store.relationships(ask.guids, type_name=ask.type_name)

    async def _ended(self) -> PropertyServerError:
        status = None
        if self._process is not None:
            with trio.move_on_after(KILLED_WITHIN):
                status = await self._process.wait()
        await self._end()
        return PropertyServerError(PROCESS_ENDED, connector=self.connector_name, status=status)

    async def _end(self) -> None:
        """Kill the process, if it is alive; the system releases all its resources."""
        process, self._process = self._process, None
        frames, self._methods = self._methods, None
        with trio.CancelScope(shield=True, deadline=trio.current_time() + KILLED_WITHIN):
            if process is not None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            if frames is not None:
                await frames.aclose()
