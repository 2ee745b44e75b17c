"""The process: holds the data directory, serves REST, hosts servers, and ends when it is told to.

SIGHUP                   read the documents again, and change what they changed
SIGTERM, SIGINT          stop every server within its deadline, then the HTTP server, then end with 0
a second signal          end at once
the deadline has passed  end all the same: something would not let go
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

import msgspec
import trio

from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.platform import messages
from integration_daemon.platform.data_directory import locked
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.interpreter import settle_heap, take_turns
from integration_daemon.platform.platform import Platform
from integration_daemon.platform.server_run import plain_cause
from integration_daemon.rest.app import make_app
from integration_daemon.rest.serving import TLSFiles, serve

LAST_RESORT = 10.0
"""Seconds beyond the servers' own stop deadlines after which the process ends whatever is left."""


class ProcessSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to run the process."""

    platform: PlatformSettings
    host: str
    port: int
    tls: TLSFiles | None = None


Documents = Sequence[tuple[OMAGServerConfig, Path | None]]
"""Documents, and where they were read."""


def run_process(settings: ProcessSettings, documents: Documents, ready: Callable[[str], None]) -> None:
    """Host servers until a signal; calls `ready` with the platform's URL when all of them have started.

    Raises a `DescribedError` for whatever keeps the platform or one of the servers from starting.
    """
    take_turns()
    with locked(settings.platform.data_directory):
        try:
            trio.run(partial(_run, settings, documents, ready))
        except BaseExceptionGroup as group:
            raise plain_cause(group) from None


async def _run(settings: ProcessSettings, documents: Documents, ready: Callable[[str], None]) -> None:
    platform = Platform(settings.platform)
    http_stop = trio.Event()
    async with trio.open_nursery() as outer:  # outlives the servers, to end the process if one of them does not
        await outer.start(_end_on_signals, platform)
        await outer.start(_reread_on_hang_up, platform)
        async with trio.open_nursery() as nursery:
            await nursery.start(platform.run, name="platform")
            app = make_app(platform)
            address = await nursery.start(
                partial(serve, app, host=settings.host, port=settings.port, tls=settings.tls, stop=http_stop),
                name="http server",
            )
            for document, source in sorted(documents, key=_metadata_servers_first):
                await platform.start_server(document, source)
            settle_heap()
            ready(address)
            await platform.close_requested.wait()
            outer.start_soon(_last_resort, platform)
            await platform.stop_all()
            http_stop.set()
        outer.cancel_scope.cancel(reason="the process is ending")


def _metadata_servers_first(document: tuple[OMAGServerConfig, Path | None]) -> bool:
    """A daemon's connectors need their metadata server, which may be on the same platform."""
    return bool(document[0].integration_services_config)


async def _reread_on_hang_up(
    platform: Platform, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Have every integration daemon take over its document as it is now, each time somebody sends SIGHUP."""
    with trio.open_signal_receiver(signal.SIGHUP) as signals:
        task_status.started()
        async for _ in signals:
            for server in list(platform.servers.values()):
                if server.take_over is not None and server.audit_log is not None:
                    try:
                        await platform.take_over(server.name, None, user="SIGHUP")
                    except Exception as error:  # it goes on as it was
                        server.audit_log.record(messages.DOCUMENT_NOT_TAKEN_OVER, server=server.name, message=error)


async def _end_on_signals(platform: Platform, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for number in signals:
            if platform.close_requested.is_set():
                _end_now(f"a second {signal.Signals(number).name}", 128 + number)
            platform.shut_down()


async def _last_resort(platform: Platform) -> None:
    """Something may suppress cancellation for ever; the process ends all the same."""
    deadlines = [server.config.stop_deadline_seconds for server in platform.servers.values()]
    seconds = sum(deadlines) + LAST_RESORT
    await trio.sleep(seconds)
    _end_now(f"not everything stopped within {seconds:g} seconds", 1)


def _end_now(reason: str, status: int) -> NoReturn:
    sys.stderr.write(f"integration-daemon: ending at once: {reason}\n")
    sys.stderr.flush()
    os._exit(status)
